/*
 * history_figures.h - the history's state for /metrics
 */
#ifndef HISTORY_FIGURES_H
#define HISTORY_FIGURES_H

#include "gateway/store/history.h"

void history_figures_print(struct buf *out, const struct history_state *s);

#endif
