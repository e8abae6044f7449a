/*
 * pieces.c - requests that a device refuses, asked in pieces
 *
 * A piece is a run of a request's parts, which stand in the plan by address.
 * It is kept in the place of its first part, so there is room for the case that
 * every point stands alone, and nothing is allocated when a request is halved.
 * An identity, which has no parts, is always whole.
 *
 * A space whose function the device does not know is not written into the runs
 * of its requests, which stay whole, but beside them; the one point that is
 * asked for now and then is no run, either.
 */
#include "gateway/poll/pieces.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

struct run {
	uint32_t count; /* parts; 0: in the middle of another run */
	int32_t wait_ms; /* a point that is refused was left alone so long */
	int64_t again_ms; /* monotonic, of that; or 0 */
};

/* What one unit answers to one function. */
struct space {
	bool served; /* something was answered but that it is unknown */
	int64_t wait_ms; /* it is unknown, and left alone so long; or 0 */
	int64_t again_ms;
	uint32_t turn; /* whose point is next; goes on and on */
};

struct pieces {
	const struct plan *plan;
	struct run *runs; /* by the plan's parts */
	uint32_t *next; /* by request: the part whose run is next */
	bool *heals; /* by request: a refused point was answered in this pass */
	struct space *spaces; /* by slot and space */
	uint32_t refused; /* points that are */
};

static struct space *
space_of(const struct pieces *p, size_t i)
{
	const struct plan_request *q = &p->plan->requests[i];

	return &p->spaces[q->slot * SPACE_COUNT + q->ask.space];
}

static void
make_whole(struct pieces *p, size_t i)
{
	const struct plan_request *q = &p->plan->requests[i];

	for (uint32_t k = 0; k < q->part_count; k++) {
		p->refused -= p->runs[q->part_first + k].wait_ms > 0;
		p->runs[q->part_first + k] = (struct run){0};
	}
	if (q->part_count > 0)
		p->runs[q->part_first].count = q->part_count;
	p->next[i] = q->part_first;
	p->heals[i] = false;
}

struct pieces *
pieces_new(const struct plan *plan)
{
	struct pieces *p = must_alloc(1, sizeof(*p));

	p->plan = plan;
	p->runs = must_alloc(plan->part_count, sizeof(*p->runs));
	p->next = must_alloc(plan->request_count, sizeof(*p->next));
	p->heals = must_alloc(plan->request_count, sizeof(*p->heals));
	p->spaces =
	    must_alloc(plan->slot_count * SPACE_COUNT, sizeof(*p->spaces));
	for (size_t i = 0; i < plan->request_count; i++)
		make_whole(p, i);
	return p;
}

void
pieces_free(struct pieces *p)
{
	if (p == NULL)
		return;
	free(p->runs);
	free(p->next);
	free(p->heals);
	free(p->spaces);
	free(p);
}

/* ---- a space that is unknown ---- */

static bool
is_of_space(const struct pieces *p, size_t i, const struct space *s)
{
	return p->plan->requests[i].part_count > 0 && space_of(p, i) == s;
}

static uint32_t
space_requests(const struct pieces *p, const struct space *s)
{
	uint32_t count = 0;

	for (size_t i = 0; i < p->plan->request_count; i++)
		count += is_of_space(p, i, s);
	return count;
}

static void
space_unknown(struct pieces *p, struct space *s)
{
	for (size_t i = 0; i < p->plan->request_count; i++)
		if (is_of_space(p, i, s)) {
			make_whole(p, i);
			p->refused += p->plan->requests[i].part_count;
		}
	s->wait_ms = PIECES_AGAIN_MIN_MS;
}

static void
space_known(struct pieces *p, struct space *s)
{
	for (size_t i = 0; s->wait_ms > 0 && i < p->plan->request_count; i++)
		if (is_of_space(p, i, s))
			p->refused -= p->plan->requests[i].part_count;
	s->wait_ms = 0;
	s->served = true;
}

bool
pieces_unserved(struct pieces *p, size_t i, int64_t now_ms)
{
	struct space *s = space_of(p, i);

	assert(p->plan->requests[i].part_count > 0);
	if (s->served)
		return false;
	if (s->wait_ms == 0)
		space_unknown(p, s);
	else if ((s->wait_ms *= 2) > PIECES_AGAIN_MAX_MS)
		s->wait_ms = PIECES_AGAIN_MAX_MS;
	s->again_ms = now_ms + s->wait_ms;
	s->turn++;
	return true;
}

/* Whether it is request i's turn to show one of its points, and which: each
 * request its first, then each its second. */
static bool
show_point(
    const struct pieces *p, size_t i, int64_t now_ms, struct piece *piece)
{
	const struct plan_request *q = &p->plan->requests[i];
	const struct space *s = space_of(p, i);
	uint32_t count = space_requests(p, s), place = 0;

	for (size_t k = 0; k < i; k++)
		place += is_of_space(p, k, s);
	if (now_ms < s->again_ms || s->turn % count != place)
		return false;
	piece->part_first += s->turn / count % q->part_count;
	piece->part_count = 1;
	return true;
}

/* ---- pieces ---- */

