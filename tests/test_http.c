/* test_http.c - the web server, asked over real sockets by a client that may
 * say anything */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

#include "gateway/base/clock.h"
#include "gateway/base/stats.h"
#include "gateway/web/assets.h"
#include "gateway/web/http.h"
#include "tests/client_help.h"
#include "tests/no_history.h"
#include "tests/suite.h"

#define STOP_MAX_MS 1000
#define CLIENTS 400
#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

/* ---- a journal that says what the test wants ---- */

struct journal {
	bool failing, in_memory;
};

static struct journal journal;

void
journal_state(struct journal *j, struct journal_state *s)
{
	*s = (struct journal_state){
	    .failing = j->failing, .in_memory = j->in_memory};
}

/* A disk that takes nothing, if one is wanted. */
static int bind_error;

int
bind(int fd, const struct sockaddr *a, socklen_t len)
{
	errno = bind_error;
	return bind_error != 0 && a->sa_family == AF_UNIX
	    ? -1
	    : (int)syscall(SYS_bind, fd, a, len);
}

const char *
journal_id(const struct journal *j)
{
	(void)j;
	return "k3f9a1";
}

/* ---- an estate of one of each kind of value ---- */

enum { P_POWER, P_COUNT, P_BIG, P_DOOR, P_ALARM, P_LABEL, P_FLOW, POINT_COUNT };

static const struct enum_name door_names[] = {{0, "closed"}, {2, "open"}};
static const struct point_info infos[POINT_COUNT] = {
    [P_POWER] = {.name = "active_power",
	.unit = "kW",
	.role = "",
	.form = FORM_NUMBER,
	.has_high = true,
	.high = 500},
    [P_COUNT] = {"trips", "", "counter", FORM_NUMBER, 0, NULL},
    [P_BIG] = {"energy", "kWh", "counter", FORM_NUMBER, 0, NULL},
    [P_DOOR] = {"door", "", "", FORM_ENUM, 2, door_names},
    [P_ALARM] = {"alarm_button", "", "", FORM_BOOL, 0, NULL},
    [P_LABEL] = {"floor_label", "", "", FORM_TEXT, 0, NULL},
    [P_FLOW] = {.name = "flow",
	.unit = "m3/h",
	.role = "",
	.form = FORM_NUMBER,
	.has_valid = true,
	.valid_min = -1.5,
	.valid_max = 400,
	.has_low = true,
	.low = 0.28,
	.has_high = true,
	.high = 5.5},
};
static const struct device_info devices[] = {
    {.id = "lift-3-1",
	.kind = "elevator",
	.point_count = POINT_COUNT,
	.points = infos,
	.name = {.zh = "3号楼", .en = "Building \"3\""},
	.profile = "elevator/generic",
	.verified = "A",
	.building = "3",
	.stair = "1",
	.floors = 6,
	.fed_by = "tx-3",
	.owner = {.zh = "安达电梯"},
	.rating_kva = 630,
	.bus = "shaft-3"},
    {.id = "bare",
	.kind = "water",
	.name = {.en = "bare"},
	.profile = "water/bare",
	.verified = "C",
	.bus = "yard"},
};
static struct catalog catalog = {
    .device_count = 2, .devices = devices, .refs = 1};
static const struct stamp stamp = {
    .mono_ms = 1, .wall_ms = 1763690000123, .synced = true};

static char dir[] = "/tmp/test_http_XXXXXX", socket_path[64];
static struct live *live;
static struct http *http;
static struct err err;

static struct http *
start(const char *path, const char *listen)
{
	struct http_conf conf = {.socket_path = path,
	    .listen = listen,
	    .site_id = "anju",
	    .site_name = {.zh = "安居小区", .en = "Anju Estate"},
	    .estate = "anju-all",
	    .timezone = "Asia/Shanghai",
	    .households = 1200,
	    .version = "1.2.3",
	    .started_mono_ms = clock_mono_ms() - 90500};

	struct http *h;

	err.text[0] = '\0';
	h = http_start(&conf, &journal, live, &err);
	if (h != NULL)
		client_port = http_port(h);
	return h;
}

static void
put(uint16_t point, uint8_t quality, struct value v)
{
	struct reading r = {
	    .point = point, .quality = {.code = quality}, .value = v};

	live_set(live, 0, &r, &stamp);
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/riser.sock", dir);
	journal.failing = false;
	live = live_new();
	live_catalog(live, &catalog);
	http = start(socket_path, "127.0.0.1:0");
	ck_assert_msg(http != NULL, "%s", err.text);
}

static void
teardown(void)
{
	http_stop(http);
	live_free(live);
	unlink(socket_path);
	rmdir(dir);
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
}

/* ---- requests ---- */

static const struct {
	const char *method;
	int status;
} methods[] = {
    {"GET", 200},
    {"HEAD", 200},
    {"POST", 405},
    {"PUT", 405},
    {"DELETE", 405},
    {"PATCH", 405},
    {"OPTIONS", 405},
    {"TRACE", 405},
    {"get", 405},
    {"RISER", 405},
};

START_TEST(only_get_and_head_are_served)
{
	char request[256];

	snprintf(request, sizeof(request),
	    "%s /healthz HTTP/1.1\r\nHost: localhost\r\n"
	    "Connection: close\r\n\r\n",
	    methods[_i].method);
	ck_assert_int_eq(ask(request), methods[_i].status);
	if (methods[_i].status == 405)
		assert_says("\r\nAllow: GET, HEAD\r\n");
}
END_TEST

