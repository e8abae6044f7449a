/* breaker.c - when a device that does not answer is asked again, pure */
#include "gateway/poll/breaker.h"

#include <math.h>

bool
breaker_answered(struct breaker *b, uint32_t took_ms)
{
	bool was_open = b->open;
	uint32_t slowest_ms = took_ms > b->slowest_ms ? took_ms : b->slowest_ms;

	*b = (struct breaker){.slowest_ms = slowest_ms};
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
breaker_failed(struct breaker *b, int64_t now_ms)
{
	bool opens = !b->open && b->failures + 1 >= BREAKER_FAILURES;

	if (b->failures < UINT32_MAX)
		b->failures++;
	if (!b->open && !opens)
		return false;
	if (b->open && b->probes < UINT32_MAX)
		b->probes++;
	b->open = true;
	b->probe_ms = now_ms + probe_wait_ms(b->probes);
	return opens;
}

uint32_t
breaker_timeout_ms(const struct breaker *b, uint32_t line_ms)
{
	uint32_t wait_ms = 2 * b->slowest_ms;

	if (!b->open ||
	    b->probes % BREAKER_WHOLE_EVERY == BREAKER_WHOLE_EVERY - 1)
		return 0;
	if (wait_ms < BREAKER_ANSWER_MS)
		wait_ms = BREAKER_ANSWER_MS;
	return wait_ms < line_ms ? wait_ms : 0;
}

void
breaker_budget_open(struct breaker_budget *b, int64_t now_ms)
{
	*b = (struct breaker_budget){
	    .left_ms = BREAKER_ADVANCE_MS, .at_ms = now_ms};
}

void
breaker_budget_spend(struct breaker_budget *b, int64_t now_ms, double took_ms)
{
	double left_ms =
	    b->left_ms + BREAKER_SHARE * (double)(now_ms - b->at_ms);

	if (left_ms > BREAKER_ADVANCE_MS)
		left_ms = BREAKER_ADVANCE_MS;
	b->left_ms = left_ms < 0 ? -took_ms : left_ms - took_ms;
	b->at_ms = now_ms;
}

int64_t
breaker_budget_ready_ms(const struct breaker_budget *b)
{
	if (b->left_ms >= 0)
		return b->at_ms;
	return b->at_ms + (int64_t)ceil(-b->left_ms / BREAKER_SHARE);
}
