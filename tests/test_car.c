/* test_car.c - what a lift's points say together, and over time */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/car.h"
#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

enum {
	UNKNOWN = CONDITION_UNKNOWN,
	NO = CONDITION_FALSE,
	YES = CONDITION_TRUE
};

/* ---- a car ---- */

static struct car car;
static struct point_info points[CAR_POINTS + 2];
static uint16_t point_count;

/* "zone=0": read good; "zone=bad": not; "zone=sim1": simulated. */
static const char *const short_names[][2] = {{"zone", "door_zone"},
    {"load", "load_pct"}, {"call", "car_call"}, {"mode", "service_mode"},
    {"fault", "fault_code"}, {"severity", "fault_severity"},
    {"trap", "entrapment"}};

static const char *
long_name(const char *name)
{
	for (int i = 0; i < ROWS(short_names); i++)
		if (strcmp(short_names[i][0], name) == 0)
			return short_names[i][1];
	return name;
}

static uint16_t
point_of(const char *name)
{
	for (uint16_t i = 0; i < point_count; i++)
		if (strcmp(points[i].name, long_name(name)) == 0)
			return i;
	ck_abort_msg("it has no %s", name);
	return 0;
}

static struct derive_input
input(const char *text, int64_t now_ms)
{
	bool simulated = strncmp(text, "sim", 3) == 0;
	struct derive_input in = {.at_ms = now_ms};

	if (strcmp(text, "bad") == 0) {
		in.quality.code = QUALITY_BAD_TIMEOUT;
		return in;
	}
	in.quality.code = simulated ? QUALITY_SIMULATED : QUALITY_GOOD;
	in.value = (struct value){VALUE_F64, .f = atof(text + 3 * simulated)};
	return in;
}

