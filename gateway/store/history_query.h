/*
 * history_query.h - answers of the history: rows of one point
 *
 * Any thread, any process; read-only.  The step, unless asked for, is the
 * coarsest of those people know (1 day, 1 h, 15 min, 1 min, else 10 s, 1 s)
 * that gives HISTORY_ROWS_GOOD rows at least.  Slots are local (calendar.h; the
 * process has the site's zone).  A row is a slot in which there was a value;
 * one that from or to cuts is given whole, unless it is not over yet.
 *
 * A step of whole quarters of an hour is merged of quarters, one of other whole
 * minutes of minutes, any other is made of readings: so long is it answered as
 * those are kept (history.h).  Where they are gone the answer begins later, and
 * says so.
 */
#ifndef HISTORY_QUERY_H
#define HISTORY_QUERY_H

#include "gateway/base/err.h"
#include "gateway/measure/slot.h"

#define HISTORY_ROWS_GOOD 500

struct history;

struct history_query {
	const char *device, *point;
	int64_t from_ms, to_ms; /* Unix; [from, to) */
	int64_t step_ms; /* 0: the coarsest that answers */
};

struct history_answer {
	int64_t step_ms; /* the one taken */
	int64_t from_ms, to_ms; /* of which it is the answer: widened to whole
				   slots, cut to what there is */
	int64_t kept_ms; /* the step's rows begin here at the earliest: what is
			    older is not kept so finely.  0: nothing is cut */
	bool unknown; /* nobody ever told of such a point */
	bool counter;
};

/* Each row in order; its start and end.  Of a counter slot->increase has what
 * was counted since the row before too.  False: no more is wanted. */
typedef bool history_row(
    void *context, int64_t start_ms, int64_t end_ms, const struct slot *slot);

/* The step that would be taken; 0 if step_ms is one that there is not. */
int64_t history_query_step(const struct history_query *q);

/* of may be NULL: then what a running daemon has in memory yet is not in it.  0
 * (also where there is nothing); -1 with the reason: a name or a step that does
 * not exist, a file that cannot be read. */
int history_query(const char *dir, struct history *of,
    const struct history_query *q, history_row *see, void *context,
    struct history_answer *answer, struct err *err);

#endif
