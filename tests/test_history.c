/*
 * test_history.c - from the log of readings to answers
 */
#include <signal.h>
#include <sys/wait.h>

#include "gateway/store/rollup.h"
#include "tests/history_help.h"

#include "tests/suite.h"

/* ---- rows against a formula ---- */

#define PACE_MS 40000 /* between two readings */

static double
formula(int64_t at_ms)
{
	return (double)((at_ms - T0_MS) / PACE_MS * 7 % 101) / 4;
}

static void
put_days(int64_t from_ms, int64_t to_ms)
{
	for (int64_t t = from_ms; t < to_ms; t += PACE_MS)
		put_power(t, formula(t));
	put_all();
}

/* The row at start from the readings, each of which holds for PACE_MS. */
static void
row_is_formula(int i)
{
	double sum = 0, min = INFINITY, max = -INFINITY, last = 0;
	int64_t start_ms = rows.from_ms[i], end_ms = rows.to_ms[i];
	uint32_t count = 0;

	for (int64_t t = (start_ms - T0_MS) / PACE_MS * PACE_MS + T0_MS;
	     t < end_ms; t += PACE_MS) {
		int64_t from_ms = t < start_ms ? start_ms : t;
		int64_t to_ms = t + PACE_MS > end_ms ? end_ms : t + PACE_MS;

		count += t >= start_ms;
		last = formula(t);
		min = fmin(min, last);
		max = fmax(max, last);
		sum += last * (double)(to_ms - from_ms);
	}
	ck_assert_int_eq(rows.of[i].covered_ms, end_ms - start_ms);
	ck_assert_uint_eq(rows.of[i].count, count);
	ck_assert_double_eq(rows.of[i].min.f, min);
	ck_assert_double_eq(rows.of[i].max.f, max);
	ck_assert_double_eq(rows.of[i].last.f, last);
	ck_assert_double_eq_tol(
	    slot_mean(&rows.of[i]), sum / (double)(end_ms - start_ms), 1e-9);
}

static const int64_t steps[] = {
    10000, MINUTE_MS, 5 * MINUTE_MS, QUARTER_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS};

/* Whether it lies in days of quarters, in two hours of minutes, in readings or
 * in memory. */
START_TEST(rows_of_any_step_are_what_the_readings_say)
{
	int64_t end_ms = T0_MS + 2 * DAY_MS + 9 * HOUR_MS + 40 * MINUTE_MS;

	open_history();
	put_days(T0_MS, end_ms);
	await_history();
	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		int64_t from_ms = T0_MS + 22 * HOUR_MS, step_ms = steps[s];
		int64_t to_ms = from_ms + 1800 * step_ms;
		int whole = 0;

		if (to_ms > end_ms)
			to_ms = end_ms;
		ask("tx-1", "power", from_ms, to_ms, step_ms);
		ck_assert_int_gt(rows.count, 0);
		for (int i = 0; i < rows.count; i++) {
			if (i > 0)
				ck_assert_int_eq(
				    rows.from_ms[i], rows.to_ms[i - 1]);
			if (rows.to_ms[i] > end_ms - PACE_MS)
				break;
			row_is_formula(i);
			whole++;
		}
		ck_assert_int_ge(whole, rows.count - 2);
	}
}
END_TEST

START_TEST(a_restart_loses_and_doubles_nothing)
{
	int64_t end_ms = T0_MS + 6 * HOUR_MS;
	uint32_t count = 0;

	for (int64_t t = T0_MS; t < end_ms; t += HOUR_MS) {
		open_history();
		put_days(t, t + HOUR_MS);
		if (t % (2 * HOUR_MS) == 0)
			await_history();
		close_history();
		reopen();
	}
	open_history();
	await_history();
	ask("tx-1", "power", T0_MS, end_ms, HOUR_MS);
	for (int i = 0; i < rows.count; i++)
		count += rows.of[i].count;
	ck_assert_int_eq(rows.count, 6);
	ck_assert_uint_eq(count, 6 * HOUR_MS / PACE_MS);
}
END_TEST

/* Goes on behind the n-th reading until it is killed. */
static void
live_and_be_killed(uint64_t n)
{
	open_journal();
	open_history();
	for (int64_t t = T0_MS + (int64_t)n * PACE_MS;; t += PACE_MS) {
		put_power(t, formula(t));
		tick_due();
		usleep(50);
	}
}

static uint64_t
accepted(void)
{
	struct journal_state s;

	journal_state(journal, &s);
	return s.tail_readings;
}

