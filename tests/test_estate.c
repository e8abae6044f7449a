/*
 * test_estate.c - values that belong together, and come out the same each time
 */
#include <math.h>
#include <stdlib.h>

#include "gateway/sim/estate.h"
#include "tests/sim_help.h"
#include "tests/suite.h"

#define HOUR_MS ((int64_t)3600000)
#define SEED 42

static struct estate *e;

static void
at_hour(double hour)
{
	e = estate_new(&help_conf, SEED, (int64_t)(hour * (double)HOUR_MS));
}

static void
setup(void)
{
	at_hour(8);
}

static void
teardown(void)
{
	estate_free(e);
}

static void
again_at_hour(double hour)
{
	teardown();
	at_hour(hour);
}

static double
get(size_t device, size_t point)
{
	struct value v;

	estate_value(e, device, point, &v);
	ck_assert_int_eq(v.type, VALUE_F64);
	return v.f;
}

static void
assert_same_estate(const struct estate *a, const struct estate *b)
{
	struct value va, vb;

	for (size_t d = 0; d < help_conf.device_count; d++)
		for (size_t p = 0; p < help_devices[d].point_count; p++) {
			estate_value(a, d, p, &va);
			estate_value(b, d, p, &vb);
			ck_assert_msg(value_equal(&va, &vb), "%s/%s",
			    help_devices[d].id, help_devices[d].points[p].name);
		}
}

START_TEST(the_same_seed_and_time_give_the_same_values_in_whatever_steps)
{
	struct estate *twin = estate_new(&help_conf, SEED, 8 * HOUR_MS);

	estate_advance(e, HOUR_MS);
	for (int64_t ms = 0; ms <= HOUR_MS; ms += 1700)
		estate_advance(twin, ms);
	estate_advance(twin, HOUR_MS);

	assert_same_estate(e, twin);
	estate_free(twin);
}
END_TEST

START_TEST(another_seed_gives_another_estate)
{
	struct estate *other = estate_new(&help_conf, SEED + 1, 8 * HOUR_MS);
	struct value v;

	for (size_t p = U1; p <= IMPORT; p++) {
		estate_value(other, TX, p, &v);
		ck_assert_double_ne(v.f, get(TX, p));
	}
	estate_free(other);
}
END_TEST

START_TEST(a_new_neighbour_changes_nobody)
{
	struct conf less = help_conf;
	struct estate *small;
	struct value v;

	less.device_count--; /* the box */
	small = estate_new(&less, SEED, 8 * HOUR_MS);
	estate_advance(small, HOUR_MS);
	estate_advance(e, HOUR_MS);

	estate_value(small, TX, P, &v);
	ck_assert_double_eq(v.f, get(TX, P));
	estate_value(small, LIFT, TRIPS, &v);
	ck_assert_double_eq(v.f, get(LIFT, TRIPS));
	estate_free(small);
}
END_TEST

START_TEST(time_that_has_passed_does_not_pass_again)
{
	double trips, energy;

	estate_advance(e, HOUR_MS);
	trips = get(LIFT, TRIPS);
	energy = get(TX, IMPORT);
	estate_advance(e, HOUR_MS / 2);
	ck_assert_double_eq(get(LIFT, TRIPS), trips);
	ck_assert_double_eq(get(TX, IMPORT), energy);
}
END_TEST

/* ---- lift ---- */

/* One lift's points, and what must hold between them at any moment. */
struct look {
	double v[MODE + 1];
};

static struct look
look(void)
{
	struct look l;

	for (size_t p = FLOOR; p <= MODE; p++)
		l.v[p] = get(LIFT, p);
	return l;
}

enum { CLOSED, OPENING, OPEN, CLOSING };

static void
assert_possible(const struct look *l)
{
	ck_assert_double_ge(l->v[FLOOR], 1);
	ck_assert_double_le(l->v[FLOOR], 6);
	ck_assert(l->v[SPEED] >= 0 && l->v[SPEED] <= 1);
	ck_assert(l->v[LOAD] <= 0 || l->v[OCCUPIED] > 0);
	ck_assert(l->v[DOOR] == CLOSED || l->v[ZONE] == 1);
	ck_assert(l->v[DOOR] == CLOSED || l->v[MOVING] == 0);
	ck_assert(l->v[SPEED] == 0 || l->v[MOVING] == 1);
	ck_assert_double_eq(l->v[MODE], 1);
}

