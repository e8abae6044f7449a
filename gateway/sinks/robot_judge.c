/*
 * robot_judge.c - what a robot's answer means, and what to do about it, pure
 *
 * Status 200 says nothing: a robot that refuses says so in `errcode` (DingTalk,
 * WeCom) or `code` (Feishu; `StatusCode` in its older form), and who answers
 * 200 with a page is a hotel's portal and no robot.  Sent is only what has a
 * code, and that is 0.
 *
 * The codes are those of the makers' pages on these robots and of answers seen
 * in the wild.  DingTalk's 310000 has four meanings, which only its message
 * tells apart, in English or, since 2022, in Chinese.  A code nobody knows may
 * go away: it is tried again.
 *
 * A signature is good for an hour.  What a robot says when it is not is the
 * same as, or much like, what it says of a wrong one; the time in the answer's
 * head tells which it was.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/sinks/quote.h"
#include "gateway/sinks/robot.h"

#define QUOTED_MAX 64 /* bytes of a robot's own words */
#define WAIT_S 60 /* of who is busy and does not say for how long */
#define WAIT_MAX_MS 600000
#define CLOCK_MS (55 * 60000) /* an hour, and what a way takes */
#define TOO_MANY 429 /* of HTTP.  503 is any proxy's whose robot is away */
#define PUNISHED 1111 /* DingTalk's `status` of one who was too fast */

#define TOKEN                                                                  \
	"it knows no such robot: is its whole webhook url in url_file, and "   \
	"the robot still in the group?"
#define SIGNATURE "the signature does not fit: is secret_file this robot's?"
#define UNSIGNED "it wants a signature: write secret_file"
#define KEYWORD                                                                \
	"it wants a keyword in each text: let it check signatures instead"
#define ADDRESS                                                                \
	"it takes nothing from our address: add that to its list, or let it "  \
	"check signatures instead"
#define IMPROPER "it holds the text for improper: what name or note is in it?"
#define FORM "it cannot read the message: tell riser's authors"
#define BUSY_ITSELF "it is busy"
#define TOO_FAST "it got too many messages: others may use the robot too"

/* What a refusal is about. */
enum about {
	ROBOT, /* and with it the channel: any letter would fare so */
	CLOCK, /* or it may be about our clock */
	TEXT, /* this letter's alone */
};

