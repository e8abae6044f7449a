/* test_rule.c - alarms merged key by key, and wrong ones */
#include "tests/layer_help.h"
#include "tests/suite.h"

#define OWN                                                                    \
	"high: {when: \"x > 5\", clear: \"x < 4\", on: 10s, off: 20s, "        \
	"severity: P3, text: {zh: \"{place} 高 {v}\", en: \"{place} high "    \
	"{x}\"}}\n"

/* Beside comm_loss, which every kind has. */
static size_t
alarm_count(void)
{
	ck_assert_ptr_nonnull(alarm_of("comm_loss"));
	return device.alarm_count - 1;
}

START_TEST(an_alarm_has_what_its_layer_says)
{
	const struct alarm_rule *a;

	begin("lamp", "x");
	judge_alarms(OWN, NULL);
	assert_nothing_told();
	ck_assert_uint_eq(alarm_count(), 1);
	a = alarm_of("high");
	ck_assert_ptr_nonnull(a->when);
	ck_assert_ptr_nonnull(a->clear);
	ck_assert_int_eq(a->on_ms, 10000);
	ck_assert_int_eq(a->off_ms, 20000);
	ck_assert_uint_eq(a->severity, SEVERITY_P3);
	ck_assert(!a->latch);
	ck_assert_str_eq(a->text.zh, "{place} 高 {v}");
	ck_assert_str_eq(a->text.en, "{place} high {x}");
}
END_TEST

START_TEST(a_short_alarm_has_defaults)
{
	const struct alarm_rule *a;

	begin("lamp", "?flag");
	judge_alarms("up: {when: flag, severity: P1, text: up}\n", NULL);
	assert_nothing_told();
	a = alarm_of("up");
	ck_assert_int_eq(a->on_ms, 0);
	ck_assert_int_eq(a->off_ms, 0);
	ck_assert_ptr_null(a->clear);
	ck_assert(!a->latch);
	ck_assert_uint_eq(a->severity, SEVERITY_P1);
	ck_assert_str_eq(a->text.zh, "up");
	ck_assert_str_eq(a->text.en, "up");
}
END_TEST

START_TEST(a_device_changes_one_key_and_keeps_the_rest)
{
	const struct alarm_rule *a;

	begin("lamp", "x");
	judge_alarms(OWN, "high: {on: 1m, severity: P2, latch: true}\n");
	assert_nothing_told();
	a = alarm_of("high");
	ck_assert_int_eq(a->on_ms, 60000);
	ck_assert_int_eq(a->off_ms, 20000);
	ck_assert_uint_eq(a->severity, SEVERITY_P2);
	ck_assert(a->latch);
	ck_assert_ptr_nonnull(a->clear);
	ck_assert_str_eq(a->text.en, "{place} high {x}");
}
END_TEST

START_TEST(a_feeder_has_its_bases_alarms_with_its_own_keys)
{
	begin("feeder", "voltage_l1n voltage_l2n voltage_l3n");
	judge_alarms(NULL, "supply_lost: {severity: P3}\n");
	assert_nothing_told();
	ck_assert_uint_eq(alarm_of("supply_lost")->severity, SEVERITY_P3);
	ck_assert_int_eq(alarm_of("supply_lost")->on_ms, 2000);
	ck_assert_ptr_nonnull(alarm_of("voltage_high_l1"));
}
END_TEST

START_TEST(an_alarm_is_taken_away)
{
	begin("lamp", "x");
	judge_alarms(OWN, "high: {enabled: false}\n");
	assert_nothing_told();
	ck_assert_uint_eq(alarm_count(), 0);
}
END_TEST

START_TEST(alarms_stand_by_name)
{
	begin("transformer", "apparent_power oil_temp");
	device.rating_kva = 630;
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_uint_ge(device.alarm_count, 6);
	for (size_t i = 1; i < device.alarm_count; i++)
		ck_assert_str_lt(
		    device.alarms[i - 1].name, device.alarms[i].name);
}
END_TEST

