/*
 * test_deadband.c - which readings are kept
 */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "gateway/measure/deadband.h"
#include "tests/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* A heartbeat far away: only the band speaks. */
#define QUIET(band)                                                            \
	{                                                                      \
		.deadband = (band), .heartbeat_ms = 60000, .every_ms = 1000    \
	}

static struct reading
good(struct value v)
{
	return (struct reading){.quality = {QUALITY_GOOD, 0}, .value = v};
}

static struct reading
without_value(uint8_t code, uint8_t detail)
{
	return (struct reading){.quality = {code, detail}};
}

/* Whether b is kept a second after a was. */
static bool
kept_after(const struct deadband_rule *rule, struct reading a, struct reading b)
{
	char text[SAMPLE_TEXT_MAX];
	struct deadband last = {.text = text};

	deadband_keep(&last, &a, 1000);
	return deadband_due(rule, &last, &b, 2000);
}

START_TEST(the_first_reading_is_kept_whatever_it_is)
{
	struct deadband_rule rule = QUIET(10);
	struct deadband last = {0};
	struct reading value = good((struct value){VALUE_U64, .u = 0});
	struct reading never = without_value(QUALITY_NEVER, 0);

	ck_assert(deadband_due(&rule, &last, &value, 0));
	ck_assert(deadband_due(&rule, &last, &never, 0));
}
END_TEST

static const struct {
	double band;
	struct value a, b;
	bool kept;
} steps[] = {
    {0, {VALUE_U64, .u = 5}, {VALUE_U64, .u = 5}, false},
    {0, {VALUE_U64, .u = 5}, {VALUE_U64, .u = 6}, true},
    {1, {VALUE_U64, .u = 5}, {VALUE_U64, .u = 6}, false},
    {1, {VALUE_U64, .u = 6}, {VALUE_U64, .u = 5}, false},
    {1, {VALUE_U64, .u = 5}, {VALUE_U64, .u = 7}, true},
    {1, {VALUE_U64, .u = 7}, {VALUE_U64, .u = 5}, true},
    {1.5, {VALUE_U64, .u = 5}, {VALUE_U64, .u = 6}, false},
    {1.5, {VALUE_U64, .u = 5}, {VALUE_U64, .u = 7}, true},
    /* neighbours that are one double */
    {0, {VALUE_U64, .u = 1ULL << 53}, {VALUE_U64, .u = (1ULL << 53) + 1}, true},
    {0, {VALUE_I64, .i = INT64_MAX}, {VALUE_I64, .i = INT64_MAX - 1}, true},
    {0x1p53, {VALUE_U64, .u = 0}, {VALUE_U64, .u = (1ULL << 53) + 1}, true},
    {0x1p53, {VALUE_U64, .u = 0}, {VALUE_U64, .u = 1ULL << 53}, false},
    /* the whole width of 64 bits */
    {0, {VALUE_I64, .i = INT64_MIN}, {VALUE_I64, .i = INT64_MAX}, true},
    {1, {VALUE_I64, .i = INT64_MIN}, {VALUE_I64, .i = INT64_MAX}, true},
    {0x1p64, {VALUE_I64, .i = INT64_MIN}, {VALUE_U64, .u = UINT64_MAX}, true},
    {1e300, {VALUE_I64, .i = INT64_MIN}, {VALUE_U64, .u = UINT64_MAX}, false},
    /* the sign decides which integer it is, not whether it is another one */
    {0, {VALUE_I64, .i = 5}, {VALUE_U64, .u = 5}, false},
    {0, {VALUE_I64, .i = -1}, {VALUE_U64, .u = UINT64_MAX}, true},
    {0, {VALUE_F64, .f = 0.3}, {VALUE_F64, .f = 0.3}, false},
    {0, {VALUE_F64, .f = 0.3}, {VALUE_F64, .f = 0.30000000000000004}, true},
    {0.5, {VALUE_F64, .f = 230}, {VALUE_F64, .f = 230.5}, false},
    {0.5, {VALUE_F64, .f = 230}, {VALUE_F64, .f = 230.6}, true},
    {0.5, {VALUE_F64, .f = 230}, {VALUE_F64, .f = 229.4}, true},
    {0.5, {VALUE_F64, .f = -0.3}, {VALUE_F64, .f = 0.3}, true},
    {0.1, {VALUE_F64, .f = 0.7}, {VALUE_F64, .f = 0.8}, false},
    {0.1, {VALUE_F64, .f = 230.3}, {VALUE_F64, .f = 230.4}, false},
    {0.1, {VALUE_F64, .f = 230.3}, {VALUE_F64, .f = 230.41}, true},
    {0.1, {VALUE_F32, .f = (double)0.7F}, {VALUE_F32, .f = (double)0.8F},
	false},
    {0.1, {VALUE_F32, .f = (double)230.3F}, {VALUE_F32, .f = (double)230.41F},
	true},
    /* no band for what is no quantity */
    {5, {VALUE_ENUM, .i = 1}, {VALUE_ENUM, .i = 2}, true},
    {5, {VALUE_ENUM, .i = 2}, {VALUE_ENUM, .i = 2}, false},
    {5, {VALUE_BOOL, .u = 0}, {VALUE_BOOL, .u = 1}, true},
    {5, {VALUE_BOOL, .u = 1}, {VALUE_BOOL, .u = 1}, false},
    {5, {VALUE_TEXT, .text = "L1"}, {VALUE_TEXT, .text = "L2"}, true},
    {5, {VALUE_TEXT, .text = "L1"}, {VALUE_TEXT, .text = "L1"}, false},
    /* a reload made another type of it */
    {5, {VALUE_U64, .u = 1}, {VALUE_F64, .f = 1}, true},
    {5, {VALUE_U64, .u = 1}, {VALUE_BOOL, .u = 1}, true},
};

