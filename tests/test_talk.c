/* test_talk.c - what was said to a mail server and what it answered */
#include "gateway/sinks/talk.h"

#include <stdio.h>
#include <string.h>

#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define HELLO                                                                  \
	"< 220 mail.example ESMTP\n> EHLO pi\n< 250-mail.example\n< 250 OK\n"
#define FROM "> MAIL FROM:<r@x>\n< 250 OK\n"
#define DATA "> DATA\n< 354 go on\n"

static const char *const to[] = {"a@x.example", "b@y.example", "c@z.example"};
static const struct notify_channel channel = {.url = "smtp://mail.example:587"};
static uint16_t refused[ROWS(to)];
static struct talk talk;

/* A line each: "> " is ours, "< " the server's. */
static void
play(const char *lines)
{
	talk_begin(&talk, to, ROWS(to), refused);
	while (*lines != '\0') {
		char line[256];
		int len = snprintf(line, sizeof(line), "%.*s\r\n",
		    (int)(strcspn(lines, "\n") - 2), lines + 2);

		if (*lines == '>')
			talk_say(&talk, line, (size_t)len);
		else
			talk_hear(&talk, line, (size_t)len);
		lines += strcspn(lines, "\n") + 1;
	}
}

static const struct {
	const char *lines;
	bool sent, judged;
	enum robot_verdict verdict;
	long code;
	const char *why;
} talks[] = {
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 250 OK\n"
		"> RCPT TO:<b@y.example>\n< 250 OK\n"
		"> RCPT TO:<c@z.example>\n< 251 OK\n" DATA "< 250 queued\n",
	true, true, ROBOT_SENT, 250, ""},
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 250 OK\n"
		"> RCPT TO:<b@y.example>\n< 550-5.1.1 b\n< 550 5.1.1 unknown\n"
		"> RCPT TO:<c@z.example>\n< 250 OK\n" DATA "< 250 queued\n",
	true, true, ROBOT_SENT, 250,
	"mail.example:587 takes no mail for b@y.example (550 5.1.1 unknown)"},
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 550 a unknown\n"
		"> RCPT TO:<b@y.example>\n< 550 b unknown\n"
		"> RCPT TO:<c@z.example>\n< 554 c unknown\n",
	false, true, ROBOT_REFUSED, 550,
	"mail.example:587 takes no mail for a@x.example, b@y.example, "
	"c@z.example (554 c unknown)"},
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 550 unknown\n"
		"> RCPT TO:<b@y.example>\n< 451 later\n"
		"> RCPT TO:<c@z.example>\n< 554 unknown\n",
	false, true, ROBOT_FAILED, 451, "takes no mail for a@x.example, b@"},
    {HELLO "> AUTH PLAIN\n< 334 \n> AGEAYg==\n< 535 5.7.8 wrong\n", false, true,
	ROBOT_REFUSED, 535,
	"mail.example:587 answers 535 5.7.8 wrong: see username and "
	"password_file"},
    {HELLO "> AUTH LOGIN\n< 334 VXNlcm5hbWU6\n> YQ==\n< 454 not now\n", false,
	true, ROBOT_FAILED, 454, "answers 454 not now: see username"},
    {HELLO "> MAIL FROM:<r@x>\n< 530 5.7.0 log in first\n", false, true,
	ROBOT_REFUSED, 530,
	"mail.example:587 answers 530 5.7.0 log in first: see from, and "
	"whether it wants a username"},
    {"< 421 too many of you\n", false, true, ROBOT_FAILED, 421,
	"mail.example:587 answers 421 too many of you"},
    {"< 554 go away\n", false, true, ROBOT_REFUSED, 554, "554 go away"},
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 250 OK\n" DATA "< 554 5.7.1 spam\n",
	false, true, ROBOT_REFUSED, 554,
	"answers 554 5.7.1 spam: it does not take this mail"},
    /* it is not what the server said that went wrong */
    {"", false, false, 0, 0, ""},
    {HELLO, false, false, 0, 0, ""},
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 550 no\n"
		"> RCPT TO:<b@y.example>\n< 250 OK\n"
		"> RCPT TO:<c@z.example>\n",
	false, false, 0, 0, ""},
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 250 OK\n" DATA, false, false, 0, 0,
	""},
    {"< SSH-2.0-OpenSSH\n< 22\n< abc\n", false, false, 0, 0, ""},
    /* a server's answers to what nobody asked */
    {HELLO "< 550 no\n< 250 OK\n", false, false, 0, 0, ""},
    {HELLO FROM "> RCPT TO:<a@x.example>\n< 550 1\n< 550 2\n"
		"> RCPT TO:<b@y.example>\n> RCPT TO:<c@z.example>\n"
		"> RCPT TO:<d@z.example>\n< 550 3\n",
	false, true, ROBOT_REFUSED, 550, "for a@x.example (550 2)"},
    {HELLO "> MAIL FROM:<r@x>\n< 550 \x1b[31m\xff\n", false, true,
	ROBOT_REFUSED, 550, "answers 550 ?[31m?: see from"},
};

