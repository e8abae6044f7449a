/*
 * test_models.c - chargers, pumps, solar lamps and meters that a person who
 * knows them would believe
 */
#include <check.h>
#include <math.h>
#include <stdbool.h>

#include "gateway/sim/charger.h"
#include "gateway/sim/day.h"
#include "gateway/sim/meter.h"
#include "gateway/sim/pumps.h"
#include "gateway/sim/solar.h"
#include "tests/suite.h"

#define HOUR_S 3600.0
#define SOCKETS 10
#define SEED 42
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- names of parts ---- */

static const struct {
	const char *pattern, *point;
	size_t part;
} names[] = {
    {"socket{n}_power", "socket1_power", 1},
    {"socket{n}_power", "socket10_power", 10},
    {"socket{n}_power", "socket_power", 0},
    {"socket{n}_power", "socket0_power", 0},
    {"socket{n}_power", "socket01_power", 0},
    {"socket{n}_power", "socket1_powers", 0},
    {"socket{n}_power", "pump1_power", 0},
    {"socket{n}_power", "", 0},
    {"level", "level", 1},
    {"level", "levels", 0},
};

START_TEST(a_signal_knows_its_parts)
{
	const struct signal s = {names[_i].pattern, ""};

	ck_assert_uint_eq(signal_part(&s, names[_i].point), names[_i].part);
}
END_TEST

/* ---- chargers ---- */

static struct charger box;

static double
socket(size_t n, enum socket_signal which)
{
	return box.socket_values[n * SOCKET_SIGNAL_COUNT + which];
}

static void
assert_socket(size_t n)
{
	double kw = socket(n, SOCKET_POWER), state = socket(n, SOCKET_STATE);

	ck_assert(state == SOCKET_IDLE || state == SOCKET_CHARGING ||
	    state == SOCKET_FULL);
	ck_assert_int_eq(kw > 0, state == SOCKET_CHARGING);
	ck_assert_double_le(kw, 0.3);
	ck_assert_double_eq_tol(
	    socket(n, SOCKET_CURRENT) * 229 * 0.93, kw * 1000, 1e-6);
	ck_assert(socket(n, SOCKET_TEMP) > 5 && socket(n, SOCKET_TEMP) < 40);
	ck_assert_double_le(socket(n, SOCKET_HOURS), 10);
}

START_TEST(a_socket_has_power_exactly_while_it_charges)
{
	charger_start(&box, SEED, SOCKETS, 0);
	for (double t = 0; t < 2 * DAY_S; t += 10) {
		charger_step(&box, t, 10);
		for (size_t i = 0; i < SOCKETS; i++)
			assert_socket(i);
	}
}
END_TEST

START_TEST(a_cabinet_is_the_sum_of_its_sockets)
{
	double kw = 0, kwh = 0, used = 0;

	charger_start(&box, SEED, SOCKETS, 20 * HOUR_S);
	for (size_t i = 0; i < SOCKETS; i++) {
		kw += socket(i, SOCKET_POWER);
		kwh += socket(i, SOCKET_ENERGY);
		used += socket(i, SOCKET_STATE) == SOCKET_CHARGING;
	}
	ck_assert_double_gt(kw, 0);
	ck_assert_double_eq_tol(box.values[CHARGER_POWER], kw, 1e-9);
	ck_assert_double_eq_tol(box.values[CHARGER_ENERGY], kwh, 1e-6);
	ck_assert_double_eq(box.values[CHARGER_IN_USE], used);
}
END_TEST

static double
in_use_at(double hour)
{
	double sum = 0;

	for (uint64_t seed = 0; seed < 50; seed++) {
		charger_start(&box, seed, SOCKETS, hour * HOUR_S);
		sum += box.values[CHARGER_IN_USE];
	}
	return sum / 50;
}

START_TEST(more_people_charge_in_the_evening_than_in_the_morning)
{
	ck_assert_double_gt(in_use_at(21), 2 * in_use_at(8));
	ck_assert_double_lt(in_use_at(21), 0.9 * SOCKETS);
}
END_TEST

/* ---- pumps ---- */

static struct pumps set;

static double
pump(size_t n, enum pump_signal which)
{
	return set.values[n * PUMP_SIGNAL_COUNT + which];
}

