/* test_sender.c - letters on their way to servers that answer well and badly */
#include "gateway/sinks/sender.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/http_help.h"
#include "tests/smtp_help.h"
#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define CHANNELS_MAX 4
#define LONG_MS 60000 /* for what must end by itself, on a busy machine */
#define SILENT_MS 20000 /* that the name server of silent.example takes */
#define GOOD "{\"errcode\":0,\"errmsg\":\"ok\"}"
#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define NOW_MS INT64_C(1716283459321)

static struct fake fakes[CHANNELS_MAX];
static struct post_office office;
static struct notify_channel channels[CHANNELS_MAX];
static char urls[CHANNELS_MAX][256];
static struct notify_conf conf;
static struct sender *sender;
static struct fake_answer answer; /* what the fakes say */
static bool faked[CHANNELS_MAX], with_office;

/* What came of the letters. */
static struct robot_answer got[CHANNELS_MAX];
static int64_t took_ms[CHANNELS_MAX];
static int done[CHANNELS_MAX];

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	if (strcmp(name, "silent.example") == 0) {
		usleep(SILENT_MS * 1000);
		return EAI_AGAIN;
	}
	if (strcmp(name, "none.example") == 0)
		return EAI_NONAME;
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(name, service, hints, list);
}

static struct fake_answer
say(struct fake *s)
{
	(void)s;
	return answer;
}

/* ---- fixture ---- */

static void
start(void)
{
	memset(done, 0, sizeof(done));
	memset(faked, 0, sizeof(faked));
	with_office = false;
	answer = (struct fake_answer){
	    "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n" GOOD, FAKE_KEEP};
	conf = (struct notify_conf){.site = "anju",
	    .site_name = {.zh = "安居小区"},
	    .channels = channels};
}

static void
end(void)
{
	sender_close(sender);
	sender = NULL;
	for (size_t i = 0; i < CHANNELS_MAX; i++)
		if (faked[i])
			fake_end(&fakes[i]);
	if (with_office)
		post_end(&office);
}

static struct notify_channel *
add_channel(enum channel_type type, const char *url)
{
	struct notify_channel *c = &channels[conf.channel_count];

	*c = (struct notify_channel){.id = "c", .type = (uint8_t)type};
	c->url = urls[conf.channel_count++];
	strcpy(urls[c - channels], url);
	return c;
}

/* A channel with a fake of its own behind it. */
static struct notify_channel *
add_fake(enum channel_type type, const char *path)
{
	size_t i = conf.channel_count;
	char url[256];

	fake_start(&fakes[i], 0, say);
	faked[i] = true;
	snprintf(
	    url, sizeof(url), "http://127.0.0.1:%d%s", fakes[i].port, path);
	return add_channel(type, url);
}

static const char *const recipients[] = {"a@x.example", "b@y.example"};

static struct notify_channel *
add_mail(const char *scheme, int port)
{
	char url[64];
	struct notify_channel *c;

	snprintf(url, sizeof(url), "%s://127.0.0.1:%d", scheme, port);
	c = add_channel(CHANNEL_EMAIL, url);
	c->from = "riser@estate.example";
	c->to = recipients;
	c->to_count = 2;
	return c;
}

static struct notify_channel *
add_office(const struct post_rule *rules)
{
	post_start(&office, rules);
	with_office = true;
	return add_mail("smtp", office.port);
}

static const char *letter_text = "轿内有人：是\n.\n救援码 123456";

static void
send_letter(size_t channel)
{
	struct letter l = {
	    .channel = &channels[channel],
	    .title = "【紧急】电梯困人",
	    .text = letter_text,
	    .json = "{\"k\":1}",
	};
	struct err err;

	if (sender == NULL)
		sender = sender_open(&conf, &err);
	ck_assert_msg(sender != NULL, "%s", err.text);
	ck_assert(sender_is_free(sender, channel));
	sender_send(sender, channel, &l, NOW_MS);
	ck_assert(!sender_is_free(sender, channel));
}

