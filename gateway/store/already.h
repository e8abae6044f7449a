/*
 * already.h - which minutes of a device's points the history has already
 *
 * For imports: what a point has readings of, its minutes and all, is not taken
 * again, neither beside what the gateway read itself nor when the same file
 * comes twice.  Minutes behind the end of what the gateway wrote are its own:
 * it may have them in memory yet.
 *
 * What is asked of a device is of one span of two hours, looked up when that is
 * first asked for: so what is added of that span meanwhile is not seen.  Times
 * of a device rise.
 */
#ifndef ALREADY_H
#define ALREADY_H

#include "gateway/store/history_file.h"

struct already;

/* Of so many devices, by any index.  Failures as in f. */
struct already *already_new(size_t device_count);
void already_free(struct already *a); /* NULL is fine */

/* A device: its number in f, and its points. */
struct already_device {
	size_t index;
	uint16_t number;
	const struct device_info *info;
};

/* 1, 0; -1: f->why. */
int already_has(struct already *a, struct history_file *f,
    const struct already_device *d, uint16_t point, int64_t at_ms);

#endif
