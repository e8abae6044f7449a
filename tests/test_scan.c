/* test_scan.c - the parts of riser scan that need no line: units, the order,
 * profiles that know a device, and what is shown */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/utf8.h"
#include "gateway/commands/scan_show.h"
#include "gateway/commands/tongue.h"
#include "tests/suite.h"

/* ---- units ---- */

static const char *
units_text(const char *text, unsigned least, unsigned most)
{
	static char out[2048];
	struct scan_units u;
	const char *why = scan_units_read(text, least, most, &u);

	if (why != NULL)
		return why;
	out[0] = '\0';
	for (size_t i = 0; i < u.count; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%u ",
		    u.units[i]);
	return out;
}

START_TEST(units_are_numbers_and_ranges)
{
	struct scan_units u;

	ck_assert_str_eq(units_text("1-3,7", 1, 247), "1 2 3 7 ");
	ck_assert_str_eq(units_text("33,1-2", 1, 247), "33 1 2 ");
	ck_assert_str_eq(units_text("2,1-3,2", 1, 247), "2 1 3 ");
	ck_assert_str_eq(units_text("247", 1, 247), "247 ");
	ck_assert_str_eq(units_text("255,0", 0, 255), "255 0 ");
	ck_assert_ptr_null(scan_units_read("0-255,0-255", 0, 255, &u));
	ck_assert_uint_eq(u.count, 256);
}
END_TEST

START_TEST(units_that_are_none_are_refused)
{
	static const char *const wrong[] = {"", ",", "a", "1-", "-3", "1,",
	    "1,,2", "3-1", "0", "248", "1-300", "1 ", " 1", "1-2-3", "+1",
	    "99999999999999999999999", "1-99999999999999999999999", "1;2"};
	struct scan_units u;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(scan_units_read(wrong[i], 1, 247, &u) != NULL,
		    "\"%s\" is taken", wrong[i]);
	ck_assert_ptr_nonnull(scan_units_read("256", 0, 255, &u));
}
END_TEST

/* ---- the order ---- */

static size_t seen_question, seen_setting, seen_unit;

static bool
next(struct scan_order *o)
{
	bool any = scan_order_next(o);

	seen_question = o->question;
	seen_setting = o->setting;
	seen_unit = o->unit;
	return any;
}

/* From unit to unit, all at one setting. */
static void
expect(struct scan_order *o, size_t question, size_t setting, size_t first,
    size_t last)
{
	for (size_t unit = first; unit <= last; unit++) {
		ck_assert(next(o));
		ck_assert_uint_eq(seen_question, question);
		ck_assert_uint_eq(seen_setting, setting);
		ck_assert_uint_eq(seen_unit, unit);
	}
}

START_TEST(the_first_units_come_first_at_each_setting)
{
	struct scan_order o = {
	    .question_count = 2, .setting_count = 2, .unit_count = 20};

	for (size_t question = 0; question < 2; question++) {
		expect(&o, question, 0, 0, SCAN_FIRST - 1);
		expect(&o, question, 1, 0, SCAN_FIRST - 1);
		expect(&o, question, 0, SCAN_FIRST, 19);
		expect(&o, question, 1, SCAN_FIRST, 19);
	}
	ck_assert(!next(&o));
}
END_TEST

START_TEST(with_one_setting_units_are_asked_as_they_are)
{
	struct scan_order o = {
	    .question_count = 2, .setting_count = 1, .unit_count = 40};

	expect(&o, 0, 0, 0, 39);
	expect(&o, 1, 0, 0, 39);
	ck_assert(!next(&o));
}
END_TEST

START_TEST(who_is_there_settles_the_line)
{
	struct scan_order o = {
	    .question_count = 2, .setting_count = 3, .unit_count = 20};

	expect(&o, 0, 0, 0, SCAN_FIRST - 1);
	expect(&o, 0, 1, 0, 4);
	o.there[4] = true;
	o.settled = true;
	expect(&o, 0, 1, 5, 19);
	expect(&o, 1, 1, 0, 3);
	expect(&o, 1, 1, 5, 19);
	ck_assert(!next(&o));
}
END_TEST

