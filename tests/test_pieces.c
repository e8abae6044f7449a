/* test_pieces.c - a request that is refused is asked in pieces */
#include <check.h>
#include <stdlib.h>

#include "gateway/poll/pieces.h"
#include "tests/suite.h"

#define POINTS 60

static int64_t
no_cost(const struct driver_line *line, const struct driver_request *q)
{
	(void)line;
	return q->count;
}

static const struct driver driver = {.cost_us = no_cost};
static const struct driver_line line;
static struct plan *plan;
static struct pieces *pieces;
static int64_t now_ms;

/* Points of so many registers at 100, 102 and so on, the later half of them
 * with another period; and an identity if so wanted. */
static void
open_points(size_t count, uint16_t width, uint32_t later_ms, bool identity)
{
	struct plan_point points[POINTS];
	struct plan_device d = {.unit = 1,
	    .max_read = 125,
	    .max_gap = 8,
	    .has_identity = identity,
	    .identity = {.space = SPACE_HOLDING, .count = 1},
	    .points = points,
	    .point_count = count};

	for (uint16_t i = 0; i < count; i++)
		points[i] = (struct plan_point){i, SPACE_HOLDING,
		    (uint16_t)(100 + 2 * i), width,
		    i < count / 2 ? 1000 : later_ms, 0, false};
	plan = plan_new(&d, 1, &driver, &line);
	pieces = pieces_new(plan);
	now_ms = 1000;
}

static void
open_pieces(size_t count, bool identity)
{
	open_points(count, 2, 1000, identity);
}

static void
close_pieces(void)
{
	pieces_free(pieces);
	plan_free(plan);
}

static bool
covers(const struct piece *p, uint16_t register_)
{
	return register_ >= p->ask.address &&
	    register_ < p->ask.address + p->ask.count;
}

/* One pass over request i of a device that refuses whatever touches one of the
 * registers; read counts the points that were answered.  Returns how many
 * questions it took. */
static int
pass(size_t i, const uint16_t *refused, size_t count, int read[POINTS])
{
	struct piece piece;
	int asked = 0;

	while (pieces_get(pieces, i, now_ms, &piece)) {
		bool no = false;

		asked++;
		for (size_t k = 0; k < count; k++)
			no |= covers(&piece, refused[k]);
		if (no && pieces_refused(pieces, i, now_ms))
			continue;
		for (uint32_t k = 0; !no && k < piece.part_count; k++) {
			const struct plan_part *part =
			    &plan->parts[piece.part_first + k];

			ck_assert_int_eq(
			    piece.ask.address + part->at - piece.at,
			    100 + 2 * part->point);
			read[part->point]++;
		}
		if (pieces_done(pieces, i, now_ms, true))
			break;
	}
	return asked;
}

START_TEST(a_request_that_is_answered_is_asked_whole)
{
	int read[POINTS] = {0};

	open_pieces(POINTS, false);
	ck_assert_int_eq(pass(0, NULL, 0, read), 1);
	ck_assert(pieces_at_start(pieces, 0));
	for (int i = 0; i < POINTS; i++)
		ck_assert_int_eq(read[i], 1);
	close_pieces();
}
END_TEST

START_TEST(an_identity_is_always_whole)
{
	struct piece piece;

	open_pieces(1, true);
	ck_assert(plan->requests[0].identity);
	ck_assert(pieces_get(pieces, 0, now_ms, &piece));
	ck_assert_uint_eq(piece.ask.count, 1);
	ck_assert_uint_eq(piece.part_count, 0);
	ck_assert(pieces_done(pieces, 0, now_ms, true));
	close_pieces();
}
END_TEST

START_TEST(all_points_but_the_refused_one_are_read_in_the_first_pass)
{
	for (uint16_t at = 100; at < 100 + 2 * POINTS; at++) {
		int read[POINTS] = {0};

		open_pieces(POINTS, false);
		ck_assert_int_le(pass(0, &at, 1, read), 2 * 6 + 1);
		for (int i = 0; i < POINTS; i++)
			ck_assert_int_eq(read[i], i == (at - 100) / 2 ? 0 : 1);
		ck_assert_uint_eq(pieces_refused_points(pieces), 1);
		close_pieces();
	}
}
END_TEST

START_TEST(later_passes_leave_the_refused_one_alone)
{
	const uint16_t at = 107;
	int read[POINTS] = {0};
	int first, later;

	open_pieces(POINTS, false);
	first = pass(0, &at, 1, read);
	later = pass(0, &at, 1, read);
	ck_assert_int_lt(later, first);
	for (int i = 0; i < POINTS; i++)
		ck_assert_int_eq(read[i], i == 3 ? 0 : 2);
	ck_assert_int_eq(pass(0, &at, 1, read), later);
	close_pieces();
}
END_TEST