START_TEST(an_alarm_of_the_kind_whose_points_are_missing_is_not_there)
{
	begin("transformer", "voltage_l1n");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_ptr_nonnull(alarm_of("voltage_high_l1"));
	ck_assert_ptr_null(alarm_of("voltage_high_l2"));
	ck_assert_ptr_null(alarm_of("heavy"));
	ck_assert_uint_eq(device.lack_count, 0);
}
END_TEST

START_TEST(a_missing_rating_is_told_once_and_not_by_each_alarm)
{
	begin("transformer", "apparent_power");
	judge_alarms(NULL, "heavy: {on: 1m}\n");
	assert_nothing_told();
	ck_assert_ptr_null(alarm_of("heavy"));
	ck_assert_uint_eq(device.lack_count, 1);
	ck_assert_str_eq(
	    device.lacks[0], "load is not computed without rating.kva");
}
END_TEST

START_TEST(a_pressure_has_no_limit_by_storeys_without_the_storeys)
{
	begin("water", "pressure");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_ptr_null(alarm_of("low_pressure"));
	ck_assert_ptr_nonnull(alarm_of("no_water"));
	ck_assert_uint_eq(device.lack_count, 3); /* both low ones, and high */
}
END_TEST

START_TEST(an_alarm_of_the_profile_lacks_what_the_device_does_not_say)
{
	begin("lamp", "x");
	judge_alarms(
	    "high: {when: \"x > place.floors\", clear: \"x < place.floors\", "
	    "severity: P3, text: x}\n",
	    NULL);
	assert_nothing_told();
	ck_assert_uint_eq(device.lack_count, 1);
	ck_assert_str_eq(device.lacks[0],
	    "high is not watched without place.floors; give place: {floors: "
	    "6}, or take the alarm away with enabled: false");
}
END_TEST

/* Of {pressure, limit} by floors: the page of the water supply plan. */
static const struct {
	int floors;
	double limit;
} storeys[] = {{1, 0.10}, {2, 0.12}, {3, 0.16}, {6, 0.28}, {7, 0.32}};

START_TEST(the_lowest_pressure_follows_from_the_storeys)
{
	double below = storeys[_i].limit - 0.001;
	double above = storeys[_i].limit + 0.001;
	const struct alarm_rule *a;
	double out;

	begin("water", "pressure");
	device.floors = storeys[_i].floors;
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	a = alarm_of("low_pressure");
	ck_assert(expr_eval(a->when, &below, &out));
	ck_assert_double_eq(out, 1);
	ck_assert(expr_eval(a->when, &above, &out));
	ck_assert_double_eq(out, 0);
	below = 0.049; /* no_water's */
	ck_assert(expr_eval(a->when, &below, &out));
	ck_assert_double_eq(out, 0);
	above = storeys[_i].limit + 0.021;
	ck_assert(expr_eval(a->clear, &above, &out));
	ck_assert_double_eq(out, 1);
}
END_TEST

START_TEST(a_number_in_an_alarms_name_goes_through_all_it_says)
{
	begin("charger", "socket3_temp socket12_temp socket12_hours");
	judge_alarms(NULL, "socket12_hot: {severity: P1}\n");
	assert_nothing_told();
	ck_assert_uint_eq(alarm_count(), 3);
	ck_assert_str_eq(
	    alarm_of("socket3_hot")->text.zh, "{name} 3号插座过热 {v} °C");
	ck_assert_uint_eq(alarm_of("socket3_hot")->severity, SEVERITY_P2);
	ck_assert_uint_eq(alarm_of("socket12_hot")->severity, SEVERITY_P1);
	ck_assert_ptr_nonnull(alarm_of("socket12_long"));
}
END_TEST

