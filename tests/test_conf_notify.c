/* test_conf_notify.c - who is told: people, channels, and when */
#include "tests/conf_help.h"
#include "tests/suite.h"

/* Two lines; the third is "notify:". */
#define PEOPLE                                                                 \
	"site: {id: s, timezone: Asia/Shanghai}\n"                             \
	"people: [{id: wang, dingtalk: 13800000000}, {id: boss}]\n"
#define HOOK "    - {id: hook, type: webhook, url: \"http://[::1]\"}\n"

/* The channel is line 5, and its first key is in column 15. */
#define CHANNELS PEOPLE "notify:\n  channels:\n"
#define CHANNEL(rest) CHANNELS "    - {id: x, " rest "}\n"
/* The line is the 6th, and its first key is in column 3. */
#define REST(line) CHANNELS HOOK "  " line "\n"

#define DING "type: dingtalk, url_file: ding.url"
#define MAIL "type: email, from: a@b, to: [c@d], url: "

#define DING_URL "https://oapi.dingtalk.com/robot/send?access_token=abc"
#define WECOM_URL "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"
#define FEISHU_URL "https://open.feishu.cn/open-apis/bot/v2/hook/abc"

/* The files that the texts name; a credential may have any mode. */
static void
put_files(void)
{
	make_dir();
	put("ding.url", DING_URL "\n", 0600);
	put("ding2.url", DING_URL "d", 0600);
	put("wecom.url", WECOM_URL, 0600);
	put("feishu.url", FEISHU_URL, 0600);
	put("clear.url", "http://10.0.0.9/hook/abc?access_token=x&key=y", 0600);
	put("near.url", "http://127.0.0.1:8080/x?access_token=abc", 0600);
	put("odd.url", "https://u:geheim@b/robot/send?access_token=abc", 0600);
	put("secret", "SECabc\n", 0600);
	put("ca.pem", "x", 0644);
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
}

/* ---- what a good one gives ---- */

START_TEST(without_notify_nobody_is_told)
{
	struct conf *c = read_good(PEOPLE);

	ck_assert(!c->has_notify);
	ck_assert_uint_eq(c->notify.channel_count, 0);
	conf_free(c);
}
END_TEST

START_TEST(a_webhook_alone_has_every_default)
{
	struct conf *c = read_good(CHANNELS HOOK);
	const struct notify_conf *n = &c->notify;
	const struct notify_channel *h = n->channels;

	ck_assert(c->has_notify);
	ck_assert_str_eq(n->site, "s");
	ck_assert_str_eq(n->site_name.zh, "s");
	ck_assert_str_eq(n->dir, c->store.path);
	ck_assert_uint_eq(n->channel_count, 1);
	ck_assert_uint_eq(h->type, CHANNEL_WEBHOOK);
	ck_assert_uint_eq(h->language, LANGUAGE_ZH);
	ck_assert_uint_eq(h->severities, 0xf);
	ck_assert(!h->personal);
	ck_assert_str_eq(h->url, "http://[::1]");
	ck_assert_uint_eq(h->kind_count + h->mention_count, 0);
	ck_assert_uint_eq(n->escalation_count + n->shift_count, 0);
	ck_assert(!n->has_quiet);
	ck_assert_int_eq(n->digest_min, 8 * 60);
	ck_assert_int_eq(n->repeat_ms[0], 3 * 60 * 1000);
	ck_assert_int_eq(n->repeat_ms[1], 30 * 60 * 1000);
	ck_assert_int_eq(n->repeat_ms[2] + n->repeat_ms[3], 0);
	conf_free(c);
}
END_TEST

static const struct {
	const char *text;
	uint8_t type;
	unsigned a_minute, a_minute_p1;
	bool personal;
	const char *url;
} types[] = {
    {DING, CHANNEL_DINGTALK, 15, 5, true, DING_URL},
    {"type: wecom, url_file: wecom.url", CHANNEL_WECOM, 15, 5, true, WECOM_URL},
    {"type: feishu, url_file: feishu.url", CHANNEL_FEISHU, 60, 5, true,
	FEISHU_URL},
    {"type: webhook, url_file: ding.url", CHANNEL_WEBHOOK, 60, 5, false,
	DING_URL},
    {MAIL "\"smtp://b\"", CHANNEL_EMAIL, 15, 5, true, "smtp://b:587"},
    {MAIL "\"smtps://b\"", CHANNEL_EMAIL, 15, 5, true, "smtps://b:465"},
    {MAIL "\"smtp://[fd00::1]:25\"", CHANNEL_EMAIL, 15, 5, true,
	"smtp://[fd00::1]:25"},
    {DING ", a_minute: 6, personal: false", CHANNEL_DINGTALK, 6, 2, false,
	DING_URL},
    {DING ", a_minute: 3", CHANNEL_DINGTALK, 3, 1, true, DING_URL},
    {"type: dingtalk, url_file: near.url", CHANNEL_DINGTALK, 15, 5, true,
	"http://127.0.0.1:8080/x?access_token=abc"},
};

