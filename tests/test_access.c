/* test_access.c - who may do what, by the way he came; how often; for whom a
 * proxy asks */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "gateway/web/access.h"
#include "gateway/web/ration.h"
#include "gateway/web/visit.h"
#include "tests/suite.h"

/* ---- who may ---- */

/* By role: nobody, bureau, viewer, duty, engineer. */
static const struct {
	enum need need;
	enum way way;
	unsigned status[ROLE_COUNT];
} rights[] = {
    {NEED_NOTHING, WAY_UNIX, {200, 200, 200, 200, 200}},
    {NEED_NOTHING, WAY_LOOPBACK, {200, 200, 200, 200, 200}},
    {NEED_NOTHING, WAY_HTTPS, {200, 200, 200, 200, 200}},
    {NEED_NOTHING, WAY_OPEN, {200, 200, 200, 200, 200}},
    {NEED_NOTHING, WAY_CLEAR, {403, 403, 403, 403, 403}},
    {NEED_NOTHING, WAY_STRANGER, {403, 403, 403, 403, 403}},
    {NEED_LOGIN, WAY_UNIX, {403, 403, 403, 403, 403}},
    {NEED_LOGIN, WAY_LOOPBACK, {200, 200, 200, 200, 200}},
    {NEED_LOGIN, WAY_HTTPS, {200, 200, 200, 200, 200}},
    {NEED_LOGIN, WAY_OPEN, {403, 403, 403, 403, 403}},
    {NEED_LOGIN, WAY_CLEAR, {403, 403, 403, 403, 403}},
    {NEED_LOGIN, WAY_STRANGER, {403, 403, 403, 403, 403}},
    {NEED_REPORT, WAY_UNIX, {200, 200, 200, 200, 200}},
    {NEED_REPORT, WAY_LOOPBACK, {200, 200, 200, 200, 200}},
    {NEED_REPORT, WAY_HTTPS, {401, 200, 200, 200, 200}},
    {NEED_REPORT, WAY_OPEN, {200, 200, 200, 200, 200}},
    {NEED_REPORT, WAY_CLEAR, {403, 403, 403, 403, 403}},
    {NEED_REPORT, WAY_STRANGER, {403, 403, 403, 403, 403}},
    {NEED_VIEWER, WAY_UNIX, {200, 200, 200, 200, 200}},
    {NEED_VIEWER, WAY_LOOPBACK, {200, 403, 200, 200, 200}},
    {NEED_VIEWER, WAY_HTTPS, {401, 403, 200, 200, 200}},
    {NEED_VIEWER, WAY_OPEN, {200, 200, 200, 200, 200}},
    {NEED_VIEWER, WAY_CLEAR, {403, 403, 403, 403, 403}},
    {NEED_VIEWER, WAY_STRANGER, {403, 403, 403, 403, 403}},
    {NEED_DUTY, WAY_UNIX, {200, 200, 200, 200, 200}},
    {NEED_DUTY, WAY_LOOPBACK, {401, 403, 403, 200, 200}},
    {NEED_DUTY, WAY_HTTPS, {401, 403, 403, 200, 200}},
    {NEED_DUTY, WAY_OPEN, {403, 403, 403, 403, 403}},
    {NEED_DUTY, WAY_CLEAR, {403, 403, 403, 403, 403}},
    {NEED_DUTY, WAY_STRANGER, {403, 403, 403, 403, 403}},
    {NEED_ENGINEER, WAY_UNIX, {200, 200, 200, 200, 200}},
    {NEED_ENGINEER, WAY_LOOPBACK, {401, 403, 403, 403, 200}},
    {NEED_ENGINEER, WAY_HTTPS, {401, 403, 403, 403, 200}},
    {NEED_ENGINEER, WAY_OPEN, {403, 403, 403, 403, 403}},
    {NEED_ENGINEER, WAY_CLEAR, {403, 403, 403, 403, 403}},
    {NEED_ENGINEER, WAY_STRANGER, {403, 403, 403, 403, 403}},
};

