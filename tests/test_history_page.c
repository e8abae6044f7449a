/*
 * test_history_page.c - an answer in pieces is the answer in one
 */
#include "gateway/store/history_page.h"
#include "tests/history_help.h"

#include "tests/suite.h"

static struct buf document;
static int pieces;
static enum history_piece ended;
static struct err err;

/* All pieces of a page, one after another. */
static void
collect(struct history_page *p)
{
	struct buf piece = {0};

	buf_clear(&document);
	pieces = 0;
	do {
		buf_clear(&piece);
		ended = history_page_next(p, store, history, &piece, &err);
		ck_assert_uint_lt(piece.len, HISTORY_PIECE_BYTES + 2048);
		buf_add(&document, piece.data, piece.len);
		pieces++;
	} while (ended == HISTORY_MORE);
	buf_free(&piece);
}

static bool
show_row(
    void *context, int64_t start_ms, int64_t end_ms, const struct slot *slot)
{
	struct history_show *s = context;

	history_show_row(s, start_ms, end_ms, slot, s->point == &tx_points[1]);
	return true;
}

/* The same in one question. */
static void
show_whole(const struct history_query *q, bool csv,
    const struct point_info *point, struct buf *out)
{
	struct history_show s = {.out = out, .csv = csv, .point = point};
	struct history_answer a;

	history_show_begin(&s, q, point == &tx_points[1]);
	ck_assert_int_eq(
	    history_query(store, history, q, show_row, &s, &a, &err), 0);
	history_show_end(&s, a.kept_ms, 0);
}

/* A counter that is read now and then, and known for 90 seconds each time. */
#define COUNTS 300
#define COUNT_PACE_MS (7 * MINUTE_MS)

static void
put_counts(void)
{
	for (int i = 0; i < COUNTS; i++) {
		struct value v = {
		    .type = VALUE_U64, .u = 1000 + (uint64_t)(i * i)};

		put(0, 1, T0_MS + i * COUNT_PACE_MS, &v);
	}
	put_all();
}

static void
put_powers(void)
{
	for (int64_t t = 0; t < 8 * HOUR_MS; t += 40000)
		put_power(T0_MS + t, (double)(t / 1000 % 977) / 8);
	put_all();
}

static const struct {
	const char *point;
	int index;
	bool csv;
	int64_t step_ms;
} wholes[] = {
    {"power", 0, false, 10000},
    {"power", 0, true, 10000},
    {"energy", 1, false, 10000},
    {"energy", 1, true, 10000},
    {"energy", 1, false, MINUTE_MS},
};

START_TEST(pieces_put_together_are_the_answer_of_one_question)
{
	struct history_query q = {"tx-1", wholes[_i].point, T0_MS + 5000,
	    T0_MS + 2 * DAY_MS, wholes[_i].step_ms};
	const struct point_info *point = &tx_points[wholes[_i].index];
	struct history_page p = {
	    .query = q, .csv = wholes[_i].csv, .point = point};
	struct buf whole = {0};

	open_history();
	if (wholes[_i].index == 0)
		put_powers();
	else
		put_counts();
	await_history();
	collect(&p);
	ck_assert_int_eq(ended, HISTORY_ALL);
	if (wholes[_i].step_ms < MINUTE_MS)
		ck_assert_int_gt(pieces, 2);
	show_whole(&q, wholes[_i].csv, point, &whole);
	ck_assert_uint_eq(document.len, whole.len);
	ck_assert_str_eq(document.data, whole.data);
	buf_free(&whole);
}
END_TEST

/* ---- pages ---- */

/* Adds up what rows say; where the next page begins, 0: nowhere. */
static int64_t
add_page(double *rise, int *count)
{
	const char *row = document.data, *next;

	while ((row = strstr(row, "\"increase\":")) != NULL) {
		row += strlen("\"increase\":");
		*rise += strtod(row, NULL);
		(*count)++;
	}
	next = strstr(document.data, "\"next\":");
	ck_assert_ptr_nonnull(next);
	return strtoll(next + strlen("\"next\":"), NULL, 10);
}

/* Whatever number of rows a page has, some end where a gap begins. */
START_TEST(pages_have_each_row_once_and_all_that_was_counted)
{
	struct history_query q = {
	    "tx-1", "energy", T0_MS, T0_MS + 2 * DAY_MS, MINUTE_MS};
	double rise = 0;
	int count = 0, pages = 0;

	open_history();
	put_counts();
	await_history();
	do {
		struct history_page p = {.query = q,
		    .point = &tx_points[1],
		    .max_rows = (uint64_t)(_i + 1) * 7};

		collect(&p);
		ck_assert_int_eq(ended, HISTORY_ALL);
		ck_assert_uint_le(p.rows, p.max_rows);
		q.from_ms = add_page(&rise, &count);
		pages++;
	} while (q.from_ms != 0);
	/* The last reading is known for a moment only. */
	ck_assert_int_eq(count, 2 * (COUNTS - 1) + 1);
	ck_assert_int_eq(pages, (count + (_i + 1) * 7 - 1) / ((_i + 1) * 7));
	ck_assert_double_eq(rise, (COUNTS - 1) * (COUNTS - 1));
}
END_TEST

START_TEST(a_page_that_ends_with_the_last_row_names_no_next)
{
	struct history_page p = {
	    .query = {"tx-1", "power", T0_MS, T0_MS + 3 * MINUTE_MS, MINUTE_MS},
	    .max_rows = 3};

	open_history();
	put_powers();
	await_history();
	collect(&p);
	ck_assert_uint_eq(p.rows, 3);
	ck_assert_ptr_nonnull(
	    strstr(document.data, "],\"from\":null,\"next\":null}"));
}
END_TEST