static const struct meaning {
	uint8_t type; /* enum channel_type */
	int code;
	const char *in; /* its message, if the code has several meanings */
	uint8_t verdict; /* enum robot_verdict */
	uint16_t wait_s; /* of BUSY */
	const char *what; /* and what to do */
	uint8_t about; /* enum about */
} meanings[] = {
    {CHANNEL_DINGTALK, -1, NULL, ROBOT_FAILED, 0, BUSY_ITSELF, ROBOT},
    {CHANNEL_DINGTALK, 130101, NULL, ROBOT_BUSY, 600, TOO_FAST, ROBOT},
    {CHANNEL_DINGTALK, 410100, NULL, ROBOT_BUSY, 600, TOO_FAST, ROBOT},
    {CHANNEL_DINGTALK, PUNISHED, NULL, ROBOT_BUSY, 600, TOO_FAST, ROBOT},
    {CHANNEL_DINGTALK, 310000, "keyword", ROBOT_REFUSED, 0, KEYWORD, ROBOT},
    {CHANNEL_DINGTALK, 310000, "关键词", ROBOT_REFUSED, 0, KEYWORD, ROBOT},
    {CHANNEL_DINGTALK, 310000, "whitelist", ROBOT_REFUSED, 0, ADDRESS, ROBOT},
    {CHANNEL_DINGTALK, 310000, "白名单", ROBOT_REFUSED, 0, ADDRESS, ROBOT},
    {CHANNEL_DINGTALK, 310000, "invalid timestamp", ROBOT_REFUSED, 0,
	"the signature's time is wrong: is our clock right?", CLOCK},
    {CHANNEL_DINGTALK, 310000, "过期", ROBOT_REFUSED, 0,
	"the signature's time is wrong: is our clock right?", CLOCK},
    {CHANNEL_DINGTALK, 310000, "sign", ROBOT_REFUSED, 0, SIGNATURE, CLOCK},
    {CHANNEL_DINGTALK, 310000, "签名", ROBOT_REFUSED, 0, SIGNATURE, CLOCK},
    {CHANNEL_DINGTALK, 310000, NULL, ROBOT_REFUSED, 0,
	"its safety settings do not let the message through", ROBOT},
    {CHANNEL_DINGTALK, 300001, NULL, ROBOT_REFUSED, 0, TOKEN, ROBOT},
    {CHANNEL_DINGTALK, 300005, NULL, ROBOT_REFUSED, 0, TOKEN, ROBOT},
    {CHANNEL_DINGTALK, 400101, NULL, ROBOT_REFUSED, 0, TOKEN, ROBOT},
    {CHANNEL_DINGTALK, 400106, NULL, ROBOT_REFUSED, 0, TOKEN, ROBOT},
    {CHANNEL_DINGTALK, 400013, NULL, ROBOT_REFUSED, 0,
	"its group is dissolved: give a robot of another group", ROBOT},
    {CHANNEL_DINGTALK, 400102, NULL, ROBOT_REFUSED, 0,
	"the robot is switched off: the group's owner can switch it on", ROBOT},
    {CHANNEL_DINGTALK, 430101, NULL, ROBOT_REFUSED, 0, IMPROPER, TEXT},
    {CHANNEL_DINGTALK, 430102, NULL, ROBOT_REFUSED, 0, IMPROPER, TEXT},
    {CHANNEL_DINGTALK, 430104, NULL, ROBOT_REFUSED, 0, IMPROPER, TEXT},
    {CHANNEL_DINGTALK, 40035, NULL, ROBOT_REFUSED, 0, FORM, TEXT},
    {CHANNEL_DINGTALK, 43004, NULL, ROBOT_REFUSED, 0, FORM, TEXT},
    {CHANNEL_DINGTALK, 400105, NULL, ROBOT_REFUSED, 0, FORM, TEXT},

    {CHANNEL_WECOM, -1, NULL, ROBOT_FAILED, 0, BUSY_ITSELF, ROBOT},
    {CHANNEL_WECOM, 45009, NULL, ROBOT_BUSY, WAIT_S, TOO_FAST, ROBOT},
    {CHANNEL_WECOM, 93000, NULL, ROBOT_REFUSED, 0, TOKEN, ROBOT},
    {CHANNEL_WECOM, 40008, NULL, ROBOT_REFUSED, 0, FORM, TEXT},
    {CHANNEL_WECOM, 40058, NULL, ROBOT_REFUSED, 0, FORM, TEXT},
    {CHANNEL_WECOM, 44004, NULL, ROBOT_REFUSED, 0, FORM, TEXT},

    /* 11232 is of all of Feishu, at full and half hours, and soon over. */
    {CHANNEL_FEISHU, 11232, NULL, ROBOT_BUSY, 10, BUSY_ITSELF, ROBOT},
    {CHANNEL_FEISHU, 9499, "too many", ROBOT_BUSY, WAIT_S, TOO_FAST, ROBOT},
    {CHANNEL_FEISHU, 9499, "frequency", ROBOT_BUSY, WAIT_S, TOO_FAST, ROBOT},
    {CHANNEL_FEISHU, 9499, NULL, ROBOT_REFUSED, 0, FORM, TEXT},
    {CHANNEL_FEISHU, 99991400, NULL, ROBOT_BUSY, WAIT_S, TOO_FAST, ROBOT},
    {CHANNEL_FEISHU, 19001, NULL, ROBOT_REFUSED, 0, TOKEN, ROBOT},
    {CHANNEL_FEISHU, 19002, NULL, ROBOT_REFUSED, 0, FORM, TEXT},
    {CHANNEL_FEISHU, 19021, NULL, ROBOT_REFUSED, 0,
	"the signature does not fit: is secret_file this robot's, and our "
	"clock right?",
	CLOCK},
    {CHANNEL_FEISHU, 19022, NULL, ROBOT_REFUSED, 0, ADDRESS, ROBOT},
    {CHANNEL_FEISHU, 19024, NULL, ROBOT_REFUSED, 0, KEYWORD, ROBOT},
};

