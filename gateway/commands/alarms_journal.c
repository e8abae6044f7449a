/*
 * alarms_journal.c - the journal's document, for people
 *
 * An event of an alarm has the whole alarm in it; a line says what is new.  How
 * long an alarm stood is told by the times of its raise and of its clear, both
 * from here: `since` in an event is by the clock of its writing, which may have
 * been wrong and then corrected.  Where the raise is not in the document, or
 * one of the times is not known for sure, nothing is said of it.
 */
#include "gateway/commands/alarms_journal.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"
#include "gateway/commands/member.h"
#include "gateway/commands/tongue.h"

static bool
is(const json_t *o, const char *key, const char *text)
{
	return strcmp(member_text(o, key), text) == 0;
}

static bool
has(const json_t *o, const char *key)
{
	return member_text(o, key)[0] != '\0';
}

/* A line, whatever bytes are in it. */
static void
print_line(
    const struct buf *line, const char *before, const char *behind, FILE *out)
{
	fputs(before, out);
	for (size_t i = 0, len; i < line->len; i += len) {
		const char *p = line->data + i;

		len = utf8_char(p, line->len - i);
		if (len == 0 || (unsigned char)*p < ' ' || *p == 0x7f) {
			fputc('?', out);
			len = 1;
		} else
			fwrite(p, 1, len, out);
	}
	fprintf(out, "%s\n", behind);
}

/* ---- alarms ---- */

static bool
is_shelved(const json_t *e)
{
	return json_is_number(json_object_get(e, "shelved_until"));
}

static bool
is_hidden(const json_t *e)
{
	return has(e, "suppressed_by") || is_shelved(e) ||
	    json_is_object(json_object_get(e, "out_of_service"));
}

static bool
is_raise(const json_t *e)
{
	return is(e, "change", "raise") || is(e, "change", "chatter");
}

/* What hides it. */
static void
put_hiding(struct buf *out, const json_t *e)
{
	const json_t *service = json_object_get(e, "out_of_service");

	if (has(e, "suppressed_by"))
		buf_printf(out, tongue(" (hidden by %s)", "（被 %s 抑制）"),
		    member_text(e, "suppressed_by"));
	else if (is_shelved(e))
		buf_printf(out,
		    tongue(" (hidden: shelved by %s)", "（%s 已搁置）"),
		    member_text(e, "shelved_by"));
	else if (json_is_object(service))
		buf_printf(out,
		    tongue(" (hidden: out of service by %s)", "（%s 已停用）"),
		    member_text(service, "by"));
}

/* What is said of a change, and what joins it to who did it. */
static void
put_change(struct buf *out, const json_t *e)
{
	static const struct {
		const char *change, *words, *link, *zh;
	} table[] = {{"raise", "raised", " by ", "发生"},
	    {"clear", "cleared", " by ", "恢复"},
	    {"ack", "acknowledged", " by ", "已确认"},
	    {"shelve", "shelved", " by ", "搁置"},
	    {"unshelve", "shelved no more", ", by ", "取消搁置"},
	    {"suppress", "suppressed", " by ", "被抑制"},
	    {"unsuppress", "suppressed no more", " by ", "不再抑制"},
	    {"out-of-service", "out of service", ", by ", "停用"},
	    {"in-service", "in service again", ", by ", "恢复使用"},
	    {"note", "note", " of ", "备注"},
	    {"respond", "responded", ": ", "已响应"},
	    {"arrive", "arrived", ": ", "已到场"},
	    {"rescue", "rescued", " by ", "已解救"},
	    {"false-alarm", "called a false alarm", " by ", "误报"},
	    {"reset", "reset", " by ", "已复位"},
	    {"chatter", "chatters: held until it is calm", " by ",
		"频繁抖动，稳定前保持"},
	    {"calm", "calm again", " by ", "抖动结束"},
	    {"release", "ended by itself", ", by ", "自行解除"},
	    {"check", "checked", " by ", "已查看"},
	    {"cars", "its cars", ", by ", "各轿厢"},
	    {"gone", "is not configured any more", " by ", "已不在配置中"}};
	const char *words = member_text(e, "change"),
		   *link = tongue(" by ", "：");

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (is(e, "change", table[i].change)) {
			words = tongue(table[i].words, table[i].zh);
			link = tongue(table[i].link, "：");
		}
	if (is(e, "change", "check") && has(e, "car"))
		buf_printf(out, "%s ", member_text(e, "car"));
	buf_puts(out, words);
	if (has(e, "by"))
		buf_printf(out, "%s%s", link, member_text(e, "by"));
}

