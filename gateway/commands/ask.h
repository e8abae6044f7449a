/*
 * ask.h - a question to the gateway that runs on this store
 */
#ifndef ASK_H
#define ASK_H

#include <jansson.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

enum ask_result { ASK_ANSWERED, ASK_NOBODY, ASK_REFUSED, ASK_FAILED };

/* GETs path ("/api/v1/alarms") over STORE/riser.sock.  ANSWERED: the document
 * is in out.  NOBODY: no gateway runs.  REFUSED: it says that the question is
 * wrong, and why.  FAILED: with the reason.  Waits ten seconds at most for each
 * word of it. */
enum ask_result ask(
    const char *store, const char *path, struct buf *out, struct err *err);

/* The same, for a document; NULL unless ANSWERED.  FAILED, too, if it is no
 * JSON. */
enum ask_result ask_json(
    const char *store, const char *path, json_t **doc, struct err *err);

/* An answer of any length, as it comes. */
struct ask_sink {
	bool (*take)(void *context, const char *bytes, size_t length);
	void *context;
	const char *header; /* one to be kept; or NULL */
	char kept[64]; /* "": there was none */
};

/* The same; one that FAILED may have begun. */
enum ask_result ask_sink(const char *store, const char *path,
    struct ask_sink *sink, struct err *err);

#endif
