/* test_sweep.c - a power cut, and the lifts that stand in it */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/sweep.h"
#include "tests/suite.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

/* ---- a meter and three lifts ---- */

enum { A, B, C, LIFTS };
enum { MOVING, DOOR, ZONE, OCCUPIED, FAULT, SUPPLY, FLOOR, LIFT_POINTS };
enum { DOOR_CLOSED = 0, DOOR_OPEN = 2 };
enum { NO, YES, DOUBT = 9 };

static const struct point_info lift_points[LIFT_POINTS] = {
    [MOVING] = {.name = "moving", .form = FORM_BOOL},
    [DOOR] = {.name = "door", .form = FORM_ENUM},
    [ZONE] = {.name = "door_zone", .form = FORM_BOOL},
    [OCCUPIED] = {.name = "occupied", .form = FORM_ENUM},
    [FAULT] = {.name = "fault_code", .form = FORM_ENUM},
    [SUPPLY] = {.name = "supply", .form = FORM_ENUM},
    [FLOOR] = {.name = "floor", .form = FORM_NUMBER},
};

static const struct point_info phase_points[] = {
    {.name = "load"},
    {.name = "voltage_l1n"},
    {.name = "voltage_l2n"},
    {.name = "voltage_l3n"},
    {.name = "voltage_l12"},
};
static const struct point_info line_points[] = {
    {.name = "load"},
    {.name = "voltage_l12"},
    {.name = "voltage_l23"},
    {.name = "voltage_l31"},
};

static const char *const ids[LIFTS] = {"lift-a", "lift-b", "lift-c"};

static struct sweep sweep;
static struct sweep_lift lifts[LIFTS];
static struct sweep_list told_list;
static struct car cars[LIFTS];
static uint16_t tells[LIFTS]; /* how many of its points each lift has */
static int64_t now_ms;

static void
begin_with(size_t count, const struct point_info *points)
{
	now_ms = 1000 * SECOND;
	for (int i = 0; i < LIFTS; i++) {
		car_start(&cars[i], tells[i], lift_points);
		lifts[i] = (struct sweep_lift){.device = ids[i],
		    .where = {ids[i], ids[i]},
		    .car = &cars[i]};
	}
	memset(&told_list, 0, sizeof(told_list));
	sweep_start(&sweep, (uint16_t)count, points, LIFTS, lifts, &told_list);
}

static void
begin(void)
{
	for (int i = 0; i < LIFTS; i++)
		tells[i] = LIFT_POINTS;
	begin_with(5, phase_points);
}

static void
pass(int64_t ms)
{
	now_ms += ms;
	for (int i = 0; i < LIFTS; i++)
		car_tick(&cars[i], now_ms);
	sweep_conclude(&sweep, now_ms);
}

static struct derive_input
good(double number)
{
	return (struct derive_input){
	    {VALUE_F64, .f = number}, {.code = QUALITY_GOOD}, now_ms};
}

/* ---- what happens ---- */

static void
volt(uint16_t point, double volts)
{
	struct derive_input in = good(volts);

	sweep_heard(&sweep, now_ms);
	sweep_meter(&sweep, CONDITION_TRUE, 0);
	sweep_take(&sweep, point, &in, now_ms);
	sweep_conclude(&sweep, now_ms);
}

static void
volts(double l1, double l2, double l3)
{
	volt(1, l1);
	volt(2, l2);
	volt(3, l3);
}

/* Known now; since when is known then. */
static void
meter_silent_since(int64_t since_ms)
{
	sweep_meter(&sweep, CONDITION_FALSE, since_ms);
	sweep_conclude(&sweep, now_ms);
}

static void
lift_silent_since(uint16_t lift, int64_t since_ms)
{
	sweep_lift(&sweep, lift, CONDITION_FALSE, since_ms, now_ms);
	sweep_conclude(&sweep, now_ms);
}

static void
say(uint16_t lift, uint16_t point, double number)
{
	struct derive_input in = good(number);

	if (point < tells[lift])
		car_take(&cars[lift], point, &in, now_ms);
	sweep_lift(&sweep, lift, CONDITION_TRUE, 0, now_ms);
	sweep_conclude(&sweep, now_ms);
}

/* All that it says, with its supply there. */
static void
lift_is(uint16_t lift, int moving, int door, int zone, int occupied, int floor)
{
	say(lift, MOVING, moving);
	say(lift, DOOR, door);
	say(lift, ZONE, zone);
	say(lift, OCCUPIED, occupied);
	say(lift, FLOOR, floor);
	say(lift, FAULT, 0);
	say(lift, SUPPLY, 1);
}

static void
idle(uint16_t lift)
{
	lift_is(lift, 0, DOOR_CLOSED, 1, NO, 1);
}

static void
moving(uint16_t lift)
{
	lift_is(lift, 1, DOOR_CLOSED, 0, YES, 4);
}

static void
all_well(void)
{
	volts(231, 230, 229);
	for (uint16_t i = 0; i < LIFTS; i++)
		idle(i);
}

/* What was read is known to be old: as a device that is silent has it. */
static void
forget_lift(uint16_t lift)
{
	struct derive_input in = {.quality = {.code = QUALITY_BAD_TIMEOUT}};

	for (uint16_t p = 0; p < tells[lift]; p++)
		car_take(&cars[lift], p, &in, now_ms);
}

static void
lift_falls_silent(uint16_t lift)
{
	forget_lift(lift);
	lift_silent_since(lift, now_ms);
}

static void
meter_falls_silent(void)
{
	struct derive_input in = {.quality = {.code = QUALITY_BAD_TIMEOUT}};

	for (uint16_t p = 1; p <= 3; p++)
		if (sweep_uses(&sweep, p))
			sweep_take(&sweep, p, &in, now_ms);
	meter_silent_since(now_ms);
}

/* ---- what is ---- */

static const char *
supply(void)
{
	static const char *const names[] = {
	    "unknown", "there", "suspected", "lost"};

	return names[sweep.supply];
}

static const char *
truth(uint16_t point)
{
	struct derive_input in = sweep_look(&sweep, point, now_ms);

	if (in.quality.code == QUALITY_NEVER)
		return "unknown";
	return in.value.u != 0 ? "true" : "false";
}

static void
assert_supply(const char *should)
{
	ck_assert_str_eq(supply(), should);
	ck_assert_str_eq(truth(POINT_POWER_CUT),
	    strcmp(should, "unknown") == 0     ? "unknown"
		: strcmp(should, "there") == 0 ? "false"
					       : "true");
}

/* ---- the phases ---- */

static const struct {
	double volts[3];
	const char *lost;
	uint8_t phases;
} phases[] = {
    {{231, 230, 229}, "false", 0},
    {{231, 110, 229}, "false", 0},
    {{231, 109.9, 229}, "true", 1 << 1},
    {{0, 230, 229}, "true", 1 << 0},
    {{0, 0, 0}, "true", 7},
    {{5770, 5774, 5780}, "false", 0}, /* behind voltage transformers */
    {{5770, 5774, 0}, "true", 1 << 2},
};

