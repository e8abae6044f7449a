/* test_condition.c - delays over expressions; what time does to them is in
 * test_alarm.c's rows */
#include "gateway/alarm/condition.h"
#include "tests/expr_help.h"
#include "tests/suite.h"

static struct derive_input inputs[POINTS];
static struct derive_input online;
static int looks; /* at POINT_ONLINE */
static struct condition c;

static struct derive_input
get(const void *context, uint16_t point)
{
	const struct derive_input *all = context;

	looks += point == POINT_ONLINE;
	return point == POINT_ONLINE ? online : all[point];
}

static bool
take(int64_t now_ms)
{
	const struct condition_look look = {get, inputs};

	return condition_take(&c, &look, now_ms);
}

static bool
take_load(int64_t now_ms, double load)
{
	inputs[LOAD] = (struct derive_input){.value = {VALUE_F64, .f = load},
	    .quality = {.code = QUALITY_GOOD},
	    .at_ms = now_ms};
	return take(now_ms);
}

static struct alarm_rule rule;

static void
begin(const char *when, int64_t on_ms, int64_t off_ms)
{
	memset(inputs, 0, sizeof(inputs)); /* QUALITY_NEVER */
	rule = (struct alarm_rule){
	    .when = parse(when), .on_ms = on_ms, .off_ms = off_ms};
	condition_start(&c, &rule, memory);
	ck_assert(!c.raised);
	ck_assert_int_eq(condition_due(&c), INT64_MAX);
}

/* ---- points ---- */

START_TEST(a_rule_uses_the_points_of_all_its_expressions)
{
	begin("load > 80 and door == open", 0, 0);
	ck_assert(condition_uses(&rule, LOAD));
	ck_assert(condition_uses(&rule, DOOR));
	ck_assert(!condition_uses(&rule, PRESSURE));
	rule.clear = parse("rate(pressure, 60s) > 0");
	ck_assert(condition_uses(&rule, PRESSURE));
	ck_assert(!condition_uses(&rule, MODE));
	rule.suppress = parse("service_mode == stopped");
	ck_assert(condition_uses(&rule, MODE));
	ck_assert(!condition_uses(&rule, MOVING));
	rule.release = parse("not moving");
	ck_assert(condition_uses(&rule, MOVING));
	ck_assert(!condition_uses(&rule, POINT_ONLINE));
}
END_TEST

static void
find_online(const void *context, const char *name, struct expr_name *out)
{
	(void)context;
	*out = (struct expr_name){.meaning = EXPR_UNKNOWN};
	if (strcmp(name, "online") == 0)
		*out = (struct expr_name){
		    EXPR_POINT, .point = POINT_ONLINE, .form = FORM_BOOL};
}

START_TEST(what_riser_itself_knows_is_a_point_like_others)
{
	const struct expr_scope virtual = {.find = find_online};
	struct expr_fault fault;

	begin("load > 80", 60000, 10000);
	rule.when = expr_parse("not online", &virtual, memory, &fault);
	ck_assert_ptr_nonnull(rule.when);
	ck_assert(condition_uses(&rule, POINT_ONLINE));
	condition_start(&c, &rule, memory);
	looks = 0;
	online = (struct derive_input){.quality = {.code = QUALITY_NEVER}};
	ck_assert(!take(1000));
	ck_assert_int_eq(looks, 1);
	ck_assert_int_eq(condition_due(&c), INT64_MAX);
	online.quality.code = QUALITY_GOOD;
	online.value = (struct value){VALUE_BOOL, .u = 0};
	ck_assert(!take(5000));
	ck_assert_int_eq(condition_due(&c), 65000);
	ck_assert(condition_tick(&c, 65000));
	ck_assert(c.raised);
}
END_TEST

/* ---- time ---- */

START_TEST(a_delay_ends_when_it_said)
{
	begin("load >= 80", 1000, 500);
	ck_assert(!take_load(100, 90));
	ck_assert_int_eq(condition_due(&c), 1100);
	ck_assert(!condition_tick(&c, 1099));
	ck_assert(condition_tick(&c, 1100));
	ck_assert(c.raised);
	ck_assert(!condition_tick(&c, 9999));
	ck_assert_int_eq(condition_due(&c), INT64_MAX);
	ck_assert(!take_load(10000, 10));
	ck_assert_int_eq(condition_due(&c), 10500);
	ck_assert(condition_tick(&c, 10500));
	ck_assert(!c.raised);
}
END_TEST

START_TEST(a_delay_that_ended_unseen_has_ended)
{
	begin("load >= 80", 1000, 0);
	take_load(0, 90);
	ck_assert(take_load(1001, 10));
	ck_assert(c.raised);
	ck_assert_int_le(condition_due(&c), 1001);
	ck_assert(condition_tick(&c, 1001));
	ck_assert(!c.raised);
}
END_TEST

START_TEST(a_reading_at_the_end_of_a_delay_decides)
{
	begin("load >= 80", 1000, 0);
	take_load(0, 90);
	ck_assert(!take_load(1000, 10));
	ck_assert(!c.raised);
	take_load(2000, 90);
	ck_assert(take_load(3000, 90));
	ck_assert(c.raised);
}
END_TEST

