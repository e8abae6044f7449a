/*
 * test_clock.c - the clocks agree with those of the C library
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "tests/suite.h"

static volatile sig_atomic_t alarms;

START_TEST(the_monotonic_clocks_agree_and_do_not_go_back)
{
	int64_t before_us = clock_mono_us();
	int64_t ms = clock_mono_ms();
	int64_t after_us = clock_mono_us();

	ck_assert_int_le(before_us / 1000, ms);
	ck_assert_int_ge(after_us / 1000, ms);
}
END_TEST

START_TEST(the_wall_clock_is_unix_time_in_milliseconds)
{
	time_t before_s = time(NULL);
	int64_t ms = clock_wall_ms();

	/* It may be 2 ms behind, time() a tick. */
	ck_assert_int_ge(ms, (int64_t)before_s * 1000 - 2);
	ck_assert_int_le(ms, (int64_t)time(NULL) * 1000 + 1100);
}
END_TEST

START_TEST(the_boot_id_is_the_kernels)
{
	uint8_t id[CLOCK_BOOT_BYTES];
	char expect[64] = "", text[64] = "";
	size_t len = 0;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(expect, sizeof(expect), f));
	fclose(f);
	clock_boot(id);
	for (size_t i = 0; i < sizeof(id); i++)
		len += (size_t)sprintf(text + len, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id[i]);
	strcat(text, "\n");
	ck_assert_str_eq(text, expect);
}
END_TEST

START_TEST(what_systemd_says_is_the_boot_goes_before_the_kernel)
{
	uint8_t id[CLOCK_BOOT_BYTES];

	setenv("RISER_BOOT_ID", "000102030405060708090a0b0c0d0eff", 1);
	clock_boot(id);
	for (size_t i = 0; i < 15; i++)
		ck_assert_uint_eq(id[i], i);
	ck_assert_uint_eq(id[15], 0xff);
	setenv("RISER_BOOT_ID", "ff0102030405060708090a0b0c0d0eff", 1);
	clock_boot(id); /* it does not change any more */
	ck_assert_uint_eq(id[0], 0);
}
END_TEST

static const char *const no_ids[] = {"", "%b", "000102030405060708090a0b0c0d0e",
    "000102030405060708090a0b0c0d0eff00", "0001020304050607-8090a0b0c0d0eff",
    "x00102030405060708090a0b0c0d0eff"};

START_TEST(what_is_no_id_of_a_boot_is_not_taken_for_one)
{
	uint8_t id[CLOCK_BOOT_BYTES], kernels[CLOCK_BOOT_BYTES];
	char text[64];
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	text[strlen(text) - 1] = '\0';
	setenv("RISER_BOOT_ID", no_ids[_i], 1);
	clock_boot(id);
	for (size_t i = 0, at = 0; i < sizeof(kernels); i++, at += 2) {
		at += text[at] == '-';
		sscanf(text + at, "%2hhx", &kernels[i]);
	}
	ck_assert_mem_eq(id, kernels, sizeof(id));
}
END_TEST

START_TEST(now_is_all_clocks_at_one_moment)
{
	int64_t mono_ms = clock_mono_ms(), wall_ms = clock_wall_ms();
	struct clock_now now;

	clock_now(&now);
	ck_assert_int_ge(now.mono_ms, mono_ms);
	ck_assert_int_ge(now.wall_ms, wall_ms);
	ck_assert_int_le(now.mono_ms, clock_mono_ms());
	ck_assert_int_le(now.wall_ms, clock_wall_ms());
	ck_assert(!now.synced); /* nobody told */
	clock_tell_synced(true);
	clock_now(&now);
	ck_assert(now.synced);
}
END_TEST

/* Read apart the two clocks turn their milliseconds a thousand times a second
 * each.  A thread that is put aside may see another difference, once. */
START_TEST(the_wall_clock_is_ahead_by_one_number_until_it_is_set)
{
	int64_t begin_ms = clock_mono_ms(), ahead_ms = 0;
	struct clock_now now;
	int changes = -1;

	do {
		clock_now(&now);
		changes += now.wall_ms - now.mono_ms != ahead_ms;
		ahead_ms = now.wall_ms - now.mono_ms;
	} while (now.mono_ms - begin_ms < 100);
	ck_assert_int_le(changes, 10);
}
END_TEST

START_TEST(a_time_in_the_past_is_not_slept_for)
{
	int64_t now_us = clock_mono_us();

	alarm(2); /* a sleep would end the test */
	clock_sleep_until_us(now_us - 1000000);
	clock_sleep_until_us(0);
	clock_sleep_until_us(-1);
	clock_sleep_until_us(INT64_MIN);
	alarm(0);
}
END_TEST

static void
count_alarm(int signal)
{
	(void)signal;
	alarms++;
}

START_TEST(a_sleep_goes_on_through_signals)
{
	const struct sigaction action = {.sa_handler = count_alarm};
	const struct itimerval every = {
	    .it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
	int64_t until_us;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	until_us = clock_mono_us() + 20000;
	clock_sleep_until_us(until_us);
	ck_assert_int_ge(clock_mono_us(), until_us);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	ck_assert_int_gt(alarms, 0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("all");

	tcase_add_test(t, the_monotonic_clocks_agree_and_do_not_go_back);
	tcase_add_test(t, the_wall_clock_is_unix_time_in_milliseconds);
	tcase_add_test(t, the_boot_id_is_the_kernels);
	tcase_add_test(t, what_systemd_says_is_the_boot_goes_before_the_kernel);
	tcase_add_loop_test(t, what_is_no_id_of_a_boot_is_not_taken_for_one, 0,
	    sizeof(no_ids) / sizeof(no_ids[0]));
	tcase_add_test(t, now_is_all_clocks_at_one_moment);
	tcase_add_test(
	    t, the_wall_clock_is_ahead_by_one_number_until_it_is_set);
	tcase_add_test(t, a_time_in_the_past_is_not_slept_for);
	tcase_add_test(t, a_sleep_goes_on_through_signals);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
