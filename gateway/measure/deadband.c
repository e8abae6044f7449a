/*
 * deadband.c - which readings are worth keeping, pure
 */
#include "gateway/measure/deadband.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

static bool
is_whole(const struct value *v)
{
	return v->type == VALUE_I64 || v->type == VALUE_U64;
}

static bool
is_float(const struct value *v)
{
	return v->type == VALUE_F32 || v->type == VALUE_F64;
}

static __int128
whole(const struct value *v)
{
	return v->type == VALUE_I64 ? (__int128)v->i : (__int128)v->u;
}

/* Exact at any size: a counter beyond 2^53 that moved by one has changed. */
static bool
whole_moved(const struct value *a, const struct value *b, double band)
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
float_moved(const struct value *a, const struct value *b, double band)
{
	bool single = a->type == VALUE_F32 || b->type == VALUE_F32;
	double grain = single ? (double)FLT_EPSILON : DBL_EPSILON;

	if (band == 0)
		return a->f != b->f;
	return fabs(a->f - b->f) > band + grain * fmax(fabs(a->f), fabs(b->f));
}

static bool
moved(const struct value *a, const struct value *b, double band)
{
	if (band == 0 && a->type == b->type) /* as nearly always */
		return !value_equal(a, b);
	if (is_whole(a) && is_whole(b))
		return whole_moved(a, b, band);
	if (is_float(a) && is_float(b))
		return float_moved(a, b, band);
	return !value_equal(a, b);
}

bool
deadband_due(const struct deadband_rule *rule, const struct deadband *last,
    const struct reading *r, int64_t now_ms)
{
	struct value kept;

	assert(rule->heartbeat_ms > 0 && rule->every_ms >= 0);
	assert(rule->deadband >= 0);
	if (!last->any || !quality_equal(last->quality, r->quality))
		return true;
	if (now_ms - last->at_ms >= rule->heartbeat_ms - rule->every_ms / 2)
		return true;
	if (last->type == VALUE_TEXT)
		return r->value.type != VALUE_TEXT ||
		    strcmp(last->text, r->value.text) != 0;
	kept.type = last->type;
	kept.u = last->bits;
	return moved(&kept, &r->value, rule->deadband);
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
