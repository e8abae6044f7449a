/* test_alarm_record.c - an alarm as it is told, and back */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/base/json.h"
#include "gateway/store/board.h"
#include "tests/suite.h"

#define ROUNDS 1000
#define OFFSET_MS INT64_C(1763690000123)

static const struct alarm_rule rule = {
    .name = "entrapment", .severity = SEVERITY_P1, .latch = true};

static struct sweep_list no_cars;

/* ---- writing ---- */

/* The members of an event: without braces. */
static char *
write_cut(
    const struct alarm *a, const struct sweep_list *cars, int64_t offset_ms)
{
	static char text[SAMPLE_EVENT_MAX];
	struct buf out;
	struct json j = {.out = &out};

	buf_fixed(&out, text, sizeof(text));
	json_open(&j);
	json_key_string(&j, "type", "alarm");
	json_key_string(&j, "device", "lift-3-1");
	alarm_record_write(&j, a, &rule, cars, offset_ms);
	json_end(&j);
	ck_assert(!out.full);
	text[out.len - 1] = '\0';
	return text + 1;
}

static char *
write_event(const struct alarm *a, int64_t offset_ms)
{
	return write_cut(a, NULL, offset_ms);
}

static struct alarm
entrapment(void)
{
	return (struct alarm){
	    .state = ALARM_ACKED,
	    .active = true,
	    .condition = true,
	    .shown = true,
	    .since_ms = -5000,
	    .ack = {"Wang", 1000},
	    .work = {[WORK_RESPONDED] = {"Li", 2000}},
	    .count = 1,
	    .value = {VALUE_F32, .f = (double)81.2f},
	    .unit = "%",
	    .text_zh = "困人",
	    .text_en = "trapped",
	};
}

START_TEST(an_alarm_is_told_with_the_members_of_the_contract)
{
	struct alarm a = entrapment();

	ck_assert_str_eq(write_event(&a, 1000000),
	    "\"type\":\"alarm\",\"device\":\"lift-3-1\","
	    "\"state\":\"ACKED\",\"active\":true,\"severity\":\"P1\","
	    "\"since\":995000,\"shelved_until\":null,"
	    "\"suppressed_by\":null,\"out_of_service\":null,"
	    "\"ack\":{\"by\":\"Wang\",\"ts\":1001000},"
	    "\"work\":{\"responded\":{\"by\":\"Li\",\"ts\":1002000}},"
	    "\"value\":81.2,\"unit\":\"%\","
	    "\"text\":{\"zh\":\"困人\",\"en\":\"trapped\"}");
}
END_TEST

START_TEST(what_was_never_raised_has_no_beginning)
{
	struct alarm a = {.shelved_by = "Wang", .shelved_until_ms = 60000};

	ck_assert_str_eq(write_event(&a, 1000000),
	    "\"type\":\"alarm\",\"device\":\"lift-3-1\","
	    "\"state\":\"NORMAL\",\"active\":false,\"severity\":\"P1\","
	    "\"since\":null,\"shelved_until\":1060000,\"shelved_by\":\"Wang\","
	    "\"suppressed_by\":null,\"out_of_service\":null,\"ack\":null,"
	    "\"value\":null");
}
END_TEST

START_TEST(marks_are_told_only_if_they_are_there)
{
	struct alarm a = {.state = ALARM_UNACK,
	    .active = true,
	    .test = true,
	    .chatters = true,
	    .count = 4,
	    .suppressed_by = "gateway/bus-down-shaft-3",
	    .out = {"Li", 7},
	    .value = {VALUE_ENUM, .i = 2},
	    .value_name = "open"};

	ck_assert_str_eq(write_event(&a, 0),
	    "\"type\":\"alarm\",\"device\":\"lift-3-1\","
	    "\"state\":\"UNACK\",\"active\":true,\"severity\":\"P1\","
	    "\"since\":0,\"shelved_until\":null,"
	    "\"suppressed_by\":\"gateway/bus-down-shaft-3\","
	    "\"out_of_service\":{\"by\":\"Li\",\"ts\":7},\"ack\":null,"
	    "\"value\":\"open\",\"test\":true,\"unseen\":true,"
	    "\"chatter\":true,\"count\":4");
}
END_TEST