START_TEST(a_refused_point_is_asked_again_after_longer_and_longer)
{
	const uint16_t at = 103;
	int64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
	int read[POINTS] = {0}, least;

	open_pieces(4, false);
	pass(0, &at, 1, read);
	least = pass(0, &at, 1, read);
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		now_ms += waits[i] * 60000 - 1;
		ck_assert_int_eq(pass(0, &at, 1, read), least);
		now_ms++;
		ck_assert_int_eq(pass(0, &at, 1, read), least + 1);
	}
	ck_assert_int_eq(read[1], 0);
	close_pieces();
}
END_TEST

START_TEST(a_point_that_is_answered_again_stays_so)
{
	const uint16_t at = 103;
	int read[POINTS] = {0};

	open_pieces(4, false);
	pass(0, &at, 1, read);
	now_ms += PIECES_AGAIN_MIN_MS;
	pass(0, NULL, 0, read);
	ck_assert_int_eq(read[1], 1);
	ck_assert_uint_eq(pieces_refused_points(pieces), 0);
	ck_assert_int_eq(pass(0, NULL, 0, read), 1); /* whole again */
	ck_assert_int_eq(read[1], 2);
	close_pieces();
}
END_TEST

/* It starts, and refuses all; then all but one point that it has not. */
START_TEST(pieces_grow_together_around_what_stays_refused)
{
	const uint16_t all[] = {100, 102, 104, 106, 108, 110}, one = 104;
	int read[POINTS] = {0};

	open_pieces(6, false);
	pass(0, all, 6, read);
	now_ms += PIECES_AGAIN_MIN_MS;
	ck_assert_int_eq(pass(0, &one, 1, read), 6);
	ck_assert_int_eq(pass(0, &one, 1, read), 2);
	ck_assert_uint_eq(pieces_refused_points(pieces), 1);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(read[i], i == 2 ? 0 : 2);
	now_ms += 2 * PIECES_AGAIN_MIN_MS;
	pass(0, NULL, 0, read);
	ck_assert_int_eq(pass(0, NULL, 0, read), 1);
	close_pieces();
}
END_TEST

START_TEST(a_refused_point_that_is_given_up_is_refused_still)
{
	const uint16_t at = 103;
	int read[POINTS] = {0};
	struct piece piece;

	open_pieces(2, false);
	pass(0, &at, 1, read);
	now_ms += PIECES_AGAIN_MIN_MS;
	do
		ck_assert(pieces_get(pieces, 0, now_ms, &piece));
	while (!pieces_done(pieces, 0, now_ms, false));
	ck_assert_uint_eq(pieces_refused_points(pieces), 1);
	ck_assert_int_eq(pass(0, NULL, 0, read), 1);
	ck_assert_int_eq(read[1], 0);
	close_pieces();
}
END_TEST

START_TEST(a_request_all_of_which_is_refused_is_not_asked)
{
	const uint16_t all[] = {100, 102, 104, 106};
	int read[POINTS] = {0};

	open_pieces(4, false);
	ck_assert_int_eq(pass(0, all, 4, read), 7);
	ck_assert_int_eq(pass(0, all, 4, read), 0);
	ck_assert_uint_eq(pieces_refused_points(pieces), 4);
	close_pieces();
}
END_TEST

START_TEST(a_device_that_is_another_is_asked_whole_again)
{
	const uint16_t at = 103;
	int read[POINTS] = {0};

	open_pieces(4, false);
	pass(0, &at, 1, read);
	pieces_forget(pieces, 0);
	ck_assert_uint_eq(pieces_refused_points(pieces), 0);
	ck_assert_int_eq(pass(0, NULL, 0, read), 1);
	close_pieces();
}
END_TEST

START_TEST(a_refused_point_among_sixty_leaves_two_pieces)
{
	for (uint16_t at = 102; at < 100 + 2 * POINTS - 2; at++) {
		int read[POINTS] = {0};

		open_pieces(POINTS, false);
		pass(0, &at, 1, read);
		ck_assert_int_eq(pass(0, &at, 1, read), 2);
		ck_assert_int_eq(pass(0, &at, 1, read), 2);
		for (int i = 0; i < POINTS; i++)
			ck_assert_int_eq(read[i], i == (at - 100) / 2 ? 0 : 3);
		close_pieces();
	}
}
END_TEST

