/* test_derive.c - points that are computed: values, qualities, fault numbers */
#include <math.h>

#include "gateway/measure/derive.h"
#include "tests/expr_help.h"
#include "tests/suite.h"

#define Q(name)                                                                \
	{                                                                      \
		.code = QUALITY_##name                                         \
	}

static struct derive_input inputs[POINTS];
static struct derive_state state;

static struct derive_input
get(const void *context, uint16_t point)
{
	const struct derive_input *all = context;

	return all[point];
}

static struct reading
take(const struct derive *d, int64_t now_ms)
{
	struct reading r = {.point = 77};

	derive_take(d, &state, get, inputs, now_ms, &r);
	ck_assert_uint_eq(r.point, 77);
	ck_assert_int_eq(
	    r.value.type != VALUE_NONE, quality_has_value(r.quality));
	return r;
}

static void
give(int point, int64_t at_ms, double number)
{
	inputs[point] =
	    (struct derive_input){.value = {.type = VALUE_F64, .f = number},
		.quality = Q(GOOD),
		.at_ms = at_ms};
}

static struct derive
start(const char *text)
{
	struct derive d = {.expr = parse(text), .exact = true};

	d.form = expr_form(d.expr);
	derive_start(&d, &state, memory);
	for (int i = 0; i < POINTS; i++)
		give(i, 0, points[i]);
	return d;
}

static void
assert_number(struct reading r, double expected)
{
	ck_assert_int_eq(r.quality.code, QUALITY_GOOD);
	ck_assert_int_eq(r.value.type, VALUE_F64);
	ck_assert_double_eq(r.value.f, expected);
}

static void
assert_quality(struct reading r, uint8_t code, uint8_t detail)
{
	ck_assert_int_eq(r.quality.code, code);
	ck_assert_int_eq(r.quality.detail, detail);
}

/* ---- values ---- */

START_TEST(a_number_is_computed_from_its_inputs)
{
	struct derive d = start("100 * load / 200");

	assert_number(take(&d, 0), 42);
	ck_assert_ptr_null(state.spans);
}
END_TEST

START_TEST(what_was_measured_has_a_float_s_digits)
{
	struct derive d = start("100 * load / 630");
	struct reading r;

	d.exact = false;
	r = take(&d, 0);
	ck_assert_int_eq(r.value.type, VALUE_F32);
	ck_assert_double_eq(r.value.f, (double)(float)(8400.0 / 630));
	d.has_valid = true;
	d.valid_max = 0.1; /* the float 0.1 lies above it */
	give(LOAD, 0, 0.63);
	assert_quality(take(&d, 0), QUALITY_GOOD, 0);
	give(LOAD, 0, 1e40);
	assert_quality(take(&d, 0), QUALITY_BAD_NOT_AVAILABLE, 0);
}
END_TEST

START_TEST(a_condition_is_a_boolean)
{
	struct derive d = start("door == open");
	struct reading r = take(&d, 0);

	ck_assert_int_eq(r.value.type, VALUE_BOOL);
	ck_assert_uint_eq(r.value.u, 1);
	give(DOOR, 0, 1);
	r = take(&d, 0);
	ck_assert_int_eq(r.value.type, VALUE_BOOL);
	ck_assert_uint_eq(r.value.u, 0);
}
END_TEST

static const struct {
	struct value value;
	double number;
} held[] = {
    {{VALUE_F32, .f = 0.5}, 0.5},
    {{VALUE_F64, .f = -0.25}, -0.25},
    {{VALUE_I64, .i = -3}, -3},
    {{VALUE_U64, .u = UINT64_C(1) << 40}, 0x1p40},
    {{VALUE_BOOL, .u = 1}, 1},
};

START_TEST(an_input_may_be_held_in_any_way)
{
	struct derive d = start("load * 1");

	inputs[LOAD].value = held[_i].value;
	assert_number(take(&d, 0), held[_i].number);
}
END_TEST

