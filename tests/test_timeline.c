/* test_timeline.c - when something was read, as well as can be known */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/measure/timeline.h"
#include "tests/suite.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define FLOOR 1767225600000 /* 2026-01-01: the newest that is trusted */
#define NOW (FLOOR + 90 * DAY) /* what the time really is */
#define Y1970 (35 * SECOND)
#define Y2025 1735689600000
#define Y2099 4070908800000
#define WAIT (10 * MINUTE)
#define NONE INT64_MIN /* ts is not touched */

/* What happens before the stamp is placed, in order. */
enum step_kind { END, BOOT, SET };

struct step {
	uint8_t kind;
	uint8_t boot; /* which */
	int64_t wall_ms; /* BOOT: the floor */
	int64_t mono_ms;
};

struct situation {
	const char *what;
	struct step steps[6];
	/* the stamp */
	uint8_t boot;
	int64_t mono_ms, wall_ms;
	bool synced;
	int64_t now_mono_ms;
	/* what is told */
	enum timeline_verdict verdict;
	int64_t ts_ms;
};

static const struct situation situations[] = {
    /* ---- the clock is synchronised ---- */
    {"synchronised when read: the wall clock's time", {{BOOT, 1, FLOOR, 5}}, 1,
	20 * SECOND, NOW, true, 21 * SECOND, TIMELINE_TRUE, NOW},
    {"synchronised when read, in a boot that is not remembered",
	{{.kind = END}}, 9, 20 * SECOND, NOW, true, 21 * SECOND, TIMELINE_TRUE,
	NOW},
    {"synchronised, and before the floor: the floor was wrong",
	{{BOOT, 1, FLOOR, 5}}, 1, 20 * SECOND, FLOOR - DAY, true, 21 * SECOND,
	TIMELINE_TRUE, FLOOR - DAY},
    {"synchronised when read, stepped by hours since",
	{{BOOT, 1, FLOOR, 5}, {SET, 1, NOW, MINUTE},
	    {SET, 1, NOW - 3 * HOUR, 2 * MINUTE}},
	1, 90 * SECOND, NOW + 30 * SECOND, true, 2 * MINUTE, TIMELINE_TRUE,
	NOW + 30 * SECOND},

    /* ---- boots in 1970 ---- */
    {"1970: waits for the clock", {{BOOT, 1, FLOOR, 5 * SECOND}}, 1,
	35 * SECOND, Y1970, false, 36 * SECOND, TIMELINE_WAIT, NONE},
    {"1970: waits until just before clock_wait", {{BOOT, 1, FLOOR, 5 * SECOND}},
	1, 35 * SECOND, Y1970, false, 35 * SECOND + WAIT - 1, TIMELINE_WAIT,
	NONE},
    {"1970: after clock_wait counted from the floor",
	{{BOOT, 1, FLOOR, 5 * SECOND}}, 1, 35 * SECOND, Y1970, false,
	35 * SECOND + WAIT, TIMELINE_ESTIMATED, FLOOR + 30 * SECOND},
    {"1970, synchronised a minute later: counted back",
	{{BOOT, 1, FLOOR, 5 * SECOND}, {SET, 1, NOW, 95 * SECOND}}, 1,
	35 * SECOND, Y1970, false, 95 * SECOND, TIMELINE_TRUE, NOW - MINUTE},
    {"1970, synchronised after clock_wait, not yet told: counted back",
	{{BOOT, 1, FLOOR, 5 * SECOND}, {SET, 1, NOW, 3 * HOUR}}, 1, 35 * SECOND,
	Y1970, false, 3 * HOUR, TIMELINE_TRUE, NOW - 3 * HOUR + 35 * SECOND},
    {"1970, read before the program's start was noted",
	{{BOOT, 1, FLOOR, 5 * SECOND}}, 1, 2 * SECOND, Y1970, false, HOUR,
	TIMELINE_ESTIMATED, FLOOR},
    {"1970, long before the floor's mark, as if mono had gone back",
	{{BOOT, 1, FLOOR, 40 * DAY}}, 1, -7 * DAY, Y1970, false, 40 * DAY,
	TIMELINE_ESTIMATED, FLOOR},
    {"1970, read a moment after the reader looked at the clock",
	{{BOOT, 1, FLOOR, 5 * SECOND}}, 1, 36 * SECOND, Y1970, false,
	35 * SECOND, TIMELINE_WAIT, NONE},
    {"1970, from far ahead of this boot: not waited for", {{BOOT, 1, FLOOR, 0}},
	1, 300 * DAY, Y1970, false, 35 * SECOND, TIMELINE_ESTIMATED,
	FLOOR + 300 * DAY},

    /* ---- a belief that is possible ---- */
    {"plausible, not synchronised: told at once, as a belief",
	{{BOOT, 1, FLOOR, 0}}, 1, 35 * SECOND, NOW, false, 36 * SECOND,
	TIMELINE_UNSYNCED, NOW},
    {"plausible, and still after clock_wait", {{BOOT, 1, FLOOR, 0}}, 1,
	35 * SECOND, NOW, false, 3 * HOUR, TIMELINE_UNSYNCED, NOW},
    {"plausible, then synchronised: the truth replaces the belief",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW, HOUR}}, 1, 35 * SECOND,
	NOW - 5 * HOUR, false, HOUR, TIMELINE_TRUE, NOW - HOUR + 35 * SECOND},
    {"the floor itself is possible", {{BOOT, 1, FLOOR, 35 * SECOND}}, 1,
	35 * SECOND, FLOOR, false, 36 * SECOND, TIMELINE_UNSYNCED, FLOOR},
    {"one millisecond before the floor is not", {{BOOT, 1, FLOOR, 35 * SECOND}},
	1, 35 * SECOND, FLOOR - 1, false, 36 * SECOND, TIMELINE_WAIT, NONE},
    {"behind the floor, but before what has passed since",
	{{BOOT, 1, FLOOR, 0}}, 1, 2 * HOUR, FLOOR + HOUR, false, 2 * HOUR,
	TIMELINE_WAIT, NONE},
    {"2099, not synchronised: possible, and said to be a belief",
	{{BOOT, 1, FLOOR, 0}}, 1, 35 * SECOND, Y2099, false, 36 * SECOND,
	TIMELINE_UNSYNCED, Y2099},
    {"2099, then synchronised", {{BOOT, 1, FLOOR, 0}, {SET, 1, NOW, HOUR}}, 1,
	35 * SECOND, Y2099, false, HOUR, TIMELINE_TRUE,
	NOW - HOUR + 35 * SECOND},

    /* ---- steps ---- */
    {"stepped hours back before it was synchronised, still possible",
	{{BOOT, 1, FLOOR, 0}}, 1, 2 * HOUR, NOW - 3 * HOUR, false, 2 * HOUR,
	TIMELINE_UNSYNCED, NOW - 3 * HOUR},
    {"stepped hours forward before it was synchronised, then it was",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW, 3 * HOUR}}, 1, 2 * HOUR,
	NOW + 5 * HOUR, false, 3 * HOUR, TIMELINE_TRUE, NOW - HOUR},
    {"stepped hours forward while synchronised: the later knowledge holds",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW - 3 * HOUR, MINUTE},
	    {SET, 1, NOW, 2 * MINUTE}},
	1, 90 * SECOND, Y1970, false, 3 * MINUTE, TIMELINE_TRUE,
	NOW - 30 * SECOND},
    {"stepped hours back while synchronised: the later knowledge holds",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW + 3 * HOUR, MINUTE},
	    {SET, 1, NOW, 2 * MINUTE}},
	1, 90 * SECOND, Y1970, false, 3 * MINUTE, TIMELINE_TRUE,
	NOW - 30 * SECOND},
    {"synchronisation was lost, the boot's offset is known still",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW, MINUTE}}, 1, 9 * HOUR,
	NOW + 9 * HOUR, false, 9 * HOUR, TIMELINE_TRUE,
	NOW + 9 * HOUR - MINUTE},
    {"monotonic for 400 days, then synchronised",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW + 400 * DAY, 400 * DAY}}, 1,
	200 * DAY, 200 * DAY, false, 400 * DAY, TIMELINE_TRUE, NOW + 200 * DAY},
    {"monotonic for 400 days, never synchronised",
	{{BOOT, 1, FLOOR, 5 * SECOND}}, 1, 400 * DAY, 400 * DAY, false,
	401 * DAY, TIMELINE_ESTIMATED, FLOOR + 400 * DAY - 5 * SECOND},

    /* ---- the program restarts within a boot ---- */
    {"restarted, unsynchronised: the floor of its first start holds",
	{{BOOT, 1, FLOOR, MINUTE}, {BOOT, 1, FLOOR + DAY, HOUR}}, 1, 2 * MINUTE,
	Y1970, false, HOUR, TIMELINE_ESTIMATED, FLOOR + MINUTE},
    {"restarted, unsynchronised: it waits on",
	{{BOOT, 1, FLOOR, MINUTE}, {BOOT, 1, FLOOR, 3 * MINUTE}}, 1, 2 * MINUTE,
	Y1970, false, 4 * MINUTE, TIMELINE_WAIT, NONE},
    {"restarted after it was synchronised: known still",
	{{BOOT, 1, FLOOR, MINUTE}, {SET, 1, NOW, 5 * MINUTE},
	    {BOOT, 1, NOW, HOUR}},
	1, 2 * MINUTE, Y1970, false, HOUR, TIMELINE_TRUE, NOW - 3 * MINUTE},
    {"restarted, and synchronised then",
	{{BOOT, 1, FLOOR, MINUTE}, {BOOT, 1, FLOOR, HOUR},
	    {SET, 1, NOW, 2 * HOUR}},
	1, 2 * MINUTE, Y1970, false, 2 * HOUR, TIMELINE_TRUE,
	NOW - 118 * MINUTE},

    /* ---- earlier boots ---- */
    {"an earlier boot that was synchronised in the end",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW, HOUR}, {BOOT, 2, NOW, 0}}, 1,
	MINUTE, Y1970, false, 5, TIMELINE_TRUE, NOW - 59 * MINUTE},
    {"an earlier boot that never was, in 1970: counted, not waited for",
	{{BOOT, 1, FLOOR, SECOND}, {BOOT, 2, FLOOR, 0}}, 1, MINUTE, Y1970,
	false, 5, TIMELINE_ESTIMATED, FLOOR + 59 * SECOND},
    {"an earlier boot that never was, and believed something possible",
	{{BOOT, 1, FLOOR, SECOND}, {BOOT, 2, FLOOR, 0}}, 1, MINUTE, NOW, false,
	5, TIMELINE_ESTIMATED, NOW},
    {"an earlier boot learns nothing from this one's clock",
	{{BOOT, 1, FLOOR, SECOND}, {BOOT, 2, FLOOR, 0}, {SET, 2, NOW, HOUR}}, 1,
	MINUTE, Y1970, false, HOUR, TIMELINE_ESTIMATED, FLOOR + 59 * SECOND},
    {"this boot learns nothing from an earlier one's clock",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, NOW, HOUR}, {BOOT, 2, NOW, 0}}, 2,
	MINUTE, Y1970, false, 2 * MINUTE, TIMELINE_WAIT, NONE},
    {"an earlier boot comes back, its store was in another machine",
	{{BOOT, 1, FLOOR, 0}, {BOOT, 2, FLOOR, 0}, {BOOT, 1, FLOOR, HOUR},
	    {SET, 1, NOW, 2 * HOUR}},
	1, HOUR, Y1970, false, 2 * HOUR, TIMELINE_TRUE, NOW - HOUR},

    /* ---- boots nothing is known of ---- */
    {"a forgotten boot in 1970: no later than the oldest remembered",
	{{BOOT, 2, FLOOR, 0}, {SET, 2, NOW, HOUR}}, 1, MINUTE, Y1970, false,
	HOUR, TIMELINE_ESTIMATED, FLOOR},
    {"a forgotten boot that believed something possible", {{BOOT, 2, FLOOR, 0}},
	1, MINUTE, FLOOR - DAY, false, HOUR, TIMELINE_ESTIMATED, FLOOR - DAY},
    {"no boot is known at all, 1970", {{.kind = END}}, 1, MINUTE, Y1970, false,
	HOUR, TIMELINE_ESTIMATED, Y2025},

    /* ---- nonsense from a disk ---- */
    {"the ends of all numbers, not known", {{BOOT, 1, INT64_MAX, INT64_MIN}}, 1,
	INT64_MAX, INT64_MIN, false, INT64_MIN, TIMELINE_ESTIMATED, INT64_MAX},
    {"the ends of all numbers, known",
	{{BOOT, 1, FLOOR, 0}, {SET, 1, INT64_MIN, INT64_MAX}}, 1, INT64_MIN,
	Y1970, false, INT64_MAX, TIMELINE_TRUE, INT64_MIN},
};

