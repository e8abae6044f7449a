/*
 * intake.h - batches of the log become stretches of the history
 *
 * Gathers batches in memory and writes them as one stretch, with how far of the
 * log that is in the same transaction.  A stretch is of one run of one boot,
 * and of one way to tell the time: a new one begins where that changes, when
 * memory is full, or after a while.
 *
 * What takes a file blocks on the disk and fails with -1 and why in it; the
 * rest never blocks.  Belongs to the history's thread, but for know, tail and
 * state, which are for any thread.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "gateway/store/history.h"

struct intake;

struct intake *intake_new(const char *log);
void intake_free(struct intake *in); /* NULL is fine */

/* A file was opened: behind *seq the log is to be read.  A run of the program
 * begins behind born_seq. */
int intake_begin(struct intake *in, struct history_file *f, uint64_t born_seq,
    uint64_t *seq);

/* The file is closed: what is in memory is forgotten, and read again. */
void intake_forget(struct intake *in);

/* The next batch of the log, of which nothing is kept but what it says: true;
 * or it must first be prepared for, and then comes again. */
bool intake_take(
    struct intake *in, const struct batch *b, const struct catalog *c);
int intake_prepare(struct intake *in, struct history_file *f, uint64_t seq);

/* Writes what is in memory: 1, 0: there was nothing.  When that is due. */
int intake_flush(struct intake *in, struct history_file *f);
bool intake_flush_due(const struct intake *in, int64_t now_ms);

/* What is known of the boots' clocks: what was read before that is moved to its
 * true time.  1: it was news. */
int intake_times(
    struct intake *in, struct history_file *f, const struct timeline *times);

/* ---- any thread ---- */

void intake_know(struct intake *in, struct catalog *c, const int64_t *holds_ms);
bool intake_known(struct intake *in); /* was called once */

/* See history_tail. */
void intake_tail(struct intake *in, const char *device, const char *point,
    struct past *p, struct history_tail *tail);

/* read_seq, known_ms, missed and missed_ms of it. */
void intake_state(struct intake *in, struct history_state *s);

#endif
