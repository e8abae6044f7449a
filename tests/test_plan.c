/* test_plan.c - points -> requests */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/poll/plan.h"
#include "tests/suite.h"

#define POINTS_MAX 8

/* Points in, requests out; `want` is "space:address+count@every" by request. */
static const struct {
	const char *what;
	uint16_t max_read, max_gap;
	struct plan_range hole; /* last 0: none */
	struct plan_point points[POINTS_MAX]; /* count 0 ends */
	const char *want;
} cases[] = {
    {"one point is one request", 125, 8, {0, 0},
	{{0, SPACE_HOLDING, 10, 1, 1000, 0}}, "3:10+1@1000 "},
    {"neighbours are merged", 125, 0, {0, 0},
	{{0, SPACE_INPUT, 2, 2, 1000, 0}, {1, SPACE_INPUT, 0, 2, 1000, 0}},
	"2:0+4@1000 "},
    {"a hole of max_gap is crossed", 125, 3, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0}, {1, SPACE_INPUT, 4, 1, 1000, 0}},
	"2:0+5@1000 "},
    {"a wider one is not", 125, 3, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0}, {1, SPACE_INPUT, 5, 1, 1000, 0}},
	"2:0+1@1000 2:5+1@1000 "},
    {"a forbidden range is never asked across", 125, 20, {3, 3},
	{{0, SPACE_INPUT, 0, 2, 1000, 0}, {1, SPACE_INPUT, 6, 1, 1000, 0}},
	"2:0+2@1000 2:6+1@1000 "},
    {"a forbidden range elsewhere does not matter", 125, 20, {7, 9},
	{{0, SPACE_INPUT, 0, 2, 1000, 0}, {1, SPACE_INPUT, 6, 1, 1000, 0}},
	"2:0+7@1000 "},
    {"spaces are not mixed", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0}, {1, SPACE_HOLDING, 1, 1, 1000, 0}},
	"2:0+1@1000 3:1+1@1000 "},
    {"periods are not mixed", 125, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 1, 1000, 0}, {1, SPACE_INPUT, 1, 1, 500, 0}},
	"2:1+1@500 2:0+1@1000 "},
    {"max_read is kept", 4, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 2, 1000, 0}, {1, SPACE_INPUT, 2, 2, 1000, 0},
	    {2, SPACE_INPUT, 4, 2, 1000, 0}},
	"2:0+4@1000 2:4+2@1000 "},
    {"a value is never split", 3, 8, {0, 0},
	{{0, SPACE_INPUT, 0, 2, 1000, 0}, {1, SPACE_INPUT, 2, 2, 1000, 0}},
	"2:0+2@1000 2:2+2@1000 "},
    {"two points of one register", 125, 0, {0, 0},
	{{0, SPACE_INPUT, 7, 1, 1000, 0}, {1, SPACE_INPUT, 7, 1, 1000, 0}},
	"2:7+1@1000 "},
    {"a point inside another", 125, 0, {0, 0},
	{{0, SPACE_INPUT, 0, 4, 1000, 0}, {1, SPACE_INPUT, 1, 1, 1000, 0}},
	"2:0+4@1000 "},
    {"bits are counted in bits", 1, 1, {0, 0},
	{{0, SPACE_COIL, 0, 1, 1000, 0}, {1, SPACE_COIL, 15, 1, 1000, 0},
	    {2, SPACE_COIL, 16, 1, 1000, 0}},
	"0:0+16@1000 0:16+1@1000 "},
    {"a value with its unit and decimals is never split", 4, 8, {0, 0},
	{{0, SPACE_HOLDING, 0, 2, 1000, 0}, {1, SPACE_HOLDING, 2, 3, 1000, 2}},
	"3:0+2@1000 3:2+3@1000 "},
    {"two values share their unit and decimals", 125, 0, {0, 0},
	{{0, SPACE_HOLDING, 2, 3, 1000, 2}, {1, SPACE_HOLDING, 2, 4, 1000, 3}},
	"3:2+4@1000 "},
    {"the last register of all", 125, 8, {0, 0},
	{{0, SPACE_HOLDING, 65535, 1, 1000, 0},
	    {1, SPACE_HOLDING, 65533, 2, 1000, 0}},
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
	return plan_new(&d, 1);
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
	p = plan_new(&d, 1);
	for (size_t r = 0; r < p->request_count; r++) {
		const struct plan_request *q = &p->requests[r];

		for (uint32_t i = 0; i < q->part_count; i++) {
			const struct plan_part *part =
			    &p->parts[q->part_first + i];
			const struct plan_point *pt = &points[part->point];

			seen[part->point]++;
			ck_assert_uint_eq(pt->space, q->ask.space);
			ck_assert_uint_eq(pt->every_ms, q->every_ms);
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

START_TEST(devices_keep_their_requests_apart)
{
	struct plan_point point = {0, SPACE_INPUT, 0, 1, 1000, 0};
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
	struct plan *p = plan_new(d, 2);

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
	struct plan *p = plan_new(&d, 1);

	ck_assert_uint_eq(p->slot_count, 1);
	ck_assert_uint_eq(p->request_count, 0);
	plan_free(p);
}
END_TEST

START_TEST(a_value_stands_behind_the_registers_that_say_its_unit)
{
	struct plan_point points[] = {{5, SPACE_HOLDING, 12, 3, 1000, 2},
	    {6, SPACE_HOLDING, 10, 1, 1000, 0},
	    {7, SPACE_HOLDING, 12, 4, 1000, 0}};
	struct plan_device d = {
	    .max_read = 125, .max_gap = 8, .points = points, .point_count = 3};
	struct plan *p = plan_new(&d, 1);

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
	struct plan_point points[] = {{0, SPACE_HOLDING, 88, 1, 500, 0},
	    {1, SPACE_HOLDING, 90, 1, 200, 0}};
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
	p = plan_new(d, 2);
	ck_assert_uint_eq(p->request_count, 5);
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
	for (size_t i = 1; i < 5; i++)
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
	struct plan *p = plan_new(&d, 1);

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
	tcase_add_test(t, devices_keep_their_requests_apart);
	tcase_add_test(t, a_device_without_points_has_no_request);
	tcase_add_test(
	    t, a_value_stands_behind_the_registers_that_say_its_unit);
	tcase_add_test(t, an_identity_is_a_request_of_its_own);
	tcase_add_test(t, an_identity_alone_is_a_request);
	return suite_run(s);
}
