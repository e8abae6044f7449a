/*
 * handover.c - hands a mail to a server that has greeted us, pure
 *
 * Not libcurl's own way from here on: it waits for the answer to a mail, and to
 * QUIT, in a call that does not return, and no other channel would go on
 * meanwhile.  Connection, TLS and login stay its business.
 *
 * No pipelining: a mail has a few recipients, and not all servers can.
 */
#include "gateway/sinks/handover.h"

#include <string.h>

static void
say(struct handover *h, const char *before, const char *what, const char *after)
{
	size_t from = h->out.len;

	buf_printf(&h->out, "%s%s%s\r\n", before, what, after);
	talk_say(h->talk, h->out.data + from, h->out.len - from);
}

void
handover_begin(struct handover *h, struct talk *talk, const char *from,
    const struct buf *mail)
{
	struct buf out = h->out;

	buf_clear(&out);
	*h = (struct handover){.talk = talk, .mail = mail, .out = out};
	say(h, "MAIL FROM:<", from, ">");
}

void
handover_free(struct handover *h)
{
	buf_free(&h->out);
}

size_t
handover_pending(const struct handover *h, const char **bytes)
{
	*bytes = h->out.data + h->sent;
	return h->out.len - h->sent;
}

void
handover_sent(struct handover *h, size_t len)
{
	h->sent += len;
	if (h->sent < h->out.len)
		return;
	buf_clear(&h->out);
	h->sent = 0;
}

/* ---- answers ---- */

static void
end(struct handover *h, enum handover_stage stage)
{
	h->stage = (uint8_t)stage;
	if (h->out.len == 0) /* else half a line of ours is under way */
		buf_puts(&h->out, "QUIT\r\n");
}

static void
say_recipient_or_data(struct handover *h)
{
	if (h->said < h->talk->to_count) {
		h->stage = HANDOVER_TO;
		say(h, "RCPT TO:<", h->talk->to[h->said++], ">");
	} else if (h->any_taken) {
		h->stage = HANDOVER_DATA;
		say(h, "DATA", "", "");
	} else {
		end(h, HANDOVER_REFUSED);
	}
}

static void
give_mail(struct handover *h)
{
	h->stage = HANDOVER_MAIL;
	buf_add(&h->out, h->mail->data, h->mail->len);
	buf_puts(&h->out, ".\r\n");
}

/* The server's answer to what was said last. */
static void
take_answer(struct handover *h, int hundreds)
{
	switch (h->stage) {
	case HANDOVER_TO:
		h->any_taken |= hundreds == 2;
		say_recipient_or_data(h);
		return;
	case HANDOVER_DATA:
		if (hundreds == 3)
			give_mail(h);
		else
			end(h, HANDOVER_REFUSED);
		return;
	case HANDOVER_FROM:
		if (hundreds == 2)
			say_recipient_or_data(h);
		else
			end(h, HANDOVER_REFUSED);
		return;
	case HANDOVER_MAIL:
		end(h, hundreds == 2 ? HANDOVER_DONE : HANDOVER_REFUSED);
		return;
	}
}

static void
take_line(struct handover *h)
{
	bool out_of_turn = h->sent < h->out.len;

	if (!talk_hear(h->talk, h->line, h->line_len))
		return;
	if (out_of_turn) /* nothing was asked yet: nothing is answered */
		end(h, HANDOVER_REFUSED);
	else
		take_answer(h, h->talk->code / 100);
}

void
handover_hear(struct handover *h, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && h->stage < HANDOVER_DONE; i++) {
		if (bytes[i] == '\n') {
			take_line(h);
			h->line_len = 0;
		} else if (h->line_len < sizeof(h->line)) {
			h->line[h->line_len++] = bytes[i];
		}
	}
}
