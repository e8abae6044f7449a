/*
 * plan.c - points -> requests, pure
 *
 * Sorts a device's points by space, period and address and grows a request
 * while the next point is near enough.  This is greedy: it merges whatever the
 * limits allow and does not weigh a hole's bytes against a request's overhead.
 *
 * Identities are not merged with anything: a register that the point's own
 * request would bring along may be one that another model does not have, and
 * the question must be answerable by any model.
 */
#include "gateway/poll/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

#define BITS_PER_WORD 16

static int
by_place(const void *pa, const void *pb)
{
	const struct plan_point *a = pa, *b = pb;

	if (a->space != b->space)
		return a->space < b->space ? -1 : 1;
	if (a->every_ms != b->every_ms)
		return a->every_ms < b->every_ms ? -1 : 1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return a->point < b->point ? -1 : a->point > b->point;
}

/* A hole is only in the way of what nobody wants: a point that lies in one was
 * put there by a person. */
static bool
hole_between(const struct plan_device *d, uint32_t first, uint32_t last)
{
	for (size_t i = 0; i < d->hole_count; i++)
		if (d->holes[i].first <= last && d->holes[i].last >= first)
			return true;
	return false;
}

static bool
is_bits(uint8_t space)
{
	return space == SPACE_COIL || space == SPACE_DISCRETE;
}

static uint32_t
count_limit(const struct plan_device *d, uint8_t space)
{
	uint32_t words =
	    d->max_read < DRIVER_WORDS_MAX ? d->max_read : DRIVER_WORDS_MAX;

	return is_bits(space) ? words * BITS_PER_WORD : words;
}

/* Whether point p may join the request q, which ends before `end`. */
static bool
joins(const struct plan_device *d, const struct plan_request *q,
    const struct plan_point *p)
{
	uint32_t end = (uint32_t)q->ask.address + q->ask.count;
	uint32_t gap =
	    is_bits(p->space) ? d->max_gap * BITS_PER_WORD : d->max_gap;
	uint32_t p_end = (uint32_t)p->address + p->count;

	if (p->space != q->ask.space || p->every_ms != q->every_ms)
		return false;
	if (p_end > end && p_end - q->ask.address > count_limit(d, p->space))
		return false;
	if (p->address <= end)
		return true;
	return p->address - end <= gap &&
	    !hole_between(d, end, p->address - 1u);
}

static void
request_take(
    struct plan *plan, struct plan_request *q, const struct plan_point *p)
{
	uint32_t end = (uint32_t)p->address + p->count;

	if (end > (uint32_t)q->ask.address + q->ask.count)
		q->ask.count = (uint16_t)(end - q->ask.address);
	plan->parts[plan->part_count].point = p->point;
	plan->parts[plan->part_count].at =
	    (uint16_t)(p->address + p->lead - q->ask.address);
	plan->part_count++;
	q->part_count++;
}

static struct plan_request *
request_new(
    struct plan *plan, const struct plan_device *d, const struct plan_point *p)
{
	struct plan_request *q = &plan->requests[plan->request_count++];

	q->device = d->device;
	q->slot = (uint16_t)(plan->slot_count - 1);
	q->ask.unit = d->unit;
	q->ask.space = p->space;
	q->ask.address = p->address;
	q->every_ms = p->every_ms;
	q->part_first = (uint32_t)plan->part_count;
	return q;
}

static void
plan_identity(struct plan *plan, const struct plan_device *d)
{
	struct plan_request *q = request_new(plan, d, &d->identity);

	assert(d->identity.count > 0);
	q->ask.count = d->identity.count;
	q->every_ms = PLAN_IDENTITY_EVERY_MS;
	q->identity = true;
	q->lead = d->identity.lead;
}

static void
plan_device(struct plan *plan, const struct plan_device *d)
{
	struct plan_slot *slot = &plan->slots[plan->slot_count++];
	struct plan_point *sorted =
	    must_alloc(d->point_count, sizeof(*d->points));
	struct plan_request *q = NULL;

	slot->device = d->device;
	slot->unit = d->unit;
	slot->min_gap_ms = d->min_gap_ms;
	if (d->has_identity)
		plan_identity(plan, d);
	for (size_t i = 0; i < d->point_count; i++) {
		sorted[i] = d->points[i];
		if (slot->fastest_ms == 0 ||
		    sorted[i].every_ms < slot->fastest_ms)
			slot->fastest_ms = sorted[i].every_ms;
	}
	if (d->point_count > 0)
		qsort(sorted, d->point_count, sizeof(*sorted), by_place);
	for (size_t i = 0; i < d->point_count; i++) {
		assert(sorted[i].count > 0 && sorted[i].every_ms > 0);
		if (q == NULL || !joins(d, q, &sorted[i]))
			q = request_new(plan, d, &sorted[i]);
		request_take(plan, q, &sorted[i]);
	}
	free(sorted);
}

struct plan *
plan_new(const struct plan_device *devices, size_t count)
{
	struct plan *plan = must_alloc(1, sizeof(*plan));
	size_t points = 0, identities = 0;

	for (size_t i = 0; i < count; i++) {
		points += devices[i].point_count;
		identities += devices[i].has_identity;
	}
	plan->slots = must_alloc(count, sizeof(*plan->slots));
	plan->requests =
	    must_alloc(points + identities, sizeof(*plan->requests));
	plan->parts = must_alloc(points, sizeof(*plan->parts));
	for (size_t i = 0; i < count; i++)
		plan_device(plan, &devices[i]);
	return plan;
}

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	free(p->slots);
	free(p->requests);
	free(p->parts);
	free(p);
}
