/*
 * alarms_show.c - the documents of alarms, for people
 *
 * A document may be of a newer gateway, or have foreign texts in it: what is
 * not there is left out, and no text can do more to a terminal than be shown.
 */
#include "gateway/commands/alarms_show.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/commands/alarms_cars.h"
#include "gateway/commands/alarms_journal.h"
#include "gateway/commands/member.h"
#include "gateway/commands/table.h"
#include "gateway/commands/tongue.h"

/* ---- what stands ---- */

static bool
is_state(const json_t *alarm, const char *state)
{
	return strcmp(member_text(alarm, "state"), state) == 0;
}

/* Only hidden. */
static bool
is_normal(const json_t *alarm)
{
	return is_state(alarm, "NORMAL");
}

bool
alarms_is_over(const json_t *alarm)
{
	return !is_normal(alarm) &&
	    json_is_false(json_object_get(alarm, "active"));
}

bool
alarms_is_hidden(const json_t *alarm)
{
	return json_is_number(json_object_get(alarm, "shelved_until")) ||
	    member_text(alarm, "suppressed_by")[0] != '\0' ||
	    json_is_object(json_object_get(alarm, "out_of_service"));
}

bool
alarms_is_urgent(const json_t *alarm)
{
	return strcmp(member_text(alarm, "severity"), "P1") == 0 &&
	    (is_state(alarm, "UNACK") || is_state(alarm, "RTNUN")) &&
	    !alarms_is_hidden(alarm);
}

static void
add_value(struct table *t, const json_t *alarm)
{
	struct buf value = {0};

	buf_puts(&value, "");
	member_put(&value, json_object_get(alarm, "value"));
	if (value.len > 0 && member_text(alarm, "unit")[0] != '\0')
		buf_printf(&value, " %s", member_text(alarm, "unit"));
	table_cell(t, "%s", value.data);
	buf_free(&value);
}

/* Since when, and how long: of what is over nobody can say how long it was. */
static void
add_since(struct table *t, const json_t *alarm, int64_t now_ms)
{
	char since[MEMBER_TIME_TEXT], span[MEMBER_TIME_TEXT];
	int64_t ms = member_number(alarm, "since");

	if (!json_is_number(json_object_get(alarm, "since"))) {
		table_cell(t, "-");
		table_cell(t, "-");
		return;
	}
	table_cell(t, "%s", member_time(ms, true, since));
	table_cell(t, "%s",
	    alarms_is_over(alarm) ? "-" : member_span(now_ms - ms, span));
}

/* For another thing to be said. */
static struct buf *
more(struct buf *note)
{
	if (note->len > 0)
		buf_puts(note, tongue("; ", "；"));
	return note;
}

/* The work chain.  Its times and `since` are by one clock. */
static void
add_work(struct buf *note, const json_t *alarm)
{
	static const char *const deeds[][3] = {
	    {"responded", "responded", "已响应"},
	    {"arrived", "arrived", "已到场"}, {"rescued", "rescued", "已解救"},
	    {"false_alarm", "called a false alarm", "误报"}};
	const json_t *work = json_object_get(alarm, "work");

	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		const json_t *deed = json_object_get(work, deeds[i][0]);
		char after[MEMBER_TIME_TEXT];

		if (!json_is_object(deed))
			continue;
		buf_puts(more(note), tongue(deeds[i][1], deeds[i][2]));
		if (json_is_number(json_object_get(deed, "ts")) &&
		    json_is_number(json_object_get(alarm, "since")))
			buf_printf(note, tongue(" after %s", "，告警后%s"),
			    member_span(member_number(deed, "ts") -
				    member_number(alarm, "since"),
				after));
		buf_printf(
		    note, tongue(" by %s", "（%s）"), member_text(deed, "by"));
	}
}

static void
add_hiding(struct buf *note, const json_t *alarm)
{
	const json_t *out = json_object_get(alarm, "out_of_service");
	char at[MEMBER_TIME_TEXT];

	if (json_is_number(json_object_get(alarm, "shelved_until")))
		buf_printf(more(note),
		    tongue("shelved until %s by %s", "搁置至 %s（%s）"),
		    member_time(
			member_number(alarm, "shelved_until"), false, at),
		    member_text(alarm, "shelved_by"));
	if (member_text(alarm, "suppressed_by")[0] != '\0')
		buf_printf(more(note), tongue("suppressed by %s", "被 %s 抑制"),
		    member_text(alarm, "suppressed_by"));
	if (json_is_object(out))
		buf_printf(more(note),
		    tongue("out of service since %s by %s", "自 %s 停用（%s）"),
		    member_time(member_number(out, "ts"), false, at),
		    member_text(out, "by"));
}