static void
take_done(void)
{
	struct robot_answer a;
	int64_t ms;
	size_t channel;

	while (sender_done(sender, &channel, &a, &ms)) {
		ck_assert(sender_is_free(sender, channel));
		got[channel] = a;
		took_ms[channel] = ms;
		done[channel]++;
	}
}

static void
await(size_t channel, int count)
{
	int64_t until_ms = clock_mono_ms() + LONG_MS;

	while (done[channel] < count) {
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		sender_wait(sender, -1, until_ms);
		take_done();
	}
}

static const struct robot_answer *
result(size_t channel)
{
	send_letter(channel);
	await(channel, done[channel] + 1);
	return &got[channel];
}

static void
assert_result(size_t channel, enum robot_verdict verdict, const char *why)
{
	const struct robot_answer *a = result(channel);

	ck_assert_msg(a->verdict == verdict, "%d: %s", a->verdict, a->why);
	ck_assert_msg(strstr(a->why, why) != NULL, "%s", a->why);
	if (*why == '\0')
		ck_assert_str_eq(a->why, "");
}

/* ---- robots ---- */

START_TEST(letters_go_to_all_channels_side_by_side)
{
	add_fake(CHANNEL_DINGTALK, "/robot/send?access_token=T")->secret = "s";
	add_fake(CHANNEL_WECOM, "/cgi-bin/webhook/send?key=K");
	add_fake(CHANNEL_WEBHOOK, "/alarm");
	for (size_t i = 0; i < 3; i++)
		send_letter(i);
	for (size_t i = 0; i < 3; i++) {
		await(i, 1);
		ck_assert_msg(got[i].verdict == ROBOT_SENT, "%s", got[i].why);
		ck_assert_str_eq(got[i].why, "");
		ck_assert_int_ge(took_ms[i], 0);
		ck_assert_ptr_nonnull(strstr(fakes[i].head,
		    "\r\nContent-Type: application/json; charset=utf-8\r\n"));
		ck_assert_ptr_null(strcasestr(fakes[i].head, "expect:"));
	}
	ck_assert_ptr_nonnull(strstr(fakes[0].head,
	    "POST /robot/send?access_token=T&timestamp=1716283459321&sign="));
	ck_assert_ptr_nonnull(strstr(fakes[0].body, "困人\\n轿内有人：是\\n"));
	ck_assert_ptr_nonnull(
	    strstr(fakes[1].head, "POST /cgi-bin/webhook/send?key=K HTTP/1.1"));
	ck_assert_ptr_nonnull(strstr(fakes[1].body, "mentioned_list"));
	ck_assert_str_eq(fakes[2].body, "{\"k\":1}");
	ck_assert_int_eq(got[0].code, 0);
	ck_assert_int_eq(got[2].code, 200);
}
END_TEST

START_TEST(a_connection_is_kept_for_the_next_letter)
{
	add_fake(CHANNEL_DINGTALK, "/robot");
	for (int i = 0; i < 4; i++)
		assert_result(0, ROBOT_SENT, "");
	ck_assert_int_eq(fakes[0].requests, 4);
	ck_assert_int_eq(fakes[0].connections, 1);
}
END_TEST

START_TEST(a_channel_that_hangs_holds_up_no_other)
{
	add_fake(CHANNEL_DINGTALK, "/robot");
	add_fake(CHANNEL_DINGTALK, "/robot");
	send_letter(1);
	await(1, 1);
	answer.then = FAKE_HANG;
	answer.bytes = NULL;
	send_letter(0);
	while (fake_requests(&fakes[0]) == 0)
		sender_wait(sender, -1, clock_mono_ms() + 10);
	pthread_mutex_lock(&fakes[1].lock);
	answer.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n" GOOD;
	answer.then = FAKE_KEEP;
	pthread_mutex_unlock(&fakes[1].lock);
	send_letter(1);
	await(1, 2);
	ck_assert_int_eq(got[1].verdict, ROBOT_SENT);
	ck_assert_int_eq(done[0], 0);
	await(0, 1);
	ck_assert_int_eq(got[0].verdict, ROBOT_FAILED);
	ck_assert_int_lt(got[0].code, 0);
	ck_assert_ptr_nonnull(strstr(got[0].why, ": no answer in time"));
	ck_assert_int_ge(took_ms[0], SENDER_ANSWER_MS - 100);
}
END_TEST

