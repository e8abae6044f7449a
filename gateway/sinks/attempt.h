/*
 * attempt.h - one attempt to tell people of one alarm, as the log of events
 * keeps it, pure
 *
 *	"type":"notify","channel":"duty","device":..,"alarm":..,"why":"raise" |
 *	"repeat" | "escalate" | "clear","step":N, (of escalate)
 *	"of_log":ID,"of":SEQ,"since":MS,"result":"sent" | "failed" | "given-up",
 *	"code":N,"ms":LATENCY,"try":N,"late":true,"trouble":SENTENCE (if so)
 *
 * (of_log, of): the alarm's event that it tells of; since: as that says.  code,
 * trouble: robot.h's answer.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum attempt_result {
	ATTEMPT_SENT,
	ATTEMPT_FAILED,
	ATTEMPT_GIVEN_UP, /* failed, and not tried again on this channel */
	ATTEMPT_RESULTS
};

extern const char *const attempt_result_names[]; /* "sent", .. */

struct attempt {
	const char *channel, *device, *alarm;
	uint8_t why; /* enum letter_why */
	uint8_t step; /* of LETTER_ESCALATE: which */
	uint8_t result; /* enum attempt_result */
	bool late;
	const char *of_log;
	uint64_t of;
	int64_t since_ms; /* Unix */
	long code;
	int64_t took_ms; /* from the request to the answer */
	unsigned number; /* of tries */
	const char *trouble; /* or NULL */
};

/* Appends the members of the event, without braces. */
void attempt_write(const struct attempt *a, struct buf *out);

/* Texts are the event's.  False if it is no such event. */
bool attempt_read(struct attempt *a, const json_t *event);

#endif
