/* outlet.c - whether a channel can be asked now */
#include "gateway/sinks/outlet.h"

#define NEVER_YET (INT64_MIN / 2)

void
outlet_open(struct outlet *o, const struct notify_channel *c)
{
	*o = (struct outlet){.again_ms = NEVER_YET, .silent_ms = NEVER_YET};
	bucket_open(&o->bucket, c->a_minute, c->a_minute_p1);
}

void
outlet_close(struct outlet *o)
{
	bucket_close(&o->bucket);
}

int64_t
outlet_wait_ms(unsigned failures)
{
	static const int64_t waits_ms[] = {2000, 5000, 15000};
	const unsigned count = sizeof(waits_ms) / sizeof(waits_ms[0]);

	return failures <= count ? waits_ms[failures - 1] : OUTLET_DOWN_MS;
}

bool
outlet_is_silent(const struct outlet *o, int64_t now_ms)
{
	return now_ms < o->silent_ms;
}

bool
outlet_is_down(const struct outlet *o)
{
	return o->failures >= OUTLET_TRIES;
}

bool
outlet_is_hopeful(const struct outlet *o, int64_t now_ms)
{
	return o->failures < OUTLET_DOUBTS && !outlet_is_silent(o, now_ms);
}

int64_t
outlet_when(const struct outlet *o, bool urgent, int64_t now_ms)
{
	int64_t when_ms = bucket_when(&o->bucket, urgent, now_ms);

	if (o->silent_ms > when_ms)
		when_ms = o->silent_ms;
	if (!urgent && o->again_ms > when_ms)
		when_ms = o->again_ms;
	return when_ms;
}

void
outlet_begin(struct outlet *o, int64_t now_ms)
{
	bucket_begin(&o->bucket, now_ms);
}

static int64_t
silence_ms(const struct robot_answer *a)
{
	if (a->verdict == ROBOT_REFUSED || a->retry_after_ms <= 0)
		return OUTLET_REFUSED_MS;
	return a->retry_after_ms < OUTLET_SILENT_MAX_MS ? a->retry_after_ms
							: OUTLET_SILENT_MAX_MS;
}

void
outlet_end(struct outlet *o, const struct robot_answer *a, int64_t now_ms)
{
	bucket_end(&o->bucket, now_ms);
	o->failing = a->verdict != ROBOT_SENT;
	if (a->verdict == ROBOT_SENT) {
		o->failures = 0;
		o->again_ms = o->silent_ms = NEVER_YET;
		return;
	}
	if (a->verdict != ROBOT_BUSY)
		o->failures++;
	if (a->verdict == ROBOT_FAILED)
		o->again_ms = now_ms + outlet_wait_ms(o->failures);
	else
		o->silent_ms = now_ms + silence_ms(a);
}