/* The raise that this ended, of the events before it (behind it), or NULL. */
static const json_t *
raise_before(const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);

	for (i++; i < json_array_size(events); i++) {
		const json_t *was = json_array_get(events, i);

		if (is_raise(was) &&
		    is(was, "device", member_text(e, "device")) &&
		    is(was, "alarm", member_text(e, "alarm")))
			return was;
	}
	return NULL;
}

static void
put_span(struct buf *out, const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);
	const json_t *was = raise_before(events, i);
	char span[MEMBER_TIME_TEXT];

	if (was != NULL && !has(was, "clock") && !has(e, "clock"))
		buf_printf(out, tongue(" after %s", "，历时%s"),
		    member_span(
			member_number(e, "ts") - member_number(was, "ts"),
			span));
}

/* How many cars of a power cut are back. */
static void
put_cars(struct buf *out, const json_t *e)
{
	const json_t *cars = json_object_get(e, "cars");
	size_t all = json_array_size(cars), back = 0;

	for (size_t i = 0; i < all; i++)
		back += json_is_true(
		    json_object_get(json_array_get(cars, i), "back"));
	if (all > 0)
		buf_printf(out,
		    tongue(": %zu of %zu are back", "：恢复%zu台，共%zu台"),
		    back, all);
}

/* What only this change has. */
static void
put_more(struct buf *out, const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);
	char until[MEMBER_TIME_TEXT];

	if (is(e, "change", "clear"))
		put_span(out, events, i);
	if (is(e, "change", "shelve") && is_shelved(e))
		buf_printf(out, tongue(" until %s", "，至%s"),
		    member_time(
			member_number(e, "shelved_until"), false, until));
	if (is(e, "change", "unshelve") && !has(e, "by"))
		buf_puts(out, tongue(", its time is over", "：时间已到"));
	if (is(e, "change", "suppress") && has(e, "suppressed_by"))
		buf_printf(out, tongue(" by %s", "：%s"),
		    member_text(e, "suppressed_by"));
	if (is(e, "change", "cars"))
		put_cars(out, e);
	if (is_raise(e))
		put_hiding(out, e);
}

/* Its text is told where it begins, or begins to be seen. */
static bool
is_news(const json_t *e)
{
	return is_raise(e) ||
	    (json_is_true(json_object_get(e, "active")) && !is_hidden(e) &&
		(is(e, "change", "unshelve") || is(e, "change", "unsuppress") ||
		    is(e, "change", "in-service")));
}

static void
put_alarm(struct buf *out, const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);

	if (has(e, "severity"))
		buf_printf(out, "%s ", member_text(e, "severity"));
	buf_printf(
	    out, "%s/%s ", member_text(e, "device"), member_text(e, "alarm"));
	put_change(out, e);
	put_more(out, events, i);
	if (has(e, "note"))
		buf_printf(out, " (%s)", member_text(e, "note"));
	if (json_is_true(json_object_get(e, "test")))
		buf_puts(out, tongue(" TEST", " 测试"));
	if (is_news(e) && member_people(e, "text")[0] != '\0')
		buf_printf(
		    out, tongue(": %s", "：%s"), member_people(e, "text"));
}

/* ---- who was told ---- */

static void
put_attempt(struct buf *out, const json_t *e)
{
	int64_t tries = member_number(e, "try");

	buf_printf(out, "%s/%s %s %s: %s", member_text(e, "device"),
	    member_text(e, "alarm"),
	    is(e, "result", "sent") ? tongue("told to", "已通知")
				    : tongue("not told to", "未通知到"),
	    member_text(e, "channel"), member_text(e, "why"));
	if (json_is_true(json_object_get(e, "late")))
		buf_puts(out, tongue(", late", "，迟到"));
	if (tries > 1)
		buf_printf(out, tongue(", try %d", "，第%d次"), (int)tries);
	if (is(e, "result", "given-up"))
		buf_puts(out, tongue(", given up", "，已放弃"));
	if (has(e, "trouble"))
		buf_printf(out, " (%s)", member_text(e, "trouble"));
}

/* ---- other events ---- */

/* What is not told, or told elsewhere. */
static bool
is_head(const char *key)
{
	static const char *const head[] = {"log", "seq", "ts", "clock", "type"};

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		if (strcmp(key, head[i]) == 0)
			return true;
	return false;
}

