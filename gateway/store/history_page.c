/* history_page.c - an answer of the history as a document, piece by piece */
#include "gateway/store/history_page.h"

#include <string.h>

/* One piece on its way. */
struct work {
	struct history_page *page;
	struct history_answer answer;
	bool full; /* enough for one piece */
	bool cut; /* enough for the page: there is a row behind it */
	int64_t next_ms; /* the end of the last row */
};

static void
begin(struct work *w)
{
	struct history_page *p = w->page;

	if (p->begun)
		return;
	p->begun = true;
	p->counter = w->answer.counter;
	p->kept_ms = w->answer.kept_ms;
	history_show_begin(&p->show, &p->query, p->counter);
}

static bool
add_row(
    void *context, int64_t start_ms, int64_t end_ms, const struct slot *slot)
{
	struct work *w = context;
	struct history_page *p = w->page;

	begin(w);
	if (p->max_rows != 0 && p->rows == p->max_rows) {
		w->cut = true;
		return false;
	}
	history_show_row(&p->show, start_ms, end_ms, slot, p->counter);
	p->rows++;
	w->next_ms = end_ms;
	w->full = p->show.out->len >= HISTORY_PIECE_BYTES;
	return !w->full;
}

static void
finish(struct work *w)
{
	struct history_page *p = w->page;
	/* Of this piece no row may have fitted. */
	int64_t next_ms = w->next_ms != 0 ? w->next_ms : p->query.from_ms;

	history_show_end(&p->show, p->kept_ms, w->cut ? next_ms : 0);
}

/* A point of the configuration of which nothing came yet has no rows. */
static bool
is_new(struct work *w)
{
	const struct point_info *point = w->page->point;

	if (!w->answer.unknown || point == NULL)
		return false;
	w->answer.counter = strcmp(point->role, "counter") == 0;
	return true;
}

enum history_piece
history_page_next(struct history_page *p, const char *dir, struct history *of,
    struct buf *out, struct err *err)
{
	struct work w = {.page = p};
	int64_t step_ms = history_query_step(&p->query);
	bool empty;
	int rc;

	/* What is left would have another. */
	if (!p->begun && step_ms != 0)
		p->query.step_ms = step_ms;
	p->show.csv = p->csv;
	p->show.point = p->point;
	p->show.out = p->show.json.out = out;
	rc = history_query(dir, of, &p->query, add_row, &w, &w.answer, err);
	if (w.answer.unknown && p->point == NULL) {
		err_set(err,
		    "there is no point %s/%s: neither the configuration nor "
		    "the history knows it",
		    p->query.device, p->query.point);
		return HISTORY_UNKNOWN;
	}
	empty = is_new(&w);
	if (rc == -1 && !empty)
		return HISTORY_FAILED;
	begin(&w);
	if (w.full && w.next_ms < p->query.to_ms) {
		p->query.from_ms = w.next_ms;
		return HISTORY_MORE;
	}
	finish(&w);
	return HISTORY_ALL;
}
