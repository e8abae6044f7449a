/*
 * parcel.h - lines that are written together, and what became of each, pure
 *
 * Items of one lane are put in, then the whole of it is sent.  What is refused,
 * or too large, is cut in two and each half sent by itself, down to one line:
 * InfluxDB stores the good lines of a request that it refuses, and a line that
 * is written twice is written once.  When nothing is left to send, each item is
 * either written or refused.
 *
 *	parcel_put ... parcel_next -> send -> parcel_written | parcel_cut ...
 *	until parcel_next is false; parcel_item of each; parcel_clear
 *
 * Its memory is taken once.
 */
#ifndef PARCEL_H
#define PARCEL_H

#include "gateway/store/follower.h"

#define PARCEL_LINES_MAX 5000 /* the contract's */
#define PARCEL_BYTES_MAX ((size_t)1 << 20) /* no item more behind this */
#define PARCEL_REQUEST_MAX /* bytes that parcel_next gives at most */          \
	(PARCEL_BYTES_MAX + ((size_t)256 << 10))

struct parcel;

struct parcel *parcel_new(void);
void parcel_free(struct parcel *p); /* NULL is fine */
void parcel_clear(struct parcel *p);

/* Whether another item has room, in so many bytes (at most PARCEL_BYTES_MAX;
 * the first one always has).  Only before the first parcel_next. */
bool parcel_room(const struct parcel *p, size_t bytes);

/* A gap, an event, or an item without a number, has no line; one that cannot be
 * written (its time, or longer than 256 KiB) is refused at once.  What of item
 * follower_done wants is kept. */
void parcel_put(
    struct parcel *p, const char *site, const struct follower_item *item);

size_t parcel_items(const struct parcel *p);
size_t parcel_lines(const struct parcel *p);

/* What is to be sent next, and how many lines it has; false: all is settled. */
bool parcel_next(
    struct parcel *p, const char **text, size_t *length, size_t *lines);

/* What became of it.  parcel_cut halves it, and refuses it if it is one line;
 * parcel_refuse refuses all of it. */
void parcel_written(struct parcel *p);
void parcel_cut(struct parcel *p, const char *reason);
void parcel_refuse(struct parcel *p, const char *reason);

bool parcel_any_written(const struct parcel *p);
size_t parcel_refused(const struct parcel *p); /* lines */

/* The n-th item, in their order, and why it was refused: NULL: it was not. */
const char *parcel_item(
    const struct parcel *p, size_t n, struct follower_item *item);

/* The n-th line, without its \n, if it was refused; NULL if it was not. */
const char *parcel_line(const struct parcel *p, size_t n, size_t *length);

#endif
