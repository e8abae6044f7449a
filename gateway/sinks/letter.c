/*
 * letter.c - what one channel is told at once
 *
 * Several alarms go with all that is to be said of each, one below the other,
 * as long as there is room; if there is not, a line each.  A digest is lines
 * from the start.  What would be the first beyond the room is taken back.  The
 * room is what a person reads on a telephone, and the robot's: what it would
 * cut is better left for the next letter, or counted.
 *
 * A plain webhook reads the document alone, and how many alarms are in it
 * depends on nothing else.
 */
#include "gateway/sinks/letter.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/sinks/letter_json.h"
#include "gateway/sinks/letter_words.h"
#include "gateway/sinks/robot.h"

#define TEST_ZH "这是测试消息，不需要处理。"
#define TEST_EN "This is a test: nothing is to be done."

#define TITLE_BYTES 1024
#define TEXT_BYTES 16384
#define JSON_BYTES 131072
#define JSON_END 64 /* what stands behind the last alarm of a document */

/* Bytes of title and text, mentions beside them. */
#define ROOM_WECOM 1800 /* of lines; of 2,048 */
#define ROOM 8000 /* of 20,000: what a person reads on a telephone */
#define REST 120 /* of them for how many more there are */

const char *const letter_why_names[] = {
    "raise", "repeat", "escalate", "clear", "digest", "test", NULL};

struct letter_paper {
	const struct notify_conf *conf;
	const struct notify_channel *channel;
	size_t room;
	struct buf title, text, json;
	char title_memory[TITLE_BYTES], text_memory[TEXT_BYTES];
	char *json_memory; /* NULL: nobody reads it */
};

struct letter_paper *
letter_paper_new(
    const struct notify_conf *conf, const struct notify_channel *channel)
{
	struct letter_paper *p = must_alloc(1, sizeof(*p));

	p->conf = conf;
	p->channel = channel;
	p->room = channel->type == CHANNEL_WECOM ? ROOM_WECOM : ROOM;
	buf_fixed(&p->title, p->title_memory, sizeof(p->title_memory));
	buf_fixed(&p->text, p->text_memory, sizeof(p->text_memory));
	if (channel->type == CHANNEL_WEBHOOK) {
		p->json_memory = must_map(JSON_BYTES);
		buf_fixed(&p->json, p->json_memory, JSON_BYTES);
	}
	return p;
}

void
letter_paper_free(struct letter_paper *p)
{
	if (p != NULL)
		must_unmap(p->json_memory, JSON_BYTES);
	free(p);
}

bool
letter_reaches(const struct notify_channel *c, const struct notify_person *p)
{
	switch ((enum channel_type)c->type) {
	case CHANNEL_DINGTALK: return p->dingtalk != NULL;
	case CHANNEL_WECOM: return p->wecom != NULL;
	case CHANNEL_FEISHU: return p->feishu != NULL;
	case CHANNEL_EMAIL: return p->email != NULL;
	case CHANNEL_WEBHOOK: return true; /* its document names them */
	}
	return false;
}

/* ---- languages ---- */

/* The languages of the channel, zh first; how many. */
static size_t
voices(const struct letter_paper *p, int64_t now_ms, bool unsynced,
    struct letter_voice v[2])
{
	uint8_t language = p->channel->language;

	v[0] = (struct letter_voice){.conf = p->conf,
	    .channel = p->channel,
	    .now_ms = now_ms,
	    .unsynced = unsynced,
	    .en = language == LANGUAGE_EN};
	v[1] = v[0];
	v[1].en = true;
	return language == LANGUAGE_BOTH ? 2 : 1;
}

/* ---- the title ---- */

static void
title_many(struct buf *out, const struct letter_voice *v,
    const struct letter_matter *m, const struct letter *l)
{
	size_t count = m->count + m->more;

	if (m->why != LETTER_DIGEST)
		letter_mark(out, v->en, l->severity, m->why);
	else if (m->flood)
		buf_puts(out, part_say(v, "【报警洪峰】", "[FLOOD] "));
	else
		buf_puts(out, part_say(v, "【汇总】", "[DIGEST] "));
	if (l->late)
		buf_puts(out, part_say(v, "【补发】", "[LATE] "));
	part_site(out, v);
	if (v->en)
		buf_printf(out, ": %zu alarms", count);
	else
		buf_printf(out, " %zu 条告警", count);
	if (m->why > LETTER_ESCALATE || l->severity != SEVERITY_P1)
		return;
	buf_puts(out, part_say(v, "：", ", first of them: "));
	letter_alarm(out, v, &m->items[0]);
}

