/* test_stream.c - /api/v1/stream: a real server, read over real sockets */
#include <arpa/inet.h>
#include <check.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zlib.h>

#include "gateway/base/clock.h"
#include "gateway/web/assets.h"
#include "gateway/web/http.h"
#include "gateway/web/news.h"
#include "gateway/web/stream.h"
#include "tests/client_help.h"
#include "tests/login_help.h"
#include "tests/no_history.h"
#include "tests/suite.h"

#define STOP_MAX_MS 5000
#define PATIENCE_MS 20000
#define TAP_MAX ((size_t)4 << 20)
#define WIDE 400 /* points of the wide device */

/* ---- a journal that says what the test wants ---- */

struct journal {
	int unused;
};

void
journal_state(struct journal *j, struct journal_state *s)
{
	(void)j;
	*s = (struct journal_state){0};
}

const char *
journal_id(const struct journal *j)
{
	(void)j;
	return "k3f9a1";
}

/* ---- a small estate ---- */

static const struct point_info infos[] = {
    {.name = "active_power", .unit = "kW", .role = "", .form = FORM_NUMBER},
    {.name = "label", .unit = "", .role = "", .form = FORM_TEXT},
};
static const struct device_info devices[] = {
    {.id = "tx-1",
	.kind = "transformer",
	.point_count = 2,
	.points = infos,
	.name = {.en = "TX 1"}},
    {.id = "tx-2",
	.kind = "transformer",
	.point_count = 1,
	.points = infos,
	.name = {.en = "TX 2"}},
};
static struct catalog catalog = {
    .device_count = 2, .devices = devices, .refs = 1};
static struct catalog renamed = {
    .device_count = 1, .devices = devices, .refs = 1};

static struct journal journal;
static char dir[] = "/tmp/test_stream_XXXXXX", socket_path[64];
static struct live *live;
static struct board *board;
static struct http *http;
static int wake_fd;
static struct sessions *sessions; /* or NULL */
static const char *proxy; /* or NULL */

static struct http *
start(const char *path, const char *listen)
{
	struct err err = {""};
	struct http *h;
	struct http_conf conf = {.socket_path = path,
	    .listen = listen,
	    .site_id = "anju",
	    .site_name = {.zh = "安居小区", .en = "Anju Estate"},
	    .version = "1.2.3",
	    .started_mono_ms = clock_mono_ms(),
	    .board = board,
	    .trusted_proxy = proxy,
	    .sessions = sessions,
	    .allow_plaintext = true}; /* to be looked at from elsewhere */

	h = http_start(&conf, &journal, live, &err);
	ck_assert_msg(h != NULL, "%s", err.text);
	client_port = http_port(h);
	return h;
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/riser.sock", dir);
	wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	live = live_new();
	live_catalog(live, &catalog);
	board = board_new(wake_fd);
	http = start(socket_path, "127.0.0.1:0");
}

static void
teardown(void)
{
	http_stop(http);
	live_free(live);
	board_free(board);
	close(wake_fd);
	rmdir(dir);
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
}

static void
put(uint16_t device, double power, int64_t wall_ms)
{
	struct stamp at = {.mono_ms = 1, .wall_ms = wall_ms, .synced = true};
	struct reading r = {.quality = {.code = QUALITY_GOOD},
	    .value = {.type = VALUE_F64, .f = power}};

	live_set(live, device, &r, &at);
}

static void
times_out(uint16_t device)
{
	struct stamp at = {.mono_ms = 2, .wall_ms = 9000, .synced = true};
	struct reading r = {.quality = {.code = QUALITY_BAD_TIMEOUT}};

	live_set(live, device, &r, &at);
}

static void
raise_alarm(const char *key, const char *members)
{
	struct board_alarm a = {.log = "k3f9a1", .members = (char *)members};

	snprintf(a.key, sizeof(a.key), "%s", key);
	board_put(board, &a);
	board_fit(board);
}

/* ---- a page ---- */