START_TEST(a_wrong_clock_is_seen_by_the_answers_date)
{
	static char text[512];
	char date[64];
	time_t then = time(NULL) - 7200;
	static const char refusal[] =
	    "{\"code\":19021,\"msg\":\"sign match fail "
	    "or timestamp is not within one hour\"}";

	strftime(
	    date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&then));
	snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Length: %zu\r\n\r\n%s",
	    date, strlen(refusal), refusal);
	answer.bytes = text;
	add_fake(CHANNEL_FEISHU, "/hook/0123456789")->secret = "s";
	assert_result(0, ROBOT_REFUSED, "clock is 120 min ahead of its");
	ck_assert_int_eq(got[0].code, 19021);
}
END_TEST

START_TEST(a_robot_says_how_long_it_is_busy)
{
	answer.bytes = "HTTP/1.1 429 Slow\r\nRetry-After: 90\r\n"
		       "Content-Length: 0\r\n\r\n";
	add_fake(CHANNEL_WEBHOOK, "/x");
	assert_result(0, ROBOT_BUSY, "answers 429");
	ck_assert_int_eq(got[0].retry_after_ms, 90000);
}
END_TEST

/* What may come instead of an answer; none of it names the url. */
static const struct {
	const char *bytes;
	enum fake_then then;
	enum robot_verdict verdict;
	const char *why;
} troubles[] = {
    {NULL, FAKE_CLOSE, ROBOT_FAILED, ": it hung up without an answer"},
    {NULL, FAKE_RESET, ROBOT_FAILED, ": it hung up without an answer"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", FAKE_CLOSE, ROBOT_FAILED,
	": half an answer"},
    {"SSH-2.0-OpenSSH_9.2p1\r\n", FAKE_CLOSE, ROBOT_FAILED,
	": its answer makes no sense"},
    {"HTTP/1.1 302 Found\r\nLocation: /secret/path/0123456789\r\n"
     "Content-Length: 0\r\n\r\n",
	FAKE_KEEP, ROBOT_REFUSED, "answers 302: it sends us elsewhere"},
    {"HTTP/1.1 404 No\r\nContent-Length: 31\r\n\r\n"
     "/hook/0123456789?token=abcdefgh",
	FAKE_KEEP, ROBOT_REFUSED, "answers 404: it knows no such url"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n"
     "{\"errcode\":7,\"errmsg\":\"key 0123456789\"}",
	FAKE_KEEP, ROBOT_FAILED, "answers 7 (key **********)"},
    {OK_EMPTY, FAKE_KEEP, ROBOT_FAILED, "not as a robot of DingTalk does"},
};

START_TEST(trouble_is_told_with_the_host_and_without_the_url)
{
	char host[32];

	answer = (struct fake_answer){troubles[_i].bytes, troubles[_i].then};
	add_fake(CHANNEL_DINGTALK, "/hook/0123456789?token=abcdefgh");
	assert_result(0, troubles[_i].verdict, troubles[_i].why);
	snprintf(host, sizeof(host), "127.0.0.1:%d", fakes[0].port);
	ck_assert_int_eq(strncmp(got[0].why, host, strlen(host)), 0);
	ck_assert_ptr_null(strstr(got[0].why, "0123456789"));
	ck_assert_ptr_null(strstr(got[0].why, "abcdefgh"));
	ck_assert_ptr_null(strstr(got[0].why, "hook"));
	ck_assert_int_eq(fakes[0].requests, 1); /* no redirect is followed */
	/* The next goes as if nothing had been. */
	answer = (struct fake_answer){
	    "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n" GOOD, FAKE_KEEP};
	assert_result(0, ROBOT_SENT, "");
}
END_TEST

