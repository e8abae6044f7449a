/* reference.c - what a counter stood at before a gap */
#include "gateway/store/reference.h"

#define ENOUGH 2 /* readings early: the second confirms the first */

void
reference_free(struct reference *r)
{
	slots_free(&r->slots);
}

/* The last count of a span, of minutes that were over at end_ms. */
static bool
last_count(const struct slots_point *p, int64_t span_ms, int64_t end_ms,
    struct slot_value *v)
{
	for (uint32_t i = p->count; i > 0; i--) {
		int64_t minute_ms =
		    span_ms + p->of[i - 1].index * HISTORY_MINUTE_MS;

		if (minute_ms + HISTORY_MINUTE_MS > end_ms ||
		    p->of[i - 1].slot.counted.type == VALUE_NONE)
			continue;
		*v = p->of[i - 1].slot.counted;
		return true;
	}
	return false;
}

static int
look_back(struct reference *r, struct history_file *file,
    const struct history_name *name, int64_t end_ms, struct slot_value *v)
{
	int64_t last = history_span_of(HISTORY_MINUTES, end_ms);
	int64_t first = history_span_of(HISTORY_MINUTES, end_ms - REFERENCE_MS);

	for (int64_t span = last; span >= first; span--) {
		const void *block;
		size_t length;
		int rc = history_file_slots(
		    file, HISTORY_MINUTES, span, name->device, &block, &length);

		if (rc == -1)
			return -1;
		if (rc == 1 &&
		    slots_open(&r->slots, HISTORY_MINUTE_MS, block, length) &&
		    slots_next(&r->slots, name->id, &r->point) == 1 &&
		    last_count(
			&r->point, span * HISTORY_MINUTES_SPAN_MS, end_ms, v))
			return 0;
	}
	return 0;
}

int
reference_set(struct reference *r, struct history_file *file,
    const struct history_name *name, struct past *p, struct filler *f)
{
	int64_t first_ms = past_first_value(p);

	if (first_ms >= f->to_ms || past_values_before(p, f->from_ms) >= ENOUGH)
		return 0;
	return look_back(r, file, name, first_ms, &f->believed);
}
