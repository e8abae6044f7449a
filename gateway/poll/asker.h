/*
 * asker.h - what a bus asks next, and what is made of what came
 *
 * Takes a plan, asks in turn, and reports what came.  It decides about retries,
 * breakers and a lost line; what an answer means is not its business.
 *
 * It belongs to the thread that turns it, but for its report's other side.
 */
#ifndef ASKER_H
#define ASKER_H

#include "gateway/poll/bus.h"
#include "gateway/poll/report.h"

struct asker;

/* conf's texts are copied.  NULL with a sentence in why; the plan is freed. */
struct asker *asker_new(
    const struct bus_conf *conf, char *why, size_t why_size);
void asker_free(struct asker *a);

/* Ends what it has with the line, before it is freed. */
void asker_hang_up(struct asker *a);

/* One question with its answer, or listening until the next is due; a second at
 * most. */
void asker_turn(struct asker *a);

/* The same without waiting, on a line that its driver hears: goes on with the
 * question in hand, takes what came (heard: something did), and asks what is
 * due, if it may ask.  Returns with what to wait for; a second at most, but for
 * an answer.  False: it may not ask, and has no question in hand any more. */
bool asker_step(
    struct asker *a, bool heard, bool may_ask, struct driver_wait *wait);

const struct plan *asker_plan(const struct asker *a);
struct report *asker_report(struct asker *a);

#endif
