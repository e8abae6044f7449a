/*
 * history_import.h - `riser history import`: readings of a CSV into the history
 *
 *	t,device,point,value
 *	2026-10-01T00:00:00,tx-1,active_power,412.5
 *	1790784060000,lift-1,door,open
 *
 * t is of the site's clock or Unix ms and does not fall within a device; points
 * are those of the configuration; an empty value is a reading without one.
 * Numbers of a counter without a point or an exponent are integers, of all 64
 * bits; other numbers doubles; of an enumeration its names or numbers; a text
 * may be quoted (RFC 4180).  What history_raw.h writes is such a file.  If a
 * line is wrong nothing is taken.  Readings of a minute of which the history
 * has some of that point already are left out, and counted.
 */
#ifndef HISTORY_IMPORT_H
#define HISTORY_IMPORT_H

#include "gateway/conf/conf.h"

/* Returns the exit code, and has said why.  The zone is the site's. */
int history_import(const struct conf *c, const char *file);

/* A time as the history's commands take it: of the site's clock, or with an
 * offset (2026-10-01T12:00:00+08:00, as its CSV has it), or Unix ms. */
bool history_read_time(const char *text, int64_t *ms);

#endif