START_TEST(a_type_has_its_own_defaults)
{
	char text[512];
	struct conf *c;
	const struct notify_channel *h;

	snprintf(text, sizeof(text), CHANNEL("%s"), types[_i].text);
	c = read_good(text);
	h = c->notify.channels;
	ck_assert_uint_eq(h->type, types[_i].type);
	ck_assert_uint_eq(h->a_minute, types[_i].a_minute);
	ck_assert_uint_eq(h->a_minute_p1, types[_i].a_minute_p1);
	ck_assert_int_eq(h->personal, types[_i].personal);
	ck_assert_str_eq(h->url, types[_i].url);
	conf_free(c);
}
END_TEST

START_TEST(a_robot_has_what_is_said_of_it)
{
	struct conf *c = read_good(CHANNEL(
	    DING ", secret_file: secret, ca_file: ca.pem, language: both, "
		 "severities: [P2, P1], kinds: [elevator, water], "
		 "mention: [wang]"));
	const struct notify_channel *h = c->notify.channels;

	ck_assert_str_eq(h->secret, "SECabc");
	ck_assert_ptr_nonnull(strstr(h->ca_file, "/ca.pem"));
	ck_assert_uint_eq(h->language, LANGUAGE_BOTH);
	ck_assert_uint_eq(h->severities, 3);
	ck_assert_uint_eq(h->kind_count, 2);
	ck_assert_str_eq(h->kinds[1], "water");
	ck_assert_uint_eq(h->mention_count, 1);
	ck_assert_str_eq(
	    c->notify.people[h->mention[0]].dingtalk, "13800000000");
	conf_free(c);
}
END_TEST

START_TEST(a_person_without_a_name_is_called_by_the_id)
{
	struct conf *c = read_good(CHANNELS HOOK);

	ck_assert_uint_eq(c->notify.person_count, 2);
	ck_assert_str_eq(c->notify.people[1].name.zh, "boss");
	ck_assert_ptr_null(c->notify.people[1].phone);
	conf_free(c);
}
END_TEST

static const struct {
	const char *rest;
	bool starttls;
} mails[] = {
    {"\"smtp://b\"", true},
    {"\"smtp://127.0.0.1\"", true},
    {"\"smtps://b\"", false},
    {"\"smtp://b\", allow_plaintext: true", false},
    {"\"smtp://b\", username: u, password_file: secret", true},
    {"\"smtp://127.0.0.1\", username: u, password_file: secret, "
     "allow_plaintext: true",
	false},
};

START_TEST(mail_without_tls_is_only_sent_where_that_is_said)
{
	char text[512];
	struct conf *c;

	snprintf(text, sizeof(text), CHANNEL(MAIL "%s"), mails[_i].rest);
	c = read_good(text);
	ck_assert_int_eq(c->notify.channels->starttls, mails[_i].starttls);
	ck_assert_str_eq(c->notify.channels->from, "a@b");
	ck_assert_uint_eq(c->notify.channels->to_count, 1);
	ck_assert_str_eq(c->notify.channels->to[0], "c@d");
	conf_free(c);
}
END_TEST

START_TEST(escalations_come_in_the_order_of_their_times)
{
	struct conf *c = read_good(
	    REST("escalate: [{after: 10m, to: [boss, hook], severities: [P2]}, "
		 "{after: 3m, to: [hook]}, {after: 10m, to: [wang]}]"));
	const struct notify_escalation *e = c->notify.escalations;

	ck_assert_uint_eq(c->notify.escalation_count, 3);
	ck_assert_int_eq(e[0].after_ms, 180000);
	ck_assert_uint_eq(e[0].severities, 1);
	ck_assert_uint_eq(e[0].channel_count, 1);
	ck_assert_uint_eq(e[0].person_count, 0);
	ck_assert_uint_eq(e[1].severities, 2);
	ck_assert_uint_eq(e[1].channel_count, 1);
	ck_assert_uint_eq(e[1].person_count, 1);
	ck_assert_uint_eq(e[1].people[0], 1);
	ck_assert_uint_eq(e[2].people[0], 0);
	conf_free(c);
}
END_TEST

