/* test_formula.c - derived points: order, layers, circles and wrong formulas */
#include "tests/layer_help.h"
#include "tests/suite.h"

#define POINTS                                                                 \
	"active_power reactive_power current_l1 current_l2 current_l3 "        \
	"current_n door $label ?flag"

static void
derive(void)
{
	derived_read(&walk, &layers, &profile, &device, walk.memory);
}

static void
rate_it(void)
{
	device.rating_kva = 630;
	device.rating_in = 909;
}

static void
make_door(void)
{
	static const struct enum_name names[] = {
	    {0, "shut"}, {1, "open"}, {2, "ajar"}};
	struct decode *door = &polled[index_of("door")].decode;

	door->form = FORM_ENUM;
	door->names = names;
	door->name_count = ROWS(names);
}

START_TEST(a_kind_derives_what_its_points_allow)
{
	begin("transformer", "active_power reactive_power current_n");
	rate_it();
	derive();
	assert_nothing_told();
	ck_assert_uint_eq(device.polled_count, 3);
	ck_assert_ptr_nonnull(point("apparent_power"));
	ck_assert_ptr_nonnull(point("load"));
	ck_assert_ptr_nonnull(point("neutral"));
	ck_assert_ptr_null(point("unbalance")); /* it has no currents */
	ck_assert_uint_eq(device.lack_count, 0);
}
END_TEST

START_TEST(a_derived_point_has_the_unit_title_and_period_of_its_word)
{
	const struct conf_point *p;

	begin("transformer", "active_power apparent_power");
	rate_it();
	derive();
	p = point("load");
	ck_assert_str_eq(p->unit, "%");
	ck_assert_str_eq(p->title.zh, "负载率");
	ck_assert_str_eq(p->title.en, "Load");
	ck_assert_int_eq(p->rule.every_ms, 2000); /* apparent_power's */
	ck_assert_double_eq(p->rule.deadband, 0.2);
	ck_assert_int_eq(p->rule.heartbeat_ms, 0); /* the device's */
	ck_assert_uint_eq(p->decode.form, FORM_NUMBER);
	ck_assert_uint_eq(p->derive->form, FORM_NUMBER);
}
END_TEST

START_TEST(the_fastest_of_the_inputs_sets_the_period)
{
	begin("transformer", "a b c");
	say(&layers.profile, "profile", "sum: c + b\n");
	derive();
	ck_assert_int_eq(point("sum")->rule.every_ms, 2000);
}
END_TEST

START_TEST(a_point_that_is_read_is_not_derived_by_the_kind)
{
	begin("transformer", "active_power reactive_power apparent_power");
	rate_it();
	derive();
	assert_nothing_told();
	ck_assert_ptr_null(point("apparent_power")->derive);
	ck_assert_ptr_nonnull(point("load")->derive);
}
END_TEST

START_TEST(each_stands_behind_those_it_needs)
{
	begin("transformer", "x");
	say(&layers.profile, "profile",
	    "a: b + c\nb: c * 2\nc: d + x\nd: x + 1\n");
	derive();
	assert_nothing_told();
	ck_assert_uint_gt(index_of("a"), index_of("b"));
	ck_assert_uint_gt(index_of("b"), index_of("c"));
	ck_assert_uint_gt(index_of("c"), index_of("d"));
	ck_assert_uint_eq(device.point_count, 5);
}
END_TEST

START_TEST(a_chain_of_a_thousand_is_no_recursion)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 0; i < 1000; i++)
		fprintf(f, "a%d: a%d + 1\n", i, i + 1);
	fprintf(f, "a1000: x\n");
	fclose(f);
	begin("lamp", "x");
	say(&layers.profile, "profile", text);
	derive();
	assert_nothing_told();
	ck_assert_uint_eq(device.point_count, 1002);
	ck_assert_uint_eq(index_of("a0"), 1001);
	free(text);
}
END_TEST

