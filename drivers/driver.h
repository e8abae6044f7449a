/*
 * driver.h - what a field protocol must be able to do: ask, and nothing else
 *
 * One file in this folder is one protocol; it defines one `const struct driver
 * driver_FILE` and needs no registration (the Makefile lists the folder and
 * writes the table drivers[]).  There is no write here, by construction.
 *
 * A link is one bus: a serial line or a connection.  It belongs to one thread;
 * nothing of it may be called from another.
 *
 * Asking has two steps.  A line whose answers are waited for elsewhere
 * (`hears`) is asked without waiting, names and connecting included, so that
 * one thread can serve hundreds: `ask` returns DRIVER_ASKED, `awaits` says
 * what is waited for, and `hear` goes on when that is there or its time is
 * over, until there is a verdict.  On any other line `ask` itself waits, for
 * its silences and echoes leave no time for others; its other two are never
 * called.  Who asks one link at a time calls driver_ask() and need not know.
 *
 * What every driver promises:
 *  - an answer is only ever given to the question it answers.  A late, foreign,
 *    damaged or echoed frame is never taken for it;
 *  - no call outlives its timeout by more than 50 ms, connecting, names and
 *    slaves that drip bytes included;
 *  - a link that broke is opened again by the next ask, by its stable name.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRIVER_WORDS_MAX 125 /* of one reply; 2000 packed bits */
#define DRIVER_BITS_MAX 2000

/* Where a bus is: what stands in its `url`. */
struct driver_line {
	char scheme[16]; /* rtu, tcp, rtu+tcp */
	char path[108]; /* serial device, or "" */
	char host[254]; /* name or address, or "" */
	uint16_t port;
	uint32_t baud; /* 0: no serial line at its end */
	char parity; /* N E O */
	uint8_t stop_bits; /* 1 2 */
	uint32_t timeout_ms; /* from the request's last byte to the reply's */
};

enum driver_space {
	SPACE_COIL,
	SPACE_DISCRETE,
	SPACE_INPUT,
	SPACE_HOLDING,
	SPACE_COUNT
};

struct driver_request {
	uint8_t unit;
	uint8_t space; /* enum driver_space */
	uint16_t address; /* PDU address, from 0 */
	uint16_t count; /* registers or bits */
	uint32_t timeout_ms; /* of the answer, at most the line's; 0: that */
};

/* Why there is no answer, or that there is. */
enum driver_verdict {
	DRIVER_OK,
	DRIVER_TIMEOUT, /* nothing, or not all of it, in time or at all */
	DRIVER_CRC, /* an answer of the right form, damaged */
	DRIVER_EXCEPTION, /* the device refused; the code is in the reply */
	DRIVER_BAD, /* an answer to something else, or malformed */
	DRIVER_BUS, /* the line is gone; no connection can be made */
	DRIVER_NOISE, /* not asked: somebody talks on the line unasked */
	DRIVER_HELD, /* not asked: the unit may not be asked yet */
	DRIVER_ASKED, /* none yet: the answer is awaited */
	DRIVER_VERDICT_COUNT
};

struct driver_reply {
	uint8_t exception;
	bool heard; /* set with a DRIVER_TIMEOUT: bytes came, but no answer */
	uint16_t word_count; /* bits: (count + 15) / 16 */
	uint16_t words[DRIVER_WORDS_MAX]; /* bit 0 of word 0 is the first bit */
};

/* The two frames of an exchange, as they are on the wire. */
struct driver_frames {
	uint8_t function; /* the protocol's number for such a question */
	uint16_t question_bytes, answer_bytes; /* without a network's own */
};

/* What goes on with a link, or is to be heard on it with no question in hand.
 * Each connection of a link has another number, for the next one may have the
 * same descriptor; it is closed without notice. */
struct driver_wait {
	int fd; /* -1: nothing but time */
	short events; /* poll(2)'s, as long as it is awaited */
	uint32_t connection;
	int64_t until_us; /* monotonic; INT64_MAX: no need to look */
};

struct driver_link; /* each driver has its own */

struct driver {
	const char *name;
	const char *const *schemes; /* of the urls it serves; NULL ends */

	/* Makes a link; opens nothing yet and does not block.  NULL with a
	 * sentence in why if the line can never work. */
	struct driver_link *(*open)(
	    const struct driver_line *line, char *why, size_t why_size);
	void (*close)(struct driver_link *l); /* NULL is fine */

	/* Whether ask on such a line may return DRIVER_ASKED; NULL: on none. */
	bool (*hears)(const struct driver_line *line);

	/* Asks; with no question in hand. */
	enum driver_verdict (*ask)(struct driver_link *l,
	    const struct driver_request *q, struct driver_reply *r);

	/* Goes on with the question in hand: DRIVER_ASKED again, or what came
	 * of it.  Does not wait; looks at what has come before it calls a time
	 * over, so a caller who is late loses no answer. */
	enum driver_verdict (*hear)(
	    struct driver_link *l, struct driver_reply *r);
	void (*awaits)(const struct driver_link *l, struct driver_wait *w);

	/* Monotonic ms from which the unit may be asked; 0: now.  After a
	 * failed exchange a unit is left alone until its late answer was seen
	 * or cannot come any more. */
	int64_t (*ready_at)(const struct driver_link *l, uint8_t unit);

	/* Listens while there is nothing to ask, so that late answers are
	 * seen; returns at until_ms, or earlier when a unit became ready.
	 * Looks once if that is over. */
	void (*listen)(struct driver_link *l, int64_t until_ms);

	/* What the last failure was, for people: "/dev/ttyUSB0: No such file
	 * or directory".  Valid until the next call. */
	const char *(*why)(const struct driver_link *l);

	struct driver_frames (*frames)(
	    const struct driver_line *line, const struct driver_request *q);

	/* Least time the request takes on the wire in microseconds, the gap
	 * before the next one included; the device's own time is not. */
	int64_t (*cost_us)(
	    const struct driver_line *line, const struct driver_request *q);
};

extern const struct driver *const drivers[]; /* NULL ends */

/* The driver that serves a scheme, or NULL. */
const struct driver *driver_for(const char *scheme);

/* Asks and waits for the answer.  Never DRIVER_ASKED. */
enum driver_verdict driver_ask(const struct driver *d, struct driver_link *l,
    const struct driver_request *q, struct driver_reply *r);

#endif