START_TEST(times_of_day_are_minutes)
{
	struct conf *c = read_good(REST(
	    "shifts: [{id: night, from: \"23:00\", to: 07:00, people: [wang, "
	    "boss]}, {id: all, from: 00:00, to: 24:00, people: [wang]}]\n"
	    "  quiet: {from: \"22:30\", to: \"06:05\"}\n  digest: 00:00\n"
	    "  repeat: {P1: 0s, P3: 1h}"));
	const struct notify_conf *n = &c->notify;

	ck_assert_int_eq(n->shifts[0].hours.from_min, 23 * 60);
	ck_assert_int_eq(n->shifts[0].hours.to_min, 7 * 60);
	ck_assert_uint_eq(n->shifts[0].person_count, 2);
	ck_assert_int_eq(n->shifts[1].hours.to_min, 24 * 60);
	ck_assert(n->has_quiet);
	ck_assert_int_eq(n->quiet.from_min, 22 * 60 + 30);
	ck_assert_int_eq(n->quiet.to_min, 6 * 60 + 5);
	ck_assert_uint_eq(n->quiet_severities, 0xc);
	ck_assert_int_eq(n->digest_min, 0);
	ck_assert_int_eq(n->repeat_ms[0], 0);
	ck_assert_int_eq(n->repeat_ms[1], 30 * 60 * 1000);
	ck_assert_int_eq(n->repeat_ms[2], 60 * 60 * 1000);
	conf_free(c);
}
END_TEST

START_TEST(texts_know_each_device_and_riser_itself_by_id)
{
	struct conf *c = read_good(DEVICES
	    "  - {id: z, " LIFT ", bus: line, unit: 1, place: {building:"
	    " 7, stair: 2}, owner: {name: A, phone: 400, rescue_code: "
	    "\"123456\"}}\n"
	    "  - {id: a, " WATER ", bus: net, unit: 1}\n"
	    "notify:\n  channels:\n" HOOK);
	const struct notify_device *d = c->notify.devices;

	ck_assert_uint_eq(c->notify.device_count, 3);
	ck_assert_str_eq(d[0].id, "a");
	ck_assert_str_eq(d[0].kind, "water");
	ck_assert_ptr_null(d[0].rescue_code);
	ck_assert_str_eq(d[1].id, "gateway");
	ck_assert_str_eq(d[2].id, "z");
	ck_assert_str_eq(d[2].building, "7");
	ck_assert_str_eq(d[2].stair, "2");
	ck_assert_str_eq(d[2].owner_name.zh, "A");
	ck_assert_str_eq(d[2].owner_phone, "400");
	ck_assert_str_eq(d[2].rescue_code, "123456");
	conf_free(c);
}
END_TEST

/* ---- what is wrong ---- */

