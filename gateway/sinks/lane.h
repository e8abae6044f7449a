/*
 * lane.h - the way of one channel: a transfer of libcurl's, and for a mail what
 * comes after it
 *
 * Belongs to sender.c.  Nothing here blocks.
 */
#ifndef LANE_H
#define LANE_H

#include <curl/curl.h>

#include "gateway/sinks/handover.h"
#include "gateway/sinks/sender.h"

#define LANE_REPLY_MAX 4096 /* bytes of an answer that are kept */

enum lane_state {
	LANE_FREE,
	LANE_WITH_CURL, /* its handle is in the multi handle, and busy */
	LANE_HANDING, /* a mail; the handle is only kept there */
	LANE_ENDED, /* answer and took_ms are there to be taken */
};

struct lane {
	uint8_t state; /* enum lane_state; who takes the answer frees it */
	const struct notify_channel *channel;
	CURL *easy;
	struct curl_slist *headers;
	struct buf url, body;
	int64_t begun_ms; /* monotonic */
	char reply[LANE_REPLY_MAX];
	size_t reply_len;
	char error[CURL_ERROR_SIZE];
	struct robot_answer answer;
	int64_t took_ms;
	/* of mail */
	const char **to; /* room for all recipients */
	uint16_t *refused;
	size_t room;
	struct talk talk;
	struct handover handover;
};

/* Whether it can work at all, or the reason. */
bool lane_judge(const struct notify_channel *c, struct err *err);

/* c outlives it.  The handle's CURLOPT_PRIVATE is the lane. */
void lane_open(struct lane *lane, const struct notify_channel *c);
void lane_close(struct lane *lane); /* not in the multi handle any more */

/* Sets the handle up; the caller gives it to the multi handle.  from, id: see
 * mail.h. */
void lane_begin(struct lane *lane, const struct letter *l, const char *from,
    int64_t now_ms, const char *id);

/* libcurl is done: now it is ENDED, or HANDING. */
void lane_done(struct lane *lane, CURLcode code);

/* One that is HANDING: does what can be done now. */
void lane_go_on(struct lane *lane);

/* What it waits for; it must go on by lane_until_ms in any case. */
void lane_wait(const struct lane *lane, struct curl_waitfd *fd);
int64_t lane_until_ms(const struct lane *lane);

#endif
