/*
 * turn.c - whose turn it is on a bus, pure
 *
 * Linear scans: a bus has some hundred requests at most, and a request takes
 * milliseconds.  A heap was not worth its lines.
 */
#include "gateway/poll/turn.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

#define RETRY_WAIT_MAX_MS 10000 /* below the 15 s that make a point stale */
#define IDENTITY_WAIT_MS 1000 /* a period would be too long in doubt */

/* The latest time on the request's grid. */
static int64_t
grid_ms(const struct plan_request *q, int64_t now_ms)
{
	return now_ms - now_ms % q->every_ms;
}

struct turn *
turn_new(const struct plan *plan, int64_t now_ms)
{
	struct turn *t = must_alloc(1, sizeof(*t));

	t->plan = plan;
	t->requests = must_alloc(plan->request_count, sizeof(*t->requests));
	t->ready_ms = must_alloc(plan->slot_count, sizeof(*t->ready_ms));
	t->probe = must_alloc(plan->slot_count, sizeof(*t->probe));
	for (size_t i = 0; i < plan->request_count; i++)
		t->requests[i].due_ms = grid_ms(&plan->requests[i], now_ms);
	for (size_t s = 0; s < plan->slot_count; s++)
		t->probe[s] = -1;
	return t;
}

void
turn_free(struct turn *t)
{
	if (t == NULL)
		return;
	free(t->requests);
	free(t->ready_ms);
	free(t->probe);
	free(t);
}

static int64_t
may_go_ms(const struct turn *t, size_t i)
{
	uint16_t slot = t->plan->requests[i].slot;
	int64_t ready_ms = t->ready_ms[slot], due_ms = t->requests[i].due_ms;

	if (t->probe[slot] != -1 && t->probe[slot] != (int)i)
		return INT64_MAX;
	return due_ms > ready_ms ? due_ms : ready_ms;
}

static int64_t
deadline_ms(const struct turn *t, size_t i)
{
	const struct plan_request *q = &t->plan->requests[i];

	return t->requests[i].due_ms + (q->urgent ? 0 : q->every_ms);
}

/* An identity that was not answered takes its turn like any other, or a device
 * without one would be asked for nothing else. */
static bool
is_first(const struct turn *t, size_t i)
{
	return t->plan->requests[i].identity && !t->requests[i].retry &&
	    t->requests[i].failures == 0;
}

static bool
goes_before(const struct turn *t, size_t a, size_t b)
{
	bool first = is_first(t, a);

	if (first != is_first(t, b))
		return first;
	if (deadline_ms(t, a) != deadline_ms(t, b))
		return deadline_ms(t, a) < deadline_ms(t, b);
	return t->requests[a].asked_ms < t->requests[b].asked_ms;
}

int
turn_pick(const struct turn *t, int64_t now_ms)
{
	int best = -1;

	for (size_t i = 0; i < t->plan->request_count; i++) {
		if (may_go_ms(t, i) > now_ms)
			continue;
		if (best == -1 || goes_before(t, i, (size_t)best))
			best = (int)i;
	}
	return best;
}

int64_t
turn_wake(const struct turn *t)
{
	int64_t wake_ms = INT64_MAX;

	for (size_t i = 0; i < t->plan->request_count; i++)
		if (may_go_ms(t, i) < wake_ms)
			wake_ms = may_go_ms(t, i);
	return wake_ms;
}

/* The next time on its grid that is not over yet. */
static void
advance(struct turn *t, int i, int64_t now_ms)
{
	struct turn_request *r = &t->requests[i];
	int64_t every_ms = t->plan->requests[i].every_ms;

	r->due_ms = grid_ms(&t->plan->requests[i], r->due_ms) + every_ms;
	if (r->due_ms + every_ms > now_ms)
		return;
	int64_t over = (now_ms - r->due_ms) / every_ms;

	if (r->asked_ms != 0) /* before the first time nothing was promised */
		t->missed += (uint64_t)over;
	r->due_ms += over * every_ms;
}

void
turn_answered(struct turn *t, int i, int64_t now_ms)
{
	const struct plan_request *q = &t->plan->requests[i];

	assert(i >= 0 && (size_t)i < t->plan->request_count);
	if (q->identity && t->requests[i].failures > 0)
		turn_restart(t, q->slot, now_ms);
	t->requests[i].failures = 0;
	t->requests[i].retry = false;
	advance(t, i, now_ms);
	t->requests[i].asked_ms = now_ms;
}

/* How long it is left alone after so many failures: twice as long each time,
 * but a point that is read each hour shall not be bad for an hour by one bad
 * try. */
static int64_t
retry_wait_ms(const struct plan_request *q, uint32_t failures)
{
	int64_t least_ms = q->identity ? IDENTITY_WAIT_MS : q->every_ms;
	int64_t most_ms = RETRY_WAIT_MAX_MS, wait_ms;

	if (!q->identity && q->every_ms > most_ms) {
		least_ms = RETRY_WAIT_MAX_MS;
		most_ms = q->every_ms;
	}
	wait_ms = least_ms << (failures - 1);
	return wait_ms < most_ms ? wait_ms : most_ms;
}

bool
turn_failed(struct turn *t, int i, int64_t now_ms)
{
	struct turn_request *r = &t->requests[i];

	assert(i >= 0 && (size_t)i < t->plan->request_count);
	r->asked_ms = now_ms;
	if (!r->retry && r->failures == 0) {
		r->retry = true;
		return true;
	}
	r->retry = false;
	if (r->failures < 16)
		r->failures++;
	r->due_ms = now_ms + retry_wait_ms(&t->plan->requests[i], r->failures);
	return false;
}

/* Characters, as far as they differ: a register is two, eight bits are one. */
static uint32_t
characters(const struct driver_request *ask)
{
	bool bits = ask->space == SPACE_COIL || ask->space == SPACE_DISCRETE;

	return bits ? (ask->count + 7u) / 8 : 2u * ask->count;
}

static int
shortest(const struct plan *p, uint16_t slot)
{
	int best = -1;

	for (size_t i = 0; i < p->request_count; i++)
		if (p->requests[i].slot == slot &&
		    (best == -1 ||
			characters(&p->requests[i].ask) <
			    characters(&p->requests[best].ask)))
			best = (int)i;
	return best;
}

void
turn_probe(struct turn *t, uint16_t slot, int64_t by_ms)
{
	int i;

	assert(slot < t->plan->slot_count);
	i = t->probe[slot] = shortest(t->plan, slot);
	if (i != -1 && t->requests[i].due_ms > by_ms)
		t->requests[i].due_ms = by_ms;
}

void
turn_restart(struct turn *t, uint16_t slot, int64_t now_ms)
{
	assert(slot < t->plan->slot_count);
	t->probe[slot] = -1;
	for (size_t i = 0; i < t->plan->request_count; i++) {
		const struct plan_request *q = &t->plan->requests[i];

		if (q->slot != slot)
			continue;
		t->requests[i].due_ms = grid_ms(q, now_ms);
		t->requests[i].failures = 0;
		t->requests[i].retry = false;
	}
}
