/* breaker.c - when a device that does not answer is asked again, pure */
#include "gateway/poll/breaker.h"

bool
breaker_answered(struct breaker *b)
{
	bool was_open = b->open;

	*b = (struct breaker){0};
	return was_open;
}

static int64_t
probe_wait_ms(uint32_t probes)
{
	int64_t wait_ms = BREAKER_WAIT_MIN_MS;

	while (probes-- > 0 && wait_ms < BREAKER_WAIT_MAX_MS)
		wait_ms *= 2;
	return wait_ms < BREAKER_WAIT_MAX_MS ? wait_ms : BREAKER_WAIT_MAX_MS;
}

bool
breaker_failed(struct breaker *b, int64_t now_ms, uint32_t open_count)
{
	bool opens = !b->open && b->failures + 1 >= BREAKER_FAILURES;

	if (b->failures < UINT32_MAX)
		b->failures++;
	if (!b->open && !opens)
		return false;
	if (b->open && b->probes < UINT32_MAX)
		b->probes++;
	b->open = true;
	b->probe_ms = now_ms + probe_wait_ms(b->probes) * (open_count + 1);
	return opens;
}