/* What is beside its state, in one line if it can be. */
static void
add_note(struct table *t, const json_t *alarm)
{
	struct buf note = {0};

	if (!is_normal(alarm)) {
		if (member_people(alarm, "text")[0] != '\0')
			buf_printf(
			    more(&note), "%s", member_people(alarm, "text"));
		if (json_is_true(json_object_get(alarm, "test")))
			buf_puts(more(&note),
			    tongue(
				"TEST: of simulated values", "测试：值为模拟"));
		add_work(&note, alarm);
		if (member_number(alarm, "count") > 1)
			buf_printf(more(&note),
			    tongue(
				"came %" PRId64 " times", "发生%" PRId64 "次"),
			    member_number(alarm, "count"));
	}
	add_hiding(&note, alarm);
	if (note.len > 0)
		table_note(t, "%s", note.data);
	buf_free(&note);
}

/* What an occurrence left is not shown any more when it is NORMAL. */
static void
add_occurrence(struct table *t, const json_t *alarm, int64_t now_ms)
{
	const char *by = member_text(json_object_get(alarm, "ack"), "by");

	if (is_normal(alarm)) {
		table_cell(t, "-");
		table_cell(t, "-");
		table_cell(t, "-");
		table_cell(t, "%s", "");
		return;
	}
	add_since(t, alarm, now_ms);
	table_cell(t, "%s", by[0] != '\0' ? by : "-");
	add_value(t, alarm);
}

static void
add_alarm(struct table *t, const json_t *alarm, int64_t now_ms)
{
	table_cell(t, "%s", member_text(alarm, "severity"));
	table_cell(t, "%s%s", member_text(alarm, "state"),
	    alarms_is_over(alarm) ? tongue(", over", "，已恢复") : "");
	table_cell(t, "%s/%s", member_text(alarm, "device"),
	    member_text(alarm, "alarm"));
	add_occurrence(t, alarm, now_ms);
	if (alarms_is_urgent(alarm))
		table_urgent(t);
	add_note(t, alarm);
	if (!is_normal(alarm))
		alarms_cars_note(t, alarm);
}

/* Those that are hidden, or those that are not, in their order. */
static size_t
add_alarms(struct table *t, const json_t *alarms, bool hidden)
{
	int64_t now_ms = clock_wall_ms();
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(alarms); i++) {
		const json_t *alarm = json_array_get(alarms, i);

		if (alarms_is_hidden(alarm) != hidden)
			continue;
		if (hidden && count == 0)
			table_line(t, "%s",
			    tongue(
				"hidden: shelved, suppressed or out of service",
				"未显示：已搁置、被抑制或停用"));
		add_alarm(t, alarm, now_ms);
		count++;
	}
	return count;
}

static void
show_standing(const json_t *doc, FILE *out)
{
	const struct table_column columns[] = {
	    {tongue("severity", "级别"), false},
	    {tongue("state", "状态"), false}, {tongue("alarm", "告警"), false},
	    {tongue("since", "自"), false}, {tongue("for", "历时"), true},
	    {tongue("ack by", "确认人"), false}, {tongue("value", "值"), true}};
	const json_t *alarms = json_object_get(doc, "alarms");
	struct table *t;

	if (json_array_size(alarms) == 0) {
		fputs(tongue("no alarms\n", "无告警\n"), out);
		return;
	}
	t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	if (add_alarms(t, alarms, false) == 0)
		table_line(t, "%s",
		    tongue("no alarms but hidden ones", "除下列外无告警"));
	add_alarms(t, alarms, true);
	table_print(t, out);
	table_free(t);
}

/* ---- figures ---- */