/* Each has one mistake. */
static const struct {
	const char *text, *place, *piece;
} bad[] = {
    /* people */
    {"site: {id: s}\npeople: wang\n", "2:9", "is a single value; write a list"},
    {"site: {id: s}\npeople: [{name: Wang}]\n", "2:10",
	"people[0]: the key \"id\" is missing"},
    {"site: {id: s}\npeople: [{id: a}, {id: b},\n  {id: a}]\n", "3:8",
	"people[2].id: \"a\" is the id of the person in line 2 too; write "
	"another"},
    {"site: {id: s}\npeople: [{id: a, dingtalk: wang-1}]\n", "2:28",
	"is no mobile number; write the one of the person's DingTalk account"},
    {"site: {id: s}\npeople: [{id: a, dingtalk: \"138\"}]\n", "2:28",
	"is no mobile number"},
    {"site: {id: s}\npeople: [{id: a, wecom: \"a>b\"}]\n", "2:25",
	"is neither a mobile number nor a userid of WeCom"},
    {"site: {id: s}\npeople: [{id: a, feishu: 'ou\"1'}]\n", "2:26",
	"is no id of Feishu; write the person's open_id"},
    {"site: {id: s}\npeople: [{id: a, email: \"W <w@b>\"}]\n", "2:25",
	"is no mail address; write one such as duty@estate.example"},
    {"site: {id: s}\npeople: [{id: a, email: \"w@b\\r\\nBcc: x@y\"}]\n", "2:25",
	"has a line break"},
    {"site: {id: s}\npeople: [{id: a, phnoe: 1}]\n", "2:18",
	"unknown key; did you mean \"phone\"?"},

    /* channels */
    {PEOPLE "notify: {}\n", "3:9", "the key \"channels\" is missing"},
    {PEOPLE "notify:\n", "3:8", "notify: is empty"},
    {PEOPLE "notify: {channels: []}\n", "3:20",
	"has 0 channels; write 1 to 64, or leave notify out"},
    {CHANNELS HOOK HOOK, "6:12",
	"notify.channels[1].id: \"hook\" is the id of the channel in line 5 "
	"too"},
    {CHANNELS "    - {id: boss, type: webhook, url: \"https://b\"}\n", "5:12",
	"\"boss\" is the id of the person in line 2 too"},
    {CHANNEL("url: \"https://b\""), "5:7", "the key \"type\" is missing"},
    {CHANNEL("type: dingding"), "5:21",
	"\"dingding\" is not known; write dingtalk, wecom, feishu, webhook "
	"or email"},
    {CHANNEL("type: dingtlak"), "5:21", "did you mean \"dingtalk\"?"},
    {CHANNEL(DING ", severites: P1"), "5:51", "did you mean \"severities\"?"},
    {CHANNEL(DING ", severities: []"), "5:63",
	"is empty; write some, or leave the key out"},
    {CHANNEL(DING ", severities: P1"), "5:63", "is a single value"},
    {CHANNEL(DING ", severities: [P1, P0]"), "5:68",
	"\"P0\" is not known; write P1, P2, P3 or P4"},
    {CHANNEL(DING ", severities: [P1, P1]"), "5:68", "is there twice"},
    {CHANNEL(DING ", kinds: [lift]"), "5:59", "\"lift\" is not known; write"},
    {CHANNEL(DING ", kinds: []"), "5:58", "leave the key out for all"},
    {CHANNEL(DING ", mention: [wnag]"), "5:61",
	"\"wnag\" is nobody; did you mean \"wang\"?"},
    {CHANNEL(DING ", mention: [zuckerberg]"), "5:61",
	"is nobody; write the id of one of the people"},
    {CHANNEL(DING ", mention: [wang, wang]"), "5:67", "is named twice"},
    {CHANNEL(DING ", mention: [boss]"), "5:61",
	"\"boss\" cannot be mentioned here; write dingtalk: for this person, "
	"in people"},
    {CHANNEL(DING ", mention: [wang], personal: false"), "5:51",
	"makes DingTalk show these people's mobile numbers to all in the "
	"group, and personal: false forbids it; drop one of the two"},
    {CHANNEL(MAIL "\"smtp://b\", mention: [wang]"), "5:77",
	"\"wang\" cannot be mentioned here; write email: for this person"},
    {CHANNEL(DING ", language: de"), "5:61", "write zh, en or both"},
    {CHANNEL(DING ", a_minute: 2"), "5:61", "write 3 to 600"},
    {CHANNEL(DING ", a_minute: 21"), "5:61",
	"is more than such a robot may; write 3 to 20"},
    {CHANNEL("type: feishu, url_file: feishu.url, a_minute: 101"), "5:61",
	"write 3 to 100"},

    /* robots */
    {CHANNEL("type: dingtalk"), "5:7",
	"the key \"url_file\" is missing; write for example url_file: "
	"/etc/riser/duty.url"},
    {CHANNEL("type: dingtalk, url: \"https://geheim\""), "5:31",
	"url: is for webhooks and mail: who has a robot's url can post to its "
	"group, so put it into a file that only riser can read, and write "
	"url_file:"},
    {CHANNEL(DING ", allow_plaintext: true"), "5:51",
	"a robot's url holds its token, which is never sent in the clear"},
    {CHANNEL("type: wecom, url_file: wecom.url, secret_file: secret"), "5:49",
	"is for DingTalk and Feishu, the others sign nothing; drop it"},
    {CHANNEL(DING ", from: a@b"), "5:51", "from: is for mail; drop it"},
    {CHANNEL(DING ", username: u"), "5:51", "is for mail; drop it"},
    {CHANNEL(DING ", secret_file: nowhere"), "5:64",
	"cannot be read at config/nowhere: No such file"},
    {CHANNEL("type: dingtalk, url_file: nowhere"), "5:41",
	"cannot be read at config/nowhere: No such file"},
    {CHANNEL("type: dingtalk, url_file: secret"), "5:41",
	"\"secret\" holds a url that is no url of a server; write https://"},
    {CHANNEL("type: dingtalk, url_file: wecom.url"), "5:41",
	"holds a url without access_token=, which each of DingTalk's has; "
	"copy the whole webhook url from the robot's settings"},
    {CHANNEL("type: wecom, url_file: feishu.url"), "5:38",
	"holds a url without key=, which each of WeCom's has"},
    {CHANNEL("type: feishu, url_file: ding.url"), "5:39",
	"holds a url without /hook/, which each of Feishu's has"},
    {CHANNEL("type: dingtalk, url_file: odd.url"), "5:41",
	"holds a url that has no valid "},
    {CHANNEL("type: dingtalk, url_file: clear.url"), "5:41",
	"holds a url that would be sent in the clear, and who has it can post "
	"there; write https:// in it"},
    {CHANNEL(DING) "    - {id: y, " DING "}\n", "6:41",
	"notify.channels[1].url_file: \"ding.url\" names the robot of channel "
	"x too, and together they would be over its limit"},
    {CHANNEL("type: dingtalk, url_file: near.url, ca_file: ca.pem"), "5:51",
	"ca_file: is for TLS, and this goes in the clear"},

    /* webhooks */
    {CHANNEL("type: webhook"), "5:7", "the key \"url_file\" is missing"},
    {CHANNEL("type: webhook, url: \"https://b\", url_file: ding.url"), "5:48",
	"says where it is, and so does url:; drop one"},
    {CHANNEL("type: webhook, url: \"mqtt://b\""), "5:35",
	"is no url of a server; write https://HOST/PATH"},
    {CHANNEL("type: webhook, url: \"https://u:geheim@b\""), "5:35",
	"url: has a user or password in it, which riser does not send"},
    {CHANNEL("type: webhook, url: \"https://b/a b\""), "5:35",
	"has a character that no url has"},
    {CHANNEL("type: webhook, url: \"https://b:0/\""), "5:35",
	"has no valid port"},
    {CHANNEL("type: webhook, url: \"http://10.0.0.9\""), "5:35",
	"would send everything in the clear; write https://, or add "
	"allow_plaintext: true"},
    {CHANNEL("type: webhook, url_file: clear.url, allow_plaintext: true"),
	"5:40", "holds a url that would be sent in the clear"},

    /* mail */
    {CHANNEL("type: email, from: a@b, to: [a@b]"), "5:7",
	"the key \"url\" is missing; write for example url: \"smtp://"},
    {CHANNEL("type: email, url: \"smtp://b\", to: [a@b]"), "5:7",
	"the key \"from\" is missing"},
    {CHANNEL("type: email, url: \"smtp://b\", from: a@b"), "5:7",
	"the key \"to\" is missing"},
    {CHANNEL("type: email, url: \"smtp://b\", from: a@b, to: []"), "5:60",
	"has 0 addresses; write 1 to 50"},
    {CHANNEL("type: email, url: \"smtp://b\", from: a@b, to: [wang]"), "5:61",
	"\"wang\" is no mail address"},
    {CHANNEL("type: email, url: \"smtp://b\", from: riser, to: [a@b]"), "5:51",
	"\"riser\" is no mail address"},
    {CHANNEL("type: email, url_file: ding.url, from: a@b, to: [a@b]"), "5:28",
	"is for robots and webhooks; write url: \"smtp://HOST:587\""},
    {CHANNEL(MAIL "\"http://b\""), "5:55",
	"has an unknown scheme; write smtp://HOST:587, or smtps://HOST:465"},
    {CHANNEL(MAIL "\"smtp://b/x\""), "5:55", "something behind the host"},
    {CHANNEL(MAIL "\"smtp://u:geheim@b\""), "5:55",
	"url: has a user or password in it; write username:"},
    {CHANNEL(MAIL "\"smtp://b\", username: u"), "5:67",
	"is of no use alone; add password_file:"},
    {CHANNEL(MAIL "\"smtp://b\", password_file: secret"), "5:67",
	"is of no use alone; add username:"},
    {CHANNEL(MAIL "\"smtp://b\", username: u, password_file: secret, "
		  "allow_plaintext: true"),
	"5:55", "would send the password in the clear; drop allow_plaintext:"},
    {CHANNEL(MAIL "\"smtp://b\", allow_plaintext: true, ca_file: ca.pem"),
	"5:90", "is for TLS, and this goes in the clear"},

    /* when */
    {REST("escalate: [{to: [hook]}]"), "6:14",
	"the key \"after\" is missing; write for example after: 3m"},
    {REST("escalate: [{after: 3m}]"), "6:14", "the key \"to\" is missing"},
    {REST("escalate: [{after: 3m, to: []}]"), "6:30",
	"escalates to nobody; write ids of channels and people"},
    {REST("escalate: [{after: 3m, to: [hok]}]"), "6:31",
	"\"hok\" is no channel and nobody; did you mean \"hook\"?"},
    {REST("escalate: [{after: 3m, to: [manager]}]"), "6:31",
	"is no channel and nobody; write ids of channels and people"},
    {REST("escalate: [{after: 3m, to: [hook, hook]}]"), "6:37",
	"is named twice; drop one"},
    {REST("escalate: [{after: 3m, to: [boss, boss]}]"), "6:37",
	"is named twice; drop one"},
    {REST("escalate: [{after: 3, to: [hook]}]"), "6:22", "has no unit"},
    {REST("escalate: [{after: 500ms, to: [hook]}]"), "6:22", "write 1s to 1d"},
    {REST("escalate: [{after: 3m, to: [hook], severities: [P9]}]"), "6:51",
	"escalate[0].severities[0]: \"P9\" is not known"},
    {REST("shifts: [{id: n, from: \"7:00\", to: \"23:00\", people: [wang]}]"),
	"6:26", "is no time of day; write one such as 07:00 or 22:30"},
    {REST("shifts: [{id: n, from: \"07:60\", to: \"23:00\", people: [wang]}]"),
	"6:26", "is no time of day; write 00:00 to 24:00"},
    {REST("shifts: [{id: n, from: \"24:00\", to: \"07:00\", people: [wang]}]"),
	"6:26", "is out of range; write 00:00 to 23:59"},
    {REST("shifts: [{id: n, from: \"00:00\", to: \"24:01\", people: [wang]}]"),
	"6:39", "is no time of day; write 00:00 to 24:00"},
    {REST("shifts: [{id: n, from: \"07:00\", to: \"07:00\", people: [wang]}]"),
	"6:39",
	"is when it begins, which is no time at all; for a whole day write "
	"from: \"00:00\" and to: \"24:00\""},
    {REST("shifts: [{id: n, from: \"07:00\", to: \"23:00\", people: []}]"),
	"6:56", "is empty; write whose shift it is"},
    {REST("shifts: [{id: n, from: \"07:00\", to: \"23:00\", people: [hook]}]"),
	"6:57", "\"hook\" is nobody"},
    {REST("shifts: [{id: n, from: 07:00, to: 08:00, people: [wang]},\n"
	  "    {id: n, from: 08:00, to: 09:00, people: [wang]}]"),
	"7:10", "is the id of the shift in line 6 too"},
    {REST("quiet: {from: \"22:00\"}"), "6:10", "the key \"to\" is missing"},
    {REST("quiet: {from: \"22:00\", to: \"22:00\"}"), "6:30",
	"is when it begins"},
    {REST("quiet: {from: \"22:00\", to: \"07:00\", severities: [P3, P1]}"),
	"6:56",
	"quiet.severities[1]: \"P1\" is never quiet: somebody may be in "
	"danger; write P3, P4 or both"},
    {REST("quiet: {from: \"22:00\", to: \"07:00\", severities: [P2]}"), "6:52",
	"\"P2\" is never quiet"},
    {REST("quiet: {from: \"22:00\", to: \"07:00\", severities: [P5]}"), "6:52",
	"\"P5\" is not known; write P3 or P4"},
    {REST("digest: \"24:00\""), "6:11", "write 00:00 to 23:59"},
    {REST("digest: 8"), "6:11", "is no time of day"},
    {REST("repeat: {P1: 3}"), "6:16", "has no unit"},
    {REST("repeat: {P1: 2d}"), "6:16", "write 0ms to 1d"},
    {REST("repeat: {P0: 1m}"), "6:12", "repeat.P0: unknown key"},
};

