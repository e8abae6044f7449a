/*
 * deadband.c - which readings are worth keeping, pure
 */
#include "gateway/measure/deadband.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* A value that is no text. */
struct number {
	uint8_t type; /* enum value_type */
	union {
		double f;
		int64_t i;
		uint64_t u;
	};
};

static bool
is_whole(const struct number *n)
{
	return n->type == VALUE_I64 || n->type == VALUE_U64;
}

static bool
is_float(const struct number *n)
{
	return n->type == VALUE_F32 || n->type == VALUE_F64;
}

static __int128
whole(const struct number *n)
{
	return n->type == VALUE_I64 ? (__int128)n->i : (__int128)n->u;
}

/* Exact at any size: a counter beyond 2^53 that moved by one has changed. */
static bool
whole_moved(const struct number *a, const struct number *b, double band)
{
	__int128 by = whole(a) - whole(b);

	if (by < 0)
		by = -by;
	/* Two 64-bit integers are less than 2^65 apart; and an integer is
	 * above the band when it is above the band's whole part. */
	return band < 0x1p65 && by > (__int128)band;
}

/* A step of just the band is not beyond it, though 0.8 - 0.7 > 0.1 in binary:
 * what the two numbers may be off by is granted. */
static bool
float_moved(const struct number *a, const struct number *b, double band)
{
	bool single = a->type == VALUE_F32 || b->type == VALUE_F32;
	double grain = single ? (double)FLT_EPSILON : DBL_EPSILON;

	if (band == 0)
		return a->f != b->f;
	return fabs(a->f - b->f) > band + grain * fmax(fabs(a->f), fabs(b->f));
}

static bool
differs(const struct number *a, const struct number *b)
{
	if (a->type != b->type)
		return true;
	return is_float(a) ? a->f != b->f
			   : a->type != VALUE_NONE && a->u != b->u;
}

static bool
moved(const struct number *a, const struct number *b, double band)
{
	if (band == 0 && a->type == b->type) /* as nearly always */
		return differs(a, b);
	if (is_whole(a) && is_whole(b))
		return whole_moved(a, b, band);
	if (is_float(a) && is_float(b))
		return float_moved(a, b, band);
	return differs(a, b);
}

bool
deadband_due(const struct deadband_rule *rule, const struct deadband *last,
    const struct reading *r, int64_t now_ms)
{
	struct number was = {.type = last->type}, now = {.type = r->value.type};

	assert(rule->heartbeat_ms > 0 && rule->every_ms >= 0);
	assert(rule->deadband >= 0);
	if (!last->any || !quality_equal(last->quality, r->quality))
		return true;
	if (now_ms - last->at_ms >= rule->heartbeat_ms - rule->every_ms / 2)
		return true;
	if (last->type == VALUE_TEXT || r->value.type == VALUE_TEXT)
		return last->type != r->value.type ||
		    strcmp(last->text, r->value.text) != 0;
	was.u = last->bits;
	now.u = r->value.u;
	return moved(&was, &now, rule->deadband);
}

void
deadband_keep(struct deadband *last, const struct reading *r, int64_t now_ms)
{
	last->any = true;
	last->type = r->value.type;
	if (last->type == VALUE_TEXT) {
		assert(last->text != NULL);
		memcpy(last->text, r->value.text, SAMPLE_TEXT_MAX);
	} else {
		last->bits = r->value.u;
	}
	last->quality = r->quality;
	last->at_ms = now_ms;
}

void
deadband_go_on(struct deadband *last, const struct deadband *was)
{
	char *room = last->text;

	*last = *was;
	last->text = room;
	if (last->type == VALUE_TEXT) {
		assert(room != NULL);
		memcpy(room, was->text, SAMPLE_TEXT_MAX);
	}
}
