/* test_robot.c - what group robots are posted, and what their answers mean */
#include "gateway/sinks/robot.h"

#include <jansson.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/sinks/plain.h"
#include "gateway/sinks/quote.h"
#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define TITLE "【紧急】7栋2单元 电梯困人"
#define TEXT "轿内有人：是\n救援码 123456"
#define NOW_MS 1716283459321

static const struct notify_person wang = {
    .dingtalk = "13800001234", .wecom = "13800001234", .feishu = "ou_18eac8"};
static const struct notify_person li = {
    .dingtalk = "13900005678", .wecom = "lisi", .feishu = "ou_77ab12"};
static const struct notify_person nobody = {.email = "n@x.example"};

static struct buf url, body;

static void
forget(void)
{
	buf_free(&url);
	buf_free(&body);
}

static bool fits; /* what was asked for last */

/* Sets url and body. */
static void
request(const struct notify_channel *c, const char *title, const char *text)
{
	struct letter l = {
	    .channel = c,
	    .title = title,
	    .text = text,
	    .json = "{\"k\":1}",
	    .mention_count = 3,
	    .mentions = {&wang, &nobody, &li},
	};

	forget();
	url = body = (struct buf){0};
	fits = robot_fits(&l);
	robot_request(&l, NOW_MS, &url, &body);
}

/* ---- requests ---- */