START_TEST(an_enumeration_is_compared_by_its_standard_number)
{
	struct derive d = start("door == 'out of order'");

	inputs[DOOR].value = (struct value){.type = VALUE_ENUM, .i = -1};
	ck_assert_uint_eq(take(&d, 0).value.u, 1);
}
END_TEST

START_TEST(zero_has_no_sign)
{
	struct derive d = start("-load");

	give(LOAD, 0, 0);
	ck_assert(!signbit(take(&d, 0).value.f));
}
END_TEST

START_TEST(only_points_of_the_expression_are_used)
{
	struct derive d = start("load + drop(pressure, 60s)");

	ck_assert(derive_uses(&d, LOAD));
	ck_assert(derive_uses(&d, PRESSURE));
	ck_assert(!derive_uses(&d, L1));
	ck_assert(!derive_uses(&d, 0xffff));
}
END_TEST

/* ---- qualities ---- */

static const struct {
	struct quality first, second, expected;
} qualities[] = {
    {Q(GOOD), Q(GOOD), Q(GOOD)},
    {Q(SIMULATED), Q(SIMULATED), Q(SIMULATED)},
    {Q(SIMULATED), Q(GOOD), Q(SIMULATED)},
    {Q(GOOD), Q(SIMULATED), Q(SIMULATED)},
    {Q(BAD_TIMEOUT), Q(GOOD), Q(BAD_TIMEOUT)},
    {Q(GOOD), Q(BAD_TIMEOUT), Q(BAD_TIMEOUT)},
    {Q(STALE), Q(BAD_TIMEOUT), Q(STALE)},
    {Q(BAD_TIMEOUT), Q(STALE), Q(BAD_TIMEOUT)},
    {Q(NEVER), Q(GOOD), Q(NEVER)},
    {Q(GOOD), Q(DISABLED), Q(DISABLED)},
    {Q(SIMULATED), Q(BAD_CRC), Q(BAD_CRC)},
    {Q(BAD_IDENTITY), Q(SIMULATED), Q(BAD_IDENTITY)},
    {{QUALITY_BAD_EXCEPTION, 2}, {QUALITY_BAD_EXCEPTION, 4},
	{QUALITY_BAD_EXCEPTION, 2}},
    {Q(UNCERTAIN_RANGE), Q(GOOD), Q(BAD_NOT_AVAILABLE)},
    {Q(GOOD), Q(UNCERTAIN_CLOCK), Q(BAD_NOT_AVAILABLE)},
    {Q(UNCERTAIN_RANGE), Q(BAD_BUS), Q(BAD_NOT_AVAILABLE)},
    {Q(BAD_BUS), Q(UNCERTAIN_RANGE), Q(BAD_BUS)},
};

START_TEST(the_quality_is_that_of_the_first_input_that_is_not_good)
{
	struct derive d = start("load + pressure");

	inputs[LOAD].quality = qualities[_i].first;
	inputs[PRESSURE].quality = qualities[_i].second;
	assert_quality(take(&d, 0), qualities[_i].expected.code,
	    qualities[_i].expected.detail);
}
END_TEST

START_TEST(what_is_no_number_is_not_available)
{
	struct derive d = start("1 / load");

	give(LOAD, 0, 0);
	assert_quality(take(&d, 0), QUALITY_BAD_NOT_AVAILABLE, 0);
	inputs[LOAD].quality.code = QUALITY_SIMULATED;
	assert_quality(take(&d, 0), QUALITY_BAD_NOT_AVAILABLE, 0);
	inputs[LOAD].quality.code = QUALITY_BAD_TIMEOUT;
	assert_quality(take(&d, 0), QUALITY_BAD_TIMEOUT, 0);
}
END_TEST

