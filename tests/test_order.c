/* test_order.c - what a person wants of an alarm, from a foreign text */
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/order.h"
#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define KEY "lift-3-1/entrapment"

static bool
read_order(struct order *o, enum order_verb verb, const char *alarm,
    const char *text, char why[ORDER_WHY_MAX])
{
	*o = (struct order){.verb = (uint8_t)verb};
	return order_read(o, alarm, text, strlen(text), why);
}

static struct order
taken(enum order_verb verb, const char *alarm, const char *text)
{
	struct order o;
	char why[ORDER_WHY_MAX];

	ck_assert_msg(
	    read_order(&o, verb, alarm, text, why), "%s: %s", text, why);
	ck_assert_str_eq(why, "");
	ck_assert_uint_eq(o.verb, verb);
	return o;
}

/* ---- verbs ---- */

START_TEST(a_verb_is_known_by_its_name)
{
	int count = 0;

	while (order_verb_names[count] != NULL) {
		ck_assert_int_eq(order_verb(order_verb_names[count]), count);
		count++;
	}
	ck_assert_int_eq(count, ORDER_VERBS);
	ck_assert_int_eq(order_verb("out-of-service"), ORDER_OUT);
	ck_assert_int_eq(order_verb(""), -1);
	ck_assert_int_eq(order_verb("ACK"), -1);
	ck_assert_int_eq(order_verb("acknowledge"), -1);
}
END_TEST

/* ---- what is taken ---- */

START_TEST(an_order_says_who_and_of_which_alarm)
{
	struct order o = taken(ORDER_ACK, NULL,
	    "{\"alarm\":\"" KEY "\",\"by\":\"Wang\",\"note\":\"on my way\"}");

	ck_assert_str_eq(o.alarm, KEY);
	ck_assert_str_eq(o.by, "Wang");
	ck_assert_str_eq(o.note, "on my way");
	ck_assert_int_eq(o.for_ms, 0);
}
END_TEST

START_TEST(an_address_names_the_alarm)
{
	struct order o = taken(ORDER_RESPOND, KEY, "{\"by\":\"王师傅\"}");

	ck_assert_str_eq(o.alarm, KEY);
	ck_assert_str_eq(o.by, "王师傅");
	ck_assert_str_eq(o.note, "");
	o = taken(ORDER_RESPOND, KEY,
	    " {\"by\" : \"Wang\" ,\n\"alarm\":\"" KEY "\"}\n");
	ck_assert_str_eq(o.alarm, KEY);
}
END_TEST

START_TEST(a_note_has_lines)
{
	struct order o = taken(ORDER_NOTE, KEY,
	    "{\"by\":\"Wang\",\"note\":\"door\\n\\\"mended\\\"\\t\\u56f0\"}");

	ck_assert_str_eq(o.note, "door\n\"mended\"\t困");
}
END_TEST

#define CUT "tx-3/power_cut"

START_TEST(a_check_says_which_car)
{
	char text[ORDER_KEY_MAX + 64], id[ORDER_KEY_MAX];
	struct order o = taken(ORDER_CHECK, CUT,
	    "{\"by\":\"Wang\",\"car\":\"lift-7-2\",\"note\":\"empty\"}");

	ck_assert_str_eq(o.alarm, CUT);
	ck_assert_str_eq(o.car, "lift-7-2");
	ck_assert_str_eq(o.note, "empty");
	o = taken(ORDER_CHECK, NULL,
	    "{\"alarm\":\"" CUT "\",\"by\":\"Wang\",\"car\":\"7_2\"}");
	ck_assert_str_eq(o.car, "7_2");
	ck_assert_str_eq(o.note, "");
	memset(id, 'a', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"by\":\"Wang\",\"car\":\"%s\"}", id);
	o = taken(ORDER_CHECK, CUT, text);
	ck_assert_str_eq(o.car, id);
	o = taken(ORDER_ACK, CUT, "{\"by\":\"Wang\"}");
	ck_assert_str_eq(o.car, "");
}
END_TEST

static const struct {
	const char *text;
	int64_t ms;
} times[] = {
    {"1s", 1000},
    {"90s", 90000},
    {"30m", 1800000},
    {"2h", 7200000},
    {"8h", 28800000},
    {"30d", INT64_C(2592000000)},
};

START_TEST(a_shelf_has_a_time)
{
	char text[128];

	snprintf(text, sizeof(text),
	    "{\"by\":\"Wang\",\"note\":\"door\",\"for\":\"%s\"}",
	    times[_i].text);
	ck_assert_int_eq(taken(ORDER_SHELVE, KEY, text).for_ms, times[_i].ms);
}
END_TEST

