/*
 * letter_parts.h - names, numbers and times as they stand in letters, pure
 *
 * What others wrote (names, places, alarms) goes in as one line of whole
 * characters, whatever it holds.
 */
#ifndef LETTER_PARTS_H
#define LETTER_PARTS_H

#include "gateway/sinks/letter.h"

/* Who speaks to whom, when, and how. */
struct letter_voice {
	const struct notify_conf *conf;
	const struct notify_channel *channel;
	int64_t now_ms; /* Unix */
	bool unsynced; /* nobody has set the clock */
	bool en;
};

const char *part_say(
    const struct letter_voice *v, const char *zh, const char *en);

/* The language's text, or else the other one's; NULL if there is none. */
const char *part_text(struct text text, bool en);

/* All of these append. */

void part_words(struct buf *out, const char *text);
void part_site(struct buf *out, const struct letter_voice *v);

/* "18:38:55" and "18:38", with the day before it where that is not today. */
void part_time(struct buf *out, const struct letter_voice *v, int64_t ms);
void part_minute(struct buf *out, const struct letter_voice *v, int64_t ms);

/* "3分钟", "2小时5分钟": its two largest units, of minutes and below one. */
void part_span(struct buf *out, const struct letter_voice *v, int64_t ms);

/* "时间未校准" */
void part_unsynced(struct buf *out, const struct letter_voice *v);

/* As the channel's readers may see them.  Of an owner only a mobile number is a
 * person's, and masked: 400-numbers and fixed lines are there to be called. */
void part_name(
    struct buf *out, const struct notify_channel *c, const char *name);
void part_phone(
    struct buf *out, const struct notify_channel *c, const char *phone);
void part_owner_phone(
    struct buf *out, const struct notify_channel *c, const char *phone);

/* "王师傅 18:40:12" */
void part_deed(struct buf *out, const struct letter_voice *v,
    const struct alarm_deed *deed);

#endif
