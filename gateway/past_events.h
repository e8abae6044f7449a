/*
 * past_events.h - what was told before a start, for who goes on from it
 */
#ifndef PAST_EVENTS_H
#define PAST_EVENTS_H

#include <jansson.h>
#include <stdbool.h>

/* Calls see with each event of a type in the chronicle of the store, the newest
 * first, until it returns false, there are no more, or PAST_EVENTS_MAX were
 * seen; an event is see's only until it returns.  What cannot be read is said
 * in the log.  Blocks on the disk. */
#define PAST_EVENTS_MAX 16384
void past_events(const char *dir, const char *type,
    bool (*see)(void *context, const json_t *event), void *context);

#endif
