/*
 * test_influx.c - the InfluxDB sink against a server that answers well and
 * badly
 */
#include <dlfcn.h>
#include <netdb.h>

#include "gateway/base/arena.h"
#include "gateway/base/stats.h"
#include "gateway/sinks/influx.h"
#include "tests/http_help.h"
#include "tests/store_help.h"
#include "tests/suite.h"

#define SILENT_MS 3000 /* how long the name server of silent.example sleeps */
#define GOOD "HTTP/1.1 204 No Content\r\n\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"
#define VALUES_MAX 100000

static struct fake fake;
static struct influx *influx;
static struct influx_conf conf;
static char url[64];

/* What the fake has stored, by the value of `power`, and what it is like. */
static struct {
	bool stored[VALUES_MAX];
	int bad_from, bad_to; /* lines it refuses */
	size_t lines_max; /* more are too large */
	const char *trouble; /* what it says to everything instead */
	int troubles; /* for so many requests; -1: for ever */
	size_t most_lines; /* of a request that was stored */
	int order[VALUES_MAX], stored_requests;
	int gate; /* waits before it stores this one, until gate is 0 */
} server;

static pthread_cond_t gate_opens = PTHREAD_COND_INITIALIZER;

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	if (strcmp(name, "silent.example") == 0) {
		usleep(SILENT_MS * 1000);
		return EAI_AGAIN;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(name, service, hints, list);
}

/* ---- the server ---- */

/* The number of a line; -1 at the end. */
static int
next_line(const char **at)
{
	const char *field = strstr(*at, " power="), *end = strchr(*at, '\n');

	if (end == NULL)
		return -1;
	*at = end + 1;
	ck_assert(field != NULL && field < end);
	return atoi(field + strlen(" power="));
}

static struct fake_answer
store_lines(struct fake *s)
{
	static const char refusal[] =
	    "{\"error\":\"partial write: unable to parse 'riser': no\"}";
	static char text[256];
	const char *at = s->body;
	size_t lines = 0;
	bool bad = false;
	int n;

	if (server.troubles != 0) {
		server.troubles -= server.troubles > 0;
		return (struct fake_answer){server.trouble, FAKE_KEEP};
	}
	while ((n = next_line(&at)) != -1)
		lines++;
	if (lines > server.lines_max)
		return (struct fake_answer){
		    "HTTP/1.1 413 Large\r\n" EMPTY, FAKE_KEEP};
	server.stored_requests++;
	while (server.stored_requests == server.gate)
		pthread_cond_wait(&gate_opens, &s->lock);
	if (lines > server.most_lines)
		server.most_lines = lines;
	for (at = s->body; (n = next_line(&at)) != -1;)
		if (n >= server.bad_from && n <= server.bad_to)
			bad = true;
		else {
			server.stored[n] = true;
			server.order[n] = server.stored_requests;
		}
	snprintf(text, sizeof(text),
	    "HTTP/1.1 400 Bad Request\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(refusal), refusal);
	return (struct fake_answer){bad ? text : GOOD, FAKE_KEEP};
}

static void
give_trouble(const char *bytes, int times)
{
	pthread_mutex_lock(&fake.lock);
	server.trouble = bytes;
	server.troubles = times;
	pthread_mutex_unlock(&fake.lock);
}

static bool
has(int n)
{
	bool stored;

	pthread_mutex_lock(&fake.lock);
	stored = server.stored[n];
	pthread_mutex_unlock(&fake.lock);
	return stored;
}

/* ---- the journal ---- */

static uint64_t
append_value(int n)
{
	struct reading r = {
	    .quality = {QUALITY_GOOD, 0}, .value = {.type = VALUE_I64, .i = n}};
	struct batch b = {.count = 1, .readings = &r, .at = {.synced = true}};

	clock_boot(b.at.boot);
	b.at.mono_ms = clock_mono_ms();
	b.at.wall_ms = clock_wall_ms();
	ck_assert(journal_append(journal, &b));
	return b.seq;
}

/* from..to, accepted. */
static void
append_values(int from, int to)
{
	uint64_t seq = 0;

	for (int n = from; n <= to; n++)
		seq = append_value(n);
	tick_due();
	await_tail(seq);
}

static int64_t
stage(const char *name)
{
	struct buf out = {0};
	char line[128];
	const char *at;
	int64_t n = -1;

	stats_print(&out);
	snprintf(line, sizeof(line),
	    "riser_readings_total{sink=\"influx\",stage=\"%s\"} ", name);
	at = strstr(out.data, line);
	if (at != NULL)
		n = atoll(at + strlen(line));
	buf_free(&out);
	return n;
}

static bool
figure_is(const char *series, const char *value)
{
	struct buf out = {0};
	char line[160];
	bool found;

	stats_print(&out);
	snprintf(line, sizeof(line), "\n%s %s\n", series, value);
	found = strstr(out.data, line) != NULL;
	buf_free(&out);
	return found;
}

#define CONNECTED "riser_sink_connected{sink=\"influx\"}"

static void
await_settled(void)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (stage("pending") != 0) {
		ck_assert_msg(clock_mono_ms() < until_ms, "%d pending",
		    (int)stage("pending"));
		usleep(2000);
	}
	ck_assert_int_eq(
	    stage("accepted"), stage("delivered") + stage("dropped"));
}

