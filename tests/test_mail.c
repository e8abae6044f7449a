/* test_mail.c - a letter as a mail, read by Python's own reader of mails */
#include "gateway/sinks/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define NOW_MS INT64_C(1716283459321) /* 2024-05-21 09:24:19.321 UTC */

static const char *const to[] = {"a@x.example", "b@y.example"};
static const struct notify_channel channel = {.type = CHANNEL_EMAIL,
    .from = "riser@estate.example",
    .to = to,
    .to_count = 2};
static struct buf mail;

static void
set_zone(void)
{
	setenv("TZ", "CST-8", 1);
	tzset();
}

static void
forget(void)
{
	buf_free(&mail);
}

static void
write_mail(const char *from, const char *title, const char *text)
{
	struct letter l = {
	    .channel = &channel, .severity = 1, .title = title, .text = text};

	forget();
	mail = (struct buf){0};
	mail_write(&l, from, NOW_MS, "17.1.anju", &mail);
}

/* ---- as it stands ---- */

START_TEST(a_mail_is_headers_and_text)
{
	write_mail("Anju", "P2 lift 7-2 stopped", "since 17:20\n<ok>");
	/* base64 -w0 of the words and the text, by coreutils. */
	ck_assert_str_eq(mail.data,
	    "Date: Tue, 21 May 2024 17:24:19 +0800\r\n"
	    "From: =?UTF-8?B?QW5qdQ==?=\r\n <riser@estate.example>\r\n"
	    "To: <a@x.example>,\r\n <b@y.example>\r\n"
	    "Subject: P2 lift 7-2 stopped\r\n"
	    "Message-ID: <17.1.anju@estate.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "UDIgbGlmdCA3LTIgc3RvcHBlZA0KDQpzaW5jZSAxNzoyMA0KPG9rPg0K\r\n");
}
END_TEST

START_TEST(a_p1_is_important_and_nameless_senders_have_an_address)
{
	struct letter l = {.channel = &channel, .title = "t", .text = "x"};

	mail_write(&l, NULL, NOW_MS, "1", &mail);
	ck_assert_ptr_nonnull(strstr(mail.data, "\r\nImportance: high\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(mail.data, "\r\nFrom: <riser@estate.example>\r\n"));
}
END_TEST

START_TEST(who_is_mentioned_gets_it_too)
{
	static const struct notify_person wang = {.email = "wang@z.example"};
	static const struct notify_person again = {.email = "A@X.example"};
	static const struct notify_person none = {.dingtalk = "138"};
	static const struct notify_person bad = {.email = "a\r\nBcc: c@d"};
	const char *got[2 + LETTER_MENTIONS_MAX];
	struct letter l = {.channel = &channel,
	    .title = "t",
	    .text = "x",
	    .mention_count = 4,
	    .mentions = {&wang, &again, &none, &bad}};

	ck_assert_uint_eq(mail_recipients(&l, got, ROWS(got)), 3);
	ck_assert_str_eq(got[0], to[0]);
	ck_assert_str_eq(got[1], to[1]);
	ck_assert_str_eq(got[2], "wang@z.example");
	mail_write(&l, NULL, NOW_MS, "1", &mail);
	ck_assert_ptr_nonnull(strstr(mail.data,
	    "\r\nTo: <a@x.example>,\r\n <b@y.example>,\r\n "
	    "<wang@z.example>\r\nSubject:"));
	ck_assert_ptr_null(strstr(mail.data, "Bcc"));
}
END_TEST

static const struct {
	const char *text;
	bool good;
} addresses[] = {
    {"a@b", true},
    {"wang.li+duty_1@mail.anju.example", true},
    {"", false},
    {"a", false},
    {"@b", false},
    {"a@", false},
    {"a@b@c", false},
    {"a b@c", false},
    {"a@b\r\nRCPT TO:<c@d>", false},
    {"<a@b>", false},
    {"a@b,c@d", false},
    {"\"a\"@b", false},
    {"a@[10.0.0.1]", false},
    {"\xe7\x8e\x8b@b", false},
    {"a@b\x7f", false},
};

START_TEST(an_address_is_judged)
{
	char text[300] = "a@";

	ck_assert_msg(mail_is_address(addresses[_i].text) == addresses[_i].good,
	    "%s", addresses[_i].text);
	memset(text + 2, 'b', 252);
	ck_assert(mail_is_address(text));
	text[254] = 'b';
	ck_assert(!mail_is_address(text));
}
END_TEST

/* ---- as others read it ---- */

/* What Python's email module, which knows nothing of ours, finds in the mail:
 * its defects, then the headers and the text.  (A name of several words its new
 * reader puts blanks into; its old one does not.) */
static char *
read_by_python(void)
{
	static const char program[] =
	    "import sys, email, email.policy, email.header, email.utils\n"
	    "def words(t): return str(email.header.make_header("
	    "email.header.decode_header(t)))\n"
	    "old = email.message_from_binary_file(open(sys.argv[1], 'rb'))\n"
	    "m = email.message_from_binary_file(open(sys.argv[1], 'rb'), "
	    "policy=email.policy.SMTP)\n"
	    "print(m.defects + sum((list(h.defects) for h in m.values()), []))\n"
	    "print([k for k in m.keys()])\n"
	    "print(words(email.utils.parseaddr(old['from'])[0]))\n"
	    "print(m['from'].addresses[0].addr_spec)\n"
	    "print([a.addr_spec for a in m['to'].addresses])\n"
	    "print(m['subject'])\n"
	    "print(int(m['date'].datetime.timestamp()))\n"
	    "print(repr(m.get_content()))\n";
	static char out[65536];
	char path[] = "/tmp/test_mail_XXXXXX", command[4096];
	int fd = mkstemp(path);
	size_t n;
	FILE *f;

	ck_assert_int_eq(write(fd, mail.data, mail.len), (ssize_t)mail.len);
	close(fd);
	snprintf(command, sizeof(command),
	    "PYTHONIOENCODING=utf-8 /usr/bin/python3 -c \"%s\" %s", program,
	    path);
	f = popen(command, "r");
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	ck_assert_int_eq(pclose(f), 0);
	unlink(path);
	return out;
}

#define HEADERS                                                                \
	"['Date', 'From', 'To', 'Subject', 'Message-ID', 'Auto-Submitted', "   \
	"'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding']\n"

static const struct {
	const char *from, *title, *from_read, *title_read;
} titles[] = {
    {"安居小区", "【紧急】7栋2单元 电梯困人", "安居小区",
	"【紧急】7栋2单元 电梯困人"},
    {"安居小区（二期）北区物业服务中心值班室与电梯维保单位联合值守",
	"【重要】安居小区7栋2单元 疑似困人，请立即对讲核实；发生 18:38:55，"
	"停在4–5层，轿内有人：未知；救援码 123456，维保 安达电梯 "
	"400-000-0001；已通知：李工、王师傅；未确认 🛗",
	"安居小区（二期）北区物业服务中心值班室与电梯维保单位联合值守",
	"【重要】安居小区7栋2单元 疑似困人，请立即对讲核实；发生 18:38:55，"
	"停在4–5层，轿内有人：未知；救援码 123456，维保 安达电梯 "
	"400-000-0001；已通知：李工、王师傅；未确认 🛗"},
    {"Anju, \"north\" <x@y>", "P1 a =?UTF-8?B?QQ==?= b",
	"Anju, \"north\" <x@y>", "P1 a =?UTF-8?B?QQ==?= b"},
    {"a\r\nBcc: c@d.example", "t\r\nBcc: c@d.example\r\n\r\nbody",
	"a  Bcc: c@d.example", "t  Bcc: c@d.example    body"},
    {"a\nb", "x\ny", "a b", "x y"},
    {"long and plain, longer than one line of a header is meant to be, so it "
     "is folded",
	"long and plain, longer than one line of a header is meant to be, so "
	"it is folded",
	"long and plain, longer than one line of a header is meant to be, so "
	"it is folded",
	"long and plain, longer than one line of a header is meant to be, so "
	"it is folded"},
};

START_TEST(names_come_out_as_they_went_in)
{
	char wanted[4096];

	write_mail(
	    titles[_i].from, titles[_i].title, "轿内有人：是\n.\nFrom x");
	snprintf(wanted, sizeof(wanted),
	    "[]\n" HEADERS "%s\nriser@estate.example\n"
	    "['a@x.example', 'b@y.example']\n%s\n1716283459\n"
	    "'%s\\r\\n\\r\\n轿内有人：是\\r\\n.\\r\\nFrom x\\r\\n'\n",
	    titles[_i].from_read, titles[_i].title_read, titles[_i].title_read);
	ck_assert_str_eq(read_by_python(), wanted);
}
END_TEST

/* RFC 5322: no line over 998; RFC 2047: none with a word over 76; base64 is 76
 * at most. */
static void
check_lines(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\r\n");

		ck_assert_uint_le(len, 76);
		ck_assert_int_eq(strncmp(text + len, "\r\n", 2), 0);
		text += len + 2;
	}
}

START_TEST(lines_are_short_and_words_whole_at_any_length)
{
	char title[1024] = "";

	for (int i = 0; i < 200; i++) {
		strcat(title, i % 7 == 0 ? "🛗" : i % 3 == 0 ? "x" : "困");
		write_mail(title, title, title);
		check_lines(mail.data);
	}
	/* Each word is of whole characters: else a reader shows U+FFFD. */
	ck_assert_ptr_nonnull(strstr(read_by_python(), title));
	ck_assert_ptr_null(strstr(read_by_python(), "\xef\xbf\xbd"));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mail");
	TCase *t = tcase_create("mail");

	tcase_add_checked_fixture(t, set_zone, forget);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_mail_is_headers_and_text);
	tcase_add_test(
	    t, a_p1_is_important_and_nameless_senders_have_an_address);
	tcase_add_test(t, who_is_mentioned_gets_it_too);
	tcase_add_loop_test(t, an_address_is_judged, 0, ROWS(addresses));
	tcase_add_loop_test(t, names_come_out_as_they_went_in, 0, ROWS(titles));
	tcase_add_test(t, lines_are_short_and_words_whole_at_any_length);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