START_TEST(without_a_rule_there_is_no_severity)
{
	struct alarm a = {0};
	struct buf out = {0};
	struct json j = {.out = &out};

	json_open(&j);
	alarm_record_write(&j, &a, NULL, NULL, 0);
	json_end(&j);
	ck_assert_str_eq(out.data,
	    "{\"state\":\"NORMAL\",\"active\":false,\"since\":null,"
	    "\"shelved_until\":null,\"suppressed_by\":null,"
	    "\"out_of_service\":null,\"ack\":null,\"value\":null}");
	buf_free(&out);
}
END_TEST

static struct sweep_list
two_cars(void)
{
	return (struct sweep_list){.suspected = true,
	    .phases = 5,
	    .count = 2,
	    .cars = {{.device = "lift-7-2",
			 .was = {.at_ms = 0,
			     .moving = CONDITION_TRUE,
			     .zone = CONDITION_FALSE,
			     .occupied = CAR_PERSON,
			     .trapped = CONDITION_TRUE,
			     .floor = 4},
			 .age_ms = 2000,
			 .back = true},
		{.device = "lift-8-1",
		    .was = {.at_ms = INT64_MIN,
			.door_open = CONDITION_TRUE,
			.floor = NAN},
		    .age_ms = INT64_MAX,
		    .checked = {"Wang", 3000}}}};
}

START_TEST(a_cut_is_told_with_its_cars)
{
	struct alarm a = {
	    .state = ALARM_UNACK, .active = true, .shown = true, .count = 1};
	struct sweep_list cars = two_cars();

	ck_assert_str_eq(write_cut(&a, &cars, 1000000),
	    "\"type\":\"alarm\",\"device\":\"lift-3-1\","
	    "\"state\":\"UNACK\",\"active\":true,\"severity\":\"P1\","
	    "\"since\":1000000,\"shelved_until\":null,"
	    "\"suppressed_by\":null,\"out_of_service\":null,\"ack\":null,"
	    "\"value\":null,\"suspected\":true,\"phases\":[1,3],"
	    "\"cars\":[{\"car\":\"lift-7-2\",\"moving\":true,"
	    "\"occupied\":\"yes\",\"zone\":false,\"trapped\":true,"
	    "\"floor\":4,\"age\":2000,\"back\":true,\"checked\":null},"
	    "{\"car\":\"lift-8-1\",\"moving\":null,"
	    "\"occupied\":\"unknown\",\"zone\":null,\"door_open\":true,"
	    "\"floor\":null,\"age\":null,\"back\":false,"
	    "\"checked\":{\"by\":\"Wang\",\"ts\":1003000}}]");
}
END_TEST

START_TEST(without_cars_nothing_is_told_of_them)
{
	struct alarm a = {0};
	struct sweep_list none = {.suspected = true, .phases = 7};

	ck_assert_ptr_null(strstr(write_cut(&a, &none, 0), "cars"));
	ck_assert_ptr_null(strstr(write_cut(&a, &none, 0), "phases"));
}
END_TEST

/* ---- there and back ---- */

static bool
likely(void)
{
	return rand() % 2 == 0;
}

/* Letters, quotes, a line's end, Chinese. */
static void
some_text(char *out, size_t size)
{
	static const char *const pieces[] = {"a", "Z", " ", "\"", "\\", "\n",
	    "/", "é", "王", "困人", "7栋", "{v}", "%s"};
	size_t len = 0;

	while (rand() % 8 != 0) {
		const char *piece =
		    pieces[(size_t)rand() % (sizeof(pieces) / sizeof(*pieces))];

		if (len + strlen(piece) >= size)
			break;
		strcpy(out + len, piece);
		len += strlen(piece);
	}
}

static void
somebody(char *out, size_t size)
{
	do
		some_text(out, size);
	while (out[0] == '\0');
}

static int64_t
some_time(void)
{
	return (int64_t)rand() * 50 - INT64_C(10000000000);
}

static void
some_deed(struct alarm_deed *d)
{
	if (likely())
		return;
	somebody(d->by, sizeof(d->by));
	d->at_ms = some_time();
}