struct tap {
	int fd;
	char *text; /* as it came; HTTP/1.0 sends it as it is */
	size_t len, at; /* at: what was not looked at begins */
	const char *name, *data, *id; /* of the event; "" if it has none */
};

static void
tap_say(struct tap *t, int fd, const char *heads)
{
	char request[512];

	snprintf(request, sizeof(request),
	    "GET /api/v1/stream HTTP/1.0\r\nHost: localhost\r\n%s\r\n", heads);
	*t = (struct tap){.fd = fd, .text = malloc(TAP_MAX)};
	say(t->fd, request, strlen(request));
}

/* Reads on; false at the end. */
static bool
tap_more(struct tap *t)
{
	ssize_t n = recv(t->fd, t->text + t->len, TAP_MAX - 1 - t->len, 0);

	ck_assert_msg(n >= 0 || errno == ECONNRESET,
	    "nothing came; after: %.200s", t->text + t->at);
	if (n <= 0)
		return false;
	t->len += (size_t)n;
	t->text[t->len] = '\0';
	return true;
}

/* The block up to the next empty line; NULL at the end. */
static char *
tap_block(struct tap *t, const char *blank)
{
	char *end, *begin;

	t->text[t->len] = '\0';
	while ((end = strstr(t->text + t->at, blank)) == NULL)
		if (!tap_more(t))
			return NULL;
	*end = '\0';
	begin = t->text + t->at;
	t->at = (size_t)(end - t->text) + strlen(blank);
	return begin;
}

static bool
tap_event(struct tap *t)
{
	char *line = tap_block(t, "\n\n"), *next;

	t->name = t->data = t->id = "";
	for (; line != NULL && line[0] != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		else
			next = line + strlen(line);
		if (strncmp(line, "event: ", 7) == 0)
			t->name = line + 7;
		else if (strncmp(line, "data: ", 6) == 0)
			t->data = line + 6;
		else if (strncmp(line, "id: ", 4) == 0)
			t->id = line + 4;
		else
			ck_assert_str_eq(line, "retry: 2000");
	}
	return t->name[0] != '\0';
}

static void
tap_until(struct tap *t, const char *name)
{
	do
		ck_assert_msg(
		    tap_event(t), "the stream ended before: %s", name);
	while (strcmp(t->name, name) != 0);
}

static void
tap_has(const struct tap *t, const char *text)
{
	ck_assert_msg(strstr(t->data, text) != NULL, "\"%s\" is missing in: %s",
	    text, t->data);
}

static bool
tap_is_whole(const struct tap *t)
{
	return strstr(t->data, "\"full\":true") != NULL;
}

static void
tap_open(struct tap *t, const char *heads)
{
	tap_say(t, connect_tcp(), heads);
	ck_assert_ptr_nonnull(strstr(tap_block(t, "\r\n\r\n"), " 200 OK\r\n"));
}

/* Up to the last event of the whole state. */
static void
tap_begin(struct tap *t)
{
	tap_open(t, "");
	tap_until(t, "alarm");
	ck_assert(tap_is_whole(t));
}

static void
tap_close(struct tap *t)
{
	close(t->fd);
	free(t->text);
}

/* ---- what is said ---- */

START_TEST(a_stream_begins_with_a_heartbeat_and_all_there_is)
{
	struct tap t;
	char build[64];

	put(0, 412.5, 1763690000123);
	live_set_online(live, 0, true);
	raise_alarm("tx-1/heavy", "\"severity\":\"P2\"");
	tap_open(&t, "");
	ck_assert(tap_event(&t));
	ck_assert_str_eq(t.name, "hb");
	ck_assert_str_eq(t.id, "");
	snprintf(build, sizeof(build), "\"build\":\"%s\"", assets_build);
	tap_has(&t, build);
	tap_has(&t, "\"loop_age_ms\":");
	tap_has(&t, "\"uplinks\":[],\"duty\":[]}");
	ck_assert(tap_event(&t));
	ck_assert_str_eq(t.name, "point");
	ck_assert_str_eq(t.id, ""); /* half of it is not all */
	tap_has(&t, "\"full\":true,\"names\":");
	tap_has(&t,
	    "\"points\":{\"tx-1\":{\"active_power\":{\"v\":412.5,\"q\":"
	    "\"good\",\"ts\":1763690000123},\"label\":{\"v\":null,\"q\":"
	    "\"never\",\"ts\":null}},\"tx-2\":{\"active_power\":{\"v\":null,"
	    "\"q\":\"never\",\"ts\":null}}},"
	    "\"online\":{\"tx-1\":true,\"tx-2\":false}}");
	ck_assert(tap_event(&t));
	ck_assert_str_eq(t.name, "alarm");
	ck_assert_str_ne(t.id, "");
	tap_has(&t, "\"full\":true,\"names\":");
	tap_has(&t,
	    "\"alarms\":[{\"device\":\"tx-1\",\"alarm\":\"heavy\","
	    "\"severity\":\"P2\",\"log\":\"k3f9a1\",\"seq\":0}]}");
	tap_close(&t);
}
END_TEST