/* A stretch is two hours of readings, which take some milliseconds here: so it
 * is killed while one is written, or slots are computed, or in between. */
START_TEST(nothing_is_lost_or_doubled_by_kills_at_any_moment)
{
	int kills = getenv("TORTURE") != NULL ? 200 : 20;
	uint64_t n = 0, count = 0;

	close_journal();
	srandom(7);
	for (int i = 0; i < kills; i++) {
		pid_t child = fork();

		if (child == 0)
			live_and_be_killed(n);
		usleep(20000 + (useconds_t)(random() % 200000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		open_journal();
		n = accepted();
		close_journal();
	}
	open_journal();
	open_history();
	await_history();
	ask("tx-1", "power", T0_MS, T0_MS + (int64_t)n * PACE_MS, DAY_MS);
	for (int i = 0; i < rows.count; i++)
		count += rows.of[i].count;
	ck_assert_uint_gt(n, 1000);
	ck_assert_uint_eq(count, n);
}
END_TEST

/* ---- gaps ---- */

/* The value of before the stop does not hold into what comes after it. */
START_TEST(nothing_holds_while_the_program_was_down)
{
	open_history();
	put_power(T0_MS, 5);
	put_power(T0_MS + 10000, 5);
	put_all();
	await_history();
	close_history();
	reopen();
	open_history();
	put_power(T0_MS + 70000, 5);
	put_power(T0_MS + 80000, 5);
	put_all();
	await_history();
	ask("tx-1", "power", T0_MS, T0_MS + HOUR_MS, QUARTER_MS);
	ck_assert_int_eq(rows.count, 1);
	ck_assert_uint_eq(rows.of[0].count, 4);
	ck_assert_int_eq(rows.of[0].covered_ms, 20000);
}
END_TEST

/* Of the two hours before the last even one nothing is in the file yet. */
START_TEST(what_is_in_memory_of_a_span_that_is_over_is_there)
{
	open_history();
	for (int i = 110; i < 126; i++)
		put_power(T0_MS + i * MINUTE_MS, 5);
	put_all();
	await_history();
	ask("tx-1", "power", T0_MS, T0_MS + 4 * HOUR_MS, HOUR_MS);
	ck_assert_int_eq(rows.count, 2);
	ck_assert_int_eq(rows.of[0].covered_ms, 10 * MINUTE_MS);
	ck_assert_int_eq(rows.of[1].covered_ms, 5 * MINUTE_MS);
}
END_TEST

START_TEST(a_reading_that_comes_a_moment_late_hides_none_that_is_newer)
{
	struct value floor = {.type = VALUE_I64, .i = 3};

	open_history();
	put_power(T0_MS, 400);
	put_power(T0_MS + 10000, 500);
	put(1, 0, T0_MS + 8000, &floor);
	put_all();
	await_history();
	ask("tx-1", "power", T0_MS, T0_MS + MINUTE_MS, 1000);
	ck_assert_int_gt(rows.count, 0);
	ck_assert_int_eq(rows.from_ms[rows.count - 1], T0_MS + 10000);
	ck_assert_double_eq(rows.of[rows.count - 1].last.f, 500);
}
END_TEST

START_TEST(a_value_holds_as_long_as_its_point_may_be_silent)
{
	struct value none = {.type = VALUE_NONE};

	open_history();
	put_power(T0_MS, 5);
	put_power(T0_MS + 30 * MINUTE_MS, 5);
	put(0, 0, T0_MS + 30 * MINUTE_MS + 7000, &none);
	put_power(T0_MS + HOUR_MS, 5);
	put_all();
	await_history();
	ask("tx-1", "power", T0_MS, T0_MS + HOUR_MS, HOUR_MS);
	ck_assert_int_eq(rows.of[0].covered_ms, 90000 + 7000);
	ck_assert_uint_eq(rows.of[0].count, 2);
}
END_TEST

/* ---- types ---- */

START_TEST(a_counter_tells_what_was_counted)
{
	static const uint64_t counts[] = {1000, 1010, 1030, 5, 6, 9};

	open_history();
	for (int i = 0; i < 6; i++) {
		struct value v = {.type = VALUE_U64, .u = counts[i]};

		put(0, 1, T0_MS + i * 10 * MINUTE_MS, &v);
	}
	put_all();
	await_history();
	ask("tx-1", "energy", T0_MS, T0_MS + HOUR_MS, HOUR_MS);
	ck_assert(rows.answer.counter);
	ck_assert_double_eq(rows.of[0].increase, 10 + 20 + 1 + 3);
	ck_assert_uint_eq(rows.of[0].falls, 1);
	ask("tx-1", "energy", T0_MS, T0_MS + HOUR_MS, QUARTER_MS);
	ck_assert_int_eq(rows.count, 4);
	ck_assert_double_eq(rows.of[0].increase + rows.of[1].increase +
		rows.of[2].increase + rows.of[3].increase,
	    10 + 20 + 1 + 3);
}
END_TEST

/* After an hour without any: counts, what was counted, how often it fell. */
static const struct {
	uint64_t counts[4]; /* 0: no more */
	double increase;
	uint32_t falls;
} returns[] = {
    {{7, 1015, 1016}, 6, 0}, /* a wrong answer */
    {{5, 6, 9}, 4, 1}, /* it was replaced */
    {{1020}, 10, 0},
    {{1020, 7, 1030}, 20, 0},
};

/* Whether it is asked before or after its slots are computed. */
START_TEST(a_counter_that_comes_back_is_measured_by_what_it_was)
{
	int64_t back_ms = T0_MS + 6 * HOUR_MS, to_ms = T0_MS + 12 * HOUR_MS;
	double increase = 0;
	uint32_t falls = 0;

	open_history();
	for (int i = 0; i < 2; i++) {
		struct value v = {
		    .type = VALUE_U64, .u = 1000 + 10 * (uint64_t)i};

		put(0, 1, T0_MS + i * 30000, &v);
	}
	put_days(T0_MS + MINUTE_MS, back_ms);
	for (int i = 0; i < 4 && returns[_i].counts[i] != 0; i++) {
		struct value v = {
		    .type = VALUE_U64, .u = returns[_i].counts[i]};

		put(0, 1, back_ms + i * 30000, &v);
	}
	put_all();
	for (int computed = 0; computed < 2; computed++) {
		if (computed)
			put_days(back_ms + 5 * MINUTE_MS, to_ms);
		await_history();
		ask("tx-1", "energy", T0_MS, to_ms, DAY_MS);
		ck_assert_double_eq(
		    rows.of[0].increase, 10 + returns[_i].increase);
		ck_assert_uint_eq(rows.of[0].falls, returns[_i].falls);
		ask("tx-1", "energy", T0_MS, to_ms, MINUTE_MS);
		increase = falls = 0;
		for (int i = 0; i < rows.count; i++) {
			increase += rows.of[i].increase;
			falls += rows.of[i].falls;
		}
		ck_assert_double_eq(increase, 10 + returns[_i].increase);
		ck_assert_uint_eq(falls, returns[_i].falls);
	}
}
END_TEST

START_TEST(an_enumeration_tells_time_in_state_and_a_text_its_last)
{
	struct value open = {.type = VALUE_ENUM, .i = 1};
	struct value closed = {.type = VALUE_ENUM, .i = 0};
	struct value text = {.type = VALUE_TEXT, .text = "G5"};

	open_history();
	put(1, 0, T0_MS, &closed);
	put(1, 0, T0_MS + 20000, &open);
	put(1, 0, T0_MS + 30000, &closed);
	put(0, 2, T0_MS, &text);
	put(0, 2, T0_MS + MINUTE_MS, &text);
	put(1, 0, T0_MS + MINUTE_MS, &closed);
	put_all();
	await_history();
	ask("lift-1", "door", T0_MS, T0_MS + MINUTE_MS, MINUTE_MS);
	ck_assert_uint_eq(rows.of[0].state_count, 2);
	ck_assert_int_eq(rows.of[0].states[1].ms, 10000);
	ask("tx-1", "label", T0_MS, T0_MS + MINUTE_MS, MINUTE_MS);
	ck_assert_str_eq(rows.of[0].text, "G5");
}
END_TEST

/* ---- definitions that change ---- */

static const struct point_info watt_points[] = {
    {.name = "power", .unit = "W", .role = ""},
    {.name = "more", .unit = "", .role = ""},
};
static const struct device_info watt_devices[] = {
    {.id = "tx-1",
	.kind = "transformer",
	.point_count = 2,
	.points = watt_points},
};
static struct catalog watts = {
    .device_count = 1, .devices = watt_devices, .refs = 1};

/* An hour of a configuration, in which power has this value. */
static void
put_hour(struct catalog *c, int hour, double power)
{
	static const int64_t holds_ms[] = {90000, 90000, 90000, 90000};
	int64_t from_ms = T0_MS + hour * HOUR_MS;

	journal_catalog(journal, c);
	history_know(history, c, holds_ms);
	for (int64_t t = from_ms; t < from_ms + HOUR_MS; t += PACE_MS)
		put_power(t, power);
	put_all();
	await_history();
}

/* How many have readings, all of them with this value. */
static int
rows_of(const char *device, const char *point, double value)
{
	int count = 0;

	ask(device, point, T0_MS, T0_MS + 6 * HOUR_MS, HOUR_MS);
	for (int i = 0; i < rows.count; i++) {
		ck_assert_double_eq(rows.of[i].min.f, value);
		ck_assert_double_eq(rows.of[i].max.f, value);
		count += rows.of[i].count > 0;
	}
	return count;
}

/* What is told is of the unit that it has now; what was before is not mixed in,
 * and is there again when the unit is. */
START_TEST(points_that_change_are_never_mixed)
{
	open_history();
	put_hour(&estate, 0, 5);
	ck_assert_int_eq(rows_of("tx-1", "power", 5), 1);
	put_hour(&watts, 1, 5000); /* another unit, points gone and new */
	ck_assert_int_eq(rows_of("tx-1", "power", 5000), 1);
	put_hour(&edited, 2, 9); /* another device */
	ck_assert_int_eq(rows_of("tx-9", "power", 9), 1);
	ck_assert_int_eq(rows_of("tx-1", "power", 5000), 1);
	put_hour(&estate, 3, 5);
	ck_assert_int_eq(rows_of("tx-1", "power", 5), 2);
	close_history();
	reopen();
	open_history();
	put_hour(&watts, 4, 5000);
	ck_assert_int_eq(rows_of("tx-1", "power", 5000), 2);
	ck_assert_int_eq(rows_of("tx-9", "power", 9), 1);
}
END_TEST

/* All slots that are over. */
static void
compute_all(void)
{
	struct history_file f = {.db = NULL};
	struct rollup *r = rollup_new();

	ck_assert_int_eq(history_file_open(&f, store), 0);
	while (rollup_step(r, &f) == 1)
		continue;
	history_file_close(&f);
	rollup_free(r);
}

/* How often power is told while a configuration lets it be silent for a day, or
 * not: from minute to minute. */
static void
put_minutes(int from, int to, int64_t hold_ms)
{
	int64_t holds_ms[] = {hold_ms, hold_ms, hold_ms, hold_ms};

	journal_catalog(journal, &estate);
	history_know(history, &estate, holds_ms);
	for (int i = from; i < to; i++)
		put_power(T0_MS + i * MINUTE_MS, i < 62 ? 5 : 9);
	put_all();
	await_history();
}

/* Whether the slots are computed or not: a value ends where the next is, also
 * if that is of another definition. */
START_TEST(a_new_definition_ends_what_the_old_one_told)
{
	open_history();
	put_minutes(0, 62, 20 * MINUTE_MS);
	put_minutes(62, 6 * 60, 90000);
	for (int computed = 0; computed < 2; computed++) {
		ask("tx-1", "power", T0_MS, T0_MS + 4 * HOUR_MS, QUARTER_MS);
		ck_assert_int_eq(rows.count, 16);
		for (int i = 0; i < rows.count; i++)
			ck_assert_int_eq(rows.of[i].covered_ms, QUARTER_MS);
		ck_assert_double_eq_tol(
		    slot_mean(&rows.of[4]), (2 * 5 + 13 * 9) / 15.0, 1e-9);
		ck_assert_double_eq(rows.of[4].last.f, 9);
		ck_assert_double_eq(rows.of[5].min.f, 9);
		close_history();
		compute_all();
	}
}
END_TEST

/* ---- time ---- */

/* A boot that believes it is a month earlier, and learns better. */
START_TEST(readings_of_a_clock_that_was_wrong_move_to_where_they_belong)
{
	int64_t wrong_ms = T0_MS - 30 * DAY_MS;
	struct value v = {.type = VALUE_F64, .f = 5};
	struct reading r = {.quality = {.code = QUALITY_GOOD}, .value = v};

	open_history();
	for (int64_t t = 0; t < 3 * HOUR_MS; t += MINUTE_MS) {
		struct batch b = {.count = 1, .readings = &r};

		clock_boot(b.at.boot);
		b.at.mono_ms = 5000 + t;
		b.at.wall_ms = wrong_ms + t;
		ck_assert(journal_append(journal, &b));
		put_seq = b.seq;
	}
	put_all();
	await_history();
	journal_clock(journal, true, T0_MS + 4 * HOUR_MS, 5000 + 4 * HOUR_MS);
	sleep(3);
	ask("tx-1", "power", T0_MS, T0_MS + 4 * HOUR_MS, HOUR_MS);
	ck_assert_int_eq(rows.count, 3);
	ck_assert_uint_eq(rows.of[0].count, 60);
	ck_assert_int_eq(rows.of[1].covered_ms, HOUR_MS);
	ask("tx-1", "power", wrong_ms, wrong_ms + 4 * HOUR_MS, HOUR_MS);
	ck_assert_int_eq(rows.count, 0);
}
END_TEST

START_TEST(days_are_local_days)
{
	set_zone("Europe/Berlin");
	open_history();
	put_days(T0_MS, T0_MS + 2 * DAY_MS);
	await_history();
	ask("tx-1", "power", T0_MS + 12 * HOUR_MS, T0_MS + 13 * HOUR_MS,
	    DAY_MS);
	ck_assert_int_eq(rows.count, 1);
	ck_assert_int_eq(rows.from_ms[0], T0_MS - HOUR_MS);
	ck_assert_int_eq(rows.of[0].covered_ms, 23 * HOUR_MS);
}
END_TEST

/* ---- trouble ---- */

START_TEST(a_damaged_file_is_set_aside_and_made_anew)
{
	char path[128], damaged[160];
	int fd;

	open_history();
	put_days(T0_MS, T0_MS + HOUR_MS);
	await_history();
	close_history();
	reopen();
	snprintf(path, sizeof(path), "%s/%s", store, HISTORY_FILE);
	snprintf(damaged, sizeof(damaged), "%s.damaged", path);
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, damaged, 100, 0), 100);
	close(fd);
	open_history();
	await_history();
	ask("tx-1", "power", T0_MS, T0_MS + HOUR_MS, HOUR_MS);
	ck_assert_uint_eq(rows.of[0].count, HOUR_MS / PACE_MS);
	ck_assert_int_eq(access(damaged, F_OK), 0);
}
END_TEST

