/* test_users.c - who may log in: a users file's lines, its writing, passwords
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/web/users.h"
#include "tests/login_help.h"
#include "tests/suite.h"

#define HASH LOGIN_HASH

static char dir[] = "/tmp/test_users_XXXXXX", path[64];
static struct users users;
static struct err err;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/users", dir);
	users.count = 0;
}

static void
teardown(void)
{
	unlink(path);
	rmdir(dir);
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
}

static bool
parse(const char *text)
{
	return users_parse(&users, text, strlen(text), &err);
}

/* ---- lines ---- */

START_TEST(a_line_is_a_user)
{
	ck_assert_msg(parse("# who\n\nwang:duty:" HASH ":王师傅\n"
			    "li.b-2_x:bureau:" HASH ":李 工"),
	    "%s", err.text);
	ck_assert_uint_eq(users.count, 2);
	ck_assert_str_eq(users.all[0].name, "wang");
	ck_assert_int_eq(users.all[0].role, ROLE_DUTY);
	ck_assert_str_eq(users.all[0].hash, HASH);
	ck_assert_str_eq(users.all[0].shown, "王师傅");
	ck_assert_str_eq(users.all[1].name, "li.b-2_x");
	ck_assert_int_eq(users.all[1].role, ROLE_BUREAU);
	ck_assert_ptr_eq(users_find(&users, "wang"), &users.all[0]);
	ck_assert_ptr_null(users_find(&users, "wan"));
	ck_assert_ptr_null(users_find(&users, ""));
}
END_TEST

START_TEST(an_empty_file_has_no_users)
{
	ck_assert(parse(""));
	ck_assert(parse("# nobody yet\n"));
	ck_assert_uint_eq(users.count, 0);
}
END_TEST

#define X31 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *text, *says;
} faults[] = {
    {"wang", "line 1: this is no user: write name:role:hash:display name"},
    {"wang:duty:" HASH, "line 1: this is no user"},
    {"#\nWang:duty:" HASH ":W", "line 2: what stands first is no user's name"},
    {":duty:" HASH ":W", "no user's name"},
    {".a:duty:" HASH ":W", "no user's name"},
    {"a b:duty:" HASH ":W", "no user's name"},
    {"王:duty:" HASH ":W", "no user's name"},
    {X31 "x:duty:" HASH ":W", "too long for a user's name"},
    {"a:duty:" HASH ":W\na:viewer:" HASH ":W", "line 2: a is there twice"},
    {"a:root:" HASH ":W",
	"line 1: a has no role: write viewer, duty, engineer or bureau"},
    {"a:nobody:" HASH ":W", "a has no role"},
    {"a:Duty:" HASH ":W", "a has no role"},
    {"a::" HASH ":W", "a has no role"},
    {"a:duty::W", "a has no hash"},
    {"a:duty:secret:W", "a has no hash of a password"},
    {"a:duty:!:W", "a has no hash"},
    {"a:duty:*0:W", "a has no hash"},
    {"a:duty:$q$x:W", "a has no hash"},
    {"a:duty:" HASH ":", "what stands last is no name for people"},
    {"a:duty:" HASH ":x:y", "a colon"},
    {"a:duty:" HASH ":\"", "a colon"},
    {"a:duty:" HASH ":a\\b", "a colon"},
    {"a:duty:" HASH ":a\tb", "control character"},
    {"a:duty:" HASH ":W\r", "control character"},
    {"a:duty:" HASH ":\xc2\x85", "control character"},
    {"a:duty:" HASH ":\xff", "not UTF-8"},
    {"a:duty:" HASH ":" X31 X31 "xx", "1 to 63 bytes"},
};

START_TEST(one_mistake_refuses_the_file)
{
	ck_assert_msg(!parse(faults[_i].text), "%s", faults[_i].text);
	ck_assert_msg(strstr(err.text, faults[_i].says) != NULL,
	    "\"%s\" is missing in: %s", faults[_i].says, err.text);
	ck_assert_uint_eq(users.count, 0);
}
END_TEST

