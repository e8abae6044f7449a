/*
 * once.h - the devices of one bus asked once, for people who wait for it
 *
 * Not the daemon's way (bus.h): each question is asked and, if it fails, once
 * more; then that was its answer.  A bus that is dead does not take long:
 *
 *  - a device that has let two questions in a row fail is asked nothing more;
 *  - those that failed come after those that did not;
 *  - when nobody has answered for ONCE_PATIENCE_MS, those that failed are given
 *    up;
 *  - a line that is lost three times in a row is given up.
 *
 * What is given up gets the verdict and the sentence of its last failure.
 */
#ifndef ONCE_H
#define ONCE_H

#include <stdatomic.h>

#include "drivers/driver.h"

#define ONCE_PATIENCE_MS 30000

struct once_question {
	struct driver_request ask;
	uint32_t min_gap_ms; /* the pause this device wants after it */
};

struct once_answer {
	enum driver_verdict verdict; /* never DRIVER_HELD */
	char why[256]; /* of a failure, for people */
	struct driver_reply reply; /* DRIVER_OK; DRIVER_EXCEPTION: the code */
};

struct once;

/* Keeps line.  NULL with a sentence in why if the line can never work. */
struct once *once_open(const struct driver *driver,
    const struct driver_line *line, char *why, size_t why_size);
void once_close(struct once *o); /* NULL is fine */

/* Asks count questions, each device's in their order, and waits for all the
 * answers.  What failed before has failed for the next call too.  *done counts
 * up with each answer, for another thread to see. */
void once_ask(struct once *o, const struct once_question *questions,
    size_t count, struct once_answer *answers, atomic_size_t *done);

#endif