START_TEST(a_profiles_repeat_makes_one_for_each_part)
{
	static const struct repeat parts[] = {{"p", 1, 2, 1}};

	begin("lamp", "p1_x p2_x");
	layers.repeats = parts;
	layers.repeat_count = 1;
	judge_alarms(
	    "p{p}_high: {when: \"p{p}_x > 1\", severity: P4, text: \"{p}: "
	    "{p{p}_x}\"}\n",
	    NULL);
	assert_nothing_told();
	ck_assert_uint_eq(alarm_count(), 2);
	ck_assert_str_eq(alarm_of("p2_high")->text.en, "2: {p2_x}");
}
END_TEST

START_TEST(an_alarm_for_devices_without_a_point_stands_back)
{
	begin("elevator", "safety_chain service_mode");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_ptr_nonnull(alarm_of("safety_chain"));
	ck_assert_ptr_null(alarm_of("safety_chain_no_mode"));
}
END_TEST

START_TEST(an_alarm_for_devices_without_a_point_is_there_without_it)
{
	begin("elevator", "safety_chain");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_ptr_null(alarm_of("safety_chain"));
	ck_assert_ptr_nonnull(alarm_of("safety_chain_no_mode"));
}
END_TEST

START_TEST(a_point_in_a_text_that_the_device_has_not_is_a_question_mark)
{
	begin("elevator", "fault_code");
	judge_alarms(NULL, NULL);
	assert_nothing_told();
	ck_assert_str_eq(alarm_of("fault")->text.zh,
	    "{place} 电梯故障：{fault_text}，故障号 ?");
}
END_TEST

#define REST "severity: P3, text: x"