static const struct {
	const char *url, *why;
} nowhere[] = {
    {"http://127.0.0.1:1/hook/0123456789", "127.0.0.1:1: Connection refused"},
    {"https://none.example/hook/0123456789", "none.example: no such name: is"},
    {"https://[::1]:1/hook/0123456789", "[::1]:1: "},
    {"http://127.0.0.1:99999/hook/0123456789", "127.0.0.1:99999: "},
    {"gopher://127.0.0.1/hook/0123456789", "127.0.0.1: its answer makes no"},
    {"file:///etc/passwd", ": its answer makes no sense"},
};

START_TEST(who_cannot_be_reached_is_named)
{
	add_channel(CHANNEL_WECOM, nowhere[_i].url);
	assert_result(0, ROBOT_FAILED, nowhere[_i].why);
	ck_assert_int_lt(got[0].code, 0);
	ck_assert_ptr_null(strstr(got[0].why, "0123456789"));
}
END_TEST

START_TEST(no_proxy_of_the_environment_is_used)
{
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	add_fake(CHANNEL_DINGTALK, "/robot");
	assert_result(0, ROBOT_SENT, "");
}
END_TEST

/* ---- silence ---- */

START_TEST(a_silent_name_server_holds_up_nobody)
{
	int64_t begun_ms = clock_mono_ms();

	add_channel(CHANNEL_WECOM, "https://silent.example/hook/0123456789");
	add_fake(CHANNEL_DINGTALK, "/robot");
	send_letter(0);
	for (int i = 0; i < 5; i++)
		assert_result(1, ROBOT_SENT, "");
	ck_assert_int_eq(done[0], 0);
	await(0, 1);
	ck_assert_str_eq(
	    got[0].why, "silent.example: no name server says where it is");
	ck_assert_int_eq(got[0].verdict, ROBOT_FAILED);
	ck_assert_int_lt(clock_mono_ms() - begun_ms, SILENT_MS / 2);
	/* And once more, while the first lookup is still on. */
	send_letter(0);
	assert_result(1, ROBOT_SENT, "");
	await(0, 2);
	ck_assert_int_lt(clock_mono_ms() - begun_ms, SILENT_MS);
}
END_TEST

START_TEST(closing_waits_for_no_name_server_and_no_answer)
{
	int64_t begun_ms;

	add_channel(CHANNEL_WECOM, "https://silent.example/hook");
	add_fake(CHANNEL_DINGTALK, "/robot");
	answer = (struct fake_answer){NULL, FAKE_HANG};
	send_letter(0);
	send_letter(1);
	while (fake_requests(&fakes[1]) == 0)
		sender_wait(sender, -1, clock_mono_ms() + 10);
	begun_ms = clock_mono_ms();
	sender_close(sender);
	sender = NULL;
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 2000);
}
END_TEST

/* ---- waiting ---- */

static void *
wake(void *arg)
{
	usleep(50000);
	sender_wake(arg);
	return NULL;
}

START_TEST(a_wait_ends_by_its_time_a_wake_or_a_descriptor)
{
	int64_t begun_ms = clock_mono_ms();
	int fd = eventfd(1, EFD_CLOEXEC);
	pthread_t waker;
	struct err err;

	sender = sender_open(&conf, &err); /* no channels */
	sender_wait(sender, -1, begun_ms + 200);
	ck_assert_int_ge(clock_mono_ms() - begun_ms, 199);
	sender_wait(sender, -1, 0); /* long ago */
	pthread_create(&waker, NULL, wake, sender);
	sender_wait(sender, -1, begun_ms + LONG_MS);
	pthread_join(waker, NULL);
	sender_wait(sender, fd, begun_ms + LONG_MS);
	ck_assert_int_lt(clock_mono_ms() - begun_ms, LONG_MS / 2);
	close(fd);
}
END_TEST

