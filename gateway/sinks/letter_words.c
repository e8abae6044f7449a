/*
 * letter_words.c - one alarm of a letter, in words
 *
 * The lines stand in the order of their weight: a robot that cuts a text cuts
 * its end, and a telephone that is locked shows the first two.  So when and
 * where is always the first, the rescue code and whom to call the second.  Each
 * line is left out if there is nothing to be said.
 */
#include "gateway/sinks/letter_words.h"

#include <stdio.h>
#include <string.h>

#include "gateway/sinks/letter_cars.h"

#define LEAST_AGE_MS 1000 /* what is younger is now */
#define CALL_MS (20 * 60 * 1000) /* nobody there: who else to call */

static void
add_person(struct buf *out, const struct letter_voice *v,
    const struct notify_person *p)
{
	const char *name = part_text(p->name, v->en);

	part_name(out, v->channel, name != NULL ? name : p->id);
	if (v->channel->personal && p->phone != NULL) {
		buf_char(out, ' ');
		part_words(out, p->phone);
	}
}

/* ---- the title ---- */

void
letter_mark(struct buf *out, bool en, uint8_t severity, uint8_t why)
{
	static const char *const zh[] = {"紧急", "重要", "一般", "提示"};

	if (why == LETTER_CLEAR)
		buf_puts(out, en ? "[OVER] " : "【恢复】");
	else if (en)
		buf_printf(out, "[%s] ", alarm_severity_names[severity]);
	else
		buf_printf(out, "【%s】", zh[severity]);
	if (why == LETTER_REPEAT)
		buf_puts(out, en ? "[AGAIN] " : "【再次提醒】");
	if (why == LETTER_ESCALATE)
		buf_puts(out, en ? "[ESCALATED] " : "【升级】");
}

static void
add_device(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const char *name =
	    i->device != NULL ? part_text(i->device->name, v->en) : NULL;

	part_words(out, name != NULL ? name : i->notice->device);
}

/* Without what somebody was asked to do, which an alarm's text says last: it is
 * over. */
static void
add_fact(struct buf *out, const char *words)
{
	static const char *const orders[] = {"，请", " - "};
	char fact[ALARM_TEXT_MAX];
	char *last = NULL;

	snprintf(fact, sizeof(fact), "%s", words);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		for (char *p = fact; (p = strstr(p, orders[i])) != NULL; p++)
			last = p > last ? p : last;
	if (last != NULL && last > fact)
		*last = '\0';
	part_words(out, fact);
}

/* What is known of an alarm that left no text is its name. */
void
letter_alarm(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct notice *n = i->notice;
	struct text text = {n->text_zh[0] != '\0' ? n->text_zh : NULL,
	    n->text_en[0] != '\0' ? n->text_en : NULL};
	const char *words = part_text(text, v->en);

	if (notice_has_cars(n)) {
		letter_cars_title(out, v, i);
		return;
	}
	if (words != NULL && i->why == LETTER_CLEAR) {
		add_fact(out, words);
		return;
	}
	if (words != NULL) {
		part_words(out, words);
		return;
	}
	add_device(out, v, i);
	buf_char(out, ' ');
	part_words(out, n->alarm);
}

/* Who never heard of it is told how bad it was first. */
static void
add_mark(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	uint8_t why = i->first ? LETTER_RAISE : i->why;

	letter_mark(out, v->en, i->notice->severity, why);
	if (i->first)
		buf_puts(out, part_say(v, "【已恢复】", "[OVER] "));
}

void
letter_title(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	if (i->notice->test)
		buf_puts(out, part_say(v, "【测试】", "[TEST] "));
	add_mark(out, v, i);
	if (i->late_ms > 0)
		buf_puts(out, part_say(v, "【补发】", "[LATE] "));
	part_site(out, v);
	buf_puts(out, part_say(v, " ", ": "));
	letter_alarm(out, v, i);
}

/* ---- the body, line by line ---- */

static bool
is_lift(const struct letter_item *i)
{
	return i->device != NULL && strcmp(i->device->kind, "elevator") == 0;
}

/* How long it has stood; of what is told once more, how long nobody has
 * acknowledged it. */
static void
add_age(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	bool again = i->why == LETTER_REPEAT || i->why == LETTER_ESCALATE;

	if (again)
		buf_puts(out, part_say(v, "已", "not acknowledged for "));
	part_span(out, v, v->now_ms - i->notice->since_ms);
	buf_puts(out,
	    again ? part_say(v, "无人确认", "") : part_say(v, "前", " ago"));
	if (i->why == LETTER_ESCALATE)
		buf_puts(out, part_say(v, "，升级通知", ": escalated"));
}

