/*
 * sequel.c - the answer of an inquiry that comes in pieces, as it is read
 *
 * The worker makes a piece and is free for others until that is sent: who reads
 * slowly, or not at all, holds his connection and one piece, some 64 KiB, and
 * libmicrohttpd closes it after ten seconds without a byte.  Somebody's year
 * and the journal for another page take turns piece by piece, in the order in
 * which they were asked for.  A piece of an answer that was begun is never
 * refused; there are no more of them than connections, which is 8 MiB if all of
 * them read history and none reads on.
 *
 * A piece takes some milliseconds.  One that hangs in the disk when the server
 * stops is left behind with its thread; the inquiry has references to all it
 * uses, the history itself among them.
 *
 * Not done: making the next piece while one is sent.  It would save some
 * milliseconds a megabyte, and need the memory twice.
 */
#include "gateway/web/sequel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/web/answer.h"

#define MIME_CSV "text/csv; charset=utf-8; header=present"
#define FILE_NAME_MAX 256

struct sequel {
	struct inquiry *inquiry;
	struct worker *worker;
	size_t sent; /* of the piece */
};

/* The connection is suspended until the next piece is there. */
static ssize_t
ask_next(struct sequel *s)
{
	struct inquiry *i = s->inquiry;

	buf_clear(&i->out);
	s->sent = 0;
	i->status = 0; /* and stays so if the worker ends before */
	if (!worker_give(s->worker, &i->errand, i->errand.connection))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return 0;
}

static ssize_t
next(void *context, uint64_t at, char *to, size_t room)
{
	struct sequel *s = context;
	struct inquiry *i = s->inquiry;
	size_t length;

	(void)at;
	if (i->errand.left || i->status != MHD_HTTP_OK)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	length = i->out.len - s->sent;
	if (length == 0)
		return i->more ? ask_next(s) : MHD_CONTENT_READER_END_OF_STREAM;
	if (length > room)
		length = room;
	memcpy(to, i->out.data + s->sent, length);
	s->sent += length;
	return (ssize_t)length;
}

enum MHD_Result
sequel_answer(struct MHD_Connection *c, struct inquiry *i, struct worker *w)
{
	const struct history_page *page = &i->page;
	struct sequel *s = must_alloc(1, sizeof(*s));
	char file[FILE_NAME_MAX];
	struct answer_parts parts = {.type = page->csv ? MIME_CSV : MIME_JSON,
	    .file = page->csv ? file : NULL,
	    .size = i->more ? MHD_SIZE_UNKNOWN : i->out.len,
	    .kept_ms = page->kept_ms,
	    .next = next,
	    .context = s,
	    .over = free};

	*s = (struct sequel){.inquiry = i, .worker = w};
	snprintf(file, sizeof(file), "%s-%s.csv", page->query.device,
	    page->query.point);
	return answer_follow(c, &parts);
}
