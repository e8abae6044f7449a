/*
 * annals_file.h - the chronicle's file: opened, laid out, set aside, copied
 *
 * What fails is -1 and the reason in why.  Then the file is to be closed, and
 * may be opened again: at once if it was damaged or newer, for then closing
 * sets it aside.  Blocks on the disk.
 */
#ifndef ANNALS_FILE_H
#define ANNALS_FILE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define ANNALS_FILE "events.db"
#define ANNALS_VERSION 1 /* of its tables: user_version */

/* Starts as {0}. */
struct annals_file {
	char path[PATH_MAX];
	sqlite3 *db;
	bool in_memory;
	bool damaged, newer;
	char why[256];
};

/* Opens it or makes it, 0600. */
int annals_file_open(struct annals_file *f, const char *dir);

/* In memory, with what the file says stands as far as that can be read, whether
 * or not it can be written; said in the log if it cannot be read. */
int annals_file_copy(struct annals_file *f, const char *dir);

/* Its statements are finalized.  Also one half open. */
void annals_file_close(struct annals_file *f);

/* Keeps why, by SQLite's result.  Returns -1. */
int annals_file_fail(struct annals_file *f, int rc);

int annals_file_run(struct annals_file *f, const char *sql);

/* The number in the first row; without one it stays what it was. */
int annals_file_ask(struct annals_file *f, sqlite3_stmt *q, int64_t *number);

/* Whether the path's WAL has anything in it. */
bool annals_file_has_wal(const char *path);

/* The file as SQLite's URI, with options: "mode=ro".  To be freed. */
char *annals_file_uri(const char *path, const char *options);

#endif