/* "-" where there is none. */
static void
add_number(
    struct table *t, const char *title, const json_t *number, const char *unit)
{
	if (!json_is_number(number)) {
		table_cell(t, "%s", title);
		table_cell(t, "-");
		return;
	}
	table_cell(t, "%s", title);
	if (json_is_integer(number))
		table_cell(t, "%" JSON_INTEGER_FORMAT "%s",
		    json_integer_value(number), unit);
	else
		table_cell(t, "%.1f%s", json_real_value(number), unit);
}

static void
add_list(struct table *t, const char *title, const json_t *list)
{
	if (json_array_size(list) == 0)
		return;
	table_line(t, "%s", title);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		char since[MEMBER_TIME_TEXT];

		table_cell(t, "%s", member_text(a, "alarm"));
		if (json_object_get(a, "since") != NULL)
			table_cell(t, "%s",
			    member_time(
				member_number(a, "since"), false, since));
		else
			table_cell(t, "%" PRId64, member_number(a, "count"));
	}
}

static void
add_shares(struct table *t, const json_t *doc)
{
	const json_t *soon = json_object_get(doc, "p1_acked_in_3min");
	const json_t *ack = json_object_get(doc, "ack_s");

	add_number(t, tongue("acknowledged after, median", "确认用时中位数"),
	    json_object_get(ack, "median"), tongue(" s", " 秒"));
	add_number(t, tongue("acknowledged after, 95%", "确认用时95%"),
	    json_object_get(ack, "p95"), tongue(" s", " 秒"));
	table_cell(t, "%s",
	    tongue("P1 acknowledged within 3 minutes", "P1 3分钟内确认"));
	if (json_is_number(soon))
		table_cell(t, "%.0f%%", 100 * json_number_value(soon));
	else
		table_cell(t, "-");
}

static void
add_span(struct table *t, const json_t *doc)
{
	char from[MEMBER_TIME_TEXT], to[MEMBER_TIME_TEXT];
	int64_t since_ms = member_number(doc, "since");

	table_line(t, tongue("from %s to %s", "%s 至 %s"),
	    member_time(member_number(doc, "from"), false, from),
	    member_time(member_number(doc, "to"), false, to));
	if (since_ms > member_number(doc, "from"))
		table_line(t,
		    tongue("what was before %s is not known", "%s 之前未知"),
		    member_time(since_ms, false, from));
}

static void
show_figures(const json_t *doc, FILE *out)
{
	static const struct table_column columns[] = {
	    {NULL, false}, {NULL, true}};
	static const char *const severities[] = {"P1", "P2", "P3", "P4"};
	const json_t *by_severity = json_object_get(doc, "by_severity");
	const json_t *hour = json_object_get(doc, "per_hour");
	struct table *t = table_new(columns, 2);

	add_span(t, doc);
	add_number(
	    t, tongue("raised", "发生"), json_object_get(doc, "raised"), "");
	for (size_t i = 0; i < 4; i++)
		add_number(t, severities[i],
		    json_object_get(by_severity, severities[i]), "");
	add_number(t, tongue("an hour, mean", "每小时平均"),
	    json_object_get(hour, "mean"), "");
	add_number(t, tongue("an hour, most", "每小时最多"),
	    json_object_get(hour, "max"), "");
	add_number(t, tongue("minutes of flood", "告警洪泛（分钟）"),
	    json_object_get(doc, "flood_minutes"), "");
	add_shares(t, doc);
	add_list(
	    t, tongue("raised most", "发生最多"), json_object_get(doc, "top"));
	add_list(t, tongue("chattering", "频繁抖动"),
	    json_object_get(doc, "chattering"));
	add_list(t, tongue("active for more than a day", "持续超过一天"),
	    json_object_get(doc, "stale"));
	table_print(t, out);
	table_free(t);
}

/* ---- a document ---- */

int
alarms_show(enum alarms_view view, const char *text, FILE *out, struct err *err)
{
	json_error_t wrong;
	json_t *doc = json_loads(text, JSON_ALLOW_NUL, &wrong);

	if (doc == NULL)
		return err_set(err, "the answer is no JSON: %s", wrong.text);
	switch (view) {
	case ALARMS_STANDING: show_standing(doc, out); break;
	case ALARMS_JOURNAL: alarms_journal_show(doc, out); break;
	case ALARMS_FIGURES: show_figures(doc, out); break;
	}
	json_decref(doc);
	return 0;
}