START_TEST(nothing_is_read_across_what_is_refused_between_two_points)
{
	int64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
	const uint16_t at = 107; /* behind the fourth point, alone */
	int read[POINTS] = {0};

	open_points(12, 1, 1000, false);
	pass(0, &at, 1, read);
	pass(0, &at, 1, read); /* and once more, to be sure */
	ck_assert_uint_eq(pieces_refused_points(pieces), 0);
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		ck_assert_int_eq(pass(0, &at, 1, read), 2);
		now_ms += waits[i] * 60000 - 1;
		ck_assert_int_eq(pass(0, &at, 1, read), 2);
		now_ms++;
		ck_assert_int_eq(pass(0, &at, 1, read), 2); /* joined now */
		ck_assert_int_gt(pass(0, &at, 1, read), 2);
	}
	now_ms += 3600000;
	pass(0, NULL, 0, read);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pass(0, NULL, 0, read), 1);
	close_pieces();
}
END_TEST

START_TEST(one_refusal_without_a_reason_takes_nothing_apart)
{
	int read[POINTS] = {0};
	struct piece piece;

	open_pieces(POINTS, false);
	for (int i = 0; i < 5; i++) {
		ck_assert(pieces_get(pieces, 0, now_ms, &piece));
		ck_assert_uint_eq(piece.part_count, POINTS);
		ck_assert(pieces_refused(pieces, 0, now_ms));
		ck_assert_int_eq(pass(0, NULL, 0, read), 2);
		ck_assert_int_eq(pass(0, NULL, 0, read), 1);
	}
	close_pieces();
}
END_TEST

/* The least number of questions that touch none of the registers. */
static int
least(int points, uint16_t width, const uint16_t *refused, size_t count)
{
	int least = 0;
	bool open = false;

	for (uint16_t at = 100; at < 100 + 2 * points; at++) {
		bool is_point = (at - 100) % 2 == 0;

		for (size_t k = 0; k < count; k++)
			if (refused[k] == at ||
			    (is_point && refused[k] == at + width - 1))
				open = is_point = false;
		least += is_point && !open;
		open |= is_point;
	}
	return least;
}

START_TEST(in_the_end_there_are_no_more_pieces_than_must_be)
{
	srand(4);
	for (int i = 0; i < 5000; i++) {
		int points = 1 + rand() % POINTS;
		size_t count = (size_t)(rand() % 6);
		uint16_t width = (uint16_t)(1 + rand() % 2), refused[5];
		int read[POINTS] = {0}, passes = 0;

		open_points((size_t)points, width, 1000, false);
		for (size_t k = 0; k < count; k++)
			refused[k] = (uint16_t)(100 + rand() % (2 * points));
		while (passes++ <= 2 * (int)count)
			pass(0, refused, count, read);
		ck_assert_int_eq(pass(0, refused, count, read),
		    least(points, width, refused, count));
		close_pieces();
	}
}
END_TEST

START_TEST(a_piece_that_is_not_answered_is_not_joined_to_others)
{
	const uint16_t at = 104;
	int read[POINTS] = {0};
	struct piece piece;
	bool over = false;

	open_pieces(6, false);
	ck_assert(pieces_get(pieces, 0, now_ms, &piece));
	ck_assert(pieces_refused(pieces, 0, now_ms)); /* for the third */
	while (!over) {
		ck_assert(pieces_get(pieces, 0, now_ms, &piece));
		if (covers(&piece, at) && pieces_refused(pieces, 0, now_ms))
			continue;
		over = pieces_done(pieces, 0, now_ms, piece.ask.address < 106);
	}
	ck_assert_int_eq(pass(0, &at, 1, read), 2); /* 0 and 1; 3 to 5 */
	ck_assert_int_eq(read[5], 1);
	ck_assert_int_eq(pass(0, &at, 1, read), 2);
	close_pieces();
}
END_TEST

START_TEST(a_piece_of_slower_points_goes_at_their_period)
{
	static const struct {
		uint32_t every_ms;
		int64_t goes_ms; /* seconds are tried */
	} cases[] = {{3000, 3000}, {60000, 10000}, {15000, 8000}};
	const uint16_t at = 109;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int read[POINTS] = {0};

		open_points(10, 1, cases[i].every_ms, false);
		ck_assert_uint_eq(plan->request_count, 1);
		now_ms = 60000;
		pass(0, &at, 1, read);
		pass(0, &at, 1, read);
		for (int pass_ms = 1000; pass_ms < cases[i].goes_ms;
		     pass_ms += 1000) {
			now_ms = 60000 + pass_ms;
			ck_assert_int_eq(pass(0, &at, 1, read), 1);
		}
		now_ms = 60000 + cases[i].goes_ms;
		ck_assert_int_eq(pass(0, &at, 1, read), 2);
		ck_assert_int_eq(read[9], 3);
		ck_assert_int_eq(read[0], 2 + (int)(cases[i].goes_ms / 1000));
		close_pieces();
	}
}
END_TEST

