/* top_rows.c - see top_rows.h */
#include "gateway/commands/top_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/commands/alarms_show.h"
#include "gateway/commands/fit.h"
#include "gateway/commands/member.h"
#include "gateway/commands/tongue.h"
#include "gateway/commands/top_buses.h"

#define ID_COLUMNS 16 /* of a device */
#define TEXT_MIN 18
#define STATE_MAX 14 /* columns of an alarm's */

/* ---- pieces ---- */

void
top_rows_put(struct top_frame *f, const char *text, size_t width, bool right)
{
	buf_puts(&f->line, " ");
	fit_put(&f->line, text, width, right);
}

static size_t
rest_of(const struct top_frame *f)
{
	size_t used = fit_width(f->line.data) + 1;

	return used < f->columns ? f->columns - used : 0;
}

void
top_rows_part(struct top_frame *f, size_t first, size_t shown, size_t count)
{
	if (shown > 0 && shown < count)
		buf_printf(&f->line,
		    tongue(" (here %zu to %zu)", "（此处第 %zu 至 %zu）"),
		    first + 1, first + shown);
}

/* ---- alarms ---- */

static const json_t *
alarms_of(const struct top_picture *p)
{
	return json_object_get(p->alarms, "alarms");
}

static size_t
count_shown(const struct top_picture *p)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(alarms_of(p)); i++)
		count += !alarms_is_hidden(json_array_get(alarms_of(p), i));
	return count;
}

/* UNACK, over; ACKED Wang */
static char *
state_of(const json_t *alarm)
{
	const char *by = member_text(json_object_get(alarm, "ack"), "by");
	struct buf state = {0};

	buf_puts(&state, member_text(alarm, "state"));
	if (alarms_is_over(alarm))
		buf_puts(&state, tongue(", over", "，已恢复"));
	else if (by[0] != '\0')
		buf_printf(&state, " %s", by);
	return fit_clean(state.data);
}

/* Of the longest there is: what remains is for the texts. */
static size_t
state_width(const struct top_picture *p)
{
	size_t widest = 0;

	for (size_t i = 0; i < json_array_size(alarms_of(p)); i++) {
		const json_t *alarm = json_array_get(alarms_of(p), i);
		char *state = state_of(alarm);
		size_t width = fit_width(state);

		if (!alarms_is_hidden(alarm) && width > widest)
			widest = width;
		free(state);
	}
	return widest < STATE_MAX ? widest : STATE_MAX;
}

/* For people, and behind it its key whole, for orders. */
static void
put_text(struct top_frame *f, const json_t *alarm)
{
	char *text = fit_clean(must_text(member_people(alarm, "text")));
	size_t rest = rest_of(f), width = fit_width(text);
	struct buf key = {0};

	buf_printf(&key, "%s/%s", member_text(alarm, "device"),
	    member_text(alarm, "alarm"));
	fit_clean(key.data);
	if (rest > fit_width(key.data) + TEXT_MIN) {
		rest -= fit_width(key.data) + 2;
		top_rows_put(f, text, width < rest ? width : rest, false);
		buf_printf(&f->line, "%s%s", width > 0 ? "  " : "", key.data);
	} else {
		top_rows_put(f, width > 0 ? text : key.data, rest, false);
	}
	free(text);
	buf_free(&key);
}

static void
draw_alarm(struct top_frame *f, const struct top_picture *p,
    const json_t *alarm, size_t width)
{
	char span[MEMBER_TIME_TEXT] = "-", *state = state_of(alarm);
	char *severity = fit_clean(must_text(member_text(alarm, "severity")));

	top_rows_put(f, severity, 2, false);
	free(severity);
	top_rows_put(f, state, width, false);
	free(state);
	if (json_is_number(json_object_get(alarm, "since")) &&
	    !alarms_is_over(alarm))
		member_span(p->now_ms - member_number(alarm, "since"), span);
	top_rows_put(f, span, 8, true);
	put_text(f, alarm);
	top_frame_line(f, alarms_is_urgent(alarm) ? TOP_BAD : TOP_PLAIN);
}

static void
draw_alarms(struct top_frame *f, const struct top_picture *p, size_t first,
    size_t count)
{
	const json_t *counts = json_object_get(p->alarms, "counts");
	size_t at = 0, shown = count_shown(p), width = state_width(p);

	buf_printf(&f->line,
	    tongue("alarms: %zu, not acknowledged %" PRId64 ", hidden %" PRId64,
		"告警：%zu 条，未确认 %" PRId64 "，隐藏 %" PRId64),
	    shown, member_number(counts, "unacked"),
	    member_number(counts, "hidden"));
	top_rows_part(f, first, count, shown);
	top_frame_line(f, TOP_TITLE);
	for (size_t i = 0; i < json_array_size(alarms_of(p)); i++) {
		const json_t *alarm = json_array_get(alarms_of(p), i);

		if (alarms_is_hidden(alarm))
			continue;
		if (at >= first && at < first + count)
			draw_alarm(f, p, alarm, width);
		at++;
	}
}

/* ---- devices ---- */

static void
draw_device(struct top_frame *f, const struct top_picture *p,
    const struct top_offline *o)
{
	char since[MEMBER_TIME_TEXT] = "", span[MEMBER_TIME_TEXT] = "-";
	struct buf when = {0};
	size_t rest;

	/* Without its year, which the span tells. */
	if (o->since_ms != 0) {
		member_time(o->since_ms, false, since);
		memmove(since, since + strcspn(since, "-"),
		    strlen(since + strcspn(since, "-")) + 1);
		member_span(p->now_ms - o->since_ms, span);
	}
	buf_printf(&when, "%s%s", since[0] == '-' ? since + 1 : since,
	    o->unsure ? "?" : "");
	top_rows_put(f, o->id, ID_COLUMNS, false);
	rest = rest_of(f);
	top_rows_put(f, o->name, rest > 36 ? rest - 36 : 0, false);
	top_rows_put(f, o->bus, 13, false);
	top_rows_put(f, when.data, 12, true);
	top_rows_put(f, span, 8, true);
	top_frame_line(f, TOP_WARN);
	buf_free(&when);
}

static void
draw_devices(struct top_frame *f, const struct top_picture *p, size_t first,
    size_t count)
{
	buf_printf(&f->line,
	    tongue("devices: %zu, offline %zu", "设备：%zu 台，离线 %zu"),
	    p->figures->device_count, p->offline_count);
	top_rows_part(f, first, count, p->offline_count);
	top_frame_line(f, TOP_TITLE);
	for (size_t i = first; i < first + count; i++)
		draw_device(f, p, &p->offline[i]);
}

/* ---- a list ---- */

size_t
top_rows_count(const struct top_picture *p, enum top_list list)
{
	switch (list) {
	case TOP_ALARMS: return count_shown(p);
	case TOP_DEVICES: return p->offline_count;
	case TOP_BUSES: return p->figures->bus_count;
	case TOP_ALL:
	case TOP_LIST_COUNT: break;
	}
	return 0;
}

void
top_rows_draw(struct top_frame *f, const struct top_picture *p,
    enum top_list list, size_t first, size_t count)
{
	if (list == TOP_ALARMS)
		draw_alarms(f, p, first, count);
	if (list == TOP_DEVICES)
		draw_devices(f, p, first, count);
	if (list == TOP_BUSES)
		top_buses_draw(f, p, first, count);
}