START_TEST(a_setting_that_cannot_be_had_is_left_out)
{
	struct scan_order o = {
	    .question_count = 1, .setting_count = 3, .unit_count = 2};

	expect(&o, 0, 0, 0, 0);
	o.dropped[0] = true;
	o.dropped[2] = true;
	expect(&o, 0, 1, 0, 1);
	ck_assert(!next(&o));
	o = (struct scan_order){.question_count = 5,
	    .setting_count = 1,
	    .unit_count = 2,
	    .dropped = {true}};
	ck_assert(!next(&o));
}
END_TEST

START_TEST(the_time_that_is_left_is_told)
{
	struct scan_order o = {
	    .question_count = 2, .setting_count = 2, .unit_count = 20};
	struct scan_cost c = {.open_ms = 1000, .ask_ms = {10, 1}};

	/* eight times another setting, 40 questions at each */
	ck_assert_int_eq(scan_order_left_ms(&o, &c), 8000 + 400 + 40);
	expect(&o, 0, 0, 0, 15);
	ck_assert_int_eq(scan_order_left_ms(&o, &c), 7000 + 400 + 40 - 160);
	expect(&o, 0, 1, 0, 0);
	o.there[0] = o.settled = true;
	ck_assert_int_eq(scan_order_left_ms(&o, &c), 19 + 19);
}
END_TEST

/* ---- profiles ---- */

static char folder[64];

static void
write_profile(const char *sub, const char *name, const char *identity)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, sub);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/meter", folder, sub);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/meter/%s.yaml", folder, sub, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
	    "profile: meter/%s\ntitle: {zh: 电表, en: Meter %s}\nkind: "
	    "feeder\nverified: B\nsource: x\n%spoints:\n"
	    "  p: {at: \"holding:2\", every: 1s}\n",
	    name, name, identity);
	fclose(f);
}

static struct scan_known *
read_known(void)
{
	static char one[80], two[80];
	const char *const folders[] = {one, "/nowhere", two, NULL};

	snprintf(one, sizeof(one), "%s/one", folder);
	snprintf(two, sizeof(two), "%s/two", folder);
	return scan_known_read(folders);
}

