/*
 * test_http_history.c - the history over HTTP, asked over real sockets by
 * clients that read slowly, go away, or are many
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/history_page.h"
#include "gateway/web/http.h"
#include "tests/client_help.h"
#include "tests/suite.h"

#define PATIENCE_MS 20000 /* for a thread on a busy machine */
#define PIECE 65536
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- a journal and a history that say what the test wants ---- */

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

struct history {
	int refs; /* atomic */
};

static struct history past;

struct history *
history_ref(struct history *h)
{
	__atomic_add_fetch(&h->refs, 1, __ATOMIC_ACQ_REL);
	return h;
}

void
history_unref(struct history *h)
{
	__atomic_sub_fetch(&h->refs, 1, __ATOMIC_ACQ_REL);
}

static bool failing; /* the history does */

void
history_state(struct history *h, struct history_state *s)
{
	ck_assert(h == &past);
	*s = (struct history_state){.failing = failing};
}

/* Of the point "long" there are `pieces`, of which the one behind `good` fails;
 * of "endless" there is no end. */
static struct {
	int pieces, good;
	bool held; /* atomic: a piece takes until this is false */
	int hanging; /* atomic: one does, or did */
	int begun, ended; /* atomic: pieces */
} story;

static enum history_piece
long_piece(struct history_page *p, struct buf *out, struct err *err)
{
	bool endless = strcmp(p->query.point, "endless") == 0;

	if ((int)p->rows == story.good) {
		err_set(err, "the history cannot be read: it is gone");
		return HISTORY_FAILED;
	}
	for (int i = 0; i < PIECE / 16; i++)
		buf_printf(out, "%7d/%7d\n", (int)p->rows, i);
	return (int)++p->rows < story.pieces || endless ? HISTORY_MORE
							: HISTORY_ALL;
}

/* What was asked comes back as it was understood. */
static enum history_piece
answer_piece(
    struct history_page *p, const char *dir, struct buf *out, struct err *err)
{
	const struct history_query *q = &p->query;

	if (strcmp(q->point, "long") == 0 || strcmp(q->point, "endless") == 0)
		return long_piece(p, out, err);
	if (strcmp(q->point, "unknown") == 0) {
		err_set(err, "there is no point");
		return HISTORY_UNKNOWN;
	}
	if (strcmp(q->point, "failing") == 0) {
		buf_puts(out, "{\"point\":");
		err_set(err, "the history cannot be read");
		return HISTORY_FAILED;
	}
	if (strcmp(q->point, "cut") == 0)
		p->kept_ms = 1763690000123;
	buf_printf(out, "%s %s/%s for %lld s to %lld, %lld, %s, %s", dir,
	    q->device, q->point, (long long)(q->to_ms - q->from_ms) / 1000,
	    (long long)q->to_ms, (long long)q->step_ms,
	    p->csv ? "lines" : "rows", p->point != NULL ? "now" : "once");
	return HISTORY_ALL;
}

enum history_piece
history_page_next(struct history_page *p, const char *dir, struct history *of,
    struct buf *out, struct err *err)
{
	enum history_piece rc;

	__atomic_add_fetch(&story.begun, 1, __ATOMIC_ACQ_REL);
	ck_assert(of == &past);
	while (__atomic_load_n(&story.held, __ATOMIC_ACQUIRE)) {
		__atomic_store_n(&story.hanging, 1, __ATOMIC_RELEASE);
		usleep(1000);
	}
	rc = answer_piece(p, dir, out, err);
	__atomic_add_fetch(&story.ended, 1, __ATOMIC_ACQ_REL);
	return rc;
}

/* ---- the server ---- */

static const struct point_info infos[] = {
    {.name = "active_power", .unit = "kW", .role = ""}};
static const struct device_info devices[] = {{.id = "tx-1",
    .kind = "transformer",
    .point_count = 1,
    .points = infos,
    .profile = "meter",
    .verified = "A",
    .bus = "b"}};
static struct catalog catalog = {
    .device_count = 1, .devices = devices, .refs = 1};

static char dir[] = "/tmp/test_http_XXXXXX", socket_path[64];
static struct journal journal;
static struct live *live;
static struct http *http;
static struct err err;