START_TEST(head_says_the_length_and_sends_nothing)
{
	ck_assert_int_eq(ask("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n"
			     "Connection: close\r\n\r\n"),
	    200);
	assert_says("\r\nContent-Length: 8");
	ck_assert_str_eq(body(), "");
}
END_TEST

static const struct {
	const char *host;
	int status;
} hosts[] = {
    {"localhost", 200},
    {"LocalHost:8080", 200},
    {"127.0.0.1", 200},
    {"127.0.0.1:8080", 200},
    {"[::1]", 200},
    {"[::1]:8080", 200},
    {"192.168.10.20:8080", 200}, /* behind a port forwarding */
    {"", 421},
    {"evil.example", 421},
    {"evil.example:8080", 421},
    {"localhost.evil.example", 421},
    {"127.0.0.1.evil.example", 421},
    {"[::1].evil.example", 421},
    {"[evil.example]", 421},
    {"[::1", 421},
    {"[", 421},
    {"user@localhost", 421},
    {"0x7f.1", 421},
};

START_TEST(a_host_must_be_known_or_an_address)
{
	char request[256];

	snprintf(request, sizeof(request),
	    "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
	    hosts[_i].host);
	ck_assert_int_eq(ask(request), hosts[_i].status);
}
END_TEST

START_TEST(a_host_longer_than_any_name_is_not_known)
{
	char request[1024];

	snprintf(request, sizeof(request),
	    "GET / HTTP/1.1\r\nHost: %0400d\r\n\r\n", 0);
	ck_assert_int_eq(ask(request), 421);
}
END_TEST

START_TEST(a_health_check_without_host_is_answered)
{
	ck_assert_int_eq(ask("GET /healthz HTTP/1.0\r\n\r\n"), 200);
	ck_assert_int_eq(ask("GET /healthz HTTP/1.1\r\n\r\n"), 400);
}
END_TEST

START_TEST(the_unix_socket_takes_any_host)
{
	static const char request[] = "GET /healthz HTTP/1.1\r\n"
				      "Host: riser.sock\r\n"
				      "Connection: close\r\n\r\n";
	int fd = connect_local(socket_path);

	ck_assert_int_ne(fd, -1);
	say(fd, request, strlen(request));
	ck_assert_int_eq(hear(fd), 200);
}
END_TEST