static const struct {
	struct notify_channel channel;
	const char *url, *body;
} forms[] = {
    {{.type = CHANNEL_DINGTALK,
	 .url = "https://oapi.dingtalk.com/robot/send?access_token=T"},
	"https://oapi.dingtalk.com/robot/send?access_token=T",
	"{\"msgtype\":\"text\",\"at\":{\"atMobiles\":[\"13800001234\","
	"\"13900005678\"],\"isAtAll\":false},\"text\":{\"content\":\"" TITLE
	"\\n轿内有人：是\\n救援码 123456\\n@13800001234 @13900005678\"}}"},
    {{.type = CHANNEL_WECOM,
	 .url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K"},
	"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
	"{\"msgtype\":\"text\",\"text\":{\"content\":\"" TITLE
	"\\n轿内有人：是\\n救援码 123456\",\"mentioned_list\":[\"lisi\"],"
	"\"mentioned_mobile_list\":[\"13800001234\"]}}"},
    {{.type = CHANNEL_FEISHU,
	 .url = "https://open.feishu.cn/open-apis/bot/v2/hook/H"},
	"https://open.feishu.cn/open-apis/bot/v2/hook/H",
	"{\"msg_type\":\"post\",\"content\":{\"post\":{\"zh_cn\":{"
	"\"title\":\"" TITLE
	"\",\"content\":[[{\"tag\":\"text\",\"text\":\"轿内有人：是\"}],"
	"[{\"tag\":\"text\",\"text\":\"救援码 123456\"}],"
	"[{\"tag\":\"at\",\"user_id\":\"ou_18eac8\"},"
	"{\"tag\":\"at\",\"user_id\":\"ou_77ab12\"}]]}}}}"},
    {{.type = CHANNEL_WEBHOOK, .url = "http://10.0.0.1/alarm"},
	"http://10.0.0.1/alarm", "{\"k\":1}"},
};

START_TEST(each_robot_gets_its_form)
{
	request(&forms[_i].channel, TITLE, TEXT);
	ck_assert(fits);
	ck_assert_str_eq(url.data, forms[_i].url);
	ck_assert_str_eq(body.data, forms[_i].body);
}
END_TEST

START_TEST(who_has_nobody_to_mention_mentions_nobody)
{
	struct letter l = {.channel = &forms[_i].channel,
	    .title = "a",
	    .text = "b",
	    .json = "{}"};

	robot_request(&l, NOW_MS, &url, &body);
	ck_assert_ptr_null(strchr(body.data, '@'));
	ck_assert_ptr_null(strstr(body.data, "\"at\",\"user_id\""));
}
END_TEST

/*
 * Made with openssl, not with this program:
 *
 *	printf '%s\n%s' 1716283459321 "$S" |
 *	    openssl dgst -sha256 -hmac "$S" -binary | base64
 *
 * where S is the secret; DingTalk's page has "this is secret" for one.
 */
static const struct {
	const char *url, *secret, *signed_url;
} dingtalk_signatures[] = {
    {"https://oapi.dingtalk.com/robot/send?access_token=T", "this is secret",
	"https://oapi.dingtalk.com/robot/send?access_token=T"
	"&timestamp=1716283459321&sign=Zkl5I5EjwcJCwlJloOSrIM634m7HuHyORlkvhrky2z8%3D"},
    {"http://127.0.0.1:8080/robot",
	"SEC6cd99f5d8e817df66c5759c246897b51c6be82a4df8f2ce6b8b39a7adfa3bfff",
	"http://127.0.0.1:8080/robot?timestamp=1716283459321&sign=UVf9aB5Xiz5L%2BUusWYVvHayTBIiwWVj6A9ZdoTMcZ10%3D"},
};

START_TEST(dingtalk_is_signed_in_the_url)
{
	struct notify_channel c = {.type = CHANNEL_DINGTALK,
	    .url = dingtalk_signatures[_i].url,
	    .secret = dingtalk_signatures[_i].secret};

	request(&c, TITLE, TEXT);
	ck_assert_str_eq(url.data, dingtalk_signatures[_i].signed_url);
}
END_TEST

/* printf '' | openssl dgst -sha256 -hmac "$(printf '1716283459\n%s' "$S")"
 * -binary | base64.  The first is also what another's program for Feishu says
 * in its tests (lark-bot-webhook-action). */
static const struct {
	const char *secret, *members;
} feishu_signatures[] = {
    {"dGhpcyBpcyBhIGtleQ==",
	"{\"timestamp\":\"1716283459\","
	"\"sign\":\"8EyY+xxfJvzWjZQpdc2mgvQFaG7lF5nbxl7RITyMkJU=\","},
    {"demo",
	"{\"timestamp\":\"1716283459\","
	"\"sign\":\"X/xOkpiY8YDTir2TE0UdA8UKjmGx785msikwdFzvQWI=\","},
};

START_TEST(feishu_is_signed_in_the_body)
{
	struct notify_channel c = {.type = CHANNEL_FEISHU,
	    .url = "https://open.feishu.cn/open-apis/bot/v2/hook/H",
	    .secret = feishu_signatures[_i].secret};

	request(&c, TITLE, TEXT);
	ck_assert_str_eq(url.data, c.url);
	ck_assert_msg(strncmp(body.data, feishu_signatures[_i].members,
			  strlen(feishu_signatures[_i].members)) == 0,
	    "%s", body.data);
}
END_TEST

/* ---- texts that are more than text ---- */

/* All that a robot shows, and the mentions of its post. */
static json_t *
parse(void)
{
	json_error_t error;
	json_t *o = json_loadb(body.data, body.len, 0, &error);

	ck_assert_msg(o != NULL, "%s: %s", error.text, body.data);
	return o;
}

static void
add_shown(const json_t *value, struct buf *out)
{
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach((json_t *)value, key, member)
	{
		bool shown = strcmp(key, "text") == 0 ||
		    strcmp(key, "title") == 0 || strcmp(key, "content") == 0;

		if (shown && json_is_string(member))
			buf_printf(out, "%s\n", json_string_value(member));
		else
			add_shown(member, out);
	}
	json_array_foreach(value, i, member) add_shown(member, out);
}

static struct buf
shown(void)
{
	struct buf out = {0};
	json_t *o = parse();

	add_shown(o, &out);
	json_decref(o);
	return out;
}

static const struct {
	const char *name, *shown;
} names[] = {
    {"\"},\"at\":{\"isAtAll\":true},\"x\":{\"",
	"\"},\"at\":{\"isAtAll\":true},\"x\":{\""},
    {"<at user_id=\"all\">所有人</at>", "＜at user_id=\"all\">所有人＜/at>"},
    {"<@wangwu> <a href=\"http://x\">y</a>",
	"＜＠wangwu> ＜a href=\"http://x\">y＜/a>"},
    {"@all @所有人 @13700000000", "＠all ＠所有人 ＠13700000000"},
    {"[点我](http://x) **a** # b", "[点我](http://x) **a** # b"},
    {"a\\\"b\\", "a\\\"b\\"},
    {"a\001b\x7f"
     "c\xc2\x85"
     "d\te\r",
	"a b c d e "},
    {"half \xe7\xb4", "half \xef\xbf\xbd\xef\xbf\xbd"},
};

START_TEST(a_name_is_shown_and_nothing_more)
{
	char title[256], text[512];

	snprintf(title, sizeof(title), "T %s\n2", names[_i].name);
	snprintf(text, sizeof(text), "%s\nlast", names[_i].name);
	for (int i = 0; i < 3; i++) {
		char wanted[512];
		struct buf all;

		request(&forms[i].channel, title, text);
		all = shown();
		snprintf(wanted, sizeof(wanted), "T %s 2\n%s\nlast\n",
		    names[_i].shown, names[_i].shown);
		if (i == CHANNEL_DINGTALK) /* its mentions are text */
			strcpy(wanted + strlen(wanted) - 1,
			    "\n@13800001234 @13900005678\n");
		ck_assert_str_eq(all.data, wanted);
		buf_free(&all);
	}
}
END_TEST

START_TEST(nobody_is_mentioned_but_who_is_meant)
{
	const char *everybody = "<at user_id=\"all\"></at><@all>@all";
	json_t *o, *list;

	request(&forms[CHANNEL_DINGTALK].channel, everybody, everybody);
	o = parse();
	list = json_object_get(json_object_get(o, "at"), "atMobiles");
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert(json_is_false(
	    json_object_get(json_object_get(o, "at"), "isAtAll")));
	json_decref(o);
	for (int i = 0; i < 3; i++) {
		request(&forms[i].channel, everybody, everybody);
		ck_assert_ptr_null(strstr(body.data, "<"));
		ck_assert_ptr_null(strstr(body.data, "@all"));
	}
}
END_TEST

/* ---- lengths ---- */

/* So many lines, each with its number. */
static char *
long_text(int lines, const char *line)
{
	char *text = calloc((size_t)lines + 1, strlen(line) + 16);
	size_t used = 0;

	for (int i = 0; i < lines; i++)
		used += (size_t)sprintf(
		    text + used, "%s%s %05d", i > 0 ? "\n" : "", line, i);
	return text;
}

static const char *const lines[] = {"短", "3号楼2单元 水压偏低 0.05 MPa",
    "\"\"\"\"\\\\\\\\\"\"\"\"", "<<<<@@@@", "\001\002\003",
    "one in plain English"};

/* What each takes: WeCom of the content, the others of all. */
static size_t
length_of(enum channel_type type)
{
	json_t *o = parse();
	size_t len = body.len;

	if (type == CHANNEL_WECOM)
		len = json_string_length(
		    json_object_get(json_object_get(o, "text"), "content"));
	json_decref(o);
	return len;
}

static const size_t bytes_max[] = {[CHANNEL_DINGTALK] = 20000,
    [CHANNEL_WECOM] = 2048,
    [CHANNEL_FEISHU] = 20 * 1024};

/* The lines that are there are the first ones, whole, and those that are not
 * are counted. */
static void
check_lines(const struct buf *all, int count, bool zh)
{
	const char *begin = zh ? "\n（还有" : "\n(";
	const char *remark = strstr(all->data, begin);
	int left = remark != NULL ? atoi(remark + strlen(begin)) : 0;
	char number[32];

	ck_assert((left > 0) == (remark != NULL));
	snprintf(number, sizeof(number), " %05d", count - left - 1);
	ck_assert_msg(strstr(all->data, number) != NULL, "%s not in %s", number,
	    all->data);
	snprintf(number, sizeof(number), " %05d", count - left);
	ck_assert_ptr_null(strstr(all->data, number));
}

START_TEST(a_long_text_is_cut_at_a_line_and_says_so)
{
	static const int counts[] = {1, 20, 60, 70, 150, 400, 700, 1000, 2500};
	const char *line = lines[_i % ROWS(lines)];
	enum channel_type type = (enum channel_type)(_i / ROWS(lines));
	struct notify_channel c = forms[type].channel;
	bool cut = false;

	for (int i = 0; i < ROWS(counts); i++) {
		char *text = long_text(counts[i], line);
		bool remark;
		struct buf all;

		c.language = i % 2 == 0 ? LANGUAGE_ZH : LANGUAGE_EN;
		request(&c, TITLE, text);
		ck_assert_uint_le(length_of(type), bytes_max[type]);
		all = shown();
		check_lines(&all, counts[i], i % 2 == 0);
		remark = strstr(all.data, "还有") != NULL ||
		    strstr(all.data, "more lines") != NULL;
		ck_assert(fits == !remark);
		cut |= remark;
		/* No room is left for many. */
		if (strstr(all.data, "还有") != NULL)
			ck_assert_uint_gt(
			    length_of(type), bytes_max[type] * 3 / 4);
		buf_free(&all);
		free(text);
	}
	ck_assert(cut);
}
END_TEST

START_TEST(a_first_line_that_is_too_long_is_cut_at_a_character)
{
	char *title = calloc(1, 90001);

	for (int i = 0; i < 30000; i++)
		strcpy(title + 3 * i, "困");
	for (int i = 0; i < 3; i++) {
		struct buf all;

		request(&forms[i].channel, title, i == 1 ? "" : "x\ny");
		ck_assert_uint_le(
		    length_of((enum channel_type)i), bytes_max[i]);
		all = shown();
		ck_assert_int_eq(strncmp(all.data, "困困困", 9), 0);
		ck_assert_ptr_null(strstr(all.data, "\xef\xbf\xbd"));
		ck_assert_ptr_nonnull(
		    strstr(all.data, i == 1 ? "困……" : "困\n（还有2行"));
		buf_free(&all);
	}
	free(title);
}
END_TEST

START_TEST(what_fits_to_the_byte_is_not_cut)
{
	char text[2048];

	for (size_t n = 1900; n < 2020; n++) {
		struct buf all;
		size_t len;

		memset(text, 'x', n);
		text[n] = '\0';
		request(&forms[CHANNEL_WECOM].channel, TITLE, text);
		len = strlen(TITLE) + 1 + n;
		all = shown();
		/* A whole line more would be one too many by then. */
		ck_assert(
		    (strstr(all.data, "还有1行") != NULL) == (len > 2047));
		buf_free(&all);
	}
}
END_TEST

/* ---- answers ---- */

#define DING "https://oapi.dingtalk.com/robot/send?access_token=0c23aabbccdd"
#define DING_HOST "oapi.dingtalk.com answers "
#define WECOM "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a-91f6"
#define WECOM_HOST "qyapi.weixin.qq.com answers "
#define FEISHU "https://open.feishu.cn/open-apis/bot/v2/hook/0b5c8f7e-1d2a"
#define FEISHU_HOST "open.feishu.cn answers "
#define HOOK "http://user:pass-word@10.0.0.1:8080/alarm?key=0123456789"
#define HOUR INT64_C(3600000)

static const char *const urls[] = {
    [CHANNEL_DINGTALK] = DING,
    [CHANNEL_WECOM] = WECOM,
    [CHANNEL_FEISHU] = FEISHU,
    [CHANNEL_WEBHOOK] = HOOK,
};

/* As robots answer, from the makers' pages and from answers seen. */
static const struct {
	enum channel_type type;
	long status;
	const char *body;
	int64_t retry_after_ms, ahead_ms;
	enum robot_verdict verdict;
	long code;
	int64_t wait_ms;
	const char *why;
} answers[] = {
    {CHANNEL_DINGTALK, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", 0, 0,
	ROBOT_SENT, 0, 0, ""},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"keywords not in content, more: "
	"[https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]\"}",
	0, 0, ROBOT_REFUSED, 310000, 0, "it wants a keyword in each text"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"错误描述:关键词不匹配;解决方案:"
	"请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;\"}",
	0, 0, ROBOT_REFUSED, 310000, 0, "it wants a keyword in each text"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"sign not match\"}", 0, 0,
	ROBOT_REFUSED, 310000, 0,
	DING_HOST "310000 (sign not match): the signature does not fit: is "
		  "secret_file this robot's?"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"错误描述:机器人发送签名不匹配\"}", 0,
	ROBOT_NO_CLOCK, ROBOT_REFUSED, 310000, 0, "is secret_file this robot"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"invalid timestamp\"}", 0, 2 * HOUR,
	ROBOT_REFUSED, 310000, 0,
	DING_HOST "310000 (invalid timestamp): this gateway's clock is 120 min "
		  "ahead of its: set the clock"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"invalid timestamp\"}", 0,
	ROBOT_NO_CLOCK, ROBOT_REFUSED, 310000, 0, "is our clock right?"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"错误描述:机器人发送签名过期\"}", 0, 0,
	ROBOT_REFUSED, 310000, 0, "is our clock right?"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":310000,\"errmsg\":\"ip 1.2.3.4 not in whitelist\"}", 0,
	9 * HOUR, ROBOT_REFUSED, 310000, 0,
	DING_HOST "310000 (ip 1.2.3.4 not in whitelist): it takes nothing from "
		  "our address: add that to its list, or let it check "
		  "signatures instead"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":310000,\"errmsg\":\"?\"}", 0, 0,
	ROBOT_REFUSED, 310000, 0, "safety settings"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":130101,\"errmsg\":\"send too fast, exceed 20 times per "
	"minute\"}",
	0, 0, ROBOT_BUSY, 130101, 600000, "others may use the robot too"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":410100,\"errmsg\":\"\"}", 0, 0,
	ROBOT_BUSY, 410100, 600000, DING_HOST "410100: it got too many"},
    {CHANNEL_DINGTALK, 200,
	"{\"status\":1111,\"wait\":5,\"source\":\"x5\",\"punish\":\"deny\","
	"\"uuid\":\"24ce64f6\"}",
	0, 0, ROBOT_BUSY, 1111, 600000, "too many messages"},
    {CHANNEL_DINGTALK, 200, "{\"status\":0}", 0, 0, ROBOT_FAILED, 200, 0,
	"not as a robot of DingTalk does"},
    {CHANNEL_DINGTALK, 200,
	"{\"errcode\":300005,\"errmsg\":\"token is not "
	"exist\"}",
	0, 0, ROBOT_REFUSED, 300005, 0, "it knows no such robot"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":400102,\"errmsg\":\"机器人已停用\"}",
	0, 0, ROBOT_REFUSED, 400102, 0,
	"(机器人已停用): the robot is switched"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":400013}", 0, 0, ROBOT_REFUSED, 400013,
	0, "its group is dissolved"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":430104}", 0, 0, ROBOT_REFUSED, 430104,
	0, "improper"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":40035}", 0, 0, ROBOT_REFUSED, 40035,
	0, "tell riser's authors"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":-1,\"errmsg\":\"系统繁忙\"}", 0, 0,
	ROBOT_FAILED, -1, 0, DING_HOST "-1 (系统繁忙): it is busy"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":123,\"errmsg\":\"new\"}", 0, 0,
	ROBOT_FAILED, 123, 0, DING_HOST "123 (new)"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":123,\"errmsg\":\"流量限流中\"}", 0, 0,
	ROBOT_BUSY, 123, 60000, DING_HOST "123 (流量限流中)"},

    {CHANNEL_WECOM, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", 0, 0, ROBOT_SENT,
	0, 0, ""},
    {CHANNEL_WECOM, 200,
	"{\"errcode\":93000,\"errmsg\":\"invalid webhook url, hint: "
	"[17556], from ip: 172.212.167.87\"}",
	0, 0, ROBOT_REFUSED, 93000, 0,
	WECOM_HOST
	"93000 (invalid webhook url, hint: [17556], from ip: "
	"172.212.167.87): it knows no such robot: is its whole "
	"webhook url in url_file, and the robot still in the group?"},
    {CHANNEL_WECOM, 200,
	"{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}", 0, 0,
	ROBOT_BUSY, 45009, 60000, "too many messages"},
    {CHANNEL_WECOM, 200,
	"{\"errcode\":40058,\"errmsg\":\"text.content exceed max length "
	"2048. invalid Request Parameter\"}",
	0, 0, ROBOT_REFUSED, 40058, 0, "it cannot read the message"},
    {CHANNEL_WECOM, 200, "{\"errcode\":-1}", 0, 0, ROBOT_FAILED, -1, 0, "busy"},
    {CHANNEL_WECOM, 200, "{\"code\":0}", 0, 0, ROBOT_FAILED, 200, 0,
	"not as a robot of WeCom does"},

    {CHANNEL_FEISHU, 200,
	"{\"StatusCode\":0,\"StatusMessage\":\"success\",\"code\":0,"
	"\"data\":{},\"msg\":\"success\"}",
	0, 0, ROBOT_SENT, 0, 0, ""},
    {CHANNEL_FEISHU, 200,
	"{\"Extra\":null,\"StatusCode\":0,\"StatusMessage\":\"success\"}", 0, 0,
	ROBOT_SENT, 0, 0, ""},
    {CHANNEL_FEISHU, 200,
	"{\"code\":19021,\"data\":{},\"msg\":\"sign match fail or timestamp is "
	"not within one hour from current time\"}",
	0, -3 * HOUR, ROBOT_REFUSED, 19021, 0,
	"this gateway's clock is 180 min behind its: set the clock"},
    {CHANNEL_FEISHU, 200,
	"{\"code\":19021,\"data\":{},\"msg\":\"sign match fail or timestamp is "
	"not within one hour from current time\"}",
	0, 1500, ROBOT_REFUSED, 19021, 0,
	"is secret_file this robot's, and our clock right?"},
    {CHANNEL_FEISHU, 200,
	"{\"code\":19022,\"data\":{},\"msg\":\"Ip Not Allowed\"}", 0, 0,
	ROBOT_REFUSED, 19022, 0, "our address"},
    {CHANNEL_FEISHU, 200,
	"{\"code\":19024,\"data\":{},\"msg\":\"Key Words Not Found\"}", 0, 0,
	ROBOT_REFUSED, 19024, 0, "keyword"},
    {CHANNEL_FEISHU, 200,
	"{\"code\":11232,\"data\":{},\"msg\":\"frequency limited "
	"psm[lark.oapi.app_platform_runtime]appID[1500]\"}",
	0, 0, ROBOT_BUSY, 11232, 10000, "it is busy"},
    {CHANNEL_FEISHU, 200, "{\"code\":9499,\"msg\":\"too many request\"}", 0, 0,
	ROBOT_BUSY, 9499, 60000, "too many"},
    {CHANNEL_FEISHU, 400, "{\"code\":9499,\"msg\":\"Bad Request\"}", 0, 0,
	ROBOT_REFUSED, 9499, 0, "it cannot read the message"},
    {CHANNEL_FEISHU, 400,
	"{\"code\":19001,\"msg\":\"param invalid: incoming webhook access "
	"token invalid\"}",
	0, 0, ROBOT_REFUSED, 19001, 0, "it knows no such robot"},
    {CHANNEL_FEISHU, 200, "{\"StatusCode\":9499,\"StatusMessage\":\"no\"}", 0,
	0, ROBOT_REFUSED, 9499, 0, FEISHU_HOST "9499 (no): it cannot read"},

    /* what is no robot's answer is not sent, whatever its status */
    {CHANNEL_DINGTALK, 200, "", 0, 0, ROBOT_FAILED, 200, 0, "DingTalk"},
    {CHANNEL_FEISHU, 200, "<html>Welcome to our hotel</html>", 0, 0,
	ROBOT_FAILED, 200, 0,
	FEISHU_HOST "200, but not as a robot of Feishu does: is the url "
		    "right, or does somebody else answer for it?"},
    {CHANNEL_WECOM, 200, "{\"errcode\":0,\"errcode\":93000}", 0, 0,
	ROBOT_FAILED, 200, 0, "WeCom"},
    {CHANNEL_WECOM, 200, "{\"errcode\":\"0\"}", 0, 0, ROBOT_FAILED, 200, 0, ""},
    {CHANNEL_WECOM, 200, "[0]", 0, 0, ROBOT_FAILED, 200, 0, ""},
    {CHANNEL_WECOM, 200, "{\"errcode\":0", 0, 0, ROBOT_FAILED, 200, 0, ""},
    {CHANNEL_WECOM, 200, "{\"errcode\":0.0}", 0, 0, ROBOT_FAILED, 200, 0, ""},
    {CHANNEL_WECOM, 200, "{\"errcode\":4294967296}", 0, 0, ROBOT_FAILED,
	INT32_MAX, 0, ""},
    {CHANNEL_DINGTALK, 502, "{\"errcode\":0}", 0, 0, ROBOT_FAILED, 502, 0,
	DING_HOST "502"},
    {CHANNEL_DINGTALK, 204, "", 0, 0, ROBOT_FAILED, 204, 0, "204"},

    {CHANNEL_WEBHOOK, 200, "{\"errcode\":93000}", 0, 0, ROBOT_SENT, 200, 0, ""},
    {CHANNEL_WEBHOOK, 204, "", 0, 0, ROBOT_SENT, 204, 0, ""},
    {CHANNEL_WEBHOOK, 301, "", 0, 0, ROBOT_REFUSED, 301, 0,
	"10.0.0.1:8080 answers 301: it sends us elsewhere; give its own "
	"address as url"},
    {CHANNEL_WEBHOOK, 401, "no", 0, 0, ROBOT_REFUSED, 401, 0, "lets us in"},
    {CHANNEL_WEBHOOK, 404, "/alarm?key=0123456789 not found", 0, 0,
	ROBOT_REFUSED, 404, 0,
	"10.0.0.1:8080 answers 404: it knows no such url; is it right?"},
    {CHANNEL_WEBHOOK, 408, "", 0, 0, ROBOT_FAILED, 408, 0, "408"},
    {CHANNEL_WEBHOOK, 413, "", 0, 0, ROBOT_REFUSED, 413, 0, "so long"},
    {CHANNEL_WEBHOOK, 422, "", 0, 0, ROBOT_REFUSED, 422, 0, "answers 422"},
    {CHANNEL_WEBHOOK, 429, "", 0, 0, ROBOT_BUSY, 429, 60000, "429"},
    {CHANNEL_WEBHOOK, 429, "", 7000, 0, ROBOT_BUSY, 429, 7000, "429"},
    {CHANNEL_WEBHOOK, 503, "", 86400000, 0, ROBOT_BUSY, 503, 600000, "503"},
    {CHANNEL_WEBHOOK, 500, "", 0, 0, ROBOT_FAILED, 500, 0, "500"},
    {CHANNEL_DINGTALK, 503, "busy", 0, 0, ROBOT_BUSY, 503, 60000, "503"},
    {CHANNEL_DINGTALK, 200, "{\"errcode\":130101}", 900000, 0, ROBOT_BUSY,
	130101, 600000, ""},
};

