/* test_kind.c - the vocabularies: those of the project, and wrong ones */
#include "gateway/conf/kind.h"
#include "gateway/conf/profile.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

static struct walk walk;
static struct kinds *kinds;

static void
start(void)
{
	walk = (struct walk){.diag = diag_new(), .memory = arena_new()};
	kinds = kinds_open(&walk);
}

static void
stop(void)
{
	kinds_close(kinds);
	arena_free(walk.memory);
	diag_free(walk.diag);
	forget_told();
}

static void
tell(void)
{
	size_t size;
	FILE *out;

	free(told);
	out = open_memstream(&told, &size);
	diag_print(walk.diag, out);
	fclose(out);
}

static const struct kind *
take(const char *name)
{
	const struct kind *k = kinds_take(kinds, name);

	tell();
	ck_assert_msg(k != NULL && *told == '\0', "%s: %s", name, told);
	return k;
}

static const struct kind *
read_kind(const char *name, const char *text)
{
	return kinds_read(kinds, name, HERE, text, strlen(text));
}

START_TEST(every_kind_has_a_file_without_mistake)
{
	for (size_t i = 0; profile_kinds[i]; i++) {
		const struct kind *k = take(profile_kinds[i]);

		ck_assert_str_eq(k->name, profile_kinds[i]);
		ck_assert_ptr_nonnull(k->title.zh);
		ck_assert_ptr_nonnull(k->title.en);
		ck_assert(k->point_count > 0 || k->base);
	}
}
END_TEST

START_TEST(a_kind_without_a_file_is_a_mistake_and_told_with_where_it_should_be)
{
	size_t before = diag_count(walk.diag);

	ck_assert_ptr_null(kinds_take(kinds, "lift"));
	ck_assert_ptr_null(kinds_take(kinds, "lift"));
	ck_assert_ptr_null(kinds_take(kinds, "lorry"));
	ck_assert_uint_eq(diag_count(walk.diag), before + 1);
	tell();
	ck_assert_msg(strstr(told, "/kinds/lift.yaml:1:1: is not there; ") &&
		strstr(told, "../config, ../../config, ") &&
		strstr(told, " and /usr/share/riser: "),
	    "%s", told);
}
END_TEST

START_TEST(every_word_has_a_title_in_both_languages_and_stands_once)
{
	for (size_t i = 0; profile_kinds[i]; i++) {
		const struct kind *k = take(profile_kinds[i]);

		for (size_t p = 0; p < k->point_count; p++) {
			const struct kind_point *word = &k->points[p];

			ck_assert_msg(word->title.zh && word->title.en &&
				word->title.zh != word->title.en,
			    "%s.%s", k->name, word->name);
			if (strchr(word->name, '{') == NULL)
				ck_assert_ptr_eq(
				    kind_find(k, word->name), word);
		}
	}
}
END_TEST

static const struct {
	const char *kind, *point, *unit;
	uint8_t form;
} words[] = {
    {"elevator", "floor", "", FORM_NUMBER},
    {"elevator", "floor_label", "", FORM_TEXT},
    {"elevator", "moving", "", FORM_BOOL},
    {"elevator", "door", "", FORM_ENUM},
    {"elevator", "load_pct", "%", FORM_NUMBER},
    {"elevator", "energy_import", "kWh", FORM_NUMBER},
    {"transformer", "voltage_l1n", "V", FORM_NUMBER},
    {"transformer", "power_factor", "", FORM_NUMBER},
    {"transformer", "trip", "", FORM_BOOL},
    {"feeder", "voltage_l1n", "V", FORM_NUMBER},
    {"water", "pressure", "MPa", FORM_NUMBER},
    {"water", "pump6_state", "", FORM_ENUM},
    {"water", "pump0_hours", "h", FORM_NUMBER},
    {"charger", "socket200_power", "kW", FORM_NUMBER},
    {"gas", "lel", "%LEL", FORM_NUMBER},
};

START_TEST(a_word_has_its_unit_and_form)
{
	const struct kind *k = take(words[_i].kind);
	const struct kind_point *p = kind_find(k, words[_i].point);

	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(p->unit, words[_i].unit);
	ck_assert_uint_eq(p->form, words[_i].form);
}
END_TEST

START_TEST(a_number_in_a_name_is_a_plain_decimal_number)
{
	static const char *const no[] = {"pump_hours", "pumpx_hours",
	    "pump01_hours", "pump1_hour", "pump1234567_hours", "xpump1_hours",
	    "pump1_hours2", ""};
	const struct kind *k = take("water");

	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		ck_assert_msg(kind_find(k, no[i]) == NULL, "%s", no[i]);
}
END_TEST