START_TEST(a_value_is_kept_when_it_left_the_band)
{
	struct deadband_rule rule = QUIET(steps[_i].band);

	ck_assert_int_eq(
	    kept_after(&rule, good(steps[_i].a), good(steps[_i].b)),
	    steps[_i].kept);
}
END_TEST

START_TEST(after_a_reload_what_was_kept_is_compared_with)
{
	struct deadband_rule rule = QUIET(0);
	char was_room[SAMPLE_TEXT_MAX], room[SAMPLE_TEXT_MAX];
	struct deadband was = {.text = was_room}, last = {.text = room};
	struct reading text = good((struct value){VALUE_TEXT, .text = "v2"});
	struct reading number = good((struct value){VALUE_F64, .f = 0.5});

	deadband_keep(&was, &text, 1000);
	deadband_go_on(&last, &was);
	strcpy(was_room, "gone");
	ck_assert(!deadband_due(&rule, &last, &text, 2000));
	strcpy(text.value.text, "v3");
	ck_assert(deadband_due(&rule, &last, &text, 2000));

	deadband_keep(&was, &number, 1000);
	deadband_go_on(&last, &was);
	ck_assert(!deadband_due(&rule, &last, &number, 2000));
	number.value.f = 0.25;
	ck_assert(deadband_due(&rule, &last, &number, 2000));
}
END_TEST

START_TEST(a_slow_drift_does_not_hide_under_the_band)
{
	struct deadband_rule rule = QUIET(1);
	struct deadband last = {0};
	int kept = 0;

	for (int i = 0; i < 101; i++) {
		struct reading r =
		    good((struct value){VALUE_F64, .f = i / 10.0});

		if (!deadband_due(&rule, &last, &r, i))
			continue;
		deadband_keep(&last, &r, i);
		kept++;
	}
	ck_assert_int_eq(kept, 1 + 9); /* 0, 1.1, 2.2 ... 9.9 */
}
END_TEST

START_TEST(a_change_of_quality_is_kept)
{
	struct deadband_rule rule = QUIET(10);
	struct reading ok = good((struct value){VALUE_U64, .u = 5});
	struct reading odd = ok;
	struct reading silent = without_value(QUALITY_BAD_TIMEOUT, 0);
	struct reading refused = without_value(QUALITY_BAD_EXCEPTION, 2);
	struct reading refused_else = without_value(QUALITY_BAD_EXCEPTION, 4);

	odd.quality.code = QUALITY_UNCERTAIN_RANGE;
	ck_assert(kept_after(&rule, ok, odd));
	ck_assert(kept_after(&rule, ok, silent));
	ck_assert(kept_after(&rule, silent, ok));
	ck_assert(kept_after(&rule, silent, refused));
	ck_assert(kept_after(&rule, refused, refused_else));
	ck_assert(!kept_after(&rule, refused, refused));
	ck_assert(!kept_after(&rule, silent, silent));
}
END_TEST

