/*
 * history_ask.h - rows of one point: from the gateway that runs on the store,
 * or with none running from the store's files
 *
 * Either way the bytes are those of /api/v1/history.
 */
#ifndef HISTORY_ASK_H
#define HISTORY_ASK_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/store/history_query.h"

struct history_ask {
	const char *store;
	struct history_query query;
	const struct point_info *point; /* of the configuration; or NULL */
	bool told; /* that no gateway runs */
};

/* Gets CSV as it comes; false: no more is wanted. */
typedef bool history_take(void *context, const char *bytes, size_t length);

/* Both return an exit code, with the reason if it is not EXIT_DONE.  kept_ms as
 * in history_answer. */
int history_ask_csv(struct history_ask *a, history_take *take, void *context,
    int64_t *kept_ms, struct err *err);

/* A page: one document of JSON into out, which is empty. */
int history_ask_page(struct history_ask *a, struct buf *out, struct err *err);

#endif
