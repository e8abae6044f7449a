/*
 * plan.c - points -> requests, pure
 *
 * A device's points of one space, sorted by address, are a row; requests are a
 * partition of the row into runs.  A run costs its span, first register to
 * last, once in the shortest period of its points: so taking a point out of the
 * middle of a run never makes anything cheaper, and with one period the best
 * partition into runs is the best of all.  It is found by dynamic programming
 * over where the last run begins: exact, and some tens of steps a point, since
 * a run ends at max_read.
 *
 * With several periods it is done twice: for all points in one row, where a
 * slower point may make a faster request longer if that is cheaper than one of
 * its own; and period by period, the fastest first, where it may only ride in
 * one as it is, but slower requests may reach across faster ones.  The cheaper
 * plan of the two is taken.  Not done: the best mixture of both, which differs
 * only for points of several periods in turn.
 *
 * Identities are not merged with anything: a register that the point's own
 * request would bring along may be one that another model does not have, and
 * the question must be answerable by any model.
 */
#include "gateway/poll/plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define BITS_PER_WORD 16

/* One device in the making. */
struct work {
	struct plan *plan;
	const struct plan_device *device;
	const struct driver *driver;
	const struct driver_line *line;
	int64_t most_us; /* a request should not take longer */
	struct plan_point *points; /* by space, period and address */
	size_t *request; /* of each of them */
};

/* The best that can be done with the first points of a row. */
struct best {
	double cost; /* wire time in their periods: us a ms, all requests */
	size_t requests;
	size_t from; /* the last request begins with this point */
	size_t to; /* where the next one ends, if this is on the way */
};

/* Points by address. */
struct row {
	size_t count;
	const struct plan_point **points; /* into work's */
	struct best *best; /* one more */
};

static uint32_t
end_of(const struct plan_point *p)
{
	return (uint32_t)p->address + p->count;
}

static int
by_address(const void *pa, const void *pb)
{
	const struct plan_point *a = *(const struct plan_point *const *)pa;
	const struct plan_point *b = *(const struct plan_point *const *)pb;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return a->point < b->point ? -1 : a->point > b->point;
}

static int
by_place(const void *pa, const void *pb)
{
	const struct plan_point *a = pa, *b = pb;

	if (a->space != b->space)
		return a->space < b->space ? -1 : 1;
	if (a->every_ms != b->every_ms)
		return a->every_ms < b->every_ms ? -1 : 1;
	return by_address(&a, &b);
}

/* ---- what may stand in one request ---- */

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

static struct driver_request
ask_of(
    const struct plan_device *d, const struct plan_point *first, uint32_t end)
{
	return (struct driver_request){.unit = d->unit,
	    .space = first->space,
	    .address = first->address,
	    .count = (uint16_t)(end - first->address)};
}

static int64_t
cost_us(const struct work *w, const struct plan_point *first, uint32_t end)
{
	struct driver_request ask = ask_of(w->device, first, end);

	return w->driver->cost_us(w->line, &ask) + PLAN_TURNAROUND_US;
}

/* Whether p may join the request that begins with `first` and ends before
 * `end`. */
static bool
joins(const struct work *w, const struct plan_point *first, uint32_t end,
    const struct plan_point *p)
{
	const struct plan_device *d = w->device;
	uint32_t gap =
	    is_bits(p->space) ? d->max_gap * BITS_PER_WORD : d->max_gap;

	if (end_of(p) > end &&
	    (end_of(p) - first->address > count_limit(d, p->space) ||
		cost_us(w, first, end_of(p)) > w->most_us))
		return false;
	if (p->address <= end)
		return true;
	return p->address - end <= gap &&
	    !hole_between(d, end, p->address - 1u);
}

/* ---- a row ---- */

static bool
is_better(double cost, size_t requests, double than, size_t than_requests)
{
	double same = than < INFINITY ? 1e-9 * than : 0; /* rounding */

	if (cost < than - same || cost > than + same)
		return cost < than;
	return requests < than_requests;
}

static void
offer(struct best *best, const struct best *before, size_t from, double cost)
{
	cost += before->cost;
	/* Of equals the one whose earlier requests are the longer ones. */
	if (!is_better(best->cost, best->requests, cost, before->requests + 1))
		*best = (struct best){.cost = cost,
		    .requests = before->requests + 1,
		    .from = from};
}