START_TEST(a_mistake_is_told_with_its_place)
{
	ck_assert_ptr_null(read_text(bad[_i].text));
	assert_told(HERE, bad[_i].place, bad[_i].piece);
	ck_assert_ptr_null(strstr(told, "geheim"));
	ck_assert_ptr_null(strstr(told, "abc"));
}
END_TEST

/* The file is the channel's last word. */
static const char *const guarded[] = {
    "type: dingtalk, url_file: ",
    DING ", secret_file: ",
    MAIL "\"smtp://b\", username: u, password_file: ",
};

START_TEST(a_secret_that_others_can_read_is_refused)
{
	const char *place = put("open", DING_URL, 0644);
	char text[512];

	unsetenv("CREDENTIALS_DIRECTORY");
	snprintf(text, sizeof(text), CHANNEL("%s%s"), guarded[_i], place);
	ck_assert_ptr_null(read_file(put("riser.yaml", text, 0600)));
	ck_assert_uint_eq(told_lines(), 1);
	ck_assert_msg(
	    strstr(told, "may be read by others (mode 0644); run chmod 600"),
	    "%s", told);
}
END_TEST

/* ---- traps ---- */

#define TWO                                                                    \
	CHANNELS HOOK "    - {id: desk, type: webhook, url: \"https://b\"}\n"

