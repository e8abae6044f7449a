/*
 * reader.h - reads the accepted batches of a journal, oldest first
 *
 * One thread a reader, any thread.  Blocks on the disk, never on the writer.
 */
#ifndef READER_H
#define READER_H

#include "gateway/measure/sample.h"

struct journal;
struct journal_reader;

/* NULL with errno if there is no descriptor for it.  Closed before its journal.
 */
struct journal_reader *reader_open(struct journal *j, uint64_t after_seq);
void reader_close(struct journal_reader *r); /* NULL is fine */

/* In place of reader_close, where a thread hangs in it that is not waited for:
 * it may come back, for journal_close then frees nothing. */
void reader_leave(struct journal_reader *r);

/* The next batch behind the last one given: 1; 0: none is accepted yet; -1:
 * the disk failed (errno), try again later.  The batch's readings or event and
 * the catalog (of events: none that says anything) are the reader's until the
 * next call.  b->in_memory if it was given before it was on disk.  Where
 * batches are missing (quota, damage, memory was full), b->seq and b->first
 * jump: the difference is what is gone. */
int reader_next(
    struct journal_reader *r, struct batch *b, const struct catalog **catalog);

/* Jumps: the next batch given is the first one behind after_seq. */
void reader_seek(struct journal_reader *r, uint64_t after_seq);

/* An eventfd that becomes readable when something was accepted; the follower
 * reads it.  One a reader, closed with it. */
int reader_fd(const struct journal_reader *r);

#endif