static const struct {
	int64_t heartbeat_ms, every_ms, after_ms;
	bool kept;
} beats[] = {
    {60000, 1000, 59499, false},
    {60000, 1000, 59500, true},
    {60000, 0, 59999, false},
    {60000, 0, 60000, true},
    {1000, 1000, 499, false},
    {1000, 1000, 980, true}, /* a reading a little early is not skipped */
    {1000, 1000, 1020, true},
    {1000, 5000, 5000, true},
    {1000, 5000, 0, true},
    {INT64_MAX, 1000, INT64_MAX / 2, false},
};

START_TEST(an_unchanged_reading_is_kept_at_its_heartbeat)
{
	struct deadband_rule rule = {.heartbeat_ms = beats[_i].heartbeat_ms,
	    .every_ms = beats[_i].every_ms};
	struct reading ok = good((struct value){VALUE_U64, .u = 5});
	struct reading silent = without_value(QUALITY_BAD_TIMEOUT, 0);
	struct deadband last = {0};

	deadband_keep(&last, &ok, 7000);
	ck_assert_int_eq(
	    deadband_due(&rule, &last, &ok, 7000 + beats[_i].after_ms),
	    beats[_i].kept);
	deadband_keep(&last, &silent, 7000);
	ck_assert_int_eq(
	    deadband_due(&rule, &last, &silent, 7000 + beats[_i].after_ms),
	    beats[_i].kept);
}
END_TEST

START_TEST(what_is_kept_starts_the_heartbeat_again)
{
	struct deadband_rule rule = {.heartbeat_ms = 10000, .every_ms = 1000};
	struct reading r = good((struct value){VALUE_U64, .u = 5});
	struct deadband last = {0};

	deadband_keep(&last, &r, 0);
	r.value.u = 6;
	ck_assert(deadband_due(&rule, &last, &r, 9000));
	deadband_keep(&last, &r, 9000);
	ck_assert(!deadband_due(&rule, &last, &r, 10000));
	ck_assert(!deadband_due(&rule, &last, &r, 18000));
	ck_assert(deadband_due(&rule, &last, &r, 19000));
}
END_TEST

static const struct deadband_rule unsound[] = {
    {.deadband = 0, .heartbeat_ms = 0, .every_ms = 1000},
    {.deadband = 0, .heartbeat_ms = -1, .every_ms = 1000},
    {.deadband = -1, .heartbeat_ms = 1000, .every_ms = 1000},
};

START_TEST(a_rule_without_a_heartbeat_is_a_bug)
{
	struct reading r = good((struct value){VALUE_U64, .u = 5});

	kept_after(&unsound[_i], r, r);
}
END_TEST

static Suite *
deadband_suite(void)
{
	Suite *s = suite_create("deadband");
	TCase *tc = tcase_create("deadband");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, the_first_reading_is_kept_whatever_it_is);
	tcase_add_loop_test(
	    tc, a_value_is_kept_when_it_left_the_band, 0, ROWS(steps));
	tcase_add_test(tc, after_a_reload_what_was_kept_is_compared_with);
	tcase_add_test(tc, a_slow_drift_does_not_hide_under_the_band);
	tcase_add_test(tc, a_change_of_quality_is_kept);
	tcase_add_loop_test(
	    tc, an_unchanged_reading_is_kept_at_its_heartbeat, 0, ROWS(beats));
	tcase_add_test(tc, what_is_kept_starts_the_heartbeat_again);
	tcase_add_loop_test_raise_signal(
	    tc, a_rule_without_a_heartbeat_is_a_bug, SIGABRT, 0, ROWS(unsound));
	return s;
}

int
main(void)
{
	return suite_run(deadband_suite());
}
