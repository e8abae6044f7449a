/*
 * question.h - one question to the chronicle's file, for reading alone
 *
 * Any thread, any process, whether the gateway runs or not.  It is to be
 * answered within two seconds, then it fails; sooner after chronicle_hush. What
 * fails is -1, or NULL, with the sentence in err.
 */
#ifndef QUESTION_H
#define QUESTION_H

#include <limits.h>
#include <sqlite3.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

struct question {
	sqlite3 *db; /* NULL: there is nothing to be asked yet */
	int64_t until_ms;
	char path[PATH_MAX];
	struct err *err;
	struct buf *out; /* the answer so far */
	size_t before; /* bytes of out that were there */
};

/* Begins an answer in out, which outlives it.  0; -1. */
int question_begin(
    struct question *q, const char *dir, struct buf *out, struct err *err);

/* Ends it, with what came of it: if that is -1 the answer is taken back.
 * Returns rc. */
int question_end(struct question *q, int rc);

/* A statement, and its end: rc is what its last step gave. */
sqlite3_stmt *question_ask(struct question *q, const char *sql);
int question_asked(struct question *q, sqlite3_stmt *s, int rc);

#endif
