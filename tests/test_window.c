/*
 * test_window.c - acknowledgements in any order, taken in order only
 */
#include <check.h>
#include <stdlib.h>

#include "gateway/sinks/window.h"
#include "tests/suite.h"

static struct window w;

static bool
ack(int token)
{
	struct window_place p;

	return window_ack(&w, token, &p);
}

static void
send_data(int token, uint64_t seq)
{
	struct window_place p = {
	    .token = token, .kind = WINDOW_LIVE, .seq = seq, .readings = 1};

	p.sent_ms = (int64_t)seq * 10;
	window_put(&w, &p);
}

START_TEST(the_size_is_cut_to_what_there_is)
{
	window_reset(&w, 0);
	ck_assert_uint_eq(w.size, 1);
	window_reset(&w, 65535);
	ck_assert_uint_eq(w.size, WINDOW_MAX);
}
END_TEST

START_TEST(nothing_is_taken_from_an_empty_window)
{
	struct window_place p;

	window_reset(&w, 4);
	ck_assert(!window_take(&w, &p));
	ck_assert_int_eq(window_oldest(&w), -1);
}
END_TEST

START_TEST(nothing_is_taken_past_an_unacknowledged_front)
{
	struct window_place p;

	window_reset(&w, 4);
	send_data(1, 1);
	send_data(2, 2);
	ck_assert(ack(2));
	ck_assert(!window_take(&w, &p));
	ck_assert(ack(1));
	ck_assert(window_take(&w, &p));
	ck_assert_uint_eq(p.seq, 1);
	ck_assert(window_take(&w, &p));
	ck_assert_uint_eq(p.seq, 2);
}
END_TEST

START_TEST(an_unknown_or_second_acknowledgement_is_refused)
{
	window_reset(&w, 4);
	send_data(7, 1);
	send_data(8, 2);
	ck_assert(!ack(9));
	ck_assert(ack(8));
	ck_assert(!ack(8));
}
END_TEST

START_TEST(a_token_used_again_names_the_newer_message)
{
	struct window_place p;

	window_reset(&w, 4);
	send_data(1, 1);
	send_data(2, 2);
	ck_assert(ack(2)); /* stays behind the front */
	send_data(2, 3);
	ck_assert(ack(2));
	ck_assert(ack(1));
	for (uint64_t seq = 1; seq <= 3; seq++) {
		ck_assert(window_take(&w, &p));
		ck_assert_uint_eq(p.seq, seq);
	}
}
END_TEST

START_TEST(acknowledged_places_behind_the_front_still_fill_it)
{
	window_reset(&w, 2);
	send_data(1, 1);
	send_data(2, 2);
	ck_assert(ack(2));
	ck_assert(window_full(&w));
}
END_TEST

START_TEST(the_oldest_is_the_oldest_unacknowledged)
{
	window_reset(&w, 4);
	send_data(1, 1);
	send_data(2, 2);
	ck_assert_int_eq(window_oldest(&w), 10);
	ck_assert(ack(1));
	ck_assert_int_eq(window_oldest(&w), 20);
	ck_assert(ack(2));
	ck_assert_int_eq(window_oldest(&w), -1);
}
END_TEST

START_TEST(open_counts_one_kind_and_only_unacknowledged)
{
	window_reset(&w, 4);
	send_data(1, 1);
	window_put(&w, &(struct window_place){2, .kind = WINDOW_OTHER});
	window_put(&w, &(struct window_place){3, .kind = WINDOW_OTHER});
	ck_assert_uint_eq(window_open(&w, WINDOW_OTHER), 2);
	ck_assert(ack(3));
	ck_assert_uint_eq(window_open(&w, WINDOW_OTHER), 1);
	ck_assert_uint_eq(window_open(&w, WINDOW_LIVE), 1);
}
END_TEST

START_TEST(what_needs_no_acknowledgement_waits_for_its_turn)
{
	struct window_place p;

	window_reset(&w, 4);
	send_data(1, 1);
	window_put(&w,
	    &(struct window_place){
		.acked = true, .kind = WINDOW_LATE, .gap = true, .seq = 7});
	ck_assert_uint_eq(window_open(&w, WINDOW_LATE), 0);
	ck_assert(!window_take(&w, &p));
	ck_assert(ack(1));
	ck_assert(window_take(&w, &p));
	ck_assert(window_take(&w, &p));
	ck_assert(p.gap);
	ck_assert_uint_eq(p.seq, 7);
}
END_TEST

/* Acknowledges one open token of those that are, at random. */
static void
ack_any(int *open, unsigned *count)
{
	unsigned i = (unsigned)rand() % *count;

	ck_assert(ack(open[i]));
	open[i] = open[--*count];
}

START_TEST(whatever_the_order_seqs_come_out_once_and_in_order)
{
	uint64_t sent = 0, taken = 0;
	int open[WINDOW_MAX];
	unsigned open_count = 0;
	struct window_place p;

	srand((unsigned)_i);
	window_reset(&w, 1 + (unsigned)_i % WINDOW_MAX);
	while (taken < 500) {
		if (rand() % 2 == 0 && !window_full(&w)) {
			open[open_count++] = (int)(sent % 40);
			send_data((int)(sent % 40), sent + 1);
			sent++;
		} else if (open_count > 0) {
			ack_any(open, &open_count);
		}
		while (window_take(&w, &p))
			ck_assert_uint_eq(p.seq, ++taken);
		ck_assert_uint_le(w.count, w.size);
		ck_assert_uint_eq(sent - taken, w.count);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("window");
	TCase *t = tcase_create("window");

	tcase_add_test(t, the_size_is_cut_to_what_there_is);
	tcase_add_test(t, nothing_is_taken_from_an_empty_window);
	tcase_add_test(t, nothing_is_taken_past_an_unacknowledged_front);
	tcase_add_test(t, an_unknown_or_second_acknowledgement_is_refused);
	tcase_add_test(t, a_token_used_again_names_the_newer_message);
	tcase_add_test(t, acknowledged_places_behind_the_front_still_fill_it);
	tcase_add_test(t, the_oldest_is_the_oldest_unacknowledged);
	tcase_add_test(t, open_counts_one_kind_and_only_unacknowledged);
	tcase_add_test(t, what_needs_no_acknowledgement_waits_for_its_turn);
	tcase_add_loop_test(
	    t, whatever_the_order_seqs_come_out_once_and_in_order, 0, 64);
	suite_add_tcase(s, t);
	return suite_run(s);
}