/* Two requests of two holding registers each, one of a holding register, and
 * one of a coil; the same of a second unit. */
static void
open_spaces(void)
{
	static const struct plan_point points[] = {
	    {0, SPACE_HOLDING, 100, 1, 1000, 0, false},
	    {1, SPACE_HOLDING, 101, 1, 1000, 0, false},
	    {2, SPACE_HOLDING, 200, 1, 1000, 0, false},
	    {3, SPACE_HOLDING, 201, 1, 1000, 0, false},
	    {4, SPACE_HOLDING, 300, 1, 1000, 0, false},
	    {5, SPACE_COIL, 100, 1, 1000, 0, false}};
	struct plan_device d[2] = {{.unit = 1,
	    .max_read = 125,
	    .max_gap = 8,
	    .points = points,
	    .point_count = 6}};

	d[1] = d[0];
	d[1].device = 1;
	d[1].unit = 2;
	plan = plan_new(d, 2, &driver, &line);
	ck_assert_uint_eq(plan->request_count, 8);
	pieces = pieces_new(plan);
	now_ms = 1000;
}

/* The requests of which something may be asked now. */
static unsigned
askable(void)
{
	unsigned set = 0;

	for (size_t i = 0; i < plan->request_count; i++) {
		struct piece piece;

		set |= (unsigned)pieces_get(pieces, i, now_ms, &piece) << i;
	}
	return set;
}

/* By what the plan made of them: coils first. */
enum { COIL = 1 << 0, HOLDING = 7 << 1, OTHER_UNIT = 15 << 4 };

START_TEST(an_unknown_function_leaves_its_whole_space_of_the_unit_alone)
{
	open_spaces();
	ck_assert(pieces_unserved(pieces, 2, now_ms));
	ck_assert_uint_eq(askable(), COIL | OTHER_UNIT);
	ck_assert_uint_eq(pieces_refused_points(pieces), 5);
	now_ms += PIECES_AGAIN_MIN_MS - 1;
	ck_assert_uint_eq(askable(), COIL | OTHER_UNIT);
	pieces_forget(pieces, 0);
	ck_assert_uint_eq(askable(), COIL | HOLDING | OTHER_UNIT);
	ck_assert_uint_eq(pieces_refused_points(pieces), 0);
	close_pieces();
}
END_TEST

START_TEST(of_an_unknown_space_one_point_is_asked_for_each_time_another)
{
	static const uint16_t shown[] = {
	    200, 300, 101, 201, 300, 100, 200, 300, 101};
	int64_t wait_ms = PIECES_AGAIN_MIN_MS;
	struct piece piece;

	open_spaces();
	ck_assert(pieces_unserved(pieces, 1, now_ms));
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		size_t r = 1 + (i + 1) % 3;

		now_ms += wait_ms - 1;
		ck_assert_uint_eq(askable() & HOLDING, 0);
		now_ms++;
		ck_assert_uint_eq(askable() & HOLDING, 1u << r);
		ck_assert(pieces_get(pieces, r, now_ms, &piece));
		ck_assert_uint_eq(piece.ask.address, shown[i]);
		ck_assert_uint_eq(piece.ask.count, 1);
		ck_assert_uint_eq(piece.part_count, 1);
		ck_assert(pieces_unserved(pieces, r, now_ms));
		wait_ms *= 2;
		if (wait_ms > PIECES_AGAIN_MAX_MS)
			wait_ms = PIECES_AGAIN_MAX_MS;
	}
	ck_assert_uint_eq(pieces_refused_points(pieces), 5);
	close_pieces();
}
END_TEST

START_TEST(a_point_of_an_unknown_space_that_is_not_answered_waits_as_long)
{
	struct piece piece;

	open_spaces();
	ck_assert(pieces_unserved(pieces, 1, now_ms));
	now_ms += PIECES_AGAIN_MIN_MS;
	ck_assert(pieces_get(pieces, 2, now_ms, &piece));
	ck_assert(pieces_done(pieces, 2, now_ms, false));
	ck_assert_uint_eq(askable() & HOLDING, 0);
	now_ms += PIECES_AGAIN_MIN_MS;
	ck_assert_uint_eq(askable() & HOLDING, 1 << 2);
	close_pieces();
}
END_TEST