START_TEST(a_later_layer_overrides_an_earlier_one)
{
	begin("transformer", "active_power apparent_power");
	rate_it();
	say(&layers.profile, "profile", "load: active_power / 2\nx: load\n");
	say(&layers.device, "device",
	    "load: {value: active_power / 3, valid: [0, 200], deadband: 1, "
	    "heartbeat: 5s, urgent: true}\n");
	derive();
	assert_nothing_told();
	ck_assert_double_eq(point("load")->rule.deadband, 1);
	ck_assert_int_eq(point("load")->rule.heartbeat_ms, 5000);
	ck_assert(point("load")->urgent);
	ck_assert(point("load")->derive->has_valid);
	ck_assert_double_eq(point("load")->derive->valid_max, 200);
	ck_assert_uint_lt(index_of("load"), index_of("x"));
	ck_assert_uint_eq(device.point_count, 4);
}
END_TEST

START_TEST(a_condition_makes_a_boolean)
{
	begin("transformer", "active_power ?flag");
	say(&layers.profile, "profile",
	    "busy: active_power > 5 and not flag\n");
	derive();
	assert_nothing_told();
	ck_assert_uint_eq(point("busy")->decode.form, FORM_BOOL);
	ck_assert_str_eq(point("busy")->unit, "");
}
END_TEST

START_TEST(a_repeat_makes_one_for_each_part)
{
	static const struct repeat pumps[] = {{"pump", 2, 4, 10}};

	begin("lamp", "pump2_w pump3_w pump4_w");
	layers.repeats = pumps;
	layers.repeat_count = 1;
	say(&layers.profile, "profile", "pump{pump}_kw: pump{pump}_w / 1000\n");
	say(&layers.device, "device", "pump3_kw: pump3_w / 500\n");
	derive();
	assert_nothing_told();
	ck_assert_uint_eq(device.point_count, 6);
	ck_assert_int_eq(point("pump4_kw")->rule.every_ms, 3000);
}
END_TEST

START_TEST(a_rating_that_is_not_said_is_told_as_a_lack)
{
	begin("transformer", "apparent_power current_n");
	derive();
	assert_nothing_told();
	ck_assert_ptr_null(point("load"));
	ck_assert_uint_eq(device.lack_count, 2);
	ck_assert_str_eq(
	    device.lacks[0], "load is not computed without rating.kva");
	ck_assert_str_eq(
	    device.lacks[1], "neutral is not computed without rating.in");
}
END_TEST

START_TEST(no_rating_is_missed_where_the_points_are_missing_too)
{
	begin("transformer", "voltage_l1n");
	derive();
	assert_nothing_told();
	ck_assert_uint_eq(device.lack_count, 0);
}
END_TEST

START_TEST(what_needs_a_lacking_point_lacks_the_same)
{
	begin("transformer", "apparent_power");
	say(&layers.profile, "profile", "spare: 100 - load\n");
	derive();
	assert_nothing_told();
	ck_assert_ptr_null(point("spare"));
	ck_assert_uint_eq(device.lack_count, 2);
	ck_assert_str_eq(
	    device.lacks[1], "spare is not computed without rating.kva");
}
END_TEST

START_TEST(a_device_may_read_what_its_profile_derives)
{
	begin("transformer", "apparent_power load");
	device.id = "tx-1";
	say(&layers.profile, "profile", "load: apparent_power / 6.3\n");
	derive();
	assert_nothing_told();
	ck_assert_uint_eq(device.point_count, 2);
}
END_TEST

START_TEST(fault_code_comes_of_the_profiles_table)
{
	struct conf_fault faults[] = {
	    {.raw = 41, .number = 1}, {.raw = 48, .number = 3}};
	const struct conf_point *p;

	begin("elevator", "floor fault_raw");
	profile.faults = faults;
	profile.fault_count = 2;
	say(&layers.profile, "profile", "stuck: fault_code == SAFETY_CHAIN\n");
	derive();
	assert_nothing_told();
	p = point("fault_code");
	ck_assert_uint_eq(p->decode.form, FORM_ENUM);
	ck_assert_uint_eq(p->decode.name_count,
	    kind_find(layers.kind, "fault_code")->name_count);
	ck_assert_str_eq(p->title.en, "Fault code");
	ck_assert_ptr_null(p->derive->expr);
	ck_assert_uint_eq(p->derive->fault_point, 1);
	ck_assert_uint_eq(p->derive->fault_count, 2);
	ck_assert_int_eq(p->derive->faults[1].raw, 48);
	ck_assert_int_eq(p->derive->faults[1].number, 3);
	ck_assert_int_eq(p->rule.every_ms, 2000);
	ck_assert_ptr_nonnull(point("stuck"));
}
END_TEST

