/* inquiry.c - a question to the chronicle, or to the history, on its way
 * through a worker */
#include "gateway/web/inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/web/api.h"

static int
ask_chronicle(struct inquiry *i, struct err *err)
{
	const struct chronicle_query *q = &i->query;

	if (i->kind == INQUIRY_JOURNAL)
		return chronicle_journal(i->store, q, &i->out, err);
	return chronicle_figures(i->store, q->from_ms, q->to_ms, &i->out, err);
}

static unsigned
ask_history(struct inquiry *i, struct err *err)
{
	enum history_piece rc =
	    history_page_next(&i->page, i->store, i->history, &i->out, err);

	i->more = i->errand.begun = rc == HISTORY_MORE;
	if (rc == HISTORY_UNKNOWN)
		return 404;
	return rc == HISTORY_FAILED ? 503 : 200;
}

static unsigned
ask(struct inquiry *i, struct err *err)
{
	if (i->kind == INQUIRY_HISTORY)
		return ask_history(i, err);
	return ask_chronicle(i, err) == 0 ? 200 : 503;
}

static void
run(struct errand *e)
{
	struct inquiry *i = (struct inquiry *)e;
	struct err err;

	i->status = ask(i, &err);
	if (i->status == 200)
		return;
	/* What was written before it failed is no document. */
	buf_clear(&i->out);
	api_error(&i->out, "%s", err.text);
}

static void
forget(struct errand *e)
{
	inquiry_free((struct inquiry *)e);
}

static struct inquiry *
begin(const char *store, enum inquiry_kind kind)
{
	struct inquiry *i = must_alloc(1, sizeof(*i));

	i->errand = (struct errand){.run = run, .free = forget};
	i->memory = arena_new();
	i->store = arena_text(i->memory, store);
	i->kind = kind;
	return i;
}

struct inquiry *
inquiry_new(const char *store, enum inquiry_kind kind,
    const struct chronicle_query *query)
{
	struct inquiry *i = begin(store, kind);

	i->query = *query;
	i->query.device = arena_text(i->memory, query->device);
	i->query.alarm = arena_text(i->memory, query->alarm);
	i->query.type = arena_text(i->memory, query->type);
	i->query.without = arena_text(i->memory, query->without);
	return i;
}

struct inquiry *
inquiry_history(const char *store, struct history *h, struct catalog *catalog,
    const struct query_history *query)
{
	struct inquiry *i = begin(store, INQUIRY_HISTORY);
	char *device = arena_text(i->memory, query->point);
	char *slash = strchr(device, '/');

	*slash = '\0';
	i->page = (struct history_page){.query = {.device = device,
					    .point = slash + 1,
					    .from_ms = query->from_ms,
					    .to_ms = query->to_ms,
					    .step_ms = query->step_ms},
	    .csv = query->csv,
	    .max_rows = query->csv ? 0 : HISTORY_ROWS_MAX};
	i->history = history_ref(h);
	if (catalog != NULL) {
		i->catalog = catalog_ref(catalog);
		i->page.point = catalog_point(catalog, device, slash + 1);
	}
	return i;
}

void
inquiry_free(struct inquiry *i)
{
	if (i == NULL)
		return;
	/* The worker and who asked are then done with it, in whatever order. */
	if (i->errand.left &&
	    __atomic_add_fetch(&i->freed, 1, __ATOMIC_ACQ_REL) == 1)
		return;
	history_unref(i->history);
	catalog_unref(i->catalog);
	arena_free(i->memory);
	buf_free(&i->out);
	free(i);
}
