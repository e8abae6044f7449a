/* test_plan.c - points -> requests */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/poll/plan.h"
#include "tests/suite.h"

#define POINTS_MAX 8

/* A serial line of 9600 baud, 8N1: 1042 us a character, t3.5 twice. */
static int64_t
line_cost_us(const struct driver_line *line, const struct driver_request *q)
{
	bool bits = q->space == SPACE_COIL || q->space == SPACE_DISCRETE;
	int answer = 5 + (bits ? (q->count + 7) / 8 : 2 * q->count);

	(void)line;
	return (8 + answer) * 1042 + 2 * 4010;
}

static const struct driver_line line;
static const struct driver driver = {.cost_us = line_cost_us};

/* Points in, requests out; `want` is "space:address+count@every" by request. */
static const struct {
	const char *what;
	uint16_t max_read, max_gap;
	struct plan_range hole; /* last 0: none */
	struct plan_point points[POINTS_MAX]; /* count 0 ends */
	const char *want;
} cases[] = {
    {"one point is one request", 125, 8, {0, 0},
	{{0, SPACE_HOLDING, 10, 1, 1000, 0, false}}, "3:10+1@1000 "},
    {"neighbours are merged", 125, 0, {0, 0},
	{{0, SPACE_INPUT, 2, 2, 1000, 0, false},
	    {1, SPACE_INPUT, 0, 2, 1000, 0, false}},
	"2:0+4@1000 "},
    {"a hole of max_gap is crossed", 125, 3, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0, false},
	    {1, SPACE_INPUT, 4, 1, 1000, 0, false}},
	"2:0+5@1000 "},
    {"a wider one is not", 125, 3, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0, false},
	    {1, SPACE_INPUT, 5, 1, 1000, 0, false}},
	"2:0+1@1000 2:5+1@1000 "},
    {"a forbidden range is never asked across", 125, 20, {3, 3},
	{{0, SPACE_INPUT, 0, 2, 1000, 0, false},
	    {1, SPACE_INPUT, 6, 1, 1000, 0, false}},
	"2:0+2@1000 2:6+1@1000 "},
    {"a forbidden range elsewhere does not matter", 125, 20, {7, 9},
	{{0, SPACE_INPUT, 0, 2, 1000, 0, false},
	    {1, SPACE_INPUT, 6, 1, 1000, 0, false}},
	"2:0+7@1000 "},
    {"spaces are not mixed", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0, false},
	    {1, SPACE_HOLDING, 1, 1, 1000, 0, false}},
	"2:0+1@1000 3:1+1@1000 "},
    {"a slower neighbour is taken along if that is cheaper", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0, false},
	    {1, SPACE_INPUT, 1, 1, 500, 0, false}},
	"2:0+2@500 "},
    {"and has a request of its own if it is not", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 9, 60000, 0, false},
	    {1, SPACE_INPUT, 9, 1, 500, 0, false}},
	"2:9+1@500 2:0+9@60000 "},
    {"a slower point that lies in a faster request rides in it", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 4, 500, 0, false},
	    {1, SPACE_INPUT, 6, 1, 500, 0, false},
	    {2, SPACE_INPUT, 5, 1, 3600000, 0, false}},
	"2:0+7@500 "},
    {"slower points reach across a fast one that they would make long", 125, 8,
	{0, 0},
	{{0, SPACE_INPUT, 0, 2, 3600000, 0, false},
	    {1, SPACE_INPUT, 2, 1, 200, 0, false},
	    {2, SPACE_INPUT, 3, 2, 3600000, 0, false}},
	"2:2+1@200 2:0+5@3600000 "},
    {"a hole costs its characters", 125, 60, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0, false},
	    {1, SPACE_INPUT, 40, 1, 1000, 0, false}},
	"2:0+1@1000 2:40+1@1000 "},
    {"a request takes at most half the fastest period", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 20, 200, 0, false},
	    {1, SPACE_INPUT, 20, 20, 200, 0, false}},
	"2:0+20@200 2:20+20@200 "},
    {"unless the wire cannot keep the periods at all", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 30, 90, 0, false},
	    {1, SPACE_INPUT, 30, 30, 90, 0, false}},
	"2:0+60@90 "},
    {"but a value is not split for that", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 60, 100, 0, false}}, "2:0+60@100 "},
    {"max_read is kept", 4, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 2, 1000, 0, false},
	    {1, SPACE_INPUT, 2, 2, 1000, 0, false},
	    {2, SPACE_INPUT, 4, 2, 1000, 0, false}},
	"2:0+4@1000 2:4+2@1000 "},
    {"a value is never split", 3, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 2, 1000, 0, false},
	    {1, SPACE_INPUT, 2, 2, 1000, 0, false}},
	"2:0+2@1000 2:2+2@1000 "},
    {"two points of one register", 125, 0, {0, 0},
	{{0, SPACE_INPUT, 7, 1, 1000, 0, false},
	    {1, SPACE_INPUT, 7, 1, 1000, 0, false}},
	"2:7+1@1000 "},
    {"a point inside another", 125, 0, {0, 0},
	{{0, SPACE_INPUT, 0, 4, 1000, 0, false},
	    {1, SPACE_INPUT, 1, 1, 1000, 0, false}},
	"2:0+4@1000 "},
    {"bits are counted in bits", 1, 1, {0, 0},
	{{0, SPACE_COIL, 0, 1, 1000, 0, false},
	    {1, SPACE_COIL, 15, 1, 1000, 0, false},
	    {2, SPACE_COIL, 16, 1, 1000, 0, false}},
	"0:0+1@1000 0:15+2@1000 "},
    {"a value with its unit and decimals is never split", 4, 8, {0, 0},
	{{0, SPACE_HOLDING, 0, 2, 1000, 0, false},
	    {1, SPACE_HOLDING, 2, 3, 1000, 2, false}},
	"3:0+2@1000 3:2+3@1000 "},
    {"two values share their unit and decimals", 125, 0, {0, 0},
	{{0, SPACE_HOLDING, 2, 3, 1000, 2, false},
	    {1, SPACE_HOLDING, 2, 4, 1000, 3, false}},
	"3:2+4@1000 "},
    {"the last register of all", 125, 8, {0, 0},
	{{0, SPACE_HOLDING, 65535, 1, 1000, 0, false},
	    {1, SPACE_HOLDING, 65533, 2, 1000, 0, false}},
	"3:65533+3@1000 "},
};