static void
write_title(struct letter_paper *p, const struct letter_voice *v,
    const struct letter_matter *m, const struct letter *l)
{
	buf_clear(&p->title);
	if (m->count == 1 && m->more == 0)
		letter_title(&p->title, v, &m->items[0]);
	else
		title_many(&p->title, v, m, l);
}

/* ---- the text ---- */

/* Back to where it was len bytes long. */
static void
take_back(struct buf *b, size_t len)
{
	b->len = len;
	b->data[len] = '\0';
	b->full = false;
}

static bool
has_room(const struct letter_paper *p, size_t room)
{
	return !p->text.full && p->title.len + p->text.len + REST <= room;
}

/* Of one alarm alone the title is the letter's. */
static void
write_whole(struct letter_paper *p, const struct letter_voice v[2],
    size_t voice_count, const struct letter_item *item, bool alone)
{
	if (p->text.len > 0)
		buf_char(&p->text, '\n');
	for (size_t i = 0; i < voice_count; i++) {
		if (!alone || i > 0) {
			letter_title(&p->text, &v[i], item);
			buf_char(&p->text, '\n');
		}
		letter_body(&p->text, &v[i], item);
	}
}

/* How many there is room for, at least one.  Each is more or less long for the
 * robot than for us: so it is asked. */
static size_t
write_wholes(struct letter_paper *p, const struct letter_voice v[2],
    size_t voice_count, const struct letter_matter *m, const struct letter *l)
{
	bool alone = m->count == 1 && m->more == 0;

	for (size_t i = 0; i < m->count; i++) {
		size_t before = p->text.len;

		write_whole(p, v, voice_count, &m->items[i], alone);
		if (i > 0 && !(has_room(p, ROOM) && robot_fits(l))) {
			take_back(&p->text, before);
			return i;
		}
	}
	return m->count;
}

static size_t
write_lines(struct letter_paper *p, const struct letter_voice v[2],
    size_t voice_count, const struct letter_matter *m)
{
	for (size_t k = 0; m->unsynced && k < voice_count; k++) {
		part_unsynced(&p->text, &v[k]);
		buf_char(&p->text, '\n');
	}
	for (size_t i = 0; i < m->count; i++) {
		size_t before = p->text.len;

		for (size_t k = 0; k < voice_count; k++) {
			buf_puts(&p->text, k > 0 ? " / " : "");
			letter_line(&p->text, &v[k], &m->items[i]);
		}
		buf_char(&p->text, '\n');
		if (!has_room(p, p->room)) {
			take_back(&p->text, before);
			return i;
		}
	}
	return m->count;
}

static void
write_rest(struct letter_paper *p, const struct letter_voice v[2],
    size_t voice_count, size_t rest)
{
	for (size_t k = 0; rest > 0 && k < voice_count; k++)
		if (v[k].en)
			buf_printf(&p->text,
			    "and %zu more, on the page of alarms\n", rest);
		else
			buf_printf(&p->text, "另有 %zu 条，见告警页面\n", rest);
}

/* Returns how many alarms are in it. */
static size_t
write_text(struct letter_paper *p, const struct letter_voice v[2],
    size_t voice_count, const struct letter_matter *m, const struct letter *l)
{
	bool lines = m->why == LETTER_DIGEST && m->count > 1;
	size_t written = 0;

	buf_clear(&p->text);
	if (!lines) {
		written = write_wholes(p, v, voice_count, m, l);
		if (m->whole)
			return written;
		lines = written < m->count;
	}
	if (lines) {
		buf_clear(&p->text);
		written = write_lines(p, v, voice_count, m);
	}
	write_rest(p, v, voice_count, m->count + m->more - written);
	return m->count;
}

/* ---- the document ---- */