#define ROBOTS                                                                 \
	CHANNEL(DING)                                                          \
	"    - {id: y, type: wecom, url_file: wecom.url}\n"

static const struct {
	const char *text;
	int count;
	const char *piece;
} traps[] = {
    {TWO, 0, ""},
    {CHANNELS HOOK, 1,
	"t.yaml:3: warning: of P1 only one channel is told, and while that "
	"fails nobody is; let a second one take it\n"},
    {TWO "    - {id: x, type: webhook, url: \"https://c\", kinds: [water]}\n",
	0, ""},
    {CHANNEL("type: webhook, url: \"https://b\", severities: [P2, P3, P4]"), 1,
	"nobody is told of P1, for no channel takes it\n"},
    {TWO "  repeat: {P2: 30s}\n", 1,
	"P2 is repeated every 30s, which uses up what a robot lets through"},
    {TWO "  escalate: [{after: 30s, to: [desk]}]\n", 1,
	"it is escalated after 30s, before anybody can have acknowledged"},
    {TWO "  escalate: [{after: 1m, to: [boss]}]\n", 0, ""},
    {ROBOTS "  escalate: [{after: 1m, to: [boss]}]\n", 1,
	"escalate names boss, whom no channel reaches; write dingtalk:, "
	"wecom:, feishu: or email: in people\n"},
    {ROBOTS "  shifts: [{id: day, from: 07:00, to: 09:00, people: [wang, "
	    "boss]}]\n",
	1, "day names boss, whom no channel reaches"},
};