static struct plan *
plan_of(int i)
{
	struct plan_device d = {.unit = 1,
	    .max_read = cases[i].max_read,
	    .max_gap = cases[i].max_gap,
	    .holes = &cases[i].hole,
	    .hole_count = cases[i].hole.last != 0,
	    .points = cases[i].points};

	while (d.point_count < POINTS_MAX &&
	    cases[i].points[d.point_count].count != 0)
		d.point_count++;
	return plan_new(&d, 1, &driver, &line);
}

START_TEST(points_are_merged_within_the_limits)
{
	struct plan *p = plan_of(_i);
	char got[256] = "";
	int len = 0;

	for (size_t r = 0; r < p->request_count; r++)
		len += snprintf(got + len, sizeof(got) - (size_t)len,
		    "%d:%d+%d@%u ", p->requests[r].ask.space,
		    p->requests[r].ask.address, p->requests[r].ask.count,
		    p->requests[r].every_ms);
	ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%s: got %s, want %s",
	    cases[_i].what, got, cases[_i].want);
	plan_free(p);
}
END_TEST

START_TEST(every_point_has_its_place_in_just_one_request)
{
	struct plan_point points[200];
	struct plan_device d = {
	    .max_read = 60, .max_gap = 5, .points = points, .point_count = 200};
	int seen[200] = {0};
	struct plan *p;

	srand(7 + (unsigned)_i);
	for (uint16_t i = 0; i < 200; i++)
		points[i] = (struct plan_point){.point = i,
		    .space = (uint8_t)(rand() % SPACE_COUNT),
		    .address = (uint16_t)(rand() % 600),
		    .count = (uint16_t)(1 + rand() % 4),
		    .every_ms = rand() % 2 ? 500 : 1000};
	p = plan_new(&d, 1, &driver, &line);
	for (size_t r = 0; r < p->request_count; r++) {
		const struct plan_request *q = &p->requests[r];

		for (uint32_t i = 0; i < q->part_count; i++) {
			const struct plan_part *part =
			    &p->parts[q->part_first + i];
			const struct plan_point *pt = &points[part->point];

			seen[part->point]++;
			ck_assert_uint_eq(pt->space, q->ask.space);
			ck_assert_uint_eq(part->every_ms, pt->every_ms);
			ck_assert_uint_ge(pt->every_ms, q->every_ms);
			ck_assert_uint_eq(
			    pt->address, q->ask.address + part->at);
			ck_assert_uint_le(part->at + pt->count, q->ask.count);
		}
	}
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(seen[i], 1);
	plan_free(p);
}
END_TEST

