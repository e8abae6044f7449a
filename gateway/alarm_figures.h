/*
 * alarm_figures.h - how many alarms there are, for /metrics
 *
 * riser_alarms{severity,state}: hidden ones are SUPPRESSED or SHELVED, whatever
 * their state.
 */
#ifndef ALARM_FIGURES_H
#define ALARM_FIGURES_H

#include "gateway/alarm/alarms.h"

struct alarm_figures;

struct alarm_figures *alarm_figures_new(void);
void alarm_figures_free(struct alarm_figures *f); /* NULL is fine */
void alarm_figures_set(struct alarm_figures *f, const struct alarms *a);

#endif
