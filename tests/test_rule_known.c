/*
 * test_rule_known.c - alarms that ask what riser knows itself, and what hides
 * them
 */
#include "tests/layer_help.h"
#include "tests/suite.h"

/* ---- what riser knows itself ---- */

static void
assert_asks(const struct alarm_rule *a, uint16_t asked)
{
	size_t count;
	const struct expr_input *inputs;

	ck_assert_ptr_nonnull(a);
	inputs = expr_inputs(a->when, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(inputs[0].point, asked);
	ck_assert(rule_asks(a, asked));
}

START_TEST(an_alarm_may_ask_only_what_riser_knows)
{
	begin("lamp", "");
	profile.identity.wanted = true;
	judge_alarms("away: {when: not online, severity: P1, text: x}\n",
	    "other: {when: not identified, severity: P1, text: x}\n");
	assert_nothing_told();
	assert_asks(alarm_of("away"), POINT_ONLINE);
	assert_asks(alarm_of("other"), POINT_IDENTIFIED);
	assert_asks(alarm_of("comm_loss"), POINT_ONLINE);
	assert_asks(alarm_of("identity"), POINT_IDENTIFIED);
}
END_TEST

START_TEST(an_alarm_asks_points_and_what_riser_knows_together)
{
	const struct alarm_rule *a;

	begin("lamp", "x");
	judge_alarms(
	    "far: {when: x > 1 and online, clear: not online, severity: P3, "
	    "text: x}\n",
	    NULL);
	assert_nothing_told();
	a = alarm_of("far");
	ck_assert(rule_asks(a, POINT_ONLINE));
	ck_assert(rule_asks(a, 0));
	ck_assert(!rule_asks(a, POINT_IDENTIFIED));
}
END_TEST

START_TEST(a_model_that_says_nothing_of_itself_is_not_watched_for_it)
{
	begin("lamp", "x");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_ptr_nonnull(alarm_of("comm_loss"));
	ck_assert_ptr_null(alarm_of("identity"));
}
END_TEST

START_TEST(keys_for_an_identity_that_is_not_there_are_told)
{
	begin("lamp", "x");
	judge_alarms(NULL, "identity: {severity: P4}\n");
	assert_layer_told("device:1:11",
	    "identity: this alarm is not there, for the device has no "
	    "identity in its profile; drop it");
}
END_TEST

START_TEST(a_device_in_the_cabinet_has_no_buses)
{
	begin("gateway", "cpu_temp");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_ptr_nonnull(alarm_of("hot"));
	ck_assert_ptr_nonnull(alarm_of("comm_loss"));
	ck_assert_ptr_null(alarm_of("bus-down"));
}
END_TEST

START_TEST(riser_itself_has_buses_and_is_on_none)
{
	begin("gateway", "cpu_temp");
	layers.riser = true;
	judge_alarms(NULL, "bus-down: {on: 1m}\n");
	assert_nothing_told();
	assert_asks(alarm_of("bus-down"), POINT_BUS_UP);
	ck_assert_int_eq(alarm_of("bus-down")->on_ms, 60000);
	ck_assert_str_eq(
	    alarm_of("bus-down")->text.en, "bus {bus} down, {devices} devices");
	ck_assert_ptr_null(alarm_of("comm_loss"));
	ck_assert_ptr_null(alarm_of("identity"));
}
END_TEST

/* Of riser itself, whose kind is gateway. */
static const struct {
	const char *own, *place, *piece;
} wrong_of_riser[] = {
    {"comm_loss: {on: 5m}\n", "device:1:12",
	"this alarm is not there, for the device has no bus; drop it"},
    {"x: {when: not online, severity: P3, text: x}\n", "device:1:15",
	"online is not there, for this device has no bus; ask its points"},
    {"hot: {text: \"{bus}\"}\n", "device:1:14",
	"hot.text: {bus} is only known to an alarm that asks bus_up; drop it"},
    {"x: {when: \"rate(bus_up, 60s) > 0\", severity: P3, text: x}\n",
	"device:1:12", "wants a rate or drop of what is only true or false"},
};

START_TEST(a_mistake_in_risers_own_alarms_is_told)
{
	begin("gateway", "cpu_temp");
	layers.riser = true;
	judge_alarms(NULL, wrong_of_riser[_i].own);
	assert_layer_told(wrong_of_riser[_i].place, wrong_of_riser[_i].piece);
}
END_TEST

START_TEST(a_kind_that_derives_from_what_only_alarms_ask_is_told)
{
	say_kind("kind: lamp\ntitle: x\nderive: {y: not online}\n");
	begin("lamp", "");
	judge_alarms(NULL, NULL);
	assert_layer_told("kind:3:17",
	    "online is no point: only alarms can ask it; derive from points");
}
END_TEST

START_TEST(only_kind_gateway_may_speak_of_buses)
{
	say_kind("kind: lamp\ntitle: x\nalarms: {y: {when: not bus_up, "
		 "severity: P3, text: x}}\n");
	begin("lamp", "");
	judge_alarms(NULL, NULL);
	assert_layer_told("kind:3:24",
	    "bus_up is not there, for this device has no buses of its own; "
	    "write the alarm below gateway: alarms:");
}
END_TEST

/* ---- suppression and shelves ---- */

START_TEST(an_alarm_is_suppressed_where_its_device_can_say_so)
{
	begin("elevator", "door service_mode");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_ptr_nonnull(alarm_of("door_fault")->suppress);
}
END_TEST

START_TEST(an_alarm_without_what_suppresses_it_is_never_suppressed)
{
	begin("elevator", "door");
	judge_alarms(NULL, "door_fault: {on: 1m}\n");
	assert_nothing_told();
	ck_assert_ptr_nonnull(alarm_of("door_fault"));
	ck_assert_ptr_null(alarm_of("door_fault")->suppress);
}
END_TEST

START_TEST(what_suppresses_an_alarm_lacks_a_rating_of_its_own)
{
	begin("lamp", "x");
	judge_alarms(
	    "high: {when: x > 1, suppress: x > rating.kva, severity: P3, "
	    "text: x}\n",
	    NULL);
	assert_nothing_told();
	ck_assert_ptr_null(alarm_of("high")->suppress);
	ck_assert_uint_eq(device.lack_count, 1);
	ck_assert_str_eq(
	    device.lacks[0], "high is not suppressed without rating.kva");
}
END_TEST

/* How long an alarm may be shelved, by what profile and device say. */
static const struct {
	const char *keys, *own;
	int64_t max_ms;
} shelves[] = {
    {"severity: P1", NULL, 30 * 60000},
    {"severity: P2", NULL, 8 * 3600000},
    {"severity: P4", NULL, 8 * 3600000},
    {"severity: P1, shelve_max: 30m", NULL, 30 * 60000},
    {"severity: P1, shelve_max: 0s", NULL, 0},
    {"severity: P3, shelve_max: 7d", NULL, 7 * 24 * 3600000},
    {"severity: P3", "high: {severity: P1}\n", 30 * 60000},
    {"severity: P1", "high: {severity: P3}\n", 8 * 3600000},
    {"severity: P1, shelve_max: 0s", "high: {shelve_max: 5m}\n", 5 * 60000},
    {"severity: P3, shelve_max: 1d", "high: {severity: P1, shelve_max: 1m}\n",
	60000},
};

START_TEST(an_alarm_may_be_shelved_so_long)
{
	char said[128];

	begin("lamp", "?flag");
	snprintf(said, sizeof(said), "high: {when: flag, text: x, %s}\n",
	    shelves[_i].keys);
	judge_alarms(said, shelves[_i].own);
	assert_nothing_told();
	ck_assert_int_eq(alarm_of("high")->shelve_max_ms, shelves[_i].max_ms);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rule_known");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, open_walk, close_walk);
	tcase_add_test(t, an_alarm_may_ask_only_what_riser_knows);
	tcase_add_test(t, an_alarm_asks_points_and_what_riser_knows_together);
	tcase_add_test(
	    t, a_model_that_says_nothing_of_itself_is_not_watched_for_it);
	tcase_add_test(t, keys_for_an_identity_that_is_not_there_are_told);
	tcase_add_test(t, a_device_in_the_cabinet_has_no_buses);
	tcase_add_test(t, riser_itself_has_buses_and_is_on_none);
	tcase_add_loop_test(
	    t, a_mistake_in_risers_own_alarms_is_told, 0, ROWS(wrong_of_riser));
	tcase_add_test(
	    t, a_kind_that_derives_from_what_only_alarms_ask_is_told);
	tcase_add_test(t, only_kind_gateway_may_speak_of_buses);
	tcase_add_test(t, an_alarm_is_suppressed_where_its_device_can_say_so);
	tcase_add_test(
	    t, an_alarm_without_what_suppresses_it_is_never_suppressed);
	tcase_add_test(t, what_suppresses_an_alarm_lacks_a_rating_of_its_own);
	tcase_add_loop_test(
	    t, an_alarm_may_be_shelved_so_long, 0, ROWS(shelves));
	suite_add_tcase(s, t);
	return suite_run(s);
}