START_TEST(a_nul_is_no_text)
{
	static const char text[] = "a:duty:" HASH ":W\0b:duty:" HASH ":W";

	ck_assert(!users_parse(&users, text, sizeof(text) - 1, &err));
}
END_TEST

START_TEST(sixty_four_users_are_all)
{
	char text[16384] = "";

	for (int i = 0; i < USERS_MAX; i++)
		sprintf(text + strlen(text), "u%d:viewer:%s:U\n", i, HASH);
	ck_assert_msg(parse(text), "%s", err.text);
	ck_assert_uint_eq(users.count, USERS_MAX);
	strcat(text, "more:viewer:" HASH ":U\n");
	ck_assert(!parse(text));
	ck_assert_ptr_nonnull(strstr(err.text, "more is one too many"));
}
END_TEST

/* ---- the file ---- */

START_TEST(what_is_written_is_read_and_is_nobody_elses)
{
	struct users again;
	struct stat st;

	umask(0);
	ck_assert(parse(LOGIN_USERS));
	ck_assert_int_eq(users_write(&users, path, &err), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(users_read(&again, path, &err), 0);
	ck_assert_uint_eq(again.count, users.count);
	for (size_t i = 0; i < users.count; i++) {
		ck_assert_str_eq(again.all[i].name, users.all[i].name);
		ck_assert_str_eq(again.all[i].shown, users.all[i].shown);
		ck_assert_str_eq(again.all[i].hash, users.all[i].hash);
		ck_assert_int_eq(again.all[i].role, users.all[i].role);
	}
}
END_TEST

START_TEST(a_file_that_is_replaced_is_never_half_there)
{
	struct stat before, after;

	login_write(path, LOGIN_USERS);
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert(parse(LOGIN_USERS));
	ck_assert_int_eq(users_write(&users, path, &err), 0);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino); /* by rename */
	ck_assert_int_eq(rmdir(dir), -1);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else is left in it */
	ck_assert_int_eq(mkdir(dir, 0700), 0);
}
END_TEST

