/*
 * test_timedate.c - a machine without libsystemd
 *
 * dlopen is the test's own: it finds nothing.
 */
#include <check.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/timedate.h"
#include "tests/suite.h"

static int wanted; /* how often the library was */

void *
dlopen(const char *file, int mode)
{
	(void)mode;
	wanted += strcmp(file, "libsystemd.so.0") == 0;
	return NULL;
}

START_TEST(without_libsystemd_the_log_says_once_what_to_install)
{
	char said[1024] = "", *sentence;
	FILE *log = tmpfile();
	int saved = dup(STDERR_FILENO);

	dup2(fileno(log), STDERR_FILENO);
	ck_assert(!timedate_synced());
	ck_assert(!timedate_synced());
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(log);
	ck_assert_uint_gt(fread(said, 1, sizeof(said) - 1, log), 0);
	fclose(log);
	ck_assert_int_eq(wanted, 2);
	sentence = strstr(said, "install libsystemd0");
	ck_assert_ptr_nonnull(sentence);
	ck_assert_ptr_null(strstr(sentence + 1, "install libsystemd0"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("timedate");
	TCase *t = tcase_create("libsystemd");

	tcase_add_test(t, without_libsystemd_the_log_says_once_what_to_install);
	suite_add_tcase(s, t);
	return suite_run(s);
}