static void
start(void)
{
	struct http_conf conf = {.socket_path = socket_path,
	    .listen = "127.0.0.1:0",
	    .site_id = "anju",
	    .site_name = {.zh = "安居小区"},
	    .version = "1.2.3",
	    .store = "/store",
	    .history = &past};

	http = http_start(&conf, &journal, live, &err);
	ck_assert_msg(http != NULL, "%s", err.text);
	client_port = http_port(http);
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/riser.sock", dir);
	story.good = -1;
	live = live_new();
	live_catalog(live, &catalog);
	start();
}

static void
await(const int *number, int wanted)
{
	for (int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
	     __atomic_load_n(number, __ATOMIC_ACQUIRE) != wanted;) {
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		usleep(1000);
	}
}

/* Whoever asked is forgotten, whatever became of him. */
static void
teardown(void)
{
	http_stop(http);
	await(&past.refs, 0);
	live_free(live);
	ck_assert_int_eq(catalog.refs, 1);
	rmdir(dir);
}

/* ---- the client ---- */

/* Asks over the Unix socket, whose buffers are small, as HTTP/1.0: what comes
 * is the document, to the end of the connection. */
static int
begin(const char *point)
{
	char request[256];
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	int fd = connect_local(socket_path);

	ck_assert_int_ne(fd, -1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(request, sizeof(request),
	    "GET /api/v1/history?point=tx-1/%s HTTP/1.0\r\nHost: x\r\n\r\n",
	    point);
	say(fd, request, strlen(request));
	return fd;
}

/* Waits for the first byte. */
static void
await_answer(int fd)
{
	char byte;

	ck_assert_int_eq(recv(fd, &byte, 1, MSG_PEEK), 1);
}

/* Reads the rest: how many lines there were, each in its turn. */
static int
read_lines(int fd)
{
	FILE *in = fdopen(fd, "r");
	char line[512];
	int count = 0, piece, row;

	ck_assert_ptr_nonnull(fgets(line, sizeof(line), in));
	ck_assert_msg(strstr(line, " 200 ") != NULL, "%s", line);
	while (fgets(line, sizeof(line), in) != NULL && line[0] != '\r')
		continue;
	while (fgets(line, sizeof(line), in) != NULL) {
		piece = row = -1;
		sscanf(line, "%d/%d", &piece, &row);
		if (piece * (PIECE / 16) + row != count)
			ck_abort_msg("line %d is %s", count, line);
		count++;
	}
	fclose(in);
	return count;
}

/* ---- questions ---- */

static const struct {
	const char *parameters, *understood;
} questions[] = {
    {"point=tx-1/active_power&from=1763690000000&to=1763690060000&step=15m",
	"/store tx-1/active_power for 60 s to 1763690060000, 900000, rows, "
	"now"},
    {"step=1s&to=1763690060000&from=1763690000000&point=tx-1/gone",
	"/store tx-1/gone for 60 s to 1763690060000, 1000, rows, once"},
    {"point=lift-1%2Fdoor&from=0&to=1000&step=auto&format=json",
	"/store lift-1/door for 1 s to 1000, 0, rows, once"},
    {"point=a/b&to=1763690060000&step=366d",
	"/store a/b for 86400 s to 1763690060000, 31622400000, rows, once"},
    {"point=a/b&to=1000&step=6h&format=csv",
	"/store a/b for 1 s to 1000, 21600000, lines, once"},
    {"point=a/b&to=1000&step=900000ms",
	"/store a/b for 1 s to 1000, 900000, rows, once"},
};

START_TEST(a_question_reaches_the_history_as_it_was_asked)
{
	char path[256];

	snprintf(
	    path, sizeof(path), "/api/v1/history?%s", questions[_i].parameters);
	ck_assert_int_eq(get(path), 200);
	ck_assert_str_eq(body(), questions[_i].understood);
}
END_TEST

/* It is no reason to start the gateway anew: values go out without it. */
START_TEST(health_says_how_the_history_does_and_stays_ok)
{
	ck_assert_int_eq(get("/healthz"), 200);
	ck_assert_ptr_nonnull(strstr(body(), "\"history\":\"ok\","));
	failing = true;
	ck_assert_int_eq(get("/healthz"), 200);
	ck_assert_ptr_nonnull(strstr(body(), "\"history\":\"failing\","));
	failing = false;
}
END_TEST

START_TEST(without_times_it_is_the_last_day)
{
	int64_t before_ms = clock_wall_ms();
	long long to_ms = 0;

	ck_assert_int_eq(get("/api/v1/history?point=tx-1/a"), 200);
	ck_assert_int_eq(
	    sscanf(body(), "/store tx-1/a for 86400 s to %lld", &to_ms), 1);
	ck_assert_int_ge(to_ms, before_ms);
	ck_assert_int_le(to_ms, clock_wall_ms());
}
END_TEST

static const struct {
	const char *parameters, *says;
} mistakes[] = {
    {"", "point is missing: a device and its point, as tx-1/active_power"},
    {"from=1", "point is missing"},
    {"point=", "point is \\\"\\\"; it must be a device and its point"},
    {"point", "point is"},
    {"point=tx-1", "point is"},
    {"point=tx-1/", "point is"},
    {"point=/a", "point is"},
    {"point=tx-1/a/b", "point is"},
    {"point=TX-1/a", "point is"},
    {"point=../history", "point is"},
    {"point=tx-1/a%00b", "point is"},
    {"point=a/b&point=a/c", "point is given twice"},
    {"point=a/b&step=15m&step=15m", "step is given twice"},
    {"point=a/b&step=15", "step is \\\"15\\\"; it must be auto, or a time"},
    {"point=a/b&step=", "step is"},
    {"point=a/b&step=0", "step is"},
    {"point=a/b&step=0s", "step is"},
    {"point=a/b&step=7m", "step is \\\"7m\\\""},
    {"point=a/b&step=5h", "step is"},
    {"point=a/b&step=500ms", "step is"},
    {"point=a/b&step=1500ms", "step is"},
    {"point=a/b&step=367d", "step is"},
    {"point=a/b&step=-15m", "step is"},
    {"point=a/b&step=15M", "step is"},
    {"point=a/b&step=015m", "step is"},
    {"point=a/b&step=15%20m", "step is"},
    {"point=a/b&step=99999999999999999999d", "step is"},
    {"point=a/b&step=99999999999d", "step is"},
    {"point=a/b&step=raw", "step is"},
    {"point=a/b&format=xml", "format is \\\"xml\\\"; it must be json or csv"},
    {"point=a/b&from=2026-10-01", "it must be a time in Unix milliseconds"},
    {"point=a/b&from=2&to=1", "from must be earlier than to"},
    {"point=a/b&from=2&to=2", "from must be earlier than to"},
    {"point=a/b&from=253402300799999", "later than the gateway's clock"},
    {"point=a/b&limit=5",
	"there is no parameter \\\"limit\\\"; there are from, to, point, step, "
	"format"},
};

START_TEST(a_question_with_a_mistake_is_not_asked)
{
	char path[256];

	snprintf(
	    path, sizeof(path), "/api/v1/history?%s", mistakes[_i].parameters);
	ck_assert_int_eq(get(path), 400);
	assert_says("{\"error\":\"");
	assert_says(mistakes[_i].says);
	ck_assert_int_eq(story.begun, 0);
}
END_TEST

/* ---- answers ---- */

START_TEST(what_cannot_be_answered_says_why)
{
	ck_assert_int_eq(get("/api/v1/history?point=a/unknown"), 404);
	ck_assert_str_eq(body(), "{\"error\":\"there is no point\"}");
	ck_assert_int_eq(get("/api/v1/history?point=a/failing"), 503);
	ck_assert_str_eq(body(), "{\"error\":\"the history cannot be read\"}");
	assert_says("\r\nRetry-After: 2\r\n");
}
END_TEST

START_TEST(lines_are_a_file_to_be_saved)
{
	ck_assert_int_eq(get("/api/v1/history?point=a/b&format=csv"), 200);
	assert_says("\r\nContent-Type: text/csv; charset=utf-8; "
		    "header=present\r\n");
	assert_says("\r\nContent-Disposition: attachment; "
		    "filename=\"a-b.csv\"\r\n");
	ck_assert_ptr_null(strstr(answer, "Riser-From"));
}
END_TEST

START_TEST(what_is_kept_for_a_shorter_time_is_said_ahead)
{
	ck_assert_int_eq(get("/api/v1/history?point=a/cut"), 200);
	assert_says("\r\nRiser-From: 1763690000123\r\n");
	assert_says("\r\nContent-Type: application/json\r\n");
	assert_says("\r\nContent-Length: ");
	assert_says("\r\nCache-Control: no-store\r\n");
	ck_assert_ptr_null(strstr(answer, "Content-Disposition"));
}
END_TEST

START_TEST(head_says_what_it_would_be)
{
	ck_assert_int_eq(ask("HEAD /api/v1/history?point=a/b&format=csv "
			     "HTTP/1.1\r\nHost: localhost\r\n"
			     "Connection: close\r\n\r\n"),
	    200);
	assert_says("\r\nContent-Type: text/csv");
	ck_assert_str_eq(body(), "");
}
END_TEST

/* ---- long answers ---- */

START_TEST(a_long_answer_comes_whole_and_in_order)
{
	story.pieces = 100;
	ck_assert_int_eq(read_lines(begin("long")), 100 * PIECE / 16);
	ck_assert_int_eq(story.begun, 100);
}
END_TEST

/* Chunked, so that its end is told from its breaking off. */
START_TEST(an_answer_that_fails_in_the_middle_has_no_end)
{
	story.pieces = 3;
	ck_assert_int_eq(get("/api/v1/history?point=tx-1/long"), 200);
	assert_says("\r\nTransfer-Encoding: chunked\r\n");
	assert_says("\r\n0\r\n\r\n");
	story.good = 2;
	ck_assert_int_eq(get("/api/v1/history?point=tx-1/long"), 200);
	assert_says("      1/   4095\n");
	ck_assert_ptr_null(strstr(answer, "\r\n0\r\n\r\n"));
	ck_assert_ptr_null(strstr(answer, "it is gone"));
}
END_TEST

/* What a socket takes and libmicrohttpd has, no more. */
START_TEST(who_does_not_read_holds_a_few_pieces_and_nobody_else)
{
	int fd, begun;

	story.pieces = 200;
	fd = begin("long");
	await_answer(fd);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(get("/api/v1/history?point=a/b"), 200);
		ck_assert_int_eq(get("/healthz"), 200);
	}
	begun = __atomic_load_n(&story.begun, __ATOMIC_ACQUIRE);
	ck_assert_int_le(begun, 5 + 40);
	ck_assert_int_eq(read_lines(fd), 200 * PIECE / 16);
}
END_TEST

