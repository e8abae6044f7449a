/*
 * test_history_keep.c - what is kept of the history, for how long and in how
 * much room
 */
#include <sys/stat.h>

#include "gateway/store/already.h"
#include "gateway/store/rollup.h"
#include "gateway/store/sheaf.h"
#include "tests/history_help.h"

#include "tests/suite.h"

#define PACE_MS 40000 /* between two readings */

static struct history_file file;
static struct rollup *rollup;
static const struct history_keep all = {.raw_ms = 4000 * DAY_MS,
    .minutes_ms = 4000 * DAY_MS,
    .quarters_ms = 4000 * DAY_MS,
    .max_bytes = INT64_MAX};

/* Values that do not repeat. */
static void
put_hours(int64_t from_ms, int64_t to_ms)
{
	for (int64_t t = from_ms; t < to_ms; t += PACE_MS)
		put_power(t, (double)(t / PACE_MS * 2654435761 % 100000) / 16);
	put_all();
}

static void
put_days(int from_day, int to_day)
{
	put_hours(T0_MS + from_day * DAY_MS, T0_MS + to_day * DAY_MS);
}

static void
live_days(int from_day, int to_day)
{
	open_history();
	put_days(from_day, to_day);
	await_history();
	close_history();
}

static void
open_file(void)
{
	file = (struct history_file){.db = NULL};
	ck_assert_msg(history_file_open(&file, store) == 0, "%s", file.why);
	rollup = rollup_new();
	while (rollup_step(rollup, &file) == 1)
		continue;
}

static void
close_file(void)
{
	rollup_free(rollup);
	history_file_close(&file);
}