START_TEST(an_answer_is_judged)
{
	struct notify_channel c = {
	    .type = (uint8_t)answers[_i].type, .url = urls[answers[_i].type]};
	struct robot_reply r = {
	    .status = answers[_i].status,
	    .body = answers[_i].body,
	    .len = strlen(answers[_i].body),
	    .retry_after_ms = answers[_i].retry_after_ms,
	    .ahead_ms = answers[_i].ahead_ms,
	};
	struct robot_answer a;

	memset(&a, 'x', sizeof(a));
	robot_judge(&c, &r, &a);
	ck_assert_msg(
	    a.verdict == answers[_i].verdict, "%d: %s", a.verdict, a.why);
	ck_assert_int_eq(a.code, answers[_i].code);
	ck_assert_int_eq(a.retry_after_ms, answers[_i].wait_ms);
	ck_assert_msg(strstr(a.why, answers[_i].why) != NULL, "%s", a.why);
	ck_assert((*a.why == '\0') == (a.verdict == ROBOT_SENT));
	ck_assert_uint_eq(utf8_cut(a.why, strlen(a.why)), strlen(a.why));
}
END_TEST

/* ---- secrets ---- */

/* A server that repeats what it was asked. */
static const struct {
	enum channel_type type;
	const char *url, *said, *secret;
} echoes[] = {
    {CHANNEL_DINGTALK, DING, "no token 0c23aabbccdd", "0c23aabbccdd"},
    {CHANNEL_WECOM, WECOM, "key=693a-91f6 is invalid", "693a-91f6"},
    {CHANNEL_FEISHU, FEISHU, "0b5c8f7e-1d2a: none", "0b5c8f7e"},
    {CHANNEL_FEISHU, "https://u:geheimes@h.example/abcdefg/hook",
	"u:geheimes, /abcdefg/hook", "geheimes"},
    {CHANNEL_DINGTALK, "http://h.example/robot?a=b%2Bcdefghi",
	"2Bcdefghi2Bcdefghi", "cdefghi"},
};

