/*
 * test_http_alarms.c - alarms, orders and the chronicle over HTTP, asked over
 * real sockets by a client that may say anything
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/alarm/condition.h"
#include "gateway/base/clock.h"
#include "gateway/store/chronicle.h"
#include "gateway/web/http.h"
#include "tests/client_help.h"
#include "tests/login_help.h"
#include "tests/no_history.h"
#include "tests/suite.h"

#define PATIENCE_MS 20000 /* for a thread on a busy machine */
#define STOP_MAX_MS 1000

/* ---- a journal and a chronicle that say what the test wants ---- */

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

static struct {
	bool failing;
	bool held; /* atomic: a question takes until this is false */
	bool heeds; /* and that it is when it is to hush */
	int begun, ended; /* atomic: questions */
} chronicle;

static int
chronicle_answer(struct buf *out, struct err *err)
{
	__atomic_add_fetch(&chronicle.begun, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&chronicle.held, __ATOMIC_ACQUIRE))
		usleep(1000);
	__atomic_add_fetch(&chronicle.ended, 1, __ATOMIC_ACQ_REL);
	if (chronicle.failing) {
		buf_puts(out, "{\"events\":[");
		return err_set(err, "events.db cannot be read: it is locked");
	}
	return 0;
}

void
chronicle_hush(bool hush)
{
	if (!hush || !chronicle.heeds)
		return;
	__atomic_store_n(&chronicle.held, false, __ATOMIC_RELEASE);
	/* A worker that may go on has time for the next one here. */
	while (__atomic_load_n(&chronicle.ended, __ATOMIC_ACQUIRE) < 1)
		usleep(1000);
	usleep(20000);
}

/* What was asked comes back as it was understood. */
int
chronicle_journal(const char *dir, const struct chronicle_query *q,
    struct buf *out, struct err *err)
{
	if (chronicle_answer(out, err) == -1)
		return -1;
	buf_printf(out, "%s from %lld to %lld of %s/%s, %s, before %llu, %u",
	    dir, (long long)q->from_ms, (long long)q->to_ms,
	    q->device != NULL ? q->device : "*",
	    q->alarm != NULL ? q->alarm : "*", q->type != NULL ? q->type : "*",
	    (unsigned long long)q->before, q->limit);
	return 0;
}

int
chronicle_figures(const char *dir, int64_t from_ms, int64_t to_ms,
    struct buf *out, struct err *err)
{
	if (chronicle_answer(out, err) == -1)
		return -1;
	buf_printf(out, "%s from %lld for %lld s", dir, (long long)from_ms,
	    (long long)(to_ms - from_ms) / 1000);
	return 0;
}

/* ---- a loop that says what the test wants ---- */

static struct {
	pthread_t thread;
	bool end, hangs; /* atomic */
	int orders; /* atomic: taken */
	struct order last;
	enum order_verdict verdict;
	const char *why;
} loop;

static struct board *board;
static int wake_fd;

static void *
loop_run(void *arg)
{
	while (!__atomic_load_n(&loop.end, __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&loop.hangs, __ATOMIC_ACQUIRE) ||
		    !board_take(board, &loop.last)) {
			usleep(1000);
			continue;
		}
		__atomic_add_fetch(&loop.orders, 1, __ATOMIC_ACQ_REL);
		board_answer(board, loop.verdict, loop.why);
	}
	return arg;
}

static void
loop_hangs(bool hangs)
{
	__atomic_store_n(&loop.hangs, hangs, __ATOMIC_RELEASE);
}

static int
loop_orders(void)
{
	return __atomic_load_n(&loop.orders, __ATOMIC_ACQUIRE);
}

/* ---- the server ---- */

static char dir[] = "/tmp/test_http_XXXXXX", socket_path[64], users_path[64];
static struct sessions *sessions;
static char token[SESSION_TOKEN_MAX]; /* of an engineer */
static struct journal journal;
static struct live *live;
static struct http *http;
static struct err err;

static void
start(struct board *b)
{
	struct http_conf conf = {.socket_path = socket_path,
	    .listen = "127.0.0.1:0",
	    .site_id = "anju",
	    .site_name = {.zh = "安居小区"},
	    .version = "1.2.3",
	    .store = "/store",
	    .board = b,
	    .sessions = sessions};

	http = http_start(&conf, &journal, live, &err);
	ck_assert_msg(http != NULL, "%s", err.text);
	client_port = http_port(http);
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/riser.sock", dir);
	snprintf(users_path, sizeof(users_path), "%s/users", dir);
	sessions = login_sessions(users_path);
	login_as(sessions, "li", token);
	live = live_new();
	wake_fd = eventfd(0, EFD_NONBLOCK);
	board = board_new(wake_fd);
	pthread_create(&loop.thread, NULL, loop_run, NULL);
	start(board);
}

static void
teardown(void)
{
	http_stop(http);
	__atomic_store_n(&loop.end, true, __ATOMIC_RELEASE);
	pthread_join(loop.thread, NULL);
	board_free(board);
	close(wake_fd);
	live_free(live);
	sessions_free(sessions);
	unlink(users_path);
	rmdir(dir);
}

/* ---- the client ---- */

/* Says a whole order, as somebody who is logged in, and leaves the answer for
 * later. */