/* As they are read: of a type that JSON has. */
static struct value
some_value(void)
{
	struct value v = {.type = VALUE_NONE};

	switch (rand() % 5) {
	case 0: v = (struct value){VALUE_F64, .f = rand() + 0.25 - 1e8}; break;
	case 1: v = (struct value){VALUE_I64, .i = INT64_MIN + rand()}; break;
	case 2: v = (struct value){VALUE_BOOL, .u = likely()}; break;
	case 3:
		v.type = VALUE_TEXT;
		memset(v.text, 0, sizeof(v.text));
		some_text(v.text, sizeof(v.text));
		break;
	default: break;
	}
	return v;
}

static void
some_occurrence(struct alarm *a)
{
	a->active =
	    a->state == ALARM_ACKED || (a->state == ALARM_UNACK && likely());
	a->condition = a->active;
	a->shown = a->state != ALARM_NORMAL && likely();
	a->test = likely();
	a->since_ms = some_time();
	some_deed(&a->ack);
	for (int i = 0; i < WORK_COUNT; i++)
		some_deed(&a->work[i]);
	a->chatters = a->active && likely();
	a->count = likely() ? 1 : 1 + (uint32_t)rand();
	a->value = some_value();
	some_text(a->unit, sizeof(a->unit));
	some_text(a->text_zh, sizeof(a->text_zh));
	some_text(a->text_en, sizeof(a->text_en));
}

static struct alarm
some_alarm(void)
{
	struct alarm a = {.state = (uint8_t)(rand() % 5)};

	if (a.state != ALARM_NORMAL || likely())
		some_occurrence(&a);
	if (likely()) {
		somebody(a.shelved_by, sizeof(a.shelved_by));
		a.shelved_until_ms = some_time();
	}
	some_deed(&a.out);
	some_text(a.suppressed_by, sizeof(a.suppressed_by));
	return a;
}

static void
assert_same_deed(const struct alarm_deed *a, const struct alarm_deed *b)
{
	ck_assert_str_eq(a->by, b->by);
	ck_assert_int_eq(a->at_ms, b->at_ms);
}

static void
assert_same(const struct alarm *a, const struct alarm *b)
{
	ck_assert_uint_eq(a->state, b->state);
	ck_assert_int_eq(a->active, b->active);
	ck_assert_int_eq(a->condition, b->condition);
	ck_assert_int_eq(a->shown, b->shown);
	ck_assert_int_eq(a->test, b->test);
	ck_assert_int_eq(a->since_ms, b->since_ms);
	assert_same_deed(&a->ack, &b->ack);
	for (int i = 0; i < WORK_COUNT; i++)
		assert_same_deed(&a->work[i], &b->work[i]);
	ck_assert_str_eq(a->shelved_by, b->shelved_by);
	ck_assert_int_eq(a->shelved_until_ms, b->shelved_until_ms);
	assert_same_deed(&a->out, &b->out);
	ck_assert_str_eq(a->suppressed_by, b->suppressed_by);
	ck_assert_int_eq(a->chatters, b->chatters);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert(value_equal(&a->value, &b->value));
	ck_assert_str_eq(a->unit, b->unit);
	ck_assert_str_eq(a->text_zh, b->text_zh);
	ck_assert_str_eq(a->text_en, b->text_en);
}

START_TEST(what_was_written_is_read_as_the_same_alarm)
{
	srand(1);
	for (int i = 0; i < ROUNDS; i++) {
		struct alarm a = some_alarm(), b;
		const char *text = write_event(&a, OFFSET_MS);

		ck_assert_msg(alarm_record_read(&b, &no_cars, text, OFFSET_MS),
		    "%s", text);
		assert_same(&a, &b);
	}
}
END_TEST

static uint8_t
some_truth(void)
{
	return (uint8_t)(rand() % 3);
}

/* What is told only if it is so comes back as not known. */
static uint8_t
told_if_so(uint8_t truth)
{
	return truth == CONDITION_TRUE ? CONDITION_TRUE : CONDITION_UNKNOWN;
}

