/*
 * box.h - the machine that this runs on: how warm, how full
 *
 * Looked at every few seconds by a thread of its own, for a disk that hangs
 * keeps whoever asks how full it is.
 */
#ifndef BOX_H
#define BOX_H

#include <stdint.h>

/* What cannot be known is -1. */
struct box_now {
	double cpu_temp; /* degC, of the hottest zone */
	double disk_used; /* % */
	int64_t looked_ms; /* monotonic; 0: never */
};

/* Begins to look; path is on the disk in question and is copied.  Once a
 * process; 0, or an errno if there is no thread. */
int box_start(const char *path);

/* Never blocks, any thread. */
void box_now(struct box_now *now);

#endif