/* ---- mail ---- */

START_TEST(a_mail_is_handed_over)
{
	add_office(NULL)->language = LANGUAGE_ZH;
	assert_result(0, ROBOT_SENT, "");
	ck_assert_int_eq(got[0].code, 250);
	ck_assert(post_heard(&office, "EHLO "));
	ck_assert(!post_heard(&office, "AUTH"));
	ck_assert(post_heard(&office, "MAIL FROM:<riser@estate.example>"));
	ck_assert(post_heard(&office, "RCPT TO:<a@x.example>"));
	ck_assert(post_heard(&office, "RCPT TO:<b@y.example>"));
	/* base64 of 安居小区 */
	ck_assert(post_heard(&office, "From: =?UTF-8?B?5a6J5bGF5bCP5Yy6?="));
	ck_assert(post_heard(&office, "Date: Tue, 21 May 2024 "));
	ck_assert(post_heard(&office, "Message-ID: <1716283459321.1.anju@est"));
	assert_result(0, ROBOT_SENT, ""); /* and the next */
	ck_assert(post_heard(&office, "Message-ID: <1716283459321.2.anju@est"));
	ck_assert(post_heard(&office, "QUIT"));
	ck_assert_int_eq(office.connections, 2);
}
END_TEST

START_TEST(a_login_is_said_once)
{
	struct notify_channel *c = add_office(NULL);

	c->username = "wang", c->password = "geheim";
	assert_result(0, ROBOT_SENT, "");
	ck_assert(post_heard(&office, "AUTH PLAIN"));
	/* printf '\0wang\0geheim' | base64 */
	ck_assert(post_heard(&office, "AHdhbmcAZ2VoZWlt"));
}
END_TEST

static const struct post_rule knows_no_a[] = {
    {"RCPT TO:<a@", "550 5.1.1 no such user"}, {NULL, NULL}};
static const struct post_rule knows_nobody[] = {
    {"RCPT", "550 5.1.1 no such user"}, {NULL, NULL}};
static const struct post_rule asks_for_patience[] = {
    {"RCPT", "451 4.7.1 greylisted"}, {NULL, NULL}};
static const struct post_rule knows_no_login[] = {
    {"AUTH", "535 5.7.8 bad credentials"}, {NULL, NULL}};
static const struct post_rule wants_a_login[] = {
    {"MAIL", "530 5.7.0 authentication required"}, {NULL, NULL}};
static const struct post_rule takes_no_mail[] = {
    {".", "554 5.7.1 looks like spam"}, {NULL, NULL}};
static const struct post_rule is_closed[] = {
    {"CONNECT", "421 4.3.2 closed for today"}, {NULL, NULL}};
static const struct post_rule hangs_up[] = {{".", NULL}, {NULL, NULL}};
static const struct post_rule forgets_to_part[] = {{"QUIT", ""}, {NULL, NULL}};
static const struct post_rule refuses_and_forgets[] = {
    {"RCPT", "550 no"}, {"QUIT", ""}, {NULL, NULL}};