static void
assert_follows(const struct look *before, const struct look *now)
{
	ck_assert_double_le(fabs(now->v[FLOOR] - before->v[FLOOR]), 1);
	for (size_t p = TRIPS; p <= KWH; p++)
		ck_assert_double_ge(now->v[p], before->v[p]);
	ck_assert_double_gt(now->v[KWH], before->v[KWH]);
	/* closing comes before closed, opening before open */
	if (before->v[DOOR] == OPEN)
		ck_assert(now->v[DOOR] == OPEN || now->v[DOOR] == CLOSING);
	if (before->v[DOOR] == CLOSED)
		ck_assert(now->v[DOOR] == CLOSED || now->v[DOOR] == OPENING);
}

START_TEST(a_lift_never_does_what_no_lift_does)
{
	struct look before = look();

	for (int64_t ms = 100; ms <= 2 * HOUR_MS; ms += 100) {
		struct look now;

		estate_advance(e, ms);
		now = look();
		assert_possible(&now);
		assert_follows(&before, &now);
		before = now;
	}
}
END_TEST

START_TEST(a_ride_over_five_storeys_takes_as_long_as_one_metre_a_second)
{
	int64_t left_ms = -1, longest_ms = 0;

	for (int64_t ms = 0; ms <= 2 * HOUR_MS; ms += 100) {
		estate_advance(e, ms);
		if (get(LIFT, MOVING) == 0) {
			left_ms = -1;
			continue;
		}
		left_ms = left_ms == -1 ? ms : left_ms;
		longest_ms =
		    ms - left_ms > longest_ms ? ms - left_ms : longest_ms;
	}
	ck_assert_int_ge(longest_ms, 14500); /* 5 x 2.9 m at 1 m/s */
	ck_assert_int_le(longest_ms, 19000); /* start, stop, levelling */
}
END_TEST

static double
trips_from(double hour)
{
	double before;

	again_at_hour(hour);
	before = get(LIFT, TRIPS);
	estate_advance(e, 2 * HOUR_MS);
	return get(LIFT, TRIPS) - before;
}

START_TEST(lifts_are_busier_when_people_come_home_than_at_night)
{
	double night = trips_from(2), evening = trips_from(17);

	ck_assert_double_gt(evening, 20);
	ck_assert_double_lt(night, evening / 4);
}
END_TEST

/* ---- transformer ---- */

static void
assert_consistent(void)
{
	double p = get(TX, P), q = get(TX, Q), s = get(TX, S);
	double mean_a = s * 1000 / (sqrt(3) * get(TX, U12));
	double ui = (get(TX, U1) * get(TX, I1) + get(TX, U2) * get(TX, I2) +
			get(TX, U3) * get(TX, I3)) /
	    1000;

	ck_assert_double_eq_tol(p * p + q * q, s * s, 1e-6 * s * s);
	ck_assert_double_eq_tol(ui, s, 1e-6 * s);
	ck_assert_double_eq_tol(p / s, get(TX, PF), 1e-9);
	for (size_t i = I1; i <= I3; i++) /* unbalanced by some percent */
		ck_assert_double_eq_tol(get(TX, i), mean_a, 0.1 * mean_a);
	ck_assert_double_eq_tol(get(TX, HZ), 50, 0.02);
	ck_assert(get(TX, U1) > 220 && get(TX, U1) < 240);
	ck_assert(s > 40 && s < 400);
}

START_TEST(a_meter_agrees_with_itself_all_day)
{
	for (int hour = 0; hour < 24; hour++) {
		estate_advance(e, hour * HOUR_MS);
		assert_consistent();
	}
}
END_TEST

static double
mean_over_an_hour(double hour, size_t device, size_t point)
{
	double sum = 0;

	again_at_hour(hour);
	for (int minute = 0; minute < 60; minute++) {
		estate_advance(e, minute * (int64_t)60000);
		sum += get(device, point);
	}
	return sum / 60;
}

START_TEST(the_voltage_sags_when_people_cook)
{
	double night = mean_over_an_hour(3, TX, U1);
	double evening = mean_over_an_hour(19.5, TX, U1);

	ck_assert_double_lt(evening, night - 1);
}
END_TEST