START_TEST(the_group_that_may_read_the_file_still_may)
{
	struct stat st;

	login_write(path, LOGIN_USERS);
	ck_assert(parse(LOGIN_USERS));
	chmod(path, 0640);
	ck_assert_int_eq(users_write(&users, path, &err), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	chmod(path, 0666); /* no more than that */
	ck_assert_int_eq(users_write(&users, path, &err), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(who_changes_the_file_keeps_others_from_it_and_leaves_nothing)
{
	int fd = users_lock(path, &err), other;

	ck_assert_int_ne(fd, -1);
	other = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), -1);
	close(fd);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(users_lock("/nowhere/users", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/nowhere: No such file"));
}
END_TEST

START_TEST(a_file_that_others_may_read_is_refused)
{
	login_write(path, LOGIN_USERS);
	chmod(path, 0604);
	ck_assert_int_eq(users_read(&users, path, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "readable by others"));
	chmod(path, 0622);
	ck_assert_int_eq(users_read(&users, path, &err), -1);
	chmod(path, 0440); /* as systemd gives a credential */
	ck_assert_int_eq(users_read(&users, path, &err), 0);
}
END_TEST

START_TEST(a_file_that_is_not_there_says_so)
{
	ck_assert_int_eq(users_read(&users, path, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(users_read(&users, dir, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no regular file"));
	ck_assert_int_eq(users_write(&users, "/nowhere/users", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/nowhere/users cannot be"));
}
END_TEST

/* ---- passwords ---- */

START_TEST(a_password_matches_its_hash_and_no_other)
{
	char hash[USER_HASH_MAX], other[USER_HASH_MAX];

	ck_assert(user_hash(hash, LOGIN_PASSWORD));
	ck_assert(user_hash(other, LOGIN_PASSWORD));
	ck_assert_int_eq(strncmp(hash, "$y$", 3), 0);
	ck_assert_str_ne(hash, other); /* each has a salt of its own */
	ck_assert_ptr_null(strchr(hash, ':'));
	ck_assert(user_matches(hash, LOGIN_PASSWORD));
	ck_assert(!user_matches(hash, LOGIN_PASSWORD " "));
	ck_assert(!user_matches(hash, ""));
	ck_assert(!user_matches(NULL, LOGIN_PASSWORD));
	ck_assert(!user_matches("", ""));
	ck_assert(!user_matches("*0", "*0"));
}
END_TEST

/* Else who asks learns who is there.  By the work, not by a clock: libcrypt
 * takes the cost from what it is given, so the two must have the same. */
START_TEST(nobody_takes_as_long_as_somebody)
{
	char hash[USER_HASH_MAX];
	int64_t begin_ms, real_ms, none_ms;

	ck_assert(user_hash(hash, LOGIN_PASSWORD));
	begin_ms = clock_mono_ms();
	for (int i = 0; i < 3; i++)
		user_matches(hash, "wrong");
	real_ms = clock_mono_ms() - begin_ms;
	begin_ms = clock_mono_ms();
	for (int i = 0; i < 3; i++)
		user_matches(NULL, "wrong");
	none_ms = clock_mono_ms() - begin_ms;
	ck_assert_int_gt(none_ms, real_ms / 10);
}
END_TEST

static const struct {
	const char *password, *says;
} weak[] = {
    {"", "too short"},
    {"123456789", "too short"},
    {"一二三四五六七八九", "too short"},
    {"aaaaaaaaaaaaaaaa", "again and again"},
    {"wangwang12", "little more than the user's name"},
};

START_TEST(a_weak_password_is_refused)
{
	const char *why = user_password_fault("wang", weak[_i].password);

	ck_assert_msg(why != NULL && strstr(why, weak[_i].says) != NULL,
	    "%s: %s", weak[_i].password, why != NULL ? why : "(fine)");
}
END_TEST

START_TEST(a_good_password_is_fine)
{
	char longest[USER_PASSWORD_MAX + 1];

	ck_assert_ptr_null(user_password_fault("wang", LOGIN_PASSWORD));
	ck_assert_ptr_null(user_password_fault("wang", "一二三四五六七八九十"));
	memset(longest, 'a', sizeof(longest));
	longest[1] = 'b';
	longest[USER_PASSWORD_MAX - 1] = '\0';
	ck_assert_ptr_null(user_password_fault("wang", longest));
	longest[USER_PASSWORD_MAX - 1] = 'a';
	longest[USER_PASSWORD_MAX] = '\0';
	ck_assert_ptr_nonnull(user_password_fault("wang", longest));
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *s = suite_create("users");
	TCase *t = tcase_create("users");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_line_is_a_user);
	tcase_add_test(t, an_empty_file_has_no_users);
	tcase_add_loop_test(t, one_mistake_refuses_the_file, 0, COUNT(faults));
	tcase_add_test(t, a_nul_is_no_text);
	tcase_add_test(t, sixty_four_users_are_all);
	tcase_add_test(t, what_is_written_is_read_and_is_nobody_elses);
	tcase_add_test(t, a_file_that_is_replaced_is_never_half_there);
	tcase_add_test(t, the_group_that_may_read_the_file_still_may);
	tcase_add_test(
	    t, who_changes_the_file_keeps_others_from_it_and_leaves_nothing);
	tcase_add_test(t, a_file_that_others_may_read_is_refused);
	tcase_add_test(t, a_file_that_is_not_there_says_so);
	tcase_add_test(t, a_password_matches_its_hash_and_no_other);
	tcase_add_test(t, nobody_takes_as_long_as_somebody);
	tcase_add_loop_test(t, a_weak_password_is_refused, 0, COUNT(weak));
	tcase_add_test(t, a_good_password_is_fine);
	suite_add_tcase(s, t);
	return suite_run(s);
}