static size_t
running(void)
{
	size_t n = 0;

	for (size_t i = 0; i < set.count; i++)
		n += pump(i, PUMP_STATE) == 1;
	return n;
}

START_TEST(more_pumps_run_when_more_is_drawn)
{
	pumps_start(&set, SEED, 6);
	pumps_step(&set, 0.1, 0, 1);
	ck_assert_uint_eq(running(), 1);
	pumps_step(&set, 1, 0, 1);
	ck_assert_uint_eq(running(), 4);
	pumps_step(&set, 0, 0, 1);
	ck_assert_uint_eq(running(), 0);
}
END_TEST

START_TEST(a_pump_that_rests_takes_nothing)
{
	double kw = 0;

	pumps_start(&set, SEED, 6);
	pumps_step(&set, 0.5, 0, 1);
	for (size_t i = 0; i < set.count; i++) {
		bool on = pump(i, PUMP_STATE) == 1;

		ck_assert_int_eq(pump(i, PUMP_SPEED) > 0, on);
		ck_assert_int_eq(pump(i, PUMP_POWER) > 0, on);
		ck_assert_int_eq(pump(i, PUMP_CURRENT) > 0, on);
		kw += pump(i, PUMP_POWER);
	}
	ck_assert_double_eq_tol(kw, set.power_kw, 1e-9);
}
END_TEST

START_TEST(a_pump_does_not_start_and_stop_with_each_tap)
{
	double before;

	pumps_start(&set, SEED, 6);
	pumps_step(&set, 0.56, 0, 1);
	before = pump(2, PUMP_STARTS);
	for (int i = 0; i < 100; i++)
		pumps_step(&set, i % 2 ? 0.52 : 0.58, i, 1);
	ck_assert_double_le(pump(2, PUMP_STARTS), before + 1);
}
END_TEST

START_TEST(each_day_another_pump_begins)
{
	pumps_start(&set, SEED, 3);
	pumps_step(&set, 0.1, 0, 1);
	ck_assert_double_eq(pump(0, PUMP_STATE), 1);
	pumps_step(&set, 0.1, DAY_S, 1);
	ck_assert_double_eq(pump(0, PUMP_STATE), 0);
	ck_assert_double_eq(pump(1, PUMP_STATE), 1);
}
END_TEST

/* ---- solar lamps ---- */

static struct solar lamp;

static void
lamp_at(double hour)
{
	solar_start(&lamp, SEED, SEED, hour * HOUR_S);
}

START_TEST(a_solar_lamp_charges_by_day_and_is_lit_by_night)
{
	lamp_at(12);
	ck_assert_double_gt(lamp.values[SOLAR_PANEL_P], 0.005);
	ck_assert_double_eq(lamp.values[SOLAR_LAMP_P], 0);
	ck_assert_double_gt(lamp.values[SOLAR_BATTERY_I], 0);
	lamp_at(20);
	ck_assert_double_eq(lamp.values[SOLAR_PANEL_P], 0);
	ck_assert_double_eq(lamp.values[SOLAR_LAMP_P], 0.03);
	ck_assert_double_lt(lamp.values[SOLAR_BATTERY_I], 0);
}
END_TEST

START_TEST(a_battery_lasts_from_day_to_day)
{
	lamp_at(0);
	for (double t = 0; t < 7 * DAY_S; t += 60) {
		solar_step(&lamp, SEED, t, 60);
		ck_assert(lamp.values[SOLAR_BATTERY_PCT] > 5 &&
		    lamp.values[SOLAR_BATTERY_PCT] <= 100);
		ck_assert(lamp.values[SOLAR_BATTERY_U] > 11.1 &&
		    lamp.values[SOLAR_BATTERY_U] < 14.4);
	}
}
END_TEST

START_TEST(what_was_generated_today_begins_anew_at_midnight)
{
	lamp_at(18);
	ck_assert_double_gt(lamp.values[SOLAR_GENERATED_TODAY], 0.05);
	lamp_at(3);
	ck_assert_double_eq(lamp.values[SOLAR_GENERATED_TODAY], 0);
}
END_TEST

/* ---- meters ---- */

static struct meter tx;