/* Moves on to the next run that is to be asked; false if the pass is over. */
static bool
find_next(struct pieces *p, size_t i, int64_t now_ms)
{
	const struct plan_request *q = &p->plan->requests[i];
	uint32_t end = q->part_first + q->part_count;

	while (p->next[i] < end && p->runs[p->next[i]].again_ms > now_ms)
		p->next[i] += p->runs[p->next[i]].count;
	return p->next[i] < end;
}

/* The span of the run, with whatever of another point lies in it. */
static void
span(const struct pieces *p, const struct plan_request *q, struct piece *piece)
{
	uint32_t first = UINT32_MAX, end = 0;

	for (uint32_t k = 0; k < piece->part_count; k++) {
		const struct plan_part *part =
		    &p->plan->parts[piece->part_first + k];

		first = part->first < first ? part->first : first;
		if ((uint32_t)part->first + part->count > end)
			end = (uint32_t)part->first + part->count;
	}
	piece->at = (uint16_t)first;
	piece->ask.address = (uint16_t)(q->ask.address + first);
	piece->ask.count = (uint16_t)(end - first);
}

bool
pieces_get(struct pieces *p, size_t i, int64_t now_ms, struct piece *piece)
{
	const struct plan_request *q = &p->plan->requests[i];

	*piece = (struct piece){.ask = q->ask, .part_first = q->part_first};
	if (q->part_count == 0)
		return true;
	if (space_of(p, i)->wait_ms > 0) {
		if (!show_point(p, i, now_ms, piece))
			return false;
		span(p, q, piece);
		return true;
	}
	if (!find_next(p, i, now_ms)) {
		p->next[i] = q->part_first;
		if (!find_next(p, i, now_ms))
			return false;
	}
	piece->part_first = p->next[i];
	piece->part_count = p->runs[p->next[i]].count;
	if (piece->part_count < q->part_count)
		span(p, q, piece);
	return true;
}

/* One run of all between two points that are refused. */
static void
join(struct pieces *p, size_t i)
{
	const struct plan_request *q = &p->plan->requests[i];
	struct run *whole = NULL;

	for (uint32_t k = 0; k < q->part_count; k++) {
		struct run *run = &p->runs[q->part_first + k];

		if (run->wait_ms > 0) {
			whole = NULL;
			continue;
		}
		if (whole == NULL)
			whole = run;
		run->count = 0;
		whole->count++;
	}
	p->heals[i] = false;
}

bool
pieces_done(struct pieces *p, size_t i, int64_t now_ms, bool answered)
{
	const struct plan_request *q = &p->plan->requests[i];
	struct run *run = &p->runs[p->next[i]];
	struct space *s = space_of(p, i);

	if (q->part_count == 0)
		return true;
	if (s->wait_ms > 0) {
		s->again_ms = now_ms + s->wait_ms;
		if (answered)
			space_known(p, s);
		return true;
	}
	s->served |= answered && run->again_ms <= now_ms;
	assert(p->next[i] < q->part_first + q->part_count);
	if (run->wait_ms > 0 && !answered) {
		run->again_ms = now_ms + run->wait_ms;
	} else if (run->wait_ms > 0 && run->again_ms <= now_ms) {
		p->refused--;
		run->again_ms = run->wait_ms = 0;
		p->heals[i] = true;
	}
	p->next[i] += run->count;
	if (find_next(p, i, now_ms))
		return false;
	if (p->heals[i])
		join(p, i);
	p->next[i] = q->part_first;
	return true;
}

bool
pieces_at_start(const struct pieces *p, size_t i)
{
	return p->next[i] == p->plan->requests[i].part_first;
}

bool
pieces_refused(struct pieces *p, size_t i, int64_t now_ms)
{
	struct run *run = &p->runs[p->next[i]];
	uint32_t half = run->count / 2;
	bool was_unknown = space_of(p, i)->wait_ms > 0;

	assert(p->plan->requests[i].part_count > 0);
	space_known(p, space_of(p, i));
	if (was_unknown)
		return true; /* the one point; all of them are next */
	if (run->count == 1) {
		p->refused += run->wait_ms == 0;
		run->wait_ms =
		    run->wait_ms == 0 ? PIECES_AGAIN_MIN_MS : 2 * run->wait_ms;
		if (run->wait_ms > PIECES_AGAIN_MAX_MS)
			run->wait_ms = PIECES_AGAIN_MAX_MS;
		run->again_ms = now_ms + run->wait_ms;
		return false;
	}
	run[half] = (struct run){.count = run->count - half};
	*run = (struct run){.count = half};
	return true;
}

void
pieces_forget(struct pieces *p, uint16_t slot)
{
	struct space *spaces = &p->spaces[slot * SPACE_COUNT];

	for (int space = 0; space < SPACE_COUNT; space++) {
		space_known(p, &spaces[space]);
		spaces[space] = (struct space){0};
	}
	for (size_t i = 0; i < p->plan->request_count; i++)
		if (p->plan->requests[i].slot == slot)
			make_whole(p, i);
}

uint32_t
pieces_refused_points(const struct pieces *p)
{
	return p->refused;
}
