/*
 * ration.h - how often one address may ask, pure
 *
 * A bucket of tokens each; an IPv6 address stands for its /64, for who has one
 * has all of them.  RATION_ADDRESSES are known at a time, and the one that was
 * quiet for longest makes room.  One thread.
 */
#ifndef RATION_H
#define RATION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define RATION_ADDRESSES 256
#define RATION_A_SECOND 20
#define RATION_AT_ONCE 100 /* a page with all it has, some times over */
#define RATION_LOCAL                                                           \
	20 /* times as many from this machine: a proxy that hides              \
	      for whom, what scrapes */

struct ration {
	struct {
		uint64_t who; /* 0: nobody */
		int64_t asked_ms;
		double tokens;
	} all[RATION_ADDRESSES];
};

/* Of an address: what stands for it, never 0. */
uint64_t ration_who(const struct sockaddr *a);
uint64_t ration_who_text(const char *address); /* 0: it is none */

/* Whether it may ask now, at times its ration. */
bool ration_take(
    struct ration *r, uint64_t who, unsigned times, int64_t now_ms);

#endif
