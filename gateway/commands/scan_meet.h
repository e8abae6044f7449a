/*
 * scan_meet.h - a unit that is asked, and got acquainted with if it answers
 *
 * Of a scan whose line is open, at the setting in hand.
 */
#ifndef SCAN_MEET_H
#define SCAN_MEET_H

#include "gateway/commands/scan_run.h"

#define SCAN_CONTACTS                                                          \
	2 /* places that nearly everybody has; then identities                 \
	   */

/* One question.  Somebody who is there is asked the rest and stands among the
 * found; of others it is noted what was heard.  DRIVER_BUS: the line is lost,
 * or cannot be opened; DRIVER_HELD: stopped. */
enum driver_verdict scan_meet(
    struct scan *s, size_t index, const struct scan_place *place);

/* Those whose answer came when it was not waited for any more. */
void scan_meet_late(struct scan *s);

/* One of those, on a line that waits longer. */
void scan_meet_again(struct scan *s, struct scan_found *f);

/* Whether units that were not asked for, and that nobody will have, are all
 * there, too. */
bool scan_meet_nobody(struct scan *s);

#endif