static const struct {
	const char *before, *after;
	int status;
} oversize[] = {
    {"GET /", " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
    {"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "\r\n\r\n", 431},
};

START_TEST(a_request_has_a_limit)
{
	char request[20480] = "";
	size_t len = strlen(oversize[_i].before);

	memcpy(request, oversize[_i].before, len);
	memset(request + len, 'x', 20000);
	strcpy(request + len + 20000, oversize[_i].after);
	ck_assert_int_eq(ask(request), oversize[_i].status);
	ck_assert_int_eq(get("/healthz"), 200);
}
END_TEST

static const char *const nowhere[] = {
    "/nope",
    "/index.html",
    "//",
    "/healthz/",
    "/wall/",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/wall%2f..%2flogin",
    "/api/v1/",
    "/api/v1/snapshot/..",
    "/\\..\\etc",
    "http://localhost/healthz",
};

START_TEST(health_has_two_names)
{
	ck_assert_int_eq(get("/api/v1/health"), 200);
	ck_assert_ptr_nonnull(strstr(body(), "\"status\":\"ok\""));
	ck_assert_int_eq(get("/healthz"), 200);
	ck_assert_ptr_nonnull(strstr(body(), "\"status\":\"ok\""));
}
END_TEST

START_TEST(nothing_else_is_here)
{
	ck_assert_int_eq(get(nowhere[_i]), 404);
	ck_assert_str_eq(body(),
	    "{\"error\":\"nothing is here; there are /, /wall, /login, /healthz, /metrics, "
	    "/api/v1/health, /api/v1/snapshot, /api/v1/site, "
	    "/api/v1/points, /api/v1/contacts, "
	    "/api/v1/alarms, /api/v1/alarms/figures, /api/v1/journal, "
	    "/api/v1/history, /api/v1/stream, /api/v1/me\"}");
}
END_TEST

static const char *const bodies[] = {
    "Content-Length: 5\r\n\r\nhello",
    "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    "Content-Length: 9223372036854775807\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
};

START_TEST(a_body_is_refused_before_it_is_read)
{
	char request[512];

	snprintf(request, sizeof(request),
	    "GET /healthz HTTP/1.1\r\nHost: localhost\r\n%s", bodies[_i]);
	ck_assert_int_eq(ask(request), 413);
	assert_says("\r\nConnection: close\r\n");
}
END_TEST

START_TEST(an_empty_body_is_none)
{
	ck_assert_int_eq(ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
			     "Content-Length: 0\r\nConnection: close\r\n\r\n"),
	    200);
}
END_TEST

static const char *const everywhere[] = {
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "GET /nope HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
};

START_TEST(the_rules_for_browsers_are_on_every_answer)
{
	ck_assert_int_gt(ask(everywhere[_i]), 0);
	assert_says("\r\nContent-Security-Policy: default-src 'none'; "
		    "script-src 'self'; style-src 'self'; connect-src 'self'; "
		    "img-src 'self'; base-uri 'none'; form-action 'none'; "
		    "frame-ancestors 'none'\r\n");
	assert_says("\r\nX-Content-Type-Options: nosniff\r\n");
	assert_says("\r\nReferrer-Policy: no-referrer\r\n");
	ck_assert_ptr_null(strstr(answer, "Access-Control-Allow"));
}
END_TEST

START_TEST(a_connection_stays_open_for_the_next_request)
{
	static const char next[] =
	    "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static const char last[] =
	    "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
	    "Connection: close\r\n\r\n";
	int fd = connect_tcp();

	say(fd, next, strlen(next));
	say(fd, next, strlen(next));
	say(fd, last, strlen(last));
	ck_assert_int_eq(hear(fd), 200);
	assert_says("{\"status\":\"ok\"");
	assert_says("text/plain; version=0.0.4");
}
END_TEST

/* ---- documents ---- */

#define TS "\"ts\":1763690000123"

static const struct {
	uint16_t point;
	uint8_t quality;
	struct value value;
	const char *json;
} values[] = {
    {P_POWER, QUALITY_GOOD, {VALUE_F32, {.f = 412.5}},
	"\"active_power\":{\"v\":412.5,\"q\":\"good\"," TS ",\"unit\":\"kW\"}"},
    {P_POWER, QUALITY_GOOD, {VALUE_F32, {.f = (double)231.2f}},
	"\"active_power\":{\"v\":231.2,\"q\":\"good\"," TS ",\"unit\":\"kW\"}"},
    {P_POWER, QUALITY_GOOD, {VALUE_F64, {.f = -0.001}},
	"\"active_power\":{\"v\":-0.001,\"q\":\"good\"," TS
	",\"unit\":\"kW\"}"},
    {P_COUNT, QUALITY_GOOD, {VALUE_I64, {.i = 0}},
	"\"trips\":{\"v\":0,\"q\":\"good\"," TS "}"},
    {P_BIG, QUALITY_GOOD, {VALUE_U64, {.u = UINT64_MAX}},
	"\"energy\":{\"v\":18446744073709551615,\"q\":\"good\"," TS
	",\"unit\":\"kWh\"}"},
    {P_DOOR, QUALITY_GOOD, {VALUE_ENUM, {.i = 2}},
	"\"door\":{\"v\":\"open\",\"q\":\"good\"," TS "}"},
    {P_DOOR, QUALITY_GOOD, {VALUE_ENUM, {.i = 77}},
	"\"door\":{\"v\":77,\"q\":\"good\"," TS "}"},
    {P_ALARM, QUALITY_GOOD, {VALUE_BOOL, {.u = 1}},
	"\"alarm_button\":{\"v\":true,\"q\":\"good\"," TS "}"},
    {P_LABEL, QUALITY_GOOD, {VALUE_TEXT, {.text = "B1\"</script>\xff"}},
	"\"floor_label\":{\"v\":\"B1\\\"</script>\xef\xbf\xbd\","
	"\"q\":\"good\"," TS "}"},
    {P_POWER, QUALITY_UNCERTAIN_RANGE, {VALUE_F64, {.f = 9000}},
	"\"active_power\":{\"v\":9000,\"q\":\"uncertain:range\"," TS
	",\"unit\":\"kW\"}"},
    {P_POWER, QUALITY_SIMULATED, {VALUE_F64, {.f = 1.5}},
	"\"active_power\":{\"v\":1.5,\"q\":\"simulated\"," TS
	",\"unit\":\"kW\"}"},
    {P_FLOW, QUALITY_BAD_TIMEOUT, {VALUE_NONE, {.i = 0}},
	"\"flow\":{\"v\":null,\"q\":\"bad:timeout\",\"ts\":null,"
	"\"unit\":\"m3/h\"}"},
    {P_FLOW, QUALITY_NEVER, {VALUE_NONE, {.i = 0}},
	"\"flow\":{\"v\":null,\"q\":\"never\",\"ts\":null,"
	"\"unit\":\"m3/h\"}"},
};

START_TEST(a_value_is_shown_with_its_quality_and_time)
{
	put(values[_i].point, values[_i].quality, values[_i].value);
	ck_assert_int_eq(get("/api/v1/snapshot"), 200);
	assert_says("\r\nContent-Type: application/json\r\n");
	assert_says("\r\nCache-Control: no-store\r\n");
	assert_says(values[_i].json);
}
END_TEST

static const struct {
	uint8_t quality;
	const char *text;
} worthless[] = {
    {QUALITY_BAD_TIMEOUT, "bad:timeout"},
    {QUALITY_BAD_CRC, "bad:crc"},
    {QUALITY_BAD_EXCEPTION, "bad:exception-0"},
    {QUALITY_BAD_DECODE, "bad:decode"},
    {QUALITY_BAD_NOT_AVAILABLE, "bad:not_available"},
    {QUALITY_BAD_IDENTITY, "bad:identity"},
    {QUALITY_BAD_BUS, "bad:bus"},
    {QUALITY_STALE, "stale"},
    {QUALITY_DISABLED, "disabled"},
};

/* The time is that of the last value, so that a page can say how old it is. */
START_TEST(a_value_that_went_bad_is_not_shown_any_more)
{
	char expected[128];

	put(P_POWER, QUALITY_GOOD, (struct value){VALUE_F64, {.f = 412.5}});
	put(P_POWER, worthless[_i].quality, (struct value){VALUE_NONE, {0}});
	ck_assert_int_eq(get("/api/v1/snapshot"), 200);
	snprintf(expected, sizeof(expected),
	    "\"active_power\":{\"v\":null,\"q\":\"%s\"," TS ",\"unit\":\"kW\"}",
	    worthless[_i].text);
	assert_says(expected);
	ck_assert_ptr_null(strstr(answer, "412.5"));
}
END_TEST

START_TEST(a_snapshot_says_whose_and_when)
{
	long long ts = 0, age_ms = -1;
	int64_t before_ms = clock_wall_ms();

	live_set_online(live, 0, true);
	ck_assert_int_eq(get("/api/v1/snapshot"), 200);
	ck_assert_int_eq(
	    sscanf(body(),
		"{\"site\":{\"id\":\"anju\",\"name\":{\"zh\":\"安居小区\","
		"\"en\":\"Anju Estate\"}},\"ts\":%lld,\"loop_age_ms\":%lld,",
		&ts, &age_ms),
	    2);
	ck_assert_int_ge(ts, before_ms);
	ck_assert_int_le(ts, clock_wall_ms());
	ck_assert_int_ge(age_ms, 0);
	assert_says(",\"version\":\"1.2.3\",\"uptime_s\":9");
	assert_says("[{\"id\":\"lift-3-1\",\"name\":{\"zh\":\"3号楼\","
		    "\"en\":\"Building \\\"3\\\"\"},\"kind\":\"elevator\","
		    "\"profile\":\"elevator/generic\",\"bus\":\"shaft-3\","
		    "\"place\":{\"building\":\"3\",\"stair\":\"1\","
		    "\"floors\":6},\"online\":true,\"points\":{\"active_power");
}
END_TEST

START_TEST(a_device_without_place_or_points_is_shown_so)
{
	ck_assert_int_eq(get("/api/v1/snapshot"), 200);
	assert_says("{\"id\":\"bare\",\"name\":{\"zh\":\"bare\","
		    "\"en\":\"bare\"},\"kind\":\"water\","
		    "\"profile\":\"water/bare\",\"bus\":\"yard\","
		    "\"place\":null,\"online\":false,\"points\":{}}]}");
}
END_TEST

START_TEST(a_snapshot_tells_that_the_loop_hangs)
{
	long long age_ms = 0;

	http_alive(http, clock_mono_ms() - 60000);
	ck_assert_int_eq(get("/api/v1/snapshot"), 200);
	sscanf(strstr(answer, "\"loop_age_ms\":"), "\"loop_age_ms\":%lld",
	    &age_ms);
	ck_assert_int_ge(age_ms, 60000);
	ck_assert_int_lt(age_ms, 70000);
}
END_TEST

START_TEST(without_names_there_are_no_devices)
{
	live_free(live);
	live = live_new();
	http_stop(http);
	http = start(socket_path, "127.0.0.1:0");
	ck_assert_int_eq(get("/api/v1/snapshot"), 200);
	assert_says("\"devices\":[]}");
	ck_assert_int_eq(get("/api/v1/points"), 200);
	ck_assert_str_eq(body(), "{\"devices\":[]}");
}
END_TEST

START_TEST(points_say_what_their_values_mean)
{
	ck_assert_int_eq(get("/api/v1/points"), 200);
	assert_says("\"fed_by\":\"tx-3\",\"owner\":{\"zh\":\"安达电梯\"},"
		    "\"rating\":{\"kva\":630},"
		    "\"verified\":\"A\",\"points\":{"
		    "\"active_power\":{\"type\":\"number\",\"unit\":\"kW\","
		    "\"limits\":{\"high\":500}},"
		    "\"trips\":{\"type\":\"number\",\"role\":\"counter\"},"
		    "\"energy\":{\"type\":\"number\",\"unit\":\"kWh\","
		    "\"role\":\"counter\"},"
		    "\"door\":{\"type\":\"enum\","
		    "\"enum\":{\"0\":\"closed\",\"2\":\"open\"}},"
		    "\"alarm_button\":{\"type\":\"boolean\"},"
		    "\"floor_label\":{\"type\":\"text\"},"
		    "\"flow\":{\"type\":\"number\",\"unit\":\"m3/h\","
		    "\"valid\":[-1.5,400],"
		    "\"limits\":{\"low\":0.28,\"high\":5.5}}}}");
}
END_TEST

static const struct {
	const char *path, *accepted;
	bool packed;
} packings[] = {
    {"/metrics", "gzip", true}, {"/metrics", "gzip, deflate, br, zstd", true},
    {"/metrics", "br;q=1, gzip;q=0.5", true}, {"/metrics", "gzip;q=0", false},
    {"/metrics", "br", false}, {"/metrics", "", false},
    {"/healthz", "gzip", false}, /* too short */
};

START_TEST(a_long_answer_is_packed_for_who_can_unpack_it)
{
	static const char packed[] = "\r\nContent-Encoding: gzip\r\n";
	static char text[ANSWER_MAX];
	char request[256];
	struct stat_series *s[40];
	z_stream z = {.next_out = (Bytef *)text, .avail_out = sizeof(text) - 1};

	for (int i = 0; i < COUNT(s); i++) {
		snprintf(request, sizeof(request), "n=\"%d\"", i);
		s[i] = stat_get(STAT_COUNTER, "riser_test", "Many.", request);
	}
	snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: %s\r\n"
	    "Connection: close\r\n\r\n",
	    packings[_i].path, packings[_i].accepted);
	ck_assert_int_eq(ask(request), 200);
	assert_says("\r\nVary: Accept-Encoding\r\n");
	ck_assert_int_eq(strstr(answer, packed) != NULL, packings[_i].packed);
	for (int i = 0; i < COUNT(s); i++)
		stat_put(s[i]);
	if (!packings[_i].packed)
		return;
	z.next_in = (Bytef *)(uintptr_t)body();
	z.avail_in = (uInt)atol(strstr(answer, "Content-Length: ") +
	    strlen("Content-"
		   "Length: "));
	ck_assert_int_eq(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	inflateEnd(&z);
	text[z.total_out] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "riser_test{n=\"0\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(text, "riser_test{n=\"39\"} 0\n"));
}
END_TEST

