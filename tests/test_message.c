/*
 * test_message.c - payloads, byte by byte, as the contract shows them
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/sinks/message.h"
#include "tests/suite.h"

static const struct enum_name door_names[] = {
    {0, "closed"}, {1, "opening"}, {2, "open"}};

enum { POWER, VOLTS, COUNT, DOOR, TRIP, LABEL, POINTS };

static const struct point_info points[POINTS] = {
    [POWER] = {"active_power", "kW", "", FORM_NUMBER, 0, NULL},
    [VOLTS] = {"voltage_l1n", "V", "", FORM_NUMBER, 0, NULL},
    [COUNT] = {"energy", "kWh", "counter", FORM_NUMBER, 0, NULL},
    [DOOR] = {"door", "", "", FORM_ENUM, 3, door_names, {"轿门", "Car door"}},
    [TRIP] = {"trip", "", "", FORM_BOOL, 0, NULL},
    [LABEL] = {"floor_label", "", "", FORM_TEXT, 0, NULL},
};

static const struct device_info device = {.id = "tx-3",
    .kind = "transformer",
    .point_count = POINTS,
    .points = points,
    .name = {.zh = "3号变压器", .en = "Transformer 3"},
    .profile = "meter/schneider-pm5000",
    .verified = "A",
    .building = "3",
    .stair = "1",
    .floors = 6,
    .fed_by = "tx-1",
    .bus = "substation",
    .owner = {.zh = "安达电梯"},
    .rating_kva = 630};

#define GOOD                                                                   \
	{                                                                      \
		QUALITY_GOOD, 0                                                \
	}

/* One reading -> its share of values and quality. */
static const struct {
	struct reading r;
	const char *values, *quality;
} readings[] = {
    {{POWER, GOOD, {VALUE_F64, {.f = 412.5}}}, "\"active_power\":412.5", ""},
    {{VOLTS, GOOD, {VALUE_F32, {.f = 231.2f}}}, "\"voltage_l1n\":231.2", ""},
    {{COUNT, GOOD, {VALUE_U64, {.u = UINT64_MAX}}},
	"\"energy\":18446744073709551615", ""},
    {{COUNT, GOOD, {VALUE_I64, {.i = -9007199254740993}}},
	"\"energy\":-9007199254740993", ""},
    {{DOOR, GOOD, {VALUE_ENUM, {.i = 2}}}, "\"door\":\"open\"", ""},
    {{DOOR, GOOD, {VALUE_ENUM, {.i = 77}}}, "\"door\":77", ""},
    {{TRIP, GOOD, {VALUE_BOOL, {.u = 1}}}, "\"trip\":true", ""},
    {{LABEL, GOOD, {VALUE_TEXT, {.text = "B\"1"}}},
	"\"floor_label\":\"B\\\"1\"", ""},
    {{VOLTS, {QUALITY_UNCERTAIN_RANGE, 0}, {VALUE_F64, {.f = 700}}},
	"\"voltage_l1n\":700", "\"voltage_l1n\":\"uncertain:range\""},
    {{VOLTS, {QUALITY_SIMULATED, 0}, {VALUE_F64, {.f = 7}}},
	"\"voltage_l1n\":7", "\"voltage_l1n\":\"simulated\""},
    {{TRIP, {QUALITY_BAD_TIMEOUT, 0}, {VALUE_NONE, {0}}}, "",
	"\"trip\":\"bad:timeout\""},
    {{TRIP, {QUALITY_BAD_EXCEPTION, 2}, {VALUE_NONE, {0}}}, "",
	"\"trip\":\"bad:exception-2\""},
    {{TRIP, {QUALITY_STALE, 0}, {VALUE_NONE, {0}}}, "", "\"trip\":\"stale\""},
    {{TRIP, {QUALITY_NEVER, 0}, {VALUE_NONE, {0}}}, "", "\"trip\":\"never\""},
    /* a value a bad reading should not have is not told */
    {{POWER, {QUALITY_BAD_CRC, 0}, {VALUE_F64, {.f = 1}}}, "",
	"\"active_power\":\"bad:crc\""},
};

static void
assert_text(struct buf *b, const char *expect)
{
	ck_assert_str_eq(b->data, expect);
	buf_free(b);
}

/* Of the log of readings, for sure and in time. */
static struct follower_item
item_of(struct reading *r, uint16_t count)
{
	return (struct follower_item){.log = "k3f9a1",
	    .ts_ms = 1763690000123,
	    .device = &device,
	    .batch = {.seq = 81231, .count = count, .readings = r}};
}

START_TEST(a_reading_is_told_by_its_type_and_quality)
{
	struct reading r = readings[_i].r;
	struct follower_item item = item_of(&r, 1);
	struct buf out = {0};
	char expect[512];

	message_data(&out, &item);

	snprintf(expect, sizeof(expect),
	    "{\"log\":\"k3f9a1\",\"seq\":81231,\"ts\":1763690000123,"
	    "\"values\":{%s},\"quality\":{%s}}",
	    readings[_i].values, readings[_i].quality);
	assert_text(&out, expect);
}
END_TEST