START_TEST(no_secret_of_the_url_is_repeated)
{
	struct notify_channel c = {
	    .type = (uint8_t)echoes[_i].type, .url = echoes[_i].url};
	struct robot_answer a;
	char text[1024];

	/* Wherever it stands: also where the sentence would cut it. */
	for (size_t before = 0; before < 400; before++) {
		int len = snprintf(text, sizeof(text),
		    "{\"errcode\":7,\"code\":7,\"errmsg\":\"%0*d%s\","
		    "\"msg\":\"%0*d%s\"}",
		    (int)before, 0, echoes[_i].said, (int)before, 0,
		    echoes[_i].said);
		struct robot_reply r = {
		    .status = 200, .body = text, .len = (size_t)len};

		robot_judge(&c, &r, &a);
		ck_assert_int_eq(a.code, 7);
		for (size_t n = 5; n <= strlen(echoes[_i].secret); n++) {
			char part[32];

			snprintf(part, sizeof(part), "%.*s", (int)n,
			    echoes[_i].secret);
			ck_assert_msg(strstr(a.why, part) == NULL, "%s", a.why);
		}
	}
}
END_TEST

static const struct {
	const char *url, *host;
} hosts[] = {
    {"https://oapi.dingtalk.com/robot/send?access_token=x@y",
	"oapi.dingtalk.com"},
    {"http://user:secret@h.example:8080/x", "h.example:8080"},
    {"http://a@b@h.example?x", "h.example"},
    {"smtp://[fe80::1]:587", "[fe80::1]:587"},
    {"smtp://mail.example#x", "mail.example"},
    {"h.example/x", "h.example"},
    {"", ""},
    {"http://this-is-a-name-that-is-longer-than-there-is-room-for.example/",
	"this-is-a-name-that-is-longer-than-there-is-roo"},
};