/* ---- against brute force ---- */

#define BRUTE_POINTS 7
#define BRUTE_DEVICES 10000

/* What a device may be asked, and where a search through all ways to divide its
 * points stands. */
struct brute {
	struct plan_range hole;
	struct plan_device d;
	struct plan_point points[BRUTE_POINTS];
	int64_t most_us;
	int block[BRUTE_POINTS]; /* of each point */
	double best;
};

static uint32_t
end_of(const struct plan_point *p)
{
	return (uint32_t)p->address + p->count;
}

static int64_t
span_us(const struct plan_point *first, uint32_t end)
{
	struct driver_request q = {
	    .space = first->space, .count = (uint16_t)(end - first->address)};

	return line_cost_us(NULL, &q) + PLAN_TURNAROUND_US;
}

/* Share of the wire's time that a block takes, in its fastest period; infinite
 * if it may not be asked like that.  Points are sorted by address. */
static double
block_cost(const struct brute *b, int block)
{
	const struct plan_point *first = NULL;
	uint32_t end = 0, longest = 0, every_ms = UINT32_MAX;

	for (size_t i = 0; i < b->d.point_count; i++) {
		const struct plan_point *p = &b->points[i];

		if (b->block[i] != block)
			continue;
		if (first == NULL) {
			first = p;
		} else if (p->address > end) {
			if (p->address - end > b->d.max_gap ||
			    (b->hole.first < p->address && b->hole.last >= end))
				return INFINITY;
		}
		end = end_of(p) > end ? end_of(p) : end;
		longest = p->count > longest ? p->count : longest;
		every_ms = p->every_ms < every_ms ? p->every_ms : every_ms;
	}
	if (first == NULL)
		return 0;
	if (end - first->address > longest &&
	    (end - first->address > b->d.max_read ||
		span_us(first, end) > b->most_us))
		return INFINITY;
	return (double)span_us(first, end) / every_ms;
}

static void search(struct brute *b, size_t i, int blocks);

/* The least cost of all ways; a wire that cannot keep its periods may be asked
 * for long. */
static void
search_all(struct brute *b)
{
	search(b, 0, 0);
	if (b->best <= 1000)
		return;
	b->best = INFINITY;
	b->most_us = INT64_MAX;
	search(b, 0, 0);
}

/* Tries each block, old or new, for point i and those behind it. */
static void
search(struct brute *b, size_t i, int blocks)
{
	double cost = 0;

	if (i < b->d.point_count) {
		for (b->block[i] = 0; b->block[i] <= blocks; b->block[i]++)
			search(b, i + 1, blocks + (b->block[i] == blocks));
		return;
	}
	for (int k = 0; k < blocks; k++)
		cost += block_cost(b, k);
	if (cost < b->best)
		b->best = cost;
}

static int
by_address(const void *pa, const void *pb)
{
	const struct plan_point *a = pa, *b = pb;

	return a->address != b->address ? a->address - b->address
					: a->count - b->count;
}

static void
make_device(struct brute *b, bool one_period)
{
	static const uint32_t periods[] = {200, 500, 1000, 2000, 60000};
	uint32_t fastest = UINT32_MAX, one = periods[rand() % 5];
	uint16_t spread = (uint16_t)(10 + rand() % 120);

	*b = (struct brute){.best = INFINITY};
	b->hole.first = (uint16_t)(rand() % 120);
	b->hole.last = (uint16_t)(b->hole.first + rand() % 6);
	b->d.point_count = (size_t)(1 + rand() % BRUTE_POINTS);
	b->d.max_read = (uint16_t)(4 + rand() % 122);
	b->d.max_gap = (uint16_t)(rand() % 40);
	for (uint16_t i = 0; i < b->d.point_count; i++) {
		b->points[i] = (struct plan_point){.point = i,
		    .space = SPACE_HOLDING,
		    .address = (uint16_t)(rand() % spread),
		    .count = (uint16_t)(1 + rand() % 4),
		    .every_ms = one_period ? one : periods[rand() % 5],
		    .urgent = rand() % 3 == 0}; /* no cost knows of it */
		if (b->points[i].every_ms < fastest)
			fastest = b->points[i].every_ms;
	}
	b->most_us = (int64_t)fastest * 500;
	qsort(b->points, b->d.point_count, sizeof(b->points[0]), by_address);
	b->d.points = b->points;
	b->d.holes = &b->hole;
	b->d.hole_count = 1;
}

