/*
 * history_page.h - an answer of the history as a document, piece by piece
 *
 * Who reads it may be slow, or gone: so nothing is held between two pieces, no
 * file, no lock, no thread.  Each is a question of its own, from where the last
 * row ended, and about HISTORY_PIECE_BYTES long.
 *
 *	struct history_page p = {.query = q, .max_rows = HISTORY_ROWS_MAX};
 *	while ((rc = history_page_next(&p, dir, of, &out, &err)) ==
 *	    HISTORY_MORE)
 *		send(&out), buf_clear(&out);
 *
 * What comes into the history meanwhile, or is computed again, is in the pieces
 * that are asked for later.
 */
#ifndef HISTORY_PAGE_H
#define HISTORY_PAGE_H

#include "gateway/store/history_show.h"

#define HISTORY_PIECE_BYTES 61440 /* and a row: 64 KiB hold it */
#define HISTORY_ROWS_MAX 100000 /* of a document, for max_rows */

struct history;

/* Begins with what is asked, the rest 0. */
struct history_page {
	struct history_query query; /* its texts outlive the page */
	bool csv;
	const struct point_info *point; /* as it is now; NULL: there is none */
	uint64_t max_rows; /* then it says where to go on; 0: as many as there
			      are */

	/* of the page so far */
	bool begun, counter;
	int64_t kept_ms; /* see history_answer */
	uint64_t rows;
	struct history_show show;
};

enum history_piece {
	HISTORY_MORE, /* of it follows */
	HISTORY_ALL, /* that was the last */
	HISTORY_UNKNOWN, /* neither the history nor p->point knows it */
	HISTORY_FAILED /* with the reason; out may have half a row */
};

/* Appends to out, which is the same each time.  of as in history_query. */
enum history_piece history_page_next(struct history_page *p, const char *dir,
    struct history *of, struct buf *out, struct err *err);

#endif
