/*
 * question.c - one question to the chronicle's file, for reading alone
 *
 * All of a question is read from one state of the file, whatever is written
 * meanwhile.
 */
#include "gateway/store/question.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/annals_file.h"
#include "gateway/store/chronicle.h"

#define BUSY_MS 200 /* the writer holds a lock only to begin the WAL anew */
#define ANSWER_MS 2000 /* then it ends */
#define LOOK_STEPS 4000 /* of its machine, between looks at the time */

static bool hushed; /* atomic */

void
chronicle_hush(bool hush)
{
	__atomic_store_n(&hushed, hush, __ATOMIC_RELEASE);
}

static bool
is_hushed(void)
{
	return __atomic_load_n(&hushed, __ATOMIC_ACQUIRE);
}

static int
is_to_end(void *context)
{
	const struct question *q = context;

	return is_hushed() || clock_mono_ms() > q->until_ms;
}

static int
fail(struct question *q, int rc)
{
	if ((rc & 0xff) == SQLITE_INTERRUPT && is_hushed())
		return err_set(
		    q->err, "the gateway is being set up: try again");
	if ((rc & 0xff) == SQLITE_INTERRUPT)
		return err_set(q->err,
		    "the answer takes more than %d s: ask for less time, or "
		    "for one device",
		    ANSWER_MS / 1000);
	return err_set(q->err, "%s: %s", q->path, sqlite3_errmsg(q->db));
}

/* ---- statements ---- */

sqlite3_stmt *
question_ask(struct question *q, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(q->db, sql, -1, &s, NULL);

	if (rc != SQLITE_OK)
		fail(q, rc);
	return s;
}

int
question_asked(struct question *q, sqlite3_stmt *s, int rc)
{
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		fail(q, rc);
	sqlite3_finalize(s);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

/* ---- begin and end ---- */

/* The version of its tables, 0 if there are none yet; -1. */
static int
version(struct question *q)
{
	sqlite3_stmt *s = question_ask(q, "PRAGMA user_version");
	int number = 0, rc;

	if (s == NULL)
		return -1;
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		number = sqlite3_column_int(s, 0);
	return question_asked(q, s, rc) == -1 ? -1 : number;
}

static void
disconnect(struct question *q)
{
	sqlite3_close(q->db);
	q->db = NULL;
}

/* The version of its tables; -1. */
static int
connect_to(struct question *q, const char *options)
{
	char *uri = annals_file_uri(q->path, options);
	int rc = sqlite3_open_v2(uri, &q->db,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);

	free(uri);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(q->db, BUSY_MS);
		sqlite3_progress_handler(q->db, LOOK_STEPS, is_to_end, q);
		rc = sqlite3_exec(q->db, "PRAGMA temp_store = MEMORY; BEGIN",
		    NULL, NULL, NULL);
	}
	return rc == SQLITE_OK ? version(q) : fail(q, rc);
}

static int
judge(struct question *q, int number)
{
	if (number == 0)
		disconnect(q);
	if (number > ANNALS_VERSION)
		return err_set(q->err,
		    "%s was written by a newer riser (its tables are of "
		    "version %d, not %d)",
		    q->path, number, ANNALS_VERSION);
	return number == -1 ? -1 : 0;
}

int
question_begin(
    struct question *q, const char *dir, struct buf *out, struct err *err)
{
	int number;

	*q = (struct question){.err = err, .out = out, .before = out->len};
	snprintf(q->path, sizeof(q->path), "%s/%s", dir, ANNALS_FILE);
	if (access(q->path, F_OK) == -1 && errno == ENOENT)
		return 0;
	q->until_ms = clock_mono_ms() + ANSWER_MS;
	number = connect_to(q, "mode=ro");
	/* A disk that cannot be written has no place for a WAL. */
	if (number == -1 && !annals_file_has_wal(q->path)) {
		disconnect(q);
		number = connect_to(q, "mode=ro&immutable=1");
	}
	return judge(q, number);
}

int
question_end(struct question *q, int rc)
{
	disconnect(q);
	if (rc == -1 && q->out->data != NULL) {
		q->out->len = q->before;
		q->out->data[q->before] = '\0';
	}
	return rc;
}
