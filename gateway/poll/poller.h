/*
 * poller.h - one thread that turns all buses whose lines need no waiting
 *
 * There is one in the process, for as long as there are such buses.  Nothing in
 * it waits but for all of them together, and each gets one look at what it was
 * sent and one question a round: a peer that is dead, drips or floods takes no
 * other's time.  Requests fall due for many buses at once (turn.h): all
 * questions leave in a row then, the answers are taken as they come, and the
 * loop is told once a round.
 */
#ifndef POLLER_H
#define POLLER_H

#include "gateway/poll/bus.h"

/* The bus is turned from now on, until it is to be left.  Returns 0 or an
 * errno. */
int poller_join(struct bus *b);

/* Has it look at every bus: one was told to stop. */
void poller_wake(void);

#endif
