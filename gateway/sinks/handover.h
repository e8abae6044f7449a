/*
 * handover.h - hands a mail to a server that has greeted us, pure
 *
 * From MAIL FROM to QUIT (RFC 5321), one line and its answer after the other:
 * bytes in, bytes out.  A mail goes to those recipients who are taken.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "gateway/base/buf.h"
#include "gateway/sinks/talk.h"

enum handover_stage {
	HANDOVER_FROM,
	HANDOVER_TO,
	HANDOVER_DATA,
	HANDOVER_MAIL,
	HANDOVER_DONE, /* the server has it */
	HANDOVER_REFUSED, /* talk knows why, or the server makes no sense */
};

struct handover {
	struct talk *talk; /* its recipients; what is said and heard */
	const struct buf *mail;
	uint8_t stage; /* enum handover_stage */
	size_t said; /* recipients */
	bool any_taken;
	char line[512]; /* of the server's, as it comes in */
	size_t line_len;
	struct buf out; /* zeroed before the first time, then kept */
	size_t sent; /* of it */
};

/* talk, just begun, and mail (of lines with CRLF, none of them with a dot at
 * its start) outlive it. */
void handover_begin(struct handover *h, struct talk *talk, const char *from,
    const struct buf *mail);
void handover_free(struct handover *h);

/* What came from the server, not trusted. */
void handover_hear(struct handover *h, const char *bytes, size_t len);

/* What is to be sent; it stays where it is until it is sent.  0: nothing, the
 * server's turn. */
size_t handover_pending(const struct handover *h, const char **bytes);
void handover_sent(struct handover *h, size_t len);

#endif
