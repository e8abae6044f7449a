/* test_changes.c - points whose changes are events, and those that flap */
#include "gateway/changes.h"
#include "gateway/events.h"
#include "gateway/store/chronicle.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

#define PROFILE                                                                \
	"profile: p\nkind: elevator\npoints:\n"                                \
	"  fault_raw: {at: \"holding:0\"}\n"                                   \
	"  service_mode: {at: \"holding:1\"}\n"                                \
	"  floor_label: {at: \"holding:2\", type: \"ascii:4\", journal: "      \
	"true}\n"                                                              \
	"  moving: {at: \"coil:0\"}\n"                                         \
	"faults:\n"                                                            \
	"  41: {code: SAFETY_CHAIN, severity: P2, text: {zh: 断开, en: "     \
	"open}}\n"                                                             \
	"  48: {code: DOOR_OPEN, severity: P2, text: {zh: 门, en: door}}\n"   \
	"  49: {code: DOOR_OPEN, severity: P3, text: {zh: 门二, en: door "   \
	"two}}\n"
#define LIFTS                                                                  \
	DEVICES "  - {id: a, profile: p, bus: net, unit: 1}\n"                 \
		"  - {id: b, profile: p, bus: net, unit: 2}\n"

enum { NORMAL = 1, INSPECTION = 2 }; /* of service_mode */
enum { NONE = 0, CHAIN = 1, DOOR = 3, OTHER = 99 }; /* of fault_code */

/* ---- what the log would say ---- */

static struct conf *conf;
static struct catalog *catalog;
static struct changes *changes;
static struct reading readings[8];
static struct batch batch;
static int64_t now_ms;
static bool refuses;
static char told_events[2048];
static unsigned event_count;

static double
number(const struct value *v)
{
	return v != NULL ? value_number(v) : -1;
}

/* "a/service_mode 1>2," and behind it " raw 41", " 断开" and " x3". */
uint64_t
events_change(
    struct journal *log, const struct stamp *at, const struct events_change *c)
{
	size_t len = strlen(told_events);
	char *out = told_events + len;
	size_t room = sizeof(told_events) - len;
	int n;

	(void)log;
	ck_assert_int_eq(at->mono_ms, now_ms);
	if (refuses)
		return 0;
	n = snprintf(out, room, "%s/%s %g>%g", c->device, c->point->name,
	    number(c->from), number(c->to));
	if (c->raw != NULL) {
		ck_assert_str_eq(c->raw_point->name, "fault_raw");
		n += snprintf(
		    out + n, room - (size_t)n, " raw %g", number(c->raw));
	}
	if (c->text.zh != NULL)
		n += snprintf(out + n, room - (size_t)n, " %s", c->text.zh);
	if (c->changes > 1)
		n += snprintf(out + n, room - (size_t)n, " x%u", c->changes);
	snprintf(out + n, room - (size_t)n, ",");
	event_count++;
	return event_count;
}

static void
assert_events(const char *expected)
{
	ck_assert_str_eq(told_events, expected);
	told_events[0] = '\0';
}

/* ---- what is read ---- */

static void
start(void)
{
	make_dir();
	conf = read_with(PROFILE, LIFTS);
	catalog = conf_catalog(conf);
	changes = changes_new(conf, catalog, NULL, NULL);
	now_ms = 3600000;
	refuses = false;
	event_count = 0;
	told_events[0] = '\0';
	batch = (struct batch){.readings = readings};
}

static void
stop(void)
{
	changes_free(changes);
	catalog_unref(catalog);
	conf_free(conf);
	remove_dir();
}

static struct reading *
add(const char *point)
{
	struct reading *r = &readings[batch.count++];
	int i = device_find(&catalog->devices[batch.device], point);

	ck_assert_int_ge(i, 0);
	*r = (struct reading){
	    .point = (uint16_t)i, .quality.code = QUALITY_GOOD};
	return r;
}

static void
take(void)
{
	batch.at.mono_ms = now_ms;
	changes_take(changes, &batch);
	batch.count = 0;
}

