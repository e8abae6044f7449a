/* selflook.c - what riser sees of itself */
#include "gateway/selflook.h"

#include "gateway/base/box.h"

#define MISSED_MS (24 * 3600 * 1000) /* for which it is told of */
#define BOX_STALE_MS 30000 /* the disk hangs, and who looks at it with it */

static void
set(struct selflook *s, struct alarms *alarms, uint16_t point, bool known,
    struct value v, int64_t now_ms)
{
	struct derive_input *in = &s->points[point];

	in->at_ms = now_ms;
	in->quality.code = known ? QUALITY_GOOD : QUALITY_NEVER;
	in->value = v;
	s->known[point] |= known;
	alarms_gateway(alarms, point, in, now_ms);
}

static struct value
number(double f)
{
	return (struct value){.type = VALUE_F32, .f = (double)(float)f};
}

static struct value
count(uint64_t n)
{
	return (struct value){.type = VALUE_U64, .u = n};
}

static struct value
truth(bool is)
{
	return (struct value){.type = VALUE_BOOL, .u = is};
}

static bool
is_in_memory(struct journal *j)
{
	struct journal_state s;

	journal_state(j, &s);
	return s.in_memory;
}

static void
look_at_history(struct selflook *s, struct alarms *alarms, int64_t now_ms)
{
	const struct history_state *h = &s->history;
	bool lately = h->missed_ms != 0 && now_ms - h->missed_ms < MISSED_MS;

	set(s, alarms, GATEWAY_HISTORY_OK, true, truth(!h->failing), now_ms);
	set(s, alarms, GATEWAY_HISTORY_ASIDE, true, truth(h->aside), now_ms);
	set(s, alarms, GATEWAY_HISTORY_MISSED, true,
	    count(lately ? h->missed : 0), now_ms);
}

void
selflook_look(struct selflook *s, struct alarms *alarms,
    struct journal *readings, struct journal *events, int64_t journal_max_bytes,
    const struct stamp *now)
{
	int64_t now_ms = now->mono_ms;
	double backlog = (double)journal_backlog(readings);
	struct box_now box;
	bool fresh;

	box_now(&box);
	fresh = box.looked_ms != 0 && now_ms - box.looked_ms < BOX_STALE_MS;
	set(s, alarms, GATEWAY_CPU_TEMP, fresh && box.cpu_temp > 0,
	    number(box.cpu_temp), now_ms);
	set(s, alarms, GATEWAY_DISK_USED, fresh && box.disk_used >= 0,
	    number(box.disk_used), now_ms);
	set(s, alarms, GATEWAY_BUFFER_USED, true,
	    number(100 * backlog / (double)journal_max_bytes), now_ms);
	/* Without a platform none is missed. */
	set(s, alarms, GATEWAY_UPLINK, true,
	    truth(!s->wants_uplink || s->uplink), now_ms);
	set(s, alarms, GATEWAY_CLOCK_SYNCED, true, truth(now->synced), now_ms);
	set(s, alarms, GATEWAY_STORE_OK, true,
	    truth(!is_in_memory(readings) && !is_in_memory(events)), now_ms);
	look_at_history(s, alarms, now_ms);
	set(s, alarms, GATEWAY_NOTIFY_OK, s->wants_notify, truth(s->notify_ok),
	    now_ms);
	set(s, alarms, GATEWAY_NOTIFY_FAILING, s->wants_notify,
	    count(s->notify_failing), now_ms);
	s->looked = *now;
	s->box_looked_ms = box.looked_ms;
}

static bool
is_of_box(uint16_t point)
{
	return point == GATEWAY_CPU_TEMP || point == GATEWAY_DISK_USED;
}

void
selflook_go_on(struct selflook *s, const struct selflook *was)
{
	for (uint16_t i = 0; i < GATEWAY_POINTS; i++)
		if (is_of_box(i))
			s->known[i] = was->known[i];
}

static struct quality
quality_of(const struct selflook *s, uint16_t point)
{
	struct quality q = s->points[point].quality;

	if (point == GATEWAY_UPLINK && !s->wants_uplink)
		q.code = QUALITY_NEVER;
	else if (!quality_has_value(q) && s->known[point])
		q.code = QUALITY_STALE;
	return q;
}

uint16_t
selflook_readings(const struct selflook *s, enum selflook_part part,
    struct reading *out, struct stamp *at)
{
	int64_t ago_ms = s->looked.mono_ms - s->box_looked_ms;
	uint16_t n = 0;
	bool old = false;

	if (s->looked.mono_ms == 0)
		return 0;
	for (uint16_t i = 0; i < GATEWAY_POINTS; i++) {
		struct reading *r = &out[n];

		if (is_of_box(i) != (part == SELFLOOK_BOX))
			continue;
		*r = (struct reading){.point = i, .quality = quality_of(s, i)};
		if (quality_has_value(r->quality))
			r->value = s->points[i].value;
		old |= is_of_box(i) && quality_has_value(r->quality);
		n++;
	}
	*at = s->looked;
	if (old) {
		at->mono_ms -= ago_ms;
		at->wall_ms -= ago_ms;
	}
	return n;
}
