/* top_rows.c - see top_rows.h */
#include "gateway/commands/top_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/commands/alarms_show.h"
#include "gateway/commands/fit.h"
#include "gateway/commands/member.h"
#include "gateway/commands/show.h"
#include "gateway/commands/tongue.h"

#define ID_COLUMNS 16 /* of a device */
#define ID_MAX 24 /* of a bus */
#define STATE_MAX 14 /* columns of an alarm's */

/* ---- pieces ---- */

/* A cell and the space before it. */
static void
put(struct top_frame *f, const char *text, size_t width, bool right)
{
	buf_puts(&f->line, " ");
	fit_put(&f->line, text, width, right);
}

/* A text of the gateway's documents. */
static void
put_foreign(struct top_frame *f, const char *text, size_t width)
{
	char *clean = fit_clean(must_text(text));

	put(f, clean, width, false);
	free(clean);
}

static size_t
rest_of(const struct top_frame *f)
{
	size_t used = fit_width(f->line.data) + 1;

	return used < f->columns ? f->columns - used : 0;
}

/* Behind a title: which of its rows these are. */
static void
end_title(struct top_frame *f, size_t first, size_t shown, size_t count)
{
	if (shown > 0 && shown < count)
		buf_printf(&f->line,
		    tongue(" (here %zu to %zu)", "（此处第 %zu 至 %zu）"),
		    first + 1, first + shown);
	top_frame_line(f, TOP_TITLE);
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

static void
put_text(struct top_frame *f, const json_t *alarm)
{
	const char *people = member_people(alarm);
	struct buf text = {0};

	buf_printf(&text, "%s%s%s/%s", people, people[0] != '\0' ? "  " : "",
	    member_text(alarm, "device"), member_text(alarm, "alarm"));
	put_foreign(f, text.data, rest_of(f));
	buf_free(&text);
}

static void
draw_alarm(struct top_frame *f, const struct top_picture *p,
    const json_t *alarm, size_t width)
{
	char span[MEMBER_TIME_TEXT] = "-", *state = state_of(alarm);

	put_foreign(f, member_text(alarm, "severity"), 2);
	put(f, state, width, false);
	free(state);
	if (json_is_number(json_object_get(alarm, "since")) &&
	    !alarms_is_over(alarm))
		member_span(p->now_ms - member_number(alarm, "since"), span);
	put(f, span, 8, true);
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
	end_title(f, first, count, shown);
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
	put(f, o->id, ID_COLUMNS, false);
	rest = rest_of(f);
	put(f, o->name, rest > 36 ? rest - 36 : 0, false);
	put(f, o->bus, 13, false);
	put(f, when.data, 12, true);
	put(f, span, 8, true);
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
	end_title(f, first, count, p->offline_count);
	for (size_t i = first; i < first + count; i++)
		draw_device(f, p, &p->offline[i]);
}

/* ---- buses ---- */

enum top_state
top_bus_state(const struct top_bus *b)
{
	double failed = 0;

	for (int i = TOP_OK + 1; i < TOP_RESULT_COUNT; i++)
		failed += b->recent[i];
	if (b->devices > 0 && b->offline == b->devices)
		return TOP_DOWN;
	if (b->recent_missed > 0 || (b->offline == 0 && b->load > 1))
		return TOP_LATE;
	return failed > 0 || b->offline > 0 ? TOP_MARRED : TOP_FINE;
}

size_t
top_bus_count(const struct top_picture *p, enum top_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < p->figures->bus_count; i++)
		count += top_bus_state(&p->figures->buses[i]) == state;
	return count;
}

static void
put_count(struct top_frame *f, double count, size_t width)
{
	char text[32] = "-";

	if (count >= 1e6)
		snprintf(text, sizeof(text), "%.0fM", count / 1e6);
	else if (count >= 1e4)
		snprintf(text, sizeof(text), "%.0fk", count / 1e3);
	else if (!isnan(count))
		snprintf(text, sizeof(text), "%.0f", count);
	put(f, text, width, true);
}

static void
put_seconds(struct top_frame *f, double s, size_t width)
{
	char text[SHOW_TIME_TEXT] = "-";

	if (s > 0)
		show_time((int64_t)(s * 1e6 + 0.5), text);
	put(f, text, width, true);
}

static void
put_id(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put(f, b->id, width, false);
}

static void
put_devices(struct top_frame *f, const struct top_bus *b, size_t width)
{
	char text[48];

	snprintf(
	    text, sizeof(text), "%zu/%zu", b->devices - b->offline, b->devices);
	put(f, text, width, true);
}

/* The time-outs of a device that is asked seldom, for it is offline, would be
 * in it, as if it were asked at its periods. */
static void
put_cycle(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_seconds(f, b->offline > 0 ? NAN : b->cycle_s, width);
}

static void
put_limit(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_seconds(f, b->limit_s, width);
}

