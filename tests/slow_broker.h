/*
 * slow_broker.h - a broker on a line that takes its time for each message
 *
 * One connection at a time, in MQTT 3.1.1, or in 5 as far as it goes.  Takes
 * one message after the other: reads it, waits, writes it down, acknowledges
 * it.  So what is sent waits for all that was sent before.
 */
#ifndef SLOW_BROKER_H
#define SLOW_BROKER_H

#include <pthread.h>

#include "tests/mqtt_help.h"

#define SLOW_TAKEN_MAX 512
#define SLOW_TEXT_MAX 512

#define SLOW_MUTE 1

static struct {
	int listener, fd;
	int64_t each_ms;
	bool five;
	uint8_t suback; /* the answer to a subscription; SLOW_MUTE: none */
	pthread_t thread;
	pthread_mutex_t lock; /* covers what follows */
	size_t count; /* messages acknowledged, in their order */
	char taken[SLOW_TAKEN_MAX][SLOW_TEXT_MAX]; /* topic payload */
} slow = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* All of it; false when the connection is gone. */
static inline bool
slow_read(uint8_t *out, size_t length)
{
	return recv(slow.fd, out, length, MSG_WAITALL) == (ssize_t)length;
}

static inline void
slow_write(const void *bytes, size_t length)
{
	(void)!send(slow.fd, bytes, length, MSG_NOSIGNAL);
}

static inline void
slow_take(const uint8_t *body, size_t length)
{
	size_t topic = (size_t)body[0] << 8 | body[1];
	size_t head = 4 + topic + (slow.five ? 1 : 0); /* no properties */
	uint8_t ack[4] = {0x40, 2, body[2 + topic], body[3 + topic]};

	poll(NULL, 0, (int)slow.each_ms);
	pthread_mutex_lock(&slow.lock);
	if (slow.count < SLOW_TAKEN_MAX)
		snprintf(slow.taken[slow.count++], SLOW_TEXT_MAX, "%.*s %.*s",
		    (int)topic, (const char *)body + 2, (int)(length - head),
		    (const char *)body + head);
	pthread_mutex_unlock(&slow.lock);
	slow_write(ack, sizeof(ack));
}

/* With the number of what it answers, and in 5 the length of properties. */
static inline void
slow_answer(uint8_t type, const uint8_t *body, const uint8_t *code)
{
	uint8_t out[6] = {type, 2, body[0], body[1]};

	if (slow.five)
		out[2 + out[1]++] = 0;
	if (code != NULL)
		out[2 + out[1]++] = *code;
	slow_write(out, 2u + out[1]);
}

/* One packet; false when the connection is gone. */
static inline bool
slow_packet(void)
{
	static uint8_t body[8192];
	uint8_t type, byte;
	size_t length = 0;
	unsigned shift = 0;

	if (!slow_read(&type, 1))
		return false;
	do {
		if (!slow_read(&byte, 1))
			return false;
		length |= (size_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte >= 0x80);
	if (length > sizeof(body) || !slow_read(body, length))
		return false;
	switch (type >> 4) {
	case 1: /* CONNECT */
		if (slow.five)
			slow_write("\x20\3\0\0\0", 5);
		else
			slow_write("\x20\2\0\0", 4);
		break;
	case 3: slow_take(body, length); break; /* PUBLISH */
	case 8: /* SUBSCRIBE */
		if (slow.suback != SLOW_MUTE)
			slow_answer(0x90, body, &slow.suback);
		break;
	case 10: /* UNSUBSCRIBE */
		slow_answer(0xb0, body, slow.five ? (uint8_t[]){0} : NULL);
		break;
	case 12: slow_write("\xd0\0", 2); break; /* PINGREQ */
	default: break;
	}
	return true;
}

static inline void *
slow_run(void *arg)
{
	(void)arg;
	while ((slow.fd = accept(slow.listener, NULL, NULL)) != -1) {
		while (slow_packet())
			continue;
		close(slow.fd);
	}
	return NULL;
}

static inline void
slow_start(int on_port, int64_t each_ms)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)on_port)};
	int one = 1;

	slow.each_ms = each_ms;
	slow.count = 0;
	slow.listener = socket(AF_INET, SOCK_STREAM, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(slow.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ck_assert_int_eq(
	    bind(slow.listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(slow.listener, 1), 0);
	pthread_create(&slow.thread, NULL, slow_run, NULL);
}

/* When the client has gone. */
static inline void
slow_stop(void)
{
	shutdown(slow.listener, SHUT_RDWR);
	pthread_join(slow.thread, NULL);
	close(slow.listener);
}

static inline size_t
slow_count(void)
{
	size_t count;

	pthread_mutex_lock(&slow.lock);
	count = slow.count;
	pthread_mutex_unlock(&slow.lock);
	return count;
}

/* Where the message with this text is; SLOW_TAKEN_MAX if it has not come. */
static inline size_t
slow_find(const char *text)
{
	size_t at = SLOW_TAKEN_MAX;

	pthread_mutex_lock(&slow.lock);
	for (size_t i = 0; i < slow.count && at == SLOW_TAKEN_MAX; i++)
		if (strstr(slow.taken[i], text) != NULL)
			at = i;
	pthread_mutex_unlock(&slow.lock);
	return at;
}

#endif
