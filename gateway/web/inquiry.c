/* inquiry.c - a question to the chronicle, on its way through a worker */
#include "gateway/web/inquiry.h"

#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/web/api.h"

static int
ask(struct inquiry *i, struct err *err)
{
	const struct chronicle_query *q = &i->query;

	if (i->kind == INQUIRY_JOURNAL)
		return chronicle_journal(i->store, q, &i->out, err);
	return chronicle_figures(i->store, q->from_ms, q->to_ms, &i->out, err);
}

static void
run(struct errand *e)
{
	struct inquiry *i = (struct inquiry *)e;
	struct err err;

	i->status = 200;
	if (ask(i, &err) == 0)
		return;
	/* What the chronicle wrote before it failed is no document. */
	buf_clear(&i->out);
	api_error(&i->out, "%s", err.text);
	i->status = 503;
}

static void
forget(struct errand *e)
{
	inquiry_free((struct inquiry *)e);
}

struct inquiry *
inquiry_new(const char *store, enum inquiry_kind kind,
    const struct chronicle_query *query)
{
	struct inquiry *i = must_alloc(1, sizeof(*i));

	i->errand = (struct errand){.run = run, .free = forget};
	i->memory = arena_new();
	i->store = arena_text(i->memory, store);
	i->kind = kind;
	i->query = *query;
	i->query.device = arena_text(i->memory, query->device);
	i->query.alarm = arena_text(i->memory, query->alarm);
	i->query.type = arena_text(i->memory, query->type);
	return i;
}

void
inquiry_free(struct inquiry *i)
{
	if (i == NULL)
		return;
	arena_free(i->memory);
	buf_free(&i->out);
	free(i);
}