START_TEST(the_site_says_who_it_is)
{
	ck_assert_int_eq(get("/api/v1/site"), 200);
	ck_assert_str_eq(body(),
	    "{\"id\":\"anju\",\"name\":{\"zh\":\"安居小区\","
	    "\"en\":\"Anju Estate\"},\"estate\":\"anju-all\","
	    "\"timezone\":\"Asia/Shanghai\",\"households\":1200,\"log\":\"k3f9a1\",\"version\":\"1.2.3\","
	    "\"uptime_s\":90,\"devices\":2}");
}
END_TEST

START_TEST(metrics_are_in_the_form_of_prometheus)
{
	struct stat_series *s = stat_get(
	    STAT_COUNTER, "riser_test_total", "How often.", "bus=\"shaft-3\"");

	stat_add(s, 7);
	ck_assert_int_eq(get("/metrics"), 200);
	assert_says("\r\nContent-Type: text/plain; version=0.0.4");
	assert_says("# HELP riser_test_total How often.\n"
		    "# TYPE riser_test_total counter\n"
		    "riser_test_total{bus=\"shaft-3\"} 7\n");
	assert_says("\nprocess_open_fds ");
	stat_put(s);
}
END_TEST

START_TEST(health_is_ok_while_the_loop_turns)
{
	http_alive(http, clock_mono_ms() - 4000);
	ck_assert_int_eq(get("/healthz"), 200);
	assert_says("{\"status\":\"ok\",\"version\":\"1.2.3\",\"uptime_s\":9");
}
END_TEST