static int64_t
number_of(const char *sql)
{
	sqlite3_stmt *q;
	int64_t n;

	ck_assert_int_eq(
	    sqlite3_prepare_v2(file.db, sql, -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

#define EMPTY                                                                  \
	"SELECT count(*) FROM stretch WHERE NOT EXISTS (SELECT 1 FROM raw"     \
	" WHERE key >> 16 = id) AND id != (SELECT max(id) FROM stretch"        \
	"  WHERE log != '')"

/* Until nothing is to go; each time a little, and no stretch is left empty but
 * the one that says how far of the log there is. */
static int
forget(const struct history_keep *keep, int64_t at_ms)
{
	int times = 0, rc;

	while ((rc = history_file_forget(&file, keep, at_ms)) == 1) {
		ck_assert_int_le(sqlite3_changes(file.db), 64);
		sure(++times < 100000, "it ends");
		ck_assert_int_eq(number_of(EMPTY), 0);
	}
	ck_assert_msg(rc == 0, "%s", file.why);
	return times;
}

static int64_t
bytes(void)
{
	int64_t n;

	ck_assert_int_eq(history_file_bytes(&file, &n), 0);
	return n;
}

static int64_t
file_bytes(void)
{
	struct stat st;

	ck_assert_int_eq(stat(file.path, &st), 0);
	return st.st_size;
}

/* ---- by days ---- */

START_TEST(what_is_too_old_goes_and_what_is_made_of_it_stays)
{
	struct history_keep keep = all;
	int64_t at_ms = T0_MS + 6 * DAY_MS, minutes, quarters;

	live_days(0, 6);
	open_file();
	minutes = number_of("SELECT count(*) FROM minute");
	quarters = number_of("SELECT count(*) FROM quarter");
	keep.raw_ms = 2 * DAY_MS;
	ck_assert_int_gt(forget(&keep, at_ms), 0);
	ck_assert_int_ge(
	    number_of("SELECT min(stop) FROM stretch"), at_ms - keep.raw_ms);
	ck_assert_int_le(
	    number_of("SELECT min(start) FROM stretch"), at_ms - keep.raw_ms);
	ck_assert_int_eq(number_of("SELECT min(key >> 16) FROM raw"),
	    number_of("SELECT min(id) FROM stretch"));
	ck_assert_int_eq(number_of("SELECT count(*) FROM minute"), minutes);
	keep.minutes_ms = 3 * DAY_MS;
	forget(&keep, at_ms);
	ck_assert_int_eq(number_of("SELECT min(key >> 16) FROM minute"),
	    history_span_of(HISTORY_MINUTES, at_ms - keep.minutes_ms));
	ck_assert_int_eq(number_of("SELECT count(*) FROM quarter"), quarters);
	keep.quarters_ms = 4 * DAY_MS;
	forget(&keep, at_ms);
	ck_assert_int_eq(number_of("SELECT min(key >> 16) FROM quarter"),
	    history_span_of(HISTORY_QUARTERS, at_ms - keep.quarters_ms));
	ck_assert_int_eq(forget(&keep, at_ms), 0);
	ck_assert_int_eq(forget(&keep, 0), 0);
	close_file();
}
END_TEST

/* Nobody is sure of the time: it makes nothing old. */
START_TEST(without_a_time_nothing_is_too_old)
{
	struct history_keep keep = {.max_bytes = INT64_MAX};

	live_days(0, 2);
	open_file();
	ck_assert_int_eq(forget(&keep, 0), 0);
	close_file();
}
END_TEST

static int
rows_of_quarters(int64_t from_ms, int64_t to_ms)
{
	ask("tx-1", "power", from_ms, to_ms, QUARTER_MS);
	return rows.count;
}

START_TEST(a_span_that_is_due_keeps_its_readings)
{
	struct history_keep keep = all;

	live_days(0, 3);
	open_file();
	keep.raw_ms = DAY_MS;
	ck_assert_int_eq(
	    history_file_mark(&file, HISTORY_MINUTES, T0_MS, T0_MS), 0);
	ck_assert_int_eq(forget(&keep, T0_MS + 3 * DAY_MS), 0);
	ck_assert_int_eq(rollup_step(rollup, &file), 1);
	while (rollup_step(rollup, &file) == 1)
		continue;
	ck_assert_int_gt(forget(&keep, T0_MS + 3 * DAY_MS), 0);
	close_file();
	ck_assert_int_eq(rows_of_quarters(T0_MS, T0_MS + DAY_MS), 96);
}
END_TEST

/* What is gone cannot be computed again: what there is of it stays. */
START_TEST(slots_whose_readings_are_gone_stay_when_they_are_due_again)
{
	struct history_keep keep = all;

	live_days(0, 4);
	open_file();
	keep.raw_ms = DAY_MS;
	keep.minutes_ms = 2 * DAY_MS;
	forget(&keep, T0_MS + 4 * DAY_MS);
	ck_assert_int_eq(history_file_mark(
			     &file, HISTORY_MINUTES, T0_MS, T0_MS + 3 * DAY_MS),
	    0);
	ck_assert_int_eq(history_file_mark(&file, HISTORY_QUARTERS, T0_MS,
			     T0_MS + 3 * DAY_MS),
	    0);
	while (rollup_step(rollup, &file) == 1)
		continue;
	close_file();
	ck_assert_int_eq(rows_of_quarters(T0_MS, T0_MS + 3 * DAY_MS), 3 * 96);
	for (int i = 0; i < rows.count; i++)
		ck_assert_int_eq(rows.of[i].covered_ms, QUARTER_MS);
	ask("tx-1", "power", T0_MS + 2 * DAY_MS, T0_MS + 3 * DAY_MS, MINUTE_MS);
	ck_assert_int_eq(rows.count, 24 * 60);
}
END_TEST

/* ---- what comes later ---- */

/* Of a point of tx-1, as an import would. */
static void
add_readings(uint16_t point, int64_t from_ms, int64_t to_ms)
{
	struct history_stretch stretch = {.settled = true, .log = ""};
	struct reading r = {.point = point,
	    .quality = {.code = QUALITY_GOOD},
	    .value = {.type = VALUE_F64, .f = 7}};
	struct batch b = {.count = 1, .readings = &r};
	struct sheaf *sheaf = sheaf_new();
	uint32_t names[3];
	uint16_t device;

	ck_assert_int_eq(history_file_begin(&file), 0);
	ck_assert_int_eq(history_file_device(&file, "tx-1", &device), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(history_file_name(&file, device, &tx_points[i],
				     90000, &names[i]),
		    0);
	ck_assert_int_eq(history_file_commit(&file), 0);
	for (int64_t t = from_ms; t < to_ms; t += PACE_MS)
		ck_assert(sheaf_add(sheaf, t, device, &b, names));
	ck_assert_int_eq(history_file_add(&file, &stretch, sheaf), 0);
	sheaf_free(sheaf);
	while (rollup_step(rollup, &file) == 1)
		continue;
}

START_TEST(what_is_added_of_long_ago_comes_beside_what_was_kept)
{
	struct history_keep keep = all;
	int64_t gap_ms = T0_MS + 5 * HOUR_MS;

	open_history();
	put_hours(T0_MS, gap_ms);
	put_hours(gap_ms + 2 * HOUR_MS, T0_MS + 4 * DAY_MS);
	await_history();
	close_history();
	open_file();
	keep.raw_ms = DAY_MS;
	forget(&keep, T0_MS + 4 * DAY_MS);
	add_readings(1, T0_MS, T0_MS + DAY_MS);
	add_readings(0, gap_ms, gap_ms + 2 * HOUR_MS);
	close_file();
	ck_assert_int_eq(rows_of_quarters(T0_MS, T0_MS + DAY_MS), 96);
	for (int i = 0; i < rows.count; i++) {
		bool in_gap = rows.from_ms[i] >= gap_ms &&
		    rows.from_ms[i] < gap_ms + 2 * HOUR_MS;

		ck_assert_int_le(rows.of[i].count, 23);
		ck_assert_int_ge(rows.of[i].count, 22);
		if (in_gap)
			ck_assert_double_eq(rows.of[i].last.f, 7);
	}
	ask("tx-1", "energy", T0_MS, T0_MS + DAY_MS, QUARTER_MS);
	ck_assert_int_eq(rows.count, 96);
}
END_TEST

/* What was imported holds until the gateway begins, whether that is in memory
 * yet or in the file. */
START_TEST(what_was_imported_holds_as_long_running_as_stopped)
{
	int64_t live_ms = T0_MS + 10 * MINUTE_MS, covered_ms;

	open_file();
	add_readings(0, T0_MS, live_ms - 30000);
	close_file();
	open_history();
	put_hours(live_ms, live_ms + 5 * MINUTE_MS);
	await_history();
	ask("tx-1", "power", T0_MS, T0_MS + HOUR_MS, HOUR_MS);
	ck_assert_int_eq(rows.count, 1);
	covered_ms = rows.of[0].covered_ms;
	ck_assert_int_ge(covered_ms, 14 * MINUTE_MS);
	ck_assert_int_le(covered_ms, 15 * MINUTE_MS);
	close_history();
	ask("tx-1", "power", T0_MS, T0_MS + HOUR_MS, HOUR_MS);
	ck_assert_int_eq(rows.of[0].covered_ms, covered_ms);
}
END_TEST

/* As an import does while the gateway runs. */
static void
name_beside(int64_t hold_ms)
{
	struct history_file other = {.db = NULL};
	uint16_t device;
	uint32_t name;

	ck_assert_int_eq(history_file_open(&other, store), 0);
	ck_assert_int_eq(history_file_begin(&other), 0);
	ck_assert_int_eq(history_file_device(&other, "tx-1", &device), 0);
	ck_assert_int_eq(
	    history_file_name(&other, device, &tx_points[2], hold_ms, &name),
	    0);
	ck_assert_int_eq(history_file_commit(&other), 0);
	history_file_close(&other);
}

static void
is_due_until(int64_t at_ms)
{
	ck_assert_int_eq(number_of("SELECT max(span) FROM due WHERE tier = 0"),
	    history_span_of(HISTORY_MINUTES, at_ms));
}

START_TEST(readings_say_something_for_as_long_as_the_longest_may_hold)
{
	open_file();
	add_readings(0, T0_MS, T0_MS + MINUTE_MS);
	is_due_until(T0_MS + MINUTE_MS);
	name_beside(5 * HOUR_MS);
	add_readings(0, T0_MS + MINUTE_MS, T0_MS + 2 * MINUTE_MS);
	is_due_until(T0_MS + 5 * HOUR_MS + 2 * MINUTE_MS);
	name_beside(MINUTE_MS);
	add_readings(0, T0_MS + 4 * HOUR_MS, T0_MS + 4 * HOUR_MS + MINUTE_MS);
	is_due_until(T0_MS + 9 * HOUR_MS + MINUTE_MS);
	close_file();
}
END_TEST

static int
has(const char *point, int64_t at_ms)
{
	struct already *a = already_new(1);
	struct already_device d = {.info = &estate_devices[0]};
	int rc;

	ck_assert_int_eq(history_file_find(&file, "tx-1", &d.number), 0);
	rc = already_has(a, &file, &d,
	    (uint16_t)device_find(&estate_devices[0], point), at_ms);
	already_free(a);
	return rc;
}

/* From readings, from minutes and from quarters. */
START_TEST(what_the_history_has_already_is_known)
{
	struct history_keep keep = all;
	int64_t end_ms = T0_MS + 4 * DAY_MS;

	live_days(0, 4);
	open_file();
	for (int tier = 0; tier < 3; tier++) {
		keep.raw_ms = tier > 0 ? DAY_MS : keep.raw_ms;
		keep.minutes_ms = tier > 1 ? DAY_MS : keep.minutes_ms;
		forget(&keep, end_ms);
		ck_assert_int_eq(has("power", T0_MS + HOUR_MS + 1234), 1);
		ck_assert_int_eq(has("power", T0_MS + 1), 1);
		ck_assert_int_eq(has("power", T0_MS - HOUR_MS), 0);
		ck_assert_int_eq(has("energy", T0_MS + HOUR_MS), 0);
		ck_assert_int_eq(has("power", end_ms - DAY_MS / 2), 1);
		/* the gateway's own */
		ck_assert_int_eq(has("energy", end_ms + 1), 1);
	}
	close_file();
}
END_TEST

/* ---- by bytes ---- */

START_TEST(for_room_the_oldest_goes_and_readings_first)
{
	struct history_keep keep = all;
	int64_t before, minutes;

	live_days(0, 30);
	open_file();
	before = bytes();
	minutes = number_of("SELECT count(*) FROM minute");
	keep.max_bytes = before - before / 8;
	ck_assert_int_gt(forget(&keep, 0), 0);
	ck_assert_int_le(bytes(), keep.max_bytes);
	ck_assert_int_gt(
	    bytes(), keep.max_bytes - keep.max_bytes / 8); /* no more */
	ck_assert_int_gt(
	    number_of("SELECT min(start) FROM stretch"), T0_MS + DAY_MS);
	ck_assert_int_eq(number_of("SELECT count(*) FROM minute"), minutes);
	keep.max_bytes = before / 3;
	forget(&keep, 0);
	ck_assert_int_le(bytes(), keep.max_bytes);
	ck_assert_int_lt(number_of("SELECT count(*) FROM minute"), minutes);
	ck_assert_int_gt(number_of("SELECT count(*) FROM raw"), 0);
	keep.max_bytes = 61440; /* little more than empty tables */
	forget(&keep, 0);
	ck_assert_int_le(bytes(), keep.max_bytes);
	close_file();
}
END_TEST

START_TEST(what_came_late_of_long_ago_goes_before_what_is_younger)
{
	struct history_keep keep = all;
	int64_t last, at_ms = T0_MS + 40 * DAY_MS;

	open_history();
	put_days(38, 40);
	await_history();
	close_history();
	open_file();
	add_readings(0, T0_MS, T0_MS + HOUR_MS);
	last = number_of("SELECT count(*) FROM stretch");
	keep.raw_ms = 10 * DAY_MS;
	ck_assert_int_gt(forget(&keep, at_ms), 0);
	ck_assert_int_eq(number_of("SELECT count(*) FROM stretch"), last - 1);
	ck_assert_int_ge(
	    number_of("SELECT min(start) FROM stretch"), T0_MS + 38 * DAY_MS);
	close_file();
}
END_TEST

START_TEST(room_that_was_given_up_is_used_again)
{
	struct history_keep keep = all;
	int64_t most = 0;

	keep.raw_ms = keep.minutes_ms = keep.quarters_ms = 2 * DAY_MS;
	for (int day = 0; day < 60; day += 6) {
		live_days(day, day + 6);
		open_file();
		forget(&keep, T0_MS + (day + 6) * DAY_MS);
		if (day == 6)
			most = file_bytes();
		if (day > 6)
			ck_assert_int_le(file_bytes(), most + most / 4);
		close_file();
		reopen();
	}
	ck_assert_int_gt(most, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("what is kept of the history");
	TCase *t = tcase_create("keep");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 200);
	tcase_add_test(t, what_is_too_old_goes_and_what_is_made_of_it_stays);
	tcase_add_test(t, without_a_time_nothing_is_too_old);
	tcase_add_test(t, a_span_that_is_due_keeps_its_readings);
	tcase_add_test(
	    t, slots_whose_readings_are_gone_stay_when_they_are_due_again);
	tcase_add_test(t, what_is_added_of_long_ago_comes_beside_what_was_kept);
	tcase_add_test(t, what_was_imported_holds_as_long_running_as_stopped);
	tcase_add_test(
	    t, readings_say_something_for_as_long_as_the_longest_may_hold);
	tcase_add_test(t, what_the_history_has_already_is_known);
	tcase_add_test(t, for_room_the_oldest_goes_and_readings_first);
	tcase_add_test(
	    t, what_came_late_of_long_ago_goes_before_what_is_younger);
	tcase_add_test(t, room_that_was_given_up_is_used_again);
	suite_add_tcase(s, t);
	return suite_run(s);
}
