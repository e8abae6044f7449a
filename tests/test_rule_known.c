/*
 * test_rule_known.c - alarms that ask what riser knows itself, and what hides
 * them
 */
#include "gateway/conf/known.h"
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
	ck_assert_str_eq(alarm_of("bus-down")->text.en,
	    "bus {bus} down, devices behind it: {devices}");
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

/* ---- what is concluded of lifts and meters ---- */

/* What a device of these points is asked for. */
static const struct {
	const char *kind, *points, *asked;
	bool there;
} concluded[] = {
    {"elevator", "entrapment", "car_trapped", true},
    {"elevator", "fault_code", "car_trapped", true},
    {"elevator", "moving door door_zone", "car_trapped", false},
    {"elevator", "door_zone", "car_suspect", true},
    {"elevator", "fault_code", "car_suspect", true},
    {"elevator", "moving door occupied", "car_suspect", false},
    {"elevator", "moving door door_zone", "car_freed", true},
    {"elevator", "moving door", "car_freed", false},
    {"elevator", "supply", "car_unpowered", true},
    {"elevator", "fault_code", "car_at_risk", true},
    {"elevator", "moving door_zone", "car_at_risk", false},
    {"transformer", "voltage_l2n", "phase_lost", true},
    {"feeder", "voltage_l31", "phase_lost", true},
    {"transformer", "active_power", "phase_lost", false},
    {"transformer", "voltage_l1n", "power_cut", false},
    {"feeder", "", "cars_late", false},
};

START_TEST(a_device_has_what_can_be_concluded_of_its_points)
{
	char said[128];

	begin(concluded[_i].kind, concluded[_i].points);
	snprintf(said, sizeof(said), "x: {when: %s, severity: P3, text: x}\n",
	    concluded[_i].asked);
	judge_alarms(NULL, said);
	if (concluded[_i].there) {
		assert_nothing_told();
		assert_asks(
		    alarm_of("x"), known_find(concluded[_i].asked)->point);
	} else {
		assert_layer_told("device:1:11",
		    "is not there, for this device "
		    "has no ");
	}
}
END_TEST

START_TEST(a_slip_may_mean_what_is_concluded)
{
	begin("elevator", "entrapment");
	judge_alarms(NULL, "x: {when: car_traped, severity: P3, text: x}\n");
	assert_layer_told("device:1:11",
	    "there is no point car_traped; did you mean \"car_trapped\"?");
}
END_TEST

START_TEST(a_meter_that_feeds_a_lift_has_a_power_cut)
{
	begin("feeder", "voltage_l1n");
	device.feeds_lift = true;
	judge_alarms(NULL, "power_cut: {on: 5s}\n");
	assert_nothing_told();
	assert_asks(alarm_of("power_cut"), POINT_POWER_CUT);
	assert_asks(alarm_of("cars_late"), POINT_CARS_LATE);
	ck_assert(rule_asks(alarm_of("power_cut"), POINT_CARS_BACK));
	ck_assert_int_eq(alarm_of("power_cut")->on_ms, 5000);
	ck_assert_ptr_null(alarm_of("supply_lost"));
}
END_TEST

START_TEST(a_meter_of_no_lift_has_a_lost_supply)
{
	begin("transformer", "voltage_l1n");
	judge_alarms(NULL, "supply_lost: {on: 5s}\n");
	assert_nothing_told();
	assert_asks(alarm_of("supply_lost"), POINT_PHASE_LOST);
	ck_assert_ptr_null(alarm_of("power_cut"));
	ck_assert_ptr_null(alarm_of("cars_late"));
}
END_TEST

#define BOTH "power_cut: {on: 5s}\nsupply_lost: {on: 6s}\n"

/* Whom a device feeds its profile does not know, and may speak of both. */
START_TEST(a_profile_may_speak_of_a_meter_with_lifts_and_of_one_without)
{
	begin("transformer", "voltage_l1n");
	device.feeds_lift = _i;
	judge_alarms(BOTH
	    "own: {when: cars_late, on: 1h, severity: P4, text: x}\n",
	    NULL);
	assert_nothing_told();
	ck_assert(!alarm_of("power_cut") == !_i);
	ck_assert(!alarm_of("supply_lost") == !!_i);
	ck_assert(!alarm_of("own") == !_i);
}
END_TEST

START_TEST(a_meter_without_lifts_is_told_that_it_has_no_power_cut)
{
	begin("transformer", "voltage_l1n");
	judge_alarms(NULL, BOTH);
	assert_layer_told("device:1:12",
	    "power_cut: this alarm is not there, for the device has no lift "
	    "that it feeds; drop it");
}
END_TEST

START_TEST(a_meter_with_lifts_is_told_that_it_has_a_power_cut)
{
	begin("transformer", "voltage_l1n");
	device.feeds_lift = true;
	judge_alarms(NULL, BOTH);
	assert_layer_told("device:2:14",
	    "supply_lost: this alarm is not there, for the device has "
	    "power_cut; drop it");
}
END_TEST

START_TEST(a_lift_that_cannot_tell_who_left_is_released_by_a_person)
{
	begin("elevator", "entrapment");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert(alarm_of("entrapment")->latch);
	ck_assert_ptr_null(alarm_of("entrapment")->release);
}
END_TEST

START_TEST(an_alarm_that_shall_not_latch_needs_no_release)
{
	begin("elevator", "entrapment moving door door_zone");
	judge_alarms(NULL, "entrapment: {latch: false}\n");
	assert_nothing_told();
	ck_assert_ptr_null(alarm_of("entrapment")->release);
	ck_assert_ptr_nonnull(alarm_of("entrapment_suspected")->release);
}
END_TEST