static struct sweep_car
some_car(int number)
{
	struct sweep_car c = {.was = {.moving = some_truth(),
				  .zone = some_truth(),
				  .occupied = some_truth(),
				  .door_open = told_if_so(some_truth()),
				  .trapped = told_if_so(some_truth()),
				  .floor = likely() ? NAN : rand() % 60 - 2.5},
	    .age_ms = likely() ? INT64_MAX : rand(),
	    .back = likely()};

	snprintf(c.device, sizeof(c.device), "lift-%d", number);
	some_deed(&c.checked);
	return c;
}

static void
assert_same_car(const struct sweep_car *a, const struct sweep_car *b)
{
	ck_assert_str_eq(a->device, b->device);
	ck_assert_uint_eq(a->was.moving, b->was.moving);
	ck_assert_uint_eq(a->was.zone, b->was.zone);
	ck_assert_uint_eq(a->was.door_open, b->was.door_open);
	ck_assert_uint_eq(a->was.occupied, b->was.occupied);
	ck_assert_uint_eq(a->was.trapped, b->was.trapped);
	ck_assert(isnan(a->was.floor) ? isnan(b->was.floor)
				      : a->was.floor == b->was.floor);
	ck_assert_int_eq(a->age_ms, b->age_ms);
	ck_assert_int_eq(b->was.at_ms == INT64_MIN, b->age_ms == INT64_MAX);
	ck_assert_int_eq(a->back, b->back);
	assert_same_deed(&a->checked, &b->checked);
}

START_TEST(cars_are_read_as_they_were_written)
{
	srand(2);
	for (int i = 0; i < ROUNDS; i++) {
		struct alarm a = entrapment(), b;
		struct sweep_list cars = {.suspected = likely(),
				      .phases = (uint8_t)(rand() % 8),
				      .count = (uint8_t)(1 +
					  rand() % SWEEP_CARS_MAX)},
				  read;
		const char *text;

		for (uint8_t k = 0; k < cars.count; k++)
			cars.cars[k] = some_car(k);
		text = write_cut(&a, &cars, OFFSET_MS);
		ck_assert_msg(
		    alarm_record_read(&b, &read, text, OFFSET_MS), "%s", text);
		ck_assert_int_eq(read.suspected, cars.suspected);
		ck_assert_uint_eq(read.phases, cars.phases);
		ck_assert_uint_eq(read.count, cars.count);
		for (uint8_t k = 0; k < cars.count; k++)
			assert_same_car(&cars.cars[k], &read.cars[k]);
	}
}
END_TEST

START_TEST(an_alarm_without_cars_is_read_with_none)
{
	struct alarm a = entrapment(), b;
	struct sweep_list cars = two_cars();

	ck_assert(alarm_record_read(&b, &cars, write_event(&a, 0), 0));
	ck_assert_uint_eq(cars.count, 0);
}
END_TEST

/* What other values become. */
static const struct {
	struct value value;
	const char *name;
	struct value read;
} values[] = {
    {{VALUE_F32, .f = (double)81.2f}, "", {VALUE_F64, .f = 81.2}},
    {{VALUE_F64, .f = 81}, "", {VALUE_I64, .i = 81}},
    {{VALUE_F64, .f = 1e300}, "", {VALUE_F64, .f = 1e300}},
    {{VALUE_F64, .f = 1e18}, "", {VALUE_F64, .f = 1e18}},
    {{VALUE_U64, .u = 7}, "", {VALUE_I64, .i = 7}},
    {{VALUE_U64, .u = INT64_MAX}, "", {VALUE_I64, .i = INT64_MAX}},
    {{VALUE_U64, .u = UINT64_MAX}, "", {VALUE_F64, .f = 0x1p64}},
    {{VALUE_ENUM, .i = 2}, "open", {VALUE_TEXT, .text = "open"}},
    {{VALUE_ENUM, .i = 2}, "", {VALUE_I64, .i = 2}},
};

