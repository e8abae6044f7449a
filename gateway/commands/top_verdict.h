/*
 * top_verdict.h - the line of riser top that says whether anything is wrong
 */
#ifndef TOP_VERDICT_H
#define TOP_VERDICT_H

#include "gateway/commands/member.h"
#include "gateway/commands/top_frame.h"

/* The gateway does not answer: nothing that is known of it is of now. */
bool top_verdict_is_dead(const struct top_picture *p);

void top_verdict_draw(struct top_frame *f, const struct top_picture *p);

/* "14:13:31", somewhere in text. */
const char *top_verdict_clock(int64_t ms, char text[MEMBER_TIME_TEXT]);

#endif
