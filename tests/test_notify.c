/*
 * test_notify.c - the thread that tells people: one process after another on
 * one store, with a webhook that answers well and badly
 *
 * What the loop does is played here: an event of the log, then the board.
 */
#include <stdatomic.h>

#include "gateway/sinks/notify.h"
#include "tests/chronicle_help.h"
#include "tests/http_help.h"
#include "tests/suite.h"

#define GOOD "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define BAD "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
#define QUIET_MS 700 /* in which a letter too many would have come */
#define TEXTS_MAX 32

static struct fake fake;
static struct board *board;
static struct notify *notify;
static struct notify_channel channel;
static struct notify_conf conf;
static char url[64];

/* What the webhook got, and how it answers. */
static struct {
	char *texts[TEXTS_MAX];
	int count;
	const char *answer;
	enum fake_then then;
	int wait_ms;
} hook;

static atomic_int begun; /* requests; while one is served its lock is held */

static struct fake_answer
take(struct fake *s)
{
	atomic_fetch_add(&begun, 1);
	ck_assert_int_lt(hook.count, TEXTS_MAX);
	hook.texts[hook.count++] = strdup(s->body);
	if (hook.wait_ms > 0)
		usleep((useconds_t)hook.wait_ms * 1000);
	return (struct fake_answer){hook.answer, hook.then};
}

static void
answer(const char *bytes, enum fake_then then)
{
	pthread_mutex_lock(&fake.lock);
	hook.answer = bytes;
	hook.then = then;
	pthread_mutex_unlock(&fake.lock);
}

/* How many letters have all of these texts in them; the second may be NULL. */
static int
letters(const char *one, const char *other)
{
	int count = 0;

	pthread_mutex_lock(&fake.lock);
	for (int i = 0; i < hook.count; i++)
		count += strstr(hook.texts[i], one) != NULL &&
		    (other == NULL || strstr(hook.texts[i], other) != NULL);
	pthread_mutex_unlock(&fake.lock);
	return count;
}

static void
await_letters(const char *one, const char *other, int count)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (letters(one, other) < count) {
		ck_assert_msg(clock_mono_ms() < until_ms, "%s: %d of %d", one,
		    letters(one, other), count);
		usleep(2000);
	}
}

/* ---- alarms ---- */

static struct stamp
stamp_now(void)
{
	struct clock_now now;
	struct stamp at;

	clock_now(&now);
	clock_boot(at.boot);
	at.mono_ms = now.mono_ms;
	at.wall_ms = now.wall_ms;
	at.synced = true;
	return at;
}

static int64_t since_ms;

/* A change of a P1, as the loop would tell it; shown: on the board too, or not
 * yet. */
static uint64_t
change(const char *device, const char *what, const char *state, bool shown)
{
	char record[1024], event[2048], key[ORDER_KEY_MAX];
	bool active = strcmp(state, "NORMAL") != 0;
	struct board_alarm a = {.log = journal_id(journal), .members = record};

	if (strcmp(what, "raise") == 0)
		since_ms = clock_wall_ms();
	snprintf(record, sizeof(record),
	    "\"state\":\"%s\",\"active\":%s,\"severity\":\"P1\",\"since\":%jd,"
	    "\"shelved_until\":null,\"suppressed_by\":null,"
	    "\"out_of_service\":null,\"ack\":null,\"value\":null,"
	    "\"text\":{\"zh\":\"%s\",\"en\":\"%s\"}",
	    state, active ? "true" : "false", (intmax_t)since_ms, device,
	    device);
	snprintf(event, sizeof(event),
	    "\"type\":\"alarm\",\"device\":\"%s\",\"alarm\":\"x\","
	    "\"change\":\"%s\",%s",
	    device, what, record);
	a.seq = tell_at(stamp_now(), event);
	await_tail(a.seq);
	snprintf(key, sizeof(key), "%s/x", device);
	strcpy(a.key, key);
	if (shown && active)
		board_put(board, &a);
	else if (shown)
		board_drop(board, key);
	if (shown)
		board_shown(board, a.seq);
	return a.seq;
}

static uint64_t
raise_alarm(const char *device)
{
	return change(device, "raise", "UNACK", true);
}

/* ---- one process after another ---- */

