/* history_ask.c - rows of one point, from a gateway or from files */
#include "gateway/commands/history_ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/commands/ask.h"
#include "gateway/commands/commands.h"
#include "gateway/store/history_page.h"

#define PATH_BYTES 480 /* two names of 63 bytes and some numbers */

/* ---- the gateway ---- */

static void
put_path(char path[PATH_BYTES], const struct history_ask *a, const char *format)
{
	const struct history_query *q = &a->query;
	struct buf b;

	buf_fixed(&b, path, PATH_BYTES);
	buf_printf(&b,
	    "/api/v1/history?point=%s/%s&from=%" PRId64 "&to=%" PRId64
	    "&format=%s",
	    q->device, q->point, q->from_ms, q->to_ms, format);
	if (q->step_ms != 0)
		buf_printf(&b, "&step=%" PRId64 "ms", q->step_ms);
}

static int
exit_code(enum ask_result result)
{
	switch (result) {
	case ASK_ANSWERED: return EXIT_DONE;
	case ASK_REFUSED: return EXIT_WRONG;
	case ASK_NOBODY:
	case ASK_FAILED: break;
	}
	return EXIT_FAILED;
}

/* ---- the files ---- */

static void
tell(struct history_ask *a)
{
	if (!a->told)
		fputs("riser history: no gateway runs on this store; this is "
		      "what its files say\n",
		    stderr);
	a->told = true;
}

static int
read_files(struct history_ask *a, struct history_page *p, history_take *take,
    void *context, struct err *err)
{
	enum history_piece rc;
	struct buf out = {0};
	bool wanted;

	tell(a);
	p->query = a->query;
	p->point = a->point;
	do {
		buf_clear(&out);
		rc = history_page_next(p, a->store, NULL, &out, err);
		wanted = rc == HISTORY_UNKNOWN || rc == HISTORY_FAILED ||
		    take(context, out.data, out.len);
	} while (rc == HISTORY_MORE && wanted);
	buf_free(&out);
	if (!wanted)
		err_set(err, "the output takes no more");
	if (rc == HISTORY_UNKNOWN)
		return EXIT_WRONG;
	return rc == HISTORY_FAILED || !wanted ? EXIT_FAILED : EXIT_DONE;
}

/* ---- either ---- */

int
history_ask_csv(struct history_ask *a, history_take *take, void *context,
    int64_t *kept_ms, struct err *err)
{
	struct ask_sink sink = {
	    .take = take, .context = context, .header = "Riser-From"};
	struct history_page page = {.csv = true};
	enum ask_result result;
	char path[PATH_BYTES];
	int code;

	put_path(path, a, "csv");
	result = ask_sink(a->store, path, &sink, err);
	*kept_ms = strtoll(sink.kept, NULL, 10);
	if (result != ASK_NOBODY)
		return exit_code(result);
	code = read_files(a, &page, take, context, err);
	*kept_ms = page.kept_ms;
	return code;
}

static bool
add(void *context, const char *bytes, size_t length)
{
	buf_add(context, bytes, length);
	return true;
}

int
history_ask_page(struct history_ask *a, struct buf *out, struct err *err)
{
	struct history_page page = {.max_rows = HISTORY_ROWS_MAX};
	enum ask_result result;
	char path[PATH_BYTES];

	put_path(path, a, "json");
	result = ask(a->store, path, out, err);
	if (result != ASK_NOBODY)
		return exit_code(result);
	return read_files(a, &page, add, out, err);
}
