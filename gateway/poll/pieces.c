/*
 * pieces.c - requests that a device refuses, asked in pieces
 *
 * A piece is a run of a request's parts, which stand in the plan by address.
 * It is kept in the place of its first part, so there is room for the case that
 * every point stands alone, and nothing is allocated when a request is halved.
 * An identity, which has no parts, is always whole.
 *
 * Halving leaves more pieces than are needed: one refused point in sixty, and
 * five runs are read for ever where two would do.  So at the end of a pass that
 * halved anything it is settled what was to blame.  The halves of a run are a
 * tree, and its leaves were answered, or are points that are refused.  A run
 * that was refused although nothing refused is found in either half was refused
 * for what lies between the two, or for being long: that border, if it is found
 * so twice, is kept and not read across for a while.  Over all other borders
 * pieces are joined.  If that was too much one of them is refused again, and
 * its own border is found: each time at least one more, so it ends.
 *
 * Not done: a new plan.  Pieces of two requests are never joined, which where a
 * row of points is longer than a request may cost one request more than a plan
 * that knew of the hole.
 *
 * A space whose function the device does not know is not written into the runs
 * of its requests, which stay whole, but beside them; the one point that is
 * asked for now and then is no run, either.
 */
#include "gateway/poll/pieces.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

#define SLOW_MAX_MS 10000 /* a line that is back waits no longer for a run */

struct run {
	int64_t again_ms; /* monotonic: not asked for before; or 0 */
	int64_t join_ms; /* not read across before; or 0 */
	int32_t wait_ms; /* a point that is refused was left alone so long */
	int32_t apart_ms; /* nothing was read across its beginning so long */
	uint16_t count; /* parts; 0: in the middle of another run */
	uint16_t halved; /* the parts it had before this pass; or 0 */
	bool silent; /* it was given up, and has not been answered since */
	bool suspect; /* its beginning may be why a longer one was refused */
};

/* Of one request. */
struct pass {
	uint32_t next; /* the part whose run is next */
	bool changed; /* a run was halved, or is answered that was not */
	int64_t join_ms; /* the first border to be tried again; 0: none ever */
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
	struct pass *passes; /* by request */
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

	assert(q->part_count <= UINT16_MAX); /* so many points have a number */
	for (uint32_t k = 0; k < q->part_count; k++) {
		p->refused -= p->runs[q->part_first + k].wait_ms > 0;
		p->runs[q->part_first + k] = (struct run){0};
	}
	if (q->part_count > 0)
		p->runs[q->part_first].count = (uint16_t)q->part_count;
	p->passes[i] = (struct pass){.next = q->part_first};
}

struct pieces *
pieces_new(const struct plan *plan)
{
	struct pieces *p = must_alloc(1, sizeof(*p));

	p->plan = plan;
	p->runs = must_alloc(plan->part_count, sizeof(*p->runs));
	p->passes = must_alloc(plan->request_count, sizeof(*p->passes));
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
	free(p->passes);
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
	uint32_t *next = &p->passes[i].next;

	while (*next < end && p->runs[*next].again_ms > now_ms)
		*next += p->runs[*next].count;
	return *next < end;
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
		p->passes[i].next = q->part_first;
		if (!find_next(p, i, now_ms))
			return false;
	}
	piece->part_first = p->passes[i].next;
	piece->part_count = p->runs[piece->part_first].count;
	if (piece->part_count < q->part_count)
		span(p, q, piece);
	return true;
}

/* The border before a part seems to be to blame.  Only twice in a row is it
 * believed: what a device refuses now and then must not take a request apart
 * for minutes, for the more pieces, the more of them are refused. */
static void
keep_apart(struct run *run, int64_t now_ms)
{
	run->suspect = !run->suspect && run->apart_ms == 0;
	if (run->suspect)
		return;
	run->apart_ms =
	    run->apart_ms == 0 ? PIECES_AGAIN_MIN_MS : 2 * run->apart_ms;
	if (run->apart_ms > PIECES_AGAIN_MAX_MS)
		run->apart_ms = PIECES_AGAIN_MAX_MS;
	run->join_ms = now_ms + run->apart_ms;
}

/* Whether it is not to be joined to its neighbours: with it they might not be
 * answered, either. */
static bool
is_alone(const struct run *run)
{
	return run->wait_ms > 0 || run->silent;
}

/* Whether it is known why these parts, which were asked for together, were
 * refused; false: they were not. */
static bool
find_blame(struct run *runs, uint32_t count, int64_t now_ms)
{
	uint32_t half = count / 2;
	bool first, last;

	if (runs->count == count)
		return is_alone(runs);
	first = find_blame(runs, half, now_ms);
	last = find_blame(runs + half, count - half, now_ms);
	if (!first && !last)
		keep_apart(&runs[half], now_ms);
	return true;
}