static void
begin(void)
{
	struct err err = {""};

	notify = notify_start(&conf, journal, board, 0, &err);
	ck_assert_msg(notify != NULL, "%s", err.text);
}

static uint64_t
end(void)
{
	uint64_t last = notify_stop(notify, HELP_WAIT_MS);

	notify = NULL;
	return last;
}

/* How many attempts that have this in them the log has. */
static int
attempts(const char *text)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *none;
	struct batch b;
	int count = 0;

	while (reader_next(r, &b, &none) == 1)
		count += strstr(b.event, "\"type\":\"notify\"") != NULL &&
		    strstr(b.event, text) != NULL;
	reader_close(r);
	return count;
}

static void
await_attempts(const char *text, int count)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (attempts(text) < count) {
		ck_assert_msg(
		    clock_mono_ms() < until_ms, "%s: %d", text, attempts(text));
		usleep(2000);
	}
}

static void
open_all(void)
{
	setup();
	memset(&hook, 0, sizeof(hook));
	hook.answer = GOOD;
	board = board_new(-1);
	fake_start(&fake, 0, take);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/hook", fake.port);
	channel = (struct notify_channel){.id = "hook",
	    .type = CHANNEL_WEBHOOK,
	    .severities = 0xf,
	    .url = url,
	    .a_minute = 60,
	    .a_minute_p1 = 5};
	conf = (struct notify_conf){.site = "s",
	    .site_name = {.zh = "s", .en = "s"},
	    .dir = store,
	    .channel_count = 1,
	    .channels = &channel,
	    .digest_min = 480};
}

static void
close_all(void)
{
	notify_stop(notify, HELP_WAIT_MS);
	notify = NULL;
	fake_end(&fake);
	board_free(board);
	for (int i = 0; i < hook.count; i++)
		free(hook.texts[i]);
	teardown();
}

static void
await_failing(unsigned count)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (notify_failing(notify) != count) {
		ck_assert_msg(clock_mono_ms() < until_ms, "%u", count);
		usleep(2000);
	}
}

START_TEST(what_is_raised_is_told_and_the_attempt_is_an_event)
{
	begin();
	raise_alarm("lift");
	await_letters("\"device\":\"lift\"", "\"why\":\"raise\"", 1);
	await_attempts("\"result\":\"sent\"", 1);
	ck_assert_int_eq(attempts("\"late\":true"), 0);
	ck_assert(notify_overdue_ms(notify) == INT64_MAX);
	ck_assert_uint_eq(notify_failing(notify), 0);
	ck_assert_uint_eq(end(), tail_seq());
}
END_TEST

START_TEST(what_was_told_is_not_told_again)
{
	begin();
	raise_alarm("lift");
	await_attempts("\"result\":\"sent\"", 1);
	end();
	begin();
	usleep(QUIET_MS * 1000);
	end();
	write_up(); /* the chronicle has it, too */
	begin();
	usleep(QUIET_MS * 1000);
	ck_assert_int_eq(letters("lift", NULL), 1);
}
END_TEST

START_TEST(what_could_not_be_told_is_told_late)
{
	answer(BAD, FAKE_KEEP);
	begin();
	raise_alarm("lift");
	await_attempts("\"result\":\"failed\"", 1);
	await_failing(1);
	end();
	answer(GOOD, FAKE_KEEP);
	begin();
	await_attempts("\"result\":\"sent\"", 1);
	/* A slow machine's second try, which failed too, was late as well. */
	ck_assert_int_ge(attempts("\"late\":true"), 1);
	ck_assert_int_ge(letters("lift", "\"late\":"), 1);
	await_failing(0);
}
END_TEST

/* It was delivered, but nobody lived to write that down. */
START_TEST(what_may_have_been_delivered_is_told_again)
{
	answer(NULL, FAKE_HANG);
	begin();
	raise_alarm("lift");
	await_letters("lift", NULL, 1);
	notify_stop(notify, 100);
	notify = NULL;
	ck_assert_int_eq(attempts("notify"), 0);
	fake_end(&fake);
	fake_start(&fake, fake.port, take);
	answer(GOOD, FAKE_KEEP);
	begin();
	await_letters("lift", "\"late\":", 1);
	await_attempts("\"result\":\"sent\"", 1);
}
END_TEST

START_TEST(what_is_raised_while_none_runs_is_told)
{
	begin();
	end();
	raise_alarm("lift");
	begin();
	await_letters("lift", NULL, 1);
}
END_TEST

