/*
 * span.c - what a number did over the last while
 *
 * A ring of slots, the oldest at head.  A slot begins with the first value that
 * comes a slot's time after the beginning of the one before, so slow readings
 * have a slot each and nothing is lost of them; of fast ones a slot keeps what
 * `rate` and `drop` may ask for.  A slot counts as long as its first value is
 * inside the span.
 */
#include "gateway/measure/span.h"

#include <assert.h>
#include <math.h>

/* Rounded up: one slot less than all of them cover the span, and so there is
 * always room for a new one when those outside are gone. */
static int64_t
slot_ms(const struct span *s)
{
	return ((int64_t)s->span_ms + SPAN_SLOTS - 2) / (SPAN_SLOTS - 1);
}

/* i: 0 is the oldest. */
static const struct span_slot *
slot(const struct span *s, uint16_t i)
{
	return &s->slots[(s->head + i) % SPAN_SLOTS];
}

static bool
is_inside(const struct span *s, int64_t at_ms, int64_t now_ms)
{
	return now_ms - at_ms <= (int64_t)s->span_ms;
}

void
span_start(struct span *s, uint32_t span_ms)
{
	assert(span_ms > 0);
	s->span_ms = span_ms;
	s->head = 0;
	s->count = 0;
}

static void
forget_outside(struct span *s, int64_t now_ms)
{
	while (s->count > 0 && !is_inside(s, slot(s, 0)->at_ms, now_ms)) {
		s->head = (uint16_t)((s->head + 1) % SPAN_SLOTS);
		s->count--;
	}
}

static void
add_slot(struct span *s, int64_t now_ms, double value)
{
	assert(s->count < SPAN_SLOTS);
	s->slots[(s->head + s->count) % SPAN_SLOTS] =
	    (struct span_slot){now_ms, value, value};
	s->count++;
}

void
span_put(struct span *s, int64_t now_ms, double value)
{
	struct span_slot *newest;

	assert(isfinite(value));
	assert(s->count == 0 || now_ms >= s->last_ms);
	forget_outside(s, now_ms);
	s->last_ms = now_ms;
	s->last = value;
	if (s->count == 0) {
		add_slot(s, now_ms, value);
		return;
	}
	newest = &s->slots[(s->head + s->count - 1) % SPAN_SLOTS];
	if (now_ms - newest->at_ms >= slot_ms(s))
		add_slot(s, now_ms, value);
	else if (value > newest->most)
		newest->most = value;
}

/* The oldest slot inside the span; count if there is none. */
static uint16_t
oldest_inside(const struct span *s, int64_t now_ms)
{
	uint16_t i = 0;

	while (i < s->count && !is_inside(s, slot(s, i)->at_ms, now_ms))
		i++;
	return i;
}

bool
span_rate(const struct span *s, int64_t now_ms, double *out)
{
	uint16_t i = oldest_inside(s, now_ms);
	int64_t apart_ms;

	if (i == s->count)
		return false;
	apart_ms = s->last_ms - slot(s, i)->at_ms;
	if (apart_ms <= 0 || apart_ms * 2 < (int64_t)s->span_ms)
		return false;
	*out = (s->last - slot(s, i)->first) / ((double)apart_ms / 1000);
	return true;
}

bool
span_drop(const struct span *s, int64_t now_ms, double *out)
{
	double most = s->last;

	if (s->count == 0 || !is_inside(s, s->last_ms, now_ms))
		return false;
	for (uint16_t i = oldest_inside(s, now_ms); i < s->count; i++)
		most = fmax(most, slot(s, i)->most);
	*out = most - s->last;
	return true;
}
