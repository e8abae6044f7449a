/*
 * notice.h - an alarm as the notifier sees it: from an event, or from the
 * board, pure
 */
#ifndef NOTICE_H
#define NOTICE_H

#include "gateway/alarm/alarm.h"
#include "gateway/store/board.h"

struct notice {
	char device[ORDER_KEY_MAX], alarm[ORDER_KEY_MAX]; /* ids */
	uint8_t change; /* enum alarm_change; NONE: from the board */
	uint8_t state; /* enum alarm_state */
	uint8_t severity; /* enum alarm_severity */
	bool active, hidden, test;
	int64_t since_ms; /* Unix; of this occurrence; 0: never raised */
	int64_t ts_ms; /* Unix; of the event */
	char by[ORDER_BY_MAX]; /* of a deed; or "" */
	char note[ORDER_NOTE_MAX];
	struct alarm_deed ack, work[WORK_COUNT]; /* at_ms: Unix */
	char text_zh[ALARM_TEXT_MAX], text_en[ALARM_TEXT_MAX];
	char log[24];
	uint64_t seq;
};

/* From the members of an event (without braces; log, seq and ts are not among
 * them), or of the board.  device and alarm: NULL if the members have them.
 * False: it is no alarm's. */
bool notice_read(struct notice *n, const char *device, const char *alarm,
    const char *members);

/* The same of an alarm of the board, with its log and seq. */
bool notice_shown(struct notice *n, const struct board_alarm *a);

#endif