static void
setup(void)
{
	char command[128];

	strcpy(folder, "/tmp/riser-scan-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_profile("one", "same", "");
	write_profile("one", "b",
	    "identity: {at: \"holding:89\", between: [100, 200]}\n");
	write_profile("one", "a",
	    "identity: {at: \"holding:89\", between: [150, 150]}\n");
	write_profile("two", "text",
	    "identity: {at: \"holding:7\", type: \"ascii:4\", begins: PM5}\n");
	write_profile(
	    "two", "same", "identity: {at: \"input:3\", between: [1, 2]}\n");
	write_profile("two", "wrong", "identity: {at: \"holding:89\"}\n");
	snprintf(command, sizeof(command), "%s/two/README.md", folder);
	fclose(fopen(command, "w"));
	tongue_set("en");
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(profiles_are_found_and_the_first_of_a_name_holds)
{
	struct scan_known *k = read_known();

	ck_assert_uint_eq(k->profile_count, 3);
	ck_assert_str_eq(k->profiles[0]->name, "meter/a");
	ck_assert_str_eq(k->profiles[1]->name, "meter/b");
	ck_assert_str_eq(k->profiles[2]->name, "meter/text");
	ck_assert_uint_eq(k->other_count, 1);
	ck_assert_uint_eq(k->broken_count, 1);
	ck_assert_ptr_nonnull(strstr(k->broken, "two/meter/wrong.yaml"));
	ck_assert_uint_eq(k->place_count, 2); /* 89 once */
	scan_known_free(k);
}
END_TEST

START_TEST(profiles_behind_a_link_are_found)
{
	char real[80], link[80];
	struct scan_known *k;

	snprintf(link, sizeof(link), "%s/one", folder);
	snprintf(real, sizeof(real), "%s/real", folder);
	ck_assert_int_eq(rename(link, real), 0);
	ck_assert_int_eq(symlink(real, link), 0);
	k = read_known();
	ck_assert_uint_eq(k->profile_count, 3);
	scan_known_free(k);
}
END_TEST

START_TEST(an_identity_fits_its_own_place_and_range)
{
	struct scan_known *k = read_known();
	struct scan_place at = {SPACE_HOLDING, 89, 1};
	struct scan_place input = {SPACE_INPUT, 89, 1};
	struct scan_place text = {SPACE_HOLDING, 7, 2};
	struct driver_reply r = {.word_count = 1, .words = {150}};

	ck_assert(scan_known_fits(k->profiles[0], &at, &r));
	ck_assert(scan_known_fits(k->profiles[1], &at, &r));
	ck_assert(!scan_known_fits(k->profiles[2], &at, &r));
	ck_assert(!scan_known_fits(k->profiles[0], &input, &r));
	r.words[0] = 151;
	ck_assert(!scan_known_fits(k->profiles[0], &at, &r));
	ck_assert(scan_known_fits(k->profiles[1], &at, &r));
	r = (struct driver_reply){.word_count = 2, .words = {0x504d, 0x3555}};
	ck_assert(scan_known_fits(k->profiles[2], &text, &r));
	r.words[0] = 0x514d;
	ck_assert(!scan_known_fits(k->profiles[2], &text, &r));
	scan_known_free(k);
}
END_TEST

/* ---- what is shown ---- */

static struct scan_known *known;
static struct scan *scanned;

static void
setup_scan(void)
{
	setup();
	known = read_known();
	scanned = scan_new(known);
	scanned->setting_count = 2;
	for (size_t i = 0; i < 2; i++) {
		struct scan_setting *t = &scanned->settings[i];

		snprintf(t->url, sizeof(t->url),
		    "rtu:///dev/a \"b\"?baud=%u&parity=N&stop=1",
		    i == 0 ? 9600 : 19200);
		t->line = (struct driver_line){.scheme = "rtu",
		    .path = "/dev/a",
		    .baud = i == 0 ? 9600 : 19200,
		    .parity = 'N',
		    .stop_bits = 1,
		    .timeout_ms = 200};
		t->worked = true;
	}
	ck_assert_ptr_null(scan_units_read("1-247", 1, 247, &scanned->units));
	scan_prepare(scanned);
}

static void
teardown_scan(void)
{
	scan_free(scanned);
	scan_known_free(known);
	teardown();
}

/* fits: how many of the known ones. */
static void
add_found(uint8_t unit, size_t fits)
{
	struct scan_found *f;

	scanned->found =
	    must_grow(scanned->found, scanned->found_count + 1, sizeof(*f));
	f = &scanned->found[scanned->found_count++];
	*f = (struct scan_found){.unit = unit, .index = unit - 1u};
	f->answers = must_alloc(2, sizeof(*f->answers));
	f->answers[f->answer_count++] = (struct scan_answer){
	    {SPACE_HOLDING, 0, 1}, DRIVER_EXCEPTION, {.exception = 2}};
	f->answers[f->answer_count++] =
	    (struct scan_answer){{SPACE_HOLDING, 89, 1}, DRIVER_OK,
		{.word_count = 1, .words = {150}}};
	f->fits = must_alloc(known->profile_count, sizeof(const void *));
	while (f->fit_count < fits) {
		f->fits[f->fit_count] = known->profiles[f->fit_count];
		f->fit_count++;
	}
	scanned->order.there[unit - 1] = scanned->order.settled = true;
}

static void
accept(const char *yaml)
{
	char file[128];
	struct conf *c;

	snprintf(file, sizeof(file), "%s/riser.yaml", folder);
	c = conf_read_text(file, yaml, strlen(yaml), stderr);
	ck_assert_msg(c != NULL, "%s", yaml);
	conf_free(c);
}

START_TEST(the_yaml_is_a_configuration)
{
	struct buf b = {0};
	char from[80], to[80];

	snprintf(from, sizeof(from), "%s/one", folder);
	snprintf(to, sizeof(to), "%s/profiles", folder);
	ck_assert_int_eq(rename(from, to), 0);
	add_found(3, 2);
	add_found(4, 1);
	add_found(9, 0);
	scan_yaml(scanned, &b);
	accept(b.data);
	ck_assert_ptr_nonnull(strstr(b.data,
	    "\ndevices:\n  - {id: feeder-4, profile: meter/a, bus: line-1, "
	    "unit: 4}\n"));
	ck_assert_ptr_nonnull(strstr(b.data,
	    "#   - {id: feeder-3, profile: meter/a, bus: line-1, unit: 3}\n"
	    "#   - {id: feeder-3, profile: meter/b, bus: line-1, unit: 3}\n"
	    "#   - {id: unit-9, profile: ..., bus: line-1, unit: 9}\n"));
	ck_assert_ptr_nonnull(strstr(b.data, "\"rtu:///dev/a \\\"b\\\"?baud="));
	buf_free(&b);
}
END_TEST

START_TEST(so_is_that_of_strangers)
{
	struct buf b = {0};

	add_found(9, 0);
	scan_yaml(scanned, &b);
	accept(b.data);
	ck_assert_ptr_nonnull(strstr(b.data, "\n# devices:\n"));
	buf_free(&b);
}
END_TEST

static size_t
columns_of(const char *p)
{
	size_t columns = 0, len;

	for (; *p != '\0'; p += len) {
		len = utf8_char(p, strlen(p));
		columns += (size_t)utf8_columns(p, len);
	}
	return columns;
}

START_TEST(the_progress_fits_a_terminal)
{
	int64_t whole_ms = scan_left_ms(scanned);

	for (unsigned i = 0; i < 247; i++) {
		for (int zh = 0; zh < 2; zh++) {
			struct buf b = {0};

			tongue_set(zh == 1 ? "zh" : "en");
			scanned->settings[0].line.baud = 115200;
			scan_show_progress(scanned, whole_ms, &b);
			ck_assert_msg(columns_of(b.data) < 80, "%s", b.data);
			buf_free(&b);
		}
		ck_assert(scan_order_next(&scanned->order));
		add_found((uint8_t)(i + 1), 0);
	}
	tongue_set("en");
}
END_TEST

START_TEST(the_progress_says_how_far_it_is)
{
	int64_t whole_ms = scan_left_ms(scanned);
	struct buf b = {0};

	ck_assert(scan_order_next(&scanned->order));
	scan_show_progress(scanned, whole_ms, &b);
	ck_assert_ptr_nonnull(
	    strstr(b.data, "[................] 9600 8N1 unit 1, found 0,"));
	buf_clear(&b);
	add_found(1, 0);
	while (scan_order_next(&scanned->order))
		;
	scanned->order.unit = 246;
	scan_show_progress(scanned, whole_ms, &b);
	ck_assert_ptr_nonnull(strstr(b.data, "[################] 9600"));
	ck_assert_ptr_nonnull(strstr(b.data, "found 1: 1, 0 s left"));
	buf_free(&b);
}
END_TEST

static const char *
troubles(void)
{
	static struct buf b;

	buf_clear(&b);
	buf_puts(&b, "");
	scan_troubles(scanned, &b);
	return b.data;
}

START_TEST(a_quiet_line_is_no_trouble)
{
	known->broken_count = 0;
	add_found(3, 1);
	ck_assert_str_eq(troubles(), "");
}
END_TEST

START_TEST(a_profile_that_may_fit_better_is_told)
{
	ck_assert_str_eq(troubles(), "");
	add_found(3, 1);
	ck_assert_ptr_nonnull(strstr(troubles(), "mistakes: 1 profiles"));
	ck_assert_ptr_nonnull(strstr(troubles(), "two/meter/wrong.yaml"));
}
END_TEST

START_TEST(a_unit_that_is_always_damaged_is_told)
{
	add_found(3, 1);
	scanned->asked[0][6] = 2;
	scanned->heard[0][6] = 2;
	scanned->asked[0][7] = 2;
	scanned->heard[0][7] = 1; /* a disturbance */
	scanned->asked[1][8] = 1; /* at a setting that is not the line's */
	scanned->heard[1][8] = 1;
	ck_assert_ptr_nonnull(strstr(troubles(), "unit 7 at 9600 8N1: "));
	ck_assert_ptr_nonnull(strstr(troubles(), "two devices"));
	ck_assert_ptr_null(strstr(troubles(), "unit 8"));
	ck_assert_ptr_null(strstr(troubles(), "unit 9"));
}
END_TEST

START_TEST(with_nobody_there_each_setting_is_told)
{
	scanned->asked[1][8] = 1;
	scanned->heard[1][8] = 1;
	ck_assert_ptr_nonnull(strstr(troubles(), "unit 9 at 19200 8N1: "));
}
END_TEST

START_TEST(an_echo_is_told_once_and_not_for_each_unit)
{
	scanned->settings[0].asked = scanned->settings[0].heard = 247;
	for (size_t i = 0; i < 247; i++)
		scanned->asked[0][i] = scanned->heard[0][i] = 1;
	ck_assert_ptr_nonnull(strstr(troubles(), "9600 8N1: whoever is asked"));
	ck_assert_ptr_nonnull(strstr(troubles(), "echo"));
	ck_assert_ptr_null(strstr(troubles(), "unit"));
}
END_TEST

START_TEST(what_stopped_it_is_told)
{
	scanned->stop = 1;
	ck_assert_ptr_nonnull(strstr(troubles(), "stopped before"));
	scanned->stop = 0;
	scanned->order.dropped[1] = true;
	strcpy(scanned->settings[1].why, "the port does not take this");
	ck_assert_ptr_nonnull(
	    strstr(troubles(), "19200 8N1: the port does not take this"));
}
END_TEST

START_TEST(the_document_is_one)
{
	struct buf b = {0};
	json_t *doc, *found;

	add_found(3, 2);
	scanned->asked[0][6] = scanned->heard[0][6] = 1;
	scanned->stop = 1;
	scan_json(scanned, "rtu:///dev/a", &b);
	doc = json_loads(b.data, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(doc);
	ck_assert(!json_is_true(json_object_get(doc, "complete")));
	ck_assert_int_eq(
	    json_integer_value(json_object_get(doc, "baud")), 9600);
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "troubles")), 3);
	found = json_array_get(json_object_get(doc, "found"), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(found, "unit")), 3);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(found, "profiles")), 2);
	json_decref(doc);
	buf_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("scan");
	TCase *plain = tcase_create("units and order");
	TCase *profiles = tcase_create("profiles");
	TCase *shown = tcase_create("shown");

	tcase_add_test(plain, units_are_numbers_and_ranges);
	tcase_add_test(plain, units_that_are_none_are_refused);
	tcase_add_test(plain, the_first_units_come_first_at_each_setting);
	tcase_add_test(plain, with_one_setting_units_are_asked_as_they_are);
	tcase_add_test(plain, who_is_there_settles_the_line);
	tcase_add_test(plain, a_setting_that_cannot_be_had_is_left_out);
	tcase_add_test(plain, the_time_that_is_left_is_told);
	suite_add_tcase(s, plain);
	tcase_add_checked_fixture(profiles, setup, teardown);
	tcase_add_test(
	    profiles, profiles_are_found_and_the_first_of_a_name_holds);
	tcase_add_test(profiles, profiles_behind_a_link_are_found);
	tcase_add_test(profiles, an_identity_fits_its_own_place_and_range);
	suite_add_tcase(s, profiles);
	tcase_add_checked_fixture(shown, setup_scan, teardown_scan);
	tcase_add_test(shown, the_yaml_is_a_configuration);
	tcase_add_test(shown, so_is_that_of_strangers);
	tcase_add_test(shown, the_progress_fits_a_terminal);
	tcase_add_test(shown, the_progress_says_how_far_it_is);
	tcase_add_test(shown, a_quiet_line_is_no_trouble);
	tcase_add_test(shown, a_profile_that_may_fit_better_is_told);
	tcase_add_test(shown, a_unit_that_is_always_damaged_is_told);
	tcase_add_test(shown, with_nobody_there_each_setting_is_told);
	tcase_add_test(shown, an_echo_is_told_once_and_not_for_each_unit);
	tcase_add_test(shown, what_stopped_it_is_told);
	tcase_add_test(shown, the_document_is_one);
	suite_add_tcase(s, shown);
	return suite_run(s);
}