/* Each has one mistake; the device has x, ?flag, $label and door. */
static const struct {
	const char *profile, *device, *place, *piece;
} wrong[] = {
    /* the merge */
    {"high: {" REST "}\n", NULL, "profile:1:7",
	"high: the key \"when\" is missing; write for example when: \"load >= "
	"80\""},
    {"high: {when: \"x > 1\", text: x}\n", NULL, "profile:1:7",
	"the key \"severity\" is missing"},
    {"high: {when: \"x > 1\", severity: P1}\n", NULL, "profile:1:7",
	"the key \"text\" is missing"},
    {"high: {clear: \"x < 1\", " REST "}\n", NULL, "profile:1:7",
	"the key \"when\" is missing"},
    {OWN, "hihg: {on: 5s}\n", "device:1:1",
	"there is no such alarm; did you mean \"high\"?"},
    {OWN, "hihg: {enabled: false}\n", "device:1:1", "did you mean \"high\"?"},
    {NULL, "x: {enabled: false}\n", "device:1:1",
	"there is no such alarm to take away; drop it"},
    {OWN, "high: {severity: P5}\n", "device:1:18",
	"\"P5\" is not known; write P1, P2, P3 or P4"},
    {"high: {when: flag, severity: P0, text: x}\n", NULL, "profile:1:30",
	"\"P0\" is not known; write P1, P2, P3 or P4"},
    {OWN, "high: {on: 5}\n", "device:1:12", "has no unit; write a time"},
    {OWN, "high: {on: 8d}\n", "device:1:12", "write 0ms to 7d"},
    {OWN, "high: {latch: yes}\n", "device:1:15", "is neither true nor false"},
    {OWN, "high: {wehn: \"x > 1\"}\n", "device:1:8", "did you mean \"when\"?"},
    {OWN, "high: {without: [x]}\n", "device:1:8", "unknown key"},
    {OWN, "high: off\n", "device:1:7", "write keys and values"},
    {"- high\n", NULL, "profile:1:1", "is a list; write keys and values"},
    {"High: {when: flag, " REST "}\n", NULL, "profile:1:1",
	"\"High\" is not a name"},
    {"p{p}: {when: flag, " REST "}\n", NULL, "profile:1:1",
	"nothing repeats {p}"},

    /* conditions */
    {"high: {when: y > 1, " REST "}\n", NULL, "profile:1:14",
	"high.when: there is no point y"},
    {"high: {when: \"flag and labl == 1\", " REST "}\n", NULL, "profile:1:24",
	"there is no point labl; did you mean \"label\"?"},
    {"high: {when: x, " REST "}\n", NULL, "profile:1:14",
	"high.when: is a number, not a condition; compare it, such as load >= "
	"80"},
    {"high: {when: flag, clear: x, " REST "}\n", NULL, "profile:1:27",
	"high.clear: is a number"},
    {"high: {when: \"1 > 0\", " REST "}\n", NULL, "profile:1:15",
	"asks for no point"},
    {"high: {when: [x], " REST "}\n", NULL, "profile:1:14", "is a list"},
    {"high: {when: x >, " REST "}\n", NULL, "profile:1:17", "ends too early"},
    {"high: {when: flag, clear: y < 1, " REST "}\n", NULL, "profile:1:27",
	"high.clear: there is no point y"},
    {NULL, "circuit1_fault: {on: 5s}\n", "device:1:17",
	"the key \"when\" is missing"},
    {NULL, "high: {when: \"x > rating.kva\", " REST "}\n", "device:1:19",
	"rating.kva is not there; write rating: {kva: 630}"},

    /* what riser knows itself */
    {"high: {when: not onlin, " REST "}\n", NULL, "profile:1:18",
	"there is no point onlin; did you mean \"online\"?"},
    {"high: {when: not identified, " REST "}\n", NULL, "profile:1:18",
	"identified is not there, for this device has no identity in its "
	"profile; write one there"},
    {"high: {when: bus_up, " REST "}\n", NULL, "profile:1:14",
	"bus_up is not there, for this device has no buses of its own; write "
	"the alarm below gateway: alarms:"},
    {NULL, "high: {when: \"drop(online, 60s) > 0\", " REST "}\n", "device:1:15",
	"wants a rate or drop of what is only true or false"},
    {"high: {when: online > 1, clear: x, " REST "}\n", NULL, "profile:1:33",
	"is a number"},

    {"high: {when: car_trapped, " REST "}\n", NULL, "profile:1:14",
	"car_trapped is not there, for this device is no lift; ask its "
	"points"},
    {"high: {when: power_cut, " REST "}\n", NULL, "profile:1:14",
	"power_cut is not there, for this device is no transformer or "
	"feeder; ask its points"},
    {"high: {when: car_traped, " REST "}\n", NULL, "profile:1:14",
	"there is no point car_traped; the points are x, flag, label"},

    /* release and power */
    {"high: {when: flag, release: x < 1, " REST "}\n", NULL, "profile:1:20",
	"high.release: is for an alarm that latches; write latch: true, or "
	"drop it"},
    {"high: {when: flag, latch: true, " REST "}\n",
	"high: {latch: false, release: x < 1}\n", "device:1:22",
	"is for an alarm that latches"},
    {"high: {when: flag, latch: true, release: y < 1, " REST "}\n", NULL,
	"profile:1:42", "high.release: there is no point y"},
    {"high: {when: flag, latch: true, release: x, " REST "}\n", NULL,
	"profile:1:42", "high.release: is a number, not a condition"},
    {OWN, "high: {needs_power: true}\n", "device:1:21",
	"high.needs_power: nothing is known of this device's power; write "
	"fed_by: tx-3 on it, or drop it"},
    {OWN, "high: {needs_power: 1}\n", "device:1:21",
	"is neither true nor false"},

    /* suppression and shelves */
    {"high: {when: flag, suppress: y > 1, " REST "}\n", NULL, "profile:1:30",
	"high.suppress: there is no point y"},
    {"high: {when: flag, suppress: x, " REST "}\n", NULL, "profile:1:30",
	"high.suppress: is a number, not a condition"},
    {"high: {when: flag, suppress: 1 > 0, " REST "}\n", NULL, "profile:1:30",
	"asks for no point"},
    {NULL, "high: {when: flag, suppress: x > rating.kva, " REST "}\n",
	"device:1:34", "rating.kva is not there; write rating: {kva: 630}"},
    {OWN, "high: {shelve_max: 2}\n", "device:1:20", "has no unit"},
    {OWN, "high: {shelve_max: 8d}\n", "device:1:20", "write 0ms to 7d"},
    {"high: {when: flag, severity: P1, shelve_max: 31m, text: x}\n", NULL,
	"profile:1:46",
	"high.shelve_max: a P1 is shelved for 30m at most; write 30m or less, "
	"or 0s for never"},
    {"high: {when: flag, severity: P1, text: x}\n", "high: {shelve_max: 1h}\n",
	"device:1:20", "write 30m or less"},
    {"high: {when: flag, severity: P2, text: x, shelve_max: 1h}\n",
	"high: {severity: P1}\n", "device:1:18",
	"high.severity: a P1 is shelved for 30m at most; write shelve_max "
	"too, 30m or less"},

    /* texts */
    {"high: {when: flag, severity: P3, text: \"{devices}\"}\n", NULL,
	"profile:1:41",
	"{devices} is only known to an alarm that asks bus_up; drop it"},
    {"high: {when: flag, severity: P3, text: \"{cars}\"}\n", NULL,
	"profile:1:41",
	"{cars} is only known to an alarm that asks power_cut or cars_late; "
	"drop it"},
    {"high: {when: flag, severity: P3, text: \"{cut}\"}\n", NULL,
	"profile:1:41",
	"{cut} is only known to an alarm that asks phase_lost or power_cut"},
    {"high: {when: flag, severity: P3, text: \"{occupied}\"}\n", NULL,
	"profile:1:41", "{occupied} is only known of a lift; drop it"},
    {"high: {when: flag, severity: P3, text: \"{fault_text}\"}\n", NULL,
	"profile:1:41",
	"{fault_text} is only known of a device with a fault_code; drop it"},
    {"high: {when: flag, severity: P3, text: \"{place} {y}\"}\n", NULL,
	"profile:1:49",
	"{y} is no word of a text; write {place}, {name}, {v}, {dur} or a "
	"point of the device; the points are x, flag, label"},
    {"high: {when: flag, severity: P3, text: \"{plce}\"}\n", NULL,
	"profile:1:41", "{plce} is no word of a text; write {place}"},
    {"high: {when: flag, severity: P3, text: \"{plce}\"}\n", NULL,
	"profile:1:41", "did you mean \"place\"?"},
    {"high: {when: flag, severity: P3, text: {zh: \"{plcae} {labl}\"}}\n", NULL,
	"profile:1:46", "{plcae} is no word"},
    {"high: {when: flag, severity: P3, text: {zh: a, en: \"{labl}\"}}\n", NULL,
	"profile:1:53", "did you mean \"label\"?"},
    {"high: {when: flag, severity: P3, text: \"{place\"}\n", NULL,
	"profile:1:41", "has a brace without the other"},
    {"high: {when: flag, severity: P3, text: \"place}\"}\n", NULL,
	"profile:1:46", "has a brace without the other"},
    {"high: {when: flag, severity: P3, text: \"{{v}}\"}\n", NULL,
	"profile:1:41", "has a brace without the other"},
};