START_TEST(a_phase_below_half_its_voltage_is_lost)
{
	volts(phases[_i].volts[0], phases[_i].volts[1], phases[_i].volts[2]);
	ck_assert_str_eq(truth(POINT_PHASE_LOST), phases[_i].lost);
	assert_supply(phases[_i].phases != 0 ? "lost" : "there");
	ck_assert_uint_eq(sweep.phases, phases[_i].phases);
}
END_TEST

static const struct {
	double volts[3]; /* L12 L23 L31 */
	uint8_t phases;
} lines[] = {
    {{400, 398, 401}, 0}, {{190, 398, 401}, 0}, {{189, 398, 189}, 1 << 0},
    {{189, 189, 401}, 1 << 1}, {{400, 10, 10}, 1 << 2}, {{0, 0, 0}, 7},
    {{189, 398, 401}, 3}, /* L1 or L2 */
};

START_TEST(a_meter_without_phase_voltages_is_judged_by_its_lines)
{
	begin_with(4, line_points);
	volts(lines[_i].volts[0], lines[_i].volts[1], lines[_i].volts[2]);
	assert_supply(lines[_i].phases != 0 ? "lost" : "there");
	ck_assert_uint_eq(sweep.phases, lines[_i].phases);
}
END_TEST

START_TEST(lines_are_not_asked_where_there_are_phases)
{
	ck_assert(sweep_uses(&sweep, 3));
	ck_assert(!sweep_uses(&sweep, 4));
	ck_assert(!sweep_uses(&sweep, 0));
}
END_TEST

START_TEST(the_supply_is_there_when_all_phases_are_known_to_be)
{
	volt(1, 230);
	volt(2, 230);
	assert_supply("unknown");
	ck_assert_str_eq(truth(POINT_PHASE_LOST), "unknown");
	volt(3, 230);
	assert_supply("there");
	/* one that is lost is enough for the contrary */
	meter_falls_silent();
	volt(2, 0);
	assert_supply("lost");
}
END_TEST

START_TEST(what_is_not_good_is_not_known)
{
	static const uint8_t codes[] = {QUALITY_NEVER, QUALITY_UNCERTAIN_RANGE,
	    QUALITY_BAD_EXCEPTION, QUALITY_STALE, QUALITY_BAD_IDENTITY};
	struct derive_input in = good(0);

	volts(230, 230, 230);
	for (size_t i = 0; i < sizeof(codes); i++) {
		in.quality.code = codes[i];
		sweep_take(&sweep, 1, &in, now_ms);
		sweep_conclude(&sweep, now_ms);
		assert_supply("unknown");
	}
	in.quality.code = QUALITY_SIMULATED;
	sweep_take(&sweep, 1, &in, now_ms);
	sweep_conclude(&sweep, now_ms);
	assert_supply("lost");
	ck_assert_uint_eq(
	    sweep_look(&sweep, POINT_POWER_CUT, now_ms).quality.code,
	    QUALITY_SIMULATED);
}
END_TEST

START_TEST(a_meter_without_voltages_is_there_while_it_answers)
{
	begin_with(1, phase_points);
	assert_supply("unknown");
	sweep_heard(&sweep, now_ms);
	sweep_meter(&sweep, CONDITION_TRUE, 0);
	sweep_conclude(&sweep, now_ms);
	assert_supply("there");
	ck_assert_str_eq(truth(POINT_PHASE_LOST), "unknown");
	for (uint16_t i = 0; i < LIFTS; i++)
		idle(i);
	pass(SECOND);
	meter_falls_silent();
	lift_falls_silent(A);
	assert_supply("suspected");
	sweep_heard(&sweep, now_ms);
	sweep_meter(&sweep, CONDITION_TRUE, 0);
	sweep_conclude(&sweep, now_ms);
	assert_supply("there");
}
END_TEST

/* ---- who goes first ---- */

enum event { METER_SILENT, A_SILENT, B_SILENT, C_LOST, NO_VOLTS, EVENTS };

static void
happen(enum event e)
{
	switch (e) {
	case METER_SILENT: meter_falls_silent(); break;
	case A_SILENT: lift_falls_silent(A); break;
	case B_SILENT: lift_falls_silent(B); break;
	case C_LOST: say(C, SUPPLY, 0); break;
	case NO_VOLTS: volts(0, 0, 0); break;
	case EVENTS: break;
	}
}

/* From the times alone; INT64_MAX: not yet. */
struct times {
	int64_t of[EVENTS];
};

static bool
has(const struct times *t, enum event e)
{
	return t->of[e] != INT64_MAX;
}

static bool
is_close(const struct times *t, enum event e)
{
	int64_t apart_ms = t->of[e] - t->of[METER_SILENT];

	return has(t, e) && apart_ms <= 10 * SECOND && apart_ms >= -10 * SECOND;
}

static const char *
should_be(const struct times *t)
{
	if (has(t, NO_VOLTS))
		return "lost";
	if (!has(t, METER_SILENT))
		return "there";
	if (is_close(t, A_SILENT) || is_close(t, B_SILENT) ||
	    is_close(t, C_LOST))
		return "suspected";
	return has(t, A_SILENT) || has(t, B_SILENT) || has(t, C_LOST)
	    ? "unknown"
	    : "there"; /* all lifts have power */
}

/* gaps: a bit of each, set: more than ten seconds. */
static void
play(const enum event order[EVENTS], unsigned gaps)
{
	struct times t;

	memset(&t, 0x7f, sizeof(t));
	for (int i = 0; i < EVENTS; i++)
		t.of[i] = INT64_MAX;
	begin();
	all_well();
	for (int i = 0; i < EVENTS; i++) {
		pass(gaps & 1u << i ? 10 * SECOND + 1 : 3 * SECOND);
		happen(order[i]);
		t.of[order[i]] = now_ms;
		assert_supply(should_be(&t));
	}
}

/* Those that are not in used yet, in each order; returns how many there are. */
static int
permute(enum event order[EVENTS], int count, unsigned used)
{
	int played = 0;

	if (count == EVENTS) {
		for (unsigned gaps = 0; gaps < 1u << EVENTS; gaps++)
			play(order, gaps);
		return 1;
	}
	for (int e = 0; e < EVENTS; e++) {
		if (used & 1u << e)
			continue;
		order[count] = (enum event)e;
		played += permute(order, count + 1, used | 1u << e);
	}
	return played;
}

START_TEST(whoever_goes_first_the_cut_is_the_same)
{
	enum event order[EVENTS];

	ck_assert_int_eq(permute(order, 0, 0), 120);
}
END_TEST