static void
await_requests(int n)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (fake_requests(&fake) < n) {
		ck_assert_msg(clock_mono_ms() < until_ms, "%d requests", n);
		usleep(2000);
	}
}

static void
assert_stored(int from, int to)
{
	for (int n = from; n <= to; n++)
		ck_assert_msg(has(n), "%d", n);
}

/* ---- all of it ---- */

static void
influx_open(void)
{
	struct err err;

	influx = influx_start(&conf, journal, NULL, 0, &err);
	ck_assert_ptr_nonnull(influx);
}

static void
influx_close(void)
{
	influx_stop(influx, HELP_WAIT_MS);
	influx = NULL;
}

static void
open_all(void)
{
	memset(&server, 0, sizeof(server));
	server.bad_to = -1;
	server.lines_max = SIZE_MAX;
	make_store();
	fake_start(&fake, 0, store_lines);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/write", fake.port);
	conf = (struct influx_conf){.url = url, .gzip = true, .site = "s"};
}

static void
close_all(void)
{
	influx_close();
	fake_end(&fake);
	remove_store();
}

START_TEST(what_is_accepted_arrives)
{
	influx_open();
	append_values(1, 1000);
	await_settled();
	assert_stored(1, 1000);
	ck_assert_int_eq(stage("delivered"), 1000);
	ck_assert(figure_is(CONNECTED, "1"));
	ck_assert(
	    figure_is("riser_influx_lines_total{result=\"written\"}", "1000"));
	append_values(1001, 1010);
	await_settled();
	assert_stored(1001, 1010);
}
END_TEST

START_TEST(what_waited_arrives_in_requests_of_5000_lines)
{
	influx_open();
	influx_close(); /* its cursor begins here */
	append_values(1, 12000);
	influx_open();
	await_settled();
	assert_stored(1, 12000);
	ck_assert_uint_eq(server.most_lines, 5000);
}
END_TEST

START_TEST(a_line_bears_the_names_of_its_time)
{
	influx_open();
	influx_close();
	append_values(1, 1);
	journal_catalog(journal, &edited);
	append_values(2, 2);
	influx_open();
	await_settled();
	ck_assert_ptr_nonnull(strstr(
	    fake.body, "riser,site=s,device=tx-1,kind=transformer power=1 "));
	ck_assert_ptr_nonnull(strstr(
	    fake.body, "riser,site=s,device=tx-9,kind=transformer power=2 "));
}
END_TEST

START_TEST(a_refused_line_is_given_up_and_no_other)
{
	server.bad_from = 700;
	server.bad_to = 702;
	influx_open();
	append_values(1, 1000);
	await_settled();
	assert_stored(1, 699);
	assert_stored(703, 1000);
	ck_assert_int_eq(stage("dropped"), 3);
	ck_assert_int_eq(stage("delivered"), 997);
	ck_assert(
	    figure_is("riser_influx_lines_total{result=\"refused\"}", "3"));
	ck_assert(figure_is(CONNECTED, "1"));
}
END_TEST

/* Trouble after which the same is written, and how often it comes. */
static const struct {
	const char *bytes;
	int times;
} troubles[] = {
    {"HTTP/1.1 500 No\r\n" EMPTY, 2},
    {"HTTP/1.1 503 No\r\nRetry-After: 1\r\n" EMPTY, 1},
    {"HTTP/1.1 429 No\r\nRetry-After: 1\r\n" EMPTY, 1},
    {"HTTP/1.1 408 No\r\n" EMPTY, 1},
    {"garbage\r\n\r\n", 1},
};

