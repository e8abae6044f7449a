/*
 * robot.c - what is posted to group robots, and how it is signed, pure
 *
 * A letter's title and text become lines in which nothing is left that a robot
 * could take for more than text: a `<` begins Feishu's and WeCom's tags and an
 * `@` a mention, so both become the wide characters of the same looks.  A
 * mention is made by the lists beside the text alone.
 *
 * Not DingTalk's and WeCom's markdown: which of its marks a client knows, and
 * how one is written that is none, differs from client to client, and a text
 * that is garbled on one telephone is worse than one without bold type.
 *
 * How long a message may be the makers count in bytes, of the content or of the
 * whole body.  So each character is counted as it stands in JSON, and each line
 * with what stands around it.
 */
#include "gateway/sinks/robot.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/base/utf8.h"
#include "gateway/sinks/plain.h"

#define SIGN_BYTES 32 /* of SHA-256 */
#define SIGN_TEXT 45 /* the same in base64, with a NUL */
#define MARKS "<@" /* with which tags and mentions begin */
#define REMARK_BYTES 64 /* that it was cut */
#define LINE_OF_POST 32 /* bytes around a line of Feishu's */

/* Bytes of lines, and what each costs beside its characters.  What a message
 * has beside them (its frame, 16 mentions) is less than the rest of the 20,000
 * bytes that DingTalk takes, and of Feishu's 20 KB. */
static const struct form {
	size_t bytes_max, line_bytes;
	bool escaped; /* bytes are counted as they stand in JSON */
} forms[] = {
    [CHANNEL_DINGTALK] = {18000, 2, true},
    [CHANNEL_WECOM] = {2048, 1, false},
    [CHANNEL_FEISHU] = {18000, LINE_OF_POST, true},
};

/* ---- text ---- */

/* How much of text goes into so many bytes, at most to the end of a line; of
 * the first line, if it is too long alone, as many characters as do. */
static size_t
fitting(const struct buf *text, const struct form *f, size_t bytes_max)
{
	size_t used = f->line_bytes, whole = 0, i = 0, n;

	for (; i < text->len; i += n) {
		char c = text->data[i];

		n = utf8_char(text->data + i, text->len - i);
		assert(n > 0); /* plain_add made it so */
		if (c == '\n')
			used += f->line_bytes;
		else
			used += n + (f->escaped && (c == '"' || c == '\\'));
		if (used > bytes_max)
			return whole > 0 ? whole : i;
		if (c == '\n')
			whole = i;
	}
	return i;
}

static size_t
count_lines(const char *text)
{
	size_t lines = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	return lines;
}

static bool
is_whole(const struct buf *text, const struct form *f)
{
	return fitting(text, f, f->bytes_max) == text->len;
}

/* Cuts text, if it is too long, and says so. */
static void
cut(struct buf *text, const struct form *f, bool zh)
{
	size_t lines, len;

	if (is_whole(text, f))
		return;
	len = fitting(text, f, f->bytes_max - f->line_bytes - REMARK_BYTES);
	lines = count_lines(text->data + len);
	text->len = len;
	if (lines == 0) /* the first line alone is too long */
		buf_puts(text, zh ? "……" : "...");
	else
		buf_printf(text,
		    zh ? "\n（还有%zu行，请看网关页面）"
		       : "\n(%zu more lines: see the gateway's page)",
		    lines);
}

static void
add_lines(struct buf *out, const struct letter *l)
{
	plain_add(out, l->title, true, MARKS);
	if (*l->text != '\0')
		buf_char(out, '\n');
	plain_add(out, l->text, false, MARKS);
}

bool
robot_fits(const struct letter *l)
{
	struct buf text = {0};
	bool fits;

	if (l->channel->type >= CHANNEL_WEBHOOK)
		return true;
	add_lines(&text, l);
	fits = is_whole(&text, &forms[l->channel->type]);
	buf_free(&text);
	return fits;
}

/* ---- signatures ---- */

static void
sign(const char *key, const char *text, char out[SIGN_TEXT])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (HMAC(EVP_sha256(), key, (int)strlen(key),
		(const unsigned char *)text, strlen(text), bytes, &len) == NULL)
		len = 0;
	assert(len == SIGN_BYTES);
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
}

/* Base64 has three characters that mean something in a url. */
static void
add_encoded(struct buf *out, const char *base64)
{
	for (; *base64 != '\0'; base64++)
		switch (*base64) {
		case '+': buf_puts(out, "%2B"); break;
		case '/': buf_puts(out, "%2F"); break;
		case '=': buf_puts(out, "%3D"); break;
		default: buf_char(out, *base64);
		}
}

/* bare: the url without it. */
static void
add_dingtalk_sign(
    struct buf *url, const char *bare, const char *secret, int64_t now_ms)
{
	struct buf text = {0};
	char signature[SIGN_TEXT];

	buf_printf(&text, "%lld\n%s", (long long)now_ms, secret);
	sign(secret, text.data, signature);
	buf_free(&text);
	buf_printf(url,
	    "%ctimestamp=%lld&sign=", strchr(bare, '?') != NULL ? '&' : '?',
	    (long long)now_ms);
	add_encoded(url, signature);
}