static void
add_since(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	bool aged = !i->over && v->now_ms >= i->notice->since_ms + LEAST_AGE_MS;

	buf_puts(out, part_say(v, "发生 ", "Since "));
	part_time(out, v, i->notice->since_ms);
	if (!aged && !v->unsynced)
		return;
	buf_puts(out, part_say(v, "（", " ("));
	if (aged)
		add_age(out, v, i);
	if (aged && v->unsynced)
		buf_puts(out, part_say(v, "，", ", "));
	if (v->unsynced)
		part_unsynced(out, v);
	buf_puts(out, part_say(v, "）", ")"));
}

static void
line_of_when(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct notice *n = i->notice;

	if (n->since_ms != 0)
		add_since(out, v, i);
	if (n->since_ms != 0 && n->count > 1)
		buf_printf(out, "%s%u%s", part_say(v, "  反复 ", "  "),
		    n->count, part_say(v, " 次", " times"));
	if (n->since_ms != 0)
		buf_puts(out, "  ");
	buf_puts(out, part_say(v, "设备 ", "Device "));
	add_device(out, v, i);
	buf_char(out, '\n');
}

static void
line_of_lateness(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	if (i->late_ms <= 0)
		return;
	buf_puts(out, part_say(v, "补发：迟到", "Sent late by "));
	part_span(out, v, i->late_ms);
	buf_char(out, '\n');
}

static void
line_of_test(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	if (i->notice->test)
		buf_puts(out,
		    part_say(v, "模拟数据，不是真实告警\n",
			"Simulated: this is no real alarm\n"));
}

/* It latches, and what it was about is no longer there. */
static void
line_of_latch(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	if (notice_has_cars(i->notice))
		letter_cars_return(out, v, i);
	else if (!i->over && !i->notice->active)
		buf_puts(out,
		    part_say(v, "现象已消失，待人工复位\n",
			"No longer present; waits for a reset\n"));
}

static void
add_end(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	buf_puts(out, part_say(v, "恢复", "Over"));
	if (i->over_ms == 0)
		return;
	buf_char(out, ' ');
	part_time(out, v, i->over_ms);
	if (i->notice->since_ms == 0)
		return;
	buf_puts(out, part_say(v, "，历时", ", it lasted "));
	part_span(out, v, i->over_ms - i->notice->since_ms);
}

static void
line_of_end(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	if (!i->over)
		return;
	if (i->gone)
		buf_puts(out,
		    part_say(v, "配置中已无此告警，不再监视",
			"No longer in the configuration: nobody watches it"));
	else
		add_end(out, v, i);
	buf_char(out, '\n');
}

static void
line_of_owner(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct notify_device *d = i->device;
	const char *name = d != NULL ? part_text(d->owner_name, v->en) : NULL;
	bool owner = d != NULL && (name != NULL || d->owner_phone != NULL);

	if (i->over || d == NULL || (d->rescue_code == NULL && !owner))
		return;
	if (d->rescue_code != NULL) {
		buf_puts(out, part_say(v, "救援码 ", "Rescue code "));
		part_words(out, d->rescue_code);
		buf_puts(out, owner ? "  " : "");
	}
	if (owner)
		buf_puts(out,
		    is_lift(i) ? part_say(v, "维保", "Lift firm")
			       : part_say(v, "负责", "Looked after by"));
	if (name != NULL) {
		buf_char(out, ' ');
		part_words(out, name);
	}
	if (d->owner_phone != NULL) {
		buf_char(out, ' ');
		part_owner_phone(out, v->channel, d->owner_phone);
	}
	buf_char(out, '\n');
}

/* What nobody was told of in time, with all that is needed to help. */
static void
line_of_subject(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct letter_item subject = {
	    .notice = i->about, .device = i->about_device};

	if (i->about == NULL || i->over)
		return;
	buf_puts(out, part_say(v, "未及时送达：", "Not told in time: "));
	letter_alarm(out, v, &subject);
	buf_char(out, '\n');
	line_of_owner(out, v, &subject);
}

/* Its kind: what people know it by. */
static const char *
channel_name(const struct letter_voice *v, const struct notify_channel *c)
{
	switch ((enum channel_type)c->type) {
	case CHANNEL_DINGTALK: return part_say(v, "钉钉群", "DingTalk");
	case CHANNEL_WECOM: return part_say(v, "企业微信群", "WeCom");
	case CHANNEL_FEISHU: return part_say(v, "飞书群", "Feishu");
	case CHANNEL_WEBHOOK: return part_say(v, "网络接口", "webhook");
	case CHANNEL_EMAIL: return part_say(v, "邮件", "mail");
	}
	return c->id;
}

static bool
was_named(const struct letter_item *i, size_t channel)
{
	for (size_t k = 0; k < channel; k++)
		if (i->channels[k]->type == i->channels[channel]->type)
			return true;
	return false;
}

/* Where else it was told: whoever reads this knows where he does. */
static void
add_channels(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	bool any = false;

	if (i->channel_count < 2)
		return;
	buf_puts(out, part_say(v, "已发 ", "Sent to "));
	for (size_t k = 0; k < i->channel_count; k++) {
		if (was_named(i, k))
			continue;
		buf_puts(out, any ? part_say(v, "、", ", ") : "");
		buf_puts(out, channel_name(v, i->channels[k]));
		any = true;
	}
	buf_puts(out, "  ");
}