START_TEST(after_trouble_all_is_written)
{
	give_trouble(troubles[_i].bytes, troubles[_i].times);
	influx_open();
	append_values(1, 100);
	await_settled();
	assert_stored(1, 100);
	ck_assert_int_eq(stage("dropped"), 0);
	ck_assert(figure_is(CONNECTED, "1"));
}
END_TEST

/* Trouble that is not the lines', for a while at least. */
static const char *const holds[] = {
    "HTTP/1.1 401 No\r\n" EMPTY,
    "HTTP/1.1 403 No\r\n" EMPTY,
    "HTTP/1.1 404 No\r\n" EMPTY,
    "HTTP/1.1 301 Away\r\nLocation: /\r\n" EMPTY,
    "HTTP/1.1 400 No\r\nContent-Length: 32\r\n\r\n"
    "{\"error\":\"database is required\"}",
    "HTTP/1.1 422 No\r\n" EMPTY,
    "HTTP/1.1 413 Large\r\n" EMPTY,
};

START_TEST(what_is_not_about_lines_gives_none_up)
{
	give_trouble(holds[_i], -1);
	influx_open();
	append_values(1, 9);
	await_requests(1);
	usleep(300000);
	ck_assert(figure_is(CONNECTED, "0"));
	ck_assert_int_eq(stage("pending"), 9);
	/* 400 is asked again of each line, then it is left alone. */
	ck_assert_int_le(fake_requests(&fake), 17);
	give_trouble(NULL, 0);
	influx_close();
	influx_open(); /* as a reload does */
	await_settled();
	assert_stored(1, 9);
	ck_assert_int_eq(stage("dropped"), 0);
}
END_TEST

START_TEST(a_server_that_refuses_all_is_not_asked_of_each_line)
{
	give_trouble("HTTP/1.1 400 No\r\n" EMPTY, -1);
	influx_open();
	influx_close();
	append_values(1, 5000);
	influx_open();
	await_requests(70);
	usleep(500000);
	ck_assert_int_lt(fake_requests(&fake), 200);
	ck_assert_int_eq(stage("pending"), 5000);
	ck_assert(figure_is(CONNECTED, "0"));
}
END_TEST

START_TEST(a_request_that_is_too_large_is_halved_from_then_on)
{
	server.lines_max = 1000;
	influx_open();
	influx_close();
	append_values(1, 10000);
	influx_open();
	await_settled();
	assert_stored(1, 10000);
	ck_assert_uint_le(server.most_lines, 1000);
	/* 5000, 2500, 1250 are too large; then all fits. */
	ck_assert_int_lt(fake_requests(&fake), 40);
	ck_assert_int_eq(stage("dropped"), 0);
}
END_TEST

START_TEST(all_that_is_beyond_retention_is_given_up_without_a_search)
{
	give_trouble("HTTP/1.1 400 No\r\nContent-Length: 62\r\n\r\n"
		     "{\"error\":\"partial write: points beyond retention "
		     "dropped=200\"}\n",
	    1);
	influx_open();
	influx_close();
	append_values(1, 200);
	influx_open();
	await_settled();
	ck_assert_int_eq(stage("dropped"), 200);
	ck_assert_int_eq(fake_requests(&fake), 1);
}
END_TEST

/* So often it was logged. */
static int
times_logged(FILE *log, const char *words)
{
	char line[512];
	int times = 0;

	rewind(log);
	while (fgets(line, sizeof(line), log) != NULL)
		times += strstr(line, words) != NULL;
	return times;
}

/* What is live can be read all the while: there is nothing. */
START_TEST(a_disk_that_cannot_be_read_is_told_of_once_and_asked_again)
{
	char path[128], away[160];
	FILE *log = tmpfile();

	ck_assert_int_ne(dup2(fileno(log), STDERR_FILENO), -1);
	influx_open();
	influx_close();
	append_values(1, 9);
	newest_path(path);
	snprintf(away, sizeof(away), "%s.away", path);
	ck_assert_int_eq(rename(path, away), 0);
	ck_assert_int_eq(symlink("nowhere", path), 0); /* is not followed */
	influx_open();
	usleep(3500000); /* it is tried each second */
	ck_assert_int_eq(times_logged(log, "journal cannot be read"), 1);
	ck_assert_int_eq(rename(away, path), 0);
	await_settled();
	assert_stored(1, 9);
	fclose(log);
}
END_TEST