START_TEST(a_mistake_is_told_once_with_its_place)
{
	begin("lamp", "x ?flag $label");
	judge_alarms(wrong[_i].profile, wrong[_i].device);
	assert_layer_told(wrong[_i].place, wrong[_i].piece);
}
END_TEST

START_TEST(keys_for_an_alarm_that_the_device_cannot_have_are_told)
{
	begin("transformer", "oil_temp");
	judge_alarms(NULL, "fan_off_a: {on: 1m}\n");
	assert_layer_told("device:1:12",
	    "fan_off_a: this alarm is not there, for the device has no "
	    "winding_temp_a; drop it");
}
END_TEST

START_TEST(keys_for_an_alarm_that_stands_back_are_told)
{
	begin("elevator", "safety_chain service_mode");
	judge_alarms(NULL, "safety_chain_no_mode: {severity: P3}\n");
	assert_layer_told("device:1:23",
	    "this alarm is not there, for the device has service_mode; drop "
	    "it");
}
END_TEST

START_TEST(a_slip_in_a_kind_is_told)
{
	say_kind("kind: lamp\ntitle: x\npoints: {on: {title: x, form: "
		 "boolean}}\nalarms:\n"
		 "  dark: {when: not onn, severity: P4, text: x}\n");
	begin("lamp", "?on");
	judge_alarms(NULL, NULL);
	assert_layer_told(
	    "kind:5:20", "alarms.dark.when: there is no point onn");
}
END_TEST

