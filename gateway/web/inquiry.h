/*
 * inquiry.h - a question to the chronicle, on its way through a worker
 *
 * Owns all it uses: who asked, his connection and the server may be gone before
 * a disk that hangs comes back with the answer.
 */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "gateway/base/buf.h"
#include "gateway/store/chronicle.h"
#include "gateway/web/worker.h"

enum inquiry_kind { INQUIRY_JOURNAL, INQUIRY_FIGURES };

struct inquiry {
	struct errand errand; /* first: an errand is its inquiry */
	struct arena *memory; /* of the texts */
	const char *store;
	enum inquiry_kind kind;
	struct chronicle_query query; /* of figures: from and to */
	unsigned status; /* of HTTP: 503 if it failed; 0: not asked yet */
	struct buf out; /* the answer's document */
};

/* Ready for worker_give.  The texts are copied. */
struct inquiry *inquiry_new(const char *store, enum inquiry_kind kind,
    const struct chronicle_query *query);

/* Unless its errand was left; NULL is fine. */
void inquiry_free(struct inquiry *i);

#endif