/* Without the configuration a counter is one all the same. */
START_TEST(a_point_that_left_the_configuration_is_what_it_was)
{
	struct history_page p = {
	    .query = {"tx-1", "energy", T0_MS, T0_MS + HOUR_MS, QUARTER_MS},
	    .csv = true};

	open_history();
	put_counts();
	await_history();
	collect(&p);
	ck_assert_int_eq(ended, HISTORY_ALL);
	ck_assert_ptr_nonnull(strstr(
	    document.data, "t,min,max,mean,last,coverage,increase,falls\r\n"));
}
END_TEST

/* ---- digits ---- */

static const struct {
	struct slot slot;
	const char *says;
} digits[] = {
    {{.covered_ms = 3600000}, "\"coverage\":1,\"increase\":0"},
    {{.covered_ms = 3599999}, "\"coverage\":0.9999,"},
    {{.covered_ms = 1269420}, "\"coverage\":0.3526,"},
    {{.covered_ms = 1}, "\"coverage\":0.0001,"},
    {{.covered_ms = 0}, "\"coverage\":0,"},
    {{.last = {.type = VALUE_F64, .f = 1042318.191},
	 .increase = 1042318.191 - 1042316.882},
	"\"increase\":1.309}"},
    {{.last = {.type = VALUE_F64, .f = 0.3}, .increase = 0.3 - 0.1},
	"\"increase\":0.2}"},
    /* from before it fell to 1 */
    {{.last = {.type = VALUE_F64, .f = 1}, .increase = 123456789012345.6},
	"\"increase\":123456789012345.6}"},
    {{.last = {.type = VALUE_F64, .f = 9007199254740991},
	 .increase = 4503599627370497},
	"\"increase\":4503599627370497}"},
    {{.last = {.type = VALUE_U64, .u = 1ULL << 60}, .increase = 0x1p59},
	"\"increase\":5.764607523034235e+17}"},
};

START_TEST(a_row_has_no_more_digits_than_are_known)
{
	struct buf out = {0};
	struct history_show s = {.out = &out, .json = {.out = &out}};

	history_show_row(&s, 0, HOUR_MS, &digits[_i].slot, true);
	ck_assert_msg(
	    strstr(out.data, digits[_i].says) != NULL, "%s", out.data);
	buf_free(&out);
}
END_TEST

/* ---- nothing ---- */

START_TEST(a_point_that_nobody_knows_is_none)
{
	struct history_page p = {
	    .query = {"tx-1", "voltage", T0_MS, T0_MS + DAY_MS, 0}};

	if (_i == 0) /* without even a file */
		open_history();
	collect(&p);
	ck_assert_int_eq(ended, HISTORY_UNKNOWN);
	ck_assert_uint_eq(document.len, 0);
	ck_assert_str_eq(err.text,
	    "there is no point tx-1/voltage: neither the configuration nor "
	    "the history knows it");
}
END_TEST

START_TEST(a_point_of_which_nothing_came_yet_has_no_rows)
{
	struct point_info fresh = {
	    .name = "fresh", .unit = "", .role = "counter"};
	struct history_page p = {
	    .query = {"tx-1", "fresh", T0_MS, T0_MS + DAY_MS, HOUR_MS},
	    .point = &fresh,
	    .csv = _i < 2};

	if (_i % 2 == 0)
		open_history();
	collect(&p);
	ck_assert_int_eq(ended, HISTORY_ALL);
	ck_assert_str_eq(document.data,
	    p.csv ? "t,min,max,mean,last,coverage,increase,falls\r\n"
		  : "{\"point\":\"tx-1/fresh\",\"step\":3600000,\"rows\":[],"
		    "\"from\":null,\"next\":null}");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_says_why)
{
	struct history_page p = {
	    .query = {"tx-1", "power", T0_MS, T0_MS + DAY_MS, HOUR_MS},
	    .point = &tx_points[0]};
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", store, HISTORY_FILE);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database. ", f);
	fclose(f);
	collect(&p);
	ck_assert_int_eq(ended, HISTORY_FAILED);
	ck_assert_ptr_nonnull(strstr(err.text, "the history cannot be read"));
}
END_TEST

/* ---- what the answer needs is there as long as somebody asks ---- */

START_TEST(who_has_a_reference_asks_on_when_the_history_is_closed)
{
	struct history_page p = {
	    .query = {"tx-1", "power", T0_MS, T0_MS + DAY_MS, MINUTE_MS}};
	struct history *held;

	open_history();
	held = history_ref(history);
	put_powers();
	await_history();
	close_history();
	history = held;
	collect(&p);
	ck_assert_int_eq(ended, HISTORY_ALL);
	ck_assert_uint_eq(p.rows, 8 * 60);
	history = NULL;
	history_unref(held);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history_page");
	TCase *t = tcase_create("pieces and pages");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t,
	    pieces_put_together_are_the_answer_of_one_question, 0,
	    sizeof(wholes) / sizeof(wholes[0]));
	tcase_add_loop_test(
	    t, pages_have_each_row_once_and_all_that_was_counted, 0, 3);
	tcase_add_test(t, a_page_that_ends_with_the_last_row_names_no_next);
	tcase_add_test(t, a_point_that_left_the_configuration_is_what_it_was);
	tcase_add_loop_test(t, a_row_has_no_more_digits_than_are_known, 0,
	    sizeof(digits) / sizeof(digits[0]));
	tcase_add_loop_test(t, a_point_that_nobody_knows_is_none, 0, 2);
	tcase_add_loop_test(
	    t, a_point_of_which_nothing_came_yet_has_no_rows, 0, 4);
	tcase_add_test(t, a_file_that_cannot_be_read_says_why);
	tcase_add_test(
	    t, who_has_a_reference_asks_on_when_the_history_is_closed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