/* As the hub does when nobody has looked for a while, and then somebody. */
START_TEST(what_was_forgotten_is_looked_at_anew)
{
	struct news *n = news_new(live, board);
	struct buf out = {0};

	put(0, 1, 1000);
	raise_alarm("tx-1/heavy", "\"severity\":\"P2\"");
	news_look(n);
	news_forget(n);
	put(1, 2.5, 2000);
	news_look(n);
	ck_assert_int_eq(news_points(n, &out), NEWS_NONE);
	ck_assert(!news_alarms(n, &out));
	news_all_points(n, &out);
	news_all_alarms(n, &out);
	ck_assert_ptr_nonnull(
	    strstr(out.data, "\"v\":1,\"q\":\"good\",\"ts\":1000}"));
	ck_assert_ptr_nonnull(
	    strstr(out.data, "\"v\":2.5,\"q\":\"good\",\"ts\":2000}"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"alarm\":\"heavy\""));
	put(1, 3, 3000);
	ck_assert_int_eq(news_points(n, &out), NEWS_SOME);
	buf_free(&out);
	news_free(n);
}
END_TEST

START_TEST(only_what_changed_is_told)
{
	struct tap t;

	put(0, 1, 1000);
	tap_begin(&t);
	put(1, 2.5, 2000);
	live_set_online(live, 1, true);
	tap_until(&t, "point");
	ck_assert(!tap_is_whole(&t));
	tap_has(&t,
	    ",\"points\":{\"tx-2\":{\"active_power\":{\"v\":2.5,\"q\":\"good\","
	    "\"ts\":2000}}},\"online\":{\"tx-2\":true}}");
	tap_close(&t);
}
END_TEST

START_TEST(the_same_value_read_again_is_told_with_its_time)
{
	struct tap t;

	put(0, 1, 1000);
	tap_begin(&t);
	put(0, 1, 2000);
	tap_until(&t, "point");
	tap_has(&t,
	    "\"points\":{\"tx-1\":{\"active_power\":{\"v\":1,\"q\":\"good\","
	    "\"ts\":2000}}},\"online\":{}}");
	tap_close(&t);
}
END_TEST

START_TEST(a_value_that_is_gone_is_null_and_the_last_one_is_named_so)
{
	struct tap t;

	put(0, 7.5, 1000);
	tap_begin(&t);
	times_out(0);
	tap_until(&t, "point");
	tap_has(&t,
	    "{\"active_power\":{\"v\":null,\"q\":\"bad:timeout\",\"ts\":1000,"
	    "\"last\":7.5}}");
	tap_close(&t);
}
END_TEST

START_TEST(an_alarm_is_told_and_its_end)
{
	struct tap t;

	tap_begin(&t);
	raise_alarm("tx-1/heavy", "\"severity\":\"P2\"");
	tap_until(&t, "alarm");
	ck_assert(!tap_is_whole(&t));
	tap_has(&t,
	    "\"alarms\":[{\"device\":\"tx-1\",\"alarm\":\"heavy\","
	    "\"severity\":\"P2\",\"log\":\"k3f9a1\",\"seq\":0}],\"gone\":[]}");
	raise_alarm("tx-2/heavy", "\"severity\":\"P3\"");
	tap_until(&t, "alarm");
	tap_has(&t, "\"alarms\":[{\"device\":\"tx-2\"");
	board_drop(board, "tx-1/heavy");
	board_fit(board);
	tap_until(&t, "alarm");
	tap_has(&t, "\"alarms\":[],\"gone\":[\"tx-1/heavy\"]}");
	tap_close(&t);
}
END_TEST