/* Fills best[0..count]: best[k] is of the first k points. */
static void
find_best(const struct work *w, struct row *row)
{
	row->best[0] = (struct best){0};
	for (size_t k = 1; k <= row->count; k++)
		row->best[k].cost = INFINITY;
	for (size_t from = 0; from < row->count; from++) {
		const struct plan_point *first = row->points[from];
		uint32_t end = end_of(first), every_ms = first->every_ms;

		for (size_t to = from; to < row->count; to++) {
			const struct plan_point *p = row->points[to];

			if (to > from && !joins(w, first, end, p))
				break;
			end = end_of(p) > end ? end_of(p) : end;
			if (p->every_ms < every_ms)
				every_ms = p->every_ms;
			offer(&row->best[to + 1], &row->best[from], from,
			    (double)cost_us(w, first, end) / every_ms);
		}
	}
}

static struct plan_request *
request_new(struct work *w, const struct plan_point *p)
{
	struct plan_request *q = &w->plan->requests[w->plan->request_count++];

	*q = (struct plan_request){.device = w->device->device,
	    .slot = (uint16_t)(w->plan->slot_count - 1),
	    .ask = ask_of(w->device, p, end_of(p)),
	    .every_ms = p->every_ms};
	return q;
}

/* The points from..to-1 of the row become a request. */
static void
make_request(struct work *w, const struct row *row, size_t from, size_t to)
{
	size_t number = w->plan->request_count;
	struct plan_request *q = request_new(w, row->points[from]);

	for (size_t i = from; i < to; i++) {
		const struct plan_point *p = row->points[i];
		uint32_t count = end_of(p) - q->ask.address;

		if (count > q->ask.count)
			q->ask.count = (uint16_t)count;
		if (p->every_ms < q->every_ms)
			q->every_ms = p->every_ms;
		w->request[p - w->points] = number;
	}
}

/* The runs of the best partition; the way to it is known from its end. */
static void
make_requests(struct work *w, struct row *row)
{
	struct best *best = row->best;

	for (size_t k = row->count; k > 0; k = best[k].from)
		best[best[k].from].to = k;
	for (size_t k = 0; k < row->count; k = best[k].to)
		make_request(w, row, k, best[k].to);
}

/* ---- a space ---- */

/* Whether one of the requests made from `first` on brings the point anyway:
 * then it is given to that. */
static bool
rides(struct work *w, size_t first, const struct plan_point *p)
{
	for (size_t i = first; i < w->plan->request_count; i++) {
		const struct driver_request *ask = &w->plan->requests[i].ask;

		if (p->address < ask->address ||
		    end_of(p) > (uint32_t)ask->address + ask->count)
			continue;
		w->request[p - w->points] = i;
		return true;
	}
	return false;
}

/* Each period for itself, the fastest first.  Returns the cost. */
static double
plan_periods(struct work *w, struct row *row, size_t from, size_t to)
{
	size_t first = w->plan->request_count;
	double cost = 0;

	while (from < to) {
		uint32_t every_ms = w->points[from].every_ms;

		row->count = 0;
		for (; from < to && w->points[from].every_ms == every_ms;
		     from++)
			if (!rides(w, first, &w->points[from]))
				row->points[row->count++] = &w->points[from];
		find_best(w, row);
		cost += row->best[row->count].cost;
		make_requests(w, row);
	}
	return cost;
}

/* The points from..to-1, which are of one space. */
static void
plan_space(struct work *w, struct row *row, size_t from, size_t to)
{
	size_t first = w->plan->request_count;
	double cost = plan_periods(w, row, from, to);
	const struct best *all = &row->best[to - from];

	row->count = 0;
	for (size_t i = from; i < to; i++)
		row->points[row->count++] = &w->points[i];
	qsort(row->points, row->count, sizeof(*row->points), by_address);
	find_best(w, row);
	if (!is_better(
		all->cost, all->requests, cost, w->plan->request_count - first))
		return;
	w->plan->request_count = first;
	make_requests(w, row);
}

/* ---- a device ---- */

static void
plan_identity(struct work *w)
{
	const struct plan_point *id = &w->device->identity;
	struct plan_request *q = request_new(w, id);

	assert(id->count > 0);
	q->every_ms = PLAN_IDENTITY_EVERY_MS;
	q->identity = true;
	q->lead = id->lead;
}

static int
by_first(const void *pa, const void *pb)
{
	const struct plan_part *a = pa, *b = pb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->point < b->point ? -1 : a->point > b->point;
}

