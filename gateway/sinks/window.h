/*
 * window.h - the messages that wait for their acknowledgement, pure
 *
 * A first-in-first-out of at most `size` places.  Acknowledgements come in any
 * order; places are taken from the front only, once acknowledged, so that a
 * cursor that follows what is taken never passes a message nobody has
 * acknowledged.  What needs none has its place all the same: its turn comes
 * when all before it are taken.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* The rate is the window over the round trip: 16 fill a line of 100 ms with 160
 * batches a second, and stay below the 20 a mosquitto takes by default. */
#define WINDOW_MAX 16

enum window_kind {
	WINDOW_LIVE, /* of a follower's lane */
	WINDOW_LATE,
	WINDOW_ALARM, /* an alarm's topic */
	WINDOW_OTHER, /* of no journal either: status, meta, state */
};

struct window_place {
	int token; /* names the message to the one who sent it */
	bool acked; /* from the start, if there was nothing to send */
	uint8_t kind; /* enum window_kind */
	uint8_t log; /* which journal, as the caller counts them */
	bool gap; /* as the follower's item says */
	const char *dropped; /* why it was not sent, or NULL */
	uint64_t seq, upto, readings; /* as the follower wants them */
	int64_t sent_ms; /* monotonic */
};

struct window {
	unsigned size; /* 1..WINDOW_MAX */
	unsigned front, count;
	struct window_place places[WINDOW_MAX];
};

/* Empties it and sets its size, cut to 1..WINDOW_MAX. */
void window_reset(struct window *w, unsigned size);

bool window_full(const struct window *w);

/* Unacknowledged messages of this kind. */
unsigned window_open(const struct window *w, enum window_kind kind);

/* A message was sent, or there was none to send.  There must be room. */
void window_put(struct window *w, const struct window_place *place);

/* Acknowledges the open message of that token, and copies its place.  False if
 * there is none: an acknowledgement nobody waits for changes nothing. */
bool window_ack(struct window *w, int token, struct window_place *place);

/* Takes the front place if it is acknowledged. */
bool window_take(struct window *w, struct window_place *place);

/* When the oldest unacknowledged message was sent; -1 if there is none. */
int64_t window_oldest(const struct window *w);

#endif