START_TEST(energy_is_the_integral_of_power)
{
	double sum_kws = 0, before = get(TX, IMPORT);

	for (int64_t second = 1; second <= 3600; second++) {
		estate_advance(e, second * 1000);
		sum_kws += get(TX, P);
	}
	ck_assert_double_eq_tol(
	    get(TX, IMPORT) - before, sum_kws / 3600, 1e-6 * sum_kws);
}
END_TEST

START_TEST(a_transformer_carries_the_lift_it_feeds)
{
	struct conf_device alone[COUNT(help_devices)];
	struct conf unfed = help_conf;
	double with = get(TX, P);
	struct value v;

	memcpy(alone, help_devices, sizeof(alone));
	alone[LIFT].fed_by = NULL;
	unfed.devices = alone;
	estate_free(e);
	e = estate_new(&unfed, SEED, 8 * HOUR_MS);
	estate_value(e, TX, P, &v);
	ck_assert_double_eq_tol(with - v.f, 0.15, 1e-6); /* stands by */
}
END_TEST

START_TEST(a_lift_that_names_no_device_of_ours_hangs_on_nothing)
{
	struct conf_device lost[COUNT(help_devices)];
	struct conf c = help_conf;

	memcpy(lost, help_devices, sizeof(lost));
	lost[LIFT].fed_by = "nobody";
	c.devices = lost;
	estate_free(e);
	e = estate_new(&c, SEED, 0);
	estate_advance(e, 60000);
	ck_assert_double_gt(get(TX, P), 0);
}
END_TEST

/* ---- what is staged ---- */

static void
stage(size_t device, enum stage what)
{
	estate_stage(e, device, what);
}

/* The box and the booster hang on the transformer, too. */
static struct conf_device wired[COUNT(help_devices)];
static struct conf wired_conf;

static void
wire(const char *lift_by, const char *far_by)
{
	memcpy(wired, help_devices, sizeof(wired));
	wired[LIFT].fed_by = lift_by;
	wired[FAR].fed_by = far_by;
	wired[BOX].fed_by = "tx-1";
	wired_conf = help_conf;
	wired_conf.devices = wired;
	estate_free(e);
	e = estate_new(&wired_conf, SEED, 8 * HOUR_MS);
}

START_TEST(a_cut_is_in_every_value_of_the_meter)
{
	static const int gone[] = {U1, U2, U3, U12, I1, I2, I3, P, Q, S};
	double import;

	estate_advance(e, HOUR_MS);
	import = get(TX, IMPORT);
	stage(TX, STAGE_CUT);
	estate_advance(e, HOUR_MS + 1000);
	for (size_t i = 0; i < COUNT(gone); i++)
		ck_assert_double_eq(get(TX, (size_t)gone[i]), 0);
	ck_assert(isnan(get(TX, PF)) && isnan(get(TX, HZ)));
	estate_advance(e, 2 * HOUR_MS);
	ck_assert_double_eq(get(TX, IMPORT), import);
	stage(TX, STAGE_NOTHING);
	estate_advance(e, 2 * HOUR_MS + 1000);
	assert_consistent();
	ck_assert_double_gt(get(TX, IMPORT), import);
}
END_TEST

static const struct {
	enum stage stage;
	int lost;
} lost_phases[] = {{STAGE_L1_LOST, 0}, {STAGE_L2_LOST, 1}, {STAGE_L3_LOST, 2}};

START_TEST(a_lost_phase_is_lost_and_the_meter_still_agrees_with_itself)
{
	int lost = lost_phases[_i].lost;
	double with = get(TX, P), ui = 0;

	stage(TX, lost_phases[_i].stage);
	estate_advance(e, 1000);
	for (int k = 0; k < 3; k++) {
		double u = get(TX, (size_t)(U1 + k));
		double i = get(TX, (size_t)(I1 + k));

		ck_assert_int_eq(u > 200, k != lost);
		ck_assert_int_eq(i > 1, k != lost);
		ui += u * i / 1000;
	}
	ck_assert_double_eq_tol(ui, get(TX, S), 1e-6 * ui);
	ck_assert_double_lt(get(TX, P), with * 0.75);
	ck_assert_double_gt(get(TX, P), with * 0.55);
	ck_assert_double_eq_tol(get(TX, HZ), 50, 0.02);
}
END_TEST

