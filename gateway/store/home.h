/*
 * home.h - the folder a journal lives in, and the lock that keeps others out
 *
 * Blocks on the disk.
 */
#ifndef HOME_H
#define HOME_H

#include <stdbool.h>

#include "gateway/base/err.h"

struct home {
	int dir, lock; /* descriptors; -1: none */
	bool read_only; /* the disk cannot be written now */
};

/* STORE/NAME, both made if missing, 0700.  One that exists is opened on a disk
 * that is full or read-only, too.  -1 with the reason. */
int home_open(
    struct home *h, const char *store, const char *name, struct err *err);
void home_close(struct home *h); /* also one half opened, or all zeroes */

#endif
