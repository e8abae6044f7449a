/*
 * demo_text.h - a demo's configuration as it is run
 *
 * A copy in which each loopback address has a free port, so that a demo
 * disturbs nobody and runs beside another, and in which the folder below /tmp
 * is the demo's own.
 */
#ifndef DEMO_TEXT_H
#define DEMO_TEXT_H

#include <stdbool.h>

#include "gateway/base/buf.h"

#define DEMO_FOLDER "/tmp/riser-demo" /* as written in config/demo */
#define DEMO_PORTS_MAX 256

struct demo_text {
	int count, next; /* next: where to look for a free one */
	struct {
		int written, real;
	} ports[DEMO_PORTS_MAX];
};

/* Copies text to out.  A demo's ports lie below those that the kernel gives to
 * connections, so that nobody takes one before it is listened at; `from`
 * spreads demos that run side by side.  Without ptys no serial line can be
 * played: an rtu:// bus becomes a tcp:// bus.  -1: no port is free. */
int demo_text_copy(struct demo_text *t, const char *text, const char *folder,
    bool ptys, int from, struct buf *out);

/* The first of so many free ports in a row, which nobody is given any more; -1:
 * there are none. */
int demo_text_row(struct demo_text *t, int count);

/* The port that stands for one written in the file; -1 if none is. */
int demo_text_port(const struct demo_text *t, int written);

#endif
