/*
 * dispatch_compare.c - events were lost: what is known is compared with what
 * the board shows
 *
 * The board says what stands, and not what happened meanwhile.  So a raise that
 * was missed is known by the count and the begin of what stands, and of what
 * ended meanwhile nobody can say when.
 */
#include <assert.h>
#include <string.h>

#include "gateway/sinks/dispatch_parts.h"

#define SINCE_MS 1000 /* nearer than that it is the same occurrence */

static bool
is_shown(const struct board_view *view, const struct notice *n)
{
	size_t len = strlen(n->device);

	for (size_t i = 0; i < view->count; i++) {
		const char *key = view->alarms[i].key;

		if (strncmp(key, n->device, len) == 0 && key[len] == '/' &&
		    strcmp(key + len + 1, n->alarm) == 0)
			return true;
	}
	return false;
}

static bool
was_raised_anew(const struct telling *t, const struct notice *n)
{
	int64_t apart_ms = n->since_ms - t->notice.since_ms;

	return t->known && !t->over && n->state == ALARM_UNACK &&
	    (n->count != t->notice.count || apart_ms >= SINCE_MS ||
		apart_ms <= -SINCE_MS);
}

static void
compare(struct dispatch *d, const struct board_alarm *shown,
    const struct dispatch_time *now)
{
	const struct telling *t;
	struct sweep_list cars;
	struct notice n = {.cars = &cars};

	if (!notice_shown(&n, shown))
		return;
	n.ts_ms = now->unix_ms;
	t = docket_find(&d->docket, n.device, n.alarm);
	if (t != NULL && was_raised_anew(t, &n))
		n.change = ALARM_RAISE;
	dispatch_take(d, &n, now);
}

/* Of its end there is no event: what is told is told of its last one. */
static void
end(struct dispatch *d, struct telling *t, const struct dispatch_time *now)
{
	struct notice was = t->notice, n = was;

	n.state = ALARM_NORMAL;
	n.change = ALARM_CLEAR;
	n.active = false;
	n.ts_ms = 0;
	n.log[0] = '\0';
	dispatch_take(d, &n, now);
	strcpy(t->notice.log, was.log);
	t->over_ms = 0;
}

void
dispatch_compare(struct dispatch *d, const struct board_view *view,
    const struct dispatch_time *now)
{
	struct telling *t = NULL;

	assert(d->begun);
	dispatch_look(d, now);
	while ((t = docket_next(&d->docket, t)) != NULL)
		if (!t->over && !is_shown(view, &t->notice))
			end(d, t, now);
	for (size_t i = 0; i < view->count; i++)
		compare(d, &view->alarms[i], now);
}
