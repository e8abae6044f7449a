/*
 * audience.h - the pages that have a stream open, and what each is to get next
 *
 * The hub (stream.h) brings messages and resumes who waits for them;
 * libmicrohttpd's threads ask for bytes.
 */
#ifndef AUDIENCE_H
#define AUDIENCE_H

#include <microhttpd.h>
#include <stdbool.h>

#include "gateway/web/recent.h"
#include "gateway/web/session.h"

struct audience;

/* What viewers cannot be given out of what is there. */
enum wish {
	WISH_WHOLE = 1, /* the whole state: new, too slow, or away too long */
	WISH_GREETING = 2, /* what a body begins with, the time of now in it */
};

/* wake_fd: the hub's eventfd, rung when somebody begins to wish. */
struct audience *audience_new(int wake_fd);
void audience_free(struct audience *a); /* nobody watches any more */

/* Who wants to watch. */
struct watcher {
	uint64_t who; /* as ration.h has it; 0: nobody who is counted */
	struct sessions *sessions;
	uint64_t session; /* what lets him: the stream ends with it; 0: he needs
			     none */
};

/* In a handler: a stream begins, or a sentence says why not. */
enum MHD_Result audience_answer(
    struct audience *a, struct MHD_Connection *c, const struct watcher *who);

/* Nobody is let in, and nobody waits suspended any more. */
void audience_end(struct audience *a);

/* ---- the hub's ---- */

struct audience_state {
	bool any, ending;
	uint8_t wishes; /* all that is wished for */
};

void audience_look(struct audience *a, struct audience_state *state);

/* Its messages: only the hub's thread changes these, so it may look. */
const struct recent *audience_recent(const struct audience *a);

/* For all, in order: m->n is the next number of the recent ones. */
void audience_tell(struct audience *a, struct sse *m);

/* In place of the one before; m->n is another. */
void audience_beat(struct audience *a, struct sse *m);

/* What all had is not enough any more: each will wish for the whole. */
void audience_forget(struct audience *a);

/* Those who wished for no more than `wishes` get it: greeting, then whole,
 * which goes on behind number whole->n.  Then all who have something to get go
 * on. */
void audience_serve(struct audience *a, uint8_t wishes, struct sse *greeting,
    struct sse *whole);

#endif
