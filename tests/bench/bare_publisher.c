/*
 * bare_publisher.c - how fast paho alone brings messages to a broker
 *
 *	bare_publisher tcp://HOST:PORT WINDOW FILE
 *
 * Publishes each line of the file, "topic, tab, payload", at QoS 1 with so many
 * unacknowledged at a time, and prints the seconds it took until the last was
 * acknowledged.  The file is in memory before the first is sent.
 */
#include <MQTTAsync.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"

static sem_t room, connected;

static void
on_done(void *context, MQTTAsync_successData *s)
{
	(void)s;
	sem_post(context);
}

static void
on_failure(void *context, MQTTAsync_failureData *f)
{
	(void)context;
	(void)f;
	fprintf(stderr, "the broker does not take it\n");
	exit(1);
}

static int
on_message(void *context, char *topic, int length, MQTTAsync_message *m)
{
	(void)context;
	(void)length;
	MQTTAsync_freeMessage(&m);
	MQTTAsync_free(topic);
	return 1;
}

static char *
read_all(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t length = 0;

	if (f == NULL || getdelim(&text, &length, '\0', f) == -1) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return text;
}

static MQTTAsync
open_broker(const char *url)
{
	MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
	MQTTAsync m;

	if (MQTTAsync_create(&m, url, "bare", MQTTCLIENT_PERSISTENCE_NONE,
		NULL) != MQTTASYNC_SUCCESS)
		exit(1);
	MQTTAsync_setCallbacks(m, NULL, NULL, on_message, NULL);
	o.cleansession = 1;
	o.maxInflight = 1000;
	o.onSuccess = on_done;
	o.onFailure = on_failure;
	o.context = &connected;
	if (MQTTAsync_connect(m, &o) != MQTTASYNC_SUCCESS)
		exit(1);
	sem_wait(&connected);
	return m;
}

static void
publish(MQTTAsync m, const char *topic, const char *payload)
{
	MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;

	o.onSuccess = on_done;
	o.onFailure = on_failure;
	o.context = &room;
	sem_wait(&room);
	if (MQTTAsync_send(m, topic, (int)strlen(payload), payload, 1, 0, &o) !=
	    MQTTASYNC_SUCCESS)
		exit(1);
}

int
main(int argc, char *argv[])
{
	unsigned window = argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	char *text, *line, *rest = NULL;
	int64_t start_us;
	MQTTAsync m;

	if (window == 0)
		return 2;
	text = read_all(argv[3]);
	sem_init(&connected, 0, 0);
	sem_init(&room, 0, window);
	m = open_broker(argv[1]);
	start_us = clock_mono_us();
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *payload = strchr(line, '\t');

		if (payload == NULL)
			continue;
		*payload++ = '\0';
		publish(m, line, payload);
	}
	for (unsigned i = 0; i < window; i++)
		sem_wait(&room);
	printf("%.3f\n", (double)(clock_mono_us() - start_us) / 1e6);
	MQTTAsync_destroy(&m);
	return 0;
}
