/*
 * bucket.h - how often a channel may be asked, pure
 *
 * In any BUCKET_MS at most a_minute requests, the last `kept` of them for what
 * is urgent; and BUCKET_GAP_MS between two.  When a request reached the robot
 * is not known better than that it was between its begin and its end: it counts
 * until BUCKET_MS after its end, so the robot counts no more than we do.
 *
 * One request at a time.
 */
#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUCKET_MS (60 * 1000)
#define BUCKET_GAP_MS 250 /* Feishu: 5 a second */

struct bucket {
	size_t a_minute, kept;
	size_t count, last; /* of times, and the newest one's place */
	int64_t *times; /* a ring of a_minute: when the requests ended */
	bool busy;
};

/* kept is less than a_minute. */
void bucket_open(struct bucket *b, size_t a_minute, size_t kept);
void bucket_close(struct bucket *b);

/* When the next may begin, if no other does before: now_ms or later. */
int64_t bucket_when(const struct bucket *b, bool urgent, int64_t now_ms);

/* How many urgent ones may follow one another now. */
size_t bucket_room(const struct bucket *b, int64_t now_ms);

void bucket_begin(struct bucket *b, int64_t now_ms);
void bucket_end(struct bucket *b, int64_t now_ms);

/* All times were told by another clock that is behind by so much; none is to be
 * later than now_ms. */
void bucket_move(struct bucket *b, int64_t by_ms, int64_t now_ms);

#endif
