/*
 * robot.h - group robots of DingTalk, WeCom and Feishu, and the plain webhook:
 * what is posted, how it is signed, what the answer means, pure
 *
 * Each robot gets the one form in which it reads nothing into what is written:
 * no link, no mention and no markup comes from a text, whatever a device is
 * called.
 *
 * DingTalk: text, with the mobile numbers to mention in `at.atMobiles` and as
 * @number in the text.  ?timestamp=MS&sign=.., HMAC-SHA256 with the secret as
 * key over "MS\nsecret", base64, then URL-encoded.  20 a minute, or ten minutes
 * of silence.
 *
 * WeCom: text of at most 2,048 bytes, with mentioned_mobile_list and
 * mentioned_list (its markdown, of 4,096, mentions no mobile numbers).  No
 * signature.  20 a minute.
 *
 * Feishu: post (rich text), a line a paragraph; at most 20 KB.  `timestamp` (s)
 * and `sign` in the body, HMAC-SHA256 of nothing with "s\nsecret" as key.  100
 * a minute, 5 a second.
 *
 * All three say HTTP 200 also when they refuse: errcode or code is then not 0.
 *
 * Webhook: the letter's json as it is; any 2xx is a success.
 */
#ifndef ROBOT_H
#define ROBOT_H

#include "gateway/sinks/letter.h"

/* Appends the url and the body of a request, of any type but EMAIL.  A text
 * that is too long for the robot is cut at a line, and says so.  now_ms: Unix.
 */
void robot_request(
    const struct letter *l, int64_t now_ms, struct buf *url, struct buf *body);

/* Whether that would cut nothing: what must not be cut goes in several letters.
 * Any type; a webhook and a mail have no limit here. */
bool robot_fits(const struct letter *l);

enum robot_verdict {
	ROBOT_SENT,
	ROBOT_BUSY, /* over its limit: silent for a while */
	ROBOT_FAILED, /* may go better next time */
	ROBOT_REFUSED, /* never, as it is: a wrong token or signature, text */
};

#define ROBOT_WHY_MAX 256

struct robot_answer {
	uint8_t verdict; /* enum robot_verdict */
	/* errcode of the robot; else the status of HTTP or SMTP; < 0:
	 * libcurl's, since there was none. */
	long code;
	int64_t retry_after_ms; /* of BUSY, how long; else 0 */
	/* A sentence with the host that says what to do next.  Empty if sent,
	 * unless some recipients of a mail were refused: then which. */
	char why[ROBOT_WHY_MAX];
};

/* What came back.  Not trusted. */
struct robot_reply {
	long status; /* of HTTP */
	const char *body;
	size_t len;
	int64_t retry_after_ms; /* of its head, or 0 */
	int64_t ahead_ms; /* how far our clock is before the one in its head */
};

#define ROBOT_NO_CLOCK INT64_MIN /* ahead_ms: it said no time */

/* Nothing of the url but its host gets into the answer, even if the reply
 * repeats it. */
void robot_judge(const struct notify_channel *c, const struct robot_reply *r,
    struct robot_answer *a);

#endif