START_TEST(new_names_are_a_whole_state_and_another_number)
{
	char *names;
	struct tap t;

	tap_open(&t, "");
	tap_until(&t, "hb");
	names = strdup(strstr(t.data, "\"names\":"));
	*strchr(names, ',') = '\0';
	tap_until(&t, "alarm");
	live_catalog(live, &renamed);
	tap_until(&t, "point");
	ck_assert(tap_is_whole(&t));
	ck_assert_ptr_null(strstr(t.data, names));
	ck_assert_ptr_null(strstr(t.data, "tx-2"));
	free(names);
	tap_close(&t);
}
END_TEST

START_TEST(a_heartbeat_says_where_readings_go_and_who_is_on_duty)
{
	struct pulse_known known = {.uplink_count = 1,
	    .uplinks = {{"mqtt", true, 7}},
	    .duty_count = 1,
	    .duty = {{.zh = "张伟", .phone = "138****6620"}}};
	struct tap t;

	http_know(http, &known);
	tap_open(&t, "");
	tap_until(&t, "hb");
	tap_has(&t,
	    "\"uplinks\":[{\"sink\":\"mqtt\",\"connected\":true,"
	    "\"pending\":7}],\"duty\":[{\"name\":{\"zh\":\"张伟\",\"en\":"
	    "\"张伟\"},\"phone\":\"138****6620\"}]}");
	tap_close(&t);
}
END_TEST

static const struct {
	const char *phone, *masked;
} phones[] = {
    {"13800006620", "138****6620"},
    {"+8613800006620", "+86****6620"},
    {"12345678", "123****5678"},
    {"1234567", "****67"},
    {"12", "****"},
    {"", "****"},
};

START_TEST(a_phone_number_is_masked)
{
	char masked[PULSE_NAME_MAX];

	pulse_mask(masked, phones[_i].phone);
	ck_assert_str_eq(masked, phones[_i].masked);
}
END_TEST

START_TEST(a_name_is_cut_between_characters)
{
	char name[PULSE_NAME_MAX];

	pulse_name(
	    name, "安居小区物业管理处安居小区物业管理处安居小区物业管理处");
	ck_assert_str_eq(name, "安居小区物业管理处安居小区物业管理处安居小");
	pulse_name(name, NULL);
	ck_assert_str_eq(name, "");
}
END_TEST

/* ---- who comes back ---- */

static void
back(struct tap *t, const char *id)
{
	char heads[128];

	snprintf(heads, sizeof(heads), "Last-Event-ID: %s\r\n", id);
	tap_open(t, heads);
	tap_until(t, "hb");
	ck_assert(tap_event(t));
}

START_TEST(who_comes_back_gets_what_he_missed)
{
	struct tap there, t;
	char id[64];

	tap_begin(&there); /* sees to it that all is told meanwhile */
	tap_begin(&t);
	put(0, 1, 1000);
	tap_until(&t, "point");
	snprintf(id, sizeof(id), "%s", t.id);
	tap_close(&t);
	tap_until(&there, "point");
	put(1, 2, 2000);
	tap_until(&there, "point");
	raise_alarm("tx-1/heavy", "\"severity\":\"P2\"");
	tap_until(&there, "alarm");
	back(&t, id);
	ck_assert_str_eq(t.name, "point");
	ck_assert(!tap_is_whole(&t));
	tap_has(&t, "\"points\":{\"tx-2\":{");
	ck_assert(tap_event(&t));
	ck_assert_str_eq(t.name, "alarm");
	ck_assert(!tap_is_whole(&t));
	ck_assert_str_eq(t.id, there.id);
	tap_close(&t);
	tap_close(&there);
}
END_TEST

