/*
 * test_lift.c - a simulated lift that a person who knows lifts would believe,
 * and what can be staged with it
 */
#include <math.h>
#include <string.h>

#include "gateway/sim/day.h"
#include "gateway/sim/lift.h"
#include "tests/suite.h"

#define SEEDS 20
#define FLOORS 6
#define STEP_S (LIFT_STEP_MS / 1000.0)
#define EIGHT_S (8 * 3600.0)
#define FLOOR_M 2.9

/* Check's own write a line to a file each time they hold. */
#define must_be(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg("%s", #condition);                        \
	} while (0)

static struct lift lift;
static struct lift_scene sc;

static void
begin(uint64_t seed, double time_s)
{
	lift_start(&lift, seed, FLOORS);
	sc = (struct lift_scene){.time_s = time_s, .supply = true};
}

static void
step(void)
{
	sc.time_s += STEP_S;
	lift_step(&lift, &sc);
}

static void
pass(double seconds)
{
	for (double s = 0; s < seconds; s += STEP_S)
		step();
}

static double
get(enum lift_signal signal)
{
	return lift.values[signal];
}

/* How long until it is so, in seconds; fails after most_s. */
static double
wait_for(bool (*is_so)(void), double most_s)
{
	double waited_s = 0;

	for (; !is_so(); waited_s += STEP_S) {
		if (waited_s > most_s)
			ck_abort_msg("not after %g s", most_s);
		step();
	}
	return waited_s;
}

static bool
stands_between_floors(void)
{
	return get(LIFT_MOVING) == 0 && get(LIFT_DOOR_ZONE) == 0;
}

static bool
door_is_open(void)
{
	return get(LIFT_DOOR) == LIFT_DOOR_OPEN;
}

static bool
rides_with_people(void)
{
	return get(LIFT_MOVING) == 1 && get(LIFT_LOAD_PCT) > 0 &&
	    get(LIFT_DOOR_ZONE) == 0;
}

static bool
is_idle(void)
{
	return lift.phase == LIFT_IDLE;
}

static bool
is_inspected(void)
{
	return get(LIFT_SERVICE_MODE) == LIFT_INSPECTION;
}

static bool
is_stopped(void)
{
	return get(LIFT_SERVICE_MODE) == LIFT_STOPPED;
}

static bool
moves(void)
{
	return get(LIFT_MOVING) == 1;
}

/* ---- everyday life ---- */

static void
assert_possible(double kwh)
{
	bool closed = get(LIFT_DOOR) == LIFT_DOOR_CLOSED;

	must_be(lift.position_m >= -1e-9 &&
	    lift.position_m <= (FLOORS - 1) * FLOOR_M + 1e-9);
	must_be(closed || get(LIFT_DOOR_ZONE) == 1);
	must_be(closed || get(LIFT_MOVING) == 0);
	must_be(get(LIFT_SPEED) == 0 || get(LIFT_MOVING) == 1);
	must_be(lift.people_pct <= 0 || get(LIFT_OCCUPIED) == 1);
	must_be(get(LIFT_OVERLOAD) == 0 || !closed);
	must_be(get(LIFT_ENTRAPMENT) == 0 && get(LIFT_SUPPLY) == 1);
	must_be(lift.energy_kwh >= kwh);
}

/* What it does in six weeks. */
static struct {
	int reopens, overloads, things, visits, stumbles, door_faults;
	double longest_halt_s, quiet_kw;
} seen;

static void
see(const struct lift *was, double halted_s)
{
	seen.reopens +=
	    was->door == LIFT_DOOR_CLOSING && lift.door == LIFT_DOOR_OPENING;
	seen.overloads += lift.overload && !was->overload;
	seen.things += lift.thing_pct > 0 && was->thing_pct <= 0;
	seen.visits += lift.phase == LIFT_SERVICE && was->phase != LIFT_SERVICE;
	seen.stumbles += lift.fault == LIFT_FAULT_STOP_OUT_ZONE &&
	    was->fault != LIFT_FAULT_STOP_OUT_ZONE;
	seen.door_faults += lift.fault == LIFT_FAULT_DOOR_CLOSE &&
	    was->fault != LIFT_FAULT_DOOR_CLOSE;
	seen.longest_halt_s = fmax(seen.longest_halt_s, halted_s);
}

