/*
 * sim.h - an estate that is not there: answers as every device of a conf
 *
 * Listens at each TCP bus's address and makes a pty at each RTU bus's path,
 * keeps the wire's time for RTU, also over TCP, and answers reads of each
 * device with values that belong together, from a seed.  For staging it also
 * takes writes, through its doors only: registers are pinned (bank.h), and unit
 * 255 lets things happen to a device (stage.h, riser help sim).  A server: it
 * asks nobody.
 */
#ifndef SIM_H
#define SIM_H

#include <stdint.h>
#include <stdio.h>

#include "gateway/base/err.h"
#include "gateway/conf/conf.h"

#define SIM_SPEED_MIN 0.001
#define SIM_SPEED_MAX 3600.0 /* an hour a second */

struct sim;

struct sim_conf {
	uint64_t seed;
	double speed; /* simulated seconds a second */
	int door_port; /* first door of the RTU buses; 0: none */
	int64_t day_ms; /* simulated time of day at the start */
};

/* Whether these can be simulated at all: 0, or -1 with the reason. */
int sim_check(const struct conf *c, const struct sim_conf *sc, struct err *err);

/* The same, and opens everything.  Borrows c for its life.  NULL with the
 * reason in err. */
struct sim *sim_open(
    const struct conf *c, const struct sim_conf *sc, struct err *err);
void sim_close(struct sim *s); /* removes the links it made; NULL is fine */

/* Serves what is due, sleeps until the next thing is, at most until_ms
 * (monotonic) and at most 100 ms. */
void sim_turn(struct sim *s, int64_t until_ms);

/* Says on out where each bus and each door is. */
void sim_print(const struct sim *s, FILE *out);

#endif