START_TEST(one_point_answered_makes_a_space_known_and_its_requests_whole)
{
	struct piece piece;

	for (int refused = 0; refused < 2; refused++) {
		open_spaces();
		ck_assert(pieces_unserved(pieces, 1, now_ms));
		now_ms += PIECES_AGAIN_MIN_MS;
		ck_assert(pieces_get(pieces, 2, now_ms, &piece));
		if (refused) /* with exception 2: it knows the function */
			ck_assert(pieces_refused(pieces, 2, now_ms));
		else
			ck_assert(pieces_done(pieces, 2, now_ms, true));
		ck_assert_uint_eq(pieces_refused_points(pieces), 0);
		ck_assert_uint_eq(askable() & HOLDING, HOLDING);
		ck_assert(pieces_get(pieces, 2, now_ms, &piece));
		ck_assert_uint_eq(piece.part_count, 2);
		close_pieces();
	}
}
END_TEST

START_TEST(a_function_that_was_answered_is_known)
{
	struct piece piece;

	open_spaces();
	ck_assert(pieces_get(pieces, 1, now_ms, &piece));
	ck_assert(pieces_done(pieces, 1, now_ms, true));
	ck_assert(!pieces_unserved(pieces, 2, now_ms));
	ck_assert(pieces_unserved(pieces, 0, now_ms)); /* coils: another */
	ck_assert(pieces_unserved(pieces, 5, now_ms)); /* another unit's */
	ck_assert_uint_eq(pieces_refused_points(pieces), 6);
	close_pieces();
}
END_TEST

START_TEST(whatever_is_refused_the_others_are_read_once_a_pass)
{
	srand(3);
	for (int i = 0; i < 2000; i++) {
		size_t count = (size_t)(rand() % 5);
		int read[POINTS] = {0}, asked;
		uint16_t refused[5];

		open_pieces(POINTS, false);
		for (size_t k = 0; k < count; k++)
			refused[k] = (uint16_t)(100 + rand() % (2 * POINTS));
		asked = pass(0, refused, count, read);
		ck_assert_int_le(asked, 2 * POINTS);
		ck_assert_int_le(pass(0, refused, count, read), POINTS);
		for (int p = 0; p < POINTS; p++) {
			bool no = false;

			for (size_t k = 0; k < count; k++)
				no |= (refused[k] - 100) / 2 == p;
			ck_assert_int_eq(read[p], no ? 0 : 2);
		}
		close_pieces();
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pieces");
	TCase *t = tcase_create("pieces");

	suite_add_tcase(s, t);
	tcase_add_test(t, a_request_that_is_answered_is_asked_whole);
	tcase_add_test(t, an_identity_is_always_whole);
	tcase_add_test(
	    t, all_points_but_the_refused_one_are_read_in_the_first_pass);
	tcase_add_test(t, later_passes_leave_the_refused_one_alone);
	tcase_add_test(
	    t, a_refused_point_is_asked_again_after_longer_and_longer);
	tcase_add_test(t, a_point_that_is_answered_again_stays_so);
	tcase_add_test(t, pieces_grow_together_around_what_stays_refused);
	tcase_add_test(t, a_refused_point_that_is_given_up_is_refused_still);
	tcase_add_test(t, a_request_all_of_which_is_refused_is_not_asked);
	tcase_add_test(t, a_device_that_is_another_is_asked_whole_again);
	tcase_add_test(t, a_refused_point_among_sixty_leaves_two_pieces);
	tcase_add_test(
	    t, nothing_is_read_across_what_is_refused_between_two_points);
	tcase_add_test(t, one_refusal_without_a_reason_takes_nothing_apart);
	tcase_add_test(t, in_the_end_there_are_no_more_pieces_than_must_be);
	tcase_add_test(t, a_piece_that_is_not_answered_is_not_joined_to_others);
	tcase_add_test(t, a_piece_of_slower_points_goes_at_their_period);
	tcase_add_test(t, whatever_is_refused_the_others_are_read_once_a_pass);
	tcase_add_test(
	    t, an_unknown_function_leaves_its_whole_space_of_the_unit_alone);
	tcase_add_test(
	    t, of_an_unknown_space_one_point_is_asked_for_each_time_another);
	tcase_add_test(
	    t, a_point_of_an_unknown_space_that_is_not_answered_waits_as_long);
	tcase_add_test(
	    t, one_point_answered_makes_a_space_known_and_its_requests_whole);
	tcase_add_test(t, a_function_that_was_answered_is_known);
	return suite_run(s);
}
