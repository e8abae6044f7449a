/*
 * past.h - which attempts to tell people there were before this process
 *
 * Of each alarm that stands, all since it was raised, however long ago; of the
 * others those of the last seven days.  From the chronicle, and from the log of
 * events for what that has not got yet; from the log alone if the chronicle
 * cannot be read.
 */
#ifndef PAST_H
#define PAST_H

#include "gateway/sinks/dispatch.h"
#include "gateway/sinks/tether.h"

struct past;

struct past *past_new(void);
void past_free(struct past *p); /* NULL is fine */

/* Reads all of it, once.  Blocks on the disk; lets go of the tether meanwhile
 * where that is possible.  dir: the store's; events, standing: its log, and
 * what stands on the board. */
void past_read(struct past *p, const char *dir, struct journal *events,
    const struct board_view *standing, struct tether *t);

/* Gives it to dispatch_past, oldest first. */
void past_give(const struct past *p, struct dispatch *d);

#endif
