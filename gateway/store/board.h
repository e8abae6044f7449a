/*
 * board.h - the alarms that are not normal, for whoever wants to look; and what
 * people want of them, for the loop
 *
 * Written by the loop alone.  An alarm is put here only when the event that
 * tells of it is accepted: so (log, seq) of what is seen here is never used
 * for anything else.  Readers copy under one short lock and hold nothing.
 *
 * Orders go the other way: board_order puts one in a queue, wakes the loop and
 * waits for its verdict, at most BOARD_ORDER_WAIT_MS; board_send does not wait.
 */
#ifndef BOARD_H
#define BOARD_H

#include "gateway/alarm/order.h"

#define BOARD_NOTIFY_MAX 4
#define BOARD_ORDERS_MAX 16 /* waiting; more are BUSY */
#define BOARD_ORDER_WAIT_MS 2000
#define BOARD_MEMBERS_MAX                                                      \
	13312 /* bytes of an alarm's members with the NUL: 3 KiB, and 320 for  \
		 each of 32 cars */

struct board;

struct board_alarm {
	char key[ORDER_KEY_MAX]; /* device/alarm */
	uint8_t severity; /* 0: P1 */
	bool hidden; /* shelved, suppressed, out of service */
	bool unacked; /* state UNACK */
	bool over; /* not active any more */
	int64_t since_ms; /* monotonic */
	const char *log; /* of the event: the journal's text, lives as long */
	uint64_t seq;
	uint64_t change; /* rises with each put of it; the board's own */
	char *members; /* alarm_record.h's, without braces */
};

/* A copy, the most urgent first: not hidden, unacknowledged, severity, not
 * over, oldest.  Starts as {0}; may be taken into again; belongs to one thread.
 */
struct board_view {
	size_t count, room;
	struct board_alarm *alarms; /* their members are in text */
	uint64_t change; /* board_change, when the copy was made */
	uint64_t shown; /* alarms' events up to this seq are in it */
	char *text;
	size_t text_room;
};

/* wake_fd: a non-blocking eventfd that wakes the loop; it outlives the board.
 */
struct board *board_new(int wake_fd);
void board_free(struct board *b); /* nobody waits any more; NULL is fine */

/* Loop only.  members is copied; who had the key before is replaced.  To drop
 * what is not there is no change. */
void board_put(struct board *b, const struct board_alarm *alarm);
void board_drop(struct board *b, const char *key);

/* Loop only: all that alarms' events up to this seq of the log say is on the
 * board now. */
void board_shown(struct board *b, uint64_t seq);

/* Loop only, after one or many of these: wakes who asked to be notified, once,
 * if anything changed. */
void board_fit(struct board *b);

/* Any thread. */
void board_view_take(struct board *b, struct board_view *v);
void board_view_free(struct board_view *v);
uint64_t board_change(const struct board *b); /* rises with each change */

/* An eventfd to be made readable by board_fit; as live_notify. */
void board_notify(struct board *b, int eventfd);
void board_unnotify(struct board *b, int eventfd);

/* ---- orders ---- */

/* Any thread but the loop.  The verdict and a sentence, "" if there is nothing
 * to say.  BUSY if the queue is full or no verdict came in time: an order that
 * the loop had not taken by then is never carried out; one that it had may
 * have been, and the sentence says so. */
enum order_verdict board_order(
    struct board *b, const struct order *o, char why[ORDER_WHY_MAX]);
bool board_send(struct board *b, const struct order *o); /* false: full */

/* Loop only: the oldest order; false if there is none.  Then its verdict,
 * before the next is taken.  why: NULL is "". */
bool board_take(struct board *b, struct order *o);
void board_answer(struct board *b, enum order_verdict v, const char *why);

/* Loop only, around the end of a thread that uses board_order: who waits there
 * and who comes is told BUSY at once, for the loop cannot answer while it waits
 * for that thread.  A new board is open. */
void board_close(struct board *b);
void board_open(struct board *b);

#endif