START_TEST(what_releases_an_alarm_lacks_a_rating_of_its_own)
{
	begin("lamp", "x");
	judge_alarms("high: {when: x > 1, latch: true, release: x < "
		     "rating.kva, severity: P3, text: x}\n",
	    NULL);
	assert_nothing_told();
	ck_assert_ptr_null(alarm_of("high")->release);
	ck_assert_uint_eq(device.lack_count, 1);
	ck_assert_str_eq(
	    device.lacks[0], "high is not released without rating.kva");
}
END_TEST

/* ---- who needs power ---- */

#define LOST "lost: {when: not online, severity: P3, text: x"
#define HIGH "high: {when: x > 1, clear: online, severity: P3, text: x"

static const struct {
	const char *rule, *keys;
	bool fed, needs;
} powers[] = {
    {LOST, "", true, true},
    {LOST, "", false, false},
    {LOST, ", needs_power: false", true, false},
    {LOST, ", needs_power: true", false, false},
    {HIGH, "", true, false},
    {HIGH, ", needs_power: true", true, true},
    {HIGH, ", needs_power: true", false, false},
};

START_TEST(an_alarm_needs_power_if_it_says_so_or_asks_whether_it_answers)
{
	static const struct conf_device tx = {.id = "tx-1"};
	char said[128];

	begin("lamp", "x");
	device.fed_by = powers[_i].fed ? "tx-1" : NULL;
	device.feeder = powers[_i].fed ? &tx : NULL;
	snprintf(
	    said, sizeof(said), "%s%s}\n", powers[_i].rule, powers[_i].keys);
	judge_alarms(said, NULL);
	assert_nothing_told();
	ck_assert_int_eq(alarm_of(*said == 'l' ? "lost" : "high")->needs_power,
	    powers[_i].needs);
}
END_TEST

/* ---- words of texts ---- */

/* What renderers get. */
static const struct {
	const char *kind, *points, *when, *text, *got;
} phrases[] = {
    {"elevator", "door_zone", "car_suspect", "{occupied}{doubt}",
	"{occupied}{doubt}"},
    {"elevator", "fault_code", "fault_code != none", "{fault_text}",
	"{fault_text}"},
    {"transformer", "voltage_l1n", "power_cut", "{cut} {count} {cars}",
	"{cut} {count} {cars}"},
    {"feeder", "voltage_l1n", "cars_late", "{late_cars}", "{late_cars}"},
    {"transformer", "voltage_l1n", "phase_lost", "{cut}", "{cut}"},
    /* A point that a device calls so, where there is no such word. */
    {"lamp", "count", "count > 1", "{count}", "{count}"},
};

START_TEST(a_text_may_have_what_its_alarm_knows)
{
	char said[256];

	begin(phrases[_i].kind, phrases[_i].points);
	device.feeds_lift = true;
	snprintf(said, sizeof(said),
	    "x: {when: %s, severity: P3, text: \"%s\"}\n", phrases[_i].when,
	    phrases[_i].text);
	judge_alarms(NULL, said);
	assert_nothing_told();
	ck_assert_str_eq(alarm_of("x")->text.zh, phrases[_i].got);
}
END_TEST

START_TEST(a_kinds_fault_text_without_a_fault_code_is_a_question_mark)
{
	say_kind(
	    "kind: lamp\ntitle: x\npoints: {on: {title: x, form: "
	    "boolean}, fault_code: {title: x, enum: {0: none}}}\nalarms:\n"
	    "  dark: {when: not on, severity: P4, text: \"{fault_text}\"}\n");
	begin("lamp", "?on");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_str_eq(alarm_of("dark")->text.en, "?");
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
	tcase_add_loop_test(t, a_device_has_what_can_be_concluded_of_its_points,
	    0, ROWS(concluded));
	tcase_add_test(t, a_slip_may_mean_what_is_concluded);
	tcase_add_test(t, a_meter_that_feeds_a_lift_has_a_power_cut);
	tcase_add_test(t, a_meter_of_no_lift_has_a_lost_supply);
	tcase_add_loop_test(t,
	    a_profile_may_speak_of_a_meter_with_lifts_and_of_one_without, 0, 2);
	tcase_add_test(
	    t, a_meter_without_lifts_is_told_that_it_has_no_power_cut);
	tcase_add_test(t, a_meter_with_lifts_is_told_that_it_has_a_power_cut);
	tcase_add_test(
	    t, a_lift_that_cannot_tell_who_left_is_released_by_a_person);
	tcase_add_test(t, an_alarm_that_shall_not_latch_needs_no_release);
	tcase_add_test(t, what_releases_an_alarm_lacks_a_rating_of_its_own);
	tcase_add_loop_test(t,
	    an_alarm_needs_power_if_it_says_so_or_asks_whether_it_answers, 0,
	    ROWS(powers));
	tcase_add_loop_test(
	    t, a_text_may_have_what_its_alarm_knows, 0, ROWS(phrases));
	tcase_add_test(
	    t, a_kinds_fault_text_without_a_fault_code_is_a_question_mark);
	tcase_add_test(t, an_alarm_is_suppressed_where_its_device_can_say_so);
	tcase_add_test(
	    t, an_alarm_without_what_suppresses_it_is_never_suppressed);
	tcase_add_test(t, what_suppresses_an_alarm_lacks_a_rating_of_its_own);
	tcase_add_loop_test(
	    t, an_alarm_may_be_shelved_so_long, 0, ROWS(shelves));
	suite_add_tcase(s, t);
	return suite_run(s);
}