START_TEST(in_six_weeks_everything_that_people_do_happens)
{
	double halted_s = 0, end_s = 6 * 7 * DAY_S;
	struct lift was;

	begin(1, 0);
	while (sc.time_s < end_s) {
		was = lift;
		step();
		assert_possible(was.energy_kwh);
		halted_s = stands_between_floors() && !is_inspected()
		    ? halted_s + STEP_S
		    : 0;
		see(&was, halted_s);
	}
	ck_assert_int_gt(seen.reopens, 42 * 10);
	ck_assert_int_gt(seen.overloads, 3);
	ck_assert_int_gt(seen.things, 3);
	ck_assert_int_ge(seen.visits, 2);
	ck_assert_int_gt(seen.stumbles, 0);
	ck_assert_int_gt(seen.door_faults, 0);
	/* nobody in it waits for a minute */
	ck_assert(seen.longest_halt_s > 3 && seen.longest_halt_s < 58);
}
END_TEST

START_TEST(at_night_light_and_fan_go_off)
{
	begin(1, 3 * 3600.0);
	sc.stage = STAGE_QUIET;
	ck_assert_double_eq_tol(lift.power_kw, 0.15, 1e-9);
	pass(400);
	ck_assert_double_eq_tol(lift.power_kw, 0.05, 1e-9);
}
END_TEST

START_TEST(a_quiet_lift_stands_and_a_busy_one_rides)
{
	double trips;

	begin(1, EIGHT_S);
	sc.stage = STAGE_QUIET;
	pass(200); /* what was under way */
	trips = lift.trips;
	pass(3600);
	ck_assert_double_eq(lift.trips, trips);
	sc.stage = STAGE_BUSY;
	wait_for(rides_with_people, 40);
	pass(3600);
	ck_assert_double_gt(lift.trips, trips + 60);
}
END_TEST

/* ---- people trapped ---- */

static void
assert_people_wait(bool told)
{
	must_be(get(LIFT_LOAD_PCT) > 10 && get(LIFT_OCCUPIED) == 1);
	must_be(get(LIFT_CAR_CALL) == 1);
	must_be(get(LIFT_DOOR) == LIFT_DOOR_CLOSED);
	must_be(get(LIFT_SERVICE_MODE) == LIFT_NORMAL);
	must_be(get(LIFT_FAULT_CODE) == LIFT_FAULT_STOP_OUT_ZONE);
	must_be(get(LIFT_FAULT_RAW) != 0);
	must_be((get(LIFT_ENTRAPMENT) > 0) == told);
}

/* Whenever in the morning that is staged. */
static void
stage_soon(enum stage stage, uint64_t seed)
{
	begin(seed, EIGHT_S);
	pass(17.0 * (double)seed);
	sc.stage = stage;
}

START_TEST(staged_people_are_soon_between_floors_and_stay)
{
	enum stage stage = _i % 2 ? STAGE_TRAPPED_TOLD : STAGE_TRAPPED;

	stage_soon(stage, (uint64_t)_i);
	wait_for(stands_between_floors, 60);
	for (int s = 0; s < 3600; s++) {
		pass(1);
		must_be(stands_between_floors());
		assert_people_wait(stage == STAGE_TRAPPED_TOLD);
	}
}
END_TEST

START_TEST(when_it_is_over_they_get_out_at_the_nearest_landing)
{
	double from_m;

	stage_soon(STAGE_TRAPPED_TOLD, (uint64_t)_i);
	wait_for(stands_between_floors, 60);
	pass(100);
	from_m = lift.position_m;
	sc.stage = STAGE_NOTHING;
	wait_for(moves, 20);
	ck_assert_double_eq(get(LIFT_FAULT_CODE), LIFT_FAULT_NONE);
	wait_for(door_is_open, 30);
	ck_assert_double_eq(get(LIFT_DOOR_ZONE), 1);
	ck_assert_double_le(fabs(lift.position_m - from_m), FLOOR_M / 2);
	pass(5);
	ck_assert_double_eq(get(LIFT_LOAD_PCT), 0);
	ck_assert_double_eq(get(LIFT_ENTRAPMENT), 0);
}
END_TEST

START_TEST(an_empty_car_that_is_stuck_is_empty)
{
	stage_soon(STAGE_STUCK_EMPTY, (uint64_t)_i);
	wait_for(stands_between_floors, 60);
	pass(20);
	ck_assert(stands_between_floors());
	ck_assert(get(LIFT_OCCUPIED) == 0 && lift.people_pct <= 0);
	ck_assert_double_eq(get(LIFT_CAR_CALL), 0);
	sc.stage = STAGE_NOTHING;
	wait_for(door_is_open, 60);
}
END_TEST

/* ---- a mechanic, and a lock-out ---- */

START_TEST(a_mechanic_moves_it_slowly_and_leaves_it_as_it_was)
{
	bool between = false, chain = false;

	stage_soon(STAGE_INSPECTION, (uint64_t)_i);
	wait_for(is_inspected, 60);
	for (int s = 0; s < 3600; s++) {
		pass(1);
		must_be(is_inspected() && get(LIFT_SPEED) <= 0.25);
		between |= stands_between_floors();
		chain |= get(LIFT_SAFETY_CHAIN) == 0;
	}
	ck_assert(between && chain);
	sc.stage = STAGE_NOTHING;
	step(); /* perhaps with its door open */
	wait_for(door_is_open, 40);
	ck_assert(!is_inspected() && get(LIFT_SAFETY_CHAIN) == 1);
	pass(5);
	ck_assert_double_le(lift.people_pct, 0);
}
END_TEST