START_TEST(a_value_is_read_as_json_has_it)
{
	struct alarm a = entrapment(), b;
	char text[SAMPLE_EVENT_MAX];

	a.value = values[_i].value;
	strcpy(a.value_name, values[_i].name);
	strcpy(text, write_event(&a, 0));
	ck_assert(alarm_record_read(&b, &no_cars, text, 0));
	ck_assert(value_equal(&b.value, &values[_i].read));
	ck_assert_str_eq(write_event(&b, 0), text);
}
END_TEST

START_TEST(in_another_boot_its_times_keep_their_distance)
{
	struct alarm a = entrapment(), b;

	ck_assert(
	    alarm_record_read(&b, &no_cars, write_event(&a, 90000), 20000));
	ck_assert_int_eq(b.since_ms, -5000 + 70000);
	ck_assert_int_eq(b.ack.at_ms, 1000 + 70000);
}
END_TEST

static struct sweep_car
largest_car(void)
{
	struct sweep_car c = {.was = {.moving = CONDITION_FALSE,
				  .zone = CONDITION_FALSE,
				  .occupied = CAR_UNKNOWN,
				  .door_open = CONDITION_TRUE,
				  .trapped = CONDITION_TRUE,
				  .floor = -1.2345678901234567e-300},
	    .age_ms = INT64_C(1) << 53,
	    .checked.at_ms = 0};

	memset(c.device, 'x', sizeof(c.device) - 1);
	memset(c.checked.by, 'x', sizeof(c.checked.by) - 1);
	return c;
}

START_TEST(the_largest_alarm_with_its_order_is_an_event)
{
	static char filling[SAMPLE_EVENT_MAX];
	struct alarm a = some_alarm();
	struct sweep_list cars = {
	    .suspected = true, .phases = 7, .count = SWEEP_CARS_MAX};
	size_t len,
	    order = sizeof("\"change\":\"out-of-service\","
			   "\"conf\":\"12345678\",\"by\":\"\","
			   "\"note\":\"\",\"car\":\"\",\"alarm\":\"\",") +
	    2 * ORDER_KEY_MAX + ORDER_BY_MAX + 2 * ORDER_NOTE_MAX;

	memset(filling, 'x', sizeof(filling) - 1);
	a.state = ALARM_UNACK;
	a.active = a.test = a.chatters = true;
	a.shown = false;
	a.count = UINT32_MAX;
	memcpy(a.ack.by, filling, sizeof(a.ack.by) - 1);
	for (int i = 0; i < WORK_COUNT; i++)
		memcpy(a.work[i].by, filling, sizeof(a.work[i].by) - 1);
	memcpy(a.shelved_by, filling, sizeof(a.shelved_by) - 1);
	memcpy(a.out.by, filling, sizeof(a.out.by) - 1);
	memcpy(a.suppressed_by, filling, sizeof(a.suppressed_by) - 1);
	memset(filling, '"', sizeof(filling) - 1);
	a.value.type = VALUE_TEXT;
	memcpy(a.value.text, filling, sizeof(a.value.text) - 1);
	memcpy(a.unit, filling, sizeof(a.unit) - 1);
	memcpy(a.text_zh, filling, sizeof(a.text_zh) - 1);
	memcpy(a.text_en, filling, sizeof(a.text_en) - 1);
	for (int i = 0; i < SWEEP_CARS_MAX; i++)
		cars.cars[i] = largest_car();
	len = strlen(write_cut(&a, &cars, OFFSET_MS));
	ck_assert_uint_lt(len + order, SAMPLE_EVENT_MAX);
	ck_assert_uint_lt(len, BOARD_MEMBERS_MAX);
}
END_TEST

/* ---- what is no alarm ---- */

#define EVENT                                                                  \
	"\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":true,\"since\":1"

#define REST "\"zone\":null,\"occupied\":\"yes\""
#define CAR "{\"car\":\"a\",\"moving\":null," REST "}"
#define CARS_8 CAR "," CAR "," CAR "," CAR "," CAR "," CAR "," CAR "," CAR
#define CARS_32 CARS_8 "," CARS_8 "," CARS_8 "," CARS_8

