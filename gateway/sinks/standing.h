/*
 * standing.h - which alarm topics a broker still lacks, pure
 *
 * Each alarm of the board has a topic at the broker, which is due once a
 * connection and whenever the alarm's last event is another one.  An alarm that
 * left the board, or that the broker holds though nobody knows it, is to be
 * cleared.  What stands comes first, in the board's order.
 */
#ifndef STANDING_H
#define STANDING_H

#include "gateway/store/board.h"

/* Topics of alarms that nobody knows, waiting to be cleared; more of them wait
 * until they are seen again, on the next connection. */
#define STANDING_STRANGERS_MAX 1024

struct standing_job {
	bool clear; /* key's topic; else of alarm number `at` in the view */
	size_t at;
	char key[ORDER_KEY_MAX]; /* device/alarm */
};

struct standing;

struct standing *standing_new(void);
void standing_free(struct standing *s); /* NULL is fine */

/* A new connection: all that stands is due.  What is to be cleared still is. */
void standing_forget(struct standing *s);

/* A new view was taken. */
void standing_look(struct standing *s, const struct board_view *v);

/* The broker holds the topic of this alarm: it is to be cleared unless the
 * alarm stands.  Only after the first look. */
void standing_seen(struct standing *s, const char *key);

/* What to send next, which counts as sent.  The view is the one last looked
 * at. */
bool standing_take(struct standing *s, struct standing_job *job);

#endif
