/* test_session.c - who is logged in, for how long, and who may try; the times
 * are the test's */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/web/session.h"
#include "tests/login_help.h"
#include "tests/suite.h"

#define HERE "192.168.1.7"
#define MINUTE (INT64_C(60) * 1000)
#define SOON 2000 /* the file is looked at again */

static char dir[] = "/tmp/test_session_XXXXXX", path[64];
static struct sessions *sessions;
static struct attempt_in got;
static struct person who;
static int64_t now_ms = 1000000;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/users", dir);
	sessions = login_sessions(path);
}

static void
teardown(void)
{
	sessions_free(sessions);
	unlink(path);
	rmdir(dir);
}

static enum login
try(const char *user, const char *password, const char *address)
{
	sessions_login(sessions, user, password, address, now_ms, &got);
	return got.result;
}

static enum login
in(const char *user)
{
	return try(user, LOGIN_PASSWORD, HERE);
}

static bool
is_in(const char *token)
{
	return sessions_find(sessions, token, now_ms, &who);
}

static void
wrong(const char *user, const char *address, int times)
{
	for (int i = 0; i < times; i++)
		ck_assert_int_eq(try(user, "wrong", address), LOGIN_WRONG);
}

/* ---- in ---- */

START_TEST(who_knows_his_password_is_in)
{
	ck_assert_int_eq(in("li"), LOGIN_IN);
	ck_assert_uint_eq(strlen(got.token), 64);
	ck_assert_uint_eq(strspn(got.token, "0123456789abcdef"), 64);
	ck_assert(is_in(got.token));
	ck_assert_str_eq(who.user, "li");
	ck_assert_str_eq(who.shown, "李工");
	ck_assert_int_eq(who.role, ROLE_ENGINEER);
}
END_TEST

START_TEST(who_does_not_is_not)
{
	ck_assert_int_eq(try("wang", "three good word", HERE), LOGIN_WRONG);
	ck_assert_str_eq(got.token, "");
	ck_assert_int_eq(try("wang", "", HERE), LOGIN_WRONG);
	ck_assert_int_eq(try("Wang", LOGIN_PASSWORD, HERE), LOGIN_WRONG);
	ck_assert_int_eq(try("?", LOGIN_PASSWORD, HERE), LOGIN_WRONG);
}
END_TEST

START_TEST(no_other_token_is_anybodys)
{
	char token[SESSION_TOKEN_MAX], other[128];

	ck_assert_int_eq(in("wang"), LOGIN_IN);
	strcpy(token, got.token);
	ck_assert(!is_in(""));
	strcpy(other, token);
	other[63] = other[63] == '0' ? '1' : '0';
	ck_assert(!is_in(other));
	strcpy(other, token);
	other[0] = 'A';
	ck_assert(!is_in(other));
	snprintf(other, sizeof(other), "%s0", token);
	ck_assert(!is_in(other));
	other[63] = '\0';
	ck_assert(!is_in(other));
	ck_assert(is_in(token));
}
END_TEST

START_TEST(each_login_has_a_token_of_its_own)
{
	char first[SESSION_TOKEN_MAX];

	in("wang");
	strcpy(first, got.token);
	in("wang");
	ck_assert_str_ne(first, got.token);
	sessions_end(sessions, first);
	ck_assert(!is_in(first));
	ck_assert(is_in(got.token));
}
END_TEST

static bool
goes_on(uint64_t session)
{
	return sessions_goes_on(sessions, session, now_ms);
}

START_TEST(a_session_goes_on_until_its_end_and_no_other_takes_its_number)
{
	uint64_t first, second;

	in("wang");
	first = got.person.session;
	ck_assert(is_in(got.token));
	ck_assert_uint_eq(who.session, first);
	ck_assert(goes_on(first));
	sessions_end(sessions, got.token);
	ck_assert(!goes_on(first));
	in("wang");
	second = got.person.session;
	ck_assert(!goes_on(first));
	ck_assert(goes_on(second));
	login_write(path, "li:engineer:" LOGIN_HASH ":Li\n");
	now_ms += SOON;
	ck_assert(!goes_on(second));
	ck_assert(!goes_on(0));
}
END_TEST

START_TEST(who_looks_on_stays_in_for_thirty_days_and_no_longer)
{
	int64_t begun_ms = now_ms;

	in("look");
	while (now_ms - begun_ms <= SESSION_LIFE_MS) {
		ck_assert(goes_on(got.person.session));
		now_ms += SESSION_IDLE_MS / 2;
	}
	ck_assert(!goes_on(got.person.session));
	ck_assert(!is_in(got.token));
}
END_TEST

