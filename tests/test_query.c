/* test_query.c - which days the figures are of, by the clock; the rest of the
 * parameters is asked over a socket in test_http_alarms.c */
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
	suite_add_tcase(s, t);
	return suite_run(s);
}