START_TEST(what_is_not_asked_for_rightly_is_said_plainly)
{
	struct history_query q = {"tx-1", "nothing", T0_MS, T0_MS + 1, 0};
	struct err err = {""};

	open_history();
	put_power(T0_MS, 1);
	put_all();
	await_history();
	ck_assert_int_eq(history_query(store, history, &q, keep_row, NULL,
			     &rows.answer, &err),
	    -1);
	ck_assert_str_eq(err.text, "the history knows no tx-1/nothing");
	q.step_ms = 7000;
	ck_assert_int_eq(history_query(store, history, &q, keep_row, NULL,
			     &rows.answer, &err),
	    -1);
}
END_TEST

START_TEST(where_nothing_is_yet_the_answer_is_empty)
{
	ask("tx-1", "power", T0_MS, T0_MS + HOUR_MS, 0);
	ck_assert_int_eq(rows.count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history");
	TCase *t = tcase_create("history");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 400);
	tcase_add_test(t, rows_of_any_step_are_what_the_readings_say);
	tcase_add_test(t, a_restart_loses_and_doubles_nothing);
	tcase_add_test(t, nothing_is_lost_or_doubled_by_kills_at_any_moment);
	tcase_add_test(t, nothing_holds_while_the_program_was_down);
	tcase_add_test(t, what_is_in_memory_of_a_span_that_is_over_is_there);
	tcase_add_test(
	    t, a_reading_that_comes_a_moment_late_hides_none_that_is_newer);
	tcase_add_test(t, a_value_holds_as_long_as_its_point_may_be_silent);
	tcase_add_test(t, a_counter_tells_what_was_counted);
	tcase_add_loop_test(t,
	    a_counter_that_comes_back_is_measured_by_what_it_was, 0,
	    sizeof(returns) / sizeof(returns[0]));
	tcase_add_test(
	    t, an_enumeration_tells_time_in_state_and_a_text_its_last);
	tcase_add_test(t, points_that_change_are_never_mixed);
	tcase_add_test(
	    t, readings_of_a_clock_that_was_wrong_move_to_where_they_belong);
	tcase_add_test(t, days_are_local_days);
	tcase_add_test(t, a_damaged_file_is_set_aside_and_made_anew);
	tcase_add_test(t, what_is_not_asked_for_rightly_is_said_plainly);
	tcase_add_test(t, where_nothing_is_yet_the_answer_is_empty);
	suite_add_tcase(s, t);
	t = tcase_create("definitions");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 200);
	tcase_add_test(t, a_new_definition_ends_what_the_old_one_told);
	suite_add_tcase(s, t);
	return suite_run(s);
}