/* Silence is known later than it began, and not in that order. */
START_TEST(it_counts_when_they_fell_silent_and_not_when_that_was_known)
{
	static const struct {
		int64_t meter_ms, a_ms, b_ms;
		const char *supply;
	} rows[] = {
	    {0, 9999, 60000, "suspected"},
	    {0, 10000, 60000, "suspected"},
	    {0, 10001, 60000, "unknown"},
	    {10000, 0, -60000, "suspected"},
	    {10001, 0, -60000, "unknown"},
	    {0, -60000, -10000, "suspected"},
	    {0, 10001, -10001, "unknown"},
	    {0, SWEEP_BEFORE, 60000, "unknown"},
	    {SWEEP_BEFORE, SWEEP_BEFORE, SWEEP_BEFORE, "unknown"},
	};
	static const int orders[6][3] = {
	    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int k = 0; k < 6; k++) {
			begin();
			all_well();
			pass(5 * MINUTE);
			for (int n = 0; n < 3; n++) {
				if (orders[k][n] == 0)
					meter_silent_since(rows[i].meter_ms);
				else if (orders[k][n] == 1)
					lift_silent_since(A, rows[i].a_ms);
				else
					lift_silent_since(B, rows[i].b_ms);
				pass(MINUTE);
			}
			assert_supply(rows[i].supply);
		}
	}
}
END_TEST

START_TEST(a_lift_that_answers_again_in_between_was_not_cut)
{
	all_well();
	lift_falls_silent(A);
	pass(3 * SECOND);
	idle(A);
	pass(SECOND);
	meter_falls_silent();
	assert_supply("there"); /* all lifts have power */
	pass(7 * SECOND);
	lift_falls_silent(A);
	assert_supply("suspected");
}
END_TEST

START_TEST(a_lift_that_loses_power_and_then_falls_silent_counts_for_both)
{
	all_well();
	say(A, SUPPLY, 0);
	pass(15 * SECOND);
	lift_falls_silent(A);
	pass(8 * SECOND);
	meter_falls_silent();
	assert_supply("suspected");

	begin();
	all_well();
	meter_falls_silent();
	pass(9 * SECOND);
	say(A, SUPPLY, 0);
	pass(20 * SECOND);
	lift_falls_silent(A);
	assert_supply("suspected");
}
END_TEST

START_TEST(who_was_silent_or_without_power_from_the_start_did_not_fall)
{
	volts(230, 230, 230);
	lift_silent_since(A, SWEEP_BEFORE);
	say(B, SUPPLY, 0); /* since when nobody knows */
	idle(C);
	pass(SECOND);
	meter_falls_silent();
	assert_supply("unknown");

	begin();
	sweep_resume(&sweep); /* a moment ago it was well */
	volts(230, 230, 230);
	say(B, SUPPLY, 0);
	pass(SECOND);
	meter_falls_silent();
	assert_supply("suspected");
}
END_TEST

/* ---- the line ---- */

START_TEST(a_bus_that_is_all_silent_is_no_cut)
{
	lifts[A].on_line = lifts[B].on_line = true;
	all_well();
	sweep_line(&sweep, true, now_ms);
	meter_falls_silent();
	lift_falls_silent(A);
	lift_falls_silent(B);
	assert_supply("unknown");
	/* The line explains the meter's silence, so one lift on another bus may
	 * be silent by itself; */
	lift_falls_silent(C);
	assert_supply("unknown");
	/* unless it says why, */
	say(C, SUPPLY, 0);
	assert_supply("suspected");
	/* or there are two. */
	begin();
	lifts[A].on_line = true;
	all_well();
	sweep_line(&sweep, true, now_ms);
	meter_falls_silent();
	lift_falls_silent(A);
	lift_falls_silent(B);
	assert_supply("unknown");
	lift_falls_silent(C);
	assert_supply("suspected");
}
END_TEST

START_TEST(a_line_that_came_back_gives_its_devices_time)
{
	lifts[A].on_line = lifts[B].on_line = true;
	all_well();
	sweep_line(&sweep, true, now_ms);
	meter_falls_silent();
	lift_falls_silent(A);
	pass(5 * MINUTE);
	sweep_line(&sweep, false, now_ms); /* somebody else answers */
	pass(SWEEP_LINE_MS - 1);
	ck_assert_int_eq(sweep_due(&sweep, now_ms), now_ms + 1);
	assert_supply("unknown");
	pass(1);
	assert_supply("suspected"); /* those two alone stay away */
}
END_TEST

START_TEST(a_suspicion_outlives_the_bus)
{
	lifts[A].on_line = true;
	all_well();
	meter_falls_silent();
	lift_falls_silent(A);
	assert_supply("suspected");
	sweep_line(&sweep, true, now_ms);
	pass(SECOND);
	assert_supply("suspected");
}
END_TEST

/* ---- what ends it ---- */

START_TEST(silence_ends_nothing)
{
	all_well();
	volts(0, 0, 0);
	meter_falls_silent();
	assert_supply("lost");
	for (uint16_t i = 0; i < LIFTS; i++)
		lift_falls_silent(i);
	pass(MINUTE);
	assert_supply("lost");
	/* What the meter saw lost, lifts with another feed do not undo. */
	for (uint16_t i = 0; i < LIFTS; i++)
		idle(i);
	pass(MINUTE);
	assert_supply("lost");
	volts(230, 230, 229);
	assert_supply("there");
}
END_TEST

START_TEST(one_phase_that_returns_is_not_enough)
{
	all_well();
	volts(0, 0, 0);
	volts(230, 0, 230);
	assert_supply("lost");
	ck_assert_uint_eq(sweep.phases, 1 << 1);
	volts(230, 111, 230);
	assert_supply("there");
}
END_TEST

START_TEST(a_suspicion_may_prove_true_or_false)
{
	all_well();
	meter_falls_silent();
	lift_falls_silent(A);
	sweep_meter(&sweep, CONDITION_TRUE, 0); /* nothing is read yet */
	pass(SECOND);
	assert_supply("suspected");
	volts(0, 0, 0);
	assert_supply("lost");
	meter_falls_silent();
	assert_supply("lost");

	begin();
	all_well();
	meter_falls_silent();
	lift_falls_silent(A);
	volts(230, 230, 230);
	assert_supply("there");
}
END_TEST

/* The meter broke, and a lift with it, for whatever reason. */
START_TEST(a_suspicion_ends_when_all_lifts_have_power_again)
{
	all_well();
	meter_falls_silent();
	lift_falls_silent(A);
	say(B, SUPPLY, 0);
	say(A, MOVING, 0);
	assert_supply("suspected"); /* its supply is not known yet */
	pass(SWEEP_TELL_MS);
	idle(A);
	idle(C);
	assert_supply("suspected");
	idle(B);
	assert_supply("there");
	pass(MINUTE);
	lift_falls_silent(A); /* alone */
	assert_supply("there");
}
END_TEST