START_TEST(a_fault_code_that_is_read_stays)
{
	struct conf_fault faults[] = {{.raw = 41, .number = 1}};

	begin("elevator", "fault_code fault_raw");
	profile.faults = faults;
	profile.fault_count = 1;
	derive();
	ck_assert_ptr_null(point("fault_code")->derive);
	ck_assert_ptr_nonnull(point("fault_severity")->derive);
}
END_TEST

START_TEST(a_fault_is_as_serious_as_its_row_says)
{
	struct conf_fault faults[] = {
	    {.raw = 1, .number = 0, .severity = SEVERITY_P4},
	    {.raw = 41, .number = 1, .severity = SEVERITY_P1},
	    {.raw = 48, .number = 3, .severity = SEVERITY_P3}};
	const struct conf_point *p;

	begin("elevator", "fault_raw");
	profile.faults = faults;
	profile.fault_count = 3;
	say(&layers.profile, "profile", "bad: fault_severity == P1\n");
	derive();
	assert_nothing_told();
	p = point("fault_severity");
	ck_assert_int_eq(p->derive->faults[0].number, 0); /* none is none */
	ck_assert_int_eq(p->derive->faults[1].number, 1);
	ck_assert_int_eq(p->derive->faults[2].number, 3);
	ck_assert_ptr_nonnull(point("bad"));
	ck_assert(point("fault_code")->journal);
	ck_assert(!p->journal);
}
END_TEST

START_TEST(a_fault_without_a_table_has_no_severity)
{
	begin("elevator", "fault_code fault_raw");
	derive();
	assert_nothing_told();
	ck_assert_ptr_null(point("fault_severity"));
}
END_TEST

/* ---- several expressions for one point ---- */

#define SEVERAL                                                                 \
	"kind: lamp\ntitle: x\npoints: {a: {title: a}, b: {title: b}, c: "      \
	"{title: c}}\nderive: {sum: [\"a + b\", \"a + c\", twice], twice: \"2 " \
	"* a\"}\n"

/* What the sum is of: the first that the device has all of. */
static const struct {
	const char *points, *input;
	size_t inputs;
} sums[] = {
    {"a b c", "b", 2}, {"a b", "b", 2}, {"a c", "c", 2}, {"a", "twice", 1}};

START_TEST(a_kind_derives_from_the_best_that_is_there)
{
	const struct conf_point *p;
	size_t count;

	say_kind(SEVERAL);
	begin("lamp", sums[_i].points);
	derive();
	assert_nothing_told();
	p = point("sum");
	ck_assert_ptr_nonnull(p);
	expr_inputs(p->derive->expr, &count);
	ck_assert_uint_eq(count, sums[_i].inputs);
	ck_assert(derive_uses(p->derive, (uint16_t)index_of(sums[_i].input)));
}
END_TEST

START_TEST(a_point_of_which_nothing_is_there_is_not_derived)
{
	say_kind(SEVERAL);
	begin("lamp", "b c");
	derive();
	assert_nothing_told();
	ck_assert_ptr_null(point("sum"));
}
END_TEST

/* Each has one mistake. */
static const struct {
	const char *derive, *place, *piece;
} wrong_several[] = {
    {"[b, aa]", "kind:4:19", "there is no point aa"},
    {"[aa, b]", "kind:4:16", "there is no point aa"},
    {"[aa, bb]", "kind:4:16", "there is no point aa"},
    {"[]", "kind:4:15", "is a list"},
    {"[b, [a]]", "kind:4:19", "is a list"},
    {"{value: [b, aa]}", "kind:4:27", "there is no point aa"},
};