START_TEST(a_lift_that_is_locked_out_stands_at_a_landing)
{
	stage_soon(STAGE_LOCKED_OUT, (uint64_t)_i);
	wait_for(is_stopped, 60);
	ck_assert(get(LIFT_DOOR_ZONE) == 1 && get(LIFT_MOVING) == 0);
	ck_assert_double_eq(get(LIFT_FAULT_CODE), LIFT_FAULT_SAFETY_CHAIN);
	ck_assert_double_eq(get(LIFT_SAFETY_CHAIN), 0);
	pass(600);
	ck_assert(is_stopped());
	sc.stage = STAGE_NOTHING;
	wait_for(door_is_open, 40);
	ck_assert(!is_stopped() && get(LIFT_SAFETY_CHAIN) == 1);
}
END_TEST

/* ---- its supply ---- */

static void
assert_dead(void)
{
	must_be(get(LIFT_SUPPLY) == 0);
	must_be(get(LIFT_FAULT_CODE) == LIFT_FAULT_POWER);
	must_be(get(LIFT_MOVING) == 0 && get(LIFT_SPEED) == 0);
	must_be(get(LIFT_CAR_CALL) == 0 && get(LIFT_ENTRAPMENT) == 0);
	must_be(lift.power_kw == 0);
}

START_TEST(a_cut_stops_a_car_where_it_is_and_people_stay_in)
{
	double load, kwh, at_m;

	begin((uint64_t)_i, EIGHT_S);
	sc.stage = STAGE_BUSY;
	wait_for(rides_with_people, 60);
	load = get(LIFT_LOAD_PCT);
	sc.supply = false;
	step();
	at_m = lift.position_m;
	kwh = lift.energy_kwh;
	for (int s = 0; s < 1800; s++) {
		pass(1);
		assert_dead();
		must_be(lift.position_m == at_m);
		must_be(get(LIFT_LOAD_PCT) == load);
		must_be(get(LIFT_DOOR) == LIFT_DOOR_CLOSED);
	}
	ck_assert_double_eq(lift.energy_kwh, kwh);
}
END_TEST

START_TEST(when_the_supply_is_back_it_restarts_and_lets_them_out)
{
	double restart_s;

	begin((uint64_t)_i, EIGHT_S);
	sc.stage = STAGE_BUSY;
	wait_for(rides_with_people, 60);
	sc.supply = false;
	pass(100);
	sc.supply = true;
	sc.stage = STAGE_NOTHING;
	step();
	ck_assert(is_stopped()); /* its controller starts */
	restart_s = wait_for(moves, 60);
	ck_assert(!is_stopped());
	ck_assert(restart_s > LIFT_RESTART_MIN_S - 0.01 &&
	    restart_s < LIFT_RESTART_MAX_S + 0.5);
	wait_for(door_is_open, 30);
	ck_assert(get(LIFT_DOOR_ZONE) == 1 && get(LIFT_SUPPLY) == 1);
	pass(5);
	ck_assert_double_eq(get(LIFT_LOAD_PCT), 0);
	ck_assert_double_eq(get(LIFT_FAULT_CODE), LIFT_FAULT_NONE);
}
END_TEST

START_TEST(no_two_lifts_restart_at_the_same_time)
{
	double first = 0, restart_s;

	for (uint64_t seed = 0; seed < 2; seed++) {
		begin(seed, EIGHT_S);
		sc.stage = STAGE_BUSY;
		wait_for(rides_with_people, 60);
		sc.supply = false;
		pass(100);
		sc.supply = true;
		restart_s = wait_for(moves, 60);
		ck_assert_double_gt(fabs(restart_s - first), 1);
		first = restart_s;
	}
}
END_TEST

START_TEST(who_stands_in_an_open_door_leaves_when_the_supply_goes)
{
	begin((uint64_t)_i, EIGHT_S);
	sc.stage = STAGE_BUSY;
	wait_for(door_is_open, 120);
	pass(5); /* somebody is in, and the door closes */
	sc.supply = false;
	pass(70);
	assert_dead();
	if (lift_in_zone(&lift))
		ck_assert_double_eq(get(LIFT_LOAD_PCT), 0);
	else
		ck_assert_double_gt(get(LIFT_LOAD_PCT), 0);
}
END_TEST