static void
await_stored_requests(int n)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	int stored = 0;

	while (stored < n) {
		ck_assert_msg(clock_mono_ms() < until_ms, "%d stored", stored);
		usleep(2000);
		pthread_mutex_lock(&fake.lock);
		stored = server.stored_requests;
		pthread_mutex_unlock(&fake.lock);
	}
}

static void
set_gate(int gate)
{
	pthread_mutex_lock(&fake.lock);
	server.gate = gate;
	pthread_cond_signal(&gate_opens);
	pthread_mutex_unlock(&fake.lock);
}

/* Behind an outage the parcel that was tried goes first, 5,000 lines; then
 * 9,001 are late, two requests. */
START_TEST(an_outage_loses_nothing_and_live_does_not_wait_for_what_is_late)
{
	influx_open();
	append_values(1, 1);
	await_settled();
	give_trouble("HTTP/1.1 500 No\r\n" EMPTY, -1);
	append_values(2, 6000);
	await_requests(2);
	append_values(6001, 14002);
	usleep(2100000); /* what waited for more than two seconds is late */
	set_gate(3);
	give_trouble(NULL, 0);
	await_stored_requests(3);
	append_values(14003, 14003); /* while the first late request is on */
	usleep(300000); /* live ones go each 200 ms */
	set_gate(0);
	await_settled();
	assert_stored(1, 14003);
	ck_assert_int_eq(stage("dropped"), 0);
	ck_assert_int_eq(server.order[5001], 2);
	ck_assert_int_eq(server.order[5002], 3);
	ck_assert_int_eq(server.order[14003], 4);
	ck_assert_int_eq(server.order[14002], 5);
}
END_TEST

START_TEST(a_stop_in_an_outage_is_quick)
{
	int64_t begin_ms;

	give_trouble(NULL, 1);
	conf.url = "http://127.0.0.1:1/write";
	influx_open();
	append_values(1, 10);
	usleep(50000);
	begin_ms = clock_mono_ms();
	influx_stop(influx, 10000);
	influx = NULL;
	ck_assert_int_lt(clock_mono_ms() - begin_ms, 5000);
	ck_assert_int_eq(stage("pending"), 10);
}
END_TEST

START_TEST(a_mute_name_server_does_not_hold_a_stop)
{
	int64_t begin_ms;

	conf.url = "http://silent.example:8086/write";
	influx_open();
	append_values(1, 10);
	usleep(300000); /* it asks for the name now */
	begin_ms = clock_mono_ms();
	influx_stop(influx, 300);
	influx = NULL;
	ck_assert_int_lt(clock_mono_ms() - begin_ms, SILENT_MS / 2);
	usleep((SILENT_MS + 500) * 1000); /* it buries itself */
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(*(a))))

static Suite *
suite(void)
{
	Suite *s = suite_create("influx");
	TCase *t = tcase_create("influx");

	tcase_add_checked_fixture(t, open_all, close_all);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_is_accepted_arrives);
	tcase_add_test(t, what_waited_arrives_in_requests_of_5000_lines);
	tcase_add_test(t, a_line_bears_the_names_of_its_time);
	tcase_add_test(t, a_refused_line_is_given_up_and_no_other);
	tcase_add_loop_test(
	    t, after_trouble_all_is_written, 0, COUNT(troubles));
	tcase_add_loop_test(
	    t, what_is_not_about_lines_gives_none_up, 0, COUNT(holds));
	tcase_add_test(t, a_server_that_refuses_all_is_not_asked_of_each_line);
	tcase_add_test(t, a_request_that_is_too_large_is_halved_from_then_on);
	tcase_add_test(
	    t, all_that_is_beyond_retention_is_given_up_without_a_search);
	tcase_add_test(
	    t, an_outage_loses_nothing_and_live_does_not_wait_for_what_is_late);
	tcase_add_test(
	    t, a_disk_that_cannot_be_read_is_told_of_once_and_asked_again);
	tcase_add_test(t, a_stop_in_an_outage_is_quick);
	tcase_add_test(t, a_mute_name_server_does_not_hold_a_stop);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return suite_run(suite());
}