/* The people that were called, on whatever channel. */
static void
add_people(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	if (i->people_count == 0)
		return;
	buf_puts(out, part_say(v, "已通知 ", "Told "));
	for (size_t k = 0; k < i->people_count; k++) {
		buf_puts(out, k > 0 ? part_say(v, "、", ", ") : "");
		add_person(out, v, i->people[k]);
	}
	buf_puts(out, "  ");
}

/* Who has it, or else who was told. */
static void
line_of_people(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct alarm_deed *ack = &i->notice->ack;

	if (ack->by[0] != '\0') {
		buf_puts(out, part_say(v, "已确认 ", "Acknowledged "));
		part_deed(out, v, ack);
		buf_char(out, '\n');
		return;
	}
	if (!i->over) {
		add_people(out, v, i);
		add_channels(out, v, i);
	}
	buf_puts(out, part_say(v, "未确认\n", "Not acknowledged\n"));
}

static void
line_of_work(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	static const char *const zh[] = {"响应", "到场", "救出", "误报"};
	static const char *const en[] = {
	    "Responded", "Arrived", "Rescued", "False alarm"};
	bool any = false;

	for (int k = 0; k < WORK_COUNT; k++) {
		if (i->notice->work[k].by[0] == '\0')
			continue;
		buf_puts(out, any ? "  " : "");
		buf_puts(out, part_say(v, zh[k], en[k]));
		buf_char(out, ' ');
		part_deed(out, v, &i->notice->work[k]);
		any = true;
	}
	if (any)
		buf_char(out, '\n');
}

/* One that is over says so. */
static void
add_limit(struct buf *out, const struct letter_voice *v, int64_t at_ms,
    const char *zh, const char *en)
{
	bool past = v->now_ms >= at_ms;

	if (v->en)
		buf_printf(out, "%s by ", en);
	part_time(out, v, at_ms);
	if (!v->en)
		buf_printf(out, " %s", zh);
	if (past)
		buf_puts(out, part_say(v, "（已超时）", " (overdue)"));
}

/* That somebody is in a car and needs help, or may be, says the alarm's name in
 * config/kinds/elevator.yaml. */
static bool
asks_for_rescue(const struct letter_item *i)
{
	static const char *const alarms[] = {"alarm_button", "entrapment",
	    "entrapment_suspected", "power_lost_occupied"};

	for (size_t k = 0; k < sizeof(alarms) / sizeof(alarms[0]); k++)
		if (strcmp(i->notice->alarm, alarms[k]) == 0)
			return is_lift(i) && i->notice->severity == SEVERITY_P1;
	return false;
}

/* By when somebody must have answered, and be there. */
static void
line_of_limits(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct notice *n = i->notice;
	bool arrived = n->work[WORK_ARRIVED].by[0] != '\0' ||
	    n->work[WORK_RESCUED].by[0] != '\0' ||
	    n->work[WORK_FALSE].by[0] != '\0';
	bool answered =
	    n->ack.by[0] != '\0' || n->work[WORK_RESPONDED].by[0] != '\0';

	if (i->over || arrived || !asks_for_rescue(i) || n->since_ms == 0)
		return;
	buf_puts(out, part_say(v, "时限 ", "Due: "));
	if (!answered) {
		add_limit(out, v, n->since_ms + LETTER_RESPOND_MS, "响应",
		    "answered");
		buf_puts(out, part_say(v, "，", ", "));
	}
	add_limit(
	    out, v, n->since_ms + LETTER_ARRIVE_MS, "到场", "on the spot");
	buf_char(out, '\n');
	if (v->now_ms >= n->since_ms + CALL_MS)
		buf_puts(out,
		    part_say(v, "无到场记录，请拨 96333 或 119\n",
			"No arrival on record: call 96333 or 119\n"));
}

void
letter_body(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	line_of_when(out, v, i);
	line_of_owner(out, v, i);
	line_of_subject(out, v, i);
	line_of_end(out, v, i);
	line_of_latch(out, v, i);
	line_of_lateness(out, v, i);
	line_of_test(out, v, i);
	letter_cars(out, v, i);
	line_of_limits(out, v, i);
	line_of_people(out, v, i);
	line_of_work(out, v, i);
}

/* ---- a line of a digest ---- */

void
letter_line(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	int64_t at_ms = i->over ? i->over_ms : i->notice->since_ms;

	if (i->notice->test)
		buf_puts(out, part_say(v, "【测试】", "[TEST] "));
	add_mark(out, v, i);
	if (at_ms != 0) {
		part_minute(out, v, at_ms);
		buf_char(out, ' ');
	}
	letter_alarm(out, v, i);
}