static const struct {
	double load;
	uint8_t input, expected;
} ranges[] = {
    {0, QUALITY_GOOD, QUALITY_GOOD},
    {120, QUALITY_GOOD, QUALITY_GOOD},
    {120.5, QUALITY_GOOD, QUALITY_UNCERTAIN_RANGE},
    {-0.5, QUALITY_GOOD, QUALITY_UNCERTAIN_RANGE},
    {120.5, QUALITY_SIMULATED, QUALITY_SIMULATED},
    {120.5, QUALITY_BAD_CRC, QUALITY_BAD_CRC},
};

START_TEST(a_number_out_of_range_is_uncertain)
{
	struct derive d = start("load * 1");
	struct reading r;

	d.has_valid = true;
	d.valid_min = 0;
	d.valid_max = 120;
	give(LOAD, 0, ranges[_i].load);
	inputs[LOAD].quality.code = ranges[_i].input;
	r = take(&d, 0);
	ck_assert_int_eq(r.quality.code, ranges[_i].expected);
	if (quality_has_value(r.quality))
		ck_assert_double_eq(r.value.f, ranges[_i].load);
}
END_TEST

/* ---- rates and drops ---- */

START_TEST(a_rate_comes_when_there_is_half_its_time)
{
	struct derive d = start("rate(pressure, 60s)");

	give(PRESSURE, 1000, 0.4);
	assert_quality(take(&d, 1000), QUALITY_BAD_NOT_AVAILABLE, 0);
	give(PRESSURE, 21000, 0.3);
	assert_quality(take(&d, 21000), QUALITY_BAD_NOT_AVAILABLE, 0);
	give(PRESSURE, 41000, 2.4);
	assert_number(take(&d, 41000), 0.05);
	give(PRESSURE, 61000, 0.4);
	assert_number(take(&d, 61000), 0);
}
END_TEST

START_TEST(a_drop_is_there_at_once)
{
	struct derive d = start("drop(pressure, 60s)");

	give(PRESSURE, 0, 8);
	assert_number(take(&d, 0), 0);
	give(PRESSURE, 1000, 5);
	assert_number(take(&d, 1000), 3);
}
END_TEST

/* 0.6 in five minutes is 0.002 a second.  Whoever took the old reading for a
 * new one each time would see 0.01 at the end. */
START_TEST(a_reading_that_is_given_again_is_no_new_one)
{
	struct derive d = start("rate(pressure, 60s) * moving");

	for (int s = 0; s < 300; s++) {
		give(PRESSURE, 0, 1);
		take(&d, 1000 * s);
	}
	give(PRESSURE, 300000, 0.4);
	assert_quality(take(&d, 300000), QUALITY_BAD_NOT_AVAILABLE, 0);
}
END_TEST

START_TEST(the_same_value_read_anew_is_a_rate_of_nothing)
{
	struct derive d = start("rate(pressure, 60s)");

	give(PRESSURE, 0, 1);
	take(&d, 0);
	give(PRESSURE, 30000, 1);
	assert_number(take(&d, 30000), 0);
	assert_number(take(&d, 59000), 0);
	assert_quality(take(&d, 61000), QUALITY_BAD_NOT_AVAILABLE, 0);
}
END_TEST

START_TEST(a_reading_that_is_not_good_is_no_part_of_a_span)
{
	struct derive d = start("drop(pressure, 60s)");

	give(PRESSURE, 0, 5);
	take(&d, 0);
	give(PRESSURE, 1000, 900);
	inputs[PRESSURE].quality.code = QUALITY_UNCERTAIN_RANGE;
	assert_quality(take(&d, 1000), QUALITY_BAD_NOT_AVAILABLE, 0);
	inputs[PRESSURE] =
	    (struct derive_input){.quality = Q(BAD_TIMEOUT), .at_ms = 2000};
	assert_quality(take(&d, 2000), QUALITY_BAD_TIMEOUT, 0);
	give(PRESSURE, 3000, 4);
	assert_number(take(&d, 3000), 1);
}
END_TEST