START_TEST(each_role_may_what_the_table_says_on_each_way)
{
	for (int role = ROLE_NONE; role < ROLE_COUNT; role++) {
		const char *why;
		unsigned status = access_judge(
		    rights[_i].way, (enum role)role, rights[_i].need, &why);

		ck_assert_msg(status == rights[_i].status[role],
		    "need %d, way %d, role %s: %u", rights[_i].need,
		    rights[_i].way, role_names[role], status);
		ck_assert(status == 200 || (why != NULL && *why != '\0'));
	}
}
END_TEST

START_TEST(the_table_has_every_way_and_need)
{
	ck_assert_uint_eq(
	    sizeof(rights) / sizeof(rights[0]), (size_t)WAY_COUNT * NEED_COUNT);
}
END_TEST

START_TEST(only_out_of_service_needs_an_engineer)
{
	for (int v = 0; v < ORDER_VERBS; v++)
		ck_assert_int_eq(access_order(v),
		    v == ORDER_OUT || v == ORDER_IN ? NEED_ENGINEER
						    : NEED_DUTY);
}
END_TEST

/* ---- which way ---- */

static const struct {
	struct visit_heads heads;
	enum way way;
} ways[] = {
    {{.tcp = false}, WAY_UNIX},
    {{.tcp = false, .forwarded = true}, WAY_UNIX},
    {{.tcp = true, .here = true}, WAY_LOOPBACK},
    {{.tcp = true, .here = true, .tls = true}, WAY_LOOPBACK},
    {{.tcp = true, .here = true, .open = true}, WAY_LOOPBACK},
    {{.tcp = true, .here = true, .https = true, .forwarded = true},
	WAY_STRANGER},
    {{.tcp = true, .here = true, .tls = true, .forwarded = true}, WAY_STRANGER},
    {{.tcp = true, .here = true, .proxy = true}, WAY_LOOPBACK},
    {{.tcp = true, .here = true, .proxy = true, .forwarded = true}, WAY_CLEAR},
    {{.tcp = true,
	 .here = true,
	 .proxy = true,
	 .forwarded = true,
	 .https = true},
	WAY_HTTPS},
    {{.tcp = true, .proxy = true, .forwarded = true, .https = true}, WAY_HTTPS},
    /* who comes in the clear through the proxy may come from anywhere */
    {{.tcp = true, .proxy = true, .forwarded = true, .open = true}, WAY_CLEAR},
    {{.tcp = true, .proxy = true}, WAY_CLEAR},
    {{.tcp = true}, WAY_CLEAR},
    {{.tcp = true, .https = true}, WAY_CLEAR},
    {{.tcp = true, .forwarded = true, .https = true}, WAY_CLEAR},
    {{.tcp = true, .open = true}, WAY_OPEN},
    {{.tcp = true, .open = true, .forwarded = true, .https = true}, WAY_OPEN},
    {{.tcp = true, .tls = true}, WAY_HTTPS},
    {{.tcp = true, .tls = true, .forwarded = true}, WAY_HTTPS},
};

START_TEST(the_way_is_what_can_be_believed)
{
	ck_assert_int_eq(visit_way(&ways[_i].heads), ways[_i].way);
}
END_TEST

static const struct {
	const char *list, *last; /* NULL: none */
} lists[] = {
    {"203.0.113.9", "203.0.113.9"},
    {"1.2.3.4, 203.0.113.9", "203.0.113.9"},
    {"127.0.0.1,203.0.113.9 ", "203.0.113.9"},
    {"203.0.113.9:4711", "203.0.113.9"},
    {"fd00::1", "fd00::1"},
    {"[fd00::1]", "fd00::1"},
    {"1.2.3.4, [fd00::1]:443", "fd00::1"},
    {"1.2.3.4,", NULL},
    {"", NULL},
    {" ", NULL},
    {"unknown", NULL},
    {"203.0.113.9 evil", NULL},
    {"203.0.113.999", NULL},
    {"[fd00::1", NULL},
    {"<script>", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	NULL},
};

