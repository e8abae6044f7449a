/*
 * test_tether.c - a thread that hangs is left behind, one that does not is not
 */
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/sinks/tether.h"
#include "tests/suite.h"

/* A thread that hangs outside until its pipe is closed. */
struct hanging {
	struct tether tether;
	int pipe[2];
	int *touched, *buried; /* the test's: they outlive it */
};

static int touched, buried;

static void
bury(void *arg)
{
	struct hanging *h = arg;

	__atomic_add_fetch(h->buried, 1, __ATOMIC_SEQ_CST);
	close(h->pipe[0]);
	tether_free(&h->tether);
	free(h);
}

static void *
hang(void *arg)
{
	struct hanging *h = arg;
	char byte;

	pthread_cleanup_push(bury, h);
	tether_in(&h->tether);
	do {
		tether_out(&h->tether);
		(void)!read(h->pipe[0], &byte, 1);
		tether_in(&h->tether);
		++*h->touched;
	} while (!h->tether.stopping);
	tether_leave(&h->tether);
	pthread_cleanup_pop(0);
	return NULL;
}

static struct hanging *
hanging_start(void)
{
	struct hanging *h = calloc(1, sizeof(*h));

	ck_assert_ptr_nonnull(h);
	touched = buried = 0;
	h->touched = &touched;
	h->buried = &buried;
	ck_assert_int_eq(pipe(h->pipe), 0);
	tether_init(&h->tether);
	ck_assert_int_eq(tether_start(&h->tether, "hang", hang, h), 0);
	return h;
}

START_TEST(a_thread_that_is_woken_leaves_and_is_joined)
{
	struct hanging *h = hanging_start();

	tether_ask(&h->tether, 5000);
	close(h->pipe[1]);
	ck_assert(tether_stop(&h->tether));
	close(h->pipe[0]);
	tether_free(&h->tether);
	free(h);
	ck_assert_int_eq(buried, 0);
}
END_TEST

START_TEST(a_thread_that_hangs_is_left_behind_in_time)
{
	struct hanging *h = hanging_start();
	int64_t from_ms = clock_mono_ms();
	int fd = h->pipe[1];

	tether_ask(&h->tether, 50);
	ck_assert(!tether_stop(&h->tether));
	tether_out(&h->tether);
	ck_assert_int_le(clock_mono_ms() - from_ms, 1000);

	close(fd); /* now it comes back, too late */
	while (__atomic_load_n(&buried, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	ck_assert_int_eq(touched, 0);
}
END_TEST

START_TEST(who_cuts_it_holds_the_lock_until_all_is_taken_away)
{
	struct hanging *h = hanging_start();
	int fd = h->pipe[1];

	tether_ask(&h->tether, 0);
	ck_assert(!tether_stop(&h->tether));
	close(fd); /* it comes back, and waits */
	usleep(20000);
	ck_assert_int_eq(__atomic_load_n(&buried, __ATOMIC_SEQ_CST), 0);
	tether_out(&h->tether);
	while (__atomic_load_n(&buried, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	ck_assert_int_eq(touched, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tether");
	TCase *t = tcase_create("tether");

	tcase_add_test(t, a_thread_that_is_woken_leaves_and_is_joined);
	tcase_add_test(t, a_thread_that_hangs_is_left_behind_in_time);
	tcase_add_test(t, who_cuts_it_holds_the_lock_until_all_is_taken_away);
	suite_add_tcase(s, t);
	return suite_run(s);
}