START_TEST(a_lift_that_tells_no_supply_has_it_when_it_answers)
{
	tells[A] = tells[B] = tells[C] = SUPPLY;
	begin_with(5, phase_points);
	all_well();
	meter_falls_silent();
	lift_falls_silent(A);
	assert_supply("suspected");
	pass(SWEEP_TELL_MS);
	say(B, MOVING, 0);
	say(C, MOVING, 0);
	assert_supply("suspected");
	say(A, MOVING, 0);
	assert_supply("there");
}
END_TEST

/* ---- who says the contrary ---- */

static void
suspect(void)
{
	all_well();
	meter_falls_silent();
	lift_falls_silent(A);
	pass(SWEEP_TELL_MS);
	idle(B);
	idle(C);
	assert_supply("suspected");
}

static const char *
hidden(void)
{
	static char text[LIFTS + 1];

	for (uint16_t i = 0; i < LIFTS; i++)
		text[i] = sweep_hides(&sweep, i) ? (char)('a' + i) : '-';
	return text;
}

START_TEST(a_lift_that_says_that_it_has_power_stands_apart)
{
	suspect();
	ck_assert_str_eq(hidden(), "a--");
	/* what goes within ten seconds of the sign goes with it */
	pass(SWEEP_TOGETHER_MS - SWEEP_TELL_MS);
	say(B, SUPPLY, 0);
	ck_assert_str_eq(hidden(), "ab-");
	/* and later by itself, whether it says so or not */
	pass(1);
	say(C, SUPPLY, 0);
	lift_falls_silent(C);
	ck_assert_str_eq(hidden(), "ab-");
}
END_TEST

START_TEST(what_a_lift_said_before_the_cut_or_right_after_it_counts_for_nothing)
{
	all_well();
	volts(0, 0, 0);
	pass(SWEEP_TELL_MS - 1);
	idle(A);
	ck_assert_str_eq(hidden(), "abc");
	pass(1);
	say(A, MOVING, 0); /* not of its supply */
	ck_assert_str_eq(hidden(), "abc");
	idle(A);
	ck_assert_str_eq(hidden(), "-bc");
}
END_TEST

START_TEST(a_lift_that_answers_and_tells_no_supply_may_have_a_battery)
{
	tells[A] = SUPPLY;
	begin_with(5, phase_points);
	all_well();
	volts(0, 0, 0);
	pass(MINUTE);
	idle(A);
	ck_assert_str_eq(hidden(), "abc");
	lift_falls_silent(A);
	ck_assert_str_eq(hidden(), "abc");
}
END_TEST

START_TEST(a_new_cut_hides_who_stood_apart_from_the_last)
{
	all_well();
	volts(0, 0, 0);
	pass(SWEEP_TELL_MS);
	idle(A);
	ck_assert_str_eq(hidden(), "-bc");
	volts(230, 230, 230);
	pass(MINUTE);
	ck_assert_str_eq(hidden(), "-bc");
	volts(0, 0, 0);
	ck_assert_str_eq(hidden(), "abc");
}
END_TEST

START_TEST(what_was_told_of_a_lift_before_a_cut_is_not_hidden_by_it)
{
	all_well();
	pass(SECOND);
	lift_falls_silent(A);
	pass(SWEEP_TOGETHER_MS + 1);
	say(B, SUPPLY, 0);
	pass(SWEEP_TOGETHER_MS);
	volts(0, 0, 0);
	ck_assert_str_eq(hidden(), "-bc");
	/* who was hidden stays so if the supply goes again */
	volts(230, 230, 230);
	pass(MINUTE);
	volts(0, 0, 0);
	ck_assert_str_eq(hidden(), "-bc");
}
END_TEST

START_TEST(what_was_suspected_and_is_seen_to_be_lost_is_a_cut_anew)
{
	suspect();
	ck_assert_str_eq(hidden(), "a--");
	pass(MINUTE);
	say(B, SUPPLY, 0); /* by itself */
	pass(MINUTE);
	volts(0, 0, 0);
	ck_assert_str_eq(hidden(), "a-c");
}
END_TEST

START_TEST(a_person_ends_a_suspicion_until_the_meter_has_answered)
{
	suspect();
	sweep_deny(&sweep, now_ms);
	assert_supply("there");
	pass(MINUTE);
	assert_supply("there");
	volts(230, 230, 230);
	idle(A);
	pass(SECOND);
	meter_falls_silent();
	lift_falls_silent(A);
	assert_supply("suspected");
	/* what the meter saw nobody denies */
	volts(0, 0, 0);
	sweep_deny(&sweep, now_ms);
	assert_supply("lost");
}
END_TEST

START_TEST(a_meter_that_dies_in_the_cut_leaves_it_to_the_lifts)
{
	all_well();
	volts(0, 0, 0);
	pass(SECOND);
	meter_falls_silent();
	for (uint16_t i = 0; i < LIFTS; i++)
		lift_falls_silent(i);
	pass(MINUTE);
	for (uint16_t i = 0; i < LIFTS; i++)
		idle(i);
	ck_assert_int_eq(
	    sweep_due(&sweep, now_ms), now_ms + SWEEP_METER_MS - MINUTE);
	pass(SWEEP_METER_MS - MINUTE - 1);
	assert_supply("lost");
	pass(1);
	assert_supply("there");
	pass(MINUTE);
	assert_supply("there");
}
END_TEST

/* ---- the list ---- */

static struct sweep_list
list_now(void)
{
	struct sweep_list list;

	sweep_list_make(&sweep, &list, now_ms);
	return list;
}

/* As it would be told: and kept. */
static void
tell(void)
{
	*sweep.list = list_now();
}

static void
assert_order(const struct sweep_list *list, const char *order)
{
	char text[64] = "";

	for (uint8_t i = 0; i < list->count; i++) {
		if (i > 0)
			strcat(text, " ");
		strcat(text, list->cars[i].device);
	}
	ck_assert_str_eq(text, order);
}

START_TEST(the_list_has_the_most_urgent_first)
{
	struct sweep_list list;

	all_well();
	lift_is(A, 0, DOOR_OPEN, 1, NO, 1); /* empty */
	lift_is(B, 0, DOOR_CLOSED, 1, DOUBT, 2); /* at a landing */
	moving(C);
	pass(2 * SECOND);
	volts(0, 0, 0);
	list = list_now();
	assert_order(&list, "lift-c lift-b lift-a");
	ck_assert(!list.suspected);
	ck_assert_uint_eq(list.phases, 7);
	ck_assert_uint_eq(list.cars[0].was.moving, CONDITION_TRUE);
	ck_assert_uint_eq(list.cars[0].was.occupied, CAR_PERSON);
	ck_assert_double_eq(list.cars[0].was.floor, 4);
	ck_assert_str_eq(list.cars[0].where.zh, "lift-c");
	ck_assert_str_eq(list.cars[0].checked.by, "");
	ck_assert(!list.cars[0].back);
}
END_TEST