START_TEST(a_lift_needs_all_three_phases)
{
	stage(TX, lost_phases[_i].stage);
	estate_advance(e, 1000);
	ck_assert_double_eq(get(LIFT, SPEED), 0);
	ck_assert_double_eq(get(LIFT, CODE), 41);
	ck_assert(!estate_is_dark(e, LIFT));
	estate_advance(e, 60000);
	stage(TX, STAGE_NOTHING);
	estate_advance(e, 120000);
	ck_assert_double_eq(get(LIFT, CODE), 0);
}
END_TEST

START_TEST(what_has_one_phase_is_dark_when_that_is_lost)
{
	int dark = 0;

	wire("tx-1", NULL);
	for (size_t i = 0; i < COUNT(lost_phases); i++) {
		stage(TX, lost_phases[i].stage);
		dark += estate_is_dark(e, BOX);
	}
	ck_assert_int_eq(dark, 1);
}
END_TEST

START_TEST(a_cut_reaches_what_hangs_on_it_and_no_more)
{
	wire("tx-1", NULL);
	stage(TX, STAGE_CUT);
	estate_advance(e, 1000);
	ck_assert_double_eq(get(LIFT, CODE), 41);
	ck_assert(estate_is_dark(e, BOX));
	ck_assert(!estate_is_dark(e, LIFT) && !estate_is_dark(e, TX));
	ck_assert(!estate_is_dark(e, PUMP) && !estate_is_dark(e, FAR));
	stage(TX, STAGE_BLACKOUT);
	ck_assert(estate_is_dark(e, LIFT) && !estate_is_dark(e, TX));
	stage(TX, STAGE_NOTHING);
	ck_assert(!estate_is_dark(e, LIFT) && !estate_is_dark(e, BOX));
}
END_TEST

START_TEST(a_cut_reaches_through_the_feeders_behind_it)
{
	wire("far-end", "tx-1");
	wired[FAR].kind = "feeder";
	wired[FAR].points = help_tx;
	wired[FAR].point_count = wired[FAR].polled_count = COUNT(help_tx);
	estate_free(e);
	e = estate_new(&wired_conf, SEED, 8 * HOUR_MS);

	stage(FAR, STAGE_CUT);
	estate_advance(e, 1000);
	ck_assert_double_eq(get(LIFT, CODE), 41);
	ck_assert_double_eq(get(FAR, U1), 0);
	ck_assert_double_gt(get(TX, U1), 200);
	stage(FAR, STAGE_NOTHING);
	stage(TX, STAGE_L2_LOST);
	estate_advance(e, 2000);
	ck_assert_double_eq(get(LIFT, CODE), 41);
	ck_assert_double_eq(get(FAR, U2), 0);
	ck_assert_double_gt(get(FAR, U1), 200);
	stage(TX, STAGE_BLACKOUT);
	ck_assert(estate_is_dark(e, FAR) && estate_is_dark(e, LIFT));
}
END_TEST

START_TEST(what_is_dark_counts_nothing)
{
	double uses, pulses;

	wire("tx-1", NULL);
	estate_advance(e, HOUR_MS);
	stage(TX, STAGE_CUT);
	uses = get(BOX, USES);
	pulses = get(BOX, PULSES);
	estate_advance(e, 2 * HOUR_MS);
	ck_assert_double_eq_tol(get(BOX, USES), uses, 0.01);
	ck_assert_double_eq_tol(get(BOX, PULSES), pulses, 0.01);
	stage(TX, STAGE_NOTHING);
	estate_advance(e, 3 * HOUR_MS);
	ck_assert_double_eq_tol(get(BOX, USES) - uses, 12, 0.01);
}
END_TEST

START_TEST(meters_that_feed_each_other_end_no_world)
{
	wire("tx-1", NULL);
	wired[TX].fed_by = "far-end";
	wired[FAR].fed_by = "tx-1";
	wired[FAR].kind = "feeder";
	estate_free(e);
	e = estate_new(&wired_conf, SEED, 8 * HOUR_MS);
	stage(TX, STAGE_CUT);
	estate_advance(e, 1000);
	ck_assert_double_eq(get(TX, U1), 0);
}
END_TEST

