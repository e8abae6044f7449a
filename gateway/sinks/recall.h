/*
 * recall.h - what people were told of alarms before, put together from
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
#ifndef RECALL_H
#define RECALL_H

#include <jansson.h>

#include "gateway/sinks/dispatch.h"
#include "gateway/store/board.h"

struct recall;

/* standing: the alarms of the board; outlives it. */
struct recall *recall_new(const struct board_view *standing);
void recall_free(struct recall *h); /* NULL is fine */

/* An event with its log, seq and ts among the members: one older, or newer,
 * than all that were seen.  What is neither an alarm's nor an attempt is passed
 * over.
 */
void recall_see_older(struct recall *h, json_t *event);
void recall_see_newer(struct recall *h, json_t *event);
void recall_forget(struct recall *h); /* all that was seen */

/* Calls see for each alarm of the board whose round has no beginning in what
 * was seen. */
void recall_lacks(const struct recall *h,
    void (*see)(void *context, const char *device, const char *alarm),
    void *context);
bool recall_has_begun(struct recall *h, const char *device, const char *alarm);

/* All of it to dispatch_past and dispatch_standing, once. */
void recall_give(
    struct recall *h, struct dispatch *d, const struct dispatch_time *now);

#endif