static void *
read_for_ever(void *arg)
{
	static char bytes[PIECE];

	while (recv(*(int *)arg, bytes, sizeof(bytes), 0) > 0)
		continue;
	return NULL;
}

START_TEST(others_are_answered_between_the_pieces_of_an_answer_without_end)
{
	int fd = begin("endless");
	pthread_t reader;

	pthread_create(&reader, NULL, read_for_ever, &fd);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(get("/api/v1/history?point=a/b"), 200);
	shutdown(fd, SHUT_RDWR);
	pthread_join(reader, NULL);
	close(fd);
}
END_TEST

#define CROWD 24 /* more than may wait to begin */

START_TEST(an_answer_that_was_begun_goes_on_however_many_there_are)
{
	int fds[CROWD];

	story.pieces = 6;
	for (int i = 0; i < CROWD; i++) {
		fds[i] = begin("long");
		await_answer(fds[i]);
	}
	for (int i = 0; i < CROWD; i++)
		ck_assert_int_eq(read_lines(fds[i]), 6 * PIECE / 16);
}
END_TEST

START_TEST(who_goes_away_in_the_middle_is_forgotten)
{
	story.pieces = 50;
	for (int i = 0; i < CROWD; i++) {
		int fd = begin(i % 2 == 0 ? "endless" : "long");

		await_answer(fd);
		close(fd);
	}
	await(&past.refs, 0);
	ck_assert_int_eq(get("/api/v1/history?point=a/b"), 200);
}
END_TEST