static void
join(struct pieces *p, size_t i, int64_t now_ms)
{
	const struct plan_request *q = &p->plan->requests[i];
	struct run *end = &p->runs[q->part_first + q->part_count], *next;
	struct run *whole = NULL; /* what the next run may be joined to */
	int64_t *join_ms = &p->passes[i].join_ms;

	*join_ms = INT64_MAX;
	for (struct run *run = &p->runs[q->part_first]; run < end; run = next) {
		next = run + run->count;
		run->halved = 0;
		if (run->join_ms > now_ms) {
			whole = NULL;
			*join_ms =
			    run->join_ms < *join_ms ? run->join_ms : *join_ms;
		}
		if (is_alone(run)) {
			whole = NULL;
		} else if (whole == NULL) {
			whole = run;
		} else {
			whole->count = (uint16_t)(whole->count + run->count);
			whole->again_ms = 0;
			run->count = 0;
		}
	}
}

/* A pass is over: pieces that need not be are none any more. */
static void
settle(struct pieces *p, size_t i, int64_t now_ms)
{
	const struct plan_request *q = &p->plan->requests[i];
	struct run *run = &p->runs[q->part_first], *end = run + q->part_count;
	uint32_t count;

	for (; run < end; run += count) {
		count = run->halved > 0 ? run->halved : run->count;
		(void)find_blame(run, count, now_ms);
	}
	join(p, i, now_ms);
	p->passes[i].changed = false;
}

/* A piece of nothing but slower points, which rode in the request before it was
 * refused, goes at their period. */
static int64_t
slow_again_ms(const struct pieces *p, size_t i, int64_t now_ms)
{
	const struct pass *pass = &p->passes[i];
	int64_t every_ms = INT64_MAX;

	for (uint32_t k = 0; k < p->runs[pass->next].count; k++)
		if (p->plan->parts[pass->next + k].every_ms < every_ms)
			every_ms = p->plan->parts[pass->next + k].every_ms;
	if (every_ms <= p->plan->requests[i].every_ms)
		return 0;
	every_ms /= (every_ms + SLOW_MAX_MS - 1) / SLOW_MAX_MS;
	return now_ms - now_ms % every_ms + every_ms;
}

static void
run_answered(struct pieces *p, size_t i, int64_t now_ms)
{
	struct pass *pass = &p->passes[i];
	struct run *run = &p->runs[pass->next];

	pass->changed |= is_alone(run);
	p->refused -= run->wait_ms > 0;
	run->wait_ms = 0;
	run->silent = false;
	run->again_ms = 0;
	if (run->count < p->plan->requests[i].part_count)
		run->again_ms = slow_again_ms(p, i, now_ms);
	for (uint32_t k = 1; pass->join_ms != 0 && k < run->count; k++) {
		run[k].apart_ms = 0;
		run[k].suspect = false;
	}
}

bool
pieces_done(struct pieces *p, size_t i, int64_t now_ms, bool answered)
{
	const struct plan_request *q = &p->plan->requests[i];
	struct pass *pass = &p->passes[i];
	struct run *run = &p->runs[pass->next];
	struct space *s = space_of(p, i);

	if (q->part_count == 0)
		return true;
	if (s->wait_ms > 0) {
		s->again_ms = now_ms + s->wait_ms;
		if (answered)
			space_known(p, s);
		return true;
	}
	assert(pass->next < q->part_first + q->part_count);
	if (answered && run->again_ms <= now_ms) { /* and not just refused */
		s->served = true;
		run_answered(p, i, now_ms);
	} else if (!answered) {
		if (run->wait_ms > 0)
			run->again_ms = now_ms + run->wait_ms;
		else
			run->silent = true;
	}
	pass->next += run->count;
	if (find_next(p, i, now_ms))
		return false;
	if (pass->changed || (pass->join_ms != 0 && pass->join_ms <= now_ms))
		settle(p, i, now_ms);
	pass->next = q->part_first;
	return true;
}

bool
pieces_at_start(const struct pieces *p, size_t i)
{
	return p->passes[i].next == p->plan->requests[i].part_first;
}

bool
pieces_refused(struct pieces *p, size_t i, int64_t now_ms)
{
	struct run *run = &p->runs[p->passes[i].next];
	uint16_t half = run->count / 2;
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
	p->passes[i].changed = true;
	if (run->halved == 0)
		run->halved = run->count;
	run[half].count = (uint16_t)(run->count - half);
	run[half].again_ms = 0;
	run[half].halved = 0;
	run[half].silent = run->silent = false;
	run->count = half;
	run->again_ms = 0;
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