START_TEST(health_fails_when_the_loop_hangs_and_recovers)
{
	http_alive(http, clock_mono_ms() - 7100);
	ck_assert_int_eq(get("/healthz"), 503);
	assert_says("{\"status\":\"failing\",\"reasons\":["
		    "\"the loop has not turned for 7 s\"],");
	http_alive(http, clock_mono_ms());
	ck_assert_int_eq(get("/healthz"), 200);
}
END_TEST

START_TEST(health_says_where_the_journal_is_and_whether_the_clock_is_set)
{
	ck_assert_int_eq(get("/healthz"), 200);
	assert_says("\"journal\":\"disk\",\"clock\":\"unsynced\"}");
	journal.in_memory = true;
	clock_tell_synced(true);
	ck_assert_int_eq(get("/healthz"), 200);
	assert_says("\"journal\":\"memory\",\"clock\":\"synced\"}");
	journal.in_memory = false;
	clock_tell_synced(false);
}
END_TEST

START_TEST(health_fails_when_the_journal_does_and_recovers)
{
	journal.failing = true;
	ck_assert_int_eq(get("/healthz"), 503);
	assert_says("\"reasons\":[\"the journal cannot be written: "
		    "the last commit did not reach the disk\"],");
	journal.failing = false;
	ck_assert_int_eq(get("/healthz"), 200);
}
END_TEST

START_TEST(health_gives_all_its_reasons)
{
	journal.failing = true;
	http_alive(http, clock_mono_ms() - 9100);
	ck_assert_int_eq(get("/healthz"), 503);
	assert_says("turned for 9 s\",\"the journal cannot");
}
END_TEST

/* ---- pages ---- */

/* Asks for a path with a header. */
static int
get_with(const char *path, const char *header)
{
	char request[512];

	snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
	    "Connection: close\r\n\r\n",
	    path, header);
	return ask(request);
}

/* Where a browser finds it. */
static const char *
path_of(const struct asset *a)
{
	return a == &assets[0] ? "/" : a->path;
}

static void
assert_body(const struct asset_bytes *b)
{
	size_t size = (size_t)(b->end - b->begin);
	char length[64];

	snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", size);
	assert_says(length);
	ck_assert_int_eq(memcmp(body(), b->begin, size), 0);
}

START_TEST(an_asset_is_served_as_it_stands_in_the_binary)
{
	const struct asset *a = &assets[_i];

	ck_assert_int_eq(get(path_of(a)), 200);
	assert_says(a->type);
	assert_says("\r\nVary: Accept-Encoding\r\n");
	ck_assert_ptr_null(strstr(answer, "Content-Encoding"));
	assert_body(&a->plain);
}
END_TEST

START_TEST(a_browser_that_takes_it_compressed_gets_it_so)
{
	const struct asset *a = &assets[_i];

	ck_assert_int_eq(
	    get_with(path_of(a), "Accept-Encoding: br, gzip;q=0.8"), 200);
	assert_says("\r\nContent-Encoding: gzip\r\n");
	assert_says("\r\nVary: Accept-Encoding\r\n");
	assert_body(&a->gzip);
}
END_TEST

static const char *const unpacked[] = {"Accept-Encoding: identity",
    "Accept-Encoding: gzip;q=0", "Accept-Encoding: gzip; q=0.0, br"};

START_TEST(a_browser_that_wants_it_plain_gets_it_so)
{
	ck_assert_int_eq(get_with("/", unpacked[_i]), 200);
	ck_assert_ptr_null(strstr(answer, "Content-Encoding"));
	assert_body(&assets[0].plain);
}
END_TEST

