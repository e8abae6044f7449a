/*
 * fuzz_handover.c - any bytes as a mail server's, and what must hold
 *
 * A byte of 0 is where we get to send what is pending.  The mail is delivered
 * only if all of it was sent, somebody was taken, and then a 2xx came; it ends
 * only once; the sentence is clean.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/sinks/handover.h"

#define MAIL "Subject: t\r\n\r\neA==\r\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
send_all(struct handover *h, bool *mail_sent)
{
	const char *bytes;
	size_t len = handover_pending(h, &bytes);

	if (len > 0 && strncmp(bytes, MAIL ".\r\n", len) == 0)
		*mail_sent = true;
	assert(len == 0 || strchr("MRDSQ", bytes[0]) != NULL);
	assert(len < 2 || memcmp(bytes + len - 2, "\r\n", 2) == 0);
	if (len > 0)
		handover_sent(h, len);
}

static void
check_sentence(const struct talk *t, bool sent)
{
	static const struct notify_channel c = {.url = "smtp://h.example"};
	struct robot_answer a;
	size_t len;

	if (!talk_judge(t, sent, &c, &a))
		return;
	len = strnlen(a.why, sizeof(a.why));
	assert(len < sizeof(a.why));
	assert(sent == (a.verdict == ROBOT_SENT) && (sent || len > 0));
	for (size_t i = 0; i < len;) {
		size_t n = utf8_char(a.why + i, len - i);

		assert(n > 0 && (uint8_t)a.why[i] >= ' ' && a.why[i] != 0x7f);
		i += n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const to[] = {"a@x", "b@y", "c@z"};
	uint16_t refused[3];
	struct buf mail = {0};
	struct handover h = {0};
	struct talk talk;
	bool mail_sent = false;

	buf_puts(&mail, MAIL);
	talk_begin(&talk, to, 3, refused);
	handover_begin(&h, &talk, "r@z", &mail);
	for (size_t i = 0; i < size; i++) {
		uint8_t before = h.stage;

		if (data[i] == 0)
			send_all(&h, &mail_sent);
		else
			handover_hear(&h, (const char *)data + i, 1);
		assert(before < HANDOVER_DONE || h.stage == before);
	}
	if (h.stage == HANDOVER_DONE) {
		assert(mail_sent && talk.code / 100 == 2);
		assert(!refused[0] || !refused[1] || !refused[2]);
	}
	check_sentence(&talk, h.stage == HANDOVER_DONE);
	handover_free(&h);
	buf_free(&mail);
	return 0;
}