static double
kva_of(const struct meter_rating *r)
{
	meter_start(&tx, SEED, r);
	return tx.kva;
}

START_TEST(a_meter_s_size_follows_from_what_is_said_of_it)
{
	ck_assert_double_eq(
	    kva_of(&(struct meter_rating){.kva = 630, .in = 1}), 630);
	ck_assert_double_eq_tol(
	    kva_of(&(struct meter_rating){.in = 909}), 630, 1);
	ck_assert_double_eq_tol(
	    kva_of(&(struct meter_rating){.ct = 30}), 104, 1);
	ck_assert_double_eq(kva_of(&(struct meter_rating){0}), 400);
}
END_TEST

START_TEST(a_meter_says_the_ratio_it_has_or_a_usual_one)
{
	kva_of(&(struct meter_rating){.kva = 630, .ct = 300, .pt = 10});
	ck_assert_double_eq(tx.values[METER_CT_RATIO], 300);
	ck_assert_double_eq(tx.values[METER_PT_RATIO], 10);
	kva_of(&(struct meter_rating){.kva = 630});
	ck_assert_double_eq(tx.values[METER_CT_RATIO], 200);
	ck_assert_double_eq(tx.values[METER_PT_RATIO], 1);
}
END_TEST

START_TEST(tariffs_make_up_the_energy_and_one_counts_at_a_time)
{
	struct meter_scene sc = {
	    .time_s = 18.5 * HOUR_S, .phases = METER_PHASES};
	double *v = tx.values, sharp, peak;

	kva_of(&(struct meter_rating){.kva = 400});
	meter_step(&tx, &sc, 1);
	sharp = v[METER_ENERGY_SHARP];
	peak = v[METER_ENERGY_PEAK];
	meter_step(&tx, &sc, 600);
	ck_assert_double_gt(v[METER_ENERGY_SHARP], sharp);
	ck_assert_double_eq(v[METER_ENERGY_PEAK], peak);
	ck_assert_double_eq_tol(v[METER_ENERGY_SHARP] + v[METER_ENERGY_PEAK] +
		v[METER_ENERGY_FLAT] + v[METER_ENERGY_VALLEY],
	    v[METER_ENERGY_IMPORT], 1e-6);
}
END_TEST

/* 220 V +7 % -10 %: beyond it the gateway raises an alarm. */
START_TEST(an_ordinary_day_raises_no_voltage_alarm)
{
	struct meter_scene sc = {.grid = SEED, .phases = METER_PHASES};

	kva_of(&(struct meter_rating){.kva = 630});
	for (sc.time_s = 0; sc.time_s < DAY_S; sc.time_s += 60) {
		meter_step(&tx, &sc, 60);
		for (int i = 0; i < 3; i++)
			ck_assert(tx.values[METER_U_L1N + i] > 201 &&
			    tx.values[METER_U_L1N + i] < 235.4);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("models");
	TCase *t = tcase_create("models");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_signal_knows_its_parts, 0, (int)COUNT(names));
	tcase_add_test(t, a_socket_has_power_exactly_while_it_charges);
	tcase_add_test(t, a_cabinet_is_the_sum_of_its_sockets);
	tcase_add_test(
	    t, more_people_charge_in_the_evening_than_in_the_morning);
	tcase_add_test(t, more_pumps_run_when_more_is_drawn);
	tcase_add_test(t, a_pump_that_rests_takes_nothing);
	tcase_add_test(t, a_pump_does_not_start_and_stop_with_each_tap);
	tcase_add_test(t, each_day_another_pump_begins);
	tcase_add_test(t, a_solar_lamp_charges_by_day_and_is_lit_by_night);
	tcase_add_test(t, a_battery_lasts_from_day_to_day);
	tcase_add_test(t, what_was_generated_today_begins_anew_at_midnight);
	tcase_add_test(t, a_meter_s_size_follows_from_what_is_said_of_it);
	tcase_add_test(t, a_meter_says_the_ratio_it_has_or_a_usual_one);
	tcase_add_test(t, tariffs_make_up_the_energy_and_one_counts_at_a_time);
	tcase_add_test(t, an_ordinary_day_raises_no_voltage_alarm);
	return suite_run(s);
}
