/*
 * pty.h - a serial line that is not there, linked at a path of your choice
 */
#ifndef PTY_H
#define PTY_H

#include <limits.h>

#include "gateway/base/err.h"

struct pty {
	int fd; /* the simulator's end, non-blocking; -1: none */
	int line; /* the other end, kept open so that a master may come and go;
		     -1: none */
	char node[64]; /* /dev/pts/7 */
	char link[PATH_MAX]; /* "" until it is made */
};

/* Makes a raw pty and a symbolic link to it at path, with the folders above it.
 * Replaces a link that dangles or leads to /dev/pts/, nothing else.  Returns 0
 * or -1 with the reason; pty_close in both cases. */
int pty_open(struct pty *p, const char *path, struct err *err);

/* Forgets the speed a master set.  glibc's tcsetattr says EINVAL where a
 * setting did not take, as parity never does on a pty, unless another one did:
 * without this nobody could open the line after a master that was killed. */
void pty_forget(struct pty *p);

/* Takes the link away if it is still ours. */
void pty_close(struct pty *p);

#endif
