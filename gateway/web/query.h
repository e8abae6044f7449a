/*
 * query.h - the parameters of a question to the chronicle, or to the history,
 * pure
 *
 * What is not known, given twice or not a value is a mistake: a question that
 * was misunderstood has an answer that looks right.
 */
#ifndef QUERY_H
#define QUERY_H

#include "gateway/store/chronicle.h"

#define QUERY_PARAMS_MAX 16 /* looked at; more than there are names */
#define QUERY_WHY_MAX 256
#define QUERY_ROWS 100 /* of the journal, if `limit` does not say */
#define QUERY_ROWS_MAX 1000 /* bounds an answer; its `next` goes on */
#define QUERY_DAYS 30 /* of the figures */

struct query_param {
	const char *name, *value; /* value NULL: the name alone */
};

/* from, to, device, alarm, type, before, limit.  q's texts are the parameters'.
 * False with a sentence. */
bool query_journal(struct chronicle_query *q, const struct query_param *params,
    size_t count, char why[QUERY_WHY_MAX]);

/* days, or from and to; the last QUERY_DAYS if there is none.  Never beyond
 * now: hours that are yet to come had no alarms.  False with a sentence. */
bool query_figures(int64_t *from_ms, int64_t *to_ms,
    const struct query_param *params, size_t count, int64_t now_ms,
    char why[QUERY_WHY_MAX]);

/* A question to the history. */
struct query_history {
	const char *point; /* DEVICE/POINT, the parameter's */
	int64_t from_ms, to_ms;
	int64_t step_ms; /* 0: the coarsest that answers */
	bool csv; /* else JSON */
};

/* point, from, to, step, format: to is now and from a day before it, if they
 * are not given.  False with a sentence. */
bool query_history(struct query_history *q, const struct query_param *params,
    size_t count, int64_t now_ms, char why[QUERY_WHY_MAX]);

#endif
