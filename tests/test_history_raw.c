/*
 * test_history_raw.c - what is written of readings is what came, and where it
 * ended
 */
#include "gateway/store/history_raw.h"
#include "gateway/store/rollup.h"
#include "tests/history_help.h"

#include "tests/suite.h"

#define TITLES "t,device,point,value\r\n"

static struct buf lines;
static struct err err;

static void
write_all(void)
{
	put_all();
	await_history();
	close_history();
}

static bool
keep(void *context, const char *bytes, size_t length)
{
	(void)context;
	buf_add(&lines, bytes, length);
	return true;
}

static struct history_raw
raw(const char *device, const char *point, int64_t from_ms, int64_t to_ms)
{
	struct history_raw r = {.dir = store,
	    .device = device,
	    .point = point,
	    .from_ms = from_ms,
	    .to_ms = to_ms};

	buf_clear(&lines);
	ck_assert_msg(history_raw(&r, keep, NULL, &err) == 0, "%s", err.text);
	return r;
}

/* wanted: "SECONDS VALUE" a line. */
static void
expect(const char *point, const char *wanted)
{
	struct buf all = {0};
	char *text = strdup(wanted), *at = text, *line;

	buf_puts(&all, TITLES);
	while ((line = strsep(&at, "\n")) != NULL) {
		char *value = strchr(line, ' ');

		buf_printf(&all, "%lld,%s,%s\r\n",
		    T0_MS + 1000 * strtoll(line, NULL, 10), point, value + 1);
	}
	ck_assert_str_eq(lines.data, all.data);
	free(text);
	buf_free(&all);
}

static void
put_at(uint16_t point, int64_t at_s, struct value v)
{
	put(0, point, T0_MS + 1000 * at_s, &v);
}

START_TEST(each_form_of_a_value_is_written_so_that_import_reads_it_back)
{
	open_history();
	put_at(1, 0, (struct value){.type = VALUE_F64, .f = 12});
	put_at(1, 10, (struct value){.type = VALUE_F64, .f = 0.1 + 0.2});
	put_at(1, 20, (struct value){.type = VALUE_F32, .f = (double)0.1f});
	put_at(1, 30, (struct value){.type = VALUE_U64, .u = UINT64_MAX});
	put_at(1, 40, (struct value){.type = VALUE_I64, .i = INT64_MIN});
	put_at(1, 50, (struct value){.type = VALUE_NONE});
	put_at(1, 60, (struct value){.type = VALUE_F64, .f = 1e300});
	put_at(2, 60, (struct value){.type = VALUE_TEXT, .text = "a, \"b\""});
	put_at(2, 70, (struct value){.type = VALUE_TEXT, .text = ""});
	put_at(0, 80, (struct value){.type = VALUE_BOOL, .u = 1});
	put(1, 0, T0_MS + 90000, &(struct value){.type = VALUE_ENUM, .i = 1});
	write_all();
	ck_assert_uint_eq(
	    raw("tx-1", "energy", T0_MS, T0_MS + DAY_MS).readings, 7);
	expect("tx-1,energy",
	    "0 12.0\n10 0.30000000000000004\n20 0.1\n"
	    "30 18446744073709551615\n40 -9223372036854775808\n50 \n"
	    "60 1e+300\n90 ");
	raw("tx-1", "label", T0_MS, T0_MS + DAY_MS);
	expect("tx-1,label", "60 \"a, \"\"b\"\"\"\n70 \"\"\n90 ");
	raw("tx-1", "power", T0_MS, T0_MS + DAY_MS);
	expect("tx-1,power", "80 1\n90 ");
	raw("lift-1", "door", T0_MS, T0_MS + DAY_MS);
	expect("lift-1,door", "90 1\n90 ");
}
END_TEST

