/* scan_show.c - how far a scan is, and what it found, for people */
#include "gateway/commands/scan_show.h"

#include <inttypes.h>

#include "gateway/commands/table.h"
#include "gateway/commands/tongue.h"
#include "gateway/conf/point.h"

#define BAR 16 /* characters */
#define NAMED_MAX 3 /* units in the progress */

const char *
scan_setting_text(const struct driver_line *line, char text[SCAN_SETTING_TEXT])
{
	text[0] = '\0';
	if (line->baud != 0)
		snprintf(text, SCAN_SETTING_TEXT, "%u 8%c%u", line->baud,
		    line->parity, line->stop_bits);
	return text;
}

/* "40 s", "6 min". */
static const char *
about(int64_t ms, char text[24])
{
	int64_t s = (ms + 999) / 1000;

	if (s < 100)
		snprintf(text, 24, tongue("%" PRId64 " s", "%" PRId64 "秒"), s);
	else
		snprintf(text, 24, tongue("%" PRId64 " min", "%" PRId64 "分钟"),
		    (s + 59) / 60);
	return text;
}

/* ---- on its way ---- */

void
scan_show_intent(const struct scan *s, const char *url, FILE *out)
{
	char text[SCAN_SETTING_TEXT], time[24];

	fprintf(out,
	    tongue("riser scan: asks %zu units of %s",
		"riser scan：%2$s，"
		"询问%1$zu个地址"),
	    s->units.count, url);
	for (size_t i = 0; i < s->setting_count; i++)
		fprintf(out, "%s%s",
		    s->settings[i].line.baud == 0 ? ""
			: i > 0			  ? ", "
						  : tongue(" at ", "，"),
		    scan_setting_text(&s->settings[i].line, text));
	fprintf(out,
	    tongue(": %s at most; Ctrl-C ends it and shows who was found\n",
		"：最多%s；按 Ctrl-C 结束并显示已找到的设备\n"),
	    about(scan_left_ms(s), time));
}

static void
add_units(const struct scan *s, struct buf *b)
{
	size_t first =
	    s->found_count > NAMED_MAX ? s->found_count - NAMED_MAX : 0;

	buf_printf(b, tongue("found %zu", "找到%zu台"), s->found_count);
	for (size_t i = first; i < s->found_count; i++)
		buf_printf(b, "%s%u",
		    i > first	    ? ","
			: first > 0 ? ": ..,"
				    : ": ",
		    s->found[i].unit);
}

void
scan_show_progress(const struct scan *s, int64_t whole_ms, struct buf *b)
{
	int64_t left_ms = scan_left_ms(s);
	int64_t done =
	    whole_ms > 0 ? (whole_ms - left_ms) * BAR / whole_ms : BAR;
	char text[SCAN_SETTING_TEXT], time[24];

	buf_puts(b, "[");
	for (int64_t i = 0; i < BAR; i++)
		buf_puts(b, i < done ? "#" : ".");
	scan_setting_text(&s->settings[s->order.setting].line, text);
	buf_printf(b, "] %s%s", text, text[0] != '\0' ? " " : "");
	buf_printf(
	    b, tongue("unit %u, ", "地址%u，"), s->units.units[s->order.unit]);
	add_units(s, b);
	buf_printf(b, tongue(", %s left", "，剩余%s"), about(left_ms, time));
}

/* ---- who is there ---- */

static const struct table_column *
columns(void)
{
	static struct table_column c[5];

	c[0] = (struct table_column){tongue("unit", "地址"), true};
	c[1] = (struct table_column){tongue("profile", "点表"), false};
	c[2] = (struct table_column){tongue("grade", "等级"), false};
	c[3] = (struct table_column){tongue("title", "名称"), false};
	c[4] = (struct table_column){tongue("answers", "应答"), false};
	return c;
}

static const char *
title(const struct conf_profile *p)
{
	const char *text = tongue_is_zh() ? p->title.zh : p->title.en;
	const char *other = tongue_is_zh() ? p->title.en : p->title.zh;

	return text != NULL ? text : other != NULL ? other : "";
}

static void
add_answer(struct buf *b, const struct scan_answer *a)
{
	buf_printf(b, "%s%s:%u ", b->len > 0 ? ", " : "",
	    point_spaces[a->place.space], a->place.address);
	if (a->verdict != DRIVER_OK) {
		buf_printf(
		    b, tongue("exception %u", "异常%u"), a->reply.exception);
		return;
	}
	for (uint16_t i = 0; i < a->reply.word_count; i++)
		buf_printf(b, "%s%04X", i > 0 ? " " : "", a->reply.words[i]);
	if (a->reply.word_count == 1)
		buf_printf(b, " (%u)", a->reply.words[0]);
}

static void
add_row(struct table *t, const struct scan_found *f)
{
	const struct conf_profile *p = f->fit_count > 0 ? f->fits[0] : NULL;
	struct buf said = {0};

	buf_puts(&said, "");
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].verdict == DRIVER_OK || !scan_has_value(f))
			add_answer(&said, &f->answers[i]);
	if (f->late)
		buf_puts(&said, tongue(" (slow)", "（慢）"));
	table_cell(t, "%u", f->unit);
	table_cell(t, "%s", p != NULL ? p->name : tongue("unknown", "未知"));
	table_cell(t, "%s", p != NULL ? p->verified : "");
	table_cell(t, "%s", p != NULL ? title(p) : "");
	table_cell(t, "%s", said.data);
	for (size_t i = 1; i < f->fit_count; i++)
		table_note(t, tongue("or %s (%s): %s", "或 %s（%s）：%s"),
		    f->fits[i]->name, f->fits[i]->verified, title(f->fits[i]));
	buf_free(&said);
}

/* Why there are unknown ones: most makers have no such register. */
static void
show_unknown(const struct scan *s, FILE *out)
{
	const struct scan_known *k = s->known;
	size_t unknown = 0;

	for (size_t i = 0; i < s->found_count; i++)
		unknown += s->found[i].fit_count == 0;
	if (unknown == 0)
		return;
	if (k->profile_count == 0)
		fprintf(out,
		    tongue("unknown: none of %zu profiles says by which "
			   "register its model is told (identity);\n"
			   "look at the type plate and choose one\n",
			"未知：%zu个点表均未写明型号识别寄存器（identity），"
			"请看铭牌自行选择\n"),
		    k->other_count);
	else
		fprintf(out,
		    tongue("unknown: of %zu profiles %zu say by which register "
			   "their model is told (identity);\nnone of these "
			   "fits: look at the type plate and choose one\n",
			"未知：%zu个点表中有%zu个写明型号识别寄存器（identity），"
			"均不符；请看铭牌自行选择\n"),
		    k->profile_count + k->other_count, k->profile_count);
}

void
scan_show_found(const struct scan *s, FILE *out)
{
	struct table *t = table_new(columns(), 5);
	const struct scan_setting *at = &s->settings[s->setting];
	char text[SCAN_SETTING_TEXT];

	table_line(t, "%s%s%s", at->url, at->line.baud != 0 ? ": " : "",
	    scan_setting_text(&at->line, text));
	for (size_t i = 0; i < (s->same ? 1 : s->found_count); i++)
		add_row(t, &s->found[i]);
	table_print(t, out);
	table_free(t);
	if (s->setting_count > 1 && scan_complete(s))
		fprintf(out,
		    tongue("a line has one setting: at others nobody was asked "
			   "any more\n",
			"一条线路只有一种设置：其余设置不再询问\n"));
	show_unknown(s, out);
}
