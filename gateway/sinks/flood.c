/* flood.c - whether more alarms are raised than people can follow */
#include "gateway/sinks/flood.h"

void
flood_raise(struct flood *f, int64_t at_ms)
{
	size_t i = f->count;

	if (i > FLOOD_RAISES) {
		if (at_ms <= f->raises_ms[FLOOD_RAISES])
			return;
		i--;
	} else {
		f->count++;
	}
	for (; i > 0 && f->raises_ms[i - 1] < at_ms; i--)
		f->raises_ms[i] = f->raises_ms[i - 1];
	f->raises_ms[i] = at_ms;
}

int64_t
flood_until(const struct flood *f)
{
	if (f->count <= FLOOD_RAISES)
		return INT64_MIN;
	return f->raises_ms[FLOOD_RAISES] + FLOOD_MS;
}

bool
flood_is_on(const struct flood *f, int64_t now_ms)
{
	return now_ms < flood_until(f);
}
