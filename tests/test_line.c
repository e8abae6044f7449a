/* test_line.c - batches as line protocol */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/sinks/line.h"
#include "tests/suite.h"

#define TAGS "riser,site=anju,device=tx-3,kind=transformer"
#define TS " 1763690000123000000\n"
#define TWO53 INT64_C(9007199254740992)

static struct buf out;

static const struct point_info points[] = {
    {.name = "active_power"}, {.name = "voltage_l1n"}, {.name = "energy"}};
static struct device_info device;
static struct reading readings[3];
static struct follower_item item;

static void
make_item(void)
{
	device = (struct device_info){.id = "tx-3",
	    .kind = "transformer",
	    .point_count = 3,
	    .points = points};
	item = (struct follower_item){.batch = {.readings = readings},
	    .device = &device,
	    .ts_ms = INT64_C(1763690000123)};
}

static void
drop_out(void)
{
	buf_free(&out);
}

static void
add(struct value v, enum quality_code code)
{
	uint16_t i = item.batch.count++;

	readings[i] = (struct reading){
	    .point = i, .quality = {(uint8_t)code, 0}, .value = v};
}

static struct value
f64(double f)
{
	return (struct value){.type = VALUE_F64, .f = f};
}

static struct value
i64(int64_t i)
{
	return (struct value){.type = VALUE_I64, .i = i};
}

static void
assert_lines(int count, const char *text)
{
	ck_assert_int_eq(line_put(&out, "anju", &item), count);
	ck_assert_str_eq(out.data ? out.data : "", text);
}

START_TEST(a_batch_is_one_line_as_the_contract_shows_it)
{
	add(f64(412.5), QUALITY_GOOD);
	add((struct value){.type = VALUE_F32, .f = (double)231.2f},
	    QUALITY_GOOD);
	assert_lines(1, TAGS " active_power=412.5,voltage_l1n=231.2" TS);
}
END_TEST

static const struct {
	struct value value;
	const char *digits;
} numbers[] = {
    {{.type = VALUE_BOOL, .u = 1}, "1"},
    {{.type = VALUE_BOOL, .u = 0}, "0"},
    {{.type = VALUE_ENUM, .i = -3}, "-3"},
    {{.type = VALUE_I64, .i = 0}, "0"},
    {{.type = VALUE_I64, .i = TWO53}, "9007199254740992"},
    {{.type = VALUE_I64, .i = TWO53 + 1}, "9007199254740993i"},
    {{.type = VALUE_I64, .i = -TWO53 - 1}, "-9007199254740993i"},
    {{.type = VALUE_I64, .i = INT64_MIN}, "-9223372036854775808i"},
    {{.type = VALUE_U64, .u = TWO53}, "9007199254740992"},
    {{.type = VALUE_U64, .u = TWO53 + 1}, "9007199254740993i"},
    {{.type = VALUE_U64, .u = INT64_MAX}, "9223372036854775807i"},
    {{.type = VALUE_U64, .u = UINT64_MAX}, "1.8446744073709552e+19"},
    {{.type = VALUE_F64, .f = 0.1}, "0.1"},
    {{.type = VALUE_F64, .f = -0.0}, "0"},
    {{.type = VALUE_F64, .f = 1e300}, "1e+300"},
    {{.type = VALUE_F64, .f = 23.1}, "23.1"},
    {{.type = VALUE_F64, .f = 1e17}, "1e+17"},
};

START_TEST(a_number_has_the_digits_of_its_source)
{
	char text[128];

	add(numbers[_i].value, QUALITY_GOOD);
	snprintf(text, sizeof(text), "%s active_power=%s%s", TAGS,
	    numbers[_i].digits, TS);
	assert_lines(1, text);
}
END_TEST

START_TEST(a_large_integer_stands_on_a_line_of_its_own)
{
	add(f64(1), QUALITY_GOOD);
	add(i64(TWO53 + 1), QUALITY_GOOD);
	add(i64(5), QUALITY_GOOD);
	assert_lines(2,
	    TAGS " active_power=1,energy=5" TS TAGS
		 " voltage_l1n=9007199254740993i" TS);
}
END_TEST