START_TEST(what_is_named_by_its_content_is_kept_for_ever)
{
	const struct asset *a = &assets[_i];

	ck_assert_int_eq(get(path_of(a)), 200);
	assert_says(a->hashed
		? "\r\nCache-Control: public, max-age=31536000, immutable\r\n"
		: "\r\nCache-Control: no-cache\r\n");
}
END_TEST

START_TEST(a_page_names_the_script_and_the_style_that_are_served)
{
	size_t named = 0;

	ck_assert_int_eq(get("/wall"), 200);
	assert_body(&assets[0].plain);
	for (size_t i = 0; i < asset_count; i++)
		if (assets[i].hashed) {
			assert_says(assets[i].path);
			named++;
		}
	ck_assert_uint_eq(named, 2);
}
END_TEST

static const char *const encodings[] = {"X-No: 0", "Accept-Encoding: gzip"};

START_TEST(a_browser_that_has_the_asset_gets_no_copy)
{
	char tag[32], header[128];

	ck_assert_int_eq(get_with("/", encodings[_i]), 200);
	ck_assert_int_eq(
	    sscanf(strstr(answer, "ETag: "), "ETag: %31s", tag), 1);
	snprintf(header, sizeof(header), "If-None-Match: W/\"0\", %s\r\n%s",
	    tag, encodings[_i]);
	ck_assert_int_eq(get_with("/", header), 304);
	ck_assert_str_eq(body(), "");
}
END_TEST

START_TEST(a_browser_with_an_older_copy_gets_the_new_one)
{
	ck_assert_int_eq(get_with("/", "If-None-Match: \"00000000\""), 200);
	ck_assert_uint_gt(strlen(body()), 100);
}
END_TEST

/* As it is fetched, compressed and plain: what a first visit costs. */
#define PAGE_MAX 153600

START_TEST(all_of_the_dashboard_is_at_most_150_kilobytes)
{
	size_t plain = 0, packed = 0;

	for (size_t i = 0; i < asset_count; i++) {
		plain += (size_t)(assets[i].plain.end - assets[i].plain.begin);
		packed += (size_t)(assets[i].gzip.end - assets[i].gzip.begin);
	}
	ck_assert_uint_gt(packed, 1000);
	ck_assert_msg(plain <= PAGE_MAX, "%zu bytes", plain);
	printf("the dashboard: %zu bytes, %zu compressed\n", plain, packed);
}
END_TEST

/* The policy would block them anyway, and the page would be broken. */
START_TEST(no_page_has_code_or_style_in_it)
{
	static const char *const banned[] = {"<style",
	    " style=", " onclick=", " onload=", "<script>",
	    "javascript:", "innerHTML", "outerHTML", "insertAdjacentHTML",
	    "document.write", "eval(", "//cdn"};

	ck_assert_int_eq(get(path_of(&assets[_i])), 200);
	for (size_t i = 0; i < sizeof(banned) / sizeof(banned[0]); i++)
		ck_assert_msg(strstr(body(), banned[i]) == NULL, "%s has %s",
		    assets[_i].path, banned[i]);
}
END_TEST

/* ---- starting ---- */

START_TEST(the_socket_is_for_owner_and_group_whatever_the_umask)
{
	mode_t before = umask(0177);
	struct stat st;

	http_stop(http);
	http = start(socket_path, NULL);
	umask(before);
	ck_assert_msg(http != NULL, "%s", err.text);
	ck_assert_int_eq(stat(socket_path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0660);
	ck_assert_int_eq(http_port(http), 0);
}
END_TEST

static const int full_disks[] = {EROFS, ENOSPC, EDQUOT, EIO};

START_TEST(where_the_disk_takes_no_socket_the_pages_are_served_all_the_same)
{
	http_stop(http);
	bind_error = full_disks[_i];
	http = start(socket_path, "127.0.0.1:0");
	bind_error = 0;
	ck_assert_msg(http != NULL, "%s", err.text);
	ck_assert_int_eq(access(socket_path, F_OK), -1);
	ck_assert_int_eq(get("/healthz"), 200);
}
END_TEST

START_TEST(what_is_not_the_disks_fault_is_an_error)
{
	http_stop(http);
	bind_error = EACCES;
	http = start(socket_path, "127.0.0.1:0");
	bind_error = 0;
	ck_assert_ptr_null(http);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot make"));
}
END_TEST

START_TEST(a_stop_takes_the_socket_away)
{
	http_stop(http);
	http = NULL;
	ck_assert_int_eq(access(socket_path, F_OK), -1);
}
END_TEST

/* As a process leaves it that was killed. */
START_TEST(a_socket_nobody_answers_is_replaced)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	http_stop(http);
	strcpy(a.sun_path, socket_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	http = start(socket_path, NULL);
	ck_assert_msg(http != NULL, "%s", err.text);
	fd = connect_local(socket_path);
	ck_assert_int_ne(fd, -1);
	close(fd);
}
END_TEST

START_TEST(a_socket_that_is_served_is_left_alone)
{
	int fd;

	ck_assert_ptr_null(start(socket_path, NULL));
	ck_assert_ptr_nonnull(strstr(err.text, "served by another process"));
	fd = connect_local(socket_path);
	ck_assert_int_ne(fd, -1);
	close(fd);
}
END_TEST

START_TEST(a_file_in_the_way_is_left_alone)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/file", dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_ptr_null(start(path, NULL));
	ck_assert_ptr_nonnull(strstr(err.text, "no socket"));
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	unlink(path);
}
END_TEST