START_TEST(among_equals_the_list_has_the_order_of_the_configuration)
{
	struct sweep_list list;

	all_well();
	volts(0, 0, 0);
	list = list_now();
	assert_order(&list, "lift-a lift-b lift-c");
}
END_TEST

/* Its box has a battery: it goes on to tell that the car stands. */
START_TEST(a_car_that_stopped_with_the_cut_was_moving)
{
	struct sweep_list list;

	tells[A] = SUPPLY;
	begin_with(5, phase_points);
	all_well();
	moving(A);
	pass(SECOND);
	volts(230, 230, 230);
	pass(SECOND);
	moving(A);
	pass(500);
	say(A, MOVING, 0);
	pass(3 * SECOND);
	say(A, MOVING, 0);
	volts(0, 0, 0);
	list = list_now();
	assert_order(&list, "lift-a lift-b lift-c");
	ck_assert_uint_eq(list.cars[0].was.moving, CONDITION_TRUE);
	ck_assert_int_eq(list.cars[0].age_ms, 3500);
}
END_TEST

START_TEST(what_a_car_did_before_the_supply_was_last_there_is_past)
{
	struct sweep_list list;

	tells[A] = SUPPLY;
	begin_with(5, phase_points);
	all_well();
	moving(A);
	pass(SECOND);
	idle(A);
	pass(SECOND + SWEEP_APART_MS);
	volts(230, 230, 230);
	pass(SECOND);
	idle(A);
	volts(0, 0, 0);
	list = list_now();
	ck_assert_uint_eq(list.cars[0].was.moving, CONDITION_FALSE);
	ck_assert_uint_eq(list.cars[0].was.occupied, CAR_EMPTY);
}
END_TEST

/* The meter is asked once a minute: a lift knows better. */
START_TEST(a_lift_s_own_supply_says_until_when_it_had_power)
{
	struct sweep_list list;

	all_well();
	pass(10 * SECOND);
	moving(A);
	moving(B);
	pass(10 * SECOND);
	idle(A);
	pass(10 * SECOND);
	idle(A);
	say(B, MOVING, 0);
	say(B, SUPPLY, 0);
	pass(10 * SECOND);
	volts(0, 0, 0);
	list = list_now();
	assert_order(&list, "lift-b lift-a lift-c");
	ck_assert_uint_eq(list.cars[1].was.moving, CONDITION_FALSE);
}
END_TEST

START_TEST(a_car_that_died_before_its_meter_told_was_moving)
{
	struct sweep_list list;

	all_well();
	moving(A);
	pass(SECOND);
	moving(A);
	pass(500);
	say(A, MOVING, 0);
	say(A, SUPPLY, 0);
	pass(500);
	volts(230, 230, 230); /* of a moment ago */
	pass(2 * SECOND);
	say(A, SUPPLY, 0);
	volts(0, 0, 0);
	list = list_now();
	assert_order(&list, "lift-a lift-b lift-c");
	ck_assert_uint_eq(list.cars[0].was.moving, CONDITION_TRUE);
}
END_TEST

START_TEST(what_a_car_did_before_it_lost_its_own_supply_long_ago_is_past)
{
	struct sweep_list list;

	all_well();
	moving(A);
	pass(500);
	say(A, MOVING, 0);
	say(A, SUPPLY, 0);
	pass(20 * SECOND);
	idle(A);
	say(A, SUPPLY, 0);
	volts(230, 230, 230);
	pass(2 * SECOND);
	volts(0, 0, 0);
	list = list_now();
	for (int i = 0; i < LIFTS; i++)
		ck_assert_uint_eq(list.cars[i].was.moving, CONDITION_FALSE);
}
END_TEST

START_TEST(nothing_older_than_a_minute_is_looked_back_at)
{
	struct sweep_list list;
	struct derive_input bad = {.quality = {.code = QUALITY_BAD_DECODE}};

	tells[A] = SUPPLY;
	begin_with(5, phase_points);
	all_well();
	sweep_take(&sweep, 1, &bad, now_ms); /* the meter says nothing */
	moving(A);
	pass(SECOND);
	for (int i = 0; i <= 61; i++) {
		idle(A);
		pass(SECOND);
	}
	volts(0, 0, 0);
	list = list_now();
	ck_assert_uint_eq(list.cars[0].was.moving, CONDITION_FALSE);
}
END_TEST

START_TEST(age_is_how_long_ago_it_was_known)
{
	struct sweep_list list;

	volts(230, 230, 230);
	idle(A);
	moving(B);
	pass(4 * SECOND);
	idle(A);
	meter_falls_silent();
	lift_falls_silent(B);
	pass(6 * SECOND);
	list = list_now();
	assert_order(&list, "lift-b lift-c lift-a");
	ck_assert(list.suspected);
	ck_assert_uint_eq(list.phases, 0);
	ck_assert_int_eq(list.cars[0].age_ms, 10 * SECOND);
	ck_assert_int_eq(list.cars[1].age_ms, INT64_MAX); /* never known */
	ck_assert_int_eq(list.cars[2].age_ms, 6 * SECOND);
}
END_TEST

START_TEST(a_list_told_late_is_of_the_cut_and_not_of_after)
{
	struct sweep_list list;

	all_well();
	moving(C);
	pass(SECOND);
	volts(0, 0, 0);
	lift_falls_silent(C);
	pass(SECOND);
	meter_falls_silent(); /* what was lost stays known */
	pass(SECOND);
	list = list_now();
	ck_assert_uint_eq(list.phases, 7);
	assert_order(&list, "lift-c lift-a lift-b");
	ck_assert_uint_eq(list.cars[0].was.moving, CONDITION_TRUE);
}
END_TEST

/* ---- what becomes of the cars ---- */

static enum sweep_news
follow(void)
{
	struct sweep_list next = *sweep.list;
	enum sweep_news news = sweep_list_follow(&sweep, &next, now_ms);

	*sweep.list = next;
	return news;
}

static void
check(const char *device)
{
	struct sweep_car *c = sweep_list_find(sweep.list, device);

	ck_assert_ptr_nonnull(c);
	strcpy(c->checked.by, "Wang");
}

static bool
is_back(const char *device)
{
	return sweep_list_find(sweep.list, device)->back;
}

static void
cut(void)
{
	all_well();
	moving(A);
	pass(SECOND);
	volts(0, 0, 0);
	for (uint16_t i = 0; i < LIFTS; i++)
		lift_falls_silent(i);
	pass(2 * SECOND);
	tell();
}

START_TEST(a_car_is_back_when_it_has_been_fit_for_a_while)
{
	cut();
	ck_assert_str_eq(truth(POINT_CARS_BACK), "false");
	pass(MINUTE);
	volts(230, 230, 230);
	pass(5 * SECOND);
	ck_assert(!follow());
	idle(A);
	pass(SWEEP_FIT_MS - 1);
	ck_assert(!follow());
	ck_assert_int_eq(sweep_due(&sweep, now_ms), now_ms + 1);
	pass(1);
	ck_assert(follow());
	ck_assert(is_back("lift-a"));
	ck_assert(!is_back("lift-b"));
	ck_assert(!follow()); /* no news */
	idle(B);
	idle(C);
	pass(SWEEP_FIT_MS);
	ck_assert(follow());
	ck_assert_str_eq(truth(POINT_CARS_BACK), "true");
	ck_assert_str_eq(truth(POINT_CARS_LATE), "false");
}
END_TEST

