/*
 * floor.c - the least that a program in C does: what riser's use of the
 * processor is held against
 *
 *	floor FARM-PORT DEVICES POINTS BROKER-PORT
 *
 * Reads POINTS registers of each device of tests/farm.c each second with
 * libmodbus, and publishes them as one message with libmosquitto, at QoS 0. One
 * thread, no journal, no quality, no time of each value, no retry: whatever
 * goes wrong ends it.
 */
#include <modbus/modbus.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DEVICES_MAX 1000

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

static void
publish(struct mosquitto *m, int device, const uint16_t *values, int count)
{
	char topic[32], text[4096];
	struct timespec now;
	int len;

	clock_gettime(CLOCK_REALTIME, &now);
	len = snprintf(text, sizeof(text), "{\"ts\":%lld,\"values\":{",
	    (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	for (int i = 0; i < count; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
		    "%s\"r%d\":%u", i == 0 ? "" : ",", i, values[i]);
	len += snprintf(text + len, sizeof(text) - (size_t)len, "}}");
	snprintf(topic, sizeof(topic), "floor/d%d", device);
	if (mosquitto_publish(m, NULL, topic, len, text, 0, false) != 0)
		fail("cannot publish");
	mosquitto_loop(m, 0, 1);
}

int
main(int argc, char **argv)
{
	static modbus_t *links[DEVICES_MAX];
	int port, devices, points;
	struct mosquitto *m;
	struct timespec next;
	uint16_t values[125];
	char address[32];

	if (argc != 5 || (devices = atoi(argv[2])) > DEVICES_MAX ||
	    (points = atoi(argv[3])) > 125)
		fail("FARM-PORT DEVICES POINTS BROKER-PORT");
	port = atoi(argv[1]);
	mosquitto_lib_init();
	m = mosquitto_new("floor", true, NULL);
	if (mosquitto_connect(m, "127.0.0.1", atoi(argv[4]), 60) != 0)
		fail("no broker");
	for (int i = 0; i < devices; i++) {
		snprintf(address, sizeof(address), "127.1.%d.%d", i / 250,
		    1 + i % 250);
		links[i] = modbus_new_tcp(address, port);
		if (modbus_connect(links[i]) == -1)
			fail("no farm");
	}
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		for (int i = 0; i < devices; i++) {
			if (modbus_read_registers(
				links[i], 0, points, values) != points)
				fail("cannot read");
			publish(m, i, values, points);
		}
		next.tv_sec++;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}