START_TEST(a_device_takes_only_what_can_happen_to_it)
{
	ck_assert_uint_eq(estate_stages(e, LIFT), STAGES_OF_LIFT);
	ck_assert_uint_eq(estate_stages(e, TX), STAGES_OF_METER);
	ck_assert_uint_eq(estate_stages(e, BOX), 0);
	stage(LIFT, STAGE_CUT);
	stage(BOX, STAGE_TRAPPED);
	stage(TX, STAGE_TRAPPED);
	estate_advance(e, 1000);
	ck_assert_double_eq(get(LIFT, CODE), 0);
	assert_consistent();
}
END_TEST

START_TEST(a_staged_lift_stops_in_the_estate_too)
{
	stage(LIFT, STAGE_TRAPPED);
	estate_advance(e, 120000);
	ck_assert_double_eq(get(LIFT, CODE), 4);
	ck_assert(get(LIFT, ZONE) == 0 && get(LIFT, OCCUPIED) == 1);
}
END_TEST

START_TEST(a_contact_that_tells_closed_from_all_else_never_says_open)
{
	static const struct enum_name names[] = {
	    {0, "closed"}, {1, "opening"}, {2, "open"}, {9, "unknown"}};
	static const struct decode_state states[] = {{0, 9}, {1, 0}};
	bool seen[10] = {false};

	help_lift[DOOR].decode.names = names;
	help_lift[DOOR].decode.name_count = COUNT(names);
	help_lift[DOOR].decode.states = states;
	help_lift[DOOR].decode.state_count = COUNT(states);
	stage(LIFT, STAGE_BUSY);
	for (int64_t ms = 0; ms < 120000; ms += 500) {
		estate_advance(e, ms);
		seen[(size_t)get(LIFT, DOOR)] = true;
	}
	ck_assert(seen[0] && seen[9] && !seen[1] && !seen[2] && !seen[3]);
}
END_TEST

/* ---- water ---- */

START_TEST(the_pressure_dips_in_the_morning_and_most_at_the_far_end)
{
	double near_night = mean_over_an_hour(3, PUMP, PRESSURE);
	double far_night = mean_over_an_hour(3, FAR, PRESSURE) / 1000;
	double near_peak = mean_over_an_hour(6.5, PUMP, PRESSURE);
	double far_peak = mean_over_an_hour(6.5, FAR, PRESSURE) / 1000;

	ck_assert_double_lt(near_peak, near_night - 0.005);
	ck_assert_double_lt(far_peak, far_night - 0.02);
	ck_assert_double_lt(far_peak, near_peak - 0.01);
	ck_assert_double_gt(far_peak, 0.25);
}
END_TEST

START_TEST(water_flows_one_way_and_the_tank_neither_empties_nor_spills)
{
	double volume = get(PUMP, VOLUME);

	for (int minute = 0; minute < 24 * 60; minute++) {
		estate_advance(e, minute * (int64_t)60000);
		ck_assert_double_gt(get(PUMP, FLOW), 0);
		ck_assert_double_ge(get(PUMP, VOLUME), volume);
		ck_assert(get(PUMP, LEVEL) > 1 && get(PUMP, LEVEL) < 3);
		volume = get(PUMP, VOLUME);
	}
}
END_TEST

/* ---- what nobody modelled ---- */

START_TEST(an_unknown_point_stays_inside_what_is_valid)
{
	for (int minute = 0; minute < 600; minute++) {
		estate_advance(e, minute * (int64_t)60000);
		ck_assert(get(BOX, LEVEL_PPM) >= 200);
		ck_assert(get(BOX, LEVEL_PPM) <= 210);
	}
}
END_TEST

START_TEST(an_unknown_counter_counts)
{
	double before = get(BOX, PULSES);

	estate_advance(e, HOUR_MS);
	ck_assert_double_gt(get(BOX, PULSES), before);
}
END_TEST

START_TEST(an_unknown_enumeration_is_its_least_number_and_a_bool_false)
{
	ck_assert_double_eq(get(BOX, STATE), 3);
	ck_assert_double_eq(get(BOX, ON), 0);
}
END_TEST

/* ---- what the profile plays ---- */

START_TEST(a_shape_overrides_what_the_model_has)
{
	help_tx[PF].sim = (struct conf_sim){.shape = SIM_CONSTANT, .min = 0.7};

	ck_assert_double_eq(get(TX, PF), 0.7);
}
END_TEST

