/* top_frame.c - see top_frame.h */
#include "gateway/commands/top_frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/commands/fit.h"
#include "gateway/commands/member.h"
#include "gateway/commands/tongue.h"
#include "gateway/commands/top_rows.h"
#include "gateway/commands/top_verdict.h"

#define BOX_LINES 2

/* ---- lines ---- */

/* The first columns of it. */
void
top_frame_line(struct top_frame *f, enum top_style style)
{
	struct buf text = {0};
	size_t width;

	buf_puts(&f->line, "");
	width = fit_width(f->line.data);
	fit_put(&text, f->line.data, width < f->columns ? width : f->columns,
	    false);
	buf_puts(&text, "");
	if (f->count == f->room) {
		f->room = f->room > 0 ? 2 * f->room : 64;
		f->lines = must_grow(f->lines, f->room, sizeof(*f->lines));
	}
	f->lines[f->count++] = (struct top_line){text.data, style};
	buf_clear(&f->line);
}

static void
clear(struct top_frame *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->lines[i].text);
	f->count = 0;
}

void
top_frame_free(struct top_frame *f)
{
	clear(f);
	free(f->lines);
	buf_free(&f->line);
}

/* ---- its lines, but for the lists ---- */

static void
draw_head(struct top_frame *f, const struct top_picture *p)
{
	char time[MEMBER_TIME_TEXT], up[MEMBER_TIME_TEXT];
	struct buf left = {0}, right = {0};
	size_t width;

	buf_printf(&left,
	    tongue("%s (%s)  riser %s, up %s", "%s（%s） riser %s 已运行 %s"),
	    p->site_name, p->site, p->version, member_span(p->up_ms, up));
	buf_printf(&right,
	    tongue("  heartbeat %.1f s ago  %s", " 心跳 %.1f 秒前  %s"),
	    (double)p->heartbeat_ms / 1e3, top_verdict_clock(p->now_ms, time));
	width = fit_width(right.data);
	fit_put(&f->line, left.data,
	    f->columns > width ? f->columns - width : 0, false);
	buf_puts(&f->line, right.data);
	top_frame_line(f, TOP_HEAD);
	buf_free(&left);
	buf_free(&right);
}

static void
put_bytes(struct buf *b, double bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB"};
	size_t i = 0;

	if (isnan(bytes)) {
		buf_puts(b, "-");
		return;
	}
	for (bytes /= 1024; bytes >= 1000 && i < 2; i++)
		bytes /= 1024;
	buf_printf(b, bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[i]);
}

/* Of a gateway that says nothing of it: "-". */
static void
put_whole(struct buf *b, double value)
{
	if (isnan(value))
		buf_puts(b, "-");
	else
		buf_printf(b, "%.0f", value);
}

static void
draw_sink(
    struct top_frame *f, const struct top_picture *p, const struct top_sink *s)
{
	double span_s = p->figures->recent_s > 0 ? p->figures->recent_s
						 : (double)p->up_ms / 1e3;

	buf_printf(&f->line, " %-8s ", s->id);
	fit_put(&f->line,
	    isnan(s->connected)	    ? "-"
		: s->connected != 0 ? tongue("connected", "已连接")
				    : tongue("NOT CONNECTED", "未连接"),
	    13, false);
	buf_puts(&f->line, tongue("  pending ", "  待发 "));
	put_whole(&f->line, s->pending);
	if (span_s > 0 && !isnan(s->recent_delivered))
		buf_printf(&f->line,
		    tongue(", delivered %.1f/s", "，送达 %.1f 条/秒"),
		    s->recent_delivered / span_s);
	buf_puts(&f->line, tongue(", dropped ", "，丢弃 "));
	put_whole(&f->line, s->dropped);
	top_frame_line(f, s->connected == 0 ? TOP_WARN : TOP_PLAIN);
}

static void
draw_journal(struct top_frame *f, const struct top_figures *g)
{
	char span[MEMBER_TIME_TEXT];
	bool memory = g->journal.in_memory > 0, bad = g->journal.failing > 0;

	buf_puts(&f->line, tongue(" journal  ", " 日志     "));
	fit_put(&f->line,
	    bad		 ? tongue("FAILING", "写入失败")
		: memory ? tongue("IN MEMORY", "仅在内存")
			 : tongue("on disk", "已落盘"),
	    13, false);
	buf_puts(&f->line, "  ");
	put_bytes(&f->line, g->journal.bytes);
	if (!isnan(g->journal.oldest_s))
		buf_printf(&f->line, tongue(", oldest %s", "，最早 %s前"),
		    member_span((int64_t)(g->journal.oldest_s * 1e3), span));
	buf_puts(&f->line, tongue("; events ", "；事件 "));
	put_bytes(&f->line, g->events.bytes);
	buf_puts(&f->line, tongue("; history ", "；历史 "));
	put_bytes(&f->line, g->history_bytes);
	top_frame_line(f, bad || memory ? TOP_BAD : TOP_PLAIN);
}