/* %s: this stream's own part of an id. */
static const char *const strange_ids[] = {
    "00000000-1",
    "%s-99999999",
    "%s-18446744073709551615",
    "%s-99999999999999999999999999",
    "%s-",
    "%s--1",
    "%s- 1",
    "%s-1x",
    "%s",
    "%s-0",
    "",
    "\xff\xfe",
};

START_TEST(who_comes_back_with_another_id_gets_all)
{
	char id[128], boot[16] = "";
	struct tap t;

	tap_begin(&t);
	memcpy(boot, t.id, strcspn(t.id, "-"));
	tap_close(&t);
	snprintf(id, sizeof(id), "%s", strange_ids[_i]);
	if (strncmp(id, "%s", 2) == 0)
		snprintf(id, sizeof(id), "%s%s", boot, strange_ids[_i] + 2);
	back(&t, id);
	ck_assert_str_eq(t.name, "point");
	ck_assert(tap_is_whole(&t));
	tap_close(&t);
}
END_TEST

START_TEST(an_id_from_before_new_names_is_too_old)
{
	struct tap there, t;
	char id[64];

	tap_begin(&there);
	snprintf(id, sizeof(id), "%s", there.id);
	live_catalog(live, &renamed);
	tap_until(&there, "point");
	back(&t, id);
	ck_assert(tap_is_whole(&t));
	tap_close(&t);
	tap_close(&there);
}
END_TEST

/* ---- who is slow ---- */

static struct point_info wide_infos[WIDE];
static char wide_names[WIDE][16];

static void
put_wide(int64_t wall_ms)
{
	struct stamp at = {.mono_ms = 1, .wall_ms = wall_ms, .synced = true};
	struct reading r[WIDE];

	for (uint16_t i = 0; i < WIDE; i++) {
		r[i] = (struct reading){.point = i,
		    .quality = {.code = QUALITY_GOOD},
		    .value = {.type = VALUE_TEXT}};
		memset(r[i].value.text, 'x', SAMPLE_TEXT_MAX - 1);
	}
	live_set_all(live, 0, r, WIDE, &at);
}

static struct catalog *
wide_catalog(void)
{
	static const struct device_info wide = {.id = "wide",
	    .kind = "transformer",
	    .point_count = WIDE,
	    .points = wide_infos,
	    .name = {.en = "wide"}};
	static struct catalog c = {
	    .device_count = 1, .devices = &wide, .refs = 1};

	for (int i = 0; i < WIDE; i++) {
		snprintf(wide_names[i], sizeof(wide_names[i]), "p%d", i);
		wide_infos[i] = (struct point_info){.name = wide_names[i],
		    .unit = "",
		    .role = "",
		    .form = FORM_TEXT};
	}
	return &c;
}

/* Longer than libmicrohttpd waits for any other answer, and than what was
 * missed is kept. */
START_TEST(who_is_slow_skips_to_all_of_it_and_who_is_not_is_never_closed)
{
	int little = 4096, wholes = 0, beats = 0;
	struct tap quick, slow;
	int64_t told_ms = 0;

	live_catalog(live, wide_catalog());
	put_wide(++told_ms);
	slow.fd = connect_tcp();
	setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	tap_say(&slow, slow.fd, "");
	tap_begin(&quick);
	while (beats < 4) {
		put_wide(++told_ms);
		ck_assert(tap_event(&quick));
		ck_assert(!tap_is_whole(&quick));
		beats += strcmp(quick.name, "hb") == 0;
	}
	tap_block(&slow, "\r\n\r\n");
	while (wholes < 2) { /* at the beginning, and where he skips */
		tap_until(&slow, "point");
		wholes += tap_is_whole(&slow);
	}
	tap_until(&slow, "alarm");
	ck_assert(tap_is_whole(&slow));
	tap_close(&slow);
	tap_close(&quick);
}
END_TEST

/* ---- who comes how ---- */