static void
assert_warned(const struct conf *c, int count, const char *piece)
{
	size_t size;
	FILE *out;

	free(told);
	out = open_memstream(&told, &size);
	ck_assert_int_eq(conf_warn(c, out), count);
	fclose(out);
	ck_assert_msg(strstr(told, piece) != NULL, "%s", told);
}

/* There is one more, for there are no devices. */
START_TEST(a_trap_is_a_warning)
{
	struct conf *c = read_good(traps[_i].text);

	assert_warned(c, traps[_i].count + 1, traps[_i].piece);
	conf_free(c);
}
END_TEST

START_TEST(who_is_told_is_asked_for_each_kind_of_device)
{
	struct conf *c = read_good(
	    DEVICES "  - {id: l, " LIFT ", bus: line, unit: 1}\n"
		    "notify:\n  channels:\n"
		    "    - {id: a, type: webhook, url: \"https://b\", kinds: "
		    "[elevator], severities: [P1, P2]}\n"
		    "    - {id: b, type: webhook, url: \"https://c\"}\n"
		    "    - {id: c, type: webhook, url: \"https://d\", kinds: "
		    "[gateway], severities: [P4]}\n");

	assert_warned(c, 1, "of P1 of gateway only one channel is told, and");
	conf_free(c);
}
END_TEST

START_TEST(times_of_day_want_a_time_zone)
{
	struct conf *c =
	    read_good("site: {id: s}\nnotify:\n  channels:\n" HOOK
		      "    - {id: b, type: webhook, url: \"https://c\"}\n"
		      "  quiet: {from: \"22:00\", to: \"07:00\"}\n");

	assert_warned(c, 2,
	    "t.yaml:2: warning: quiet hours and shifts are times of UTC; write "
	    "site.timezone");
	conf_free(c);
}
END_TEST

/* ---- what a reload leaves alone ---- */

#define WHOLE                                                                  \
	"site: {id: s}\nstore: {path: /tmp/a}\n"                               \
	"people: [{id: wang, name: W, phone: 1, dingtalk: 13800000000, "       \
	"wecom: w, feishu: f, email: w@b}]\n"                                  \
	"buses: [{id: net, url: \"tcp://127.0.0.1:502\"}]\n"                   \
	"devices: [{id: a, " METER ", bus: net, unit: 1, name: A, "            \
	"place: {building: 7, stair: 2}, "                                     \
	"owner: {name: O, phone: 400, rescue_code: 123}}]\n"                   \
	"notify:\n  channels:\n"                                               \
	"    - {id: x, type: dingtalk, url_file: ding.url, secret_file: "      \
	"secret, ca_file: ca.pem, severities: [P1], kinds: [water], "          \
	"mention: [wang], language: en, a_minute: 15}\n"                       \
	"    - {id: y, type: email, url: \"smtp://b\", from: a@b, to: [c@d], " \
	"username: u, password_file: secret, personal: true}\n"                \
	"  escalate: [{after: 3m, to: [x, wang], severities: [P1]}]\n"         \
	"  shifts: [{id: day, from: 07:00, to: 19:00, people: [wang]}]\n"      \
	"  quiet: {from: 22:00, to: 06:00, severities: [P3, P4]}\n"            \
	"  digest: 08:00\n  repeat: {P1: 3m, P4: 0s}\n"

