/*
 * test_unit.c - units and what one is of another
 */
#include <math.h>

#include "gateway/conf/unit.h"
#include "tests/decode_help.h"
#include "tests/suite.h"

static const struct decimal none = {0, 0};

static void
expect_factor(const char *from, const char *to, struct decimal scale,
    struct decimal offset)
{
	struct decimal s = {7, 7}, o = {7, 7};

	ck_assert_msg(unit_convert(from, to, &s, &o), "%s is no %s", from, to);
	ck_assert_msg(s.mantissa == scale.mantissa &&
		s.places == scale.places && o.mantissa == offset.mantissa &&
		o.places == offset.places,
	    "%s is %jde-%u of %s and %jde-%u", from, (intmax_t)s.mantissa,
	    s.places, to, (intmax_t)o.mantissa, o.places);
}

/* What a table of units says, by hand. */
static const struct {
	const char *from, *to;
	struct decimal scale;
} factors[] = {
    {"W", "kW", {1, 3}},
    {"MW", "kW", {1000, 0}},
    {"var", "kvar", {1, 3}},
    {"VA", "kVA", {1, 3}},
    {"Wh", "kWh", {1, 3}},
    {"MWh", "kWh", {1000, 0}},
    {"MJ", "kWh", {277777777777777778, 18}},
    {"kWh", "MJ", {36, 1}},
    {"GJ", "MJ", {1000, 0}},
    {"varh", "kvarh", {1, 3}},
    {"VAh", "kVAh", {1, 3}},
    {"mA", "A", {1, 3}},
    {"kV", "V", {1000, 0}},
    {"mV", "V", {1, 3}},
    {"kPa", "MPa", {1, 3}},
    {"Pa", "MPa", {1, 6}},
    {"hPa", "mbar", {1, 0}},
    {"mbar", "MPa", {1, 4}},
    {"bar", "MPa", {1, 1}},
    {"MPa", "bar", {10, 0}},
    {"kgf/cm2", "kPa", {980665, 4}},
    {"kgf/cm2", "MPa", {980665, 7}},
    {"psi", "kPa", {6894757293168, 12}},
    {"psi", "MPa", {6894757293168, 15}},
    {"mH2O", "kPa", {980665, 5}},
    {"mmH2O", "kPa", {980665, 8}},
    {"mH2O", "mmH2O", {1000, 0}},
    {"cm", "m", {1, 2}},
    {"mm", "m", {1, 3}},
    {"L/s", "m3/h", {36, 1}},
    {"L/s", "L/min", {60, 0}},
    {"L/min", "m3/h", {6, 2}},
    {"m3/h", "L/min", {166666666666666667, 16}},
    {"m3/h", "L/s", {277777777777777778, 18}},
    {"L", "m3", {1, 3}},
    {"mm/s", "m/s", {1, 3}},
    {"m/min", "m/s", {16666666666666667, 18}},
    {"t", "kg", {1000, 0}},
    {"min", "h", {16666666666666667, 18}},
    {"s", "h", {277777777777778, 18}},
    {"h", "min", {60, 0}},
    {"d", "h", {24, 0}},
    {"ppb", "ppm", {1, 3}},
    {"mS/cm", "uS/cm", {1000, 0}},
    {"", "1", {1, 0}},
    {"1", "", {1, 0}},
};

START_TEST(a_unit_is_so_much_of_another)
{
	expect_factor(
	    factors[_i].from, factors[_i].to, factors[_i].scale, none);
}
END_TEST

START_TEST(temperatures_move_as_well)
{
	expect_factor("degC", "degC", one, none);
	expect_factor("K", "degC", one, (struct decimal){-27315, 2});
	expect_factor("degC", "K", one, (struct decimal){27315, 2});
	expect_factor(
	    "degC", "degF", (struct decimal){18, 1}, (struct decimal){32, 0});
	expect_factor("degF", "degC", (struct decimal){555555555555555556, 18},
	    (struct decimal){-177777777777777778, 16});
}
END_TEST