/* None of them takes SENDER_MAIL_MS, however silent at the end. */
static const struct {
	const struct post_rule *rules;
	enum robot_verdict verdict;
	long code;
	const char *why;
} offices[] = {
    {knows_no_a, ROBOT_SENT, 250,
	" takes no mail for a@x.example (550 5.1.1 no such user)"},
    {knows_nobody, ROBOT_REFUSED, 550,
	" takes no mail for a@x.example, b@y.example (550 5.1.1 no such user)"},
    {asks_for_patience, ROBOT_FAILED, 451,
	" takes no mail for a@x.example, b@y.example (451 4.7.1 greylisted)"},
    {knows_no_login, ROBOT_REFUSED, 535,
	" answers 535 5.7.8 bad credentials: see username and password_file"},
    {wants_a_login, ROBOT_REFUSED, 530,
	" answers 530 5.7.0 authentication required: see from, and whether"},
    {takes_no_mail, ROBOT_REFUSED, 554,
	" answers 554 5.7.1 looks like spam: it does not take this mail"},
    {is_closed, ROBOT_FAILED, 421, " answers 421 4.3.2 closed for today"},
    {hangs_up, ROBOT_FAILED, -56, ": it hung up without an answer"},
    {forgets_to_part, ROBOT_SENT, 250, ""},
    {refuses_and_forgets, ROBOT_REFUSED, 550, " takes no mail for a@x.example"},
};

START_TEST(what_a_mail_server_says_is_told)
{
	struct notify_channel *c = add_office(offices[_i].rules);

	if (offices[_i].rules == knows_no_login)
		c->username = "wang", c->password = "wrong";
	assert_result(0, offices[_i].verdict, offices[_i].why);
	ck_assert_int_eq(got[0].code, offices[_i].code);
	ck_assert_int_lt(took_ms[0], SENDER_MAIL_MS);
}
END_TEST

static const struct post_rule silent_at[][2] = {
    {{"CONNECT", ""}, {NULL, NULL}},
    {{"EHLO", ""}, {NULL, NULL}},
    {{"RCPT", ""}, {NULL, NULL}},
    {{".", ""}, {NULL, NULL}},
};

static const struct post_rule *const silent[] = {
    silent_at[0], silent_at[3], forgets_to_part};

/* libcurl itself would wait, in a call, at the mail's end and at QUIT. */
START_TEST(a_mail_server_that_is_silent_holds_up_nobody)
{
	int64_t begun_ms = clock_mono_ms();

	add_office(silent[_i]);
	add_fake(CHANNEL_DINGTALK, "/robot");
	send_letter(0);
	for (int i = 0; i < 30; i++)
		assert_result(1, ROBOT_SENT, "");
	ck_assert_int_lt(clock_mono_ms() - begun_ms, SENDER_MAIL_MS / 2);
	await(0, 1);
	if (silent[_i] != forgets_to_part) {
		ck_assert_int_eq(got[0].verdict, ROBOT_FAILED);
		ck_assert_ptr_nonnull(strstr(got[0].why, "no answer in time"));
		ck_assert_int_ge(took_ms[0], SENDER_MAIL_MS - 100);
	} else {
		ck_assert_int_eq(got[0].verdict, ROBOT_SENT);
	}
	assert_result(1, ROBOT_SENT, "");
}
END_TEST

START_TEST(closing_waits_for_no_mail_server)
{
	int64_t begun_ms;

	add_office(silent_at[_i]);
	send_letter(0);
	for (int i = 0; i < 30; i++)
		sender_wait(sender, -1, clock_mono_ms() + 10);
	take_done();
	ck_assert_msg(done[0] == 0, "%s", got[0].why);
	begun_ms = clock_mono_ms();
	sender_close(sender);
	sender = NULL;
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 2000);
}
END_TEST

START_TEST(without_starttls_nothing_is_said)
{
	struct notify_channel *c = add_office(NULL);

	c->starttls = true;
	c->username = "wang", c->password = "geheim";
	assert_result(0, ROBOT_REFUSED,
	    ": it offers no STARTTLS, and without we say nothing");
	ck_assert(!post_heard(&office, "AUTH"));
	ck_assert(!post_heard(&office, "MAIL"));
}
END_TEST