START_TEST(of_a_list_of_addresses_the_last_counts)
{
	char address[VISIT_ADDRESS_MAX];
	bool good = visit_last(lists[_i].list, address);

	ck_assert_msg(good == (lists[_i].last != NULL), "%s", lists[_i].list);
	if (good)
		ck_assert_str_eq(address, lists[_i].last);
}
END_TEST

/* ---- how often ---- */

static struct ration ration;

static int
taken(uint64_t who, unsigned times, int64_t now_ms, int tries)
{
	int got = 0;

	for (int i = 0; i < tries; i++)
		got += ration_take(&ration, who, times, now_ms);
	return got;
}

START_TEST(an_address_has_a_burst_and_then_so_many_a_second)
{
	uint64_t who = ration_who_text("192.168.1.7");

	ration = (struct ration){0};
	ck_assert_int_eq(taken(who, 1, 1000, 300), RATION_AT_ONCE);
	ck_assert_int_eq(taken(who, 1, 2000, 300), RATION_A_SECOND);
	ck_assert_int_eq(taken(who, 1, 2000, 300), 0);
	ck_assert_int_eq(taken(who, 1, 3600000, 300), RATION_AT_ONCE);
}
END_TEST

START_TEST(one_address_takes_nothing_from_another)
{
	ration = (struct ration){0};
	taken(ration_who_text("192.168.1.7"), 1, 1000, 300);
	ck_assert_int_eq(taken(ration_who_text("192.168.1.8"), 1, 1000, 1), 1);
	ck_assert_int_eq(
	    taken(ration_who_text("127.0.0.1"), RATION_LOCAL, 1000, 5000),
	    RATION_AT_ONCE * RATION_LOCAL);
}
END_TEST

START_TEST(who_has_a_network_has_all_its_addresses)
{
	ck_assert_uint_eq(ration_who_text("2001:db8:1:2::1"),
	    ration_who_text("2001:db8:1:2:ffff::9"));
	ck_assert_uint_ne(ration_who_text("2001:db8:1:2::1"),
	    ration_who_text("2001:db8:1:3::1"));
	ck_assert_uint_eq(
	    ration_who_text("::ffff:10.0.0.9"), ration_who_text("10.0.0.9"));
	ck_assert_uint_ne(ration_who_text("::1"), 0);
	ck_assert_uint_eq(ration_who_text("gateway.lan"), 0);
}
END_TEST

/* However many come, who asks now and then is not forgotten for them while
 * others are quieter. */
START_TEST(more_addresses_than_are_known_are_served_all_the_same)
{
	ration = (struct ration){0};
	for (uint64_t who = 1; who < 10 * RATION_ADDRESSES; who++)
		ck_assert(ration_take(&ration, who, 1, (int64_t)who));
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *s = suite_create("access");
	TCase *t = tcase_create("access");

	tcase_add_loop_test(
	    t, each_role_may_what_the_table_says_on_each_way, 0, COUNT(rights));
	tcase_add_test(t, the_table_has_every_way_and_need);
	tcase_add_test(t, only_out_of_service_needs_an_engineer);
	tcase_add_loop_test(t, the_way_is_what_can_be_believed, 0, COUNT(ways));
	tcase_add_loop_test(
	    t, of_a_list_of_addresses_the_last_counts, 0, COUNT(lists));
	tcase_add_test(t, an_address_has_a_burst_and_then_so_many_a_second);
	tcase_add_test(t, one_address_takes_nothing_from_another);
	tcase_add_test(t, who_has_a_network_has_all_its_addresses);
	tcase_add_test(
	    t, more_addresses_than_are_known_are_served_all_the_same);
	suite_add_tcase(s, t);
	return suite_run(s);
}