/* The numbers are on other people's disks: never another. */
static const struct {
	const char *kind, *point, *name;
	int64_t number;
} numbers[] = {
    {"elevator", "direction", "none", 0},
    {"elevator", "direction", "down", 2},
    {"elevator", "direction", "unknown", 9},
    {"elevator", "door", "closed", 0},
    {"elevator", "door", "closing", 3},
    {"elevator", "door", "fault", 8},
    {"elevator", "occupied", "yes", 1},
    {"elevator", "service_mode", "normal", 1},
    {"elevator", "service_mode", "unknown", 7},
    {"elevator", "safety_chain", "open", 0},
    {"elevator", "supply", "lost", 0},
    {"elevator", "fault_code", "none", 0},
    {"elevator", "fault_code", "SAFETY_CHAIN", 1},
    {"elevator", "fault_code", "DOOR_CLOSE", 2},
    {"elevator", "fault_code", "DOOR_OPEN", 3},
    {"elevator", "fault_code", "STOP_OUT_ZONE", 4},
    {"elevator", "fault_code", "UCM", 5},
    {"elevator", "fault_code", "MOTOR_RUNTIME", 6},
    {"elevator", "fault_code", "POS_LOST", 7},
    {"elevator", "fault_code", "NO_RESTART", 8},
    {"elevator", "fault_code", "POWER", 41},
    {"elevator", "fault_code", "OTHER", DERIVE_FAULT_OTHER},
    {"elevator", "fault_code", "ENTRAP", 101},
    {"elevator", "fault_code", "OVERTRAVEL_TOP", 102},
    {"elevator", "fault_code", "OVERTRAVEL_BOTTOM", 103},
    {"elevator", "fault_code", "OVERSPEED", 104},
    {"water", "fault_code", "none", DERIVE_FAULT_NONE},
    {"water", "fault_code", "OTHER", DERIVE_FAULT_OTHER},
    {"water", "pump_state", "off", 0},
    {"water", "pump_state", "fault", 3},
};

START_TEST(a_state_has_its_standard_number)
{
	const struct kind_point *p =
	    kind_find(take(numbers[_i].kind), numbers[_i].point);
	const char *name = NULL;

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < p->name_count; i++)
		if (p->names[i].number == numbers[_i].number)
			name = p->names[i].name;
	ck_assert_ptr_nonnull(name);
	ck_assert_str_eq(name, numbers[_i].name);
}
END_TEST

/* Each name of a list that people read. */
START_TEST(a_fault_has_a_text_in_both_languages)
{
	static const char *const kinds_with[] = {"elevator", "water"};
	const struct kind_point *p =
	    kind_find(take(kinds_with[_i]), "fault_code");

	ck_assert(p->journal);
	ck_assert_ptr_nonnull(p->name_texts);
	for (size_t i = 0; i < p->name_count; i++)
		ck_assert_msg(p->name_texts[i].zh && p->name_texts[i].en, "%s",
		    p->names[i].name);
}
END_TEST

START_TEST(the_states_of_a_lift_that_people_ask_for_later_are_journalled)
{
	const struct kind *k = take("elevator");

	ck_assert(kind_find(k, "service_mode")->journal);
	ck_assert(!kind_find(k, "door")->journal);
}
END_TEST

START_TEST(a_base_has_what_the_kind_has_not)
{
	const struct kind *k = take("feeder");

	ck_assert_ptr_eq(k->base, take("transformer"));
	ck_assert_ptr_eq(kind_find(k, "load"), kind_find(k->base, "load"));
}
END_TEST

START_TEST(a_kind_is_read_once)
{
	ck_assert_ptr_null(read_kind("lamp", "kind: lamp\n"));
	ck_assert_ptr_null(kinds_take(kinds, "lamp"));
	ck_assert_uint_eq(diag_count(walk.diag), 1);
}
END_TEST

#define KIND "kind: lamp\ntitle: x\npoints:\n"