START_TEST(a_car_that_runs_is_back_sooner)
{
	cut();
	volts(230, 230, 230);
	idle(A);
	lift_is(B, 1, DOOR_CLOSED, 1, NO, 1); /* it levels */
	pass(2 * SECOND);
	say(B, MOVING, 0);
	pass(SWEEP_RUN_MS - 2 * SECOND - 1);
	ck_assert(!follow());
	ck_assert_int_eq(sweep_due(&sweep, now_ms), now_ms + 1);
	pass(1);
	ck_assert(follow());
	ck_assert(is_back("lift-b") && !is_back("lift-a"));
	/* one that ran and has a fault then must begin anew */
	moving(A);
	say(A, FAULT, 8);
	idle(A);
	pass(SWEEP_RUN_MS);
	ck_assert(!follow());
	pass(SWEEP_FIT_MS - SWEEP_RUN_MS);
	ck_assert(follow());
}
END_TEST

START_TEST(a_car_in_a_fault_or_without_power_or_silent_is_not_back)
{
	cut();
	volts(230, 230, 230);
	idle(A);
	say(A, FAULT, 8);
	idle(B);
	say(B, SUPPLY, 0);
	pass(10 * SWEEP_FIT_MS);
	ck_assert(!follow());
	say(A, FAULT, 0);
	say(B, SUPPLY, 1);
	pass(SWEEP_FIT_MS);
	ck_assert(follow());
	ck_assert(is_back("lift-a") && is_back("lift-b"));
	ck_assert(!is_back("lift-c"));
}
END_TEST

/* A controller that starts says for a moment that all is well. */
START_TEST(a_fault_in_between_begins_the_while_anew)
{
	cut();
	volts(230, 230, 230);
	idle(A);
	pass(5 * SECOND);
	say(A, FAULT, 8);
	say(A, FAULT, 0);
	pass(SWEEP_FIT_MS - 1);
	ck_assert(!follow());
	pass(1);
	ck_assert(follow());
}
END_TEST

/* A short cut: its silence was not noticed, and what it said is of before. */
START_TEST(an_answer_of_before_the_return_does_not_count)
{
	all_well();
	volts(0, 0, 0);
	tell();
	pass(2 * SECOND);
	volts(230, 230, 230);
	pass(SWEEP_FIT_MS);
	ck_assert(!follow());
	idle(A);
	pass(SWEEP_FIT_MS);
	ck_assert(follow());
	ck_assert(is_back("lift-a"));
	ck_assert(!is_back("lift-b"));
}
END_TEST

START_TEST(two_minutes_after_the_return_a_car_is_late)
{
	cut();
	volts(230, 230, 230);
	idle(A);
	pass(MINUTE);
	follow();
	ck_assert_int_eq(
	    sweep_due(&sweep, now_ms), now_ms + SWEEP_LATE_MS - MINUTE);
	pass(SWEEP_LATE_MS - MINUTE - 1);
	ck_assert_str_eq(truth(POINT_CARS_LATE), "false");
	pass(1);
	ck_assert_str_eq(truth(POINT_CARS_LATE), "true");
	check("lift-b");
	ck_assert_str_eq(truth(POINT_CARS_LATE), "true");
	check("lift-c");
	ck_assert_str_eq(truth(POINT_CARS_LATE), "false");
	ck_assert_str_eq(truth(POINT_CARS_BACK), "true");
}
END_TEST

START_TEST(late_counts_through_a_meter_that_misses_a_question)
{
	cut();
	volts(230, 230, 230);
	pass(MINUTE);
	meter_falls_silent();
	ck_assert_str_eq(truth(POINT_CARS_LATE), "unknown");
	pass(SECOND);
	volts(230, 230, 230);
	ck_assert_str_eq(truth(POINT_CARS_LATE), "false");
	pass(MINUTE - SECOND);
	ck_assert_str_eq(truth(POINT_CARS_LATE), "true");
}
END_TEST

START_TEST(while_the_supply_is_away_nobody_is_back)
{
	cut();
	check("lift-a");
	check("lift-b");
	check("lift-c");
	ck_assert_str_eq(truth(POINT_CARS_BACK), "false");
	ck_assert_str_eq(truth(POINT_CARS_LATE), "false");
	volts(230, 230, 230);
	ck_assert_str_eq(truth(POINT_CARS_BACK), "true");
}
END_TEST

START_TEST(a_car_that_was_back_stands_in_the_list_anew_if_the_supply_goes_again)
{
	const struct sweep_car *c;

	cut();
	check("lift-b");
	volts(230, 230, 230);
	lift_is(C, 0, DOOR_OPEN, 1, NO, 1);
	pass(SWEEP_FIT_MS);
	ck_assert(follow());
	moving(C);
	volts(230, 230, 230);
	pass(3 * SECOND);
	volts(0, 0, 0);
	ck_assert(follow());
	assert_order(sweep.list, "lift-a lift-c lift-b");
	c = sweep_list_find(sweep.list, "lift-c");
	ck_assert(!c->back);
	ck_assert_uint_eq(c->was.moving, CONDITION_TRUE);
	ck_assert_int_eq(c->age_ms, 3 * SECOND);
	ck_assert_str_eq(
	    sweep_list_find(sweep.list, "lift-b")->checked.by, "Wang");
	ck_assert(!follow());
}
END_TEST

START_TEST(a_suspicion_lists_only_those_that_may_be_without_power)
{
	suspect();
	tell();
	assert_order(sweep.list, "lift-a");
	ck_assert(!follow());
	pass(SECOND);
	lift_falls_silent(B);
	ck_assert(follow());
	assert_order(sweep.list, "lift-a lift-b");
	ck_assert(!follow());
}
END_TEST

START_TEST(a_suspicion_ends_when_who_is_in_need_was_checked)
{
	suspect();
	tell();
	pass(10 * MINUTE);
	assert_supply("suspected");
	check("lift-a");
	pass(0);
	assert_supply("there");
	ck_assert_str_eq(truth(POINT_CARS_BACK), "true");
	/* without anybody who says the contrary it does not */
	begin();
	all_well();
	meter_falls_silent();
	for (uint16_t i = 0; i < LIFTS; i++)
		lift_falls_silent(i);
	tell();
	for (uint16_t i = 0; i < LIFTS; i++)
		check(ids[i]);
	pass(MINUTE);
	assert_supply("suspected");
}
END_TEST

