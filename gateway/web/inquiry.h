/*
 * inquiry.h - a question to the chronicle, or to the history, on its way
 * through a worker
 *
 * Owns all it uses: who asked, his connection and the server may be gone before
 * a disk that hangs comes back with the answer.  The history's answer comes in
 * pieces: it is given to the worker once for each.
 */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "gateway/base/buf.h"
#include "gateway/store/chronicle.h"
#include "gateway/store/history.h"
#include "gateway/store/history_page.h"
#include "gateway/web/query.h"
#include "gateway/web/worker.h"

enum inquiry_kind { INQUIRY_JOURNAL, INQUIRY_FIGURES, INQUIRY_HISTORY };

struct inquiry {
	struct errand errand; /* first: an errand is its inquiry */
	struct arena *memory; /* of the texts */
	const char *store;
	enum inquiry_kind kind;
	struct chronicle_query query; /* of figures: from and to */
	struct history_page page; /* of the history */
	struct history *history; /* a reference; or NULL */
	struct catalog *catalog; /* a reference: page.point is of it; or NULL */
	bool more; /* out is a piece, and others follow */
	unsigned status; /* of HTTP: 503 if it failed; 0: not asked yet */
	struct buf out; /* the answer's document */
	int freed; /* atomic: one that was left is freed twice */
};

/* Ready for worker_give.  The texts are copied. */
struct inquiry *inquiry_new(const char *store, enum inquiry_kind kind,
    const struct chronicle_query *query);

/* catalog says what the point is now; NULL: nothing has a name yet. */
struct inquiry *inquiry_history(const char *store, struct history *h,
    struct catalog *catalog, const struct query_history *query);

/* If its errand was left: as soon as that is done too.  NULL is fine. */
void inquiry_free(struct inquiry *i);

#endif