static void
boot_id(uint8_t out[SAMPLE_BOOT_BYTES], unsigned which)
{
	memset(out, (int)which, SAMPLE_BOOT_BYTES);
}

static struct stamp
stamp_of(unsigned boot, int64_t mono_ms, int64_t wall_ms, bool synced)
{
	struct stamp at = {
	    .mono_ms = mono_ms, .wall_ms = wall_ms, .synced = synced};

	boot_id(at.boot, boot);
	return at;
}

static void
begin(struct timeline *t, unsigned boot, int64_t floor_ms, int64_t mono_ms)
{
	uint8_t id[SAMPLE_BOOT_BYTES];

	boot_id(id, boot);
	timeline_begin(t, id, floor_ms, mono_ms);
}

static void
run_steps(struct timeline *t, const struct step *steps)
{
	for (size_t i = 0; steps[i].kind != END; i++)
		if (steps[i].kind == BOOT)
			begin(t, steps[i].boot, steps[i].wall_ms,
			    steps[i].mono_ms);
		else
			timeline_set(t, steps[i].wall_ms, steps[i].mono_ms);
}

START_TEST(each_situation_is_told_as_it_is_known)
{
	const struct situation *s = &situations[_i];
	struct timeline t = {.count = 0};
	struct stamp at = stamp_of(s->boot, s->mono_ms, s->wall_ms, s->synced);
	int64_t ts_ms = NONE;
	enum timeline_verdict v;

	run_steps(&t, s->steps);
	v = timeline_place(&t, &at, s->now_mono_ms, WAIT, &ts_ms);
	ck_assert_msg(v == s->verdict && ts_ms == s->ts_ms,
	    "%s: verdict %d, ts %lld; expected %d, %lld", s->what, v,
	    (long long)ts_ms, s->verdict, (long long)s->ts_ms);
}
END_TEST