START_TEST(who_goes_away_while_a_piece_is_made_is_forgotten)
{
	int fd;

	__atomic_store_n(&story.held, true, __ATOMIC_RELEASE);
	fd = begin("endless");
	await(&story.begun, 1);
	close(fd);
	__atomic_store_n(&story.held, false, __ATOMIC_RELEASE);
	await(&past.refs, 0);
	ck_assert_int_eq(get("/api/v1/history?point=a/b"), 200);
}
END_TEST

/* ---- the stop ---- */

START_TEST(a_stop_breaks_long_answers_off)
{
	int reading = begin("endless"), waiting = begin("endless");
	pthread_t reader;

	await_answer(reading);
	await_answer(waiting);
	pthread_create(&reader, NULL, read_for_ever, &reading);
	http_stop(http);
	pthread_join(reader, NULL);
	ck_assert_int_eq(past.refs, 0);
	close(reading);
	close(waiting);
	start();
	ck_assert_int_eq(get("/api/v1/history?point=a/b"), 200);
}
END_TEST

/* At its first piece, or at one in the middle. */
START_TEST(a_piece_that_hangs_in_the_disk_is_left_behind_by_a_stop)
{
	int fd, ended;

	if (_i == 0)
		__atomic_store_n(&story.held, true, __ATOMIC_RELEASE);
	fd = begin("endless");
	if (_i == 1) {
		await_answer(fd);
		__atomic_store_n(&story.held, true, __ATOMIC_RELEASE);
		/* Reads on until the next piece is under way. */
		while (__atomic_load_n(&story.hanging, __ATOMIC_ACQUIRE) == 0)
			if (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) < 1)
				usleep(1000);
	}
	await(&story.hanging, 1);
	http_stop(http);
	ended = __atomic_load_n(&story.ended, __ATOMIC_ACQUIRE);
	ck_assert_int_eq(past.refs, 1); /* it still has all it needs */
	start();
	ck_assert_int_eq(get("/healthz"), 200);
	__atomic_store_n(&story.held, false, __ATOMIC_RELEASE);
	await(&past.refs, 0);
	await(&story.ended, ended + 1);
	ck_assert_int_eq(get("/api/v1/history?point=a/b"), 200);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_history");
	TCase *t = tcase_create("questions");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_question_reaches_the_history_as_it_was_asked,
	    0, COUNT(questions));
	tcase_add_test(t, health_says_how_the_history_does_and_stays_ok);
	tcase_add_test(t, without_times_it_is_the_last_day);
	tcase_add_loop_test(
	    t, a_question_with_a_mistake_is_not_asked, 0, COUNT(mistakes));
	tcase_add_test(t, what_cannot_be_answered_says_why);
	tcase_add_test(t, lines_are_a_file_to_be_saved);
	tcase_add_test(t, what_is_kept_for_a_shorter_time_is_said_ahead);
	tcase_add_test(t, head_says_what_it_would_be);
	suite_add_tcase(s, t);

	t = tcase_create("long answers");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_long_answer_comes_whole_and_in_order);
	tcase_add_test(t, an_answer_that_fails_in_the_middle_has_no_end);
	tcase_add_test(t, who_does_not_read_holds_a_few_pieces_and_nobody_else);
	tcase_add_test(
	    t, others_are_answered_between_the_pieces_of_an_answer_without_end);
	tcase_add_test(
	    t, an_answer_that_was_begun_goes_on_however_many_there_are);
	tcase_add_test(t, who_goes_away_in_the_middle_is_forgotten);
	tcase_add_test(t, who_goes_away_while_a_piece_is_made_is_forgotten);
	tcase_add_test(t, a_stop_breaks_long_answers_off);
	tcase_add_loop_test(
	    t, a_piece_that_hangs_in_the_disk_is_left_behind_by_a_stop, 0, 2);
	suite_add_tcase(s, t);
	return suite_run(s);
}