START_TEST(a_batch_says_when_it_is_late_or_of_an_unsure_clock)
{
	struct reading r[] = {{POWER, GOOD, {VALUE_F64, {.f = 1}}},
	    {TRIP, {QUALITY_BAD_TIMEOUT, 0}, {VALUE_NONE, {0}}}};
	struct follower_item item = item_of(r, 2);
	struct buf out = {0};

	item.backfill = true;
	item.clock = "unsynced";
	message_data(&out, &item);
	assert_text(&out,
	    "{\"log\":\"k3f9a1\",\"seq\":81231,\"ts\":1763690000123,"
	    "\"values\":{\"active_power\":1},"
	    "\"quality\":{\"trip\":\"bad:timeout\"},\"backfill\":true,"
	    "\"clock\":\"unsynced\"}");
}
END_TEST

static const struct {
	bool backfill;
	const char *clock, *tail;
} event_cases[] = {
    {false, NULL, ""},
    {true, NULL, ",\"backfill\":true"},
    {false, "estimated", ",\"clock\":\"estimated\""},
    {true, "unsynced", ",\"backfill\":true,\"clock\":\"unsynced\""},
};

START_TEST(an_event_has_its_own_members_between_its_number_and_its_marks)
{
	struct follower_item item = {.log = "k3f9a1",
	    .ts_ms = 5,
	    .backfill = event_cases[_i].backfill,
	    .clock = event_cases[_i].clock,
	    .batch = {.seq = 7,
		.count = 1,
		.event = "\"type\":\"device\",\"device\":\"tx-1\","
			 "\"online\":false"}};
	struct buf out = {0};
	char expect[512];

	message_event(&out, &item);
	snprintf(expect, sizeof(expect),
	    "{\"log\":\"k3f9a1\",\"seq\":7,\"ts\":5,\"type\":\"device\","
	    "\"device\":\"tx-1\",\"online\":false%s}",
	    event_cases[_i].tail);
	assert_text(&out, expect);
}
END_TEST

START_TEST(where_somebody_logged_in_from_is_not_told)
{
	struct follower_item item = {.log = "k3f9a1",
	    .ts_ms = 5,
	    .batch = {.seq = 7,
		.event = "\"type\":\"access\",\"what\":\"order\","
			 "\"user\":\"wang\",\"name\":\"a,\\\"address\\\":\","
			 "\"address\":\"192.168.1.7\",\"verb\":\"ack\""}};
	struct buf out = {0};

	message_event(&out, &item);
	assert_text(&out,
	    "{\"log\":\"k3f9a1\",\"seq\":7,\"ts\":5,\"type\":\"access\","
	    "\"what\":\"order\",\"user\":\"wang\","
	    "\"name\":\"a,\\\"address\\\":\",\"verb\":\"ack\"}");
}
END_TEST

START_TEST(a_text_that_is_not_utf8_stays_a_valid_document)
{
	struct reading r = {LABEL, GOOD, {VALUE_TEXT, {.text = "\xff"}}};
	struct follower_item item = item_of(&r, 1);
	struct buf out = {0};

	message_data(&out, &item);
	ck_assert_ptr_nonnull(
	    strstr(out.data, "{\"floor_label\":\"\xef\xbf\xbd\"}"));
	buf_free(&out);
}
END_TEST

START_TEST(a_fixed_buffer_that_is_too_small_says_so)
{
	struct follower_item item = {
	    .log = "k3f9a1", .batch = {.event = "\"type\":\"stop\""}};
	struct buf out;
	char memory[32];

	buf_fixed(&out, memory, sizeof(memory));
	message_event(&out, &item);
	ck_assert(out.full);
}
END_TEST

/* A view of two devices, the second of them `device`. */
static void
view_of(struct live_view *v, struct catalog *c, struct live_point *p)
{
	static const struct point_info one = {
	    .name = "x", .unit = "", .role = "", .form = FORM_NUMBER};
	static struct device_info devices[2];
	static struct live_device states[2];
	static size_t first[] = {0, 1, 1 + POINTS};

	devices[0] = (struct device_info){
	    .id = "a", .kind = "water", .point_count = 1, .points = &one};
	devices[1] = device;
	states[1] = (struct live_device){.online = true};
	*c = (struct catalog){.device_count = 2, .devices = devices};
	*v = (struct live_view){.catalog = c,
	    .devices = states,
	    .points = p,
	    .first = first,
	    .wall_ms = 1763690000456,
	    .synced = true};
}