static void
put_load(struct top_frame *f, const struct top_bus *b, size_t width)
{
	char text[32];

	snprintf(text, sizeof(text), "%.0f%%", 100 * b->load);
	put(f, isnan(b->load) || b->offline > 0 ? "-" : text, width, true);
}

static void
put_timeout(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_count(f, b->recent[TOP_TIMEOUT], width);
}

static void
put_crc(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_count(f, b->recent[TOP_CRC], width);
}

static void
put_exception(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_count(f, b->recent[TOP_EXCEPTION], width);
}

static void
put_other(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_count(f, b->recent[TOP_OTHER], width);
}

static void
put_missed(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_count(f, b->recent_missed, width);
}

/* goes: what a narrow screen does without, the first one first. */
static const struct bus_column {
	const char *en, *zh;
	void (*put)(struct top_frame *f, const struct top_bus *b, size_t width);
	size_t width;
	int goes;
} bus_columns[] = {
    {"bus", "总线", put_id, 0, 0},
    {"devices", "在线", put_devices, 7, 0},
    {"cycle", "周期", put_cycle, 8, 3},
    {"limit", "下限", put_limit, 8, 2},
    {"load", "负载", put_load, 5, 0},
    {"timeout", "超时", put_timeout, 7, 0},
    {"crc", "校验", put_crc, 4, 5},
    {"exc", "异常", put_exception, 4, 4},
    {"other", "其他", put_other, 5, 1},
    {"missed", "错过", put_missed, 6, 0},
};
#define BUS_COLUMNS (sizeof(bus_columns) / sizeof(bus_columns[0]))

/* What fits: ids whole, then the columns with goes above `gone`. */
struct bus_shape {
	size_t id_width;
	int gone;
};

static bool
is_shown(const struct bus_shape *shape, const struct bus_column *c)
{
	return c->goes == 0 || c->goes > shape->gone;
}

static size_t
bus_width(const struct bus_shape *shape)
{
	size_t width = shape->id_width;

	for (size_t i = 0; i < BUS_COLUMNS; i++)
		if (is_shown(shape, &bus_columns[i]))
			width += 1 + bus_columns[i].width;
	return width;
}

static struct bus_shape
shape_buses(const struct top_frame *f, const struct top_figures *figures)
{
	struct bus_shape shape = {.id_width = 4};

	for (size_t i = 0; i < figures->bus_count; i++) {
		size_t width = fit_width(figures->buses[i].id);

		if (width > shape.id_width)
			shape.id_width = width < ID_MAX ? width : ID_MAX;
	}
	while (shape.gone < 5 && bus_width(&shape) > f->columns)
		shape.gone++;
	return shape;
}

/* One of them, or with NULL the line of titles. */
static void
draw_bus(
    struct top_frame *f, const struct bus_shape *shape, const struct top_bus *b)
{
	static const enum top_style styles[] = {
	    TOP_PLAIN, TOP_WARN, TOP_WARN, TOP_BAD};

	for (size_t i = 0; i < BUS_COLUMNS; i++) {
		const struct bus_column *c = &bus_columns[i];
		size_t width = i == 0 ? shape->id_width : c->width;

		if (!is_shown(shape, c))
			continue;
		if (b != NULL)
			c->put(f, b, width);
		else
			put(f, tongue(c->en, c->zh), width, i > 0);
	}
	top_frame_line(f, b == NULL ? TOP_FAINT : styles[top_bus_state(b)]);
}

static void
draw_bus_title(struct top_frame *f, const struct top_picture *p, size_t first,
    size_t count)
{
	const struct top_figures *figures = p->figures;

	buf_printf(
	    &f->line, tongue("buses: %zu", "总线：%zu 条"), figures->bus_count);
	if (figures->recent_s > 0)
		buf_printf(&f->line,
		    tongue("; counts and rates: of the last %.0f s",
			"；计数与速率：最近 %.0f 秒"),
		    figures->recent_s);
	else
		buf_puts(&f->line,
		    tongue("; counts and rates: since its start",
			"；计数与速率：自启动起"));
	end_title(f, first, count, figures->bus_count);
}

/* The worst first, and within them as they always are. */
static void
draw_buses(struct top_frame *f, const struct top_picture *p, size_t first,
    size_t count)
{
	const struct top_figures *figures = p->figures;
	struct bus_shape shape = shape_buses(f, figures);
	size_t at = 0;

	draw_bus_title(f, p, first, count);
	draw_bus(f, &shape, NULL);
	for (int state = TOP_DOWN; state >= TOP_FINE; state--)
		for (size_t i = 0; i < figures->bus_count; i++) {
			const struct top_bus *b = &figures->buses[i];

			if ((int)top_bus_state(b) != state)
				continue;
			if (at >= first && at < first + count)
				draw_bus(f, &shape, b);
			at++;
		}
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
		draw_buses(f, p, first, count);
}
