/*
 * report.c - what a bus tells the loop
 *
 * Of an answer only the words that are there go into the ring.
 */
#include "gateway/poll/report.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/ring.h"

#define RING_MAX_BYTES ((size_t)4 * 1024 * 1024) /* each bus has one */
#define RING_STALL_MS 10000 /* how long the loop may be away */
#define HEAD_BYTES offsetof(struct answer, words)

/* Each answer once, at a start or a return, and then at its period. */
static size_t
ring_bytes(const struct plan *plan)
{
	double bytes = 0;

	for (size_t i = 0; i < plan->request_count; i++) {
		const struct plan_request *q = &plan->requests[i];

		bytes += (double)(HEAD_BYTES + 8 + 2u * q->ask.count) *
		    (1 + (double)RING_STALL_MS / q->every_ms);
	}
	return bytes > (double)RING_MAX_BYTES ? RING_MAX_BYTES : (size_t)bytes;
}

void
report_open(struct report *r, const struct plan *plan, struct figures *figures)
{
	*r = (struct report){.plan = plan,
	    .ring = ring_new(ring_bytes(plan)),
	    .figures = figures};
}

void
report_close(struct report *r)
{
	ring_free(r->ring);
}

static void
put(struct report *r, struct answer *a)
{
	struct clock_now now;
	uint64_t lost = a->request < 0 ? 1 : a->part_count;

	clock_now(&now);
	a->mono_ms = now.mono_ms;
	a->wall_ms = now.wall_ms;
	a->synced = now.synced;
	if (!ring_put(r->ring, a, HEAD_BYTES, a->words,
		a->word_count * sizeof(a->words[0]))) {
		figures_overrun(r->figures, lost);
		return;
	}
	r->news = true;
}

void
report_device(struct report *r, uint16_t slot, enum driver_verdict verdict,
    uint8_t exception)
{
	struct answer a = {.device = r->plan->slots[slot].device,
	    .request = -1,
	    .verdict = (uint8_t)verdict,
	    .exception = exception};

	put(r, &a);
}

void
report_piece(struct report *r, int i, const struct piece *piece,
    enum driver_verdict verdict, const struct driver_reply *reply)
{
	struct answer a = {.device = r->plan->requests[i].device,
	    .request = i,
	    .part_first = piece->part_first,
	    .part_count = piece->part_count,
	    .at = piece->at,
	    .verdict = (uint8_t)verdict};

	if (verdict == DRIVER_OK) {
		a.word_count = reply->word_count;
		memcpy(a.words, reply->words,
		    reply->word_count * sizeof(a.words[0]));
	} else if (verdict == DRIVER_EXCEPTION) {
		a.exception = reply->exception;
	}
	put(r, &a);
}

void
report_space(struct report *r, int i, enum driver_verdict verdict,
    const struct driver_reply *reply)
{
	const struct plan_request *of = &r->plan->requests[i];

	for (size_t k = 0; k < r->plan->request_count; k++) {
		const struct plan_request *q = &r->plan->requests[k];
		struct piece whole = {
		    .part_first = q->part_first, .part_count = q->part_count};

		if (k != (size_t)i && q->slot == of->slot &&
		    q->ask.space == of->ask.space && q->part_count > 0)
			report_piece(r, (int)k, &whole, verdict, reply);
	}
}

void
report_missed(struct report *r, int i, enum driver_verdict verdict)
{
	struct answer a = {.device = r->plan->requests[i].device,
	    .request = i,
	    .verdict = (uint8_t)verdict};

	put(r, &a);
}

bool
report_news(struct report *r)
{
	bool news = r->news;

	r->news = false;
	return news;
}

bool
report_take(struct report *r, struct answer *a)
{
	size_t len = ring_take(r->ring, a, sizeof(*a));

	assert(len == 0 || len == HEAD_BYTES + a->word_count * 2u);
	return len > 0;
}