static void
add_mode(int64_t mode)
{
	add("service_mode")->value =
	    (struct value){.type = VALUE_ENUM, .i = mode};
}

static void
take_mode(int64_t mode)
{
	add_mode(mode);
	take();
}

/* Together, as a request brings them, the code computed last. */
static void
take_fault(uint64_t raw, int64_t code)
{
	add("fault_raw")->value = (struct value){.type = VALUE_U64, .u = raw};
	add("fault_code")->value =
	    (struct value){.type = VALUE_ENUM, .i = code};
	take();
}

static void
take_bad(const char *point)
{
	add(point)->quality.code = QUALITY_BAD_TIMEOUT;
	take();
}

/* ---- changes ---- */

START_TEST(a_change_of_a_good_value_is_told_once)
{
	take_mode(NORMAL);
	take_mode(NORMAL);
	take_mode(INSPECTION);
	take_mode(INSPECTION);
	take_mode(NORMAL);
	assert_events("a/service_mode 1>2,a/service_mode 2>1,");
}
END_TEST

START_TEST(the_first_value_after_a_start_is_no_news)
{
	take_mode(INSPECTION);
	assert_events("");
}
END_TEST

START_TEST(what_is_bad_meanwhile_is_no_change)
{
	take_mode(NORMAL);
	take_bad("service_mode");
	take_mode(NORMAL);
	assert_events("");
	take_bad("service_mode");
	take_mode(INSPECTION);
	assert_events("a/service_mode 1>2,");
}
END_TEST

START_TEST(what_is_only_uncertain_is_no_change)
{
	take_mode(NORMAL);
	add_mode(INSPECTION);
	readings[0].quality.code = QUALITY_UNCERTAIN_CLOCK;
	take();
	assert_events("");
}
END_TEST

START_TEST(a_text_is_journalled_if_its_point_says_so)
{
	struct value *v = &add("floor_label")->value;

	*v = (struct value){.type = VALUE_TEXT, .text = "G"};
	take();
	v = &add("floor_label")->value;
	*v = (struct value){.type = VALUE_TEXT, .text = "1"};
	take();
	assert_events("a/floor_label nan>nan,");
}
END_TEST

START_TEST(who_does_not_ask_for_it_is_not_told)
{
	for (int i = 0; i < 4; i++) {
		add("moving")->value =
		    (struct value){.type = VALUE_BOOL, .u = i % 2 != 0};
		take();
	}
	assert_events("");
}
END_TEST

START_TEST(each_device_has_its_own)
{
	take_mode(NORMAL);
	batch.device = 1;
	take_mode(INSPECTION);
	assert_events("");
	take_mode(NORMAL);
	assert_events("b/service_mode 2>1,");
}
END_TEST

/* ---- faults ---- */

START_TEST(a_fault_is_told_with_its_makers_number_and_words)
{
	take_fault(0, NONE);
	take_fault(41, CHAIN);
	take_fault(0, NONE);
	assert_events("a/fault_code 0>1 raw 41 断开,"
		      "a/fault_code 1>0 raw 0 无故障,");
}
END_TEST

START_TEST(a_number_in_no_row_is_told_as_such)
{
	take_fault(0, NONE);
	take_fault(77, OTHER);
	take_fault(78, OTHER);
	assert_events("a/fault_code 0>99 raw 77 其他故障,"
		      "a/fault_code 99>99 raw 78 其他故障,");
}
END_TEST

START_TEST(another_number_of_the_same_code_is_another_fault)
{
	take_fault(48, DOOR);
	take_fault(49, DOOR);
	assert_events("a/fault_code 3>3 raw 49 门二,");
}
END_TEST

START_TEST(a_number_that_is_bad_is_not_told)
{
	take_fault(0, NONE);
	add("fault_raw")->quality.code = QUALITY_BAD_DECODE;
	add("fault_code")->value =
	    (struct value){.type = VALUE_ENUM, .i = DOOR};
	take();
	assert_events("a/fault_code 0>3 开门故障,");
}
END_TEST