START_TEST(a_shelf_needs_no_time)
{
	struct order o =
	    taken(ORDER_SHELVE, KEY, "{\"by\":\"Wang\",\"note\":\"door\"}");

	ck_assert_int_eq(o.for_ms, 0);
}
END_TEST

START_TEST(a_name_and_a_note_may_fill_their_room)
{
	char text[ORDER_TEXT_MAX], by[ORDER_BY_MAX], note[ORDER_NOTE_MAX];
	struct order o;

	memset(by, 'b', sizeof(by));
	memset(note, 'n', sizeof(note));
	by[sizeof(by) - 1] = note[sizeof(note) - 1] = '\0';
	snprintf(
	    text, sizeof(text), "{\"by\":\"%s\",\"note\":\"%s\"}", by, note);
	o = taken(ORDER_RESET, KEY, text);
	ck_assert_str_eq(o.by, by);
	ck_assert_str_eq(o.note, note);
}
END_TEST

START_TEST(only_some_verbs_need_a_note)
{
	static const bool needed[ORDER_VERBS] = {[ORDER_SHELVE] = true,
	    [ORDER_NOTE] = true,
	    [ORDER_RESET] = true,
	    [ORDER_OUT] = true};
	const char *text = _i == ORDER_SHELVE
	    ? "{\"by\":\"Wang\",\"for\":\"30m\"}"
	    : _i == ORDER_CHECK ? "{\"by\":\"Wang\",\"car\":\"lift-7-2\"}"
				: "{\"by\":\"Wang\"}";
	struct order o;
	char why[ORDER_WHY_MAX];

	ck_assert_int_eq(
	    read_order(&o, (enum order_verb)_i, KEY, text, why), !needed[_i]);
}
END_TEST

/* ---- what is refused ---- */

#define BY "\"by\":\"Wang\""
#define FOR(text) "{" BY ",\"note\":\"x\",\"for\":" text "}"
#define CAR(text) "{" BY ",\"car\":" text "}"

