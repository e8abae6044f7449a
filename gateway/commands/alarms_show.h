/*
 * alarms_show.h - the documents of alarms, for people
 */
#ifndef ALARMS_SHOW_H
#define ALARMS_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "gateway/base/err.h"

enum alarms_view { ALARMS_STANDING, ALARMS_JOURNAL, ALARMS_FIGURES };

/* The document as the gateway answers it; times are of the zone that TZ says.
 * -1 with the reason if it is none. */
int alarms_show(
    enum alarms_view view, const char *text, FILE *out, struct err *err);

/* Of one alarm: it waits for people, not for its condition; it is shelved,
 * suppressed or out of service; a life, and nobody has said that he knows. */
bool alarms_is_over(const json_t *alarm);
bool alarms_is_hidden(const json_t *alarm);
bool alarms_is_urgent(const json_t *alarm);

#endif
