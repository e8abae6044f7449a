/*
 * talk.h - what was said to a mail server and what it answered, pure
 *
 * Who of several recipients was refused, and in which words.
 */
#ifndef TALK_H
#define TALK_H

#include "gateway/sinks/robot.h"

#define TALK_LINE_MAX 96

enum talk_about {
	TALK_HELLO, /* the greeting, EHLO, STARTTLS */
	TALK_LOGIN,
	TALK_FROM,
	TALK_TO,
	TALK_MAIL, /* DATA, and the mail itself */
};

struct talk {
	const char *const *to; /* the recipients, in the order they are said */
	size_t to_count;
	uint16_t *refused; /* by recipient: with which code; 0: taken */
	size_t asked; /* so many recipients were said */
	uint8_t about; /* enum talk_about, of what was said last */
	uint16_t code; /* of its answer; 0: there is none yet */
	char line[TALK_LINE_MAX]; /* that answer, the last line of it */
	char refusal[TALK_LINE_MAX]; /* of a recipient, the last one */
};

/* to and refused (room for as many) outlive it. */
void talk_begin(
    struct talk *t, const char *const *to, size_t count, uint16_t *refused);

/* A line of ours, a line of the server's (not trusted): whether it is the last
 * one of an answer. */
void talk_say(struct talk *t, const char *line, size_t len);
bool talk_hear(struct talk *t, const char *line, size_t len);

/* What came of it if the mail is sent, or if the server's answer is why it is
 * not.  False: that must have had another reason; a is not touched. */
bool talk_judge(const struct talk *t, bool sent, const struct notify_channel *c,
    struct robot_answer *a);

#endif