static void
draw_clock(struct top_frame *f, const struct top_picture *p)
{
	const struct top_figures *g = p->figures;
	double span_s = g->recent_s > 0 ? g->recent_s : (double)p->up_ms / 1e3;

	buf_puts(&f->line, tongue(" clock    ", " 时钟     "));
	fit_put(&f->line,
	    isnan(g->clock_synced)     ? "-"
		: g->clock_synced != 0 ? tongue("synchronised", "已校准")
				       : tongue("NOT SET", "未校准"),
	    13, false);
	if (span_s > 0 && !isnan(g->recent_cpu_s))
		buf_printf(&f->line,
		    tongue("  riser takes %.1f%% of a CPU, ",
			"  riser 占用处理器 %.1f%%，内存 "),
		    100 * g->recent_cpu_s / span_s);
	put_bytes(&f->line, g->resident_bytes);
	top_frame_line(f, g->clock_synced == 0 ? TOP_WARN : TOP_PLAIN);
}

static void
draw_keys(struct top_frame *f, const struct top_view *view)
{
	buf_puts(&f->line,
	    view->list == TOP_ALL
		? tongue(" q quits; more of: a alarms, d devices, b buses",
		      " q 退出；只看：a 告警 d 设备 b 总线")
		: tongue(" q quits; space: the next rows; the same key: all",
		      " q 退出；空格 下一页；再按一次 看全部"));
	top_frame_line(f, TOP_FAINT);
}

/* ---- who gets how much room ---- */

static size_t
fixed_lines(const struct top_picture *p, const struct top_view *view)
{
	size_t lines =
	    2 + p->figures->sink_count + BOX_LINES + (view->keys ? 1 : 0);

	for (enum top_list i = TOP_ALL + 1; i < TOP_LIST_COUNT; i++)
		lines += TOP_ROWS_TITLES(i);
	return lines;
}

/* Row by row to each list in turn that would like one more. */
static void
share(
    size_t got[TOP_LIST_COUNT], const size_t want[TOP_LIST_COUNT], size_t room)
{
	size_t before;

	do {
		before = room;
		for (enum top_list i = TOP_ALL + 1;
		     i < TOP_LIST_COUNT && room > 0; i++)
			if (got[i] < want[i]) {
				got[i]++;
				room--;
			}
	} while (room < before);
}

static void
draw_lists(struct top_frame *f, const struct top_picture *p,
    const struct top_view *view)
{
	size_t want[TOP_LIST_COUNT] = {0}, got[TOP_LIST_COUNT] = {0};
	size_t fixed = fixed_lines(p, view), first = 0;
	size_t room = view->rows > fixed ? view->rows - fixed : 0;

	for (enum top_list i = TOP_ALL + 1; i < TOP_LIST_COUNT; i++)
		if (view->list == TOP_ALL || view->list == i)
			want[i] = top_rows_count(p, i);
	share(got, want, view->rows == 0 ? SIZE_MAX : room);
	if (view->list != TOP_ALL && got[view->list] > 0) {
		size_t rows = got[view->list], all = want[view->list];

		first = view->page % ((all + rows - 1) / rows) * rows;
		if (all - first < rows)
			got[view->list] = all - first;
	}
	for (enum top_list i = TOP_ALL + 1; i < TOP_LIST_COUNT; i++)
		top_rows_draw(f, p, i, view->list == i ? first : 0, got[i]);
}

void
top_frame_draw(struct top_frame *f, const struct top_picture *p,
    const struct top_view *view)
{
	clear(f);
	f->columns = view->columns;
	draw_head(f, p);
	top_verdict_draw(f, p);
	draw_lists(f, p, view);
	for (size_t i = 0; i < p->figures->sink_count; i++)
		draw_sink(f, p, &p->figures->sinks[i]);
	draw_journal(f, p->figures);
	draw_clock(f, p);
	if (view->keys)
		draw_keys(f, view);
	for (size_t i = 2; top_verdict_is_dead(p) && i < f->count; i++)
		f->lines[i].style = TOP_FAINT;
	while (view->rows > 0 && f->count > view->rows)
		free(f->lines[--f->count].text);
}