/* The address is KEY where alarm is. */
static const struct {
	uint8_t verb;
	bool addressed;
	const char *text, *why;
} bad[] = {
    {ORDER_ACK, true, "", "the order is empty"},
    {ORDER_ACK, true, "Wang", "not JSON: line 1, column "},
    {ORDER_ACK, true, "{", "not JSON"},
    {ORDER_ACK, true, "{" BY "} x", "not JSON"},
    {ORDER_ACK, true, "{" BY ",}", "not JSON"},
    {ORDER_ACK, true, "{'by':'Wang'}", "not JSON"},
    {ORDER_ACK, true, "{\n\n\"by\":}", "not JSON: line 3, column "},
    {ORDER_ACK, true, "{\"by\":\"\xff\"}", "not JSON"},
    {ORDER_ACK, true, "{\"by\":\"\\ud800\"}", "not JSON"},
    {ORDER_ACK, true, "{\"by\":\"Wang\n\"}", "not JSON"},
    {ORDER_ACK, true, "{\"by\":99999999999999999999}", "not JSON"},
    {ORDER_ACK, true, "{\"by\":\"a\\u0000b\"}", "has a NUL"},
    {ORDER_ACK, true, "{" BY "," BY "}", "twice"},
    {ORDER_ACK, true, "[]", "is an object"},
    {ORDER_ACK, true, "[{" BY "}]", "is an object"},
    {ORDER_ACK, true, "\"Wang\"", "not JSON"},
    {ORDER_ACK, true, "null", "not JSON"},
    {ORDER_ACK, true, "{" BY ",\"notes\":\"x\"}",
	"there is no \"notes\" in an order"},
    {ORDER_ACK, true, "{" BY ",\"By\":\"x\"}", "there is a member"},
    {ORDER_ACK, true, "{" BY ",\"\":1}", "there is a member"},
    {ORDER_ACK, true, "{" BY ",\"\\u001b[2J\":1}", "there is a member"},
    {ORDER_ACK, true,
	"{" BY ",\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}",
	"there is a member"},
    {ORDER_ACK, true, "{}", "\"by\" is missing"},
    {ORDER_ACK, true, "{\"by\":\"\"}", "\"by\" is missing"},
    {ORDER_ACK, true, "{\"by\":\"  \"}", "\"by\" is missing"},
    {ORDER_ACK, true, "{\"by\":null}", "\"by\" is a text"},
    {ORDER_ACK, true, "{\"by\":7}", "\"by\" is a text"},
    {ORDER_ACK, true, "{\"by\":[\"Wang\"]}", "\"by\" is a text"},
    {ORDER_ACK, true,
	"{\"by\":\"0123456789012345678901234567890123456789012345678901234567"
	"890123\"}",
	"\"by\" is 64 bytes long, at most 63"},
    {ORDER_ACK, true, "{\"by\":\"Wang\\nLi\"}", "a name on one line"},
    {ORDER_ACK, true, "{\"by\":\"\\u001b[1m\"}", "a name on one line"},
    {ORDER_ACK, true, "{\"by\":\"\\u009b1m\"}", "a name on one line"},
    {ORDER_ACK, true, "{\"by\":\"\\u007f\"}", "a name on one line"},
    {ORDER_ACK, true, "{\"by\":\"\\\"Wang\\\"\"}", "without quotes"},
    {ORDER_ACK, true, "{\"by\":\"a\\\\b\"}", "without quotes"},
    {ORDER_ACK, true, "{" BY ",\"note\":{}}", "\"note\" is a text"},
    {ORDER_ACK, true, "{" BY ",\"note\":\"\\u0007\"}", "control characters"},
    {ORDER_ACK, true, "{" BY ",\"note\":\"\\r\\n\"}", "control characters"},
    {ORDER_ACK, true, "{" BY ",\"note\":\"\\u0080\"}", "control characters"},
    {ORDER_NOTE, true, "{" BY "}", "\"note\" is missing: write what"},
    {ORDER_NOTE, true, "{" BY ",\"note\":\" \\n\"}", "\"note\" is missing"},
    {ORDER_RESET, true, "{" BY "}", "\"note\" is missing: say why"},
    {ORDER_OUT, true, "{" BY ",\"note\":\"\"}", "\"note\" is missing: say"},
    {ORDER_SHELVE, true, "{" BY ",\"for\":\"2h\"}", "\"note\" is missing"},
    {ORDER_SHELVE, true, FOR("\"\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("null"), "\"for\" is a text"},
    {ORDER_SHELVE, true, FOR("30"), "\"for\" is a text"},
    {ORDER_SHELVE, true, FOR("\"30\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"m\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"0m\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"030m\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"-30m\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"30 m\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"1.5h\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"30min\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"500ms\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"2H\""), "\"for\" is a time"},
    {ORDER_SHELVE, true, FOR("\"31d\""), "at most 30d"},
    {ORDER_SHELVE, true, FOR("\"999999999d\""), "at most 30d"},
    {ORDER_SHELVE, true, FOR("\"9999999999s\""), "at most 30d"},
    {ORDER_ACK, true, "{" BY ",\"for\":\"2h\"}", "only for shelving"},
    {ORDER_UNSHELVE, true, "{" BY ",\"for\":null}", "only for shelving"},
    {ORDER_CHECK, true, "{" BY "}", "\"car\" is missing: say which lift"},
    {ORDER_CHECK, true, CAR("\"\""), "\"car\" is missing"},
    {ORDER_CHECK, true, CAR("null"), "\"car\" is a text"},
    {ORDER_CHECK, true, CAR("[\"lift-7-2\"]"), "\"car\" is a text"},
    {ORDER_CHECK, true, CAR("\"7-2 \""), "\"car\" is a lift's id"},
    {ORDER_CHECK, true, CAR("\"tx-3/lift-7-2\""), "\"car\" is a lift's id"},
    {ORDER_CHECK, true, CAR("\"-lift\""), "\"car\" is a lift's id"},
    {ORDER_CHECK, true, CAR("\"Lift\""), "\"car\" is a lift's id"},
    {ORDER_CHECK, true, CAR("\"电梯\""), "\"car\" is a lift's id"},
    {ORDER_CHECK, true, CAR("\"a\\u0000\""), "has a NUL"},
    {ORDER_CHECK, true, "{" BY ",\"car\":\"a\",\"for\":\"2h\"}",
	"only for shelving"},
    {ORDER_CHECK, false, CAR("\"lift-7-2\""), "\"alarm\" is missing"},
    {ORDER_RESCUE, true, CAR("\"lift-7-2\""), "\"car\" is only for check"},
    {ORDER_ACK, true, CAR("null"), "\"car\" is only for check"},
    {ORDER_ACK, true, "{" BY ",\"alarm\":\"lift-3-2/entrapment\"}",
	"another one than that of the address"},
    {ORDER_ACK, true, "{" BY ",\"alarm\":true}", "\"alarm\" is a text"},
    {ORDER_ACK, false, "{" BY "}", "\"alarm\" is missing"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"entrapment\"}", "device/alarm"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"/entrapment\"}", "device/alarm"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"lift-3-1/\"}", "device/alarm"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"a/b/c\"}", "device/alarm"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"Lift/b\"}", "device/alarm"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"-a/b\"}", "device/alarm"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"a/+\"}", "device/alarm"},
    {ORDER_ACK, false, "{" BY ",\"alarm\":\"../x\"}", "device/alarm"},
};

START_TEST(a_bad_order_is_refused_with_a_sentence)
{
	struct order o;
	char why[ORDER_WHY_MAX];

	ck_assert_msg(!read_order(&o, (enum order_verb)bad[_i].verb,
			  bad[_i].addressed ? KEY : NULL, bad[_i].text, why),
	    "%s is taken", bad[_i].text);
	ck_assert_msg(strstr(why, bad[_i].why), "%s: %s", bad[_i].text, why);
	ck_assert_int_ne(why[strlen(why) - 1], '.');
}
END_TEST

static void
fill_order(char *text, size_t len)
{
	memset(text, ' ', len);
	memcpy(text, "{" BY "}", strlen("{" BY "}"));
}

START_TEST(an_order_is_bounded)
{
	char text[ORDER_TEXT_MAX + 1], why[ORDER_WHY_MAX];
	struct order o = {.verb = ORDER_ACK};

	fill_order(text, sizeof(text));
	ck_assert(order_read(&o, KEY, text, ORDER_TEXT_MAX, why));
	ck_assert(!order_read(&o, KEY, text, ORDER_TEXT_MAX + 1, why));
	ck_assert_str_eq(why, "the order is 4097 bytes long, at most 4096");
}
END_TEST

START_TEST(depth_is_a_mistake_like_any_other)
{
	char text[ORDER_TEXT_MAX], why[ORDER_WHY_MAX];
	struct order o = {.verb = ORDER_ACK};

	memset(text, '[', sizeof(text));
	ck_assert(!order_read(&o, KEY, text, sizeof(text), why));
	ck_assert_ptr_nonnull(strstr(why, "not JSON"));
}
END_TEST

START_TEST(an_address_that_names_no_alarm_is_refused)
{
	static const char *const addresses[] = {
	    "", "lift-3-1", "lift-3-1/", "a/b/c", "a/b c", NULL};
	char long_one[2 * ORDER_KEY_MAX], why[ORDER_WHY_MAX];
	struct order o;

	for (int i = 0; addresses[i] != NULL; i++) {
		ck_assert(
		    !read_order(&o, ORDER_ACK, addresses[i], "{" BY "}", why));
		ck_assert_ptr_nonnull(strstr(why, "device/alarm"));
	}
	memset(long_one, 'a', sizeof(long_one));
	long_one[1] = '/';
	long_one[ORDER_KEY_MAX] = '\0';
	ck_assert(!read_order(&o, ORDER_ACK, long_one, "{" BY "}", why));
	long_one[ORDER_KEY_MAX - 1] = '\0';
	ck_assert(read_order(&o, ORDER_ACK, long_one, "{" BY "}", why));
	ck_assert_str_eq(o.alarm, long_one);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("order");
	TCase *good = tcase_create("what is taken");
	TCase *no = tcase_create("what is refused");

	tcase_add_test(good, a_verb_is_known_by_its_name);
	tcase_add_test(good, an_order_says_who_and_of_which_alarm);
	tcase_add_test(good, an_address_names_the_alarm);
	tcase_add_test(good, a_note_has_lines);
	tcase_add_test(good, a_check_says_which_car);
	tcase_add_loop_test(good, a_shelf_has_a_time, 0, ROWS(times));
	tcase_add_test(good, a_shelf_needs_no_time);
	tcase_add_test(good, a_name_and_a_note_may_fill_their_room);
	tcase_add_loop_test(good, only_some_verbs_need_a_note, 0, ORDER_VERBS);
	suite_add_tcase(s, good);

	tcase_add_loop_test(
	    no, a_bad_order_is_refused_with_a_sentence, 0, ROWS(bad));
	tcase_add_test(no, an_order_is_bounded);
	tcase_add_test(no, depth_is_a_mistake_like_any_other);
	tcase_add_test(no, an_address_that_names_no_alarm_is_refused);
	suite_add_tcase(s, no);
	return suite_run(s);
}