/* What is said of a code that is none of these. */
static const char *const too_fast_words[] = {
    "too fast", "too many", "frequency", "限流", "频率", NULL};

/* ---- sentences ---- */

static void say(struct robot_answer *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct robot_answer *a, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(a->why, sizeof(a->why), fmt, args);
	va_end(args);
	a->why[utf8_cut(a->why, strlen(a->why))] = '\0';
}

static void
be_busy(
    struct robot_answer *a, const struct robot_reply *r, int64_t at_least_ms)
{
	a->verdict = ROBOT_BUSY;
	a->retry_after_ms = r->retry_after_ms;
	if (a->retry_after_ms < at_least_ms)
		a->retry_after_ms = at_least_ms;
	if (a->retry_after_ms > WAIT_MAX_MS)
		a->retry_after_ms = WAIT_MAX_MS;
}

/* ---- codes ---- */

struct said {
	long code;
	char message[QUOTED_MAX]; /* of the robot, its url's secrets hidden */
};

static bool
take_code(const json_t *o, const char *key, long *code)
{
	const json_t *value = json_object_get(o, key);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return false;
	*code =
	    number > INT32_MAX || number < INT32_MIN ? INT32_MAX : (long)number;
	return true;
}

static void
take_message(
    const json_t *o, const char *key, const char *url, struct said *said)
{
	const json_t *value = json_object_get(o, key);

	if (json_is_string(value))
		quote_text(json_string_value(value), json_string_length(value),
		    url, said->message, sizeof(said->message));
}

/* False: it is no answer of such a robot. */
static bool
find_code(const json_t *o, const struct notify_channel *c, struct said *said)
{
	if (c->type == CHANNEL_FEISHU) {
		take_message(o, "StatusMessage", c->url, said);
		take_message(o, "msg", c->url, said);
		return take_code(o, "code", &said->code) ||
		    take_code(o, "StatusCode", &said->code);
	}
	take_message(o, "errmsg", c->url, said);
	if (take_code(o, "errcode", &said->code))
		return true;
	said->code = PUNISHED;
	return c->type == CHANNEL_DINGTALK &&
	    json_object_get(o, "punish") != NULL;
}

static bool
read_code(const struct notify_channel *c, const struct robot_reply *r,
    struct said *said)
{
	json_error_t error;
	json_t *o = json_loadb(r->body, r->len, JSON_REJECT_DUPLICATES, &error);
	bool found = json_is_object(o) && find_code(o, c, said);

	json_decref(o);
	return found;
}

static const struct meaning *
find_meaning(uint8_t type, const struct said *said)
{
	const struct meaning *end =
	    meanings + sizeof(meanings) / sizeof(meanings[0]);

	for (const struct meaning *m = meanings; m < end; m++)
		if (m->type == type && m->code == said->code &&
		    (m->in == NULL || strcasestr(said->message, m->in)))
			return m;
	return NULL;
}

static bool
sounds_too_fast(const char *message)
{
	for (size_t i = 0; too_fast_words[i] != NULL; i++)
		if (strcasestr(message, too_fast_words[i]) != NULL)
			return true;
	return false;
}

/* A sentence about our clock, if that is what is wrong. */
static bool
blame_clock(struct robot_answer *a, const char *beginning, int64_t ahead_ms)
{
	long long minutes = llabs(ahead_ms) / 60000;

	if (ahead_ms == ROBOT_NO_CLOCK || llabs(ahead_ms) < CLOCK_MS)
		return false;
	say(a, "%s: this gateway's clock is %lld min %s its: set the clock",
	    beginning, minutes, ahead_ms > 0 ? "ahead of" : "behind");
	return true;
}

