/*
 * no_history.h - a history that knows nothing, for tests of the web server that
 * have a journal of their own
 */
#ifndef NO_HISTORY_H
#define NO_HISTORY_H

#include "gateway/store/history.h"
#include "gateway/store/history_page.h"

struct history *
history_ref(struct history *h)
{
	return h;
}

void
history_unref(struct history *h)
{
	(void)h;
}

void
history_state(struct history *h, struct history_state *s)
{
	(void)h;
	*s = (struct history_state){.failing = true};
}

enum history_piece
history_page_next(struct history_page *p, const char *dir, struct history *of,
    struct buf *out, struct err *err)
{
	(void)p, (void)dir, (void)of, (void)out;
	err_set(err, "there is no history");
	return HISTORY_FAILED;
}

#endif