START_TEST(a_clock_wait_of_nothing_waits_for_nothing)
{
	struct timeline t = {.count = 0};
	struct stamp at = stamp_of(1, MINUTE, Y1970, false);
	int64_t ts_ms;

	begin(&t, 1, FLOOR, 0);
	ck_assert_int_eq(
	    timeline_place(&t, &at, MINUTE, 0, &ts_ms), TIMELINE_ESTIMATED);
	ck_assert_int_eq(ts_ms, FLOOR + MINUTE);
}
END_TEST

START_TEST(sixteen_boots_are_remembered_and_the_oldest_goes_first)
{
	struct timeline t = {.count = 0};
	struct stamp at = stamp_of(1, MINUTE, Y1970, false);
	int64_t ts_ms;

	for (unsigned i = 1; i <= TIMELINE_BOOTS; i++) {
		begin(&t, i, FLOOR + i * DAY, 0);
		timeline_set(&t, FLOOR + i * DAY, 0);
	}
	ck_assert_int_eq(
	    timeline_place(&t, &at, 0, WAIT, &ts_ms), TIMELINE_TRUE);
	ck_assert_int_eq(ts_ms, FLOOR + DAY + MINUTE);
	begin(&t, 99, FLOOR + 99 * DAY, 0);
	ck_assert_uint_eq(t.count, TIMELINE_BOOTS);
	ck_assert_int_eq(
	    timeline_place(&t, &at, 0, WAIT, &ts_ms), TIMELINE_ESTIMATED);
	ck_assert_int_eq(ts_ms, FLOOR + 2 * DAY); /* the oldest remembered */
	at = stamp_of(2, MINUTE, Y1970, false);
	ck_assert_int_eq(
	    timeline_place(&t, &at, 0, WAIT, &ts_ms), TIMELINE_TRUE);
	ck_assert_int_eq(ts_ms, FLOOR + 2 * DAY + MINUTE);
}
END_TEST