static int
send_order(const char *path, const char *text)
{
	char request[1024];
	int fd = connect_tcp();

	snprintf(request, sizeof(request),
	    "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    path, strlen(text), text);
	login_say(fd, token, request);
	return fd;
}

#define ACK "/api/v1/alarms/lift-3-1/entrapment/ack"
#define WANG "{\"by\":\"Wang\"}" /* 13 bytes */

static int
post(const char *path, const char *text)
{
	return hear(send_order(path, text));
}

/* Whether the server has not said a word yet. */
static bool
is_silent(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	    errno == EAGAIN;
}

static void
wait_for(const int *count, int least)
{
	for (int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
	     __atomic_load_n(count, __ATOMIC_ACQUIRE) < least;) {
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		usleep(1000);
	}
}

/* ---- what stands ---- */

static void
put(const char *key, uint8_t severity, bool hidden, bool unacked,
    const char *members)
{
	struct board_alarm a = {.severity = severity,
	    .hidden = hidden,
	    .unacked = unacked,
	    .log = "e5x0p2",
	    .seq = UINT64_MAX,
	    .members = (char *)(uintptr_t)members};

	snprintf(a.key, sizeof(a.key), "%s", key);
	board_put(board, &a);
}

START_TEST(alarms_stand_in_the_boards_order_and_are_counted)
{
	const char *alarms;

	put("tx-1/heavy", SEVERITY_P3, false, true, "\"state\":\"UNACK\"");
	put("lift-1/comm_loss", SEVERITY_P3, true, true,
	    "\"state\":\"UNACK\",\"suppressed_by\":\"gateway/bus-down-a\"");
	put("gateway/bus-down-a", SEVERITY_P2, false, false,
	    "\"state\":\"ACKED\"");
	put("lift-3-1/entrapment", SEVERITY_P1, false, true,
	    "\"state\":\"UNACK\",\"text\":{\"zh\":\"困人\"}");
	ck_assert_int_eq(get("/api/v1/alarms"), 200);
	assert_says("\r\nContent-Type: application/json\r\n");
	assert_says("\r\nCache-Control: no-store\r\n");
	alarms = strstr(body(), "\"alarms\"");
	ck_assert_ptr_nonnull(alarms);
	ck_assert_str_eq(alarms,
	    "\"alarms\":["
	    "{\"device\":\"lift-3-1\",\"alarm\":\"entrapment\","
	    "\"state\":\"UNACK\",\"text\":{\"zh\":\"困人\"},"
	    "\"log\":\"e5x0p2\",\"seq\":18446744073709551615},"
	    "{\"device\":\"tx-1\",\"alarm\":\"heavy\","
	    "\"state\":\"UNACK\","
	    "\"log\":\"e5x0p2\",\"seq\":18446744073709551615},"
	    "{\"device\":\"gateway\",\"alarm\":\"bus-down-a\","
	    "\"state\":\"ACKED\","
	    "\"log\":\"e5x0p2\",\"seq\":18446744073709551615},"
	    "{\"device\":\"lift-1\",\"alarm\":\"comm_loss\","
	    "\"state\":\"UNACK\",\"suppressed_by\":\"gateway/bus-down-a\","
	    "\"log\":\"e5x0p2\",\"seq\":18446744073709551615}],"
	    "\"counts\":{\"shown\":3,\"unacked\":2,\"hidden\":1,"
	    "\"P1\":1,\"P2\":1,\"P3\":1,\"P4\":0}}");
}
END_TEST

START_TEST(alarms_say_when_and_how_old_the_loop_is)
{
	long long ts = 0, age_ms = 0;
	int64_t before_ms = clock_wall_ms();

	http_alive(http, clock_mono_ms() - 60000);
	ck_assert_int_eq(get("/api/v1/alarms"), 200);
	ck_assert_int_eq(
	    sscanf(body(), "{\"ts\":%lld,\"loop_age_ms\":%lld,", &ts, &age_ms),
	    2);
	ck_assert_int_ge(ts, before_ms);
	ck_assert_int_ge(age_ms, 60000);
}
END_TEST

START_TEST(an_alarm_that_was_dropped_is_shown_no_more)
{
	put("tx-1/heavy", SEVERITY_P3, false, true, "\"state\":\"UNACK\"");
	ck_assert_int_eq(get("/api/v1/alarms"), 200);
	assert_says("heavy");
	board_drop(board, "tx-1/heavy");
	ck_assert_int_eq(get("/api/v1/alarms"), 200);
	assert_says("\"alarms\":[],\"counts\":{\"shown\":0,");
}
END_TEST

START_TEST(without_a_board_there_are_no_alarms)
{
	http_stop(http);
	start(NULL);
	ck_assert_int_eq(get("/api/v1/alarms"), 200);
	assert_says("\"alarms\":[],\"counts\":{\"shown\":0,");
	ck_assert_int_eq(post(ACK, WANG), 404);
}
END_TEST

/* ---- orders ---- */

START_TEST(an_order_reaches_the_loop_whole)
{
	ck_assert_int_eq(post("/api/v1/alarms/lift-3-1/door_fault/shelve",
			     "{\"by\":\"王师傅\",\"note\":\"door being "
			     "mended\",\"for\":\"2h\"}"),
	    200);
	ck_assert_str_eq(body(), "{\"ok\":true}");
	assert_says("\r\nContent-Type: application/json\r\n");
	ck_assert_int_eq(loop_orders(), 1);
	ck_assert_str_eq(loop.last.alarm, "lift-3-1/door_fault");
	ck_assert_int_eq(loop.last.verb, ORDER_SHELVE);
	ck_assert_str_eq(loop.last.by, "李工"); /* his, whatever he writes */
	ck_assert_str_eq(loop.last.note, "door being mended");
	ck_assert_int_eq(loop.last.for_ms, 2 * 3600 * 1000);
}
END_TEST

START_TEST(each_verb_is_the_last_part_of_a_path)
{
	static const char *const members[ORDER_VERBS] = {
	    [ORDER_SHELVE] = ",\"for\":\"30m\"",
	    [ORDER_CHECK] = ",\"car\":\"lift-7-2\""};
	char path[128], text[128];

	snprintf(path, sizeof(path), "/api/v1/alarms/lift-3-1/entrapment/%s",
	    order_verb_names[_i]);
	snprintf(text, sizeof(text), "{\"by\":\"Wang\",\"note\":\"why\"%s}",
	    members[_i] != NULL ? members[_i] : "");
	ck_assert_int_eq(post(path, text), 200);
	ck_assert_int_eq(loop.last.verb, _i);
	ck_assert_str_eq(loop.last.car, _i == ORDER_CHECK ? "lift-7-2" : "");
}
END_TEST

static const struct {
	enum order_verdict verdict;
	const char *why;
	int status;
	const char *body;
} verdicts[] = {
    {ORDER_DONE, NULL, 200, "{\"ok\":true}"},
    {ORDER_UNKNOWN, NULL, 404,
	"{\"error\":\"there is no alarm lift-3-1/entrapment\"}"},
    {ORDER_REFUSED, "a P1 is shelved for at most 30 min", 409,
	"{\"error\":\"a P1 is shelved for at most 30 min\"}"},
    {ORDER_BUSY, "the log of events takes nothing: try again", 503,
	"{\"error\":\"the log of events takes nothing: try again\"}"},
};

START_TEST(the_verdict_is_the_answer)
{
	loop.verdict = verdicts[_i].verdict;
	loop.why = verdicts[_i].why;
	ck_assert_int_eq(post(ACK, WANG), verdicts[_i].status);
	ck_assert_str_eq(body(), verdicts[_i].body);
	ck_assert((strstr(answer, "\r\nRetry-After: 2\r\n") != NULL) ==
	    (verdicts[_i].status == 503));
}
END_TEST

/* ---- orders that are none ---- */

#define OPEN(path) "POST " path " HTTP/1.1\r\nHost: localhost\r\n"
#define HEAD(path) OPEN(path) "Connection: close\r\n"
#define JSON "Content-Type: application/json\r\n"
#define BODY "Content-Length: 13\r\n\r\n" WANG

static const struct {
	const char *what, *request;
	int status;
	const char *says;
} abuses[] = {
    /* what it is */
    {"a form", HEAD(ACK) "Content-Type: text/plain\r\n" BODY, 415,
	"must be application/json"},
    {"a web form",
	HEAD(ACK) "Content-Type: application/x-www-form-urlencoded\r\n" BODY,
	415, "application/json"},
    {"a type that only begins so",
	HEAD(ACK) "Content-Type: application/jsonp\r\n" BODY, 415, ""},
    {"no type", HEAD(ACK) BODY, 415, ""},
    {"no length", HEAD(ACK) JSON "\r\n", 411, "Content-Length"},
    {"chunked",
	HEAD(ACK) JSON "Transfer-Encoding: chunked\r\n\r\nd\r\n" WANG
		       "\r\n0\r\n\r\n",
	411, ""},
    {"chunked without an end",
	HEAD(ACK) JSON "Transfer-Encoding: chunked\r\n\r\nd\r\n" WANG, 411, ""},
    {"chunked and a length",
	HEAD(ACK) JSON "Transfer-Encoding: chunked\r\n" BODY, 411, ""},
    {"one byte too long", HEAD(ACK) JSON "Content-Length: 4097\r\n\r\n", 413,
	"at most 4096 bytes"},
    {"too long, and asks first",
	HEAD(ACK) JSON "Content-Length: 99999\r\nExpect: 100-continue\r\n\r\n",
	413, ""},
    {"as long as can be said",
	HEAD(ACK) JSON "Content-Length: 9223372036854775807\r\n\r\n", 413, ""},
    {"a length that is none",
	HEAD(ACK) JSON "Content-Length: many\r\n\r\n" WANG, 400, ""},
    {"a negative length", HEAD(ACK) JSON "Content-Length: -1\r\n\r\n", 400, ""},
    /* what it says */
    {"nothing", HEAD(ACK) JSON "Content-Length: 0\r\n\r\n", 400, "error"},
    {"no JSON", HEAD(ACK) JSON "Content-Length: 5\r\n\r\nhello", 400, "error"},
    {"half of it", HEAD(ACK) JSON "Content-Length: 12\r\n\r\n{\"by\":\"Wang\"",
	400, "error"},
    {"more behind it", HEAD(ACK) JSON "Content-Length: 15\r\n\r\n" WANG "{}",
	400, "error"},
    {"a list", HEAD(ACK) JSON "Content-Length: 8\r\n\r\n[\"Wang\"]", 400, ""},
    {"an unknown member",
	HEAD(ACK) JSON
	"Content-Length: 25\r\n\r\n{\"by\":\"Wang\",\"verb\":\"ack\"}",
	400, ""},
    {"a member twice",
	HEAD(ACK) JSON
	"Content-Length: 22\r\n\r\n{\"by\":\"Wang\",\"by\":\"Li\"}",
	400, ""},
    {"bytes that are not UTF-8",
	HEAD(ACK) JSON "Content-Length: 13\r\n\r\n{\"by\":\"W\xff\xffg\"}", 400,
	""},
    {"a NUL", HEAD(ACK) JSON "Content-Length: 16\r\n\r\n{\"by\":\"\\u0000ab\"}",
	400, ""},
    /* to whom */
    {"an unknown verb",
	HEAD("/api/v1/alarms/lift-3-1/entrapment/delete") JSON BODY, 404,
	"no verb \\\"delete\\\"; there are ack, shelve, unshelve, note, "
	"respond, arrive, rescue, false-alarm, reset, check, "
	"out-of-service, in-service\""},
    {"a verb in capitals",
	HEAD("/api/v1/alarms/lift-3-1/entrapment/ACK") JSON BODY, 404,
	"no verb"},
    {"no verb", HEAD("/api/v1/alarms/lift-3-1/entrapment/") JSON BODY, 404,
	"no verb"},
    {"a part too many", HEAD(ACK "/ack") JSON BODY, 405, ""},
    {"a part too few", HEAD("/api/v1/alarms/lift-3-1/ack") JSON BODY, 405,
	"GET and HEAD"},
    {"an empty device", HEAD("/api/v1/alarms//entrapment/ack") JSON BODY, 404,
	"no such alarm"},
    {"an empty alarm", HEAD("/api/v1/alarms/lift-3-1//ack") JSON BODY, 404,
	"no such alarm"},
    {"a way up", HEAD("/api/v1/alarms/../entrapment/ack") JSON BODY, 404,
	"no such alarm"},
    {"a way up that is hidden",
	HEAD("/api/v1/alarms/%2e%2e/entrapment/ack") JSON BODY, 404,
	"no such alarm"},
    {"a slash that is hidden",
	HEAD("/api/v1/alarms/lift%2f3/entrapment/ack") JSON BODY, 405, ""},
    {"an end that is hidden",
	HEAD("/api/v1/alarms/lift-3-1/entrapment/ack%00x") JSON BODY, 404,
	"no verb"},
    {"a name with markup",
	HEAD("/api/v1/alarms/%3cb%3e/entrapment/ack") JSON BODY, 404,
	"no such alarm"},
    {"a name in capitals",
	HEAD("/api/v1/alarms/LIFT-3-1/entrapment/ack") JSON BODY, 404, ""},
    {"a name longer than any",
	HEAD("/api/v1/alarms/lift/"
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "/ack") JSON BODY,
	404, "no such alarm"},
    {"an order to a document", HEAD("/api/v1/alarms") JSON BODY, 405, ""},
    /* from where */
    {"another site's page",
	HEAD(ACK) "Origin: http://evil.example\r\n" JSON BODY, 403,
	"page of another site"},
    {"a page of no site", HEAD(ACK) "Origin: null\r\n" JSON BODY, 403, ""},
    {"this host's other port",
	HEAD(ACK) "Origin: http://localhost:9\r\n" JSON BODY, 403, ""},
    {"a page that asks whether it may",
	"OPTIONS " ACK " HTTP/1.1\r\nHost: localhost\r\n"
	"Origin: http://evil.example\r\n"
	"Access-Control-Request-Method: POST\r\n\r\n",
	405, "Allow: POST\r\n"},
    {"a foreign host's name",
	"POST " ACK " HTTP/1.1\r\nHost: evil.example\r\n"
	"Connection: close\r\n" JSON BODY,
	421, "host name"},
    {"a page without a host",
	"POST " ACK " HTTP/1.0\r\nOrigin: http://localhost\r\n" JSON BODY, 403,
	""},
    {"a proxy for somebody",
	HEAD(ACK) "X-Forwarded-For: 203.0.113.9\r\n" JSON BODY, 403,
	"a proxy that web.trusted_proxy does not name"},
    {"another proxy", HEAD(ACK) "Forwarded: for=203.0.113.9\r\n" JSON BODY, 403,
	"proxy"},
    /* how */
    {"a question",
	"GET " ACK " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	405, "Allow: POST\r\n"},
    {"a question with a body",
	"GET " ACK
	" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" JSON BODY,
	405, ""},
    {"another method",
	"PUT " ACK
	" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" JSON BODY,
	405, "Allow: POST\r\n"},
};

START_TEST(what_is_no_order_is_refused_and_does_not_reach_the_loop)
{
	const char *request = abuses[_i].request;
	int fd = connect_tcp(), status;

	login_say(fd, token, request);
	status = hear(fd);
	ck_assert_msg(status == abuses[_i].status, "%s: %d, not %d: %s",
	    abuses[_i].what, status, abuses[_i].status, answer);
	assert_says(abuses[_i].says);
	ck_assert_ptr_null(strstr(answer, "100 Continue"));
	ck_assert_int_eq(loop_orders(), 0);
	ck_assert_int_eq(get("/healthz"), 200);
}
END_TEST

/* Who sends heads and body apart, as Python's http.client does, would else find
 * the connection broken and never read why. */
START_TEST(who_is_refused_is_heard_out_first)
{
	static const char heads[] =
	    HEAD("/api/v1/alarms/lift-3-1/entrapment/delete") JSON
	    "Content-Length: 13\r\n\r\n";
	int fd = connect_tcp();

	say(fd, heads, strlen(heads));
	/* One thread serves all, turn by turn: behind two answers to others it
	 * has read the heads. */
	ck_assert_int_eq(get("/healthz"), 200);
	ck_assert_int_eq(get("/healthz"), 200);
	ck_assert(is_silent(fd));
	say(fd, WANG, strlen(WANG));
	ck_assert_int_eq(hear(fd), 404);
	ck_assert_ptr_nonnull(strstr(answer, "no verb"));
}
END_TEST

static const char *const fine[] = {
    HEAD(ACK) JSON BODY,
    HEAD(ACK) "Content-Type: Application/JSON; charset=utf-8\r\n" BODY,
    HEAD(ACK) "Origin: http://localhost\r\n" JSON BODY,
    "POST " ACK " HTTP/1.1\r\nHost: 192.168.10.5:8080\r\n"
    "Origin: http://192.168.10.5:8080\r\nConnection: close\r\n" JSON BODY,
    "POST " ACK " HTTP/1.0\r\n" JSON BODY,
    HEAD("/api/v1/alarms/lift%2d3-1/entrapment/ack") JSON BODY,
};

START_TEST(what_is_an_order_is_one_however_it_is_written)
{
	int fd = connect_tcp();

	login_say(fd, token, fine[_i]);
	ck_assert_int_eq(hear(fd), 200);
	ck_assert_int_eq(loop_orders(), 1);
	ck_assert_str_eq(loop.last.alarm, "lift-3-1/entrapment");
	ck_assert_str_eq(loop.last.by, "李工");
}
END_TEST

START_TEST(the_unix_socket_takes_orders_whoever_they_are_for)
{
	static const char request[] = "POST " ACK " HTTP/1.1\r\nHost: x\r\n"
				      "X-Forwarded-For: 203.0.113.9\r\n"
				      "Connection: close\r\n" JSON BODY;
	int fd = connect_local(socket_path);

	ck_assert_int_ne(fd, -1);
	say(fd, request, strlen(request));
	ck_assert_int_eq(hear(fd), 200);
	ck_assert_int_eq(loop_orders(), 1);
	ck_assert_str_eq(loop.last.by, "Wang");
}
END_TEST

static const char *const nameless[] = {
    HEAD(ACK) JSON "Content-Length: 2\r\n\r\n{}",
    HEAD(ACK) JSON "Content-Length: 9\r\n\r\n{\"by\":\"\"}",
    HEAD(ACK) JSON "Content-Length: 8\r\n\r\n{\"by\":7}",
};

START_TEST(over_the_unix_socket_an_order_says_whose_it_is)
{
	int fd = connect_local(socket_path);

	say(fd, nameless[_i], strlen(nameless[_i]));
	ck_assert_int_eq(hear(fd), 400);
	assert_says("by");
	ck_assert_int_eq(loop_orders(), 0);
}
END_TEST

START_TEST(without_a_login_nobody_orders_over_tcp)
{
	ck_assert_int_eq(ask(fine[0]), 401);
	assert_says("log in first");
	ck_assert_int_eq(loop_orders(), 0);
}
END_TEST

/* ---- whom to call ---- */

static const struct device_info looked_after[] = {
    {.id = "lift-3-1",
	.kind = "elevator",
	.profile = "elevator/x",
	.bus = "b",
	.owner_phone = "400-000-0000",
	.rescue_code = "123456"},
    {.id = "tx-1", .kind = "transformer", .profile = "meter/x", .bus = "b"},
};
static struct catalog owned = {
    .device_count = 2, .devices = looked_after, .refs = 1};

static const struct {
	const char *user; /* NULL: nobody */
	int status;
} callers[] = {
    {NULL, 401}, {"look", 403}, {"city", 403}, {"wang", 200}, {"li", 200}};

START_TEST(telephone_numbers_are_for_who_may_act)
{
	static const char request[] =
	    "GET /api/v1/contacts HTTP/1.1\r\nHost: localhost\r\n"
	    "Connection: close\r\n\r\n";
	int fd = connect_tcp();

	live_catalog(live, &owned);
	if (callers[_i].user == NULL) {
		say(fd, request, strlen(request));
	} else {
		login_as(sessions, callers[_i].user, token);
		login_say(fd, token, request);
	}
	ck_assert_int_eq(hear(fd), callers[_i].status);
	if (callers[_i].status == 200)
		ck_assert_str_eq(body(),
		    "{\"devices\":{\"lift-3-1\":{\"phone\":\"400-000-0000\","
		    "\"rescue_code\":\"123456\"}}}");
	else
		ck_assert_ptr_null(strstr(answer, "400-"));
}
END_TEST

START_TEST(nobody_else_is_told_a_telephone_number)
{
	live_catalog(live, &owned);
	ck_assert_int_eq(get("/api/v1/points"), 200);
	assert_says("lift-3-1");
	ck_assert_ptr_null(strstr(answer, "400-"));
	ck_assert_ptr_null(strstr(answer, "123456"));
}
END_TEST

START_TEST(an_order_may_be_as_long_as_is_promised_and_come_in_pieces)
{
	static const char head[] =
	    HEAD(ACK) JSON "Connection: close\r\nContent-Length: 4096\r\n\r\n";
	char text[ORDER_TEXT_MAX];
	int fd = connect_tcp();

	memset(text, ' ', sizeof(text));
	memcpy(text, WANG, strlen(WANG));
	login_say(fd, token, head);
	for (size_t i = 0; i < sizeof(text); i += 1024) {
		usleep(20000);
		ck_assert(is_silent(fd));
		say(fd, text + i, 1024);
	}
	ck_assert_int_eq(hear(fd), 200);
	ck_assert_str_eq(loop.last.alarm, "lift-3-1/entrapment");
	ck_assert_int_eq(loop.last.verb, ORDER_ACK);
}
END_TEST

START_TEST(who_dribbles_his_order_is_left)
{
	static const char head[] = HEAD(ACK) JSON BODY;
	int fd = connect_tcp(), said = 0;
	size_t at = strlen(head) - 12;
	char begin[sizeof(head)] = "";

	memcpy(begin, head, at);
	login_say(fd, token, begin);
	for (; at < strlen(head) && is_silent(fd); at++, said++) {
		usleep(1000000);
		send(fd, head + at, 1, MSG_NOSIGNAL);
	}
	ck_assert_int_lt(said, 12);
	ck_assert_int_eq(hear(fd), 0); /* without a word */
	ck_assert_int_eq(loop_orders(), 0);
}
END_TEST

START_TEST(a_connection_stays_open_after_an_order)
{
	static const char order[] = OPEN(ACK) JSON BODY;
	static const char last[] =
	    "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
	    "Connection: close\r\n\r\n";
	int fd = connect_tcp();

	login_say(fd, token, order);
	login_say(fd, token, order);
	say(fd, last, strlen(last));
	ck_assert_int_eq(hear(fd), 200);
	assert_says("{\"status\":\"ok\"");
	ck_assert_int_eq(loop_orders(), 2);
}
END_TEST

/* ---- a loop that hangs, a disk that is slow ---- */

START_TEST(a_loop_that_hangs_keeps_nobody_else_waiting)
{
	int fd;

	loop_hangs(true);
	fd = send_order(ACK, WANG);
	ck_assert_int_eq(get("/healthz"), 200);
	ck_assert_int_eq(get("/api/v1/alarms"), 200);
	ck_assert_int_eq(get("/api/v1/journal"), 200);
	ck_assert(is_silent(fd)); /* it still waits */
	ck_assert_int_eq(hear(fd), 503);
	assert_says("the gateway does not answer: try again");
	assert_says("\r\nRetry-After: 2\r\n");
	loop_hangs(false);
	ck_assert_int_eq(post(ACK, WANG), 200);
	ck_assert_int_eq(loop_orders(), 1); /* the first never came */
}
END_TEST

/* One is with the board, some wait behind it, the others are turned away; and
 * all of them hear soon. */
START_TEST(more_orders_than_may_wait_are_told_so)
{
	int fds[20], busy = 0;

	loop_hangs(true);
	for (int i = 0; i < 20; i++)
		fds[i] = send_order(ACK, WANG);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(hear(fds[i]), 503);
		busy += strstr(answer, "too many are asking") != NULL;
	}
	ck_assert_int_ge(busy, 20 - 8 - 2);
	loop_hangs(false);
	ck_assert_int_eq(post(ACK, WANG), 200);
	ck_assert_int_eq(loop_orders(), 1);
}
END_TEST

START_TEST(who_goes_away_while_his_order_waits_harms_nobody)
{
	loop_hangs(true);
	for (int i = 0; i < 4; i++)
		close(send_order(ACK, WANG));
	ck_assert_int_eq(get("/healthz"), 200);
	loop_hangs(false);
	ck_assert_int_eq(post(ACK, WANG), 200);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_a_verdict)
{
	int fds[4];
	int64_t begin_ms;

	loop_hangs(true); /* as it does while it stops the server */
	for (int i = 0; i < 4; i++)
		fds[i] = send_order(ACK, WANG);
	ck_assert_int_eq(get("/healthz"), 200); /* the orders are there */
	begin_ms = clock_mono_ms();
	http_stop(http);
	ck_assert_int_lt(clock_mono_ms() - begin_ms, STOP_MAX_MS);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	loop_hangs(false);
	start(board); /* a reload */
	ck_assert_int_eq(post(ACK, WANG), 200);
	ck_assert_int_eq(loop_orders(), 1);
}
END_TEST

START_TEST(a_slow_question_keeps_nobody_else_waiting)
{
	static const char request[] = "GET /api/v1/journal HTTP/1.1\r\n"
				      "Host: x\r\nConnection: close\r\n\r\n";
	int fd = connect_local(socket_path);

	__atomic_store_n(&chronicle.held, true, __ATOMIC_RELEASE);
	say(fd, request, strlen(request));
	wait_for(&chronicle.begun, 1);
	ck_assert_int_eq(get("/healthz"), 200);
	ck_assert_int_eq(post(ACK, WANG), 200);
	ck_assert(is_silent(fd));
	__atomic_store_n(&chronicle.held, false, __ATOMIC_RELEASE);
	ck_assert_int_eq(hear(fd), 200);
}
END_TEST

/* How long it took, with four questions, of which one was begun. */
static int64_t
stop_with_questions(void)
{
	static const char request[] = "GET /api/v1/journal?device=lift-1 "
				      "HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int64_t begin_ms;
	int fds[4];

	__atomic_store_n(&chronicle.held, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 4; i++) {
		fds[i] = connect_tcp();
		say(fds[i], request, strlen(request));
	}
	wait_for(&chronicle.begun, 1);
	ck_assert_int_eq(get("/healthz"), 200); /* the others are there */
	begin_ms = clock_mono_ms();
	http_stop(http);
	begin_ms = clock_mono_ms() - begin_ms;
	ck_assert_int_eq(chronicle.begun, 1);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	return begin_ms;
}

START_TEST(at_a_stop_the_question_at_work_is_told_to_hush_and_no_other_begins)
{
	chronicle.heeds = true;
	stop_with_questions();
	ck_assert_int_eq(chronicle.ended, 1);
	start(board);
	ck_assert_int_eq(get("/api/v1/journal"), 200);
}
END_TEST

START_TEST(a_question_that_hangs_in_the_disk_is_left_behind_by_a_stop)
{
	ck_assert_int_lt(stop_with_questions(), PATIENCE_MS);
	ck_assert_int_eq(chronicle.ended, 0);
	start(board);
	ck_assert_int_eq(get("/healthz"), 200);
	/* It comes back, and finds all it needs. */
	__atomic_store_n(&chronicle.held, false, __ATOMIC_RELEASE);
	wait_for(&chronicle.ended, 1);
	ck_assert_int_eq(get("/api/v1/journal"), 200);
}
END_TEST

/* ---- questions to the chronicle ---- */

static const struct {
	const char *parameters, *understood;
} questions[] = {
    {"journal", "/store from 0 to 0 of */*, *, before 0, 100"},
    {"journal?", "/store from 0 to 0 of */*, *, before 0, 100"},
    {"journal?device=lift-3-1&alarm=entrapment&type=alarm",
	"/store from 0 to 0 of lift-3-1/entrapment, alarm, before 0, 100"},
    {"journal?from=1763690000123&to=1763690000124&before=77&limit=1000",
	"/store from 1763690000123 to 1763690000124 of */*, *, before 77, "
	"1000"},
    {"journal?limit=0001", "/store from 0 to 0 of */*, *, before 0, 1"},
    {"journal?device=lift%2d3",
	"/store from 0 to 0 of lift-3/*, *, before 0, 100"},
    {"alarms/figures?from=1763690000123&to=1763690060123",
	"/store from 1763690000123 for 60 s"},
};

START_TEST(a_question_reaches_the_chronicle_as_it_was_asked)
{
	char path[256];

	snprintf(path, sizeof(path), "/api/v1/%s", questions[_i].parameters);
	ck_assert_int_eq(get(path), 200);
	ck_assert_str_eq(body(), questions[_i].understood);
	assert_says("\r\nContent-Type: application/json\r\n");
}
END_TEST

START_TEST(the_figures_are_of_the_last_thirty_days_or_as_many_as_asked)
{
	ck_assert_int_eq(get("/api/v1/alarms/figures"), 200);
	assert_says(" for 2592000 s");
	ck_assert_int_eq(get("/api/v1/alarms/figures?days=7"), 200);
	assert_says(" for 604800 s");
}
END_TEST

static const struct {
	const char *parameters, *says;
} mistakes[] = {
    {"journal?limit=0",
	"limit is \\\"0\\\"; it must be a number from 1 to 1000"},
    {"journal?limit=1001", "limit is \\\"1001\\\"; it must be"},
    {"journal?limit=-1", "limit is \\\"-1\\\"; it must be"},
    {"journal?limit=1e3", "limit is \\\"1e3\\\"; it must be"},
    {"journal?limit=", "limit is \\\"\\\"; it must be"},
    {"journal?limit", "limit is \\\"\\\"; it must be"},
    {"journal?limit=99999999999999999999", "limit is"},
    {"journal?before=0", "before is \\\"0\\\"; it must be the `next`"},
    {"journal?before=9223372036854775808", "before is"},
    {"journal?from=2026-10-01",
	"from is \\\"2026-10-01\\\"; it must be a time in Unix milliseconds"},
    {"journal?from=1e12", "from is"},
    {"journal?from=%201", "from is"},
    {"journal?from=253402300800000", "from is"},
    {"journal?to=0", "to is"},
    {"journal?from=2&to=1", "from must be earlier than to"},
    {"journal?from=2&to=2", "from must be earlier than to"},
    {"journal?device=", "device is \\\"\\\"; it must be a device's id"},
    {"journal?device=Lift", "device is \\\"Lift\\\""},
    {"journal?device=a%00b", "device is"},
    {"journal?alarm=lift/entrapment", "alarm is"},
    {"journal?type=%27%20or%201=1", "type is"},
    {"journal?device=a&device=b", "device is given twice"},
    {"journal?since=1",
	"there is no parameter \\\"since\\\"; there are from, to, device, "
	"alarm, type, before, limit"},
    {"journal?From=1", "no parameter"},
    {"journal?days=1", "no parameter"},
    {"journal?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&s", "no parameter"},
    {"alarms/figures?days=0",
	"days is \\\"0\\\"; it must be a number of days from 1 to 1098"},
    {"alarms/figures?days=1099", "days is"},
    {"alarms/figures?days=1.5", "days is"},
    {"alarms/figures?days=7&from=1", "days and from are both given"},
    {"alarms/figures?to=1763690000123", "to needs a from"},
    {"alarms/figures?from=253402300799999", "later than the gateway's clock"},
    {"alarms/figures?device=a",
	"no parameter \\\"device\\\"; there are from, to, days"},
};

START_TEST(a_question_with_a_mistake_is_not_asked)
{
	char path[256];

	snprintf(path, sizeof(path), "/api/v1/%s", mistakes[_i].parameters);
	ck_assert_int_eq(get(path), 400);
	assert_says("{\"error\":\"");
	assert_says(mistakes[_i].says);
	ck_assert_int_eq(chronicle.begun, 0);
}
END_TEST

START_TEST(a_chronicle_that_cannot_be_read_says_why)
{
	chronicle.failing = true;
	ck_assert_int_eq(get("/api/v1/journal"), 503);
	ck_assert_str_eq(
	    body(), "{\"error\":\"events.db cannot be read: it is locked\"}");
	assert_says("\r\nRetry-After: 2\r\n");
	ck_assert_int_eq(get("/api/v1/alarms/figures"), 503);
}
END_TEST

START_TEST(head_says_the_length_of_the_journal)
{
	ck_assert_int_eq(
	    ask("HEAD /api/v1/journal HTTP/1.1\r\nHost: localhost\r\n"
		"Connection: close\r\n\r\n"),
	    200);
	assert_says("\r\nContent-Length: 43\r\n");
	ck_assert_str_eq(body(), "");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static TCase *
standing(void)
{
	TCase *t = tcase_create("standing");

	tcase_add_test(t, alarms_stand_in_the_boards_order_and_are_counted);
	tcase_add_test(t, alarms_say_when_and_how_old_the_loop_is);
	tcase_add_test(t, an_alarm_that_was_dropped_is_shown_no_more);
	tcase_add_test(t, without_a_board_there_are_no_alarms);
	return t;
}

static TCase *
orders(void)
{
	TCase *t = tcase_create("orders");

	tcase_add_test(t, an_order_reaches_the_loop_whole);
	tcase_add_loop_test(
	    t, each_verb_is_the_last_part_of_a_path, 0, ORDER_VERBS);
	tcase_add_loop_test(t, the_verdict_is_the_answer, 0, COUNT(verdicts));
	tcase_add_loop_test(t,
	    what_is_no_order_is_refused_and_does_not_reach_the_loop, 0,
	    COUNT(abuses));
	tcase_add_test(t, who_is_refused_is_heard_out_first);
	tcase_add_loop_test(
	    t, what_is_an_order_is_one_however_it_is_written, 0, COUNT(fine));
	tcase_add_test(t, the_unix_socket_takes_orders_whoever_they_are_for);
	tcase_add_loop_test(t, over_the_unix_socket_an_order_says_whose_it_is,
	    0, COUNT(nameless));
	tcase_add_test(t, without_a_login_nobody_orders_over_tcp);
	tcase_add_loop_test(
	    t, telephone_numbers_are_for_who_may_act, 0, COUNT(callers));
	tcase_add_test(t, nobody_else_is_told_a_telephone_number);
	tcase_add_test(
	    t, an_order_may_be_as_long_as_is_promised_and_come_in_pieces);
	tcase_add_test(t, who_dribbles_his_order_is_left);
	tcase_add_test(t, a_connection_stays_open_after_an_order);
	return t;
}

static TCase *
delays(void)
{
	TCase *t = tcase_create("delays");

	tcase_add_test(t, a_loop_that_hangs_keeps_nobody_else_waiting);
	tcase_add_test(t, more_orders_than_may_wait_are_told_so);
	tcase_add_test(t, who_goes_away_while_his_order_waits_harms_nobody);
	tcase_add_test(t, a_stop_does_not_wait_for_a_verdict);
	tcase_add_test(t, a_slow_question_keeps_nobody_else_waiting);
	tcase_add_test(t,
	    at_a_stop_the_question_at_work_is_told_to_hush_and_no_other_begins);
	tcase_add_test(
	    t, a_question_that_hangs_in_the_disk_is_left_behind_by_a_stop);
	return t;
}

static TCase *
asking(void)
{
	TCase *t = tcase_create("asking");

	tcase_add_loop_test(t, a_question_reaches_the_chronicle_as_it_was_asked,
	    0, COUNT(questions));
	tcase_add_test(
	    t, the_figures_are_of_the_last_thirty_days_or_as_many_as_asked);
	tcase_add_loop_test(
	    t, a_question_with_a_mistake_is_not_asked, 0, COUNT(mistakes));
	tcase_add_test(t, a_chronicle_that_cannot_be_read_says_why);
	tcase_add_test(t, head_says_the_length_of_the_journal);
	return t;
}

int
main(void)
{
	TCase *(*const cases[])(void) = {standing, orders, delays, asking};
	Suite *s = suite_create("http_alarms");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TCase *t = cases[i]();

		tcase_set_timeout(t, 60);
		tcase_add_checked_fixture(t, setup, teardown);
		suite_add_tcase(s, t);
	}
	return suite_run(s);
}
