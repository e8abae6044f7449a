/*
 * test_ring.c - what is put comes out once, whole and in order
 */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/ring.h"
#include "tests/suite.h"

#define RING_BYTES 4096
#define MESSAGE_MAX 64
#define MANY 1000000u /* messages between two threads */

static struct ring *ring;
static char out[RING_BYTES];

static void
setup(void)
{
	ring = ring_new(RING_BYTES);
}

static void
teardown(void)
{
	ring_free(ring);
}

START_TEST(an_empty_ring_gives_nothing)
{
	ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), 0);
}
END_TEST

START_TEST(head_and_body_come_out_as_one_message)
{
	ck_assert(ring_put(ring, "head", 4, "body", 4));
	ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), 8);
	ck_assert_mem_eq(out, "headbody", 8);
	ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), 0);
}
END_TEST

START_TEST(head_or_body_may_be_empty)
{
	ck_assert(ring_put(ring, "head", 4, NULL, 0));
	ck_assert(ring_put(ring, NULL, 0, "body", 4));
	ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), 4);
	ck_assert_mem_eq(out, "head", 4);
	ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), 4);
	ck_assert_mem_eq(out, "body", 4);
}
END_TEST

START_TEST(a_message_may_fill_the_ring_and_not_a_byte_more)
{
	static char big[RING_BYTES];

	ck_assert(!ring_put(ring, big, RING_BYTES - 3, NULL, 0));
	ck_assert(!ring_put(ring, big, RING_BYTES, big, RING_BYTES));
	ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), 0);
	ck_assert(ring_put(ring, big, RING_BYTES - 4, NULL, 0));
	ck_assert(!ring_put(ring, "x", 1, NULL, 0));
	ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), RING_BYTES - 4);
	ck_assert(ring_put(ring, "x", 1, NULL, 0));
}
END_TEST

START_TEST(what_a_full_ring_refuses_leaves_no_trace)
{
	uint32_t n = 0, got;

	while (ring_put(ring, &n, sizeof(n), NULL, 0))
		n++;
	ck_assert_uint_eq(n, RING_BYTES / 8);
	for (uint32_t i = 0; i < n; i++) {
		ck_assert_uint_eq(ring_take(ring, &got, sizeof(got)), 4);
		ck_assert_uint_eq(got, i);
	}
	ck_assert_uint_eq(ring_take(ring, &got, sizeof(got)), 0);
}
END_TEST

START_TEST(messages_survive_the_end_of_the_memory_at_every_offset)
{
	char message[7] = "seven.";

	for (int i = 0; i < 3 * RING_BYTES; i++) {
		message[6] = (char)i;
		ck_assert(ring_put(ring, message, 3, message + 3, 4));
		ck_assert_uint_eq(ring_take(ring, out, sizeof(out)), 7);
		ck_assert_mem_eq(out, message, 7);
	}
}
END_TEST

START_TEST(sizes_are_rounded_up_to_a_power_of_two)
{
	static char big[8192];
	struct ring *r = ring_new(4097);

	ck_assert(!ring_put(r, big, 8189, NULL, 0));
	ck_assert(ring_put(r, big, 8188, NULL, 0));
	ring_free(r);
	ring_free(NULL);
}
END_TEST

START_TEST(a_reader_with_too_small_a_buffer_is_a_bug)
{
	ring_put(ring, "head", 4, "body", 4);
	ring_take(ring, out, 7);
}
END_TEST

START_TEST(a_message_of_nothing_is_a_bug)
{
	ring_put(ring, NULL, 0, NULL, 0);
}
END_TEST

/* Message n: its number, then n % 41 bytes that depend on it. */
static size_t
make_body(uint32_t n, uint8_t body[MESSAGE_MAX])
{
	size_t len = n % 41;

	for (size_t i = 0; i < len; i++)
		body[i] = (uint8_t)(n * 31 + i);
	return len;
}

static void *
write_many(void *arg)
{
	struct ring *r = arg;
	uint8_t body[MESSAGE_MAX];

	for (uint32_t n = 0; n < MANY; n++) {
		size_t len = make_body(n, body);

		while (!ring_put(r, &n, sizeof(n), body, len))
			sched_yield();
	}
	return NULL;
}

/* Whether it is message n; memcmp, for ck_assert a million times is slow. */
static bool
is_message(uint32_t n, const uint8_t *message, size_t len)
{
	uint8_t body[MESSAGE_MAX];
	size_t body_len = make_body(n, body);

	return len == sizeof(n) + body_len &&
	    memcmp(message, &n, sizeof(n)) == 0 &&
	    memcmp(message + sizeof(n), body, body_len) == 0;
}

START_TEST(two_threads_pass_a_million_messages_in_order)
{
	uint8_t message[MESSAGE_MAX];
	pthread_t writer;
	size_t len;

	ck_assert_int_eq(pthread_create(&writer, NULL, write_many, ring), 0);
	for (uint32_t n = 0; n < MANY; n++) {
		while ((len = ring_take(ring, message, sizeof(message))) == 0)
			sched_yield();
		if (!is_message(n, message, len))
			ck_abort_msg("message %u came out wrong", n);
	}
	ck_assert_int_eq(pthread_join(writer, NULL), 0);
	ck_assert_uint_eq(ring_take(ring, message, sizeof(message)), 0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("ring");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60); /* seconds; ThreadSanitizer is slow */
	tcase_add_test(t, an_empty_ring_gives_nothing);
	tcase_add_test(t, head_and_body_come_out_as_one_message);
	tcase_add_test(t, head_or_body_may_be_empty);
	tcase_add_test(t, a_message_may_fill_the_ring_and_not_a_byte_more);
	tcase_add_test(t, what_a_full_ring_refuses_leaves_no_trace);
	tcase_add_test(
	    t, messages_survive_the_end_of_the_memory_at_every_offset);
	tcase_add_test(t, sizes_are_rounded_up_to_a_power_of_two);
	tcase_add_test_raise_signal(
	    t, a_reader_with_too_small_a_buffer_is_a_bug, SIGABRT);
	tcase_add_test_raise_signal(t, a_message_of_nothing_is_a_bug, SIGABRT);
	tcase_add_test(t, two_threads_pass_a_million_messages_in_order);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
