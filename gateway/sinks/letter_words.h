/*
 * letter_words.h - one alarm of a letter, in words of one language, pure
 */
#ifndef LETTER_WORDS_H
#define LETTER_WORDS_H

#include "gateway/sinks/letter_parts.h"

/* All of them append. */

/* "【紧急】【再次提醒】安居小区 7栋2单元 电梯困人", one line without its end.
 */
void letter_title(struct buf *out, const struct letter_voice *v,
    const struct letter_item *item);

/* "7栋2单元 电梯困人": the alarm alone. */
void letter_alarm(struct buf *out, const struct letter_voice *v,
    const struct letter_item *item);

/* All else that is to be said, lines with their ends. */
void letter_body(struct buf *out, const struct letter_voice *v,
    const struct letter_item *item);

/* "重要 18:38 7栋2单元 门故障", one line without its end. */
void letter_line(struct buf *out, const struct letter_voice *v,
    const struct letter_item *item);

/* "【紧急】" or "[P1] "; of what is over "【恢复】". */
void letter_mark(struct buf *out, bool en, uint8_t severity, uint8_t why);

#endif
