/* test_dispatch_memory.c - all memory is taken at the start, and that is
 * bounded
 */
#include "tests/dispatch_help.h"

/* ---- none is taken later ---- */

static size_t allocations;

#ifndef __SANITIZE_ADDRESS__

/* glibc's own, under other names: the linker takes ours for everybody's. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *
malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	allocations++;
	return __libc_realloc(old, size);
}

#endif

static void
tell_nobody(void *context, const struct dispatch_attempt *a)
{
	(void)context;
	(void)a;
}

/* Raise to letter to answer, as the thread does it. */
static void
tell_one(struct notice *n, uint8_t verdict)
{
	struct robot_answer answer = {.verdict = verdict};
	struct letter l;

	n->seq++;
	n->since_ms = now.unix_ms;
	dispatch_take(dispatch, n, &now);
	dispatch_tick(dispatch, &now);
	must(dispatch_next(dispatch, 0, &now, &l), "there is no letter");
	dispatch_ended(dispatch, 0, &answer, &now, tell_nobody, NULL);
	now.mono_ms += MINUTE;
	now.unix_ms += MINUTE;
}

START_TEST(nothing_is_allocated_after_the_start)
{
	struct notice n = {.device = "lift",
	    .alarm = "trapped",
	    .log = "k3f9a1",
	    .change = ALARM_RAISE,
	    .state = ALARM_UNACK,
	    .active = true,
	    .count = 1,
	    .severity = SEVERITY_P1,
	    .text_zh = "困人"};
	size_t before;

	channels[0].type = CHANNEL_WEBHOOK;
	channels[0].mention = of_wang;
	channels[0].mention_count = 1;
	conf.has_quiet = true;
	conf.quiet = (struct notify_hours){AT(22, 0), AT(7, 0)};
	conf.quiet_severities = P(3);
	go();
	before = allocations;
	tell_one(&n, ROBOT_FAILED);
	tell_one(&n, ROBOT_SENT);
	strcpy(n.alarm, "other");
	tell_one(&n, ROBOT_BUSY);
	ck_assert_uint_eq(allocations, before);
}
END_TEST

/* ---- it is bounded ---- */

static void
take_plain(int number, int severity)
{
	struct notice n = {.device = "lift",
	    .log = "k3f9a1",
	    .change = ALARM_RAISE,
	    .state = ALARM_UNACK,
	    .active = true,
	    .count = 1,
	    .severity = (uint8_t)(severity - 1),
	    .since_ms = now.unix_ms,
	    .seq = ++seq};

	snprintf(n.alarm, sizeof(n.alarm), "many-%d", number);
	dispatch_take(dispatch, &n, &now);
}

START_TEST(more_alarms_than_there_is_place_for_are_counted)
{
	char count[64];

	go();
	for (int i = 0; i < DISPATCH_ALARMS_MAX + 100; i++)
		take_plain(i, 3);
	take_plain(9999, 1);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_sent(0, "lift/many-9999", LETTER_RAISE), 1);
	snprintf(count, sizeof(count), "【报警洪峰】安居 %d 条告警",
	    DISPATCH_ALARMS_MAX + 100);
	ck_assert_str_eq(said[1].title, count);
	ck_assert_ptr_nonnull(strstr(said[1].text, "另有 "));
	ck_assert_uint_eq(said[1].rows, DISPATCH_ALARMS_MAX - 1);
	/* there is place again where nobody is to be told */
	run(10 * MINUTE);
	take_plain(20000, 3);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/many-20000", LETTER_RAISE), 1);
}
END_TEST

START_TEST(who_takes_a_place_takes_nothing_else)
{
	go();
	for (int i = 0; i < DISPATCH_ALARMS_MAX; i++)
		take_plain(i, 3);
	run(MINUTE);
	ck_assert_uint_eq(
	    count_sent(0, NULL, LETTER_RAISE), DISPATCH_ALARMS_MAX);
	/* over before it is told: nobody has heard of this one */
	raise_alarm("pump/leak", 2);
	clear("pump/leak");
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 0);
}
END_TEST

START_TEST(more_alarms_that_were_told_before_leave_place_for_a_p1)
{
	struct notice trapped = {.device = "lift",
	    .alarm = "trapped",
	    .log = "k3f9a1",
	    .state = ALARM_UNACK,
	    .count = 1,
	    .since_ms = NOON - HOUR};
	char key[32];

	dispatch = dispatch_new(&conf);
	for (int i = 0; i < DISPATCH_ALARMS_MAX + 1000; i++) {
		snprintf(key, sizeof(key), "lift/before-%d", i);
		dispatch_past(dispatch,
		    &(struct dispatch_past){.channel = "duty",
			.key = key,
			.since_ms = NOON - DAY,
			.ts_ms = NOON - DAY,
			.sent = true});
	}
	dispatch_standing(dispatch, &trapped, &now);
	dispatch_begin(dispatch, &now);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
	ck_assert_uint_eq(
	    count_sent(0, NULL, LETTER_CLEAR), DISPATCH_ALARMS_MAX - 1);
}
END_TEST

START_TEST(a_p1_gives_way_to_nobody)
{
	go();
	fakes[0].verdict = ROBOT_FAILED;
	for (int i = 0; i < DISPATCH_ALARMS_MAX; i++)
		take_plain(i, 1);
	take_plain(5000, 1);
	fakes[0].verdict = ROBOT_SENT;
	run(HOUR);
	ck_assert_uint_eq(
	    count_sent(0, NULL, LETTER_RAISE), DISPATCH_ALARMS_MAX);
	ck_assert_uint_eq(count_sent(0, "lift/many-5000", LETTER_RAISE), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dispatch_memory");
	TCase *t = tcase_create("dispatch_memory");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, nothing_is_allocated_after_the_start);
	tcase_add_test(t, more_alarms_than_there_is_place_for_are_counted);
	tcase_add_test(t, who_takes_a_place_takes_nothing_else);
	tcase_add_test(
	    t, more_alarms_that_were_told_before_leave_place_for_a_p1);
	tcase_add_test(t, a_p1_gives_way_to_nobody);
	suite_add_tcase(s, t);
	return suite_run(s);
}
