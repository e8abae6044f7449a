/* suite.h - how every test program ends: runs its suite, returns the exit code.
 * Through main's return, so that LeakSanitizer looks. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>

static inline int
suite_run_as(Suite *s, enum fork_status fork_status)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_set_fork_status(r, fork_status);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

/* Each test in a process of its own, unless CK_FORK=no says otherwise. */
static inline int
suite_run(Suite *s)
{
	return suite_run_as(s, CK_FORK_GETENV);
}

/* All tests in this process: they share threads or counts. */
static inline int
suite_run_unforked(Suite *s)
{
	return suite_run_as(s, CK_NOFORK);
}

#endif