static void
judge_code(const char *host, const struct notify_channel *c,
    const struct robot_reply *r, const struct said *said,
    struct robot_answer *a)
{
	const struct meaning *m = find_meaning(c->type, said);
	char beginning[QUOTE_HOST_MAX + QUOTED_MAX + 40];
	const char *message = said->message;

	a->code = said->code;
	if (said->code == 0) {
		a->verdict = ROBOT_SENT;
		return;
	}
	snprintf(beginning, sizeof(beginning), "%s answers %ld%s%s%s", host,
	    said->code, *message ? " (" : "", message, *message ? ")" : "");
	a->verdict = m != NULL ? m->verdict : ROBOT_FAILED;
	if (m != NULL && m->verdict == ROBOT_BUSY)
		be_busy(a, r, m->wait_s * 1000);
	else if (m == NULL && sounds_too_fast(message))
		be_busy(a, r, WAIT_S * 1000);
	a->text = m != NULL && m->about == TEXT;
	if (m == NULL)
		say(a, "%s", beginning);
	else if (m->about == CLOCK && c->secret == NULL)
		say(a, "%s: " UNSIGNED, beginning);
	else if (m->about != CLOCK || !blame_clock(a, beginning, r->ahead_ms))
		say(a, "%s: %s", beginning, m->what);
}

/* ---- status alone ---- */

static bool
is_good(long status)
{
	return status >= 200 && status < 300;
}

static const char *
advice(long status)
{
	if (status >= 300 && status < 400)
		return ": it sends us elsewhere; give its own address as url";
	if (status == 401 || status == 403)
		return ": is the url right, with all that lets us in?";
	if (status == 404 || status == 410)
		return ": it knows no such url; is it right?";
	if (status == 413)
		return ": it does not take so long a message";
	return "";
}

static void
judge_status(const char *host, const struct notify_channel *c,
    const struct robot_reply *r, struct robot_answer *a)
{
	static const char *const makers[] = {
	    [CHANNEL_DINGTALK] = "DingTalk",
	    [CHANNEL_WECOM] = "WeCom",
	    [CHANNEL_FEISHU] = "Feishu",
	};
	bool good = is_good(r->status);

	a->code = r->status;
	if (good && c->type == CHANNEL_WEBHOOK)
		return;
	if (good) {
		a->verdict = ROBOT_FAILED;
		say(a,
		    "%s answers %ld, but not as a robot of %s does: is the "
		    "url right, or does somebody else answer for it?",
		    host, r->status, makers[c->type]);
		return;
	}
	if (r->status == TOO_MANY)
		be_busy(a, r, r->retry_after_ms > 0 ? 1000 : WAIT_S * 1000);
	else if (r->status >= 300 && r->status < 500 && r->status != 408)
		a->verdict = ROBOT_REFUSED;
	else
		a->verdict = ROBOT_FAILED;
	a->text = r->status == 400 || r->status == 413 || r->status == 422;
	say(a, "%s answers %ld%s", host, r->status, advice(r->status));
}

void
robot_judge(const struct notify_channel *c, const struct robot_reply *r,
    struct robot_answer *a)
{
	char host[QUOTE_HOST_MAX];
	struct said said = {0};

	*a = (struct robot_answer){.verdict = ROBOT_SENT};
	quote_host(c->url, host);
	if (c->type != CHANNEL_WEBHOOK && read_code(c, r, &said) &&
	    (is_good(r->status) || said.code != 0))
		judge_code(host, c, r, &said, a);
	else
		judge_status(host, c, r, a);
}

int64_t
robot_silence_ms(const struct notify_channel *c, long code)
{
	const struct said said = {.code = code};
	const struct meaning *m = find_meaning(c->type, &said);

	if (m != NULL && m->verdict == ROBOT_BUSY)
		return m->wait_s * 1000;
	return c->type != CHANNEL_EMAIL && code == TOO_MANY ? WAIT_S * 1000 : 0;
}