START_TEST(head_says_what_it_would_be)
{
	ck_assert_int_eq(ask("HEAD /api/v1/stream HTTP/1.1\r\nHost: localhost"
			     "\r\nConnection: close\r\n\r\n"),
	    200);
	assert_says("\r\nContent-Type: text/event-stream\r\n");
	assert_says("\r\nCache-Control: no-store\r\n");
	assert_says("\r\nX-Accel-Buffering: no\r\n");
	ck_assert_str_eq(body(), "");
}
END_TEST

/* Joins the chunks of HTTP/1.1 that are there whole; returns their length. */
static size_t
chunks_join(char *bytes, size_t len)
{
	size_t from = 0, to = 0;

	for (;;) {
		char *end;
		size_t size = strtoul(bytes + from, &end, 16);
		size_t data = (size_t)(end - bytes) + 2;

		if (from >= len || data + size + 2 > len)
			return to;
		memmove(bytes + to, bytes + data, size);
		to += size;
		from = data + size + 2;
	}
}

static size_t
unpack(char *to, size_t room, char *from, size_t len)
{
	z_stream z = {.next_in = (Bytef *)from,
	    .avail_in = (uInt)len,
	    .next_out = (Bytef *)to,
	    .avail_out = (uInt)room - 1};
	int rc;

	ck_assert_int_eq(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
	rc = inflate(&z, Z_SYNC_FLUSH);
	ck_assert_msg(rc == Z_OK || rc == Z_BUF_ERROR, "%s", z.msg);
	to[z.total_out] = '\0';
	inflateEnd(&z);
	return z.total_out;
}

START_TEST(a_page_that_unpacks_gets_it_packed)
{
	static const char request[] =
	    "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n"
	    "Accept-Encoding: gzip, deflate, br\r\n\r\n";
	static char bytes[ANSWER_MAX], joined[ANSWER_MAX], text[ANSWER_MAX];
	size_t len = 0;
	char *head;
	int fd = connect_tcp();

	say(fd, request, strlen(request));
	text[0] = '\0';
	while (strstr(text, "\"v\":5.25") == NULL) {
		ssize_t n = recv(fd, bytes + len, sizeof(bytes) - len - 1, 0);

		ck_assert_int_gt(n, 0);
		len += (size_t)n;
		bytes[len] = '\0';
		head = strstr(bytes, "\r\n\r\n");
		if (head == NULL)
			continue;
		ck_assert_ptr_nonnull(
		    strstr(bytes, "\r\nContent-Encoding: gzip\r\n"));
		head += 4;
		memcpy(joined, head, len - (size_t)(head - bytes) + 1);
		unpack(text, sizeof(text), joined,
		    chunks_join(joined, len - (size_t)(head - bytes)));
		if (strstr(text, "event: alarm") != NULL)
			put(0, 5.25, 1000); /* behind the whole */
	}
	ck_assert_ptr_nonnull(strstr(text, "retry: 2000\nevent: hb\n"));
	ck_assert_ptr_nonnull(strstr(text, "\"full\":true"));
	close(fd);
}
END_TEST

START_TEST(the_unix_socket_streams_too)
{
	struct tap t;

	tap_say(&t, connect_local(socket_path), "");
	tap_block(&t, "\r\n\r\n");
	tap_until(&t, "alarm");
	tap_close(&t);
}
END_TEST

/* ---- how many ---- */

static void
open_all(int fds[], int count)
{
	static const char request[] =
	    "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
	char heads[64];

	for (int i = 0; i < count; i++) {
		fds[i] = connect_tcp();
		say(fds[i], request, strlen(request));
	}
	for (int i = 0; i < count; i++) {
		ck_assert_int_gt(recv(fds[i], heads, sizeof(heads), 0), 12);
		ck_assert_msg(memcmp(heads, "HTTP/1.1 200", 12) == 0,
		    "%d: %.40s", i, heads);
	}
}

static void
close_all(int fds[], int count)
{
	for (int i = 0; i < count; i++)
		close(fds[i]);
}

/* Waits until one more is let in. */
static int
let_in(void)
{
	int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
	int status = 0;
	char *head;
	struct tap t;

	for (;;) {
		put(0, 1, clock_mono_ms()); /* by this who is gone is noticed */
		tap_say(&t, connect_tcp(), "");
		head = tap_block(&t, "\r\n\r\n"); /* none: hung up on */
		if (head != NULL)
			sscanf(head, "HTTP/1.%*d %d", &status);
		free(t.text);
		if (status == 200)
			return t.fd;
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		close(t.fd);
		usleep(10000);
	}
}

START_TEST(one_stream_too_many_is_told_so_until_another_is_gone)
{
	int fds[STREAMS_MAX];

	open_all(fds, STREAMS_MAX);
	ck_assert_int_eq(get("/api/v1/stream"), 503);
	assert_says("256 streams are open");
	assert_says("\r\nRetry-After: ");
	close(fds[7]);
	fds[7] = let_in();
	close_all(fds, STREAMS_MAX);
}
END_TEST

START_TEST(all_who_went_away_leave_their_places)
{
	int fds[STREAMS_MAX];

	open_all(fds, STREAMS_MAX);
	close_all(fds, STREAMS_MAX);
	for (int i = 0; i < STREAMS_MAX; i++)
		fds[i] = let_in();
	close_all(fds, STREAMS_MAX);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_open_streams)
{
	int fds[50];
	int64_t begin_ms;
	char bytes[4096];

	open_all(fds, 50);
	begin_ms = clock_mono_ms();
	http_stop(http);
	http = NULL;
	ck_assert_int_lt(clock_mono_ms() - begin_ms, STOP_MAX_MS);
	for (int i = 0; i < 50; i++) {
		ssize_t n;

		while ((n = recv(fds[i], bytes, sizeof(bytes), 0)) > 0)
			continue;
		ck_assert_msg(n == 0 || errno == ECONNRESET, "still open");
	}
	close_all(fds, 50);
}
END_TEST

/* An address of this machine that is not loopback; false if it has none. */
static bool
other_address(struct in_addr *address)
{
	struct ifaddrs *all, *i;
	bool found = false;

	if (getifaddrs(&all) == -1)
		return false;
	for (i = all; i != NULL && !found; i = i->ifa_next) {
		const struct sockaddr_in *a = (const void *)i->ifa_addr;

		found = a != NULL && a->sin_family == AF_INET &&
		    ntohl(a->sin_addr.s_addr) >> 24 != 127;
		if (found)
			*address = a->sin_addr;
	}
	freeifaddrs(all);
	return found;
}

START_TEST(an_address_has_a_few_streams)
{
	static const char request[] = "GET /api/v1/stream HTTP/1.1\r\n"
				      "Host: localhost\r\n"
				      "Connection: close\r\n\r\n";
	int fds[STREAMS_AN_ADDRESS + 1];
	struct http *open_to_all;
	char path[64];
	struct sockaddr_in a = {.sin_family = AF_INET};

	if (!other_address(&a.sin_addr))
		return;
	snprintf(path, sizeof(path), "%s/wide.sock", dir);
	open_to_all = start(path, "0.0.0.0:0");
	a.sin_port = htons((uint16_t)client_port);
	for (int i = 0; i <= STREAMS_AN_ADDRESS; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(
		    connect(fds[i], (struct sockaddr *)&a, sizeof(a)), 0);
		say(fds[i], request, strlen(request));
		if (i < STREAMS_AN_ADDRESS)
			ck_assert_int_gt(recv(fds[i], answer, 64, 0), 0);
	}
	ck_assert_int_eq(hear(fds[STREAMS_AN_ADDRESS]), 429);
	assert_says("this address has 8 streams open");
	close_all(fds, STREAMS_AN_ADDRESS);
	http_stop(open_to_all);
}
END_TEST

/* Of somebody behind a proxy, over https. */
static void
tap_through(
    struct tap *t, const struct sockaddr_in *a, int whose, const char *token)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char heads[256];

	ck_assert_int_eq(connect(fd, (const void *)a, sizeof(*a)), 0);
	snprintf(heads, sizeof(heads),
	    "X-Forwarded-Proto: https\r\nX-Forwarded-For: 10.0.0.%d\r\n"
	    "Cookie: riser_session=%s\r\n",
	    whose, token);
	tap_say(t, fd, heads);
	ck_assert_ptr_nonnull(strstr(tap_block(t, "\r\n\r\n"), " 200 OK\r\n"));
}

