/* top_verdict.c - see top_verdict.h */
#include "gateway/commands/top_verdict.h"

#include <string.h>

#include "gateway/commands/fit.h"
#include "gateway/commands/tongue.h"
#include "gateway/commands/top_buses.h"

#define STANDS_MS 5000 /* a loop turns twice a second */

const char *
top_verdict_clock(int64_t ms, char text[MEMBER_TIME_TEXT])
{
	const char *space = strchr(member_time(ms, true, text), ' ');

	return space == NULL ? text : space + 1;
}

bool
top_verdict_is_dead(const struct top_picture *p)
{
	return p->why != NULL || p->silent_ms > STANDS_MS;
}

/* Nothing below it is of now. */
static void
draw_death(struct top_frame *f, const struct top_picture *p)
{
	char then[MEMBER_TIME_TEXT], span[MEMBER_TIME_TEXT];
	const char *at = top_verdict_clock(p->told_ms, then);

	member_span(p->silent_ms, span);
	if (p->gone)
		buf_printf(&f->line,
		    tongue("NO GATEWAY RUNS for %s; below is what was at %s; "
			   "asked again each second",
			"网关未运行，已 %s；以下为 %s 的状态；每秒重试"),
		    span, at);
	else
		buf_printf(&f->line,
		    tongue("NO ANSWER for %s; below is what was at %s%s%s",
			"网关无应答，已 %s；以下为 %s 的状态%s%s"),
		    span, at, p->why != NULL ? tongue("; ", "；") : "",
		    p->why != NULL ? p->why : "");
	fit_clean(f->line.data);
	top_frame_line(f, TOP_BAD);
}

/* For another thing that is wrong. */
static struct buf *
more(struct top_frame *f)
{
	if (f->line.len > 0)
		buf_puts(&f->line, tongue(", ", "，"));
	return &f->line;
}

static enum top_style
worse(enum top_style a, enum top_style b)
{
	return a > b ? a : b;
}

/* alarms P1 1, P3 2 */
static enum top_style
say_alarms(struct top_frame *f, const struct top_picture *p)
{
	static const char *const severities[] = {"P1", "P2", "P3", "P4"};
	const json_t *counts = json_object_get(p->alarms, "counts");
	enum top_style style = TOP_GOOD;

	for (size_t i = 0; i < 4; i++) {
		long long count = member_number(counts, severities[i]);

		if (count == 0)
			continue;
		buf_printf(more(f), "%s%s %lld",
		    style == TOP_GOOD ? tongue("alarms ", "告警 ") : "",
		    severities[i], count);
		style = worse(style, i < 2 ? TOP_BAD : TOP_WARN);
	}
	return style;
}

static enum top_style
say_store(struct top_frame *f, const struct top_figures *g)
{
	if (g->journal.failing > 0 || g->events.failing > 0) {
		buf_puts(
		    more(f), tongue("the disk takes nothing", "磁盘写入失败"));
		return TOP_BAD;
	}
	if (g->journal.in_memory > 0 || g->events.in_memory > 0) {
		buf_puts(more(f),
		    tongue("readings are in memory only", "读数仅在内存"));
		return TOP_BAD;
	}
	if (g->history_failing > 0) {
		buf_puts(more(f),
		    tongue("the history is not written", "历史写入失败"));
		return TOP_WARN;
	}
	return TOP_GOOD;
}

static enum top_style
say_buses(struct top_frame *f, const struct top_picture *p)
{
	size_t down = top_bus_count(p, TOP_DOWN);
	size_t late = top_bus_count(p, TOP_LATE);

	if (down > 0)
		buf_printf(
		    more(f), tongue("buses down %zu", "总线中断 %zu 条"), down);
	if (late > 0)
		buf_printf(
		    more(f), tongue("buses late %zu", "总线超期 %zu 条"), late);
	return down > 0 ? TOP_BAD : late > 0 ? TOP_WARN : TOP_GOOD;
}

static enum top_style
say_sinks(struct top_frame *f, const struct top_figures *g)
{
	enum top_style style = TOP_GOOD;

	for (size_t i = 0; i < g->sink_count; i++) {
		if (g->sinks[i].connected != 0)
			continue;
		buf_printf(more(f), tongue("%s not connected", "%s 未连接"),
		    g->sinks[i].id);
		style = TOP_WARN;
	}
	return style;
}

static enum top_style
say_rest(struct top_frame *f, const struct top_picture *p)
{
	enum top_style style = TOP_GOOD;

	if (p->offline_count > 0) {
		buf_printf(more(f),
		    tongue("devices offline %zu", "离线设备 %zu 台"),
		    p->offline_count);
		style = TOP_WARN;
	}
	style = worse(style, say_buses(f, p));
	style = worse(style, say_sinks(f, p->figures));
	if (p->figures->clock_synced == 0) {
		buf_puts(more(f), tongue("clock not set", "时钟未校准"));
		style = worse(style, TOP_WARN);
	}
	return style;
}

static void
draw_life(struct top_frame *f, const struct top_picture *p)
{
	enum top_style style = TOP_GOOD;

	if (p->heartbeat_ms > STANDS_MS) {
		buf_puts(more(f),
		    tongue("THE GATEWAY HANGS: no value is new",
			"网关主循环停滞：数值不再更新"));
		style = TOP_BAD;
	}
	style = worse(style, say_alarms(f, p));
	style = worse(style, say_store(f, p->figures));
	style = worse(style, say_rest(f, p));
	if (style == TOP_GOOD)
		buf_puts(&f->line, tongue("nothing is wrong", "全部正常"));
	top_frame_line(f, style);
}

void
top_verdict_draw(struct top_frame *f, const struct top_picture *p)
{
	if (top_verdict_is_dead(p))
		draw_death(f, p);
	else
		draw_life(f, p);
}
