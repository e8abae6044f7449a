/*
 * pace.c - how much of the backlog may be under way, pure
 */
#include "gateway/sinks/pace.h"

#include <assert.h>

/* Live messages are to arrive within 2 s, and have the time of one window of
 * their own to go. */
#define SLOW_MS 1000
#define FAST_MS 500

void
pace_reset(struct pace *p, unsigned max)
{
	assert(max > 0);
	*p = (struct pace){.limit = 1, .max = max, .cut_ms = INT64_MIN};
}

void
pace_ack(struct pace *p, int64_t sent_ms, int64_t now_ms)
{
	int64_t took_ms = now_ms - sent_ms;

	/* What was sent before the cut says nothing new. */
	if (took_ms > SLOW_MS && sent_ms > p->cut_ms) {
		p->limit = p->limit > 1 ? p->limit / 2 : 1;
		p->cut_ms = now_ms;
	}
	if (took_ms < FAST_MS && p->limit < p->max)
		p->limit++;
}
