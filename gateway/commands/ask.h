/*
 * ask.h - a question to the gateway that runs on this store
 */
#ifndef ASK_H
#define ASK_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

enum ask_result { ASK_ANSWERED, ASK_NOBODY, ASK_FAILED };

/* GETs path ("/api/v1/alarms") over STORE/riser.sock.  ANSWERED: the document
 * is in out.  NOBODY: no gateway runs.  FAILED: with the reason.  Waits ten
 * seconds at most. */
enum ask_result ask(
    const char *store, const char *path, struct buf *out, struct err *err);

#endif