static void
add_feishu_sign(struct json *j, const char *secret, int64_t now_ms)
{
	struct buf key = {0};
	char signature[SIGN_TEXT], at[24];

	snprintf(at, sizeof(at), "%lld", (long long)(now_ms / 1000));
	buf_printf(&key, "%s\n%s", at, secret);
	sign(key.data, "", signature);
	buf_free(&key);
	json_key_string(j, "timestamp", at);
	json_key_string(j, "sign", signature);
}

/* ---- bodies ---- */

static void
add_mobiles(struct buf *text, struct json *j, const struct letter *l)
{
	char before = '\n';

	for (size_t i = 0; i < l->mention_count; i++) {
		const char *mobile = l->mentions[i]->dingtalk;

		if (mobile == NULL)
			continue;
		buf_printf(text, "%c@%s", before, mobile);
		before = ' ';
		json_text(j, mobile);
	}
}

static void
write_dingtalk(const struct letter *l, struct buf *text, struct buf *body)
{
	struct json j = {.out = body};

	json_open(&j);
	json_key_string(&j, "msgtype", "text");
	json_key(&j, "at"), json_open(&j);
	json_key(&j, "atMobiles"), json_list(&j);
	add_mobiles(text, &j, l);
	json_end(&j);
	json_key_bool(&j, "isAtAll", false);
	json_end(&j);
	json_key(&j, "text"), json_open(&j);
	json_key_string(&j, "content", text->data);
	json_end(&j);
	json_end(&j);
}

/* A number of a telephone is no user's id: 13800001234, +8613800001234. */
static bool
is_mobile(const char *id)
{
	size_t digits = strspn(id + (*id == '+'), "0123456789");

	return id[digits + (*id == '+')] == '\0' && digits >= 11;
}

static void
add_wecom_list(
    struct json *j, const char *key, const struct letter *l, bool mobiles)
{
	json_key(j, key), json_list(j);
	for (size_t i = 0; i < l->mention_count; i++) {
		const char *id = l->mentions[i]->wecom;

		if (id != NULL && is_mobile(id) == mobiles)
			json_text(j, id);
	}
	json_end(j);
}

static void
write_wecom(const struct letter *l, struct buf *text, struct buf *body)
{
	struct json j = {.out = body};

	json_open(&j);
	json_key_string(&j, "msgtype", "text");
	json_key(&j, "text"), json_open(&j);
	json_key_string(&j, "content", text->data);
	add_wecom_list(&j, "mentioned_list", l, false);
	add_wecom_list(&j, "mentioned_mobile_list", l, true);
	json_end(&j);
	json_end(&j);
}

/* [{"tag":"at","user_id":".."},..], if there is anybody. */
static void
add_feishu_mentions(struct json *j, const struct letter *l)
{
	bool any = false;

	for (size_t i = 0; i < l->mention_count; i++) {
		const char *id = l->mentions[i]->feishu;

		if (id == NULL)
			continue;
		if (!any)
			json_list(j);
		any = true;
		json_open(j);
		json_key_string(j, "tag", "at");
		json_key_string(j, "user_id", id);
		json_end(j);
	}
	if (any)
		json_end(j);
}

static void
add_paragraphs(struct json *j, char *lines)
{
	for (char *end; lines != NULL; lines = end) {
		if ((end = strchr(lines, '\n')) != NULL)
			*end++ = '\0';
		json_list(j);
		json_open(j);
		json_key_string(j, "tag", "text");
		json_key_string(j, "text", *lines != '\0' ? lines : " ");
		json_end(j);
		json_end(j);
	}
}

/* The first line is the title. */
static void
write_feishu(
    const struct letter *l, int64_t now_ms, struct buf *text, struct buf *body)
{
	struct json j = {.out = body};
	char *rest = strchr(text->data, '\n');

	if (rest != NULL)
		*rest++ = '\0';
	json_open(&j);
	if (l->channel->secret != NULL)
		add_feishu_sign(&j, l->channel->secret, now_ms);
	json_key_string(&j, "msg_type", "post");
	json_key(&j, "content"), json_open(&j);
	json_key(&j, "post"), json_open(&j);
	json_key(&j, "zh_cn"), json_open(&j);
	json_key_string(&j, "title", text->data);
	json_key(&j, "content"), json_list(&j);
	add_paragraphs(&j, rest);
	add_feishu_mentions(&j, l);
	for (int i = 0; i < 5; i++)
		json_end(&j);
}

void
robot_request(
    const struct letter *l, int64_t now_ms, struct buf *url, struct buf *body)
{
	const struct notify_channel *c = l->channel;
	struct buf text = {0};

	assert(c->type < CHANNEL_EMAIL && *l->title != '\0');
	buf_puts(url, c->url);
	if (c->type == CHANNEL_WEBHOOK) {
		buf_puts(body, l->json);
		return;
	}
	add_lines(&text, l);
	cut(&text, &forms[c->type], c->language != LANGUAGE_EN);
	if (c->type == CHANNEL_WECOM)
		write_wecom(l, &text, body);
	else if (c->type == CHANNEL_FEISHU)
		write_feishu(l, now_ms, &text, body);
	else
		write_dingtalk(l, &text, body);
	if (c->type == CHANNEL_DINGTALK && c->secret != NULL)
		add_dingtalk_sign(url, c->url, c->secret, now_ms);
	buf_free(&text);
}
