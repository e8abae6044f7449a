/*
 * history.h - what people were told of alarms before, put together from
 * events, pure
 *
 * An attempt to tell belongs to the round (dispatch.h) that its alarm was in
 * then.  Rounds are known by the order of events, not by times: a box whose
 * clock is not set yet would believe that an alarm stands since another one,
 * and tell it again.
 *
 * Events come as the chronicle gives them: backwards from some point, and
 * forwards from there.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <jansson.h>

#include "gateway/sinks/dispatch.h"
#include "gateway/store/board.h"

struct history;

/* standing: the alarms of the board; outlives it. */
struct history *history_new(const struct board_view *standing);
void history_free(struct history *h); /* NULL is fine */

/* An event with its log, seq and ts among the members: one older, or newer,
 * than all that were seen.  What is neither an alarm's nor an attempt is passed
 * over.
 */
void history_see_older(struct history *h, json_t *event);
void history_see_newer(struct history *h, json_t *event);
void history_forget(struct history *h); /* all that was seen */

/* Calls see for each alarm of the board whose round has no beginning in what
 * was seen. */
void history_lacks(const struct history *h,
    void (*see)(void *context, const char *device, const char *alarm),
    void *context);
bool history_has_begun(
    struct history *h, const char *device, const char *alarm);

/* All of it to dispatch_past and dispatch_standing, once. */
void history_give(
    struct history *h, struct dispatch *d, const struct dispatch_time *now);

#endif
