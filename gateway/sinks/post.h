/*
 * post.h - one HTTP POST after another to one url, and what each answer means
 *
 * Over libcurl.  The connection is kept.  A certificate is always verified,
 * redirects are not followed, and a proxy of the environment is not used: what
 * is sent goes where the url says or nowhere.
 *
 * Belongs to one thread, but for post_stop.
 */
#ifndef POST_H
#define POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

struct post;

struct post_conf {
	const char *url; /* http:// or https:// */
	const char *token; /* user:password is sent as Basic, all else as Token;
			      or NULL */
	const char *ca_file; /* NULL: the system's */
	bool gzip;
	size_t bytes_max; /* of one text */
	int64_t connect_ms, answer_ms; /* until it is up; until all is done */
};

enum post_verdict {
	POST_WRITTEN, /* 2xx, and all of the answer came */
	POST_REFUSED, /* 400, 422: not so */
	POST_TOO_LARGE, /* 413 */
	POST_BUSY, /* 429, 503: later */
	POST_HELD, /* it will not do before somebody changed something */
	POST_FAILED, /* no answer, or half of one, or 5xx: again */
};

#define POST_WHY_MAX 512
#define POST_BODY_MAX 1024

struct post_answer {
	enum post_verdict verdict;
	int trouble; /* the status, or less than 0 if there was none; the same
			trouble has the same number */
	int64_t retry_after_ms; /* 1 s to 10 min, or -1: not said */
	char why[POST_WHY_MAX]; /* for people, unless it is written */
	char body[POST_BODY_MAX]; /* its beginning */
};

/* NULL with the reason if it can never work: the ca_file is none. */
struct post *post_open(const struct post_conf *conf, struct err *err);
void post_close(struct post *p); /* NULL is fine; may block in a resolver */

/* Sends text and waits for the answer, for answer_ms at most, but as long as
 * the resolver likes on the name. */
void post_send(struct post *p, const char *text, size_t length,
    struct post_answer *answer);

/* Any thread: what is being sent may take until then (monotonic ms), and
 * nothing is sent after it. */
void post_stop(struct post *p, int64_t by_ms);

#endif