START_TEST(a_slip_in_what_riser_concludes_is_one_in_without_too)
{
	say_kind("kind: lamp\ntitle: x\npoints: {on: {title: x, form: "
		 "boolean}}\nalarms:\n"
		 "  dark: {when: not on, without: [power_cut], severity: P4, "
		 "text: x}\n");
	begin("lamp", "?on");
	judge_alarms(NULL, NULL);
	assert_layer_told(
	    "kind:5:34", "\"power_cut\" is no word of this vocabulary");
}
END_TEST

START_TEST(a_slip_in_what_a_kinds_alarm_is_without_is_told)
{
	say_kind("kind: lamp\ntitle: x\npoints: {on: {title: x, form: "
		 "boolean}}\nalarms:\n"
		 "  dark: {when: not on, without: [onn], severity: P4, text: "
		 "x}\n");
	begin("lamp", "?on");
	judge_alarms(NULL, NULL);
	assert_layer_told("kind:5:34",
	    "\"onn\" is no word of this vocabulary; did you mean \"on\"?");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rule");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, open_walk, close_walk);
	tcase_add_test(t, an_alarm_has_what_its_layer_says);
	tcase_add_test(t, a_short_alarm_has_defaults);
	tcase_add_test(t, a_device_changes_one_key_and_keeps_the_rest);
	tcase_add_test(t, a_feeder_has_its_bases_alarms_with_its_own_keys);
	tcase_add_test(t, an_alarm_is_taken_away);
	tcase_add_test(t, alarms_stand_by_name);
	tcase_add_test(
	    t, an_alarm_of_the_kind_whose_points_are_missing_is_not_there);
	tcase_add_test(t, a_missing_rating_is_told_once_and_not_by_each_alarm);
	tcase_add_test(
	    t, a_pressure_has_no_limit_by_storeys_without_the_storeys);
	tcase_add_test(
	    t, an_alarm_of_the_profile_lacks_what_the_device_does_not_say);
	tcase_add_loop_test(
	    t, the_lowest_pressure_follows_from_the_storeys, 0, ROWS(storeys));
	tcase_add_test(t, a_number_in_an_alarms_name_goes_through_all_it_says);
	tcase_add_test(t, a_profiles_repeat_makes_one_for_each_part);
	tcase_add_test(t, an_alarm_for_devices_without_a_point_stands_back);
	tcase_add_test(
	    t, an_alarm_for_devices_without_a_point_is_there_without_it);
	tcase_add_test(
	    t, a_point_in_a_text_that_the_device_has_not_is_a_question_mark);
	tcase_add_loop_test(
	    t, a_mistake_is_told_once_with_its_place, 0, ROWS(wrong));
	tcase_add_test(
	    t, keys_for_an_alarm_that_the_device_cannot_have_are_told);
	tcase_add_test(t, keys_for_an_alarm_that_stands_back_are_told);
	tcase_add_test(t, a_slip_in_a_kind_is_told);
	tcase_add_test(t, a_slip_in_what_a_kinds_alarm_is_without_is_told);
	tcase_add_test(t, a_slip_in_what_riser_concludes_is_one_in_without_too);
	suite_add_tcase(s, t);
	return suite_run(s);
}
