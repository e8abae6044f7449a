/*
 * alarms_journal.h - the journal's document, for people
 */
#ifndef ALARMS_JOURNAL_H
#define ALARMS_JOURNAL_H

#include <jansson.h>
#include <stdio.h>

/* A line an event, the newest last.  Says on stderr how many tallies of
 * counters it left out, and if there are older events. */
void alarms_journal_show(const json_t *doc, FILE *out);

#endif
