/*
 * flood.h - whether more alarms are raised than people can follow, pure
 *
 * More than FLOOD_RAISES in the last FLOOD_MS (ISA-18.2: ten in ten minutes).
 */
#ifndef FLOOD_H
#define FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOOD_RAISES 10
#define FLOOD_MS (10 * 60 * 1000)

struct flood {
	size_t count;
	int64_t raises_ms[FLOOD_RAISES + 1]; /* the newest ones, newest first */
};

/* In any order. */
void flood_raise(struct flood *f, int64_t at_ms);

/* It is on until then; at most now_ms: it is not on. */
int64_t flood_until(const struct flood *f);
bool flood_is_on(const struct flood *f, int64_t now_ms);

#endif