START_TEST(a_mistake_in_one_of_several_is_told_once)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "kind: lamp\ntitle: x\npoints: {a: {title: a}, b: {title: b}}\n"
	    "derive: {sum: %s}\n",
	    wrong_several[_i].derive);
	say_kind(text);
	begin("lamp", "a");
	derive();
	assert_layer_told(wrong_several[_i].place, wrong_several[_i].piece);
}
END_TEST

START_TEST(only_a_kind_has_several)
{
	begin("lamp", "on");
	say(&layers.profile, "profile", "x: [on, on]\n");
	derive();
	assert_layer_told("profile:1:4", "is a list; write a single value");
}
END_TEST

/* ---- journal ---- */

START_TEST(what_is_derived_may_be_journalled)
{
	begin("lamp", "?on");
	say(&layers.profile, "profile",
	    "dark: {value: not on, journal: true}\nbright: on\n");
	derive();
	assert_nothing_told();
	ck_assert(point("dark")->journal);
	ck_assert(!point("bright")->journal);
}
END_TEST

/* ---- wrong ones ---- */

/* Each has one mistake. */
static const struct {
	const char *profile, *device, *place, *piece;
} wrong[] = {
    /* names */
    {"load: 100 * actve_power\n", NULL, "profile:1:13",
	"load: there is no point actve_power; did you mean \"active_power\"?"},
    {"load: \"100 * actve_power\"\n", NULL, "profile:1:14",
	"did you mean \"active_power\"?"},
    {"load: {value: '2 * actve_power'}\n", NULL, "profile:1:20",
	"load.value: there is no point actve_power"},
    {"load: >-\n  100 *\n  actve_power\n", NULL, "profile:1:7",
	"there is no point actve_power"},
    {"a: \"label == 'é' and actve_power > 1\"\n", NULL, "profile:1:5", ""},
    {"a: {value: 2 * active_power, journal: true}\n", NULL, "profile:1:30",
	"a.journal: is for a boolean, an enumeration or a text, and this point "
	"is a number, which changes all the time; drop it"},
    {"spare: laod / 2\nload2: active_power\n", NULL, "profile:1:8",
	"there is no point laod; did you mean \"load\"?"},
    {"a: rating.kwa * active_power\n", NULL, "profile:1:4",
	"there is no point rating.kwa; did you mean \"rating.kva\"?"},
    {NULL, "a: nothing_like_it\n", "device:1:4",
	"there is no point nothing_like_it; the points are active_power, "
	"reactive_power, current_l1, current_l2, current_l3, current_n, door, "
	"label, ...\n"},
    {"a: P\n", NULL, "profile:1:4",
	"there is no point P; the points are active_power"},
    {"a: door == opne\n", NULL, "profile:1:12",
	"\"door\" has no opne; its names are shut, open, ajar; did you mean "
	"\"open\"?\n"},
    {"a: door == 'opne'\n", NULL, "profile:1:12", "did you mean \"open\"?\n"},
    {"a: door != Open\n", NULL, "profile:1:12", "did you mean \"open\"?\n"},
    {"a: gone == door\n", NULL, "profile:1:4",
	"\"door\" has no gone; its names are shut, open, ajar\n"},
    {"A: active_power\n", NULL, "profile:1:1",
	"\"A\" is not a name; write small letters"},
    {"p{pump}: active_power\n", NULL, "profile:1:1", "nothing repeats {pump}"},

    /* what it is */
    {"a: {unit: V}\n", NULL, "profile:1:4", "the key \"value\" is missing"},
    {"a: [1]\n", NULL, "profile:1:4", "is a list; write a single value"},
    {"a: {value: [1]}\n", NULL, "profile:1:12", "is a list"},
    {"a: {value: active_power, units: V}\n", NULL, "profile:1:26",
	"did you mean \"unit\"?"},
    {"- a\n", NULL, "profile:1:1", "is a list; write keys and values"},
    {"a: 5\n", NULL, "profile:1:4", "asks for no point"},
    {"a: rating.kva\n", NULL, "profile:1:4", "asks for no point"},
    {"a: 1 + 1\n", NULL, "profile:1:4",
	"asks for no point, so nothing would ever change it; write one with a "
	"point"},
    {"a: active_power +\n", NULL, "profile:1", ""},
    {"active_power: reactive_power\n", NULL, "profile:1:1",
	"active_power: is a point that is read; drop one of the two"},
    {NULL, "active_power: reactive_power\n", "device:1:1",
	"is a point that is read"},

    /* what riser knows itself */
    {"identified: active_power\n", NULL, "profile:1:1",
	"\"identified\" is what riser itself knows of a device, and alarms "
	"ask it by this name; give the point another one"},
    {"a: not online\n", NULL, "profile:1:8",
	"online is no point: only alarms can ask it; derive from points"},
    {NULL, "a: \"active_power + bus_up\"\n", "device:1:20",
	"bus_up is no point: only alarms can ask it"},
    {"online: active_power\na: online + 1\n", NULL, "profile:1:1",
	"give the point another one"},

    /* agreeing with the vocabulary */
    {"load: active_power > 5\n", NULL, "profile:1:7",
	"load is a number in every transformer device, and here it is true or "
	"false"},
    {"trip: active_power\n", NULL, "profile:1:7",
	"trip is true or false in every transformer device"},
    {"load: {value: active_power, unit: kW}\n", NULL, "profile:1:29",
	"load.unit: is kW where every transformer device has %; write unit: "
	"\"%\" and reckon in it"},
    {"power_factor: {value: active_power, unit: kW}\n", NULL, "profile:1:37",
	"is kW where every transformer device has 1; write unit: \"1\""},
    {"a: {value: active_power, unit: Kw}\n", NULL, "profile:1:32",
	"\"Kw\" is not known; did you mean \"kW\"?"},
    {"a: {value: active_power > 1, unit: kW}\n", NULL, "profile:1:30",
	"only numbers have a unit"},
    {"a: {value: active_power > 1, deadband: 1}\n", NULL, "profile:1:30",
	"only numbers have a deadband"},
    {"a: {value: active_power, valid: [2, 1]}\n", NULL, "profile:1:33",
	"is upside down"},

    /* circles */
    {"a: a + 1\n", NULL, "profile:1:4",
	"a needs a: a circle; write a without itself"},
    {"load2: 2 * spare\nspare: load2\n", NULL, "profile:2:8",
	"load2 needs spare, which needs load2: a circle; write spare without "
	"load2"},
    {"a: b\nb: c\nc: a\nd: c\n", NULL, "profile:3:4",
	"a needs b, which needs c, which needs a: a circle; write c without a"},
    {NULL, "apparent_power: load * 6.3\n", "device:1:17",
	"needs apparent_power"},
    {"p{n: active_power\n", NULL, "profile:1:1",
	"\"p{n\" has a brace without the other; write for example "
	"pump{pump}_hours"},
    {"a: {value: active_power, unit: MVA}\n", NULL, "profile:1:32",
	"\"MVA\" is no unit of a point; write unit: kVA and reckon in it"},
    {"apparent_power: {value: active_power, unit: VA}\n", NULL, "profile:1:45",
	"write unit: kVA and reckon in it"},

    /* what follows */
    {"a: x\nb: a + 1\nc: b\n", NULL, "profile:1:4", "there is no point x"},
    {"a: b\nb: c + 1\nc: voltage_l1n\n", NULL, "profile:3:4",
	"c: there is no point voltage_l1n"},
    {NULL, "a: rating.ct * active_power\n", "device:1:4",
	"rating.ct is not there; write rating: {ct: 30}"},
};