static const char *const bad[] = {
    "",
    "nonsense",
    EVENT ",",
    EVENT "}",
    EVENT "},{" EVENT,
    EVENT ",\"since\":2",
    "\"state\":\"UNACK\",\"active\":true,\"since\":1",
    "\"type\":\"device\",\"state\":\"UNACK\",\"active\":true,\"since\":1",
    "\"type\":1,\"state\":\"UNACK\",\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"\",\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"unack\",\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"state\":1,\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":1,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":true",
    "\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":true,\"since\":\"1\"",
    "\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":true,\"since\":1.5",
    "\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":true,"
    "\"since\":9223372036854775807",
    "\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":true,"
    "\"since\":-9223372036854775808",
    "\"type\":\"alarm\",\"state\":\"UNACK\",\"active\":true,"
    "\"since\":9223372036854775808",
    "\"type\":\"alarm\",\"state\":\"NORMAL\",\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"ACKED\",\"active\":false,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"RTNUN\",\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"LATCHED\",\"active\":true,\"since\":1",
    "\"type\":\"alarm\",\"state\":\"NORMAL\",\"count\":2",
    "\"type\":\"alarm\",\"state\":\"RTNUN\",\"since\":1,\"chatter\":true",
    EVENT ",\"count\":0",
    EVENT ",\"count\":-1",
    EVENT ",\"count\":4294967296",
    EVENT ",\"count\":\"2\"",
    EVENT ",\"shelved_until\":5",
    EVENT ",\"shelved_until\":5,\"shelved_by\":\"\"",
    EVENT ",\"shelved_until\":true,\"shelved_by\":\"Wang\"",
    EVENT ",\"shelved_until\":5,\"shelved_by\":{}",
    EVENT ",\"suppressed_by\":5",
    EVENT ",\"out_of_service\":true",
    EVENT ",\"out_of_service\":{\"by\":\"\",\"ts\":1}",
    EVENT ",\"out_of_service\":{\"by\":\"Li\"}",
    EVENT ",\"ack\":\"Wang\"",
    EVENT ",\"ack\":{\"by\":\"Wang\",\"ts\":null}",
    EVENT ",\"ack\":{\"ts\":1}",
    EVENT ",\"ack\":[]",
    EVENT ",\"work\":[]",
    EVENT ",\"work\":{\"arrived\":1}",
    EVENT ",\"value\":[]",
    EVENT ",\"value\":{}",
    EVENT ",\"unit\":1",
    EVENT ",\"text\":\"困人\"",
    EVENT ",\"text\":{\"zh\":1}",
    EVENT ",\"text\":{\"en\":\"\xff\"}",
    EVENT ",\"test\":1",
    EVENT ",\"unseen\":\"true\"",
    EVENT ",\"chatter\":[]",
    EVENT ",\"cars\":{}",
    EVENT ",\"cars\":[1]",
    EVENT ",\"cars\":[" CAR ",{\"car\":\"\",\"moving\":null," REST "}]",
    EVENT ",\"cars\":[{\"car\":\"a\"}]",
    EVENT ",\"cars\":[" CAR ",{\"car\":\"a\",\"moving\":1," REST "}]",
    EVENT ",\"cars\":[{\"car\":\"a\",\"moving\":null,"
	  "\"zone\":null,\"occupied\":\"maybe\"}]",
    EVENT ",\"cars\":[{\"car\":\"a\",\"moving\":null,"
	  "\"zone\":null,\"occupied\":\"yes\",\"age\":-1}]",
    EVENT ",\"cars\":[{\"car\":\"a\",\"moving\":null,"
	  "\"zone\":null,\"occupied\":\"yes\",\"floor\":\"4\"}]",
    EVENT ",\"cars\":[{\"car\":\"a\",\"moving\":null,"
	  "\"zone\":null,\"occupied\":\"yes\",\"back\":1}]",
    EVENT ",\"cars\":[{\"car\":\"a\",\"moving\":null,"
	  "\"zone\":null,\"occupied\":\"yes\",\"checked\":{\"by\":\"\"}}]",
    EVENT ",\"cars\":[" CAR "],\"suspected\":1",
    EVENT ",\"cars\":[" CAR "],\"phases\":[0]",
    EVENT ",\"cars\":[" CAR "],\"phases\":[4]",
    EVENT ",\"cars\":[" CAR "],\"phases\":[1.5]",
    EVENT ",\"cars\":[" CAR "],\"phases\":1",
    EVENT ",\"cars\":[" CARS_32 "," CAR "]",
};

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