START_TEST(who_logs_in_too_often_ends_his_oldest)
{
	char tokens[SESSIONS_A_USER + 1][SESSION_TOKEN_MAX];
	char other[SESSION_TOKEN_MAX];

	in("li");
	strcpy(other, got.token);
	for (int i = 0; i <= SESSIONS_A_USER; i++) {
		now_ms++;
		ck_assert_int_eq(in("wang"), LOGIN_IN);
		strcpy(tokens[i], got.token);
	}
	ck_assert(!is_in(tokens[0]));
	for (int i = 1; i <= SESSIONS_A_USER; i++)
		ck_assert(is_in(tokens[i]));
	ck_assert(is_in(other));
}
END_TEST

/* ---- how long ---- */

START_TEST(a_session_ends_twelve_hours_after_its_last_use)
{
	in("wang");
	now_ms += SESSION_IDLE_MS;
	ck_assert(is_in(got.token));
	now_ms += SESSION_IDLE_MS;
	ck_assert(is_in(got.token));
	now_ms += SESSION_IDLE_MS + 1;
	ck_assert(!is_in(got.token));
	now_ms -= SESSION_IDLE_MS;
	ck_assert(!is_in(got.token)); /* and does not come back */
}
END_TEST

START_TEST(a_session_that_is_used_ends_after_thirty_days)
{
	in("wang");
	for (int64_t t = 0; t < SESSION_LIFE_MS; t += SESSION_IDLE_MS) {
		ck_assert(is_in(got.token));
		now_ms += SESSION_IDLE_MS;
	}
	now_ms++;
	ck_assert(!is_in(got.token));
}
END_TEST

/* ---- the file ---- */

#define OTHER_HASH                                                             \
	"$y$j75$YZdkbPvE19Piq93vTn.871$"                                       \
	"a7.UP06NuN1JU0FvQ90fhR0BBq32IgsvxSD1knuQYj."

static const struct {
	const char *what, *users;
	bool stays;
} changes[] = {
    {"the same", LOGIN_USERS, true},
    {"others beside him", "new:duty:" LOGIN_HASH ":N\n" LOGIN_USERS, true},
    {"removed", "li:engineer:" LOGIN_HASH ":Li\n", false},
    {"nobody is left", "", false},
    {"another role", "wang:viewer:" LOGIN_HASH ":Wang\n", false},
    {"another password", "wang:duty:" OTHER_HASH ":Wang\n", false},
    {"another name for people", "wang:duty:" LOGIN_HASH ":W\n", false},
    {"a mistake changes nothing", "wang:boss:" LOGIN_HASH ":Wang\n", true},
};

START_TEST(who_is_changed_or_removed_is_out)
{
	in("wang");
	login_write(path, changes[_i].users);
	now_ms += SOON;
	ck_assert_msg(
	    is_in(got.token) == changes[_i].stays, "%s", changes[_i].what);
}
END_TEST

START_TEST(a_file_that_is_gone_leaves_nobody)
{
	in("wang");
	unlink(path);
	now_ms += SOON;
	ck_assert(!is_in(got.token));
	ck_assert(!sessions_has_users(sessions, now_ms));
	ck_assert_int_eq(in("wang"), LOGIN_NOBODY);
	login_write(path, LOGIN_USERS);
	now_ms += SOON;
	ck_assert(sessions_has_users(sessions, now_ms));
	ck_assert_int_eq(in("wang"), LOGIN_IN);
}
END_TEST

START_TEST(a_reload_with_the_same_file_leaves_everybody_in)
{
	in("wang");
	sessions_file(sessions, path);
	ck_assert(is_in(got.token));
	sessions_file(sessions, NULL);
	ck_assert(!is_in(got.token));
	ck_assert_int_eq(in("wang"), LOGIN_NOBODY);
}
END_TEST

/* ---- who may try ---- */

START_TEST(five_wrong_ones_lock_the_name_wherever_one_comes_from)
{
	wrong("wang", "10.0.0.1", 4);
	ck_assert(!got.locks);
	wrong("wang", "10.0.0.2", 1);
	ck_assert(got.locks);
	ck_assert_int_eq(try("wang", LOGIN_PASSWORD, "10.0.0.3"), LOGIN_LOCKED);
	ck_assert_int_eq(got.wait_ms, MINUTE);
	ck_assert_int_eq(try("li", LOGIN_PASSWORD, "10.0.0.3"), LOGIN_IN);
	now_ms += MINUTE;
	ck_assert_int_eq(try("wang", LOGIN_PASSWORD, "10.0.0.3"), LOGIN_IN);
}
END_TEST

START_TEST(five_wrong_ones_lock_the_address_whatever_the_name)
{
	static const char *const names[] = {"a", "b", "c", "wang", "e"};

	for (int i = 0; i < 5; i++)
		wrong(names[i], HERE, 1);
	ck_assert(got.locks);
	ck_assert_int_eq(in("li"), LOGIN_LOCKED);
	ck_assert_int_eq(try("li", LOGIN_PASSWORD, "10.0.0.3"), LOGIN_IN);
}
END_TEST