START_TEST(only_what_changes_the_timeline_is_news)
{
	uint8_t one[SAMPLE_BOOT_BYTES], two[SAMPLE_BOOT_BYTES];
	struct timeline t = {.count = 0};

	boot_id(one, 1);
	boot_id(two, 2);
	ck_assert(timeline_begin(&t, one, FLOOR, 5));
	ck_assert(!timeline_begin(&t, one, FLOOR + DAY, 9));
	ck_assert(timeline_set(&t, NOW, MINUTE));
	ck_assert(!timeline_set(&t, NOW + HOUR, MINUTE + HOUR));
	ck_assert(!timeline_set(&t, NOW + HOUR + 999, MINUTE + HOUR));
	ck_assert(!timeline_set(&t, NOW + HOUR - 999, MINUTE + HOUR));
	ck_assert(timeline_set(&t, NOW + HOUR + 1000, MINUTE + HOUR));
	ck_assert(timeline_set(&t, NOW, MINUTE));
	ck_assert(timeline_begin(&t, two, NOW, 0));
	ck_assert(timeline_begin(&t, one, NOW, HOUR));
	ck_assert_uint_eq(t.count, 2);
	ck_assert(!timeline_set(&t, NOW, MINUTE)); /* it knew that */
}
END_TEST

/* ---- a life of many boots, told against the truth ---- */