START_TEST(a_state_tells_every_point_but_no_value_that_is_not_now)
{
	struct live_point p[1 + POINTS] = {
	    [1 + POWER] = {{VALUE_F64, {.f = 412.5}}, GOOD, 1, 1, 1},
	    [1 + VOLTS] = {{VALUE_F64, {.f = 9}}, {QUALITY_UNCERTAIN_RANGE, 0},
		1, 1, 1},
	    [1 + COUNT] = {{VALUE_U64, {.u = 3}}, {QUALITY_BAD_TIMEOUT, 0}, 1,
		1, 1}, /* the last good value is kept, and not told */
	    [1 + DOOR] = {{VALUE_ENUM, {.i = 0}}, GOOD, 1, 1, 1},
	};
	struct live_view v;
	struct catalog c;
	struct buf out = {0};

	view_of(&v, &c, p);
	message_state(&out, &v, 1);
	assert_text(&out,
	    "{\"ts\":1763690000456,\"online\":true,\"values\":{"
	    "\"active_power\":412.5,\"voltage_l1n\":9,\"door\":\"closed\"},"
	    "\"quality\":{\"voltage_l1n\":\"uncertain:range\","
	    "\"energy\":\"bad:timeout\",\"trip\":\"never\","
	    "\"floor_label\":\"never\"}}");
}
END_TEST

START_TEST(a_device_nobody_reached_is_offline_without_values)
{
	struct live_point p[1 + POINTS] = {0};
	struct live_view v;
	struct catalog c;
	struct buf out = {0};

	view_of(&v, &c, p);
	v.synced = false;
	message_state(&out, &v, 0);
	assert_text(&out,
	    "{\"ts\":1763690000456,\"online\":false,\"values\":{},"
	    "\"quality\":{\"x\":\"never\"},\"clock\":\"unsynced\"}");
}
END_TEST

START_TEST(a_meta_says_what_the_device_is)
{
	struct buf out = {0};

	message_meta(&out, &device);
	assert_text(&out,
	    "{\"name\":{\"zh\":\"3号变压器\",\"en\":\"Transformer 3\"},"
	    "\"kind\":\"transformer\",\"profile\":\"meter/schneider-pm5000\","
	    "\"verified\":\"A\",\"bus\":\"substation\","
	    "\"place\":{\"building\":\"3\",\"stair\":\"1\",\"floors\":6},"
	    "\"fed_by\":\"tx-1\",\"owner\":{\"zh\":\"安达电梯\"},"
	    "\"rating\":{\"kva\":630},\"points\":{"
	    "\"active_power\":{\"type\":\"number\",\"unit\":\"kW\"},"
	    "\"voltage_l1n\":{\"type\":\"number\",\"unit\":\"V\"},"
	    "\"energy\":{\"type\":\"number\",\"unit\":\"kWh\","
	    "\"role\":\"counter\"},"
	    "\"door\":{\"type\":\"enum\",\"enum\":{\"0\":\"closed\","
	    "\"1\":\"opening\",\"2\":\"open\"},"
	    "\"title\":{\"zh\":\"轿门\",\"en\":\"Car door\"}},"
	    "\"trip\":{\"type\":\"boolean\"},"
	    "\"floor_label\":{\"type\":\"text\"}}}");
}
END_TEST

START_TEST(a_meta_leaves_out_what_is_not_known)
{
	struct device_info bare = {.id = "a", .kind = "water"};
	struct buf out = {0};

	message_meta(&out, &bare);
	assert_text(&out, "{\"kind\":\"water\",\"points\":{}}");
}
END_TEST

START_TEST(an_alarm_has_its_own_members_and_the_number_of_its_event)
{
	char members[] = "\"state\":\"UNACK\",\"active\":true";
	struct board_alarm a = {.key = "tx-3/heavy",
	    .log = "k3f9a1",
	    .seq = UINT64_MAX,
	    .members = members};
	struct buf out = {0};

	message_alarm(&out, &a);
	assert_text(&out,
	    "{\"state\":\"UNACK\",\"active\":true,\"log\":\"k3f9a1\","
	    "\"seq\":18446744073709551615}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("message");

	tcase_add_loop_test(t, a_reading_is_told_by_its_type_and_quality, 0,
	    sizeof(readings) / sizeof(readings[0]));
	tcase_add_test(t, a_batch_says_when_it_is_late_or_of_an_unsure_clock);
	tcase_add_test(t, where_somebody_logged_in_from_is_not_told);
	tcase_add_test(t, a_text_that_is_not_utf8_stays_a_valid_document);
	tcase_add_test(t, a_fixed_buffer_that_is_too_small_says_so);
	tcase_add_test(
	    t, a_state_tells_every_point_but_no_value_that_is_not_now);
	tcase_add_test(t, a_device_nobody_reached_is_offline_without_values);
	tcase_add_test(t, a_meta_says_what_the_device_is);
	tcase_add_test(t, a_meta_leaves_out_what_is_not_known);
	tcase_add_loop_test(t,
	    an_event_has_its_own_members_between_its_number_and_its_marks, 0,
	    sizeof(event_cases) / sizeof(event_cases[0]));
	tcase_add_test(
	    t, an_alarm_has_its_own_members_and_the_number_of_its_event);
	suite_add_tcase(s, t);
	return suite_run(s);
}