static const struct {
	const char *text, *place, *piece;
} wrong[] = {
    {"kind: lamb\ntitle: x\n", "1:7", "did you mean \"lamp\"?"},
    {"kind: water\ntitle: x\n", "1:7",
	"\"water\" is not what this file is called; write kind: lamp"},
    {"title: x\n", "1:1", "the key \"kind\" is missing"},
    {"kind: lamp\n", "1:1", "the key \"title\" is missing"},
    {"kind: lamp\ntitle: x\nbased_on: lamp\n", "3:11",
	"goes round in a circle"},
    {"kind: lamp\ntitle: x\nbased_on: feeder\n", "3:11",
	"is based on transformer itself; write based_on: transformer"},
    {"kind: lamp\ntitle: x\nalarm: {}\n", "3:1", "did you mean \"alarms\"?"},
    {"kind: lamp\ntitle: x\nalarms: []\n", "3:9", "is a list"},
    {"kind: lamp\ntitle: x\nderive: 3\n", "3:9", "write keys and values"},
    {KIND "  - on\n", "4:3", "is a list"},
    {KIND "  on: {}\n", "4:7", "the key \"title\" is missing"},
    {KIND "  On: {title: x}\n", "4:3",
	"\"On\" is not a name of a vocabulary; write small letters"},
    {KIND "  a-b: {title: x}\n", "4:3", "is not a name of a vocabulary"},
    {KIND "  online: {title: x}\n", "4:3",
	"\"online\" is what riser itself knows of a device, and alarms ask it "
	"by this name; give the point another one"},
    {KIND "  1a: {title: x}\n", "4:3", "is not a name of a vocabulary"},
    {KIND "  \"{n}\": {title: x}\n", "4:3", "is not a name of a vocabulary"},
    {KIND "  a{n}b{n}: {title: x}\n", "4:3", "and {n} for a number"},
    {KIND "  a{m}: {title: x}\n", "4:3", "and {n} for a number"},
    {KIND "  a: {title: x, unit: kw}\n", "4:23", "did you mean \"kW\"?"},
    {KIND "  a: {title: x, role: count}\n", "4:23",
	"did you mean \"counter\"?"},
    {KIND "  a: {title: x, form: bool}\n", "4:23", "did you mean \"boolean\"?"},
    {KIND "  a: {title: x, form: boolean, unit: A}\n", "4:32",
	"only numbers have a unit"},
    {KIND "  a: {title: x, form: text, role: counter}\n", "4:29",
	"only numbers have a role"},
    {KIND "  a: {title: x, form: boolean, enum: {0: b}}\n", "4:32",
	"only an enumeration has names"},
    {KIND "  a: {title: x, form: enumeration}\n", "4:6",
	"the key \"enum\" is missing"},
    {KIND "  a: {title: x, enum: {}}\n", "4:23", "has 0 names"},
    {KIND "  a: {title: x, enum: {b: 0}}\n", "4:24",
	"the key of an enumeration is its number"},
    {KIND "  a: {title: x, enum: {0: b, 0x0: c}}\n", "4:30",
	"is the number of \"b\" too"},
    {KIND "  a: {title: x, enum: {0: b, 1: b}}\n", "4:33",
	"\"b\" is the name of 0 too; give each name once"},
    {KIND "  a: {title: x, form: boolean, texts: {b: B}}\n", "4:32",
	"only an enumeration has texts for its names; drop it"},
    {KIND "  a: {title: x, enum: {0: b}, texts: {c: C}}\n", "4:39",
	"is none of its names; write one of enum"},
    {KIND "  a: {title: x, enum: {0: b}, texts: {b: {de: B}}}\n", "4:43",
	"unknown key"},
    {KIND "  a: {title: x, enum: {0: b}, texts: [b]}\n", "4:38", "is a list"},
    {KIND "  a: {title: x, journal: true}\n", "4:17",
	"is for a boolean, an enumeration or a text, and this point is a "
	"number"},
    {KIND "  a: {title: x, form: text, journal: 1}\n", "4:38",
	"is neither true nor false"},
    {KIND "  cars_back: {title: x}\n", "4:3",
	"\"cars_back\" is what riser itself knows of a device"},
};

START_TEST(a_mistake_is_told_with_its_place)
{
	ck_assert_ptr_null(read_kind("lamp", wrong[_i].text));
	tell();
	assert_told(HERE, wrong[_i].place, wrong[_i].piece);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("kind");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, every_kind_has_a_file_without_mistake);
	tcase_add_test(t,
	    a_kind_without_a_file_is_a_mistake_and_told_with_where_it_should_be);
	tcase_add_test(
	    t, every_word_has_a_title_in_both_languages_and_stands_once);
	tcase_add_loop_test(t, a_word_has_its_unit_and_form, 0, ROWS(words));
	tcase_add_test(t, a_number_in_a_name_is_a_plain_decimal_number);
	tcase_add_loop_test(
	    t, a_state_has_its_standard_number, 0, ROWS(numbers));
	tcase_add_loop_test(t, a_fault_has_a_text_in_both_languages, 0, 2);
	tcase_add_test(
	    t, the_states_of_a_lift_that_people_ask_for_later_are_journalled);
	tcase_add_test(t, a_base_has_what_the_kind_has_not);
	tcase_add_test(t, a_kind_is_read_once);
	tcase_add_loop_test(
	    t, a_mistake_is_told_with_its_place, 0, ROWS(wrong));
	suite_add_tcase(s, t);
	return suite_run(s);
}