/* lift-3-1/fault_code none -> SAFETY_CHAIN, number 41: safety chain open */
static void
put_point(struct buf *out, const json_t *e)
{
	const json_t *raw = json_object_get(e, "raw");
	int64_t changes = member_number(e, "changes");

	buf_printf(
	    out, "%s/%s ", member_text(e, "device"), member_text(e, "point"));
	member_put(out, json_object_get(e, "from"));
	buf_puts(out, " -> ");
	member_put(out, json_object_get(e, "to"));
	if (raw != NULL) {
		buf_puts(out, tongue(", number ", "，原码 "));
		member_put(out, raw);
	}
	if (member_people(e, "text")[0] != '\0')
		buf_printf(
		    out, tongue(": %s", "：%s"), member_people(e, "text"));
	if (changes > 1)
		buf_printf(out,
		    tongue(" (%" PRId64 " changes)", "（%" PRId64 "次变化）"),
		    changes);
}

/* lift-3-1/run_hours fell from 8120.5 to 0: replaced or reset; with what was
 * before it 8120.5 */
static void
put_fall(struct buf *out, const json_t *e)
{
	json_t *values = json_object_get(e, "values");
	void *at = json_object_iter(values);
	const char *point = at == NULL ? "" : json_object_iter_key(at);
	double now = json_number_value(json_object_get(values, point));
	double carried = json_number_value(
	    json_object_get(json_object_get(e, "carried"), point));

	buf_printf(out,
	    tongue("%s/%s fell from %.12g to %.12g: replaced or reset; with "
		   "what was before it %.12g",
		"%s/%s 由 %.12g 变为 %.12g：已更换或清零；连同此前共 %.12g"),
	    member_text(e, "device"), point,
	    json_number_value(json_object_get(e, "was")), now, now + carried);
}

/* Its members as they are. */
static void
put_other(struct buf *out, json_t *e)
{
	buf_puts(out, member_text(e, "type"));
	for (void *at = json_object_iter(e); at != NULL;
	     at = json_object_iter_next(e, at))
		if (!is_head(json_object_iter_key(at))) {
			buf_printf(out, " %s=", json_object_iter_key(at));
			member_put(out, json_object_iter_value(at));
		}
}

static bool
is_count(const json_t *e)
{
	return is(e, "type", "counter");
}

static void
put_event(struct buf *out, const json_t *events, size_t i)
{
	json_t *e = json_array_get(events, i);
	const json_t *online = json_object_get(e, "online");

	if (is(e, "type", "alarm"))
		put_alarm(out, events, i);
	else if (is(e, "type", "notify"))
		put_attempt(out, e);
	else if (is(e, "type", "device") && json_is_boolean(online))
		buf_printf(out, "%s %s", member_text(e, "device"),
		    json_is_true(online) ? tongue("answers again", "恢复应答")
					 : tongue("does not answer", "无应答"));
	else if (is(e, "type", "change"))
		put_point(out, e);
	else if (is_count(e))
		put_fall(out, e);
	else
		put_other(out, e);
}

/* ---- the document ---- */

/* What each midnight and each stop writes down of a device's counters. */
static bool
is_tally(const json_t *e)
{
	return is_count(e) && !is(e, "why", "fall");
}

static void
print_event(const json_t *events, size_t i, bool colour, FILE *out)
{
	const json_t *e = json_array_get(events, i);
	bool red = colour && is(e, "type", "alarm") && is_raise(e) &&
	    is(e, "severity", "P1") && !is_hidden(e);
	struct buf line = {0};
	char at[MEMBER_TIME_TEXT];

	/* A time that is not known for sure says so. */
	buf_printf(&line, "%s%s ",
	    member_time(member_number(e, "ts"), true, at),
	    has(e, "clock") ? "?" : " ");
	put_event(&line, events, i);
	print_line(&line, red ? "\033[1;31m" : "", red ? "\033[m" : "", out);
	buf_free(&line);
}

void
alarms_journal_show(const json_t *doc, FILE *out)
{
	const json_t *events = json_object_get(doc, "events");
	bool colour = isatty(fileno(out)) == 1;
	size_t left_out = 0;

	for (size_t i = json_array_size(events); i > 0; i--)
		if (is_tally(json_array_get(events, i - 1)))
			left_out++;
		else
			print_event(events, i - 1, colour, out);
	if (left_out > 0)
		fprintf(stderr,
		    tongue(
			"riser alarms: %zu tallies of counters are left out, "
			"--json has them\n",
			"riser alarms: 略去%zu条计数记录，--json 中有\n"),
		    left_out);
	if (json_is_number(json_object_get(doc, "next")))
		fprintf(stderr,
		    tongue("riser alarms: only the newest %zu are shown\n",
			"riser alarms: 只显示最新的%zu条\n"),
		    json_array_size(events));
}
