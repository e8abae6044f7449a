/*
 * chronicle_help.h - what the tests of the chronicle share: a log of events, a
 * chronicle of it, and looks into its file
 */
#ifndef CHRONICLE_HELP_H
#define CHRONICLE_HELP_H

#include <sqlite3.h>

#include "gateway/store/chronicle.h"
#include "tests/store_help.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define T0_MS 1763690000000 /* a moment */

static struct chronicle *chronicle;

static inline void
open_events(void)
{
	struct journal_conf conf = {.dir = store,
	    .name = "events",
	    .max_bytes = quota_bytes,
	    .commit_every_ms = 1};
	struct err err = {""};

	journal = journal_open(&conf, &err);
	ck_assert_msg(journal != NULL, "%s", err.text);
}

static inline void
open_chronicle(void)
{
	struct err err = {""};

	chronicle = chronicle_open(store, journal, &err);
	ck_assert_msg(chronicle != NULL, "%s", err.text);
}

static inline void
close_chronicle(void)
{
	chronicle_close(chronicle);
	chronicle = NULL;
}

static inline void
setup(void)
{
	strcpy(store + strlen(store) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(store));
	open_events();
}

static inline void
teardown(void)
{
	close_chronicle();
	remove_store();
}

/* Of boot n at mono_ms, whose wall clock says T0_MS more. */
static inline struct stamp
stamp_of(uint8_t boot, int64_t mono_ms, bool synced)
{
	struct stamp at = {
	    .mono_ms = mono_ms, .wall_ms = T0_MS + mono_ms, .synced = synced};

	memset(at.boot, boot, SAMPLE_BOOT_BYTES);
	return at;
}

static inline uint64_t
tell_at(struct stamp at, const char *members)
{
	struct batch b = {.at = at, .count = 1, .urgent = true};

	b.event = members;
	sure(journal_append(journal, &b), "the event is taken");
	return b.seq;
}

/* Into the log and onto the disk. */
static inline uint64_t
tell(const char *fmt, ...)
{
	char members[SAMPLE_EVENT_MAX];
	uint64_t seq;
	va_list args;

	va_start(args, fmt);
	vsnprintf(members, sizeof(members), fmt, args);
	va_end(args);
	seq = tell_at(stamp_of(1, 1000, true), members);
	await_disk(seq);
	return seq;
}

/* Brings the file up to the log's end. */
static inline void
write_up(void)
{
	open_chronicle();
	close_chronicle();
}

static inline void
path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", store, name);
}

static inline bool
is_there(const char *name)
{
	char path[128];

	path_of(path, name);
	return access(path, F_OK) == 0;
}

/* Of the file as it is: the first number, or text, that sql gives. */
static inline int64_t
look(const char *sql, char *text, size_t size)
{
	sqlite3_stmt *q = NULL;
	sqlite3 *db = NULL;
	char path[128];
	int64_t number = -1;
	const char *said;

	path_of(path, "events.db");
	sure(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) ==
		SQLITE_OK,
	    "the file opens");
	sqlite3_busy_timeout(db, HELP_WAIT_MS);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		ck_abort_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(q) == SQLITE_ROW) {
		number = sqlite3_column_int64(q, 0);
		said = (const char *)sqlite3_column_text(q, 0);
		if (text != NULL)
			snprintf(text, size, "%s", said == NULL ? "" : said);
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	return number;
}

static inline int64_t
number_of(const char *sql)
{
	return look(sql, NULL, 0);
}

/* Until the running chronicle has it so. */
static inline void
await_number(const char *sql, int64_t number)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (number_of(sql) != number) {
		sure(clock_mono_ms() < until_ms, sql);
		usleep(10000);
	}
}

#endif