static const struct {
	enum quality_code code;
	bool told;
} qualities[] = {
    {QUALITY_NEVER, false},
    {QUALITY_GOOD, true},
    {QUALITY_UNCERTAIN_RANGE, true},
    {QUALITY_UNCERTAIN_CLOCK, true},
    {QUALITY_BAD_TIMEOUT, false},
    {QUALITY_BAD_DECODE, false},
    {QUALITY_BAD_NOT_AVAILABLE, false},
    {QUALITY_BAD_IDENTITY, false},
    {QUALITY_STALE, false},
    {QUALITY_DISABLED, false},
    {QUALITY_SIMULATED, false},
};

START_TEST(only_good_and_uncertain_values_are_written)
{
	add(f64(1), qualities[_i].code);
	assert_lines(qualities[_i].told,
	    qualities[_i].told ? TAGS " active_power=1" TS : "");
}
END_TEST

static const struct value blanks[] = {
    {.type = VALUE_NONE},
    {.type = VALUE_TEXT, .text = "4711"},
    {.type = VALUE_F64, .f = NAN},
    {.type = VALUE_F64, .f = INFINITY},
    {.type = VALUE_F32, .f = -INFINITY},
};

START_TEST(what_is_no_finite_number_writes_nothing)
{
	add(blanks[_i], QUALITY_GOOD);
	assert_lines(0, "");
	add(f64(2), QUALITY_GOOD);
	assert_lines(1, TAGS " voltage_l1n=2" TS);
}
END_TEST

START_TEST(only_an_estimated_time_is_tagged)
{
	add(f64(1), QUALITY_GOOD);
	item.clock = "unsynced";
	assert_lines(1, TAGS " active_power=1" TS);
	buf_clear(&out);
	item.clock = "estimated";
	assert_lines(1, TAGS ",clock=estimated active_power=1" TS);
}
END_TEST

START_TEST(names_that_would_break_a_line_do_not)
{
	device.id = "a b,c=d\\";
	device.kind = "x\ny";
	add(f64(1), QUALITY_GOOD);
	assert_lines(1,
	    "riser,site=anju,device=a\\ b\\,c\\=d_,kind=x_y active_power=1" TS);
}
END_TEST

START_TEST(an_empty_tag_is_left_out)
{
	device.kind = "";
	add(f64(1), QUALITY_GOOD);
	assert_lines(1, "riser,site=anju,device=tx-3 active_power=1" TS);
}
END_TEST

START_TEST(a_time_that_nanoseconds_cannot_tell_is_refused)
{
	add(f64(1), QUALITY_GOOD);
	item.ts_ms = INT64_MAX / 1000000 + 1;
	assert_lines(-1, "");
	item.ts_ms = INT64_MIN / 1000000 - 1;
	assert_lines(-1, "");
	item.ts_ms = -1;
	assert_lines(1, TAGS " active_power=1 -1000000\n");
}
END_TEST

START_TEST(a_line_that_does_not_fit_says_so)
{
	char memory[64];

	buf_fixed(&out, memory, sizeof(memory));
	add(f64(1), QUALITY_GOOD);
	line_put(&out, "anju", &item);
	ck_assert(out.full);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(*(a))))

static Suite *
suite(void)
{
	Suite *s = suite_create("line");
	TCase *t = tcase_create("line");

	tcase_add_checked_fixture(t, make_item, drop_out);
	tcase_add_test(t, a_batch_is_one_line_as_the_contract_shows_it);
	tcase_add_loop_test(
	    t, a_number_has_the_digits_of_its_source, 0, COUNT(numbers));
	tcase_add_test(t, a_large_integer_stands_on_a_line_of_its_own);
	tcase_add_loop_test(
	    t, only_good_and_uncertain_values_are_written, 0, COUNT(qualities));
	tcase_add_loop_test(
	    t, what_is_no_finite_number_writes_nothing, 0, COUNT(blanks));
	tcase_add_test(t, only_an_estimated_time_is_tagged);
	tcase_add_test(t, names_that_would_break_a_line_do_not);
	tcase_add_test(t, an_empty_tag_is_left_out);
	tcase_add_test(t, a_time_that_nanoseconds_cannot_tell_is_refused);
	tcase_add_test(t, a_line_that_does_not_fit_says_so);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
