/*
 * recovery.h - what a journal's folder holds at start, put in order
 */
#ifndef RECOVERY_H
#define RECOVERY_H

#include "gateway/base/err.h"
#include "gateway/store/record.h"
#include "gateway/store/shelf.h"

struct recovery {
	char log[RECORD_LOG_CHARS + 1]; /* the journal's id; new if it is */
	uint64_t next_seq, next_first; /* of the next batch */
	struct record_cursors cursors; /* as last written */
	bool cursors_found;
	int64_t newest_ms; /* of what was synchronised, in the newest segment;
			      0: nothing */

	/* the newest segment, to be gone on with; fd -1: begin a new one */
	int fd;
	int64_t end; /* behind its last sound record, at a sector */
	int64_t filled; /* behind the zeroes it goes on with */
	int64_t wall_ms; /* of its first batch */
	struct buf names; /* its catalog, packed */
};

/* Fills the shelf, and cuts the torn tail of the newest segment, if the disk
 * can be written.  -1 with the reason only if we may not read the files: what
 * is in them is never one. */
int recovery_run(struct recovery *r, struct shelf *shelf, struct err *err);
void recovery_free(struct recovery *r); /* not the descriptor */

/* No clock that says less is right now: the newest synchronised time there is,
 * or the program's own. */
int64_t recovery_floor_ms(const struct recovery *r);

/* A random id for a log, of letters and digits. */
void recovery_new_log(char log[RECORD_LOG_CHARS + 1]);

#endif
