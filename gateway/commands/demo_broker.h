/*
 * demo_broker.h - a demo's mosquitto, and what comes out of it
 */
#ifndef DEMO_BROKER_H
#define DEMO_BROKER_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/commands/demo_child.h"

/* Begins as {.fd = -1}. */
struct demo_messages {
	int fd; /* mosquitto_sub's output */
	size_t line_len;
	char line[8192]; /* the part of a message that has come so far */
	char last[8192]; /* the last data message, for the eye */
	unsigned count; /* since somebody set it to 0 */
};

/* 0, or -1 if it could not be started. */
int demo_broker_start(struct demo_children *c, int port);
bool demo_broker_answers(int port);

/* mosquitto_sub at the broker: all that riser publishes. */
int demo_messages_start(
    struct demo_children *c, int port, struct demo_messages *m);

/* Takes what has come, waits at most wait_ms for something. */
void demo_messages_read(struct demo_messages *m, int wait_ms);

#endif