static double
plan_cost(const struct plan *p)
{
	double cost = 0;

	for (size_t r = 0; r < p->request_count; r++)
		cost += (double)(line_cost_us(NULL, &p->requests[r].ask) +
			    PLAN_TURNAROUND_US) /
		    p->requests[r].every_ms;
	return cost;
}

START_TEST(no_other_way_to_divide_the_points_of_one_period_is_cheaper)
{
	struct brute b;

	srand(11);
	for (int i = 0; i < BRUTE_DEVICES; i++) {
		make_device(&b, true);
		search_all(&b);

		struct plan *p = plan_new(&b.d, 1, &driver, &line);

		ck_assert_double_eq_tol(plan_cost(p), b.best, 1e-9 * b.best);
		plan_free(p);
	}
}
END_TEST

/* The least cost if each period is asked for by itself. */
static double
cost_apart(const struct brute *b)
{
	double cost = 0;

	for (size_t i = 0; i < b->d.point_count; i++) {
		uint32_t every_ms = b->points[i].every_ms;
		struct brute one = *b;
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= b->points[k].every_ms == every_ms;
		if (seen)
			continue;
		one.d.point_count = 0;
		one.best = INFINITY;
		for (size_t k = i; k < b->d.point_count; k++)
			if (b->points[k].every_ms == every_ms)
				one.points[one.d.point_count++] = b->points[k];
		search(&one, 0, 0);
		cost += one.best;
	}
	return cost;
}

START_TEST(points_of_several_periods_cost_hardly_more_than_the_cheapest_way)
{
	int equal = 0;
	struct brute b;

	srand(12);
	for (int i = 0; i < BRUTE_DEVICES; i++) {
		make_device(&b, false);
		search_all(&b);

		struct plan *p = plan_new(&b.d, 1, &driver, &line);
		double cost = plan_cost(p);

		ck_assert_double_ge(cost, b.best * (1 - 1e-9));
		ck_assert_double_le(cost, b.best * 1.25);
		ck_assert_double_le(cost, cost_apart(&b) * (1 + 1e-9));
		equal += cost <= b.best * (1 + 1e-9);
		plan_free(p);
	}
	ck_assert_int_ge(equal, BRUTE_DEVICES * 98 / 100);
}
END_TEST

START_TEST(a_request_is_urgent_if_one_of_its_points_is)
{
	int urgent = 0, others = 0;
	struct brute b;

	srand(13);
	for (int i = 0; i < 1000; i++) {
		make_device(&b, false);

		struct plan *p = plan_new(&b.d, 1, &driver, &line);

		for (size_t r = 0; r < p->request_count; r++) {
			const struct plan_request *q = &p->requests[r];
			bool any = false;

			for (uint32_t k = 0; k < q->part_count; k++) {
				uint16_t at = p->parts[q->part_first + k].point;

				for (size_t j = 0; j < b.d.point_count; j++)
					any |= b.points[j].point == at &&
					    b.points[j].urgent;
			}
			ck_assert_int_eq(q->urgent, any);
			urgent += any;
			others += !any;
		}
		plan_free(p);
	}
	ck_assert_int_gt(urgent, 100);
	ck_assert_int_gt(others, 100);
}
END_TEST

START_TEST(devices_keep_their_requests_apart)
{
	struct plan_point point = {0, SPACE_INPUT, 0, 1, 1000, 0, false};
	struct plan_device d[2] = {{.device = 4,
				       .unit = 1,
				       .max_read = 125,
				       .points = &point,
				       .point_count = 1},
	    {.device = 7,
		.unit = 2,
		.max_read = 125,
		.points = &point,
		.point_count = 1}};
	struct plan *p = plan_new(d, 2, &driver, &line);

	ck_assert_uint_eq(p->request_count, 2);
	ck_assert_uint_eq(p->requests[0].ask.unit, 1);
	ck_assert_uint_eq(p->requests[1].ask.unit, 2);
	ck_assert_uint_eq(p->requests[1].device, 7);
	ck_assert_uint_eq(p->requests[1].slot, 1);
	plan_free(p);
}
END_TEST