/* Calls back with each name and value of "moving=0 door=2". */
static void
each(const char *says,
    void (*see)(const char *name, const char *value, int64_t now_ms),
    int64_t now_ms)
{
	char text[256], *save = NULL, *value;

	snprintf(text, sizeof(text), "%s", says);
	for (char *word = strtok_r(text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		value = strchr(word, '=');
		if (value == NULL)
			ck_abort_msg("%s says nothing", word);
		*value = '\0';
		see(word, value + 1, now_ms);
	}
}

static void
add_point(const char *name, const char *value, int64_t now_ms)
{
	static char kept[CAR_POINTS + 2][16];

	(void)value;
	(void)now_ms;
	snprintf(kept[point_count], sizeof(kept[0]), "%s", long_name(name));
	points[point_count] = (struct point_info){.name = kept[point_count]};
	point_count++;
}

static bool changed;

static void
take_point(const char *name, const char *value, int64_t now_ms)
{
	struct derive_input in = input(value, now_ms);

	changed |= car_take(&car, point_of(name), &in, now_ms);
}

static bool
take(int64_t now_ms, const char *says)
{
	changed = false;
	each(says, take_point, now_ms);
	return changed;
}

/* A car that has the points that it speaks of, and no others. */
static void
begin(const char *says)
{
	point_count = 0;
	each(says, add_point, 0);
	car_start(&car, point_count, points);
	take(0, says);
}

/* One of a full board, at a landing, with nobody in it. */
static void
begin_full(void)
{
	begin("moving=0 door=0 zone=1 occupied=0 load=0 call=0 mode=1 fault=0 "
	      "trap=0 supply=1 floor=1");
}

/* ---- at one moment ---- */

static const struct {
	const char *says;
	int is;
} trapped[] = {
    {"trap=1", YES}, {"trap=0", NO}, {"trap=bad", UNKNOWN}, {"fault=101", YES},
    {"fault=4", NO}, {"fault=bad", UNKNOWN}, {"trap=1 fault=bad", YES},
    {"trap=bad fault=101", YES}, {"trap=0 fault=bad", UNKNOWN},
    {"trap=bad fault=0", UNKNOWN}, {"trap=0 fault=0", NO},
    {"moving=0 occupied=1 door=0 zone=0", UNKNOWN}, /* it cannot say */
    {"trap=1 moving=1 mode=2 occupied=0", YES}, /* whatever else */
};

START_TEST(a_controller_says_that_it_is_trapped)
{
	begin(trapped[_i].says);
	ck_assert_int_eq(car.trapped, trapped[_i].is);
}
END_TEST

#define STUCK "moving=0 door=0 zone=0 mode=1 "
#define AT_LANDING "moving=0 door=0 zone=1 mode=1 "

static const struct {
	const char *says;
	int is;
} suspects[] = {
    /* who is in it, between floors */
    {STUCK "occupied=1", YES},
    {STUCK "occupied=0", NO},
    {STUCK "occupied=9", YES},
    {STUCK "occupied=bad", YES},
    {STUCK, YES}, /* it has no sensor */
    {STUCK "occupied=0 load=50", YES},
    {STUCK "occupied=0 load=10", NO},
    {STUCK "occupied=0 load=10.5", YES},
    {STUCK "occupied=0 load=bad", NO},
    {STUCK "occupied=0 call=1", YES},
    {STUCK "occupied=0 call=bad", NO},
    {STUCK "occupied=bad load=0 call=0", YES},
    {STUCK "occupied=bad load=50", YES},
    {STUCK "load=0 call=0", YES},
    /* who is in it, stopped by a fault at a landing */
    {AT_LANDING "fault=8 occupied=1", YES},
    {AT_LANDING "fault=8 occupied=9", NO},
    {AT_LANDING "fault=8 occupied=0", NO},
    {AT_LANDING "fault=8 occupied=bad", UNKNOWN},
    {AT_LANDING "fault=8 occupied=0 load=50", YES},
    {AT_LANDING "fault=8 occupied=0 load=bad", UNKNOWN},
    {AT_LANDING "fault=8 call=1", YES},
    {AT_LANDING "fault=8 call=0", NO},
    {AT_LANDING "fault=8", NO},
    {AT_LANDING "fault=8 occupied=bad load=50", YES},
    /* a fault that its maker's table says stops no car */
    {AT_LANDING "fault=99 occupied=1 severity=2", YES},
    {AT_LANDING "fault=99 occupied=1 severity=3", NO},
    {AT_LANDING "fault=99 occupied=1 severity=4", NO},
    {AT_LANDING "fault=99 occupied=1 severity=99", YES},
    {AT_LANDING "fault=99 occupied=1 severity=bad", UNKNOWN},
    /* where it stands */
    {AT_LANDING "occupied=1", NO},
    {AT_LANDING "fault=0 occupied=1", NO},
    {AT_LANDING "fault=bad occupied=1", UNKNOWN},
    {AT_LANDING "fault=bad occupied=0", NO},
    {AT_LANDING "fault=4 occupied=9", NO}, /* its sensor knows better */
    {"moving=0 door=0 mode=1 zone=bad occupied=1", UNKNOWN},
    {"moving=0 door=0 mode=1 zone=bad occupied=0", NO},
    {"moving=0 door=0 mode=1 zone=bad fault=4", YES},
    {"moving=0 door=0 mode=1 zone=bad fault=8", UNKNOWN},
    {"moving=0 door=0 mode=1 zone=bad fault=8 occupied=1", YES},
    {"moving=0 door=0 mode=1 zone=bad fault=bad", UNKNOWN},
    {"moving=0 door=0 mode=1 fault=4", YES},
    {"moving=0 door=0 mode=1 fault=4 occupied=0", NO},
    {"moving=0 door=0 mode=1 fault=0 occupied=1", NO},
    {"moving=0 door=0 mode=1 fault=8 occupied=1", YES},
    {"moving=0 door=0 mode=1 fault=8", NO},
    {"moving=0 door=0 mode=1 fault=bad", UNKNOWN},
    {"moving=0 door=0 mode=1 occupied=1", UNKNOWN}, /* it cannot say */
    {"moving=1 door=0 mode=1 occupied=1", NO},
    /* whether it moves */
    {"moving=1 door=0 zone=0 mode=1", NO},
    {"moving=bad door=0 zone=0 mode=1", UNKNOWN},
    {"moving=bad door=0 zone=1 mode=1 fault=0", NO},
    {"door=0 zone=0 mode=1", YES},
    /* its door */
    {"moving=0 door=1 zone=0 mode=1", NO},
    {"moving=0 door=2 zone=0 mode=1", NO},
    {"moving=0 door=3 zone=0 mode=1", YES},
    {"moving=0 door=4 zone=0 mode=1", YES},
    {"moving=0 door=8 zone=0 mode=1", YES},
    {"moving=0 door=9 zone=0 mode=1", YES},
    {"moving=0 door=bad zone=0 mode=1", UNKNOWN},
    {"moving=0 zone=0 mode=1", YES},
    {"moving=0 door=2 zone=1 mode=1 fault=3 occupied=1", NO},
    {"moving=0 door=9 zone=1 mode=1 fault=99 occupied=1", YES},
    /* how it is run */
    {"moving=0 door=0 zone=0 mode=2", NO},
    {"moving=0 door=0 zone=0 mode=0", YES}, /* its fault locked it out */
    {"moving=0 door=0 zone=0 mode=3", YES},
    {"moving=0 door=0 zone=0 mode=5", YES},
    {"moving=0 door=0 zone=0 mode=7", YES}, /* not told */
    {"moving=0 door=0 zone=0 mode=bad", UNKNOWN},
    {"moving=0 door=0 zone=0", YES},
    {"moving=0 door=2 zone=0 mode=bad", NO},
    {"moving=bad door=bad zone=bad mode=2", NO},
    {"moving=bad door=bad zone=bad mode=bad occupied=bad fault=bad", UNKNOWN},
};

START_TEST(somebody_may_be_trapped)
{
	begin(suspects[_i].says);
	ck_assert_msg(car.suspect == suspects[_i].is, "%s: %d",
	    suspects[_i].says, car.suspect);
}
END_TEST

static const struct {
	const char *says;
	int unpowered, at_risk;
} powers[] = {
    {"supply=1 occupied=1", NO, NO}, {"supply=0 occupied=1 zone=1", YES, YES},
    {"supply=0 occupied=0 zone=1", YES, NO},
    {"supply=0 occupied=9 zone=1", YES, YES},
    {"supply=0 occupied=bad zone=1", YES, YES}, {"supply=0 zone=1", YES, YES},
    {"supply=0 occupied=0 zone=0", YES, YES},
    {"supply=0 occupied=0 zone=bad", YES, YES},
    {"supply=0 occupied=0", YES, NO}, /* where it stands it never says */
    {"supply=0 occupied=0 fault=4", YES, YES},
    {"supply=0 occupied=0 fault=bad", YES, NO},
    {"supply=0 occupied=0 zone=1 load=50", YES, YES},
    {"supply=0 occupied=0 zone=1 moving=1", YES, YES},
    {"supply=bad occupied=1 zone=0", UNKNOWN, UNKNOWN},
    {"supply=bad occupied=0 zone=1", UNKNOWN, NO},
    {"supply=bad fault=41 occupied=1", YES, YES},
    {"supply=bad fault=0", UNKNOWN, UNKNOWN},
    {"supply=1 fault=41 occupied=1", YES, YES}, {"supply=1 fault=bad", NO, NO},
    {"supply=1 fault=0", NO, NO}, {"fault=41 occupied=0 zone=1", YES, NO},
    {"fault=41", YES, YES}, {"fault=0", NO, NO},
    {"fault=bad occupied=1", UNKNOWN, UNKNOWN},
    {"occupied=1 zone=0", UNKNOWN, UNKNOWN}, /* it cannot say */
};

START_TEST(a_car_without_power_is_at_risk_unless_known_to_be_empty)
{
	begin(powers[_i].says);
	ck_assert_msg(car.unpowered == powers[_i].unpowered &&
		car.at_risk == powers[_i].at_risk,
	    "%s: %d %d", powers[_i].says, car.unpowered, car.at_risk);
}
END_TEST

static const struct {
	const char *says;
	int occupied;
	bool mode_told;
} insides[] = {
    {"occupied=1 mode=1", CAR_PERSON, true},
    {"occupied=0 mode=2", CAR_EMPTY, true},
    {"occupied=9 mode=7", CAR_UNKNOWN, false},
    {"occupied=bad mode=bad", CAR_UNKNOWN, false},
    {"load=11", CAR_PERSON, false},
    {"load=0 call=0", CAR_UNKNOWN, false},
    {"call=1", CAR_PERSON, false},
    {"occupied=0 load=0 call=bad", CAR_EMPTY, false},
    {"moving=0", CAR_UNKNOWN, false},
};

START_TEST(it_says_who_is_in_it_and_how_it_is_run)
{
	begin(insides[_i].says);
	ck_assert_int_eq(car.occupied, insides[_i].occupied);
	ck_assert_int_eq(car.mode_told, insides[_i].mode_told);
}
END_TEST

static const struct {
	const char *says;
	int is;
} fits[] = {
    {"trap=0 fault=99 severity=4", YES},
    {"trap=0 fault=99 severity=2", NO},
    {"moving=0", YES}, /* it says no more */
    {"supply=1 mode=1 fault=0 trap=0 zone=1 moving=0 door=0", YES},
    {"supply=0 mode=1 fault=0 trap=0", NO},
    {"supply=1 mode=0 fault=0", NO},
    {"supply=1 mode=2 fault=0", YES},
    {"supply=1 mode=1 fault=8", NO},
    {"supply=1 mode=1 fault=0 trap=1", NO},
    {"supply=1 mode=1 fault=0 zone=0 moving=0 door=0", NO},
    {"supply=1 mode=1 fault=0 zone=0 moving=1 door=0", YES},
    {"supply=bad mode=1 fault=0", UNKNOWN},
    {"supply=1 mode=bad fault=0", UNKNOWN},
    {"supply=1 mode=1 fault=bad", UNKNOWN},
    {"supply=bad mode=0 fault=bad", NO},
};

START_TEST(a_car_that_is_fit_carries_people_again)
{
	begin(fits[_i].says);
	ck_assert_msg(car.fit == fits[_i].is, "%s: %d", fits[_i].says, car.fit);
}
END_TEST

/* ---- at every moment ---- */

/* FALSE < UNKNOWN < TRUE: then "and" is the least, "or" the greatest. */
enum { F, U, T };

static int
least(int a, int b)
{
	return a < b ? a : b;
}

static int
most(int a, int b)
{
	return a > b ? a : b;
}

#define ABSENT (-1)
#define BAD (-2)

struct moment {
	int moving, door, zone, occupied, load, call, mode, fault;
};

/* Whether a point says `number`. */
static int
says(int point, int number, int absent)
{
	return point == ABSENT ? absent
	    : point == BAD     ? U
	    : point == number  ? T
			       : F;
}

static int
suspect_of(const struct moment *m)
{
	int yes = most(most(says(m->occupied, 1, F), says(m->load, 50, F)),
	    says(m->call, 1, F));
	int maybe = yes == T || m->occupied != 0 ? T : F;
	int away = m->zone == ABSENT ? says(m->fault, 4, U)
	    : m->zone == BAD	     ? (m->fault == 4 ? T : U)
				     : says(m->zone, 0, U);
	int fault = m->fault == ABSENT ? F : 2 - says(m->fault, 0, U);
	int shut = 2 - says(m->door, 2, F);

	return least(least(2 - says(m->moving, 1, F), 2 - says(m->mode, 2, F)),
	    least(shut, most(least(away, maybe), least(fault, yes))));
}

static const int movings[] = {0, 1, BAD, ABSENT};
static const int doors[] = {0, 2, 9, BAD, ABSENT};
static const int occupieds[] = {0, 1, 9, BAD, ABSENT};
static const int loads[] = {0, 50, BAD, ABSENT};
static const int modes[] = {1, 2, 7, BAD, ABSENT};
static const int faults[] = {0, 4, 8, BAD, ABSENT};

static void
put(char *text, const char *name, int number)
{
	size_t len = strlen(text);

	if (number == BAD)
		snprintf(text + len, 256 - len, " %s=bad", name);
	else if (number != ABSENT)
		snprintf(text + len, 256 - len, " %s=%d", name, number);
}

static void
judge(const struct moment *m)
{
	static const int truths[] = {[F] = NO, [U] = UNKNOWN, [T] = YES};
	char text[256] = "floor=1";

	put(text, "moving", m->moving);
	put(text, "door", m->door);
	put(text, "zone", m->zone);
	put(text, "occupied", m->occupied);
	put(text, "load", m->load);
	put(text, "call", m->call);
	put(text, "mode", m->mode);
	put(text, "fault", m->fault);
	begin(text);
	ck_assert_msg(
	    car.suspect == truths[suspect_of(m)], "%s: %d", text, car.suspect);
}

#define NTH(table, n) (table)[(n) % ROWS(table)]

/* Each of the 160,000 moments; a run a door. */
START_TEST(every_moment_is_judged_alike)
{
	for (int n = 0; n < 4 * 4 * 5 * 4 * 4 * 5 * 5; n++)
		judge(&(struct moment){.door = doors[_i],
		    .moving = NTH(movings, n),
		    .zone = NTH(movings, n / 4),
		    .occupied = NTH(occupieds, n / 16),
		    .load = NTH(loads, n / 80),
		    .call = NTH(movings, n / 320),
		    .mode = NTH(modes, n / 1280),
		    .fault = NTH(faults, n / 6400)});
}
END_TEST

/* ---- what it knows nothing of ---- */

START_TEST(before_anything_is_read_nothing_is_known)
{
	struct derive_input in;

	begin_full();
	car_start(&car, point_count, points);
	for (uint16_t p = POINT_CAR_TRAPPED; p <= POINT_CAR_AT_RISK; p++) {
		in = car_look(&car, p);
		ck_assert_int_eq(in.quality.code,
		    p == POINT_CAR_FREED ? QUALITY_GOOD : QUALITY_NEVER);
	}
	ck_assert_int_eq(car_due(&car), INT64_MAX);
	ck_assert_int_eq(car_state_since(&car, 0).at_ms, INT64_MIN);
}
END_TEST

START_TEST(only_its_own_points_are_used)
{
	begin("moving=0 door=0");
	add_point("speed", "", 0);
	car_start(&car, point_count, points);
	ck_assert(car_uses(&car, point_of("moving")));
	ck_assert(!car_uses(&car, point_of("speed")));
	ck_assert(car_uses(&car, point_of("door")));
	ck_assert(!car_uses(&car, point_count));
	ck_assert(!car_uses(&car, POINT_ONLINE));
}
END_TEST

START_TEST(what_is_uncertain_is_not_known)
{
	struct derive_input in = input("1", 0);

	begin("trap=0");
	in.quality.code = QUALITY_UNCERTAIN_CLOCK;
	ck_assert(car_take(&car, 0, &in, 1));
	ck_assert_int_eq(car.trapped, UNKNOWN);
	in.quality.code = QUALITY_GOOD;
	in.value = (struct value){.type = VALUE_NONE};
	ck_assert(!car_take(&car, 0, &in, 2));
	in.value = (struct value){VALUE_BOOL, .u = 1};
	ck_assert(car_take(&car, 0, &in, 3));
	ck_assert_int_eq(car.trapped, YES);
}
END_TEST

START_TEST(an_expression_gets_a_truth_or_nothing)
{
	struct derive_input in;

	begin("trap=1");
	in = car_look(&car, POINT_CAR_TRAPPED);
	ck_assert_int_eq(in.value.type, VALUE_BOOL);
	ck_assert_uint_eq(in.value.u, 1);
	ck_assert_int_eq(in.quality.code, QUALITY_GOOD);
	in = car_look(&car, POINT_CAR_SUSPECT);
	ck_assert_int_eq(in.quality.code, QUALITY_NEVER);
	ck_assert(take(5, "trap=0"));
	in = car_look(&car, POINT_CAR_TRAPPED);
	ck_assert_uint_eq(in.value.u, 0);
	ck_assert_int_eq(in.at_ms, 5);
}
END_TEST

START_TEST(each_change_is_told_once)
{
	begin_full();
	ck_assert(take(1, "mode=0"));
	ck_assert_int_eq(car.fit, NO);
	ck_assert(!take(2, "mode=0"));
	ck_assert(!take(3, "door=2"));
	ck_assert(take(4, "supply=0"));
	ck_assert(take(5, "occupied=1"));
	ck_assert(!take(6, "load=70"));
}
END_TEST

START_TEST(what_simulated_values_say_is_simulated)
{
	begin("trap=0 door=0");
	ck_assert(take(1, "trap=sim1"));
	ck_assert_int_eq(
	    car_look(&car, POINT_CAR_TRAPPED).quality.code, QUALITY_SIMULATED);
	ck_assert_int_eq(car.trapped, YES);
	ck_assert(take(2, "trap=1"));
	ck_assert_int_eq(
	    car_look(&car, POINT_CAR_TRAPPED).quality.code, QUALITY_GOOD);
}
END_TEST

/* ---- how it got out ---- */

struct step {
	int64_t at_ms;
	const char *says; /* "": time passes */
	int freed; /* then */
};

#define MIN INT64_C(60000)
#define END                                                                    \
	{                                                                      \
		-1, NULL, 0                                                    \
	}

/* It was trapped, and drives to a landing by itself. */
static const struct step rescued[] = {{0, "trap=1", NO}, {9000, "trap=0", NO},
    {10000, "moving=1 zone=0", NO}, {13000, "zone=1", NO},
    {13500, "moving=0", NO}, {14000, "door=1", NO}, {16000, "door=2", NO},
    {14000 + MIN - 1, "", NO}, {14000 + MIN, "", YES},
    {30 * MIN, "moving=1 zone=0 door=0", YES}, END};

/* Nobody got out, however long it stands. */
static const struct step not_moved[] = {{0, "trap=1", NO}, {9000, "trap=0", NO},
    {14000, "door=2", NO}, {90 * MIN, "", NO}, {90 * MIN + 1, "door=0", NO},
    {99 * MIN, "", NO}, END};

static const struct step not_opened[] = {{0, "trap=1", NO},
    {9000, "trap=0", NO}, {10000, "moving=1", NO}, {20000, "moving=0", NO},
    {99 * MIN, "", NO}, END};

static const struct step opened_between_floors[] = {{0, "trap=1", NO},
    {9000, "trap=0", NO}, {10000, "moving=1 zone=0", NO},
    {20000, "moving=0 door=2", NO}, {99 * MIN, "", NO}, END};

/* Its brake slips while the door is open. */
static const struct step moved_with_its_door_open[] = {{0, "trap=1", NO},
    {9000, "trap=0 door=2", NO}, {10000, "moving=1", NO},
    {20000, "moving=0", NO}, {99 * MIN, "", NO}, END};

static const struct step moved_while_trapped[] = {{0, "trap=1", NO},
    {9000, "moving=1", NO}, {10000, "moving=0", NO}, {11000, "trap=0", NO},
    {14000, "door=2", NO}, {99 * MIN, "", NO}, END};

static const struct step trapped_again[] = {{0, "trap=1", NO},
    {9000, "trap=0", NO}, {10000, "moving=1", NO}, {13000, "moving=0", NO},
    {14000, "door=2", NO}, {14000 + MIN - 1, "trap=1", NO},
    {3 * MIN, "trap=0", NO}, {99 * MIN, "", NO},
    {99 * MIN, "moving=1 door=0", NO}, {100 * MIN, "moving=0 door=1", NO},
    {101 * MIN, "", YES}, END};

/* A minute of which nobody knows does not count. */
static const struct step not_known[] = {{0, "trap=1", NO}, {9000, "trap=0", NO},
    {10000, "moving=1", NO}, {13000, "moving=0", NO}, {14000, "door=2", NO},
    {50000, "trap=bad", NO}, {99 * MIN, "", NO}, {99 * MIN, "trap=0", NO},
    {100 * MIN - 1, "", NO}, {100 * MIN, "", YES}, END};

/* A reading that comes after the minute does not undo it, and the next one
 * that is trapped does. */
static const struct step late[] = {{0, "trap=1", NO}, {9000, "trap=0", NO},
    {10000, "moving=1", NO}, {14000, "moving=0 door=2", NO},
    {14000 + MIN + 1, "door=3", YES}, {2 * MIN, "trap=1", NO}, END};

/* Stopped between floors by a fault that the controller gets over. */
static const struct step suspected[] = {{0, "moving=1 zone=0 occupied=1", NO},
    {9000, "moving=0", NO}, {80000, "moving=1", NO},
    {90000, "moving=0 zone=1", NO}, {91000, "door=2", NO},
    {95000, "occupied=0", NO}, {91000 + MIN - 1, "", NO},
    {91000 + MIN, "", YES}, END};

/* At each stop it stands for a moment before it is known to be in the door
 * zone: the minute goes on. */
static const struct step stops[] = {{0, "trap=1", NO}, {9000, "trap=0", NO},
    {10000, "moving=1 zone=0 occupied=1", NO}, {13000, "moving=0", NO},
    {13500, "zone=1", NO}, {14000, "door=2", NO}, {20000, "door=0", NO},
    {21000, "moving=1 zone=0", NO}, {40000, "moving=0", NO},
    {40500, "zone=1", NO}, {41000, "door=2", NO}, {14000 + MIN, "", YES}, END};

/* But not for long. */
static const struct step stops_for_long[] = {{0, "trap=1", NO},
    {9000, "trap=0", NO}, {10000, "moving=1 zone=0 occupied=1", NO},
    {13000, "moving=0 zone=1", NO}, {14000, "door=2", NO},
    {20000, "door=0", NO}, {21000, "moving=1 zone=0", NO},
    {40000, "moving=0", NO}, {45000, "", NO}, {45001, "zone=1", NO},
    {46000, "door=2", NO}, {99 * MIN, "", NO}, END};

/* Suspect at the very end: who knows. */
static const struct step suspect_at_the_end[] = {{0, "trap=1", NO},
    {9000, "trap=0", NO}, {10000, "moving=1 zone=0 occupied=1", NO},
    {13000, "moving=0 zone=1", NO}, {14000, "door=2", NO},
    {20000, "door=0", NO}, {21000, "moving=1 zone=0", NO},
    {13000 + MIN, "moving=0", NO}, {14000 + MIN, "", NO},
    {14500 + MIN, "zone=1", YES}, END};

static const struct step locked[] = {{0, "trap=1", NO},
    {9000, "trap=0 door=4", NO}, {10000, "moving=1", NO},
    {13000, "moving=0", NO}, {14000, "door=1", NO}, {14000 + MIN, "", YES},
    END};

static const struct {
	const struct step *steps;
} ways_out[] = {{rescued}, {not_moved}, {not_opened}, {opened_between_floors},
    {moved_with_its_door_open}, {moved_while_trapped}, {trapped_again},
    {not_known}, {late}, {suspected}, {stops}, {stops_for_long},
    {suspect_at_the_end}, {locked}};

/* As the engine does: what is due comes first. */
static void
run(int64_t until_ms)
{
	int64_t due_ms;

	for (int turns = 0; (due_ms = car_due(&car)) < until_ms; turns++) {
		ck_assert_int_lt(turns, 10);
		car_tick(&car, due_ms);
	}
}

static void
play(const struct step *s)
{
	for (; s->says != NULL; s++) {
		run(s->at_ms);
		if (s->says[0] != '\0')
			take(s->at_ms, s->says);
		else
			car_tick(&car, s->at_ms);
		ck_assert_msg(car.freed == s->freed, "at %lld \"%s\": %d",
		    (long long)s->at_ms, s->says, car.freed);
	}
}

START_TEST(people_are_out_when_it_moved_opened_and_a_minute_has_passed)
{
	begin_full();
	play(ways_out[_i].steps);
}
END_TEST

/* Nobody may tick in between: the readings alone say the same. */
START_TEST(readings_alone_say_the_same)
{
	begin_full();
	take(0, "trap=1");
	take(9000, "trap=0");
	take(10000, "moving=1");
	take(14000, "moving=0 door=2");
	ck_assert(take(14000 + MIN + 1, "trap=1"));
	ck_assert_int_eq(car.freed, NO);
	take(2 * MIN, "trap=0");
	take(2 * MIN, "moving=1 door=0");
	take(2 * MIN + 1, "moving=0 door=2");
	take(3 * MIN + 1, "trap=bad");
	ck_assert_int_eq(car.freed, NO);
	take(4 * MIN, "trap=0");
	take(5 * MIN + 1, "trap=bad");
	ck_assert_int_eq(car.freed, YES);
	take(6 * MIN, "trap=0");
	ck_assert_int_eq(car_due(&car), INT64_MAX);
}
END_TEST

START_TEST(a_change_by_time_alone_is_told)
{
	begin_full();
	ck_assert_int_eq(car_due(&car), INT64_MAX);
	take(0, "trap=1");
	ck_assert_int_eq(car_due(&car), INT64_MAX);
	take(1, "trap=0 moving=1");
	take(2, "moving=0 door=2");
	ck_assert_int_eq(car_due(&car), 2 + MIN);
	ck_assert(!car_tick(&car, 1 + MIN));
	ck_assert(car_tick(&car, 2 + MIN));
	ck_assert(!car_tick(&car, 2 + MIN));
	ck_assert_int_eq(car_due(&car), INT64_MAX);
	/* suspect for five seconds is to be freed again */
	take(2 * MIN, "zone=0 door=0 occupied=1");
	ck_assert_int_eq(car.freed, YES);
	ck_assert_int_eq(car_due(&car), 2 * MIN + CAR_NEED_MS);
	ck_assert(car_tick(&car, 2 * MIN + CAR_NEED_MS));
	ck_assert_int_eq(car.freed, NO);
	ck_assert_int_eq(car_due(&car), INT64_MAX);
}
END_TEST

START_TEST(a_restart_does_not_forget_who_is_trapped)
{
	begin_full();
	car_start(&car, point_count, points);
	car_restore_need(&car);
	take(0,
	    "moving=0 door=0 zone=1 fault=0 trap=0 mode=1 occupied=0 call=0 "
	    "load=0 supply=1");
	run(9 * MIN);
	ck_assert_int_eq(car.freed, NO);
	take(9 * MIN, "moving=1");
	take(9 * MIN + 1, "moving=0 door=2");
	run(10 * MIN + 2);
	ck_assert_int_eq(car.freed, YES);
}
END_TEST

/* Points as a dry-contact board has them: a door is closed or unknown. */
#define CONTACTS "moving=0 door=0 zone=1 mode=1 fault=0 supply=1"

static const struct step contacts_out[] = {{0, "moving=1", NO},
    {1000, "moving=0 zone=0 fault=99", NO}, {61000, "", NO},
    {70000, "door=9", NO}, /* ajar, between floors */
    {80000, "door=0 fault=0", NO}, {81000, "moving=1", NO},
    {90000, "moving=0 zone=1", NO}, {91000, "door=9", NO},
    {91000 + MIN, "", YES}, END};

START_TEST(a_single_contact_tells_that_the_door_opened)
{
	begin(CONTACTS);
	play(contacts_out);
}
END_TEST

START_TEST(a_door_that_tells_more_is_not_open_when_it_is_unknown)
{
	begin(CONTACTS);
	take(0, "door=2");
	take(1, "door=0 zone=0");
	run(9 * MIN);
	take(9 * MIN, "moving=1");
	take(9 * MIN + 1, "moving=0 zone=1 door=9");
	run(99 * MIN);
	ck_assert_int_eq(car.freed, NO);
	take(99 * MIN, "door=1");
	run(100 * MIN + 1);
	ck_assert_int_eq(car.freed, YES);
}
END_TEST

static const char *const lacks[] = {
    "door=0 zone=0 trap=1",
    "moving=0 zone=0 trap=1",
    "moving=0 door=0 trap=1",
};

START_TEST(without_its_points_nobody_is_seen_leaving)
{
	begin(lacks[_i]);
	take(1, "trap=0");
	for (int64_t at_ms = 1; at_ms < 9 * MIN; at_ms += 1000) {
		if (_i != 0)
			take(at_ms, at_ms / 1000 % 2 ? "moving=1" : "moving=0");
		if (_i != 1)
			take(at_ms, at_ms / 1000 % 2 ? "door=0" : "door=2");
		if (_i != 2)
			take(at_ms, at_ms / 1000 % 2 ? "zone=0" : "zone=1");
	}
	run(99 * MIN);
	ck_assert_int_eq(car.freed, NO);
}
END_TEST

/* ---- when the power went ---- */

static const struct {
	const char *before; /* 1 s before */
	const char *cut; /* how the next reading comes */
	int at_risk;
} cuts[] = {
    {"moving=1 zone=0", "moving=0 zone=1 supply=0", YES},
    {"moving=1 zone=0", "supply=0 moving=0 zone=1", YES},
    {"moving=1 zone=1", "supply=0", YES},
    {"moving=0 zone=1", "supply=0", NO},
    {"moving=bad zone=1", "moving=0 supply=0", NO},
    {"moving=1", "moving=bad supply=0", YES},
    {"moving=1 supply=bad", "moving=0 supply=0", YES},
    {"moving=1", "moving=0 fault=41", YES},
};

START_TEST(a_car_that_moved_when_the_power_went_is_at_risk)
{
	begin_full();
	take(60000, cuts[_i].before);
	take(61000, cuts[_i].cut);
	ck_assert_int_eq(car.unpowered, YES);
	ck_assert_msg(car.at_risk == cuts[_i].at_risk, "%s", cuts[_i].before);
}
END_TEST

START_TEST(a_car_comes_to_rest_before_its_supply_is_seen_to_be_lost)
{
	begin_full();
	take(60000, "moving=1 supply=1");
	take(61000, "moving=0 supply=1");
	take(61000 + CAR_STOPS_MS, "supply=1");
	take(61500 + CAR_STOPS_MS, "supply=0");
	ck_assert_int_eq(car.at_risk, NO);
	take(90000, "moving=1 supply=1");
	take(91000, "moving=0 supply=1");
	take(91000 + CAR_STOPS_MS - 1, "supply=1");
	ck_assert(take(91500 + CAR_STOPS_MS, "supply=0"));
	ck_assert_int_eq(car.at_risk, YES);
	ck_assert(take(120000, "supply=1"));
	ck_assert_int_eq(car.at_risk, NO);
	take(121000, "supply=1");
	take(130000, "supply=0");
	ck_assert_int_eq(car.at_risk, NO);
}
END_TEST

/* Its other points go on while nobody asks for the supply. */
START_TEST(the_cut_may_have_been_long_before_it_is_seen)
{
	begin_full();
	take(60000, "moving=1 supply=1");
	take(61000, "moving=0");
	for (int at_ms = 62000; at_ms < 90000; at_ms += 500)
		take(at_ms, "moving=0 zone=1 fault=0");
	take(90000, "supply=0");
	ck_assert_int_eq(car.at_risk, YES);
}
END_TEST

START_TEST(a_silence_before_the_cut_hides_nothing)
{
	begin_full();
	take(60000, "moving=1 supply=1");
	take(61000, "moving=bad supply=bad");
	take(300000, "moving=0 supply=0");
	ck_assert_int_eq(car.at_risk, YES);
	/* and it stays so while that comes and goes */
	take(301000, "supply=bad");
	ck_assert_int_eq(car.at_risk, UNKNOWN);
	take(400000, "supply=0");
	ck_assert_int_eq(car.at_risk, YES);
}
END_TEST

/* ---- its last states ---- */

static void
assert_state(int64_t from_ms, int moving, int zone, int occupied, double floor,
    int64_t at_ms)
{
	struct car_state s = car_state_since(&car, from_ms);

	ck_assert_int_eq(s.moving, moving);
	ck_assert_int_eq(s.zone, zone);
	ck_assert_int_eq(s.occupied, occupied);
	ck_assert_double_eq(s.floor, floor);
	ck_assert_int_eq(s.at_ms, at_ms);
}

START_TEST(the_most_dangerous_state_since_then_is_told)
{
	begin_full();
	take(10000, "door=2 occupied=1");
	take(20000, "door=0 moving=1 floor=1");
	take(21000, "zone=0 floor=2");
	take(29000, "floor=3");
	take(30000, "moving=0 zone=1");
	take(31000, "door=2");
	take(35000, "occupied=0");
	take(40000, "floor=3");
	assert_state(40000, NO, YES, CAR_EMPTY, 3, 40000);
	assert_state(35000, NO, YES, CAR_EMPTY, 3, 40000);
	assert_state(34999, NO, YES, CAR_PERSON, 3, 31000);
	assert_state(30000, NO, YES, CAR_PERSON, 3, 31000);
	assert_state(29999, YES, NO, CAR_PERSON, 3, 29000);
	assert_state(0, YES, NO, CAR_PERSON, 3, 29000);
	assert_state(INT64_MIN, YES, NO, CAR_PERSON, 3, 29000);
	assert_state(INT64_MAX, NO, YES, CAR_EMPTY, 3, 40000);
}
END_TEST

START_TEST(of_states_alike_the_last_in_which_it_moved_or_the_last_is_told)
{
	begin_full();
	take(10000, "occupied=1 moving=1 zone=0 floor=3");
	take(11000, "moving=0");
	take(12000, "floor=4");
	assert_state(10000, YES, NO, CAR_PERSON, 3, 10000);
	assert_state(11500, NO, NO, CAR_PERSON, 4, 12000);
}
END_TEST

/* The cut is seen, but the readings of a box that has a battery go on. */
START_TEST(readings_after_the_cut_do_not_make_it_harmless)
{
	begin_full();
	take(10000, "occupied=1 moving=1 zone=0 floor=5");
	take(10500, "moving=0 zone=1 supply=0");
	take(15000, "occupied=9");
	assert_state(10000, YES, NO, CAR_PERSON, 5, 10000);
	assert_state(12000, NO, YES, CAR_PERSON, 5, 10500);
	ck_assert_int_eq(car.occupied, CAR_UNKNOWN);
}
END_TEST

START_TEST(a_car_that_falls_silent_is_what_it_was)
{
	begin_full();
	take(10000, "occupied=1");
	take(20000, "moving=bad zone=bad");
	take(20500, "floor=7");
	take(21000, "door=bad occupied=bad load=bad call=bad trap=bad");
	take(21500, "floor=bad mode=bad fault=bad supply=bad");
	assert_state(25000, NO, YES, CAR_PERSON, 7, 20500);
	assert_state(90 * MIN, NO, YES, CAR_PERSON, 7, 20500);
	ck_assert_int_eq(car.occupied, CAR_UNKNOWN);
}
END_TEST

START_TEST(a_point_that_fails_alone_is_not_known_any_more)
{
	begin_full();
	take(10000, "moving=bad");
	take(15000, "moving=bad");
	take(10000 + CAR_HOLD_MS, "floor=2");
	assert_state(
	    10000 + CAR_HOLD_MS, NO, YES, CAR_EMPTY, 2, 10000 + CAR_HOLD_MS);
	take(10001 + CAR_HOLD_MS, "floor=3");
	assert_state(10001 + CAR_HOLD_MS, UNKNOWN, YES, CAR_EMPTY, 3,
	    10001 + CAR_HOLD_MS);
}
END_TEST

START_TEST(each_thing_that_matters_is_a_state)
{
	static const char *const says[] = {"trap=1", "trap=0", "door=1",
	    "door=0", "zone=0", "zone=1", "load=60", "load=0", "moving=1",
	    "moving=0"};

	begin_full();
	for (int i = 0; i < ROWS(says); i++)
		take(1000 * (i + 1), says[i]);
	ck_assert_uint_eq(car.history_count, ROWS(says) + 1);
	ck_assert_int_eq(car_state_since(&car, 2000).trapped, NO);
	ck_assert_int_eq(car_state_since(&car, 1999).trapped, YES);
}
END_TEST

/* Between two readings of one answer there is no state. */
START_TEST(one_answer_is_one_state)
{
	begin_full();
	take(10000, "moving=1 zone=0 occupied=1");
	take(20000, "moving=0 zone=1 occupied=0 door=2");
	assert_state(19999, YES, NO, CAR_PERSON, 1, 10000);
	assert_state(20000, NO, YES, CAR_EMPTY, 1, 20000);
	ck_assert_uint_eq(car.history_count, 3);
}
END_TEST

START_TEST(passing_landings_uses_up_no_history)
{
	begin_full();
	take(10000, "moving=1 occupied=1");
	for (int i = 0; i < 5 * CAR_HISTORY; i++) {
		take(11000 + i * 1000, i % 2 ? "zone=1" : "zone=0");
		take(11500 + i * 1000, i % 3 ? "floor=8" : "floor=9");
	}
	ck_assert_uint_eq(car.history_count, 2);
	assert_state(0, YES, YES, CAR_PERSON, 9, 170500);
}
END_TEST

START_TEST(the_oldest_states_are_forgotten)
{
	begin_full();
	take(1000, "trap=1");
	for (int i = 0; i < CAR_HISTORY; i++)
		take(2000 + i, i % 2 ? "door=0 trap=0" : "door=2 trap=0");
	ck_assert_int_eq(car_state_since(&car, 0).trapped, NO);
	ck_assert_uint_eq(car_rank(&(struct car_state){.at_ms = INT64_MIN}), 4);
}
END_TEST

/* ---- which is the first to look after ---- */

#define STATE(m, z, d, o, t)                                                   \
	{                                                                      \
		.moving = (m), .zone = (z), .door_open = (d), .occupied = (o), \
		.trapped = (t)                                                 \
	}

static const struct {
	struct car_state state;
	unsigned rank;
} ranks[] = {
    {STATE(NO, YES, NO, CAR_EMPTY, YES), 0},
    {STATE(YES, NO, NO, CAR_PERSON, NO), 1},
    {STATE(YES, YES, NO, CAR_PERSON, NO), 1},
    {STATE(NO, NO, NO, CAR_PERSON, NO), 1},
    {STATE(NO, NO, YES, CAR_PERSON, NO), 1},
    {STATE(NO, UNKNOWN, NO, CAR_PERSON, NO), 1},
    {STATE(UNKNOWN, UNKNOWN, UNKNOWN, CAR_PERSON, UNKNOWN), 1},
    {STATE(NO, YES, NO, CAR_PERSON, NO), 2},
    {STATE(UNKNOWN, YES, NO, CAR_PERSON, NO), 2},
    {STATE(NO, UNKNOWN, YES, CAR_PERSON, NO), 2},
    {STATE(YES, YES, NO, CAR_UNKNOWN, NO), 3},
    {STATE(YES, UNKNOWN, NO, CAR_UNKNOWN, NO), 3},
    {STATE(NO, NO, NO, CAR_UNKNOWN, NO), 3},
    {STATE(UNKNOWN, NO, UNKNOWN, CAR_UNKNOWN, NO), 3},
    {STATE(UNKNOWN, UNKNOWN, UNKNOWN, CAR_UNKNOWN, UNKNOWN), 4},
    {STATE(NO, UNKNOWN, NO, CAR_UNKNOWN, NO), 4},
    {STATE(NO, YES, NO, CAR_UNKNOWN, NO), 5},
    {STATE(NO, UNKNOWN, YES, CAR_UNKNOWN, NO), 5},
    {STATE(NO, YES, NO, CAR_EMPTY, NO), 6},
    {STATE(YES, NO, NO, CAR_EMPTY, UNKNOWN), 6},
};

START_TEST(cars_are_ranked_by_danger)
{
	ck_assert_uint_eq(car_rank(&ranks[_i].state), ranks[_i].rank);
}
END_TEST

static void
add_moments(Suite *s)
{
	TCase *t = tcase_create("one moment");

	tcase_add_loop_test(
	    t, a_controller_says_that_it_is_trapped, 0, ROWS(trapped));
	tcase_add_loop_test(t, somebody_may_be_trapped, 0, ROWS(suspects));
	tcase_add_loop_test(t,
	    a_car_without_power_is_at_risk_unless_known_to_be_empty, 0,
	    ROWS(powers));
	tcase_add_loop_test(
	    t, it_says_who_is_in_it_and_how_it_is_run, 0, ROWS(insides));
	tcase_add_loop_test(
	    t, a_car_that_is_fit_carries_people_again, 0, ROWS(fits));
	tcase_add_loop_test(t, every_moment_is_judged_alike, 0, ROWS(doors));
	tcase_add_test(t, before_anything_is_read_nothing_is_known);
	tcase_add_test(t, only_its_own_points_are_used);
	tcase_add_test(t, what_is_uncertain_is_not_known);
	tcase_add_test(t, an_expression_gets_a_truth_or_nothing);
	tcase_add_test(t, each_change_is_told_once);
	tcase_add_test(t, what_simulated_values_say_is_simulated);
	suite_add_tcase(s, t);
}

static void
add_rescues(Suite *s)
{
	TCase *t = tcase_create("out of it");

	tcase_add_loop_test(t,
	    people_are_out_when_it_moved_opened_and_a_minute_has_passed, 0,
	    ROWS(ways_out));
	tcase_add_test(t, readings_alone_say_the_same);
	tcase_add_test(t, a_change_by_time_alone_is_told);
	tcase_add_test(t, a_restart_does_not_forget_who_is_trapped);
	tcase_add_test(t, a_single_contact_tells_that_the_door_opened);
	tcase_add_test(
	    t, a_door_that_tells_more_is_not_open_when_it_is_unknown);
	tcase_add_loop_test(
	    t, without_its_points_nobody_is_seen_leaving, 0, ROWS(lacks));
	suite_add_tcase(s, t);
}

static void
add_states(Suite *s)
{
	TCase *t = tcase_create("cuts and states");

	tcase_add_loop_test(
	    t, a_car_that_moved_when_the_power_went_is_at_risk, 0, ROWS(cuts));
	tcase_add_test(
	    t, a_car_comes_to_rest_before_its_supply_is_seen_to_be_lost);
	tcase_add_test(t, the_cut_may_have_been_long_before_it_is_seen);
	tcase_add_test(t, a_silence_before_the_cut_hides_nothing);
	tcase_add_test(t, the_most_dangerous_state_since_then_is_told);
	tcase_add_test(
	    t, of_states_alike_the_last_in_which_it_moved_or_the_last_is_told);
	tcase_add_test(t, readings_after_the_cut_do_not_make_it_harmless);
	tcase_add_test(t, a_car_that_falls_silent_is_what_it_was);
	tcase_add_test(t, a_point_that_fails_alone_is_not_known_any_more);
	tcase_add_test(t, each_thing_that_matters_is_a_state);
	tcase_add_test(t, one_answer_is_one_state);
	tcase_add_test(t, passing_landings_uses_up_no_history);
	tcase_add_test(t, the_oldest_states_are_forgotten);
	tcase_add_loop_test(t, cars_are_ranked_by_danger, 0, ROWS(ranks));
	suite_add_tcase(s, t);
}

int
main(void)
{
	Suite *s = suite_create("car");

	add_moments(s);
	add_rescues(s);
	add_states(s);
	return suite_run(s);
}
