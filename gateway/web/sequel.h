/*
 * sequel.h - the answer of an inquiry that comes in pieces, as it is read
 *
 * The first piece is there, and says how the inquiry went; the next is asked
 * for when it was sent.  One that fails ends the connection in the middle, so
 * that nobody takes what he has for all there is.
 */
#ifndef SEQUEL_H
#define SEQUEL_H

#include "gateway/web/inquiry.h"
#include "gateway/web/worker.h"

/* i, of which the first piece was asked with status 200, and w outlive the
 * request.  Queues the response to c. */
enum MHD_Result sequel_answer(
    struct MHD_Connection *c, struct inquiry *i, struct worker *w);

#endif