START_TEST(of_a_url_the_host_is_told)
{
	char host[QUOTE_HOST_MAX];

	quote_host(hosts[_i].url, host);
	ck_assert_str_eq(host, hosts[_i].host);
}
END_TEST

static const struct {
	const char *text, *shown;
} quotes[] = {
    {"ok", "ok"},
    {"first\nsecond", "first"},
    {"first\r\nsecond", "first"},
    {"a\tb\x1b[31m\x7f", "a?b?[31m?"},
    {"a\xc2\x85z\xc2\xa0", "a?z\xc2\xa0"},
    {"\xe5\x9b\xb0\xe5\x9b", "困??"},
    {"困困困困困困困困", "困困困困困"}, /* 16 bytes with the NUL */
    {"the webhook", "the webhook"},
    {"is abcdef-1", "is ********"},
};

START_TEST(what_is_quoted_is_one_clean_line)
{
	char out[16];

	quote_text(quotes[_i].text, strlen(quotes[_i].text),
	    "https://h/webhook/abcdef-1", out, sizeof(out));
	ck_assert_str_eq(out, quotes[_i].shown);
}
END_TEST

START_TEST(marks_become_wide_ones_of_the_same_looks)
{
	struct buf out = {0};

	plain_add(&out, "!~<@>\xe2\x80\xa8x", true, "!~<@>");
	ck_assert_str_eq(out.data, "！～＜＠＞ x");
	buf_free(&out);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("robot");
	TCase *t = tcase_create("robot");

	tcase_add_checked_fixture(t, NULL, forget);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_robot_gets_its_form, 0, ROWS(forms));
	tcase_add_loop_test(t, who_has_nobody_to_mention_mentions_nobody, 0, 3);
	tcase_add_loop_test(
	    t, dingtalk_is_signed_in_the_url, 0, ROWS(dingtalk_signatures));
	tcase_add_loop_test(
	    t, feishu_is_signed_in_the_body, 0, ROWS(feishu_signatures));
	tcase_add_loop_test(
	    t, a_name_is_shown_and_nothing_more, 0, ROWS(names));
	tcase_add_test(t, nobody_is_mentioned_but_who_is_meant);
	tcase_add_loop_test(
	    t, a_long_text_is_cut_at_a_line_and_says_so, 0, 3 * ROWS(lines));
	tcase_add_test(t, a_first_line_that_is_too_long_is_cut_at_a_character);
	tcase_add_test(t, what_fits_to_the_byte_is_not_cut);
	tcase_add_loop_test(t, an_answer_is_judged, 0, ROWS(answers));
	tcase_add_loop_test(
	    t, no_secret_of_the_url_is_repeated, 0, ROWS(echoes));
	tcase_add_loop_test(t, of_a_url_the_host_is_told, 0, ROWS(hosts));
	tcase_add_loop_test(
	    t, what_is_quoted_is_one_clean_line, 0, ROWS(quotes));
	tcase_add_test(t, marks_become_wide_ones_of_the_same_looks);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
