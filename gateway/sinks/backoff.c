/*
 * backoff.c - when to try a lost broker again, pure
 */
#include "gateway/sinks/backoff.h"

#define FIRST_MS 1000
#define EARLY_MS 5000
#define EARLY_FOR_MS 60000
#define LATE_MS 60000

int64_t
backoff_next(struct backoff *b, int64_t now_ms, uint32_t random)
{
	int64_t bound_ms = FIRST_MS, limit_ms = EARLY_MS;

	if (!b->out)
		*b = (struct backoff){.out = true, .since_ms = now_ms};
	if (now_ms - b->since_ms >= EARLY_FOR_MS)
		limit_ms = LATE_MS;
	for (unsigned i = 0; i < b->tries && bound_ms < limit_ms; i++)
		bound_ms *= 2;
	if (bound_ms > limit_ms)
		bound_ms = limit_ms;
	b->tries++;
	return (int64_t)(random % (uint64_t)(bound_ms + 1));
}

void
backoff_reset(struct backoff *b)
{
	*b = (struct backoff){0};
}
