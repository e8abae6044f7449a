/* breaker.c - when a device that does not answer is asked again, pure */
#include "gateway/poll/breaker.h"

#include <math.h>

#define AFFORD_MS 400 /* a probe on average: 2.8 % of BREAKER_PROBE_MS */
#define FORGET 256 /* answers: one that took long is not the rule for ever */

bool
breaker_answered(struct breaker *b, uint32_t took_ms)
{
	bool was_open = b->open;
	uint32_t slowest_ms = b->slowest_ms - b->slowest_ms / FORGET;

	slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;

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
	if (opens)
		b->phase = (uint32_t)now_ms; /* as good as at random */
	b->open = true;
	b->probe_ms = now_ms + probe_wait_ms(b->probes);
	return opens;
}

/* How long an ordinary probe waits. */
static uint32_t
probe_ms(const struct breaker *b)
{
	uint32_t wait_ms = 2 * b->slowest_ms;

	if (wait_ms < BREAKER_ANSWER_MS)
		return BREAKER_ANSWER_MS;
	if (b->slowest_ms > BREAKER_ANSWER_MAX_MS)
		return b->slowest_ms + b->slowest_ms / 4;
	return wait_ms < BREAKER_ANSWER_MAX_MS ? wait_ms
					       : BREAKER_ANSWER_MAX_MS;
}

/* Each which probe may wait the whole timeout: as often as what is unpaid of
 * that is paid between them, with as much again in reserve. */
static uint32_t
whole_every(uint32_t wait_ms, uint32_t line_ms)
{
	uint32_t every;

	if (wait_ms > BREAKER_ANSWER_MAX_MS)
		return BREAKER_WHOLE_EVERY;
	every = 2 * (line_ms - wait_ms) / (AFFORD_MS - wait_ms);
	return every > BREAKER_WHOLE_EVERY ? every : BREAKER_WHOLE_EVERY;
}

uint32_t
breaker_timeout_ms(const struct breaker *b, uint32_t line_ms)
{
	uint32_t wait_ms = probe_ms(b), every;

	if (!b->open || wait_ms >= line_ms)
		return 0;
	every = whole_every(wait_ms, line_ms);
	if (b->probes > 0 && (b->probes + b->phase) % every == every - 1)
		return 0;
	return wait_ms;
}

void
breaker_budget_open(struct breaker_budget *b, int64_t now_ms)
{
	*b = (struct breaker_budget){
	    .left_ms = BREAKER_ADVANCE_MS, .at_ms = now_ms, .ready_ms = now_ms};
}

void
breaker_budget_spend(struct breaker_budget *b, int64_t now_ms, double took_ms)
{
	double since_ms = (double)(now_ms - b->at_ms), wait_ms;
	double left_ms = b->left_ms + BREAKER_SHARE * since_ms;

	b->unpaid_ms = fmax(0, b->unpaid_ms - BREAKER_UNPAID_SHARE * since_ms);
	b->left_ms = fmax(0, fmin(left_ms, BREAKER_ADVANCE_MS)) - took_ms;
	b->at_ms = now_ms;
	wait_ms = fmax(0, -b->left_ms / BREAKER_SHARE);
	if (wait_ms + took_ms > BREAKER_PROBE_MS &&
	    b->unpaid_ms < BREAKER_UNPAID_MS) {
		b->unpaid_ms +=
		    BREAKER_SHARE * (wait_ms + took_ms - BREAKER_PROBE_MS);
		wait_ms = fmax(0, BREAKER_PROBE_MS - took_ms);
	}
	b->ready_ms = now_ms + (int64_t)ceil(wait_ms);
}

int64_t
breaker_budget_ready_ms(const struct breaker_budget *b)
{
	return b->ready_ms;
}
