/* test_query.c - which time the figures and the history are of, by the clock,
 * and in which steps; the rest of the parameters is asked over a socket in
 * test_http_alarms.c and test_http_history.c */
#include <check.h>
#include <string.h>

#include "gateway/web/query.h"
#include "tests/suite.h"

#define DAY 86400000LL
#define NOW 1763690000123LL

static const struct {
	struct query_param params[3];
	size_t count;
	int64_t now, from, to;
} spans[] = {
    {{{0}}, 0, NOW, NOW - 30 * DAY, NOW},
    {{{"days", "1"}}, 1, NOW, NOW - DAY, NOW},
    {{{"from", "1763690000000"}}, 1, NOW, 1763690000000, NOW},
    {{{"from", "1000"}, {"to", "2000"}}, 2, NOW, 1000, 2000},
    {{{"from", "1000"}, {"to", "1763690000124"}}, 2, NOW, 1000, NOW},
    {{{"days", "30"}}, 1, DAY, 0, DAY}, /* a clock that was never set */
};

START_TEST(figures_end_now_at_the_latest_and_begin_after_1970)
{
	int64_t from_ms = -1, to_ms = -1;
	char why[QUERY_WHY_MAX] = "";

	ck_assert_msg(query_figures(&from_ms, &to_ms, spans[_i].params,
			  spans[_i].count, spans[_i].now, why),
	    "%s", why);
	ck_assert_int_eq(from_ms, spans[_i].from);
	ck_assert_int_eq(to_ms, spans[_i].to);
}
END_TEST

START_TEST(figures_of_what_is_to_come_are_not_asked)
{
	const struct query_param p[] = {{"from", "1763690000123"}};
	int64_t from_ms, to_ms;
	char why[QUERY_WHY_MAX];

	ck_assert(!query_figures(&from_ms, &to_ms, p, 1, NOW, why));
	ck_assert_str_eq(why, "from is later than the gateway's clock");
}
END_TEST

START_TEST(a_sentence_about_a_long_value_is_cut_and_whole)
{
	char value[1000], why[QUERY_WHY_MAX];
	const struct query_param wrong = {"limit", value};
	const struct query_param unknown = {value, "1"};
	struct chronicle_query q;

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	ck_assert(!query_journal(&q, &wrong, 1, why));
	ck_assert_ptr_nonnull(strstr(why, "a number from 1 to 1000"));
	ck_assert(!query_journal(&q, &unknown, 1, why));
	ck_assert_ptr_nonnull(strstr(why, "type, before, limit"));
}
END_TEST

/* ---- the history ---- */

static const struct {
	struct query_param params[4];
	size_t count;
	int64_t now, from, to;
} pasts[] = {
    {{{"point", "a/b"}}, 1, NOW, NOW - DAY, NOW},
    {{{"point", "a/b"}, {"from", "1000"}}, 2, NOW, 1000, NOW},
    {{{"point", "a/b"}, {"to", "1763690000000"}}, 2, NOW, 1763690000000 - DAY,
	1763690000000},
    {{{"point", "a/b"}, {"to", "1763690000124"}}, 2, NOW, 1763690000124 - DAY,
	1763690000124},
    {{{"point", "a/b"}}, 1, DAY / 2, 0, DAY / 2}, /* a clock never set */
};

START_TEST(the_past_is_the_last_day_unless_it_is_said)
{
	struct query_history q;
	char why[QUERY_WHY_MAX] = "";

	ck_assert_msg(query_history(&q, pasts[_i].params, pasts[_i].count,
			  pasts[_i].now, why),
	    "%s", why);
	ck_assert_int_eq(q.from_ms, pasts[_i].from);
	ck_assert_int_eq(q.to_ms, pasts[_i].to);
	ck_assert_int_eq(q.step_ms, 0);
	ck_assert(!q.csv);
}
END_TEST

static const struct {
	const char *text;
	int64_t ms; /* -1: there is no such step */
} steps[] = {
    {"auto", 0}, {"1s", 1000}, {"1000ms", 1000}, {"36s", 36000}, {"90s", 90000},
    {"1m", 60000}, {"15m", 900000}, {"60m", 3600000}, {"1h", 3600000},
    {"12h", 43200000}, {"24h", DAY}, {"1d", DAY}, {"366d", 366 * DAY},
    {"31622400000ms", 366 * DAY}, {"367d", -1}, {"7s", -1}, {"5h", -1},
    {"90m", -1}, {"999ms", -1}, {"1", -1}, {"900000", 900000},
    {"3600000", 3600000}, {"s", -1}, {"", -1}, {"1w", -1}, {"1 s", -1},
    {"+1s", -1}, {"1.5s", -1}, {"01s", -1}, {"0x1s", -1},
    {"213503982335d", -1}, /* overflows 64 bits */
};

START_TEST(a_step_is_a_time_that_people_count_in)
{
	const struct query_param params[] = {
	    {"point", "a/b"}, {"step", steps[_i].text}};
	struct query_history q;
	char why[QUERY_WHY_MAX];
	bool good = query_history(&q, params, 2, NOW, why);

	ck_assert_int_eq(good, steps[_i].ms != -1);
	if (good)
		ck_assert_int_eq(q.step_ms, steps[_i].ms);
	else
		ck_assert_ptr_nonnull(strstr(why, "it must be auto, or"));
}
END_TEST

START_TEST(a_sentence_about_a_long_point_is_cut_and_whole)
{
	char value[1000], why[QUERY_WHY_MAX];
	const struct query_param params[] = {{"point", value}};
	struct query_history q;

	memset(value, 'x', sizeof(value) - 1);
	value[500] = '/';
	value[sizeof(value) - 1] = '\0';
	ck_assert(!query_history(&q, params, 1, NOW, why));
	ck_assert_ptr_nonnull(strstr(why, "as tx-1/active_power"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("query");
	TCase *t = tcase_create("parameters");

	tcase_add_loop_test(t,
	    figures_end_now_at_the_latest_and_begin_after_1970, 0,
	    sizeof(spans) / sizeof(spans[0]));
	tcase_add_test(t, figures_of_what_is_to_come_are_not_asked);
	tcase_add_test(t, a_sentence_about_a_long_value_is_cut_and_whole);
	tcase_add_loop_test(t, the_past_is_the_last_day_unless_it_is_said, 0,
	    sizeof(pasts) / sizeof(pasts[0]));
	tcase_add_loop_test(t, a_step_is_a_time_that_people_count_in, 0,
	    sizeof(steps) / sizeof(steps[0]));
	tcase_add_test(t, a_sentence_about_a_long_point_is_cut_and_whole);
	suite_add_tcase(s, t);
	return suite_run(s);
}
