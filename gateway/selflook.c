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
	alarms_gateway(alarms, point, in, now_ms);
}

static struct value
number(double f)
{
	return (struct value){.type = VALUE_F32, .f = f};
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
	    number(lately ? (double)h->missed : 0), now_ms);
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
	    number(s->notify_failing), now_ms);
}