/* One word of the text for another. */
static const struct {
	const char *from, *to;
	bool same;
} changes[] = {
    {"unit: 1", "unit: 2", true}, /* a device is asked elsewhere */
    {"id: s}", "id: t}", false},
    {"id: s}", "id: s, name: S}", false},
    {"/tmp/a", "/tmp/b", false},
    {"name: W", "name: V", false},
    {"phone: 1,", "phone: 2,", false},
    {"13800000000", "13800000001", false},
    {"wecom: w", "wecom: v", false},
    {"feishu: f", "feishu: g", false},
    {"email: w@b", "email: w@c", false},
    {"name: A", "name: B", false},
    {"building: 7", "building: 8", false},
    {"stair: 2", "stair: 3", false},
    {"name: O", "name: P", false},
    {"phone: 400", "phone: 401", false},
    {"rescue_code: 123", "rescue_code: 124", false},
    {"url_file: ding.url", "url_file: ding2.url", false},
    {", secret_file: secret", "", false},
    {", ca_file: ca.pem", "", false},
    {"severities: [P1], kinds", "severities: [P2], kinds", false},
    {"kinds: [water]", "kinds: [heat]", false},
    {"mention: [wang]", "mention: []", false},
    {"language: en", "language: zh", false},
    {"personal: true", "personal: false", false},
    {"a_minute: 15", "a_minute: 14", false},
    {"smtp://b", "smtps://b", false},
    {"from: a@b", "from: c@b", false},
    {"to: [c@d]", "to: [c@d, e@f]", false},
    {"to: [c@d]", "to: [c@e]", false},
    {"username: u", "username: v", false},
    {"password_file: secret", "password_file: ding.url", false},
    {"after: 3m", "after: 4m", false},
    {"to: [x, wang]", "to: [x]", false},
    {"to: [x, wang]", "to: [y, wang]", false},
    {"severities: [P1]}]", "severities: [P2]}]", false},
    {"id: day", "id: night", false},
    {"from: 07:00", "from: 07:01", false},
    {"to: 19:00", "to: 19:01", false},
    {"from: 22:00", "from: 22:01", false},
    {"severities: [P3, P4]", "severities: [P4]", false},
    {"digest: 08:00", "digest: 09:00", false},
    {"P4: 0s", "P4: 1h", false},
};

START_TEST(a_reload_leaves_alone_what_is_the_same)
{
	const char *at = strstr(WHOLE, changes[_i].from);
	struct conf *before = read_good(WHOLE), *after;
	char text[4096];

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - WHOLE), WHOLE,
	    changes[_i].to, at + strlen(changes[_i].from));
	after = read_good(text);
	ck_assert_int_eq(conf_same_notify(before, after), changes[_i].same);
	conf_free(before);
	conf_free(after);
}
END_TEST

START_TEST(to_be_told_or_not_is_not_the_same)
{
	struct conf *a = read_good(PEOPLE), *b = read_good(CHANNELS HOOK);

	ck_assert(!conf_same_notify(a, b));
	ck_assert(conf_same_notify(a, a));
	conf_free(a);
	conf_free(b);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("conf_notify");
	TCase *t = tcase_create("notify");

	tcase_add_checked_fixture(t, put_files, remove_dir);
	tcase_add_test(t, without_notify_nobody_is_told);
	tcase_add_test(t, a_webhook_alone_has_every_default);
	tcase_add_loop_test(t, a_type_has_its_own_defaults, 0, ROWS(types));
	tcase_add_test(t, a_robot_has_what_is_said_of_it);
	tcase_add_test(t, a_person_without_a_name_is_called_by_the_id);
	tcase_add_loop_test(t, mail_without_tls_is_only_sent_where_that_is_said,
	    0, ROWS(mails));
	tcase_add_test(t, escalations_come_in_the_order_of_their_times);
	tcase_add_test(t, times_of_day_are_minutes);
	tcase_add_test(t, texts_know_each_device_and_riser_itself_by_id);
	tcase_add_loop_test(t, a_mistake_is_told_with_its_place, 0, ROWS(bad));
	tcase_add_loop_test(
	    t, a_secret_that_others_can_read_is_refused, 0, ROWS(guarded));
	tcase_add_loop_test(t, a_trap_is_a_warning, 0, ROWS(traps));
	tcase_add_test(t, who_is_told_is_asked_for_each_kind_of_device);
	tcase_add_test(t, times_of_day_want_a_time_zone);
	tcase_add_loop_test(
	    t, a_reload_leaves_alone_what_is_the_same, 0, ROWS(changes));
	tcase_add_test(t, to_be_told_or_not_is_not_the_same);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