#define LIVES 300
#define MOMENTS 400

struct life {
	struct timeline t;
	int64_t true_ms; /* what time it is */
	int64_t mono_ms, wall_ms;
	int64_t error_ms; /* of a synchronised wall clock */
	int64_t most_error_ms; /* that was injected in this life */
	int64_t trusted_ms; /* newest synchronised stamp */
	int64_t floor_ms; /* of this boot */
	unsigned boot;
	bool synced;
	/* the last estimate of what was read in 1970 */
	unsigned last_boot;
	int64_t last_ms;
};

static int64_t
any(int64_t below)
{
	return ((int64_t)random() << 31 | random()) % below;
}

static void
life_boot(struct life *l)
{
	static const int64_t clocks[] = {0, 0, 0, Y2099, FLOOR - DAY};
	int64_t wall_ms = clocks[any(5)];

	l->true_ms += any(2 * DAY); /* it was off */
	l->mono_ms = any(MINUTE);
	l->wall_ms = any(4) == 0 ? l->true_ms - any(DAY) : wall_ms;
	l->synced = false;
	l->boot = l->boot % 200 + 1;
	l->floor_ms = l->trusted_ms;
	begin(&l->t, l->boot, l->floor_ms, l->mono_ms);
}

/* Sets the clock as well as NTP can, or badly by hand. */
static void
life_step(struct life *l)
{
	if (any(3) == 0 && !l->synced) {
		l->wall_ms += any(10 * HOUR) - 5 * HOUR;
		return;
	}
	l->synced = true;
	l->error_ms = any(2 * SECOND) - SECOND;
	if (llabs(l->error_ms) > l->most_error_ms)
		l->most_error_ms = llabs(l->error_ms);
	l->wall_ms = l->true_ms + l->error_ms;
	timeline_set(&l->t, l->wall_ms, l->mono_ms);
}