START_TEST(a_fahrenheit_register_reads_as_the_celsius_it_is)
{
	static const struct {
		uint16_t raw;
		double celsius;
	} rows[] = {{32, 0}, {212, 100}, {68, 20}, {100, 37.777777777777779},
	    {0xffd8, -40}};
	struct decode d = {.type = RAW_I16};

	ck_assert(unit_convert("degF", "degC", &d.scale, &d.offset));
	for (int i = 0; i < ROWS(rows); i++) {
		struct value v;

		decode_value(&d, &rows[i].raw, 0, &v);
		ck_assert_msg(
		    fabs(v.f - rows[i].celsius) < 1e-14, "%.17g", v.f);
	}
}
END_TEST

static const char *const apart[][2] = {
    {"%", "1"},
    {"1", "%"},
    {"%", "%LEL"},
    {"kW", "kVA"},
    {"kW", "kvar"},
    {"kW", "kWh"},
    {"kvarh", "kWh"},
    {"m", "mH2O"},
    {"m3", "m3/h"},
    {"m", "m/s"},
    {"ppm", "mg/L"},
    {"ppm", "%LEL"},
    {"rpm", "Hz"},
    {"kg", "kgf/cm2"},
    {"kPa", "degC"},
    {"kpa", "kPa"},
    {"kPa", "bananas"},
    {"bananas", "bananas"},
    {"", "%"},
};

START_TEST(what_is_not_one_quantity_is_not_converted)
{
	struct decimal s, o;

	ck_assert(!unit_convert(apart[_i][0], apart[_i][1], &s, &o));
	ck_assert(!unit_convert(apart[_i][1], apart[_i][0], &s, &o));
}
END_TEST

static bool
listed(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

START_TEST(every_unit_of_a_point_may_be_a_devices_own_and_is_itself)
{
	for (const char *const *n = unit_names; *n; n++)
		ck_assert_msg(listed(unit_sources, *n), "%s", *n);
	for (const char *const *n = unit_sources; *n; n++) {
		expect_factor(*n, *n, one, none);
		ck_assert_msg(!listed(n + 1, *n), "%s twice", *n);
	}
}
END_TEST

/* To a point's unit, and back is where it was. */
START_TEST(there_and_back_is_once)
{
	struct decimal a, b, c, d;

	for (const char *const *n = unit_sources; *n; n++)
		for (const char *const *m = unit_sources; *m; m++) {
			double x;

			if (!unit_convert(*n, *m, &a, &b))
				continue;
			ck_assert(unit_convert(*m, *n, &c, &d));
			x = decimal_number(a) * decimal_number(c);
			ck_assert_msg(
			    fabs(x - 1) < 1e-8, "%s %s %g", *n, *m, x);
		}
}
END_TEST

static const struct {
	const char *from, *wanted, *to;
} nears[] = {
    {"kV", "", "V"},
    {"mA", "A", "A"},
    {"mbar", "", "kPa"},
    {"mbar", "MPa", "MPa"},
    {"MWh", "A", "kWh"},
    {"K", "", "degC"},
    {"s", "", "h"},
    {"V", "", NULL},
    {"MPa", "bar", NULL},
    {"furlong", "", NULL},
    {"", "", NULL},
};

START_TEST(what_only_devices_count_in_has_a_unit_of_points_beside_it)
{
	const char *to = unit_near(nears[_i].from, nears[_i].wanted);

	ck_assert_pstr_eq(to, nears[_i].to);
}
END_TEST

static Suite *
unit_suite(void)
{
	Suite *s = suite_create("unit");
	TCase *tc = tcase_create("unit");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, a_unit_is_so_much_of_another, 0, ROWS(factors));
	tcase_add_test(tc, temperatures_move_as_well);
	tcase_add_test(tc, a_fahrenheit_register_reads_as_the_celsius_it_is);
	tcase_add_loop_test(
	    tc, what_is_not_one_quantity_is_not_converted, 0, ROWS(apart));
	tcase_add_test(
	    tc, every_unit_of_a_point_may_be_a_devices_own_and_is_itself);
	tcase_add_test(tc, there_and_back_is_once);
	tcase_add_loop_test(tc,
	    what_only_devices_count_in_has_a_unit_of_points_beside_it, 0,
	    ROWS(nears));
	return s;
}

int
main(void)
{
	return suite_run(unit_suite());
}