/* How many there is room for. */
static size_t
write_alarms(struct letter_paper *p, struct json *j,
    const struct letter_voice *v, const struct letter_matter *m)
{
	size_t i;

	json_key(j, "alarms");
	json_list(j);
	for (i = 0; i < m->count; i++) {
		struct json before = *j;
		size_t len = p->json.len;

		letter_json_write(j, v, &m->items[i]);
		if (p->json.full || p->json.len + JSON_END > p->json.cap) {
			*j = before;
			take_back(&p->json, len);
			break;
		}
	}
	json_end(j);
	return i;
}

static size_t
write_document(struct letter_paper *p, const struct letter_voice *v,
    const struct letter_matter *m)
{
	struct json j = {.out = &p->json};
	size_t written = 1;

	buf_clear(&p->json);
	if (m->count == 1 && m->more == 0) {
		letter_json_write(&j, v, &m->items[0]);
	} else {
		json_open(&j);
		json_key_string(&j, "site", p->conf->site);
		json_key_string(&j, "why", letter_why_names[m->why]);
		written = write_alarms(p, &j, v, m);
		json_key(&j, "more");
		json_u64(&j, m->count + m->more - written);
		json_end(&j);
	}
	return m->whole ? written : m->count;
}

/* ---- all of it ---- */

static void
begin(struct letter *l, const struct letter_paper *p, uint8_t why)
{
	*l = (struct letter){.channel = p->channel,
	    .why = why,
	    .severity = SEVERITY_P4, /* of a test */
	    .title = p->title_memory,
	    .text = p->text_memory,
	    .json = p->json_memory != NULL ? p->json_memory : ""};
}

static void
judge(struct letter *l, const struct letter_matter *m)
{
	l->severity = SEVERITY_P4;
	l->late = false;
	for (size_t i = 0; i < m->count; i++) {
		if (m->items[i].notice->severity < l->severity)
			l->severity = m->items[i].notice->severity;
		l->late = l->late || m->items[i].late_ms > 0;
	}
}

/* Returns how many alarms there was room for. */
static size_t
write_all(
    struct letter *l, struct letter_paper *p, const struct letter_matter *m)
{
	struct letter_voice v[2];
	size_t voice_count = voices(p, m->now_ms, m->unsynced, v), written;

	judge(l, m);
	write_title(p, v, m, l);
	written = write_text(p, v, voice_count, m, l);
	return p->json_memory != NULL ? write_document(p, v, m) : written;
}

size_t
letter_compose(
    struct letter *l, struct letter_paper *p, const struct letter_matter *m)
{
	struct letter_matter fitting = *m;

	begin(l, p, m->why);
	fitting.count = write_all(l, p, m);
	if (fitting.count < m->count)
		fitting.count = write_all(l, p, &fitting);
	return fitting.count;
}

static void
write_test(struct buf *out, const struct letter_voice *v)
{
	buf_puts(out, part_say(v, TEST_ZH "\n", TEST_EN "\n"));
	buf_puts(out, part_say(v, "发送 ", "Sent "));
	part_time(out, v, v->now_ms);
	buf_char(out, '\n');
}

/* As of an alarm, for whoever reads these has to read it too. */
static void
write_test_document(struct letter_paper *p, const struct letter_voice *v)
{
	struct notice n = {.device = "gateway",
	    .alarm = "test",
	    .severity = SEVERITY_P4,
	    .test = true,
	    .text_zh = TEST_ZH,
	    .text_en = TEST_EN};
	struct letter_item item = {.notice = &n, .why = LETTER_TEST};
	struct json j = {.out = &p->json};

	buf_clear(&p->json);
	letter_json_write(&j, v, &item);
}

void
letter_test(struct letter *l, struct letter_paper *p, int64_t now_ms)
{
	struct letter_voice v[2];
	size_t voice_count = voices(p, now_ms, false, v);

	begin(l, p, LETTER_TEST);
	buf_clear(&p->title);
	buf_clear(&p->text);
	buf_puts(&p->title, part_say(v, "【测试】", "[TEST] "));
	part_site(&p->title, v);
	buf_puts(&p->title, part_say(v, " 通知渠道 ", ": channel "));
	part_words(&p->title, p->channel->id);
	for (size_t i = 0; i < voice_count; i++)
		write_test(&p->text, &v[i]);
	if (p->json_memory != NULL)
		write_test_document(p, v);
}