START_TEST(a_device_without_points_has_no_request)
{
	struct plan_device d = {.unit = 1, .max_read = 125};
	struct plan *p = plan_new(&d, 1, &driver, &line);

	ck_assert_uint_eq(p->slot_count, 1);
	ck_assert_uint_eq(p->request_count, 0);
	plan_free(p);
}
END_TEST

START_TEST(a_value_stands_behind_the_registers_that_say_its_unit)
{
	struct plan_point points[] = {{5, SPACE_HOLDING, 12, 3, 1000, 2, false},
	    {6, SPACE_HOLDING, 10, 1, 1000, 0, false},
	    {7, SPACE_HOLDING, 12, 4, 1000, 0, false}};
	struct plan_device d = {
	    .max_read = 125, .max_gap = 8, .points = points, .point_count = 3};
	struct plan *p = plan_new(&d, 1, &driver, &line);

	ck_assert_uint_eq(p->request_count, 1);
	ck_assert_uint_eq(p->requests[0].ask.address, 10);
	ck_assert_uint_eq(p->requests[0].ask.count, 6);
	for (size_t i = 0; i < 3; i++) {
		static const uint16_t at[] = {[5] = 4, [6] = 0, [7] = 2};

		ck_assert_uint_eq(p->parts[i].at, at[p->parts[i].point]);
	}
	plan_free(p);
}
END_TEST

START_TEST(an_identity_is_a_request_of_its_own)
{
	struct plan_point points[] = {{0, SPACE_HOLDING, 88, 1, 500, 0, false},
	    {1, SPACE_HOLDING, 90, 1, 200, 0, false}};
	struct plan_device d[2] = {{.device = 3,
				       .unit = 9,
				       .max_read = 125,
				       .max_gap = 8,
				       .has_identity = true,
				       .identity = {.space = SPACE_HOLDING,
					   .address = 89,
					   .count = 2,
					   .every_ms = 1,
					   .lead = 1},
				       .points = points,
				       .point_count = 2},
	    {.device = 4, .unit = 10, .max_read = 125}};
	struct plan *p;
	const struct plan_request *q;

	d[1].points = points;
	d[1].point_count = 2;
	p = plan_new(d, 2, &driver, &line);
	ck_assert_uint_eq(p->request_count, 4);
	q = &p->requests[0];
	ck_assert(q->identity);
	ck_assert_uint_eq(q->device, 3);
	ck_assert_uint_eq(q->ask.unit, 9);
	ck_assert_uint_eq(q->ask.space, SPACE_HOLDING);
	ck_assert_uint_eq(q->ask.address, 89);
	ck_assert_uint_eq(q->ask.count, 2);
	ck_assert_uint_eq(q->lead, 1);
	ck_assert_uint_eq(q->every_ms, PLAN_IDENTITY_EVERY_MS);
	ck_assert_uint_eq(q->part_count, 0);
	ck_assert_uint_eq(p->slots[0].fastest_ms, 200);
	for (size_t i = 1; i < 4; i++)
		ck_assert(!p->requests[i].identity);
	ck_assert_uint_eq(p->part_count, 4);
	plan_free(p);
}
END_TEST

START_TEST(an_identity_alone_is_a_request)
{
	struct plan_device d = {.max_read = 125,
	    .has_identity = true,
	    .identity = {.space = SPACE_INPUT, .count = 4}};
	struct plan *p = plan_new(&d, 1, &driver, &line);

	ck_assert_uint_eq(p->request_count, 1);
	ck_assert_uint_eq(p->slots[0].fastest_ms, 0);
	plan_free(p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("plan");
	TCase *t = tcase_create("plan");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, points_are_merged_within_the_limits, 0,
	    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_loop_test(
	    t, every_point_has_its_place_in_just_one_request, 0, 20);
	tcase_set_timeout(t, 120);
	tcase_add_test(
	    t, no_other_way_to_divide_the_points_of_one_period_is_cheaper);
	tcase_add_test(t,
	    points_of_several_periods_cost_hardly_more_than_the_cheapest_way);
	tcase_add_test(t, a_request_is_urgent_if_one_of_its_points_is);
	tcase_add_test(t, devices_keep_their_requests_apart);
	tcase_add_test(t, a_device_without_points_has_no_request);
	tcase_add_test(
	    t, a_value_stands_behind_the_registers_that_say_its_unit);
	tcase_add_test(t, an_identity_is_a_request_of_its_own);
	tcase_add_test(t, an_identity_alone_is_a_request);
	return suite_run(s);
}
