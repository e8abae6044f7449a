/*
 * err.h - a sentence that says why something did not start
 *
 * For failures at start-up only: the callee writes the sentence, naming file,
 * line and value, and what would be right; main prints it and exits.
 */
#ifndef ERR_H
#define ERR_H

struct err {
	char text[1024];
};

/* Writes the sentence, cut if too long.  Returns -1, so that a caller can
 * write `return err_set(err, ...)`.  err may be NULL. */
int err_set(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