START_TEST(it_says_how_long_it_has_held)
{
	begin("load >= 80", 0, 0);
	ck_assert_int_eq(condition_held_ms(&c, 77), 0);
	take_load(1000, 90);
	take_load(2000, 95);
	ck_assert_int_eq(condition_held_ms(&c, 5000), 4000);
	inputs[LOAD].quality.code = QUALITY_BAD_TIMEOUT;
	take(6000);
	ck_assert_int_eq(condition_held_ms(&c, 66000), 5000);
	ck_assert_int_eq(condition_held_ms(&c, 66001), 0);
	take_load(7000, 90);
	ck_assert_int_eq(condition_held_ms(&c, 8000), 6000);
	take_load(9000, 10);
	ck_assert_int_eq(condition_held_ms(&c, 9999), 0);
}
END_TEST

START_TEST(times_may_be_negative)
{
	begin("load >= 80", 1000, 0);
	take_load(-5000, 90);
	ck_assert_int_eq(condition_due(&c), -4000);
	ck_assert(condition_tick(&c, -4000));
}
END_TEST

START_TEST(what_simulated_values_raised_is_theirs)
{
	begin("load >= 80", 1000, 0);
	take_load(0, 90);
	inputs[LOAD].quality.code = QUALITY_SIMULATED;
	take(1);
	ck_assert(c.simulated);
	ck_assert(take_load(1001, 10)); /* it was raised a moment before */
	ck_assert(c.raised && c.simulated);
	take_load(2000, 90);
	ck_assert(!c.simulated);
}
END_TEST

/* ---- before ---- */

START_TEST(what_was_raised_before_is_cleared_when_that_is_known)
{
	begin("load >= 80", 60000, 1000);
	condition_restore(&c, true);
	ck_assert(c.raised);
	ck_assert_int_eq(condition_due(&c), INT64_MAX);
	ck_assert(!condition_tick(&c, INT64_C(1) << 40));
	inputs[LOAD].quality.code = QUALITY_STALE;
	ck_assert(!take(1000));
	ck_assert(!take_load(2000, 90));
	ck_assert(!take_load(3000, 10));
	ck_assert(condition_tick(&c, 4000));
	ck_assert(!c.raised);
}
END_TEST

START_TEST(suppression_holds_until_it_is_known_to_be_over)
{
	begin("load >= 80", 0, 0);
	rule.suppress = parse("moving");
	condition_start(&c, &rule, memory);
	inputs[MOVING] = (struct derive_input){.value = {VALUE_BOOL, .u = 1}};
	take_load(0, 90);
	ck_assert(c.raised && !c.suppressed);
	inputs[MOVING].quality.code = QUALITY_SIMULATED;
	take(1);
	ck_assert(c.suppressed);
	inputs[MOVING].quality.code = QUALITY_BAD_BUS;
	take(2);
	ck_assert(c.suppressed);
	inputs[MOVING].quality.code = QUALITY_GOOD;
	inputs[MOVING].value.u = 0;
	take(3);
	ck_assert(c.raised && !c.suppressed);
}
END_TEST

START_TEST(a_release_holds_only_while_it_is_known_to)
{
	begin("load >= 80", 0, 0);
	rule.release = parse("moving");
	condition_start(&c, &rule, memory);
	take_load(0, 90);
	ck_assert(c.raised && !c.released);
	inputs[MOVING] = (struct derive_input){
	    .value = {VALUE_BOOL, .u = 1}, .quality = {.code = QUALITY_GOOD}};
	ck_assert(!take(1));
	ck_assert(c.raised && c.released);
	inputs[MOVING].quality.code = QUALITY_BAD_BUS;
	take(2);
	ck_assert(!c.released);
	inputs[MOVING].quality.code = QUALITY_SIMULATED;
	take(3);
	ck_assert(c.released);
	inputs[MOVING].value.u = 0;
	take(4);
	ck_assert(!c.released && !c.simulated);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("condition");
	TCase *t = tcase_create("condition");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_rule_uses_the_points_of_all_its_expressions);
	tcase_add_test(t, what_riser_itself_knows_is_a_point_like_others);
	tcase_add_test(t, a_delay_ends_when_it_said);
	tcase_add_test(t, a_delay_that_ended_unseen_has_ended);
	tcase_add_test(t, a_reading_at_the_end_of_a_delay_decides);
	tcase_add_test(t, it_says_how_long_it_has_held);
	tcase_add_test(t, times_may_be_negative);
	tcase_add_test(t, what_simulated_values_raised_is_theirs);
	tcase_add_test(t, what_was_raised_before_is_cleared_when_that_is_known);
	tcase_add_test(t, suppression_holds_until_it_is_known_to_be_over);
	tcase_add_test(t, a_release_holds_only_while_it_is_known_to);
	suite_add_tcase(s, t);
	return suite_run(s);
}