START_TEST(a_path_too_long_for_a_socket_is_said_with_its_length)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%0100d", dir, 0);
	ck_assert_ptr_null(start(path, NULL));
	ck_assert_ptr_nonnull(strstr(err.text, "too long"));
	ck_assert_ptr_nonnull(strstr(err.text, "107 would do"));
}
END_TEST

START_TEST(a_missing_folder_is_said)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/none/riser.sock", dir);
	ck_assert_ptr_null(start(path, NULL));
	ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
}
END_TEST

static const char *const not_addresses[] = {"", ":", "8080", "127.0.0.1",
    "127.0.0.1:", ":8080", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1",
    "127.0.0.1:+80", "127.0.0.1: 80", "::1:8080", "[::1]", "[::1]8080",
    "[]:8080", "[::1:8080", "256.0.0.1:8080:1",
    "127.0.0.1:99999999999999999999"};

START_TEST(what_is_no_address_is_said_with_an_example)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/other.sock", dir);
	ck_assert_ptr_null(start(path, not_addresses[_i]));
	ck_assert_ptr_nonnull(strstr(err.text, "as 127.0.0.1:8080"));
	ck_assert_int_eq(access(path, F_OK), -1); /* nothing is left */
}
END_TEST

START_TEST(an_address_of_another_machine_is_refused)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/other.sock", dir);
	ck_assert_ptr_null(start(path, "192.0.2.1:0"));
	ck_assert_ptr_nonnull(strstr(err.text, "192.0.2.1:0"));
}
END_TEST

START_TEST(a_port_in_use_is_said)
{
	char path[64], listen[32];

	snprintf(path, sizeof(path), "%s/other.sock", dir);
	snprintf(listen, sizeof(listen), "127.0.0.1:%d", http_port(http));
	ck_assert_ptr_null(start(path, listen));
	ck_assert_ptr_nonnull(strstr(err.text, listen));
	ck_assert_ptr_nonnull(strstr(err.text, "in use"));
}
END_TEST

START_TEST(a_restart_gets_its_port_back_at_once)
{
	char listen[32];

	snprintf(listen, sizeof(listen), "127.0.0.1:%d", http_port(http));
	ck_assert_int_eq(get("/healthz"), 200);
	http_stop(http);
	http = start(socket_path, listen);
	ck_assert_msg(http != NULL, "%s", err.text);
	ck_assert_int_eq(get("/healthz"), 200);
}
END_TEST

START_TEST(a_name_to_listen_on_is_a_known_host)
{
	http_stop(http);
	http = start(socket_path, "localhost:0");
	ck_assert_msg(http != NULL, "%s", err.text);
	ck_assert_int_gt(http_port(http), 0);
}
END_TEST

/* ---- many clients ---- */

static void
clients_open(int fds[CLIENTS])
{
	static const char half[] = "GET /healthz HTTP/1.1\r\nHost: local";

	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = connect_tcp();
		if (i % 2 == 0) /* it may have been turned away by now */
			send(fds[i], half, strlen(half), MSG_NOSIGNAL);
	}
}