START_TEST(addresses_and_files_that_are_none_are_told_at_once)
{
	static const char *const bad[] = {"a@b\r\nRCPT TO:<c@d>"};
	struct notify_channel *c = add_mail("smtp", 25);
	struct err err;

	c->ca_file = "/nowhere/ca.pem";
	ck_assert_ptr_null(sender_open(&conf, &err));
	ck_assert_str_eq(err.text,
	    "/nowhere/ca.pem cannot be read: No such file or directory");
	c->ca_file = NULL;
	c->from = "riser";
	ck_assert_ptr_null(sender_open(&conf, &err));
	ck_assert_str_eq(err.text, "channel c: no address of a mail: riser");
	c->from = "r@x";
	c->to_count = 0;
	ck_assert_ptr_null(sender_open(&conf, &err));
	ck_assert_str_eq(err.text, "channel c: to names nobody");
	c->to_count = 1;
	c->to = bad;
	ck_assert_ptr_null(sender_open(&conf, &err));
}
END_TEST

/* ---- TLS ---- */

static char tls_dir[] = "/tmp/test_sender_XXXXXX";
static char tls_cert[64], tls_got[64];
static int tls_ports[3]; /* https, smtps, smtp with STARTTLS */
static pid_t tls_pid;
static int tls_stdin;

