/* top_buses.c - see top_buses.h */
#include "gateway/commands/top_buses.h"

#include <math.h>

#include "gateway/commands/fit.h"
#include "gateway/commands/show.h"
#include "gateway/commands/tongue.h"
#include "gateway/commands/top_rows.h"

#define ID_MAX 24 /* columns */

static bool
all_offline(const struct top_bus *b)
{
	return b->devices > 0 && b->offline == b->devices;
}

enum top_state
top_bus_state(const struct top_bus *b)
{
	double failed = 0;

	for (int i = TOP_OK + 1; i < TOP_RESULT_COUNT; i++)
		failed += b->recent[i];
	if (all_offline(b))
		return TOP_DOWN;
	if (b->recent_missed > 0 || b->load > 1)
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
	top_rows_put(f, text, width, true);
}

static void
put_seconds(struct top_frame *f, double s, size_t width)
{
	char text[SHOW_TIME_TEXT] = "-";

	if (s > 0)
		show_time((int64_t)(s * 1e6 + 0.5), text);
	top_rows_put(f, text, width, true);
}

static void
put_id(struct top_frame *f, const struct top_bus *b, size_t width)
{
	top_rows_put(f, b->id, width, false);
}

static void
put_devices(struct top_frame *f, const struct top_bus *b, size_t width)
{
	char text[48];

	snprintf(
	    text, sizeof(text), "%zu/%zu", b->devices - b->offline, b->devices);
	top_rows_put(f, text, width, true);
}

/* With nobody to ask there is none. */
static void
put_cycle(struct top_frame *f, const struct top_bus *b, size_t width)
{
	put_seconds(f, all_offline(b) ? NAN : b->cycle_s, width);
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
	top_rows_put(
	    f, isnan(b->load) || all_offline(b) ? "-" : text, width, true);
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
			top_rows_put(f, tongue(c->en, c->zh), width, i > 0);
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
	top_rows_part(f, first, count, figures->bus_count);
	if (figures->recent_s > 0)
		buf_printf(&f->line,
		    tongue("; counts and rates: of the last %.0f s",
			"；计数与速率：最近 %.0f 秒"),
		    figures->recent_s);
	else
		buf_puts(&f->line,
		    tongue("; counts and rates: since its start",
			"；计数与速率：自启动起"));
	top_frame_line(f, TOP_TITLE);
}

void
top_buses_draw(struct top_frame *f, const struct top_picture *p, size_t first,
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