START_TEST(who_has_a_network_of_ipv6_has_five_tries_not_five_each)
{
	char address[32];

	for (int i = 0; i < 5; i++) {
		snprintf(address, sizeof(address), "2001:db8::%d", i);
		wrong("a", address, i < 4);
	}
	wrong("b", "2001:db8::5", 1);
	ck_assert(got.locks);
	ck_assert_int_eq(
	    try("li", LOGIN_PASSWORD, "2001:db8::6"), LOGIN_LOCKED);
	ck_assert_int_eq(try("li", LOGIN_PASSWORD, "2001:db8:1::6"), LOGIN_IN);
}
END_TEST

START_TEST(each_further_one_doubles_the_lock_to_a_quarter_of_an_hour)
{
	static const int64_t minutes[] = {1, 2, 4, 8, 15, 15};

	wrong("wang", HERE, 4);
	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		wrong("wang", HERE, 1);
		ck_assert(got.locks);
		ck_assert_int_eq(in("wang"), LOGIN_LOCKED);
		ck_assert_int_eq(got.wait_ms, minutes[i] * MINUTE);
		now_ms += minutes[i] * MINUTE;
	}
	ck_assert_int_eq(in("wang"), LOGIN_IN);
	wrong("wang", HERE, 4); /* and he begins anew */
	ck_assert_int_eq(in("wang"), LOGIN_IN);
}
END_TEST

START_TEST(trying_while_it_is_locked_makes_it_no_longer)
{
	wrong("wang", HERE, 5);
	now_ms += MINUTE / 2;
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(try("wang", "wrong", HERE), LOGIN_LOCKED);
	now_ms += MINUTE / 2;
	ck_assert_int_eq(in("wang"), LOGIN_IN);
}
END_TEST

START_TEST(who_is_in_stays_in_while_others_try)
{
	char token[SESSION_TOKEN_MAX];

	in("wang");
	strcpy(token, got.token);
	wrong("wang", HERE, 5);
	ck_assert_int_eq(in("wang"), LOGIN_LOCKED);
	ck_assert(is_in(token));
}
END_TEST

START_TEST(old_mistakes_are_forgotten)
{
	wrong("wang", HERE, 4);
	now_ms += SESSION_LOCK_MAX_MS + 1;
	wrong("wang", HERE, 4);
	ck_assert_int_eq(in("wang"), LOGIN_IN);
}
END_TEST

/* A lock is not got rid of by trying other names from other addresses. */
START_TEST(a_flood_of_names_does_not_push_a_lock_out)
{
	char name[32], address[32];

	wrong("wang", "10.9.9.9", 5);
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(
		    address, sizeof(address), "10.0.%d.%d", i / 250, i % 250);
		wrong(name, address, 1);
	}
	ck_assert_int_eq(try("wang", LOGIN_PASSWORD, "10.8.8.8"), LOGIN_LOCKED);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");

	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, who_knows_his_password_is_in);
	tcase_add_test(t, who_does_not_is_not);
	tcase_add_test(t, no_other_token_is_anybodys);
	tcase_add_test(t, each_login_has_a_token_of_its_own);
	tcase_add_test(
	    t, a_session_goes_on_until_its_end_and_no_other_takes_its_number);
	tcase_add_test(t, who_looks_on_stays_in_for_thirty_days_and_no_longer);
	tcase_add_test(t, who_logs_in_too_often_ends_his_oldest);
	tcase_add_test(t, a_session_ends_twelve_hours_after_its_last_use);
	tcase_add_test(t, a_session_that_is_used_ends_after_thirty_days);
	tcase_add_loop_test(
	    t, who_is_changed_or_removed_is_out, 0, COUNT(changes));
	tcase_add_test(t, a_file_that_is_gone_leaves_nobody);
	tcase_add_test(t, a_reload_with_the_same_file_leaves_everybody_in);
	tcase_add_test(
	    t, five_wrong_ones_lock_the_name_wherever_one_comes_from);
	tcase_add_test(t, five_wrong_ones_lock_the_address_whatever_the_name);
	tcase_add_test(
	    t, who_has_a_network_of_ipv6_has_five_tries_not_five_each);
	tcase_add_test(
	    t, each_further_one_doubles_the_lock_to_a_quarter_of_an_hour);
	tcase_add_test(t, trying_while_it_is_locked_makes_it_no_longer);
	tcase_add_test(t, who_is_in_stays_in_while_others_try);
	tcase_add_test(t, old_mistakes_are_forgotten);
	tcase_add_test(t, a_flood_of_names_does_not_push_a_lock_out);
	suite_add_tcase(s, t);
	return suite_run(s);
}