START_TEST(
    behind_a_proxy_each_has_streams_of_his_own_and_they_end_with_his_session)
{
	struct tap taps[STREAMS_AN_ADDRESS + 1];
	struct sockaddr_in a = {.sin_family = AF_INET};
	char token[SESSION_TOKEN_MAX], other[SESSION_TOKEN_MAX];
	char path[64], users[64], address[INET_ADDRSTRLEN];
	struct http *behind;

	if (!other_address(&a.sin_addr))
		return;
	proxy = inet_ntop(AF_INET, &a.sin_addr, address, sizeof(address));
	snprintf(users, sizeof(users), "%s/users", dir);
	sessions = login_sessions(users);
	login_as(sessions, "look", token);
	login_as(sessions, "look", other);
	snprintf(path, sizeof(path), "%s/behind.sock", dir);
	behind = start(path, "0.0.0.0:0");
	a.sin_port = htons((uint16_t)client_port);
	for (int i = 0; i <= STREAMS_AN_ADDRESS; i++)
		tap_through(&taps[i], &a, i + 1, i == 0 ? other : token);
	for (int i = 0; i <= STREAMS_AN_ADDRESS; i++)
		tap_until(&taps[i], "alarm");
	sessions_end(sessions, token);
	for (int i = 1; i <= STREAMS_AN_ADDRESS; i++) {
		while (tap_event(&taps[i]))
			continue;
		tap_close(&taps[i]);
	}
	tap_until(&taps[0], "hb"); /* who is still in looks on */
	tap_until(&taps[0], "hb");
	tap_close(&taps[0]);
	http_stop(behind);
	sessions_free(sessions);
	sessions = NULL;
	proxy = NULL;
	unlink(users);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("stream");
	TCase *t = tcase_create("stream");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_stream_begins_with_a_heartbeat_and_all_there_is);
	tcase_add_test(t, what_was_forgotten_is_looked_at_anew);
	tcase_add_test(t, only_what_changed_is_told);
	tcase_add_test(t, the_same_value_read_again_is_told_with_its_time);
	tcase_add_test(
	    t, a_value_that_is_gone_is_null_and_the_last_one_is_named_so);
	tcase_add_test(t, an_alarm_is_told_and_its_end);
	tcase_add_test(t, new_names_are_a_whole_state_and_another_number);
	tcase_add_test(
	    t, a_heartbeat_says_where_readings_go_and_who_is_on_duty);
	tcase_add_loop_test(t, a_phone_number_is_masked, 0, COUNT(phones));
	tcase_add_test(t, a_name_is_cut_between_characters);
	tcase_add_test(t, who_comes_back_gets_what_he_missed);
	tcase_add_loop_test(
	    t, who_comes_back_with_another_id_gets_all, 0, COUNT(strange_ids));
	tcase_add_test(t, an_id_from_before_new_names_is_too_old);
	tcase_add_test(
	    t, who_is_slow_skips_to_all_of_it_and_who_is_not_is_never_closed);
	tcase_add_test(t, head_says_what_it_would_be);
	tcase_add_test(t, a_page_that_unpacks_gets_it_packed);
	tcase_add_test(t, the_unix_socket_streams_too);
	tcase_add_test(t, one_stream_too_many_is_told_so_until_another_is_gone);
	tcase_add_test(t, all_who_went_away_leave_their_places);
	tcase_add_test(t, a_stop_does_not_wait_for_open_streams);
	tcase_add_test(t, an_address_has_a_few_streams);
	tcase_add_test(t,
	    behind_a_proxy_each_has_streams_of_his_own_and_they_end_with_his_session);
	suite_add_tcase(s, t);
	return suite_run(s);
}
