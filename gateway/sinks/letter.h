/*
 * letter.h - what one channel is told at once, in words that suffice without
 * a link, pure
 *
 *	【紧急】安居小区 7栋2单元 电梯困人，停在4层
 *	发生 18:38:55（3分钟前）  轿内有人：是
 *	救援码 123456  维保 安达电梯 400-000-0001
 *	已通知：李工、王师傅  未确认
 *	30分钟时限 19:08:55
 *
 * zh first, en beside it or alone, by the channel.  Personal data (names and
 * phones of people) only where the channel's readers may see it: else a phone
 *is 138****1234.
 */
#ifndef LETTER_H
#define LETTER_H

#include "gateway/base/buf.h"
#include "gateway/sinks/notify.h"

#define LETTER_MENTIONS_MAX 16

enum letter_why {
	LETTER_RAISE,
	LETTER_REPEAT,
	LETTER_ESCALATE,
	LETTER_CLEAR, /* it is over */
	LETTER_DIGEST, /* many at once, a line each */
	LETTER_TEST,
};

extern const char *const letter_why_names[]; /* "raise", .. */

/* Ready to be sent.  Texts belong to who composed it, until it is sent. */
struct letter {
	const struct notify_channel *channel;
	uint8_t why; /* enum letter_why */
	uint8_t severity; /* the worst in it */
	bool late; /* 补发 */
	const char *title; /* one line, no markup */
	const char *text; /* lines, title not among them; plain */
	const char *json; /* what a plain webhook posts */
	size_t mention_count;
	const struct notify_person *mentions[LETTER_MENTIONS_MAX];
};

#endif