/* Gives a request the points that were found to be its own. */
static void
place_parts(struct work *w, size_t number)
{
	struct plan_request *q = &w->plan->requests[number];
	struct plan_part *parts = &w->plan->parts[w->plan->part_count];

	q->part_first = (uint32_t)w->plan->part_count;
	for (size_t i = 0; i < w->device->point_count; i++) {
		const struct plan_point *p = &w->points[i];

		if (w->request[i] != number)
			continue;
		q->urgent |= p->urgent;
		parts[q->part_count++] = (struct plan_part){.point = p->point,
		    .at = (uint16_t)(p->address + p->lead - q->ask.address),
		    .first = (uint16_t)(p->address - q->ask.address),
		    .count = p->count,
		    .every_ms = p->every_ms};
	}
	if (q->part_count > 0)
		qsort(parts, q->part_count, sizeof(*parts), by_first);
	w->plan->part_count += q->part_count;
}

static void
plan_points(struct work *w)
{
	size_t count = w->device->point_count, from = 0;
	size_t first = w->plan->request_count;
	struct row row = {
	    .points = must_alloc(count, sizeof(struct plan_point *)),
	    .best = must_alloc(count + 1, sizeof(*row.best))};

	w->points = must_alloc(count, sizeof(*w->points));
	w->request = must_alloc(count, sizeof(*w->request));
	memcpy(w->points, w->device->points, count * sizeof(*w->points));
	qsort(w->points, count, sizeof(*w->points), by_place);
	for (size_t i = 1; i <= count; i++) {
		if (i < count && w->points[i].space == w->points[from].space)
			continue;
		plan_space(w, &row, from, i);
		from = i;
	}
	for (size_t i = first; i < w->plan->request_count; i++)
		place_parts(w, i);
	free(w->request);
	free(w->points);
	free(row.best);
	free(row.points);
}

static uint32_t
fastest_ms(const struct plan_device *d)
{
	uint32_t fastest = 0;

	for (size_t i = 0; i < d->point_count; i++) {
		assert(d->points[i].count > 0 && d->points[i].every_ms > 0);
		if (fastest == 0 || d->points[i].every_ms < fastest)
			fastest = d->points[i].every_ms;
	}
	return fastest;
}

static void
plan_device(struct work *w)
{
	const struct plan_device *d = w->device;
	struct plan_slot *slot = &w->plan->slots[w->plan->slot_count++];

	slot->device = d->device;
	slot->unit = d->unit;
	slot->min_gap_ms = d->min_gap_ms;
	slot->fastest_ms = fastest_ms(d);
	if (d->has_identity)
		plan_identity(w);
	if (d->point_count > 0)
		plan_points(w);
}

/* ---- all of them ---- */

static int64_t
most_us(const struct plan_device *devices, size_t count)
{
	uint32_t fastest = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t ms = fastest_ms(&devices[i]);

		if (ms > 0 && (fastest == 0 || ms < fastest))
			fastest = ms;
	}
	return (int64_t)fastest * 1000 / 2;
}

/* Whether the requests need more time than there is. */
static bool
is_overloaded(const struct work *w)
{
	double us_a_ms = 0;

	for (size_t i = 0; i < w->plan->request_count; i++) {
		const struct plan_request *q = &w->plan->requests[i];

		us_a_ms += (double)(w->driver->cost_us(w->line, &q->ask) +
			       PLAN_TURNAROUND_US) /
		    q->every_ms;
	}
	return us_a_ms > 1000;
}

static void
plan_devices(struct work *w, const struct plan_device *devices, size_t count)
{
	w->plan->slot_count = 0;
	w->plan->request_count = 0;
	w->plan->part_count = 0;
	for (size_t i = 0; i < count; i++) {
		w->device = &devices[i];
		plan_device(w);
	}
}

/* There was room for each point to be a request of its own. */
static void
give_back(struct plan *p)
{
	if (p->request_count > 0)
		p->requests = must_grow(
		    p->requests, p->request_count, sizeof(*p->requests));
}

struct plan *
plan_new(const struct plan_device *devices, size_t count,
    const struct driver *driver, const struct driver_line *line)
{
	struct plan *plan = must_alloc(1, sizeof(*plan));
	struct work w = {.plan = plan,
	    .driver = driver,
	    .line = line,
	    .most_us = most_us(devices, count)};
	size_t points = 0, identities = 0;

	for (size_t i = 0; i < count; i++) {
		points += devices[i].point_count;
		identities += devices[i].has_identity;
	}
	plan->slots = must_alloc(count, sizeof(*plan->slots));
	plan->requests =
	    must_alloc(points + identities, sizeof(*plan->requests));
	plan->parts = must_alloc(points, sizeof(*plan->parts));
	plan_devices(&w, devices, count);
	if (is_overloaded(&w)) {
		/* Nobody's period can be kept: then at least no time is lost
		 * with short requests. */
		w.most_us = INT64_MAX;
		plan_devices(&w, devices, count);
	}
	give_back(plan);
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