START_TEST(a_mistake_is_told_once_with_its_place)
{
	begin("transformer", POINTS);
	make_door();
	rate_it();
	say(&layers.profile, "profile", wrong[_i].profile);
	say(&layers.device, "device", wrong[_i].device);
	derive();
	assert_layer_told(wrong[_i].place, wrong[_i].piece);
}
END_TEST

START_TEST(a_point_that_cannot_be_there_is_told_with_what_is_missing)
{
	begin("transformer", "active_power");
	rate_it();
	say(&layers.profile, "profile", "spare: 100 - load\n");
	derive();
	assert_layer_told("profile:1:14",
	    "spare: load is not there, for this device has no reactive_power");
}
END_TEST

START_TEST(a_mistake_that_the_device_makes_says_whose_it_is)
{
	begin("transformer", "active_power");
	device.id = "tx-1";
	say(&layers.profile, "profile", "spare: 100 - load\n");
	device.rating_kva = 630;
	derive();
	assert_layer_told("profile:1:14", "spare: on tx-1: load is not there");
}
END_TEST

START_TEST(a_slip_in_a_kind_is_told)
{
	say_kind("kind: lamp\ntitle: x\npoints: {on: {title: x}}\n"
		 "derive:\n  a: onn + 1\n");
	begin("lamp", "power");
	derive();
	assert_layer_told("kind:5:6", "derive.a: there is no point onn");
}
END_TEST

