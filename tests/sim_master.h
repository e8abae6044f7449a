/*
 * sim_master.h - a simulated estate in a folder of its own, and masters that
 * ask it, in one thread: while a master waits the simulator runs
 */
#ifndef SIM_MASTER_H
#define SIM_MASTER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/sim/frame.h"
#include "gateway/sim/sim.h"
#include "tests/sim_help.h"

#define PATIENCE_MS 2000 /* for an answer that must come */
#define QUIET_MS 60 /* without an answer that must not come */
#define UNIT_STAGING 255

static char dir[] = "/tmp/riser-sim-XXXXXX";
static char path[108]; /* of the shaft's line, two folders deep */
static struct sim_conf sc;
static struct sim *sim;
static struct err err;
static uint16_t substation_port, door_port;
static struct frame got;

static inline void
turn_ms(int64_t ms)
{
	for (int64_t end = clock_mono_ms() + ms; clock_mono_ms() < end;)
		sim_turn(sim, end);
}

static inline uint16_t
free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	close(fd);
	return ntohs(a.sin_port);
}

static inline void
start(void)
{
	sim = sim_open(&help_conf, &sc, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
}

static inline int
remove_one(const char *name, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(name);
}

static inline void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/dev/serial/shaft", dir);
	strcpy(help_buses[SHAFT].line.path, path);
	help_buses[SUBSTATION].line.port = substation_port = free_port();
	do
		door_port = free_port();
	while (door_port == substation_port);
	sc = (struct sim_conf){.seed = 1, .speed = 1, .door_port = door_port};
}

static inline void
setup_running(void)
{
	setup();
	start();
}

static inline void
teardown(void)
{
	sim_close(sim);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int
connect_to(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static inline int
open_line(void)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);

	ck_assert_msg(fd != -1, "%s: %s", path, strerror(errno));
	return fd;
}

/* A frame with a PDU of five bytes: all that is asked here. */
static inline struct frame
request(uint8_t unit, uint8_t function, unsigned address, unsigned value)
{
	return (struct frame){.transaction = 0x5aa5,
	    .unit = unit,
	    .len = 5,
	    .pdu = {function, (uint8_t)(address >> 8), (uint8_t)address,
		(uint8_t)(value >> 8), (uint8_t)value}};
}

static inline void
send_tcp(int fd, struct frame f)
{
	uint8_t bytes[FRAME_TCP_MAX];
	size_t len = frame_tcp_write(&f, bytes);

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
}

static inline void
send_serial(int fd, struct frame f)
{
	uint8_t bytes[FRAME_RTU_MAX];
	size_t len = frame_rtu_write(&f, bytes);

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
}

/* Lets the simulator run until an answer is there; false if none comes. */
static inline bool
hear_tcp(int fd, int64_t patience_ms)
{
	uint8_t bytes[FRAME_TCP_MAX];
	int64_t end = clock_mono_ms() + patience_ms;
	size_t len = 0;

	while (clock_mono_ms() < end) {
		ssize_t n;

		turn_ms(1);
		n = read(fd, bytes + len, 1); /* never into the next frame */
		for (; n == 1; n = read(fd, bytes + len, 1)) {
			len++;
			if (frame_tcp_take(bytes, len, &got) > 0)
				return true;
		}
	}
	return false;
}

static inline bool
hear_serial(int fd, int64_t patience_ms)
{
	uint8_t bytes[FRAME_RTU_MAX];
	int64_t end = clock_mono_ms() + patience_ms;
	size_t len = 0;

	while (clock_mono_ms() < end) {
		ssize_t n;

		turn_ms(1);
		n = read(fd, bytes + len, sizeof(bytes) - len);
		len += n > 0 ? (size_t)n : 0;
		if (frame_rtu_rescue(bytes, len, &got) > 0)
			return true;
	}
	return false;
}

static inline bool
ask_tcp(int fd, struct frame f)
{
	send_tcp(fd, f);
	return hear_tcp(fd, PATIENCE_MS);
}

static inline bool
ask_serial(int fd, struct frame f)
{
	send_serial(fd, f);
	return hear_serial(fd, PATIENCE_MS);
}

static inline void
stage(int door, uint8_t unit, uint16_t mood)
{
	ck_assert(ask_tcp(door, request(UNIT_STAGING, 6, unit, mood)));
	ck_assert_uint_eq(got.pdu[0], 6);
}

static inline float
heard_float(void)
{
	uint32_t raw = 0;
	float f;

	for (size_t i = 2; i < 6; i++)
		raw = raw << 8 | got.pdu[i];
	ck_assert_uint_eq(got.pdu[1], 4);
	memcpy(&f, &raw, sizeof(f));
	return f;
}

#endif