/* ---- flapping ---- */

static void
flap(int count)
{
	for (int i = 0; i < count; i++) {
		take_mode(i % 2 ? NORMAL : INSPECTION);
		now_ms += 100;
	}
}

START_TEST(
    a_point_that_flaps_tells_ten_events_a_minute_and_how_many_it_left_out)
{
	take_mode(NORMAL);
	flap(101);
	ck_assert_uint_eq(event_count, CHANGES_A_MINUTE);
	told_events[0] = '\0';
	now_ms += 60000;
	take_mode(INSPECTION); /* as it was left */
	assert_events("a/service_mode 1>2 x91,");
	take_mode(INSPECTION);
	assert_events("");
	take_mode(NORMAL);
	assert_events("a/service_mode 2>1,");
}
END_TEST

START_TEST(a_day_of_flapping_is_bounded)
{
	take_mode(NORMAL);
	flap(2 * 600);
	ck_assert_uint_le(event_count, 3 * CHANGES_A_MINUTE);
	ck_assert_uint_ge(event_count, 2 * CHANGES_A_MINUTE);
}
END_TEST

START_TEST(a_point_that_flaps_leaves_the_others_their_events)
{
	take_fault(0, NONE);
	take_mode(NORMAL);
	flap(50);
	told_events[0] = '\0';
	take_fault(41, CHAIN);
	assert_events("a/fault_code 0>1 raw 41 断开,");
}
END_TEST

START_TEST(what_the_log_does_not_take_is_told_when_it_does)
{
	take_mode(NORMAL);
	refuses = true;
	flap(4);
	take_mode(INSPECTION);
	refuses = false;
	assert_events("");
	take_mode(INSPECTION);
	assert_events("a/service_mode 1>2 x5,");
}
END_TEST

/* ---- reload ---- */

static void
reload(const char *profile, const char *text)
{
	struct conf *next = read_with(profile, text);
	struct catalog *names = conf_catalog(next);
	struct changes *now = changes_new(next, names, NULL, changes);

	stop();
	make_dir();
	conf = next;
	catalog = names;
	changes = now;
}

START_TEST(a_reload_forgets_nothing_of_a_point_of_the_same_name)
{
	batch.device = 1;
	take_mode(NORMAL);
	flap(11);
	told_events[0] = '\0';
	reload(PROFILE, DEVICES "  - {id: b, profile: p, bus: net, unit: 2}\n");
	batch.device = 0;
	take_mode(INSPECTION);
	assert_events(""); /* its minute goes on */
	now_ms += 60000;
	take_mode(NORMAL);
	assert_events("b/service_mode 1>1 x2,");
}
END_TEST

START_TEST(a_point_that_is_read_elsewhere_begins_anew)
{
	take_mode(NORMAL);
	reload(PROFILE, DEVICES "  - {id: a, profile: p, bus: net, unit: 7}\n");
	take_mode(INSPECTION);
	assert_events("");
}
END_TEST

START_TEST(a_point_that_was_not_journalled_begins_anew)
{
	reload(PROFILE,
	    DEVICES "  - {id: a, profile: p, bus: net, unit: 1, points: "
		    "{service_mode: {journal: false}}}\n");
	take_mode(NORMAL);
	take_mode(INSPECTION);
	assert_events("");
	reload(PROFILE, LIFTS);
	take_mode(NORMAL);
	assert_events("");
	take_mode(INSPECTION);
	assert_events("a/service_mode 1>2,");
}
END_TEST

/* ---- restart ---- */

static const char *told_before;

int
chronicle_journal(const char *path, const struct chronicle_query *q,
    struct buf *out, struct err *err)
{
	(void)err;
	ck_assert_str_eq(path, "store");
	ck_assert_str_eq(q->type, "change");
	buf_printf(out, "{\"events\":[%s],\"next\":null}", told_before);
	return 0;
}