START_TEST(a_span_goes_on_while_another_input_is_not_good)
{
	struct derive d = start("load + drop(pressure, 60s)");

	inputs[LOAD].quality.code = QUALITY_BAD_TIMEOUT;
	give(PRESSURE, 0, 9);
	assert_quality(take(&d, 0), QUALITY_BAD_TIMEOUT, 0);
	give(PRESSURE, 1000, 5);
	assert_quality(take(&d, 1000), QUALITY_BAD_TIMEOUT, 0);
	give(LOAD, 2000, 100);
	assert_number(take(&d, 2000), 104);
}
END_TEST

START_TEST(two_spans_of_one_point_do_not_mix)
{
	struct derive d =
	    start("100 * drop(pressure, 60s) + drop(pressure, 10s)");

	give(PRESSURE, 0, 5);
	take(&d, 0);
	give(PRESSURE, 20000, 4);
	take(&d, 20000);
	give(PRESSURE, 21000, 2);
	assert_number(take(&d, 21000), 302);
}
END_TEST

START_TEST(no_rate_yet_does_not_hide_an_input_that_is_not_good)
{
	struct derive d = start("rate(pressure, 60s) + load");

	inputs[LOAD].quality.code = QUALITY_STALE;
	assert_quality(take(&d, 0), QUALITY_STALE, 0);
}
END_TEST

/* ---- fault numbers ---- */

static const struct derive_fault table[] = {
    {-7, 40}, {5, 11}, {41, 12}, {42, 12}, {300, 13}};
static const struct derive_fault with_zero[] = {{0, 50}, {5, 11}};

static const struct {
	struct value raw;
	int64_t expected;
} lookups[] = {
    {{VALUE_U64, .u = 41}, 12},
    {{VALUE_U64, .u = 42}, 12},
    {{VALUE_U64, .u = 5}, 11},
    {{VALUE_U64, .u = 300}, 13},
    {{VALUE_I64, .i = -7}, 40},
    {{VALUE_ENUM, .i = 5}, 11},
    {{VALUE_F64, .f = 41}, 12},
    {{VALUE_F32, .f = -7}, 40},
    {{VALUE_U64, .u = 0}, DERIVE_FAULT_NONE},
    {{VALUE_I64, .i = 0}, DERIVE_FAULT_NONE},
    {{VALUE_F64, .f = -0.0}, DERIVE_FAULT_NONE},
    {{VALUE_BOOL, .u = 0}, DERIVE_FAULT_NONE},
    {{VALUE_BOOL, .u = 1}, DERIVE_FAULT_OTHER},
    {{VALUE_U64, .u = 6}, DERIVE_FAULT_OTHER},
    {{VALUE_U64, .u = 301}, DERIVE_FAULT_OTHER},
    {{VALUE_I64, .i = -8}, DERIVE_FAULT_OTHER},
    {{VALUE_U64, .u = UINT64_MAX - 6}, DERIVE_FAULT_OTHER}, /* not -7 */
    {{VALUE_F64, .f = 0x1p64}, DERIVE_FAULT_OTHER},
    {{VALUE_F64, .f = -1e300}, DERIVE_FAULT_OTHER},
};

static struct derive
start_lookup(const struct derive_fault *faults, uint16_t count)
{
	struct derive d = {.form = FORM_ENUM,
	    .fault_point = LOAD,
	    .fault_count = count,
	    .faults = faults};

	derive_start(&d, &state, memory);
	ck_assert_ptr_null(state.spans);
	give(LOAD, 0, 0);
	return d;
}

static void
assert_fault(struct reading r, int64_t expected)
{
	ck_assert_int_eq(r.quality.code, QUALITY_GOOD);
	ck_assert_int_eq(r.value.type, VALUE_ENUM);
	ck_assert_int_eq(r.value.i, expected);
}

START_TEST(a_fault_number_is_looked_up)
{
	struct derive d = start_lookup(table, ROWS(table));

	inputs[LOAD].value = lookups[_i].raw;
	assert_fault(take(&d, 0), lookups[_i].expected);
}
END_TEST

