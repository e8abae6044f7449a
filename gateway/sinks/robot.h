/*
 * robot.h - group robots of DingTalk, WeCom and Feishu, and the plain webhook:
 * what is posted, how it is signed, what the answer means, pure
 *
 * DingTalk: ?timestamp=MS&sign=.., HMAC-SHA256 with the secret as key over
 * "MS\nsecret", base64, then URL-encoded; markdown or text, `at.atMobiles`.
 * WeCom: no signature; P1 as text with mentioned_mobile_list (markdown cannot
 * mention), at most 2,048 bytes.
 * Feishu: `timestamp` (s) and `sign` in the body, HMAC-SHA256 of nothing with
 * "s\nsecret" as key; at most 20 kB.
 * All three say HTTP 200 also when they refuse: errcode or code is then not 0.
 */
#ifndef ROBOT_H
#define ROBOT_H

#include "gateway/sinks/letter.h"

/* Appends the url and the body of a request, of any type but EMAIL.  A text
 * that is too long for the robot is cut at a line, and says so.  now_ms: Unix.
 */
void robot_request(
    const struct letter *l, int64_t now_ms, struct buf *url, struct buf *body);

enum robot_verdict {
	ROBOT_SENT,
	ROBOT_BUSY, /* over its limit: silent for a while */
	ROBOT_FAILED, /* may go better next time */
	ROBOT_REFUSED, /* never, as it is: a wrong token or signature, text */
};

struct robot_answer {
	uint8_t verdict; /* enum robot_verdict */
	long code; /* errcode of the robot; else the HTTP status; < 0: libcurl's
		      or there was none */
	int64_t retry_after_ms; /* of BUSY, how long; else 0 */
	char why[256]; /* a sentence that says what to do next; "" if sent */
};

/* body (len bytes, not trusted): what came with the status. */
void robot_judge(enum channel_type type, long status, const char *body,
    size_t len, struct robot_answer *a);

#endif
