/*
 * notice.h - an alarm as the notifier sees it: from an event, or from the
 * board, pure
 */
#ifndef NOTICE_H
#define NOTICE_H

#include "gateway/alarm/sweep.h"
#include "gateway/store/board.h"

#define NOTICE_LOG_MAX 24 /* bytes of a log's id with its NUL */

struct notice {
	char device[ORDER_KEY_MAX], alarm[ORDER_KEY_MAX]; /* ids */
	uint8_t change; /* enum alarm_change; NONE: from the board */
	uint8_t state; /* enum alarm_state */
	uint8_t severity; /* enum alarm_severity; of ALARM_GONE nobody knows
			     it any more: P4 */
	bool active, hidden, test;
	uint32_t count; /* raises of this occurrence; 0: never raised */
	int64_t since_ms; /* Unix; of this occurrence; 0: never raised */
	int64_t ts_ms; /* Unix; of the event: the caller's to set */
	int64_t ceased_ms; /* Unix; when it was no longer active; 0: it is, or
			      nobody knows: the caller's to set */
	struct alarm_deed ack, work[WORK_COUNT]; /* at_ms: Unix */
	char text_zh[ALARM_TEXT_MAX], text_en[ALARM_TEXT_MAX]; /* or "" */
	char log[NOTICE_LOG_MAX]; /* of the event, with seq: the caller's to
				     set */
	uint64_t seq;
	struct sweep_list *cars; /* of a power cut; room of the caller's, or
				    NULL: nobody asks for them */
};

/* From the members of an event (without braces; log, seq and ts are not among
 * them), or of the board.  device and alarm: NULL if the members have them.
 * n->cars is set before.  False: it is no alarm's, and n is as it was
 * but for its cars. */
bool notice_read(struct notice *n, const char *device, const char *alarm,
    const char *members);

/* The same of an alarm of the board, with its log and seq; ts_ms is 0. */
bool notice_shown(struct notice *n, const struct board_alarm *a);

/* The wall clock was set forward by that much (or back, below 0) since n was
 * written: its times but ts_ms, by the clock of now. */
void notice_shift(struct notice *n, int64_t by_ms);

/* Of a power cut that was told with its cars. */
bool notice_has_cars(const struct notice *n);
unsigned notice_open_cars(
    const struct notice *n); /* neither back nor looked after */

/* The supply is back, and all its cars too or looked after: all that is left to
 * be done is to acknowledge it. */
bool notice_is_calm(const struct notice *n);

#endif