START_TEST(a_table_may_give_zero_a_meaning_or_be_empty)
{
	struct derive d = start_lookup(with_zero, ROWS(with_zero));

	assert_fault(take(&d, 0), 50);
	d = start_lookup(NULL, 0);
	assert_fault(take(&d, 0), DERIVE_FAULT_NONE);
	give(LOAD, 0, 5);
	assert_fault(take(&d, 0), DERIVE_FAULT_OTHER);
}
END_TEST

START_TEST(a_fault_number_with_places_is_no_such_value)
{
	struct derive d = start_lookup(table, ROWS(table));

	give(LOAD, 0, 4.5);
	assert_quality(take(&d, 0), QUALITY_BAD_DECODE, 0);
}
END_TEST

START_TEST(a_fault_has_the_quality_of_its_number)
{
	struct derive d = start_lookup(table, ROWS(table));

	inputs[LOAD].quality.code = QUALITY_SIMULATED;
	assert_quality(take(&d, 0), QUALITY_SIMULATED, 0);
	inputs[LOAD].quality.code = QUALITY_UNCERTAIN_RANGE;
	assert_quality(take(&d, 0), QUALITY_BAD_NOT_AVAILABLE, 0);
	inputs[LOAD] =
	    (struct derive_input){.quality = {QUALITY_BAD_EXCEPTION, 2}};
	assert_quality(take(&d, 0), QUALITY_BAD_EXCEPTION, 2);
}
END_TEST

START_TEST(a_lookup_uses_its_point_alone)
{
	struct derive d = start_lookup(table, ROWS(table));

	ck_assert(derive_uses(&d, LOAD));
	ck_assert(!derive_uses(&d, PRESSURE));
}
END_TEST

static void
add_qualities(TCase *t)
{
	tcase_add_loop_test(t,
	    the_quality_is_that_of_the_first_input_that_is_not_good, 0,
	    ROWS(qualities));
	tcase_add_test(t, what_is_no_number_is_not_available);
	tcase_add_loop_test(
	    t, a_number_out_of_range_is_uncertain, 0, ROWS(ranges));
}

static void
add_spans(TCase *t)
{
	tcase_add_test(t, a_rate_comes_when_there_is_half_its_time);
	tcase_add_test(t, a_drop_is_there_at_once);
	tcase_add_test(t, a_reading_that_is_given_again_is_no_new_one);
	tcase_add_test(t, the_same_value_read_anew_is_a_rate_of_nothing);
	tcase_add_test(t, a_reading_that_is_not_good_is_no_part_of_a_span);
	tcase_add_test(t, a_span_goes_on_while_another_input_is_not_good);
	tcase_add_test(t, two_spans_of_one_point_do_not_mix);
	tcase_add_test(t, no_rate_yet_does_not_hide_an_input_that_is_not_good);
}

static void
add_faults(TCase *t)
{
	tcase_add_loop_test(t, a_fault_number_is_looked_up, 0, ROWS(lookups));
	tcase_add_test(t, a_table_may_give_zero_a_meaning_or_be_empty);
	tcase_add_test(t, a_fault_number_with_places_is_no_such_value);
	tcase_add_test(t, a_fault_has_the_quality_of_its_number);
	tcase_add_test(t, a_lookup_uses_its_point_alone);
}

int
main(void)
{
	Suite *s = suite_create("derive");
	TCase *t = tcase_create("derive");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_number_is_computed_from_its_inputs);
	tcase_add_test(t, what_was_measured_has_a_float_s_digits);
	tcase_add_test(t, a_condition_is_a_boolean);
	tcase_add_loop_test(t, an_input_may_be_held_in_any_way, 0, ROWS(held));
	tcase_add_test(t, an_enumeration_is_compared_by_its_standard_number);
	tcase_add_test(t, zero_has_no_sign);
	tcase_add_test(t, only_points_of_the_expression_are_used);
	add_qualities(t);
	add_spans(t);
	add_faults(t);
	suite_add_tcase(s, t);
	return suite_run(s);
}
