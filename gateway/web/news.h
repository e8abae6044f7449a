/*
 * news.h - what is new on the live table and on the board since it was last
 * told, and all of it, as JSON
 *
 * Belongs to one thread.  Holds two copies of each: what was told, and what is
 * there now.
 */
#ifndef NEWS_H
#define NEWS_H

#include "gateway/base/buf.h"
#include "gateway/store/board.h"
#include "gateway/store/live.h"

struct news;

/* board: NULL is an empty one.  Both outlive it. */
struct news *news_new(struct live *live, struct board *board);
void news_free(struct news *n); /* NULL is fine */

/* A checksum of all that /api/v1/points says: whoever has another one should
 * read that anew. */
uint32_t news_names(const struct news *n);

/* Gives back what it holds; what comes next is news_look. */
void news_forget(struct news *n);

/* Looks at everything; what is there now counts as told. */
void news_look(struct news *n);

enum news_kind {
	NEWS_NONE, /* nothing was written */
	NEWS_SOME,
	NEWS_NAMES, /* the names are others: tell all of it */
};

/* Appends {"ts":..,"points":{..},"online":{..}} of what changed. */
enum news_kind news_points(struct news *n, struct buf *out);

/* Appends {"ts":..,"alarms":[..],"gone":[..]} of what changed; false if
 * nothing did. */
bool news_alarms(struct news *n, struct buf *out);
bool news_alarms_wait(const struct news *n); /* it would write some */

/* All that was told, with "full":true and "names". */
void news_all_points(const struct news *n, struct buf *out);
void news_all_alarms(const struct news *n, struct buf *out);

#endif