START_TEST(a_car_that_has_power_in_a_cut_is_back)
{
	all_well();
	volts(0, 0, 0);
	tell();
	pass(SWEEP_TELL_MS);
	idle(A);
	pass(SWEEP_FIT_MS - 1);
	ck_assert(!follow());
	pass(1);
	ck_assert(follow());
	ck_assert(is_back("lift-a"));
	ck_assert_str_eq(truth(POINT_CARS_BACK), "false");
}
END_TEST

/* Nobody was back yet, and one was looked after. */
START_TEST(who_said_anything_since_the_return_stands_anew_if_it_goes_again)
{
	cut();
	check("lift-a");
	check("lift-b");
	volts(230, 230, 230);
	pass(2 * SECOND);
	moving(A);
	pass(SECOND);
	volts(0, 0, 0);
	ck_assert_int_eq(follow(), SWEEP_AGAIN);
	ck_assert_str_eq(sweep_list_find(sweep.list, "lift-a")->checked.by, "");
	ck_assert_uint_eq(
	    sweep_list_find(sweep.list, "lift-a")->was.moving, CONDITION_TRUE);
	ck_assert_str_eq(
	    sweep_list_find(sweep.list, "lift-b")->checked.by, "Wang");
	check("lift-a");
	pass(MINUTE);
	moving(A);
	ck_assert_int_eq(follow(), SWEEP_SAME);
}
END_TEST

/* ---- a restart ---- */

static void
restart(bool is_cut)
{
	struct sweep_list told = *sweep.list;

	begin();
	now_ms += 10 * MINUTE;
	sweep_restore(&sweep, &told, is_cut);
	sweep_conclude(&sweep, now_ms);
}

START_TEST(a_cut_goes_on_over_a_restart_until_it_is_known_to_be_over)
{
	cut();
	restart(true);
	assert_supply("lost");
	assert_order(sweep.list, "lift-a lift-b lift-c");
	meter_silent_since(SWEEP_BEFORE);
	for (uint16_t i = 0; i < LIFTS; i++)
		lift_silent_since(i, SWEEP_BEFORE);
	pass(MINUTE);
	assert_supply("lost");
	volts(230, 230, 230);
	assert_supply("there");
	for (uint16_t i = 0; i < LIFTS; i++)
		idle(i);
	pass(SWEEP_FIT_MS);
	ck_assert(follow());
	ck_assert_str_eq(truth(POINT_CARS_BACK), "true");
}
END_TEST

START_TEST(a_suspicion_goes_on_over_a_restart_until_all_lifts_have_power)
{
	all_well();
	meter_falls_silent();
	lift_falls_silent(A);
	tell();
	restart(true);
	assert_supply("suspected");
	meter_silent_since(SWEEP_BEFORE);
	for (uint16_t i = 0; i < LIFTS; i++) {
		assert_supply("suspected");
		idle(i);
	}
	assert_supply("there");
}
END_TEST

START_TEST(what_was_back_before_a_restart_stays_back_unless_the_supply_is_away)
{
	cut();
	volts(230, 230, 230);
	idle(A);
	pass(SWEEP_FIT_MS);
	follow();
	restart(true);
	pass(SECOND);
	ck_assert(!follow());
	ck_assert(is_back("lift-a"));
	volts(0, 0, 0); /* known now */
	ck_assert(follow());
	ck_assert(!is_back("lift-a"));
	ck_assert_int_eq(
	    sweep_list_find(sweep.list, "lift-a")->age_ms, INT64_MAX);
}
END_TEST

START_TEST(after_a_restart_nobody_is_late_or_not_for_two_minutes)
{
	cut();
	volts(230, 230, 230);
	restart(false);
	assert_supply("unknown");
	ck_assert_str_eq(truth(POINT_CARS_LATE), "unknown");
	volts(230, 230, 230);
	ck_assert_str_eq(truth(POINT_CARS_LATE), "unknown");
	ck_assert_str_eq(truth(POINT_CARS_BACK), "false");
	pass(SWEEP_LATE_MS);
	ck_assert_str_eq(truth(POINT_CARS_LATE), "true");
	check("lift-a");
	check("lift-b");
	check("lift-c");
	ck_assert_str_eq(truth(POINT_CARS_LATE), "false");
}
END_TEST

static void
recall_volt(uint16_t point, double volts)
{
	struct derive_input in = good(volts);

	sweep_take(&sweep, point, &in, now_ms);
}

START_TEST(volts_of_before_a_start_say_when_the_supply_was_there_and_no_more)
{
	begin();
	recall_volt(1, 230);
	recall_volt(2, 230);
	sweep_recall(&sweep, now_ms); /* nobody knows of the third phase */
	ck_assert_int_eq(sweep.there_ms, INT64_MIN);
	recall_volt(3, 230);
	sweep_recall(&sweep, now_ms + 5 * SECOND);
	sweep_recall(&sweep, now_ms); /* which it was later */
	ck_assert_int_eq(sweep.there_ms, now_ms + 5 * SECOND);
	recall_volt(2, _i ? 0 : 230);
	if (_i)
		sweep_recall(&sweep, now_ms + MINUTE);
	sweep_forget_volts(&sweep);
	sweep_conclude(&sweep, now_ms + MINUTE);
	ck_assert_int_eq(sweep.there_ms, now_ms + 5 * SECOND);
	assert_supply("unknown");
	ck_assert_str_eq(truth(POINT_PHASE_LOST), "unknown");
}
END_TEST

/* ---- a reload ---- */

/* As it was, with lifts and a list of its own. */
static struct sweep
put_aside(void)
{
	static struct sweep_lift lifts_before[LIFTS];
	static struct sweep_list list_before;
	struct sweep was = sweep;

	memcpy(lifts_before, lifts, sizeof(lifts_before));
	list_before = told_list;
	memset(&told_list, 0, sizeof(told_list));
	was.lifts = lifts_before;
	was.list = &list_before;
	return was;
}

START_TEST(a_reload_goes_on_with_a_cut_and_its_cars)
{
	struct sweep was;

	cut();
	volts(230, 230, 230);
	idle(A);
	pass(5 * SECOND);
	moving(A);
	was = put_aside();
	lifts[B].device = "lift-d"; /* another one */
	sweep_start(&sweep, 5, phase_points, LIFTS, lifts, &told_list);
	sweep_go_on(&sweep, &was);
	sweep_meter(&sweep, CONDITION_TRUE, 0);
	sweep_lift(&sweep, A, CONDITION_TRUE, 0, now_ms);
	pass(1);
	assert_order(sweep.list, "lift-a lift-c");
	assert_supply("unknown"); /* voltages are to be read again */
	volts(230, 230, 230);
	pass(SWEEP_RUN_MS - 5 * SECOND - 2);
	ck_assert(!follow());
	pass(1);
	ck_assert(follow());
	ck_assert(is_back("lift-a"));
	pass(SWEEP_LATE_MS - SWEEP_RUN_MS);
	ck_assert_str_eq(truth(POINT_CARS_LATE), "true");
}
END_TEST