START_TEST(more_points_than_a_batch_holds_are_refused)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 0; i < SAMPLE_READINGS_MAX; i++)
		fprintf(f, "a%d: x\n", i);
	fclose(f);
	begin("lamp", "x");
	say(&layers.profile, "profile", text);
	derive();
	tell();
	ck_assert_ptr_nonnull(strstr(told, "a device has at most 1024"));
	ck_assert_uint_eq(device.point_count, 1);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("formula");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, open_walk, close_walk);
	tcase_add_test(t, a_kind_derives_what_its_points_allow);
	tcase_add_test(
	    t, a_derived_point_has_the_unit_title_and_period_of_its_word);
	tcase_add_test(t, the_fastest_of_the_inputs_sets_the_period);
	tcase_add_test(t, a_point_that_is_read_is_not_derived_by_the_kind);
	tcase_add_test(t, each_stands_behind_those_it_needs);
	tcase_add_test(t, a_chain_of_a_thousand_is_no_recursion);
	tcase_add_test(t, a_later_layer_overrides_an_earlier_one);
	tcase_add_test(t, a_condition_makes_a_boolean);
	tcase_add_test(t, a_repeat_makes_one_for_each_part);
	tcase_add_test(t, a_rating_that_is_not_said_is_told_as_a_lack);
	tcase_add_test(t, no_rating_is_missed_where_the_points_are_missing_too);
	tcase_add_test(t, what_needs_a_lacking_point_lacks_the_same);
	tcase_add_test(t, a_device_may_read_what_its_profile_derives);
	tcase_add_test(t, fault_code_comes_of_the_profiles_table);
	tcase_add_test(t, a_fault_code_that_is_read_stays);
	tcase_add_test(t, a_fault_is_as_serious_as_its_row_says);
	tcase_add_test(t, a_fault_without_a_table_has_no_severity);
	tcase_add_loop_test(
	    t, a_kind_derives_from_the_best_that_is_there, 0, ROWS(sums));
	tcase_add_test(t, a_point_of_which_nothing_is_there_is_not_derived);
	tcase_add_loop_test(t, a_mistake_in_one_of_several_is_told_once, 0,
	    ROWS(wrong_several));
	tcase_add_test(t, only_a_kind_has_several);
	tcase_add_test(t, what_is_derived_may_be_journalled);
	tcase_add_loop_test(
	    t, a_mistake_is_told_once_with_its_place, 0, ROWS(wrong));
	tcase_add_test(
	    t, a_point_that_cannot_be_there_is_told_with_what_is_missing);
	tcase_add_test(t, a_mistake_that_the_device_makes_says_whose_it_is);
	tcase_add_test(t, a_slip_in_a_kind_is_told);
	tcase_add_test(t, more_points_than_a_batch_holds_are_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
