/* test_handover.c - a mail handed to a server, line by line */
#include "gateway/sinks/handover.h"

#include <string.h>

#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define MAIL "Subject: t\r\n\r\neA==\r\n"

static const char *const to[] = {"a@x", "b@y"};
static uint16_t refused[ROWS(to)];
static struct talk talk;
static struct buf mail;
static struct handover h;

static void
begin(void)
{
	buf_puts(&mail, MAIL);
	talk_begin(&talk, to, ROWS(to), refused);
	handover_begin(&h, &talk, "r@z", &mail);
}

static void
forget(void)
{
	buf_free(&mail);
	handover_free(&h);
	h = (struct handover){0};
}

/* All that it says now; a piece of so many bytes at a time. */
static const char *
said(size_t piece)
{
	static char text[65536];
	const char *bytes;
	size_t used = 0, len;

	while ((len = handover_pending(&h, &bytes)) > 0) {
		if (len > piece)
			len = piece;
		memcpy(text + used, bytes, len);
		handover_sent(&h, len);
		used += len;
	}
	text[used] = '\0';
	return text;
}

static void
hear(const char *line)
{
	handover_hear(&h, line, strlen(line));
}

START_TEST(a_mail_is_handed_over_line_by_line)
{
	ck_assert_str_eq(said(1000), "MAIL FROM:<r@z>\r\n");
	hear("250 OK\r\n");
	ck_assert_str_eq(said(3), "RCPT TO:<a@x>\r\n");
	hear("250-first\r\n25");
	ck_assert_str_eq(said(1), "");
	hear("0 last\r");
	ck_assert_str_eq(said(1), "");
	hear("\n");
	ck_assert_str_eq(said(1), "RCPT TO:<b@y>\r\n");
	hear("251 forwards\n");
	ck_assert_str_eq(said(1000), "DATA\r\n");
	hear("354 go on\r\n");
	ck_assert_str_eq(said(7), MAIL ".\r\n");
	ck_assert_int_eq(h.stage, HANDOVER_MAIL);
	hear("250 queued\r\n");
	ck_assert_int_eq(h.stage, HANDOVER_DONE);
	ck_assert_str_eq(said(1000), "QUIT\r\n");
	hear("550 bye\r\n");
	ck_assert_int_eq(h.stage, HANDOVER_DONE);
	ck_assert_uint_eq(talk.code, 250);
}
END_TEST

/* Answers to one question after the other, and where that ends. */
static const struct {
	const char *answers[6];
	enum handover_stage stage;
	const char *last; /* said */
	unsigned refused_a, refused_b, code;
} ends[] = {
    {{"550 no\r\n"}, HANDOVER_REFUSED, "QUIT\r\n", 0, 0, 550},
    {{"250 \r\n", "550 no\r\n", "250 \r\n", "354 \r\n", "250 \r\n"},
	HANDOVER_DONE, "QUIT\r\n", 550, 0, 250},
    {{"250 \r\n", "250 \r\n", "450 no\r\n", "354 \r\n", "250 \r\n"},
	HANDOVER_DONE, "QUIT\r\n", 0, 450, 250},
    {{"250 \r\n", "550 no\r\n", "551 no\r\n"}, HANDOVER_REFUSED, "QUIT\r\n",
	550, 551, 551},
    {{"250 \r\n", "250 \r\n", "250 \r\n", "451 full\r\n"}, HANDOVER_REFUSED,
	"QUIT\r\n", 0, 0, 451},
    {{"250 \r\n", "250 \r\n", "250 \r\n", "250 what\r\n"}, HANDOVER_REFUSED,
	"QUIT\r\n", 0, 0, 250},
    {{"250 \r\n", "250 \r\n", "250 \r\n", "354 \r\n", "554 spam\r\n"},
	HANDOVER_REFUSED, "QUIT\r\n", 0, 0, 554},
    /* what is no answer is none */
    {{"hello\r\n\r\n 250\r\n999 \r\n000 \r\n"}, HANDOVER_FROM, "", 0, 0, 0},
    {{"250", "\r\n"}, HANDOVER_TO, "RCPT TO:<a@x>\r\n", 0, 0, 0},
};

START_TEST(an_answer_leads_on_or_ends_it)
{
	const char *last = said(1000);

	for (size_t i = 0; i < 6 && ends[_i].answers[i] != NULL; i++) {
		hear(ends[_i].answers[i]);
		last = said(1000);
	}
	ck_assert_int_eq(h.stage, ends[_i].stage);
	ck_assert_str_eq(last, ends[_i].last);
	ck_assert_uint_eq(refused[0], ends[_i].refused_a);
	ck_assert_uint_eq(refused[1], ends[_i].refused_b);
	ck_assert_uint_eq(talk.code, ends[_i].code);
}
END_TEST

/* Who answers what was not asked yet gets no mail counted as delivered. */
START_TEST(answers_in_advance_are_none)
{
	said(1000);
	hear("250 \r\n250 \r\n250 \r\n354 \r\n250 \r\n");
	ck_assert_int_eq(h.stage, HANDOVER_REFUSED);
}
END_TEST

START_TEST(a_server_that_breaks_off_while_a_mail_is_sent_is_heard)
{
	const char *bytes;

	said(1000);
	for (int i = 0; i < 3; i++) {
		hear("250 \r\n");
		said(1000);
	}
	hear("354 \r\n");
	ck_assert_uint_gt(handover_pending(&h, &bytes), 5);
	handover_sent(&h, 5);
	hear("421 closing\r\n");
	ck_assert_int_eq(h.stage, HANDOVER_REFUSED);
	ck_assert_uint_eq(talk.code, 421);
	ck_assert_ptr_null(strstr(said(1000), "QUIT")); /* amid the mail */
}
END_TEST

START_TEST(a_line_without_end_is_heard_as_far_as_there_is_room)
{
	said(1000);
	hear("550 ");
	for (int i = 0; i < 100000; i++)
		hear("xyz");
	ck_assert_int_eq(h.stage, HANDOVER_FROM);
	hear("\n");
	ck_assert_int_eq(h.stage, HANDOVER_REFUSED);
	ck_assert_uint_eq(strlen(talk.line), TALK_LINE_MAX - 1);
}
END_TEST

START_TEST(the_next_mail_begins_anew)
{
	said(1000);
	hear("250 \r\n");
	hear("55");
	talk_begin(&talk, to, ROWS(to), refused);
	handover_begin(&h, &talk, "s@z", &mail);
	ck_assert_str_eq(said(1000), "MAIL FROM:<s@z>\r\n");
	hear("0 \r\n250 \r\n");
	ck_assert_str_eq(said(1000), "RCPT TO:<a@x>\r\n");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("handover");
	TCase *t = tcase_create("handover");

	tcase_add_checked_fixture(t, begin, forget);
	tcase_add_test(t, a_mail_is_handed_over_line_by_line);
	tcase_add_loop_test(t, an_answer_leads_on_or_ends_it, 0, ROWS(ends));
	tcase_add_test(t, answers_in_advance_are_none);
	tcase_add_test(
	    t, a_server_that_breaks_off_while_a_mail_is_sent_is_heard);
	tcase_add_test(t, a_line_without_end_is_heard_as_far_as_there_is_room);
	tcase_add_test(t, the_next_mail_begins_anew);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