static void
restart(const char *events)
{
	told_before = events;
	changes_free(changes);
	changes = changes_new(conf, catalog, NULL, NULL);
	changes_restore(changes, "store");
}

#define CHANGE(point, to)                                                      \
	"{\"device\":\"a\",\"point\":\"" point                                 \
	"\",\"from\":\"normal\",\"to\":" to "}"

START_TEST(what_changes_over_a_restart_is_told)
{
	restart(CHANGE("service_mode", "\"inspection\"") "," CHANGE(
	    "service_mode", "\"normal\"") "," CHANGE("floor_label", "\"B1\""));
	take_mode(INSPECTION);
	assert_events("");
	take_mode(NORMAL);
	assert_events("a/service_mode 2>1,");
	restart(CHANGE("service_mode", "\"inspection\""));
	take_mode(NORMAL);
	assert_events("a/service_mode 2>1,");
	restart(CHANGE("service_mode", "6"));
	take_mode(NORMAL);
	assert_events("a/service_mode 6>1,");
}
END_TEST

START_TEST(a_fault_that_is_another_after_a_restart_is_told)
{
	restart("{\"device\":\"a\",\"point\":\"fault_code\",\"to\":"
		"\"DOOR_OPEN\",\"raw\":48}");
	take_fault(48, DOOR);
	assert_events("");
	take_fault(49, DOOR);
	assert_events("a/fault_code 3>3 raw 49 门二,");
}
END_TEST

/* Of another configuration, or of a newer gateway. */
static const char *const strange[] = {CHANGE("service_mode", "\"flying\""),
    CHANGE("service_mode", "true"), CHANGE("service_mode", "1.5"),
    CHANGE("service_mode", "null"), CHANGE("moving", "true"),
    CHANGE("speed", "1"), "{}", "3", "{\"device\":3,\"point\":[]}",
    "{\"device\":\"c\",\"point\":\"service_mode\",\"to\":\"inspection\"}"};

START_TEST(what_is_no_value_of_a_point_is_not_what_it_was_before)
{
	restart(strange[_i]);
	take_mode(NORMAL);
	assert_events("");
	take_mode(INSPECTION);
	assert_events("a/service_mode 1>2,");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("changes");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, a_change_of_a_good_value_is_told_once);
	tcase_add_test(t, the_first_value_after_a_start_is_no_news);
	tcase_add_test(t, what_is_bad_meanwhile_is_no_change);
	tcase_add_test(t, what_is_only_uncertain_is_no_change);
	tcase_add_test(t, a_text_is_journalled_if_its_point_says_so);
	tcase_add_test(t, who_does_not_ask_for_it_is_not_told);
	tcase_add_test(t, each_device_has_its_own);
	tcase_add_test(t, a_fault_is_told_with_its_makers_number_and_words);
	tcase_add_test(t, a_number_in_no_row_is_told_as_such);
	tcase_add_test(t, another_number_of_the_same_code_is_another_fault);
	tcase_add_test(t, a_number_that_is_bad_is_not_told);
	tcase_add_test(t,
	    a_point_that_flaps_tells_ten_events_a_minute_and_how_many_it_left_out);
	tcase_add_test(t, a_day_of_flapping_is_bounded);
	tcase_add_test(t, a_point_that_flaps_leaves_the_others_their_events);
	tcase_add_test(t, what_the_log_does_not_take_is_told_when_it_does);
	tcase_add_test(t, a_reload_forgets_nothing_of_a_point_of_the_same_name);
	tcase_add_test(t, a_point_that_is_read_elsewhere_begins_anew);
	tcase_add_test(t, a_point_that_was_not_journalled_begins_anew);
	tcase_add_test(t, what_changes_over_a_restart_is_told);
	tcase_add_test(t, a_fault_that_is_another_after_a_restart_is_told);
	tcase_add_loop_test(t,
	    what_is_no_value_of_a_point_is_not_what_it_was_before, 0,
	    ROWS(strange));
	suite_add_tcase(s, t);
	return suite_run(s);
}
