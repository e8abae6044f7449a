/*
 * pulse.h - what a heartbeat says: the time here, whether the loop turns, where
 * the readings go, who is on duty
 */
#ifndef PULSE_H
#define PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"

#define PULSE_UPLINKS_MAX 4
#define PULSE_DUTY_MAX 8
#define PULSE_NAME_MAX 64 /* bytes with the NUL; what is longer is cut */

struct pulse_uplink {
	const char *sink; /* "mqtt": a text of the program */
	bool connected;
	uint64_t pending; /* readings that it has not had */
};

/* Any viewer may read this. */
struct pulse_duty {
	char zh[PULSE_NAME_MAX], en[PULSE_NAME_MAX]; /* one may be "" */
	char phone[PULSE_NAME_MAX]; /* 138****6620; "": none */
};

/* What only the daemon knows. */
struct pulse_known {
	uint8_t uplink_count, duty_count;
	struct pulse_uplink uplinks[PULSE_UPLINKS_MAX];
	struct pulse_duty duty[PULSE_DUTY_MAX];
};

struct pulse;

struct pulse *pulse_new(const char *build);
void pulse_free(struct pulse *p); /* NULL is fine */

/* Copied, under a lock that is held for nothing else.  Any thread. */
void pulse_know(struct pulse *p, const struct pulse_known *known);

/* Appends {"ts":..,"synced":..,..}.  Any thread. */
void pulse_print(
    struct pulse *p, uint32_t names, int64_t loop_age_ms, struct buf *out);

/* As "138****6620"; of a number of less than 8 digits nothing is shown but its
 * last two. */
void pulse_mask(char masked[PULSE_NAME_MAX], const char *phone);

/* A copy, cut before a character that does not fit; NULL is "". */
void pulse_name(char copy[PULSE_NAME_MAX], const char *name);

#endif
