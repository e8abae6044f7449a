/*
 * outlet.h - whether a channel can be asked now: its limit, its failures, its
 * silences, pure
 *
 * After a failure it waits 2, 5 and 15 s, then OUTLET_DOWN_MS each time until
 * something is taken.  Over its limit, or refusing, it is silent: nothing at
 * all is asked.
 */
#ifndef OUTLET_H
#define OUTLET_H

#include "gateway/sinks/bucket.h"
#include "gateway/sinks/robot.h"

#define OUTLET_TRIES 4 /* and then it is down */
#define OUTLET_DOUBTS 2 /* failures: a P1 looks for another way */
#define OUTLET_DOWN_MS (60 * 1000)
#define OUTLET_REFUSED_MS (60 * 1000)
#define OUTLET_SILENT_MAX_MS (30 * 60 * 1000) /* whatever it says */

struct outlet {
	struct bucket bucket;
	bool failing; /* the last request was not taken */
	unsigned failures; /* one after the other */
	int64_t again_ms; /* it waits until then */
	int64_t silent_ms; /* it is silent until then */
};

void outlet_open(struct outlet *o, const struct notify_channel *c);
void outlet_close(struct outlet *o);

/* How long to wait after so many failures, from 1. */
int64_t outlet_wait_ms(unsigned failures);

bool outlet_is_silent(const struct outlet *o, int64_t now_ms);
bool outlet_is_down(const struct outlet *o);

/* Whether a P1 may hope to be told here. */
bool outlet_is_hopeful(const struct outlet *o, int64_t now_ms);

/* When it can be asked something; urgent: what does not wait for failures. */
int64_t outlet_when(const struct outlet *o, bool urgent, int64_t now_ms);

void outlet_begin(struct outlet *o, int64_t now_ms);
void outlet_end(struct outlet *o, const struct robot_answer *a, int64_t now_ms);

#endif
