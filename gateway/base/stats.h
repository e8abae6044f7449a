/*
 * stats.h - the figures that /metrics shows
 *
 * A module gets a series for each figure it keeps and adds to it from any
 * thread; /metrics prints all there are, in Prometheus' text form.  The same
 * name and labels give the same series, counted by reference, so a reload that
 * starts the new before it stops the old keeps its counters.
 */
#ifndef STATS_H
#define STATS_H

#include <stdint.h>

#include "gateway/base/buf.h"

enum stat_type { STAT_COUNTER, STAT_GAUGE };

struct stat_series;

/* name: riser_requests_total; help: one sentence, the first one given for a
 * name counts; labels: `bus="shaft-3",result="ok"` or "".  Name and help are
 * not copied: literals.  Allocates: at start and reload only.  Never NULL. Give
 * it back with stat_put. */
struct stat_series *stat_get(enum stat_type type, const char *name,
    const char *help, const char *labels);
void stat_put(struct stat_series *s); /* NULL is fine */

void stat_add(struct stat_series *s, uint64_t n); /* counters */
void stat_set(struct stat_series *s, double value); /* gauges */
uint64_t stat_count(const struct stat_series *s);
double stat_value(const struct stat_series *s); /* of a gauge */

/* Figures that must agree with one another (the ledger) are printed by the
 * module that owns them, under its own lock, whole lines with HELP and TYPE.
 * print is called under the lock of this module: whoever holds the lock that
 * print takes calls only stat_add, stat_set and stat_count.  After
 * stats_source_gone it is not called any more, nor still running. */
void stats_source(void (*print)(struct buf *out, void *arg), void *arg);
void stats_source_gone(void *arg);

void stats_print(struct buf *out);

/* `name="value"` with the value escaped as Prometheus wants it; appended to a
 * NUL-terminated text of size bytes, with a comma if it is not the first.  What
 * does not fit is left out whole. */
void stat_label(char *text, size_t size, const char *name, const char *value);

#endif
