/*
 * test_shape.c - the shapes that a profile may give to a point
 */
#include <check.h>
#include <math.h>

#include "gateway/sim/day.h"
#include "gateway/sim/shape.h"
#include "tests/suite.h"

#define HOUR_S 3600.0
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct shape_scene sc = {.device = 11, .point = 22};

static double
at(const struct conf_sim *s, double time_s)
{
	sc.time_s = time_s;
	return shape_value(s, &sc);
}

static double
after(const struct conf_sim *s, double elapsed_s)
{
	sc.elapsed_s = elapsed_s;
	return shape_value(s, &sc);
}

START_TEST(a_constant_is_always_the_same)
{
	const struct conf_sim s = {SIM_CONSTANT, 5, 0};

	for (double t = 0; t < DAY_S; t += HOUR_S)
		ck_assert_double_eq(at(&s, t), 5);
}
END_TEST

static const struct conf_sim moving[] = {
    {SIM_DAILY, 60, 520}, {SIM_NIGHT, 0.1, 9.2}, {SIM_DRIFT, -0.6, 1.9}};

START_TEST(a_value_stays_between_min_and_max)
{
	const struct conf_sim *s = &moving[_i];

	for (double t = 0; t < 2 * DAY_S; t += 61) {
		ck_assert_double_ge(at(s, t), s->min);
		ck_assert_double_le(at(s, t), s->max);
	}
}
END_TEST

START_TEST(a_value_uses_most_of_its_range)
{
	const struct conf_sim *s = &moving[_i];
	double low = INFINITY, high = -INFINITY, span = s->max - s->min;

	for (double t = 0; t < 2 * DAY_S; t += 61) {
		low = fmin(low, at(s, t));
		high = fmax(high, at(s, t));
	}
	ck_assert_double_le(low, s->min + 0.12 * span);
	ck_assert_double_ge(high, s->max - 0.25 * span);
}
END_TEST

START_TEST(a_value_is_the_same_whenever_it_is_asked_for)
{
	double early = at(&moving[_i], 7 * HOUR_S);

	at(&moving[_i], 20 * HOUR_S);
	ck_assert_double_eq(at(&moving[_i], 7 * HOUR_S), early);
}
END_TEST

START_TEST(a_daily_value_is_low_at_night_and_high_in_the_evening)
{
	const struct conf_sim s = {SIM_DAILY, 60, 520};

	ck_assert_double_lt(at(&s, 3.5 * HOUR_S), 65);
	ck_assert_double_gt(at(&s, 20 * HOUR_S), 460);
}
END_TEST

START_TEST(daily_points_of_one_device_keep_step)
{
	const struct conf_sim kw = {SIM_DAILY, 0, 10}, a = {SIM_DAILY, 0, 45};
	double ratio = 0;

	for (double t = 0; t < DAY_S; t += 600) {
		double power, current;

		sc.point = 1;
		power = at(&kw, t);
		sc.point = 2;
		current = at(&a, t);
		if (power < 0.1)
			continue;
		ratio = ratio == 0 ? current / power : ratio;
		ck_assert_double_eq_tol(current / power, ratio, 1e-9);
		ck_assert_double_eq_tol(ratio, 4.5, 0.3);
		ck_assert_double_ne(ratio, 4.5); /* nor are they twins */
	}
	ck_assert_double_gt(ratio, 0);
}
END_TEST

static const struct {
	double hour;
	bool lit;
} lamps[] = {{0, true}, {5.8, true}, {5.9, false}, {12, false}, {18, false},
    {18.1, true}, {23.99, true}, {36, false}, {44, true}};

START_TEST(lamps_are_lit_from_dusk_to_dawn)
{
	const struct conf_sim s = {SIM_NIGHT, 0, 100};
	double v = at(&s, lamps[_i].hour * HOUR_S);

	if (lamps[_i].lit)
		ck_assert(v >= 78 && v <= 100);
	else
		ck_assert_double_eq(v, 0);
}
END_TEST

START_TEST(a_state_by_night_is_max_itself)
{
	const struct conf_sim s = {SIM_NIGHT, 0, 8};

	sc.state = true;
	ck_assert_double_eq(at(&s, 20 * HOUR_S), 8);
	ck_assert_double_eq(at(&s, 12 * HOUR_S), 0);
}
END_TEST

START_TEST(a_counter_begins_near_min_and_counts_by_the_hour)
{
	const struct conf_sim s = {SIM_COUNTER, 100, 12};
	double start = after(&s, 0), before = start;

	ck_assert(start >= 100 && start <= 110);
	for (double t = 0.1; t < 4 * HOUR_S; t += 13.7) {
		ck_assert_double_gt(after(&s, t), before);
		before = after(&s, t);
	}
	ck_assert_double_eq_tol(after(&s, HOUR_S), start + 12, 1e-9);
}
END_TEST

START_TEST(counters_of_two_devices_are_no_twins)
{
	const struct conf_sim s = {SIM_COUNTER, 100, 12};
	double first = after(&s, 0);

	sc.point++;
	ck_assert_double_ne(after(&s, 0), first);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("shape");
	TCase *t = tcase_create("shape");
	int shapes = (int)COUNT(moving);

	suite_add_tcase(s, t);
	tcase_add_test(t, a_constant_is_always_the_same);
	tcase_add_loop_test(t, a_value_stays_between_min_and_max, 0, shapes);
	tcase_add_loop_test(t, a_value_uses_most_of_its_range, 0, shapes);
	tcase_add_loop_test(
	    t, a_value_is_the_same_whenever_it_is_asked_for, 0, shapes);
	tcase_add_test(
	    t, a_daily_value_is_low_at_night_and_high_in_the_evening);
	tcase_add_test(t, daily_points_of_one_device_keep_step);
	tcase_add_loop_test(
	    t, lamps_are_lit_from_dusk_to_dawn, 0, (int)COUNT(lamps));
	tcase_add_test(t, a_state_by_night_is_max_itself);
	tcase_add_test(t, a_counter_begins_near_min_and_counts_by_the_hour);
	tcase_add_test(t, counters_of_two_devices_are_no_twins);
	return suite_run(s);
}