START_TEST(more_connections_than_are_served_do_no_harm)
{
	int fds[CLIENTS], local, status = 0;
	static const char request[] =
	    "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

	clients_open(fds);
	local = connect_local(socket_path); /* has a server of its own */
	say(local, request, strlen(request));
	ck_assert_int_eq(hear(local), 200);
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	/* The server hears of the ends one after another. */
	for (int64_t until_ms = clock_mono_ms() + 5000;
	     status != 200 && clock_mono_ms() < until_ms;)
		status = get("/healthz");
	ck_assert_int_eq(status, 200);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_open_connections)
{
	static const char slow[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fds[CLIENTS], reader = connect_tcp();
	int64_t begin_ms;

	say(reader, slow, strlen(slow)); /* and never reads */
	clients_open(fds);
	begin_ms = clock_mono_ms();
	http_stop(http);
	http = NULL;
	ck_assert_int_lt(clock_mono_ms() - begin_ms, STOP_MAX_MS);
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	close(reader);
}
END_TEST

static void *
ask_often(void *arg)
{
	static const char request[] = "GET /api/v1/snapshot HTTP/1.1\r\n"
				      "Host: x\r\nConnection: close\r\n\r\n";
	bool local = arg != NULL;
	char piece[4096];

	for (int i = 0; i < 50; i++) {
		int fd = local ? connect_local(socket_path) : connect_tcp();

		send(fd, request, strlen(request), MSG_NOSIGNAL);
		while (recv(fd, piece, sizeof(piece), 0) > 0)
			continue;
		close(fd);
	}
	return NULL;
}

START_TEST(the_loop_goes_on_while_both_sockets_are_asked)
{
	pthread_t local, tcp;

	pthread_create(&local, NULL, ask_often, socket_path);
	pthread_create(&tcp, NULL, ask_often, NULL);
	for (int i = 1; i <= 2000; i++) {
		put(P_COUNT, QUALITY_GOOD, (struct value){VALUE_I64, {.i = i}});
		http_alive(http, clock_mono_ms());
		if (i % 500 == 0)
			live_catalog(live, &catalog);
	}
	pthread_join(local, NULL);
	pthread_join(tcp, NULL);
	ck_assert_int_eq(get("/api/v1/snapshot"), 200);
	assert_says("\"trips\":{\"v\":2000,");
}
END_TEST

static TCase *
requests(void)
{
	TCase *t = tcase_create("requests");

	tcase_add_loop_test(t, only_get_and_head_are_served, 0, COUNT(methods));
	tcase_add_test(t, head_says_the_length_and_sends_nothing);
	tcase_add_loop_test(
	    t, a_host_must_be_known_or_an_address, 0, COUNT(hosts));
	tcase_add_test(t, a_host_longer_than_any_name_is_not_known);
	tcase_add_test(t, a_health_check_without_host_is_answered);
	tcase_add_test(t, the_unix_socket_takes_any_host);
	tcase_add_loop_test(t, a_request_has_a_limit, 0, COUNT(oversize));
	tcase_add_test(t, health_has_two_names);
	tcase_add_loop_test(t, nothing_else_is_here, 0, COUNT(nowhere));
	tcase_add_loop_test(
	    t, a_body_is_refused_before_it_is_read, 0, COUNT(bodies));
	tcase_add_test(t, an_empty_body_is_none);
	tcase_add_loop_test(t, the_rules_for_browsers_are_on_every_answer, 0,
	    COUNT(everywhere));
	tcase_add_test(t, a_connection_stays_open_for_the_next_request);
	return t;
}

static TCase *
documents(void)
{
	TCase *t = tcase_create("documents");

	tcase_add_loop_test(
	    t, a_value_is_shown_with_its_quality_and_time, 0, COUNT(values));
	tcase_add_loop_test(t, a_value_that_went_bad_is_not_shown_any_more, 0,
	    COUNT(worthless));
	tcase_add_test(t, a_snapshot_says_whose_and_when);
	tcase_add_test(t, a_device_without_place_or_points_is_shown_so);
	tcase_add_test(t, a_snapshot_tells_that_the_loop_hangs);
	tcase_add_test(t, without_names_there_are_no_devices);
	tcase_add_test(t, points_say_what_their_values_mean);
	tcase_add_test(t, the_site_says_who_it_is);
	tcase_add_loop_test(t, a_long_answer_is_packed_for_who_can_unpack_it, 0,
	    COUNT(packings));
	tcase_add_test(t, metrics_are_in_the_form_of_prometheus);
	tcase_add_test(t, health_is_ok_while_the_loop_turns);
	tcase_add_test(
	    t, health_says_where_the_journal_is_and_whether_the_clock_is_set);
	tcase_add_test(t, health_fails_when_the_loop_hangs_and_recovers);
	tcase_add_test(t, health_fails_when_the_journal_does_and_recovers);
	tcase_add_test(t, health_gives_all_its_reasons);
	tcase_add_loop_test(t, an_asset_is_served_as_it_stands_in_the_binary, 0,
	    (int)asset_count);
	tcase_add_loop_test(t, a_browser_that_takes_it_compressed_gets_it_so, 0,
	    (int)asset_count);
	tcase_add_loop_test(t, a_browser_that_wants_it_plain_gets_it_so, 0,
	    sizeof(unpacked) / sizeof(unpacked[0]));
	tcase_add_loop_test(t, what_is_named_by_its_content_is_kept_for_ever, 0,
	    (int)asset_count);
	tcase_add_test(
	    t, a_page_names_the_script_and_the_style_that_are_served);
	tcase_add_loop_test(t, a_browser_that_has_the_asset_gets_no_copy, 0,
	    sizeof(encodings) / sizeof(encodings[0]));
	tcase_add_test(t, a_browser_with_an_older_copy_gets_the_new_one);
	tcase_add_test(t, all_of_the_dashboard_is_at_most_150_kilobytes);
	tcase_add_loop_test(
	    t, no_page_has_code_or_style_in_it, 0, (int)asset_count);
	return t;
}

static TCase *
lives(void)
{
	TCase *t = tcase_create("lives");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, the_socket_is_for_owner_and_group_whatever_the_umask);
	tcase_add_loop_test(t,
	    where_the_disk_takes_no_socket_the_pages_are_served_all_the_same, 0,
	    sizeof(full_disks) / sizeof(full_disks[0]));
	tcase_add_test(t, what_is_not_the_disks_fault_is_an_error);
	tcase_add_test(t, a_stop_takes_the_socket_away);
	tcase_add_test(t, a_socket_nobody_answers_is_replaced);
	tcase_add_test(t, a_socket_that_is_served_is_left_alone);
	tcase_add_test(t, a_file_in_the_way_is_left_alone);
	tcase_add_test(t, a_path_too_long_for_a_socket_is_said_with_its_length);
	tcase_add_test(t, a_missing_folder_is_said);
	tcase_add_loop_test(t, what_is_no_address_is_said_with_an_example, 0,
	    COUNT(not_addresses));
	tcase_add_test(t, an_address_of_another_machine_is_refused);
	tcase_add_test(t, a_port_in_use_is_said);
	tcase_add_test(t, a_restart_gets_its_port_back_at_once);
	tcase_add_test(t, a_name_to_listen_on_is_a_known_host);
	tcase_add_test(t, more_connections_than_are_served_do_no_harm);
	tcase_add_test(t, a_stop_does_not_wait_for_open_connections);
	tcase_add_test(t, the_loop_goes_on_while_both_sockets_are_asked);
	return t;
}

int
main(void)
{
	TCase *(*const cases[])(void) = {requests, documents, lives};
	Suite *s = suite_create("http");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TCase *t = cases[i]();

		tcase_add_checked_fixture(t, setup, teardown);
		suite_add_tcase(s, t);
	}
	return suite_run(s);
}