START_TEST(a_talk_is_judged)
{
	struct robot_answer a;
	bool judged;

	memset(&a, 'x', sizeof(a));
	play(talks[_i].lines);
	judged = talk_judge(&talk, talks[_i].sent, &channel, &a);
	ck_assert_int_eq(judged, talks[_i].judged);
	if (!judged) {
		ck_assert_int_eq(a.why[0], 'x');
		return;
	}
	ck_assert_msg(a.verdict == talks[_i].verdict, "%s", a.why);
	ck_assert_int_eq(a.code, talks[_i].code);
	ck_assert_int_eq(a.retry_after_ms, 0);
	ck_assert_int_eq(
	    a.text, strstr(a.why, "does not take this mail") != NULL);
	if (*talks[_i].why == '\0')
		ck_assert_str_eq(a.why, "");
	ck_assert_msg(strstr(a.why, talks[_i].why) != NULL, "%s", a.why);
}
END_TEST

START_TEST(of_many_who_are_refused_some_are_named)
{
	static char names[30][64];
	static const char *many[30];
	static uint16_t codes[30];
	struct robot_answer a;

	for (int i = 0; i < 30; i++) {
		snprintf(
		    names[i], sizeof(names[i]), "person%02d@anju.example", i);
		many[i] = names[i];
	}
	talk_begin(&talk, many, 30, codes);
	talk_say(&talk, "MAIL FROM:<x>", 13);
	for (int i = 0; i < 30; i++) {
		talk_say(&talk, "RCPT TO:<x>", 11);
		talk_hear(&talk, "550 no", 6);
	}
	ck_assert(talk_judge(&talk, false, &channel, &a));
	ck_assert_str_eq(a.why,
	    "mail.example:587 takes no mail for person00@anju.example, "
	    "person01@anju.example, person02@anju.example, "
	    "person03@anju.example and 26 more (550 "
	    "no)");
}
END_TEST

START_TEST(a_name_that_is_longer_than_the_sentence_is_counted)
{
	static const char *one[1];
	static char name[255];
	struct robot_answer a;

	memset(name, 'n', 250);
	one[0] = name;
	talk_begin(&talk, one, 1, refused);
	talk_say(&talk, "RCPT TO:<x>", 11);
	talk_hear(&talk, "550 no", 6);
	ck_assert(talk_judge(&talk, true, &channel, &a));
	ck_assert_str_eq(
	    a.why, "mail.example:587 takes no mail for 1 of them (550 no)");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("talk");
	TCase *t = tcase_create("talk");

	tcase_add_loop_test(t, a_talk_is_judged, 0, ROWS(talks));
	tcase_add_test(t, of_many_who_are_refused_some_are_named);
	tcase_add_test(t, a_name_that_is_longer_than_the_sentence_is_counted);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
