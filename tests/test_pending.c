/* test_pending.c - changes of alarms that wait for their events */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/pending.h"
#include "tests/suite.h"

static struct pending *p;
static char text[PENDING_BYTES + 1];

static void
setup(void)
{
	p = pending_new();
}

static void
teardown(void)
{
	pending_free(p);
}

/* A text of this length, which only the change of this number has. */
static const char *
text_of(uint64_t number, size_t length)
{
	memset(text, 'a' + (int)(number % 26), length);
	text[length] = '\0';
	return text;
}

static bool
put(uint64_t number, size_t length, bool urgent)
{
	struct pending_change c = {
	    .drop = length == 0, .alarm = {.seq = number}};

	if (!pending_fits(p, length, urgent))
		return false;
	snprintf(c.alarm.key, sizeof(c.alarm.key), "lift-%llu/door",
	    (unsigned long long)number);
	text_of(number, length);
	c.alarm.members = text;
	pending_put(p, &c);
	return true;
}

static void
pass(uint64_t number, size_t length)
{
	struct pending_change *c = pending_first(p);
	char key[ORDER_KEY_MAX];

	ck_assert_ptr_nonnull(c);
	snprintf(
	    key, sizeof(key), "lift-%llu/door", (unsigned long long)number);
	ck_assert_uint_eq(c->alarm.seq, number);
	ck_assert_str_eq(c->alarm.key, key);
	ck_assert_int_eq(c->drop, length == 0);
	ck_assert_str_eq(c->alarm.members, text_of(number, length));
	pending_pass(p);
}

START_TEST(the_oldest_is_the_first)
{
	ck_assert_ptr_null(pending_first(p));
	ck_assert(put(1, 700, false));
	ck_assert(put(2, 0, true));
	ck_assert(put(3, 9, false));
	ck_assert(pending_holds(p, "lift-2/door"));
	ck_assert(!pending_holds(p, "lift-2/doo"));
	pass(1, 700);
	pass(2, 0);
	ck_assert(!pending_holds(p, "lift-2/door"));
	ck_assert(pending_holds(p, "lift-3/door"));
	pass(3, 9);
	ck_assert_ptr_null(pending_first(p));
}
END_TEST

START_TEST(some_places_are_for_what_is_urgent)
{
	uint64_t number = 0;

	while (put(number, 3, false))
		number++;
	ck_assert_uint_eq(number, PENDING_MAX - PENDING_URGENT);
	while (put(number, 3, true))
		number++;
	ck_assert_uint_eq(number, PENDING_MAX);
	ck_assert(!put(number, 0, true));
	for (uint64_t i = 0; i < number; i++)
		pass(i, 3);
	ck_assert(put(number, 3, false));
}
END_TEST

START_TEST(some_bytes_are_for_what_is_urgent)
{
	const size_t each = 16383; /* with its NUL a sixteenth of all */
	uint64_t number = 0;

	while (put(number, each, false))
		number++;
	ck_assert_uint_eq(number, 12);
	ck_assert(!put(number, 0, false));
	while (put(number, each, true))
		number++;
	ck_assert_uint_eq(number, 16);
	ck_assert(!put(number, 0, true));
	pass(0, each);
	ck_assert(!put(16, each + 1, true));
	ck_assert(put(16, each, true));
	for (uint64_t i = 1; i <= 16; i++)
		pass(i, each);
	ck_assert_ptr_null(pending_first(p));
}
END_TEST

START_TEST(a_text_may_be_as_long_as_all_room)
{
	ck_assert(!put(1, PENDING_BYTES, true));
	ck_assert(put(1, PENDING_BYTES - 1, true));
	ck_assert(!put(2, 0, true));
	pass(1, PENDING_BYTES - 1);
	ck_assert(put(2, PENDING_BYTES - PENDING_URGENT_BYTES - 1, false));
	pass(2, PENDING_BYTES - PENDING_URGENT_BYTES - 1);
	ck_assert(put(3, BOARD_MEMBERS_MAX - 1, false));
	pass(3, BOARD_MEMBERS_MAX - 1);
}
END_TEST

/* A text lies in one piece: what is left at the end stays empty. */
START_TEST(a_text_that_would_pass_the_end_begins_anew)
{
	ck_assert(put(1, 100000, true));
	ck_assert(put(2, 100000, true));
	pass(1, 100000);
	ck_assert(put(3, 90000, true)); /* not behind the second */
	ck_assert(!put(4, 10000, true)); /* nor before it: 10,000 are left */
	ck_assert(put(4, 9999, true));
	ck_assert(!put(5, 0, true));
	pass(2, 100000);
	ck_assert(put(5, 100000, true));
	pass(3, 90000);
	pass(4, 9999);
	pass(5, 100000);
}
END_TEST

/* Beside a queue that cannot be wrong. */
START_TEST(whatever_comes_and_goes_nothing_is_lost)
{
	static size_t lengths[20000];
	uint64_t in = 0, out = 0, refused = 0;
	unsigned chance = 1;

	while (in < 20000) {
		chance = chance * 1103515245 + 12345;
		if ((chance >> 16) % 9 < 5) {
			lengths[in] = (chance >> 8) % 4 == 0
			    ? (chance >> 12) % BOARD_MEMBERS_MAX
			    : (chance >> 20) % 900;
			if (put(in, lengths[in], (chance >> 28) % 2 == 0))
				in++;
			else
				refused++;
		} else if (out < in) {
			pass(out, lengths[out]);
			out++;
		}
	}
	while (out < in) {
		pass(out, lengths[out]);
		out++;
	}
	ck_assert_ptr_null(pending_first(p));
	ck_assert_uint_gt(refused, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pending");
	TCase *t = tcase_create("changes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_oldest_is_the_first);
	tcase_add_test(t, some_places_are_for_what_is_urgent);
	tcase_add_test(t, some_bytes_are_for_what_is_urgent);
	tcase_add_test(t, a_text_may_be_as_long_as_all_room);
	tcase_add_test(t, a_text_that_would_pass_the_end_begins_anew);
	tcase_add_test(t, whatever_comes_and_goes_nothing_is_lost);
	suite_add_tcase(s, t);
	return suite_run(s);
}
