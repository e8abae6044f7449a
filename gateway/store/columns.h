/*
 * columns.h - the body of a commit: its batches, column by column, compressed
 *
 * Rows (row.h) are how batches wait in memory.  On disk the same numbers stand
 * together, column by column, each as its difference to what was expected, and
 * zstd takes out what repeats.  A body is understood with its segment's catalog
 * and nothing else, so what is damaged is one commit.
 *
 *	body     u8 form (0 plain, 1 a zstd frame that says its content's
 *	         size), v newest synchronised wall ms (0: none), v length,
 *	         columns of that length in that form, noise
 *	columns  v length of each of the twelve, then each:
 *	  counts     of a batch: v (readings, or bytes of an event) << 1 | 1 if
 *	             its flags are not those of the batch before
 *	  flags      u8: 1 synced, 2 another boot than before, 4 an event
 *	  boots      16 bytes
 *	  monos      z ms less those of the batch before
 *	  leads      z: wall less mono, less that of the batch before
 *	  devices    z: less that of the batch of readings before
 *	  tokens     of a reading: u8 kind << 4 | gap: how many points were left
 *	             out behind the one before; 14: see points; 15: see
 *	             points and qualities
 *	  points     z gap
 *	  qualities  u8 code, u8 detail; what has none here is good
 *	  numbers    v or z by kind; a decimal is v: its places in the low 3
 *	             bits, above them its digits, folded as z folds
 *	  heads      of a float v, of a double u32: what is above its noise
 *	  texts      of values: text; of events: the bytes and a NUL
 *	noise    the low bits that no one can foresee, which zstd is spared: u16
 *	         of a float, u32 of a double
 *
 * What is told as a difference begins at 0.  A float is its 32 bits, less those
 * expected, folded as z folds: those of the last float of the same point if it
 * is remembered (columns_form.h, where the kinds are), else of the last float.
 * A decimal is its digits over ten to its places, as the nearest double, and of
 * an F32 the nearest float to that: it stands for a number if that gives back
 * the same bits.
 *
 * Both sides keep their memory from commit to commit.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "gateway/store/record.h"

#define COLUMNS_ROWS_MAX ((size_t)512 * 1024) /* bytes of a commit's rows */

/* ---- to disk ---- */

struct columns_writer;

struct columns_writer *columns_writer_new(void);
void columns_writer_free(struct columns_writer *w); /* NULL is fine */

/* Appends the body of so many batches in rows (NULL catalog: events), at most
 * COLUMNS_ROWS_MAX bytes of them, to out: at most columns_bound(length of the
 * rows) bytes. */
void columns_pack(struct columns_writer *w, struct buf *out,
    const struct catalog *c, const struct bytes *rows, uint32_t batches);
size_t columns_bound(size_t rows_bytes);

/* ---- from disk ---- */

struct columns_reader;

struct columns_reader *columns_reader_new(void);
void columns_reader_free(struct columns_reader *r); /* NULL is fine */

/* Begins a body of so many batches; the body and the catalog must stay until
 * the last of them was given.  False if it is none. */
bool columns_begin(struct columns_reader *r, const struct catalog *c,
    const void *body, size_t length, uint32_t batches);

/* The next batch; readings or event are the reader's until the next call.  seq,
 * first, urgent and in_memory are left alone.  False if there is none, or it
 * makes no sense. */
bool columns_next(struct columns_reader *r, struct batch *b);

/* The newest synchronised wall time in a body, without unpacking it; 0: none.
 */
int64_t columns_newest_ms(const void *body, size_t length);

#endif