static void
life_pass(struct life *l)
{
	int64_t ms = any(20) == 0 ? any(5 * DAY) : any(20 * MINUTE);

	l->true_ms += ms;
	l->mono_ms += ms;
	l->wall_ms += ms;
	if (any(20) == 0)
		life_boot(l);
	else if (any(10) == 0)
		life_step(l);
	else if (any(30) == 0)
		l->synced = false; /* nobody says so any more */
	else if (any(30) == 0)
		begin(&l->t, l->boot, l->trusted_ms, l->mono_ms);
}

static void
life_check(struct life *l, const struct stamp *at, unsigned boot,
    int64_t read_ms, int64_t floor_ms)
{
	int64_t ts_ms = NONE;
	enum timeline_verdict v =
	    timeline_place(&l->t, at, l->mono_ms, WAIT, &ts_ms);

	ck_assert_int_eq(ts_ms == NONE, v == TIMELINE_WAIT);
	/* Less than a second may have been left unlearnt. */
	if (v == TIMELINE_TRUE)
		ck_assert_int_le(
		    llabs(ts_ms - read_ms), l->most_error_ms + SECOND);
	if (v == TIMELINE_WAIT || v == TIMELINE_UNSYNCED)
		ck_assert_uint_eq(boot, l->boot);
	if (v == TIMELINE_WAIT)
		ck_assert_int_lt(l->mono_ms - at->mono_ms, WAIT);
	if (v == TIMELINE_UNSYNCED)
		ck_assert_int_eq(ts_ms, at->wall_ms);
	if (v != TIMELINE_ESTIMATED)
		return;
	ck_assert_int_ge(ts_ms, floor_ms);
	if (at->wall_ms > Y2025)
		return;
	if (boot == l->last_boot)
		ck_assert_int_ge(ts_ms, l->last_ms);
	l->last_boot = boot;
	l->last_ms = ts_ms;
}

/* What was read along a life, placed some time later, as a backlog is. */
static void
live(struct life *l)
{
	struct stamp at[MOMENTS];
	int64_t read_ms[MOMENTS], floor_ms[MOMENTS];
	unsigned boot[MOMENTS];
	size_t told = 0;

	life_boot(l);
	for (size_t i = 0; i < MOMENTS; i++) {
		life_pass(l);
		at[i] = stamp_of(l->boot, l->mono_ms, l->wall_ms, l->synced);
		boot[i] = l->boot;
		read_ms[i] = l->true_ms;
		floor_ms[i] = l->floor_ms;
		if (l->synced && l->wall_ms > l->trusted_ms)
			l->trusted_ms = l->wall_ms;
		for (size_t lag = (size_t)any(40); told + lag < i; told++)
			life_check(l, &at[told], boot[told], read_ms[told],
			    floor_ms[told]);
	}
}

START_TEST(no_life_makes_up_a_time)
{
	srandom(1);
	for (size_t i = 0; i < LIVES; i++) {
		struct life l = {.true_ms = NOW, .trusted_ms = FLOOR};

		live(&l);
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("timeline");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, each_situation_is_told_as_it_is_known, 0,
	    sizeof(situations) / sizeof(situations[0]));
	tcase_add_test(t, a_clock_wait_of_nothing_waits_for_nothing);
	tcase_add_test(
	    t, sixteen_boots_are_remembered_and_the_oldest_goes_first);
	tcase_add_test(t, only_what_changes_the_timeline_is_news);
	tcase_add_test(t, no_life_makes_up_a_time);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