/* Starts tls_office.py, for all tests. */
static void
open_tls(void)
{
	int in[2], out[2];
	char *argv[] = {(char *)"/usr/bin/python3",
	    (char *)"tests/tls_office.py", tls_dir, NULL};
	FILE *f;

	strcpy(tls_dir + sizeof(tls_dir) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(tls_dir));
	snprintf(tls_cert, sizeof(tls_cert), "%s/cert.pem", tls_dir);
	snprintf(tls_got, sizeof(tls_got), "%s/got", tls_dir);
	ck_assert_int_eq(pipe(in) | pipe(out), 0);
	if ((tls_pid = fork()) == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	tls_stdin = in[1];
	f = fdopen(out[0], "r");
	ck_assert_int_eq(
	    fscanf(f, "%d %d %d", &tls_ports[0], &tls_ports[1], &tls_ports[2]),
	    3);
	fclose(f);
}

static void
close_tls(void)
{
	char command[64];

	close(tls_stdin);
	waitpid(tls_pid, NULL, 0);
	snprintf(command, sizeof(command), "rm -r %s", tls_dir);
	ck_assert_int_eq(system(command), 0);
}

static void
start_anew(void)
{
	start();
	unlink(tls_got);
}

static const char *
read_got(void)
{
	static char text[65536];
	FILE *f = fopen(tls_got, "r");
	size_t n = 0;

	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

/* 0: https, 1: smtps, 2: STARTTLS. */
static struct notify_channel *
add_tls(int i, const char *host)
{
	static const char *const schemes[] = {"https", "smtps", "smtp"};
	struct notify_channel *c = add_mail(schemes[i], tls_ports[i]);

	if (i == 0)
		c->type = CHANNEL_DINGTALK;
	snprintf(urls[c - channels], sizeof(urls[0]), "%s://%s:%d", schemes[i],
	    host, tls_ports[i]);
	c->starttls = i == 2;
	c->username = "wang", c->password = "geheim";
	return c;
}

START_TEST(a_letter_goes_over_tls_whose_certificate_is_known)
{
	add_tls(_i, "127.0.0.1")->ca_file = tls_cert;
	assert_result(0, ROBOT_SENT, "");
	ck_assert_msg(
	    strstr(read_got(), _i == 0 ? "POST {" : "AHdhbmcAZ2VoZWlt") &&
		strstr(read_got(), _i == 0 ? "困人" : "RCPT TO:<b@y.example>"),
	    "%s", read_got());
}
END_TEST

/* More than the connection takes at once. */
START_TEST(a_long_mail_goes_over_tls_in_pieces)
{
	size_t length = 1 << 20;
	char *long_text = calloc(1, length + 1);

	memset(long_text, 'x', length);
	letter_text = long_text;
	add_tls(1 + _i, "127.0.0.1")->ca_file = tls_cert;
	assert_result(0, ROBOT_SENT, "");
	free(long_text);
}
END_TEST

/* Nothing is said to who may be anybody. */
START_TEST(a_certificate_that_nobody_vouches_for_is_none)
{
	add_tls(_i, "127.0.0.1");
	assert_result(0, ROBOT_REFUSED, "certificate");
	ck_assert_str_eq(read_got(), "");
}
END_TEST

START_TEST(a_certificate_of_another_host_is_none)
{
	add_tls(_i, "localhost")->ca_file = tls_cert;
	assert_result(0, ROBOT_REFUSED, "localhost");
	ck_assert_str_eq(read_got(), "");
}
END_TEST

START_TEST(a_ca_file_without_certificates_says_so)
{
	add_tls(0, "127.0.0.1")->ca_file = "/etc/hostname";
	assert_result(0, ROBOT_REFUSED, ": ca_file has no certificates");
}
END_TEST

static TCase *
posts(void)
{
	TCase *t = tcase_create("posts");

	tcase_add_checked_fixture(t, start, end);
	tcase_set_timeout(t, 2 * LONG_MS / 1000);
	tcase_add_test(t, letters_go_to_all_channels_side_by_side);
	tcase_add_test(t, a_connection_is_kept_for_the_next_letter);
	tcase_add_test(t, a_channel_that_hangs_holds_up_no_other);
	tcase_add_test(t, a_wrong_clock_is_seen_by_the_answers_date);
	tcase_add_test(t, a_robot_says_how_long_it_is_busy);
	tcase_add_loop_test(t,
	    trouble_is_told_with_the_host_and_without_the_url, 0,
	    ROWS(troubles));
	tcase_add_loop_test(
	    t, who_cannot_be_reached_is_named, 0, ROWS(nowhere));
	tcase_add_test(t, no_proxy_of_the_environment_is_used);
	tcase_add_test(t, a_silent_name_server_holds_up_nobody);
	tcase_add_test(t, closing_waits_for_no_name_server_and_no_answer);
	tcase_add_test(t, a_wait_ends_by_its_time_a_wake_or_a_descriptor);
	return t;
}

static TCase *
mails(void)
{
	TCase *t = tcase_create("mails");

	tcase_add_checked_fixture(t, start, end);
	tcase_set_timeout(t, 2 * LONG_MS / 1000);
	tcase_add_test(t, a_mail_is_handed_over);
	tcase_add_test(t, a_login_is_said_once);
	tcase_add_loop_test(
	    t, what_a_mail_server_says_is_told, 0, ROWS(offices));
	tcase_add_loop_test(
	    t, a_mail_server_that_is_silent_holds_up_nobody, 0, ROWS(silent));
	tcase_add_loop_test(
	    t, closing_waits_for_no_mail_server, 0, ROWS(silent_at));
	tcase_add_test(t, without_starttls_nothing_is_said);
	tcase_add_test(t, addresses_and_files_that_are_none_are_told_at_once);
	return t;
}

static TCase *
tls(void)
{
	TCase *t = tcase_create("tls");

	tcase_add_unchecked_fixture(t, open_tls, close_tls);
	tcase_add_checked_fixture(t, start_anew, end);
	tcase_set_timeout(t, 2 * LONG_MS / 1000);
	tcase_add_loop_test(
	    t, a_letter_goes_over_tls_whose_certificate_is_known, 0, 3);
	tcase_add_loop_test(t, a_long_mail_goes_over_tls_in_pieces, 0, 2);
	tcase_add_loop_test(
	    t, a_certificate_that_nobody_vouches_for_is_none, 0, 3);
	tcase_add_loop_test(t, a_certificate_of_another_host_is_none, 0, 3);
	tcase_add_test(t, a_ca_file_without_certificates_says_so);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("sender");

	suite_add_tcase(s, posts());
	suite_add_tcase(s, mails());
	suite_add_tcase(s, tls());
	return suite_run(s);
}