/* Accepted by the log, and the loop has not come to the board. */
START_TEST(what_the_board_has_not_yet_is_not_missed)
{
	uint64_t seq;

	begin();
	raise_alarm("one");
	await_attempts("\"result\":\"sent\"", 1);
	end();
	seq = change("two", "raise", "UNACK", false);
	begin();
	await_letters("two", NULL, 1);
	await_attempts("\"result\":\"sent\"", 2);
	ck_assert_int_eq(letters("two", NULL), 1);
	ck_assert_int_eq(letters("one", NULL), 1);
	board_shown(board, seq);
}
END_TEST

START_TEST(what_came_and_went_while_none_ran_is_not_told)
{
	begin();
	end();
	raise_alarm("one");
	change("one", "clear", "NORMAL", true);
	begin();
	raise_alarm("two");
	await_letters("two", NULL, 1);
	usleep(QUIET_MS * 1000);
	ck_assert_int_eq(letters("one", NULL), 0);
}
END_TEST

START_TEST(what_was_told_and_ended_while_none_ran_is_told_to_be_over)
{
	begin();
	raise_alarm("lift");
	await_attempts("\"result\":\"sent\"", 1);
	end();
	change("lift", "clear", "NORMAL", true);
	begin();
	await_letters("lift", "\"why\":\"clear\"", 1);
	await_attempts("\"why\":\"clear\"", 1);
	end();
	begin();
	usleep(QUIET_MS * 1000);
	ck_assert_int_eq(letters("lift", NULL), 2);
}
END_TEST

START_TEST(the_next_one_waits_for_what_the_last_one_wrote)
{
	struct err err = {""};
	uint64_t last;

	begin();
	raise_alarm("lift");
	await_letters("lift", NULL, 1);
	last = end();
	ck_assert_uint_gt(last, 0);
	notify = notify_start(&conf, journal, board, last, &err);
	ck_assert_ptr_nonnull(notify);
	usleep(QUIET_MS * 1000);
	ck_assert_int_eq(letters("lift", NULL), 1);
}
END_TEST

START_TEST(a_stop_lets_a_letter_end)
{
	hook.wait_ms = 300;
	begin();
	raise_alarm("lift");
	while (atomic_load(&begun) == 0)
		usleep(2000);
	ck_assert_uint_gt(end(), 0);
	await_attempts("\"result\":\"sent\"", 1);
}
END_TEST

START_TEST(a_stop_waits_for_none_that_hangs)
{
	int64_t start_ms;

	answer(NULL, FAKE_HANG);
	begin();
	raise_alarm("lift");
	await_letters("lift", NULL, 1);
	start_ms = clock_mono_ms();
	notify_stop(notify, 200);
	notify = NULL;
	ck_assert_int_lt(clock_mono_ms() - start_ms, 2000);
}
END_TEST

START_TEST(a_channel_that_can_never_work_is_refused_at_once)
{
	struct err err = {""};

	channel.ca_file = "/nonexistent/ca.pem";
	ck_assert_ptr_null(notify_start(&conf, journal, board, 0, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/ca.pem"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("notify");
	TCase *t = tcase_create("notify");

	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, open_all, close_all);
	tcase_add_test(t, what_is_raised_is_told_and_the_attempt_is_an_event);
	tcase_add_test(t, what_was_told_is_not_told_again);
	tcase_add_test(t, what_could_not_be_told_is_told_late);
	tcase_add_test(t, what_may_have_been_delivered_is_told_again);
	tcase_add_test(t, what_is_raised_while_none_runs_is_told);
	tcase_add_test(t, what_the_board_has_not_yet_is_not_missed);
	tcase_add_test(t, what_came_and_went_while_none_ran_is_not_told);
	tcase_add_test(
	    t, what_was_told_and_ended_while_none_ran_is_told_to_be_over);
	tcase_add_test(t, the_next_one_waits_for_what_the_last_one_wrote);
	tcase_add_test(t, a_stop_lets_a_letter_end);
	tcase_add_test(t, a_stop_waits_for_none_that_hangs);
	tcase_add_test(t, a_channel_that_can_never_work_is_refused_at_once);
	suite_add_tcase(s, t);
	return suite_run(s);
}