START_TEST(one_that_does_not_restart_keeps_them_until_somebody_comes)
{
	begin((uint64_t)_i, EIGHT_S);
	sc.stage = STAGE_BUSY;
	wait_for(rides_with_people, 60);
	sc.stage = STAGE_NO_RESTART;
	step();
	ck_assert(moves()); /* nothing happens before a cut */
	sc.supply = false;
	pass(100);
	sc.supply = true;
	pass(600);
	ck_assert(get(LIFT_SUPPLY) == 1 && get(LIFT_MOVING) == 0);
	ck_assert_double_eq(get(LIFT_FAULT_CODE), LIFT_FAULT_NO_RESTART);
	ck_assert_double_gt(get(LIFT_LOAD_PCT), 0);
	sc.stage = STAGE_NOTHING;
	wait_for(door_is_open, 60);
	pass(5);
	ck_assert_double_eq(get(LIFT_LOAD_PCT), 0);
}
END_TEST

/* A stage whose state must be the same again after a cut. */
static const enum stage held[] = {
    STAGE_TRAPPED, STAGE_TRAPPED_TOLD, STAGE_STUCK_EMPTY, STAGE_LOCKED_OUT};

START_TEST(what_is_staged_outlasts_a_cut)
{
	double was[LIFT_SIGNAL_COUNT];

	stage_soon(held[_i], 3);
	pass(120);
	memcpy(was, lift.values, sizeof(was));
	sc.supply = false;
	pass(100);
	assert_dead();
	sc.supply = true;
	pass(100);
	for (int i = 0; i < LIFT_ENERGY_IMPORT; i++)
		if (i != LIFT_CAR_CALL)
			ck_assert_msg(
			    get(i) == was[i], "%s", lift_signals[i].name);
}
END_TEST

START_TEST(what_was_staged_and_ended_in_a_cut_is_over)
{
	stage_soon(held[_i], 3);
	pass(120);
	sc.supply = false;
	pass(100);
	sc.stage = STAGE_QUIET;
	pass(100);
	sc.supply = true;
	wait_for(door_is_open, 80);
	pass(15);
	ck_assert(is_idle());
	ck_assert_double_eq(get(LIFT_SERVICE_MODE), LIFT_NORMAL);
	ck_assert_double_eq(get(LIFT_FAULT_CODE), LIFT_FAULT_NONE);
	ck_assert_double_eq(get(LIFT_SAFETY_CHAIN), 1);
	ck_assert_double_eq(get(LIFT_ENTRAPMENT), 0);
}
END_TEST

START_TEST(the_same_seed_makes_the_same_life)
{
	struct lift first;

	for (int i = 0; i < 2; i++) {
		first = lift;
		stage_soon(STAGE_BUSY, 5);
		pass(500);
		sc.supply = false;
		pass(50);
		sc.supply = true;
		pass(500);
	}
	ck_assert_mem_eq(first.values, lift.values, sizeof(lift.values));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lift");
	TCase *t = tcase_create("lift");
	int held_count = (int)(sizeof(held) / sizeof(*held));

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, in_six_weeks_everything_that_people_do_happens);
	tcase_add_test(t, at_night_light_and_fan_go_off);
	tcase_add_test(t, a_quiet_lift_stands_and_a_busy_one_rides);
	tcase_add_loop_test(
	    t, staged_people_are_soon_between_floors_and_stay, 0, SEEDS);
	tcase_add_loop_test(
	    t, when_it_is_over_they_get_out_at_the_nearest_landing, 0, SEEDS);
	tcase_add_loop_test(t, an_empty_car_that_is_stuck_is_empty, 0, SEEDS);
	tcase_add_loop_test(
	    t, a_mechanic_moves_it_slowly_and_leaves_it_as_it_was, 0, SEEDS);
	tcase_add_loop_test(
	    t, a_lift_that_is_locked_out_stands_at_a_landing, 0, SEEDS);
	tcase_add_loop_test(
	    t, a_cut_stops_a_car_where_it_is_and_people_stay_in, 0, SEEDS);
	tcase_add_loop_test(
	    t, when_the_supply_is_back_it_restarts_and_lets_them_out, 0, SEEDS);
	tcase_add_test(t, no_two_lifts_restart_at_the_same_time);
	tcase_add_loop_test(t,
	    who_stands_in_an_open_door_leaves_when_the_supply_goes, 0, SEEDS);
	tcase_add_loop_test(t,
	    one_that_does_not_restart_keeps_them_until_somebody_comes, 0,
	    SEEDS);
	tcase_add_loop_test(t, what_is_staged_outlasts_a_cut, 0, held_count);
	tcase_add_loop_test(
	    t, what_was_staged_and_ended_in_a_cut_is_over, 0, held_count);
	tcase_add_test(t, the_same_seed_makes_the_same_life);
	return suite_run(s);
}