START_TEST(a_cut_under_way_is_noticed_over_a_reload)
{
	struct sweep was;

	all_well();
	say(A, SUPPLY, 0);
	was = put_aside();
	sweep_start(&sweep, 5, phase_points, LIFTS, lifts, &told_list);
	sweep_go_on(&sweep, &was);
	pass(3 * SECOND);
	meter_silent_since(now_ms);
	assert_supply("suspected");
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

static void
end(void)
{
}

int
main(void)
{
	Suite *s = suite_create("sweep");
	TCase *supply_is = tcase_create("the supply");
	TCase *list_is = tcase_create("the list");
	TCase *over = tcase_create("restarts and reloads");

	tcase_add_checked_fixture(supply_is, begin, end);
	tcase_add_loop_test(
	    supply_is, a_phase_below_half_its_voltage_is_lost, 0, ROWS(phases));
	tcase_add_loop_test(supply_is,
	    a_meter_without_phase_voltages_is_judged_by_its_lines, 0,
	    ROWS(lines));
	tcase_add_test(supply_is, lines_are_not_asked_where_there_are_phases);
	tcase_add_test(
	    supply_is, the_supply_is_there_when_all_phases_are_known_to_be);
	tcase_add_test(supply_is, what_is_not_good_is_not_known);
	tcase_add_test(
	    supply_is, a_meter_without_voltages_is_there_while_it_answers);
	tcase_add_test(supply_is, whoever_goes_first_the_cut_is_the_same);
	tcase_add_test(supply_is,
	    it_counts_when_they_fell_silent_and_not_when_that_was_known);
	tcase_add_test(
	    supply_is, a_lift_that_answers_again_in_between_was_not_cut);
	tcase_add_test(supply_is,
	    a_lift_that_loses_power_and_then_falls_silent_counts_for_both);
	tcase_add_test(supply_is,
	    who_was_silent_or_without_power_from_the_start_did_not_fall);
	tcase_add_test(supply_is, a_bus_that_is_all_silent_is_no_cut);
	tcase_add_test(supply_is, a_line_that_came_back_gives_its_devices_time);
	tcase_add_test(supply_is, a_suspicion_outlives_the_bus);
	tcase_add_test(supply_is, silence_ends_nothing);
	tcase_add_test(supply_is, one_phase_that_returns_is_not_enough);
	tcase_add_test(supply_is, a_suspicion_may_prove_true_or_false);
	tcase_add_test(
	    supply_is, a_suspicion_ends_when_all_lifts_have_power_again);
	tcase_add_test(
	    supply_is, a_lift_that_tells_no_supply_has_it_when_it_answers);
	tcase_add_test(
	    supply_is, a_lift_that_says_that_it_has_power_stands_apart);
	tcase_add_test(supply_is,
	    what_a_lift_said_before_the_cut_or_right_after_it_counts_for_nothing);
	tcase_add_test(supply_is,
	    a_lift_that_answers_and_tells_no_supply_may_have_a_battery);
	tcase_add_test(
	    supply_is, a_new_cut_hides_who_stood_apart_from_the_last);
	tcase_add_test(
	    supply_is, a_person_ends_a_suspicion_until_the_meter_has_answered);
	tcase_add_test(
	    supply_is, a_meter_that_dies_in_the_cut_leaves_it_to_the_lifts);
	tcase_add_test(supply_is,
	    what_was_told_of_a_lift_before_a_cut_is_not_hidden_by_it);
	tcase_add_test(
	    supply_is, what_was_suspected_and_is_seen_to_be_lost_is_a_cut_anew);
	suite_add_tcase(s, supply_is);

	tcase_add_checked_fixture(list_is, begin, end);
	tcase_add_test(list_is, the_list_has_the_most_urgent_first);
	tcase_add_test(
	    list_is, among_equals_the_list_has_the_order_of_the_configuration);
	tcase_add_test(list_is, a_car_that_stopped_with_the_cut_was_moving);
	tcase_add_test(
	    list_is, what_a_car_did_before_the_supply_was_last_there_is_past);
	tcase_add_test(
	    list_is, a_lift_s_own_supply_says_until_when_it_had_power);
	tcase_add_test(
	    list_is, a_car_that_died_before_its_meter_told_was_moving);
	tcase_add_test(list_is,
	    what_a_car_did_before_it_lost_its_own_supply_long_ago_is_past);
	tcase_add_test(list_is, nothing_older_than_a_minute_is_looked_back_at);
	tcase_add_test(list_is, age_is_how_long_ago_it_was_known);
	tcase_add_test(
	    list_is, a_list_told_late_is_of_the_cut_and_not_of_after);
	tcase_add_test(list_is, a_car_is_back_when_it_has_been_fit_for_a_while);
	tcase_add_test(list_is, a_car_that_runs_is_back_sooner);
	tcase_add_test(
	    list_is, a_car_in_a_fault_or_without_power_or_silent_is_not_back);
	tcase_add_test(list_is, a_fault_in_between_begins_the_while_anew);
	tcase_add_test(list_is, an_answer_of_before_the_return_does_not_count);
	tcase_add_test(list_is, two_minutes_after_the_return_a_car_is_late);
	tcase_add_test(
	    list_is, late_counts_through_a_meter_that_misses_a_question);
	tcase_add_test(list_is, while_the_supply_is_away_nobody_is_back);
	tcase_add_test(list_is,
	    a_car_that_was_back_stands_in_the_list_anew_if_the_supply_goes_again);
	tcase_add_test(
	    list_is, a_suspicion_lists_only_those_that_may_be_without_power);
	tcase_add_test(
	    list_is, a_suspicion_ends_when_who_is_in_need_was_checked);
	tcase_add_test(list_is, a_car_that_has_power_in_a_cut_is_back);
	tcase_add_test(list_is,
	    who_said_anything_since_the_return_stands_anew_if_it_goes_again);
	suite_add_tcase(s, list_is);

	tcase_add_checked_fixture(over, begin, end);
	tcase_add_test(
	    over, a_cut_goes_on_over_a_restart_until_it_is_known_to_be_over);
	tcase_add_test(over,
	    a_suspicion_goes_on_over_a_restart_until_all_lifts_have_power);
	tcase_add_test(over,
	    what_was_back_before_a_restart_stays_back_unless_the_supply_is_away);
	tcase_add_loop_test(over,
	    volts_of_before_a_start_say_when_the_supply_was_there_and_no_more,
	    0, 2);
	tcase_add_test(
	    over, after_a_restart_nobody_is_late_or_not_for_two_minutes);
	tcase_add_test(over, a_reload_goes_on_with_a_cut_and_its_cars);
	tcase_add_test(over, a_cut_under_way_is_noticed_over_a_reload);
	suite_add_tcase(s, over);
	return suite_run(s);
}