START_TEST(lamps_are_dark_by_day_and_all_points_of_theirs_agree)
{
	again_at_hour(12);
	ck_assert_double_eq(get(BOX, LAMP_A), 0);
	ck_assert_double_eq(get(BOX, LIT), 0);
	again_at_hour(18.2);
	ck_assert_double_eq_tol(get(BOX, LAMP_A), 8, 1);
	ck_assert_double_eq(get(BOX, LIT), 1);
}
END_TEST

START_TEST(an_enumeration_that_drifts_is_always_one_of_its_states)
{
	bool calm = false, storm = false;

	for (int minute = 0; minute < 600; minute++) {
		estate_advance(e, minute * (int64_t)60000);
		calm |= get(BOX, WEATHER) == 3;
		storm |= get(BOX, WEATHER) == 4;
		ck_assert(get(BOX, WEATHER) == 3 || get(BOX, WEATHER) == 4);
	}
	ck_assert(calm && storm);
}
END_TEST

START_TEST(a_counter_counts_by_the_hour)
{
	double before = get(BOX, USES);

	estate_advance(e, 2 * HOUR_MS);
	ck_assert_double_eq_tol(get(BOX, USES) - before, 24, 1e-9);
}
END_TEST

START_TEST(an_unknown_text_says_that_it_is_simulated)
{
	struct value v;

	estate_value(e, BOX, MODEL, &v);
	ck_assert_int_eq(v.type, VALUE_TEXT);
	ck_assert_str_eq(v.text, "SIM");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("estate");
	TCase *t = tcase_create("estate");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(
	    t, the_same_seed_and_time_give_the_same_values_in_whatever_steps);
	tcase_add_test(t, another_seed_gives_another_estate);
	tcase_add_test(t, a_new_neighbour_changes_nobody);
	tcase_add_test(t, time_that_has_passed_does_not_pass_again);
	tcase_add_test(t, a_lift_never_does_what_no_lift_does);
	tcase_add_test(
	    t, a_ride_over_five_storeys_takes_as_long_as_one_metre_a_second);
	tcase_add_test(t, lifts_are_busier_when_people_come_home_than_at_night);
	tcase_add_test(t, a_meter_agrees_with_itself_all_day);
	tcase_add_test(t, the_voltage_sags_when_people_cook);
	tcase_add_test(t, energy_is_the_integral_of_power);
	tcase_add_test(t, a_transformer_carries_the_lift_it_feeds);
	tcase_add_test(t, a_lift_that_names_no_device_of_ours_hangs_on_nothing);
	tcase_add_test(t, a_cut_is_in_every_value_of_the_meter);
	tcase_add_loop_test(t,
	    a_lost_phase_is_lost_and_the_meter_still_agrees_with_itself, 0, 3);
	tcase_add_loop_test(t, a_lift_needs_all_three_phases, 0, 3);
	tcase_add_test(t, what_has_one_phase_is_dark_when_that_is_lost);
	tcase_add_test(t, a_cut_reaches_what_hangs_on_it_and_no_more);
	tcase_add_test(t, a_cut_reaches_through_the_feeders_behind_it);
	tcase_add_test(t, what_is_dark_counts_nothing);
	tcase_add_test(t, meters_that_feed_each_other_end_no_world);
	tcase_add_test(t, a_device_takes_only_what_can_happen_to_it);
	tcase_add_test(t, a_staged_lift_stops_in_the_estate_too);
	tcase_add_test(
	    t, a_contact_that_tells_closed_from_all_else_never_says_open);
	tcase_add_test(
	    t, the_pressure_dips_in_the_morning_and_most_at_the_far_end);
	tcase_add_test(
	    t, water_flows_one_way_and_the_tank_neither_empties_nor_spills);
	tcase_add_test(t, an_unknown_point_stays_inside_what_is_valid);
	tcase_add_test(t, an_unknown_counter_counts);
	tcase_add_test(
	    t, an_unknown_enumeration_is_its_least_number_and_a_bool_false);
	tcase_add_test(t, an_unknown_text_says_that_it_is_simulated);
	tcase_add_test(t, a_shape_overrides_what_the_model_has);
	tcase_add_test(t, lamps_are_dark_by_day_and_all_points_of_theirs_agree);
	tcase_add_test(
	    t, an_enumeration_that_drifts_is_always_one_of_its_states);
	tcase_add_test(t, a_counter_counts_by_the_hour);
	return suite_run(s);
}