START_TEST(where_the_gateway_was_down_a_line_without_a_value_says_so)
{
	struct history_raw r;

	open_history();
	put_power(T0_MS, 1);
	put_power(T0_MS + 10000, 2);
	write_all();
	open_history();
	put_power(T0_MS + 3 * DAY_MS, 3);
	write_all();
	r = raw("tx-1", "power", 0, INT64_MAX);
	expect("tx-1,power", "0 1.0\n10 2.0\n10 \n259200 3.0\n259200 ");
	ck_assert_uint_eq(r.readings, 3);
	ck_assert_int_eq(r.known_ms, T0_MS + 3 * DAY_MS);
	ck_assert_int_eq(r.kept_ms, 0);
}
END_TEST

START_TEST(what_ends_before_all_is_told_ends_what_held)
{
	open_history();
	put_power(T0_MS, 1);
	put_power(T0_MS + 10000, 2);
	put_power(T0_MS + 20000, 3);
	write_all();
	raw("tx-1", "power", T0_MS + 1, T0_MS + 20000);
	expect("tx-1,power", "10 2.0\n20 ");
}
END_TEST

START_TEST(where_readings_are_gone_it_says_from_when_on_they_are_kept)
{
	struct history_keep keep = {.raw_ms = DAY_MS,
	    .minutes_ms = 400 * DAY_MS,
	    .quarters_ms = 4000 * DAY_MS,
	    .max_bytes = (int64_t)1 << 30};
	struct history_file f = {.db = NULL};
	struct rollup *rollup = rollup_new();

	open_history();
	put_power(T0_MS, 1);
	write_all();
	open_history();
	put_power(T0_MS + 3 * DAY_MS, 2);
	write_all();
	ck_assert_int_eq(history_file_open(&f, store), 0);
	while (rollup_step(rollup, &f) == 1)
		continue;
	rollup_free(rollup);
	while (history_file_forget(&f, &keep, T0_MS + 3 * DAY_MS) == 1)
		continue;
	history_file_close(&f);
	ck_assert_int_eq(
	    raw("tx-1", "power", 0, INT64_MAX).kept_ms, T0_MS + 3 * DAY_MS);
	ck_assert_ptr_null(strstr(lines.data, ",1.0"));
}
END_TEST

START_TEST(where_readings_are_damaged_it_says_that_some_are_missing)
{
	struct history_file f = {.db = NULL};

	open_history();
	put_power(T0_MS, 1);
	write_all();
	open_history();
	put_power(T0_MS + 3 * DAY_MS, 2);
	write_all();
	ck_assert(!raw("tx-1", "power", 0, INT64_MAX).damaged);
	ck_assert_int_eq(history_file_open(&f, store), 0);
	ck_assert_int_eq(sqlite3_exec(f.db,
			     "UPDATE raw SET track = zeroblob(9)"
			     " WHERE key = (SELECT min(key) FROM raw)",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	history_file_close(&f);
	ck_assert(raw("tx-1", "power", 0, INT64_MAX).damaged);
	expect("tx-1,power", "259200 2.0\n259200 ");
}
END_TEST

START_TEST(a_point_that_nobody_told_of_is_refused)
{
	struct history_raw r = {
	    .dir = store, .device = "tx-1", .point = "nothing", .to_ms = 1};

	ck_assert_int_eq(history_raw(&r, keep, NULL, &err), -1);
	ck_assert_str_eq(err.text, "there is no history yet");
	open_history();
	put_power(T0_MS, 1);
	write_all();
	ck_assert_int_eq(history_raw(&r, keep, NULL, &err), -1);
	ck_assert_str_eq(err.text, "the history knows no tx-1/nothing");
	ck_assert(r.unknown);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history_raw");
	TCase *t = tcase_create("readings");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(
	    t, each_form_of_a_value_is_written_so_that_import_reads_it_back);
	tcase_add_test(
	    t, where_the_gateway_was_down_a_line_without_a_value_says_so);
	tcase_add_test(t, what_ends_before_all_is_told_ends_what_held);
	tcase_add_test(
	    t, where_readings_are_gone_it_says_from_when_on_they_are_kept);
	tcase_add_test(
	    t, where_readings_are_damaged_it_says_that_some_are_missing);
	tcase_add_test(t, a_point_that_nobody_told_of_is_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