START_TEST(what_is_no_alarm_leaves_it_as_it_was)
{
	struct alarm a = entrapment(), before = a;

	ck_assert_msg(
	    !alarm_record_read(&a, &no_cars, bad[_i], 0), "%s", bad[_i]);
	ck_assert_int_eq(memcmp(&a, &before, sizeof(a)), 0);
}
END_TEST

START_TEST(a_car_s_members_but_for_what_it_did_may_be_missing)
{
	struct alarm a;
	struct sweep_list cars;

	ck_assert(
	    alarm_record_read(&a, &cars, EVENT ",\"cars\":[" CARS_32 "]", 0));
	ck_assert_uint_eq(cars.count, 32);
	ck_assert_uint_eq(cars.cars[31].was.occupied, CAR_PERSON);
	ck_assert_int_eq(cars.cars[31].age_ms, INT64_MAX);
	ck_assert(!cars.suspected);
}
END_TEST

START_TEST(an_event_that_is_too_long_is_none)
{
	static char text[2 * SAMPLE_EVENT_MAX];
	struct alarm a;
	size_t len = strlen(EVENT);

	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, EVENT, len);
	ck_assert(!alarm_record_read(&a, &no_cars, text, 0));
	text[SAMPLE_EVENT_MAX - 1] = '\0';
	ck_assert(alarm_record_read(&a, &no_cars, text, 0));
}
END_TEST

START_TEST(other_members_are_not_looked_at)
{
	struct alarm a;

	ck_assert(alarm_record_read(&a, &no_cars,
	    EVENT ",\"change\":\"raise\",\"note\":[[{}]],\"work\":{\"x\":1}",
	    0));
	ck_assert_uint_eq(a.state, ALARM_UNACK);
	ck_assert_uint_eq(a.count, 1);
	ck_assert(a.shown);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_cut_between_characters)
{
	static char text[SAMPLE_EVENT_MAX] = EVENT ",\"text\":{\"zh\":\"";
	struct alarm a;

	for (int i = 0; i < 200; i++)
		strcat(text, "困");
	strcat(text, "\"}");
	ck_assert(alarm_record_read(&a, &no_cars, text, 0));
	ck_assert_uint_eq(strlen(a.text_zh), (ALARM_TEXT_MAX - 1) / 3 * 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("alarm_record");
	TCase *write = tcase_create("writing");
	TCase *both = tcase_create("there and back");
	TCase *none = tcase_create("what is no alarm");

	tcase_add_test(
	    write, an_alarm_is_told_with_the_members_of_the_contract);
	tcase_add_test(write, what_was_never_raised_has_no_beginning);
	tcase_add_test(write, marks_are_told_only_if_they_are_there);
	tcase_add_test(write, without_a_rule_there_is_no_severity);
	tcase_add_test(write, a_cut_is_told_with_its_cars);
	tcase_add_test(write, without_cars_nothing_is_told_of_them);
	suite_add_tcase(s, write);

	tcase_add_test(both, what_was_written_is_read_as_the_same_alarm);
	tcase_add_test(both, cars_are_read_as_they_were_written);
	tcase_add_test(both, an_alarm_without_cars_is_read_with_none);
	tcase_add_loop_test(
	    both, a_value_is_read_as_json_has_it, 0, ROWS(values));
	tcase_add_test(both, in_another_boot_its_times_keep_their_distance);
	tcase_add_test(both, the_largest_alarm_with_its_order_is_an_event);
	suite_add_tcase(s, both);

	tcase_add_loop_test(
	    none, what_is_no_alarm_leaves_it_as_it_was, 0, ROWS(bad));
	tcase_add_test(
	    none, a_car_s_members_but_for_what_it_did_may_be_missing);
	tcase_add_test(none, an_event_that_is_too_long_is_none);
	tcase_add_test(none, other_members_are_not_looked_at);
	tcase_add_test(none, a_text_that_is_too_long_is_cut_between_characters);
	suite_add_tcase(s, none);
	return suite_run(s);
}
