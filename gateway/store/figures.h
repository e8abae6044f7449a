/*
 * figures.h - a journal's state for /metrics
 */
#ifndef FIGURES_H
#define FIGURES_H

#include "gateway/store/journal.h"

/* Whole lines with HELP and TYPE; prefix: "riser_journal", "riser_events". */
void figures_print(
    struct buf *out, const char *prefix, const struct journal_state *s);

#endif
