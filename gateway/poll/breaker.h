/*
 * breaker.h - when a device that does not answer is asked again, pure
 *
 * Three failures in a row open it.  While it is open the device gets one
 * question as a probe after 1, 2, 4, 8, then every 10 s, times the number of
 * devices of the bus that are open: all the dead of a bus together cost about
 * one timeout in ten seconds, however many they are.  One answer closes it.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 3
#define BREAKER_WAIT_MIN_MS 1000
#define BREAKER_WAIT_MAX_MS 10000

struct breaker {
	uint32_t failures; /* in a row */
	bool open;
	uint32_t probes; /* failed since it opened */
	int64_t probe_ms; /* monotonic; no question before it while open */
};

/* An answer came, an exception included.  True if this closed it. */
bool breaker_answered(struct breaker *b);

/* No answer.  open_count: devices of the bus that are open, this one not
 * counted.  True if this opened it. */
bool breaker_failed(struct breaker *b, int64_t now_ms, uint32_t open_count);

#endif
