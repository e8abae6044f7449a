/*
 * modbus_help.h - a fake slave for the tests of the Modbus driver
 *
 * A thread that plays all units of a pty or of a loopback port, that one with
 * Modbus TCP or as a transparent serial server.  Register n holds n, so that a
 * wrong value is seen at once.  What it says to a question,
 * and when, is the test's: `behave` is called for each, and queues what is to
 * be said with fake_say().  It writes down all that ever came, for the last
 * test of each program: nothing but a read may have left.
 */
#ifndef MODBUS_HELP_H
#define MODBUS_HELP_H

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/driver.h"
#include "drivers/modbus_frame.h"
#include "drivers/modbus_wait.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define SAID_MAX 300
#define PENDING_MAX 320 /* a whole frame, byte by byte */
#define BUSY_MACHINE_MS 1000 /* beyond the 50 that are promised */

extern const struct driver driver_modbus;

/* All that left the driver in this program, from any test. */
static struct {
	atomic_uint reads[5]; /* by function code */
	atomic_uint others, stray_bytes;
} left;

struct fake;
typedef void fake_behaviour(struct fake *f, const uint8_t *unit_and_pdu);

struct said {
	int64_t due_us;
	size_t len;
	uint8_t bytes[SAID_MAX];
};

struct fake {
	bool tcp, mbap, stop, babble,
	    was_reset; /* tcp: a socket; mbap: with a header */
	int listener, fd, other_end;
	char path[64];
	uint16_t port;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	fake_behaviour *behave;
	int row; /* of the test's table */
	unsigned asked, connections;
	uint16_t id; /* of the last question */
	int64_t asked_us, said_us, least_gap_us;
	size_t len, pending_count;
	uint8_t heard[16];
	struct said pending[PENDING_MAX];
};

/* ---- frames ---- */

static inline size_t
fake_wrap(
    const struct fake *f, const uint8_t *unit_and_pdu, size_t len, uint8_t *out)
{
	if (f->mbap) {
		out[0] = (uint8_t)(f->id >> 8);
		out[1] = (uint8_t)f->id;
		out[2] = out[3] = 0;
		out[4] = (uint8_t)(len >> 8);
		out[5] = (uint8_t)len;
		memcpy(out + 6, unit_and_pdu, len);
		return len + 6;
	}
	memcpy(out, unit_and_pdu, len);
	out[len] = (uint8_t)modbus_frame_crc(out, len);
	out[len + 1] = (uint8_t)(modbus_frame_crc(out, len) >> 8);
	return len + 2;
}

static inline bool
fake_bit(unsigned address)
{
	return ((address ^ address >> 3) & 1) != 0;
}

/* The right answer. */
static inline size_t
fake_answer(const struct fake *f, const uint8_t *q, uint8_t *out)
{
	unsigned address = (unsigned)(q[2] << 8 | q[3]);
	unsigned count = (unsigned)(q[4] << 8 | q[5]);
	uint8_t a[256] = {q[0], q[1]};

	if (q[1] <= 2) {
		a[2] = (uint8_t)((count + 7) / 8);
		for (unsigned i = 0; i < count; i++)
			if (fake_bit(address + i))
				a[3 + i / 8] |= (uint8_t)(1 << i % 8);
		return fake_wrap(f, a, 3u + a[2], out);
	}
	a[2] = (uint8_t)(count * 2);
	for (unsigned i = 0; i < count; i++) {
		a[3 + 2 * i] = (uint8_t)((address + i) >> 8);
		a[4 + 2 * i] = (uint8_t)(address + i);
	}
	return fake_wrap(f, a, 3u + a[2], out);
}

static inline size_t
fake_exception(
    const struct fake *f, const uint8_t *q, uint8_t code, uint8_t *out)
{
	uint8_t a[] = {q[0], (uint8_t)(q[1] | 0x80), code};

	return fake_wrap(f, a, sizeof(a), out);
}

/* ---- speaking ---- */

/* Called with the lock held: by a behaviour. */
static inline void
fake_say(struct fake *f, int64_t delay_us, const uint8_t *bytes, size_t len)
{
	struct said *s = &f->pending[f->pending_count++];

	if (f->pending_count > PENDING_MAX || len > SAID_MAX)
		abort();
	s->due_us = modbus_wait_now_us() + delay_us;
	s->len = len;
	memcpy(s->bytes, bytes, len);
}

static inline void
answers(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];

	fake_say(f, 0, out, fake_answer(f, q, out));
}

static inline void
is_silent(struct fake *f, const uint8_t *q)
{
	(void)f;
	(void)q;
}

static inline void
fake_say_due(struct fake *f, int64_t now_us)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->pending_count; i++) {
		struct said *s = &f->pending[i];

		if (s->due_us > now_us) {
			f->pending[kept++] = *s;
			continue;
		}
		f->said_us = modbus_wait_now_us();
		/* To a peer that has gone it may fail: then it is not heard. */
		if (f->tcp && f->fd != -1)
			(void)!send(f->fd, s->bytes, s->len, MSG_NOSIGNAL);
		else if (f->fd != -1)
			(void)!write(f->fd, s->bytes, s->len);
	}
	f->pending_count = kept;
}

/* ---- hearing ---- */

static inline void
fake_judge(struct fake *f)
{
	size_t at = f->mbap ? 6 : 0;
	const uint8_t *q = f->heard + at;
	bool framed = f->mbap ? f->heard[2] == 0 && f->heard[3] == 0 &&
		f->heard[4] == 0 && f->heard[5] == 6
			      : modbus_frame_crc(q, 6) == (q[6] | q[7] << 8);

	if (framed && q[1] >= 1 && q[1] <= 4)
		left.reads[q[1]]++;
	else
		left.others++;
	f->asked++;
	f->asked_us = modbus_wait_now_us();
	if (f->said_us != 0 && f->asked_us - f->said_us < f->least_gap_us)
		f->least_gap_us = f->asked_us - f->said_us;
	f->id = (uint16_t)(f->heard[0] << 8 | f->heard[1]);
	f->behave(f, q);
}

static inline void
fake_hear(struct fake *f)
{
	size_t size = f->mbap ? 12 : 8;
	ssize_t n = read(f->fd, f->heard + f->len, size - f->len);

	if (n <= 0 && f->tcp) {
		f->was_reset |= n == -1 && errno == ECONNRESET;
		close(f->fd);
		f->fd = -1;
	}
	if (n <= 0) {
		left.stray_bytes += (unsigned)f->len;
		f->len = 0;
		return;
	}
	f->len += (size_t)n;
	if (f->len < size)
		return;
	fake_judge(f);
	f->len = 0;
}

static inline void
fake_accept(struct fake *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	f->len = 0;
	f->connections++;
}

static inline void *
fake_run(void *arg)
{
	struct fake *f = arg;

	for (;;) {
		struct pollfd p[2];

		pthread_mutex_lock(&f->lock);
		fake_say_due(f, modbus_wait_now_us());
		if (f->babble)
			(void)!write(f->fd, "\x55", 1);
		p[0] = (struct pollfd){.fd = f->fd, .events = POLLIN};
		p[1] = (struct pollfd){.fd = f->listener, .events = POLLIN};
		if (f->stop)
			break;
		pthread_mutex_unlock(&f->lock);
		poll(p, 2, 1);
		pthread_mutex_lock(&f->lock);
		if (p[0].revents != 0 && f->fd == p[0].fd)
			fake_hear(f);
		if (p[1].revents != 0)
			fake_accept(f);
		pthread_mutex_unlock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* ---- its life ---- */

static inline struct fake *
fake_start(struct fake *f)
{
	f->behave = answers;
	f->least_gap_us = INT64_MAX;
	pthread_mutex_init(&f->lock, NULL);
	ck_assert_int_eq(pthread_create(&f->thread, NULL, fake_run, f), 0);
	return f;
}

/* A pty; path becomes a symbolic link to it, as a device's stable name is. */
static inline struct fake *
fake_pty(const char *path)
{
	struct fake *f = calloc(1, sizeof(*f));
	struct termios t;

	f->listener = -1;
	f->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	ck_assert_int_ne(f->fd, -1);
	ck_assert_int_eq(grantpt(f->fd), 0);
	ck_assert_int_eq(unlockpt(f->fd), 0);
	/* Held open, or the master would hang up whenever nobody listens. */
	f->other_end = open(ptsname(f->fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ne(f->other_end, -1);
	tcgetattr(f->other_end, &t);
	cfmakeraw(&t);
	tcsetattr(f->other_end, TCSANOW, &t);
	strcpy(f->path, path);
	unlink(path);
	ck_assert_int_eq(symlink(ptsname(f->fd), path), 0);
	return fake_start(f);
}

static inline struct fake *
fake_listen(bool mbap)
{
	struct fake *f = calloc(1, sizeof(*f));
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);

	f->tcp = true;
	f->mbap = mbap;
	f->fd = f->other_end = -1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(f->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(f->listener, 8), 0);
	getsockname(f->listener, (struct sockaddr *)&a, &size);
	f->port = ntohs(a.sin_port);
	return fake_start(f);
}

static inline struct fake *
fake_server(void)
{
	return fake_listen(true);
}

static inline struct fake *
fake_serial_server(void)
{
	return fake_listen(false);
}

/* The adapter is pulled out, the server dies. */
static inline void
fake_stop(struct fake *f)
{
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	left.stray_bytes += (unsigned)f->len;
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	pthread_mutex_destroy(&f->lock);
	if (f->fd != -1)
		close(f->fd);
	if (f->listener != -1)
		close(f->listener);
	if (f->other_end != -1)
		close(f->other_end);
	if (f->path[0] != '\0')
		unlink(f->path);
	free(f);
}

/* Changes its ways, and forgets what it was still going to say.  row is for the
 * behaviour to read. */
static inline void
fake_behave_row(struct fake *f, fake_behaviour *behave, int row)
{
	pthread_mutex_lock(&f->lock);
	f->behave = behave;
	f->row = row;
	f->pending_count = 0;
	pthread_mutex_unlock(&f->lock);
}

static inline void
fake_behave(struct fake *f, fake_behaviour *behave)
{
	fake_behave_row(f, behave, 0);
}

/* Says it without being asked. */
static inline void
fake_blurt(struct fake *f, int64_t delay_us, const uint8_t *bytes, size_t len)
{
	pthread_mutex_lock(&f->lock);
	fake_say(f, delay_us, bytes, len);
	pthread_mutex_unlock(&f->lock);
}

static inline unsigned
fake_figure(struct fake *f, const unsigned *figure)
{
	unsigned n;

	pthread_mutex_lock(&f->lock);
	n = *figure;
	pthread_mutex_unlock(&f->lock);
	return n;
}

/* A listener whose backlog is full drops what comes. */
static inline int
black_hole(int fillers[2], uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(listener, (struct sockaddr *)&a, sizeof(a));
	ck_assert_int_eq(listen(listener, 0), 0);
	getsockname(listener, (struct sockaddr *)&a, &size);
	for (int i = 0; i < 2; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fillers[i], (struct sockaddr *)&a, sizeof(a));
	}
	*port = ntohs(a.sin_port);
	return listener;
}

/* ---- the driver's side ---- */

static inline int64_t
now_ms(void)
{
	return modbus_wait_now_us() / 1000;
}

static inline struct driver_link *
open_link_at(const struct driver_line *at)
{
	char why[256] = "";
	struct driver_link *l = driver_modbus.open(at, why, sizeof(why));

	ck_assert_msg(l != NULL, "%s", why);
	return l;
}

static inline struct driver_link *
open_line(const char *path, uint32_t baud, uint32_t timeout_ms)
{
	struct driver_line at = {.scheme = "rtu",
	    .baud = baud,
	    .parity = 'N',
	    .stop_bits = 1,
	    .timeout_ms = timeout_ms};

	strcpy(at.path, path);
	return open_link_at(&at);
}

/* A line behind a serial server on loopback. */
static inline struct driver_link *
open_far_line(uint16_t port, uint32_t baud, uint32_t timeout_ms)
{
	struct driver_line at = {.scheme = "rtu+tcp",
	    .host = "127.0.0.1",
	    .port = port,
	    .baud = baud,
	    .parity = 'N',
	    .stop_bits = 1,
	    .timeout_ms = timeout_ms};

	return open_link_at(&at);
}

/* A path of this process; good until the next call. */
static inline const char *
temporary(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/test_modbus-%d-%s", getpid(), name);
	return path;
}

static inline struct driver_request
registers(unsigned unit, unsigned address, unsigned count)
{
	return (struct driver_request){.unit = (uint8_t)unit,
	    .space = SPACE_HOLDING,
	    .address = (uint16_t)address,
	    .count = (uint16_t)count};
}

static inline enum driver_verdict
ask(struct driver_link *l, struct driver_request q, struct driver_reply *r)
{
	return driver_ask(&driver_modbus, l, &q, r);
}

/* Waits out what forbids asking; what comes meanwhile is heard. */
static inline void
await_ready(struct driver_link *l, unsigned unit)
{
	int64_t ready_ms;

	while ((ready_ms = driver_modbus.ready_at(l, (uint8_t)unit)) != 0)
		driver_modbus.listen(l, ready_ms);
}

static inline void
expect_right(const struct driver_request *q, const struct driver_reply *r)
{
	bool bits = q->space == SPACE_COIL || q->space == SPACE_DISCRETE;

	ck_assert_uint_eq(
	    r->word_count, bits ? (q->count + 15u) / 16 : q->count);
	for (unsigned i = 0; i < q->count; i++)
		if (bits)
			ck_assert_int_eq(r->words[i / 16] >> i % 16 & 1,
			    fake_bit(q->address + i));
		else
			ck_assert_uint_eq(r->words[i], q->address + i);
}

static inline void
expect_answer(struct driver_link *l, struct driver_request q)
{
	struct driver_reply r;
	enum driver_verdict v = ask(l, q, &r);

	ck_assert_msg(
	    v == DRIVER_OK, "verdict %d: %s", v, driver_modbus.why(l));
	expect_right(&q, &r);
}

/* Asks and expects that verdict within at_most_ms. */
static inline void
expect_verdict(struct driver_link *l, struct driver_request q,
    enum driver_verdict expected, int64_t at_most_ms)
{
	struct driver_reply r;
	int64_t start_ms = now_ms();
	enum driver_verdict v = ask(l, q, &r);
	int64_t took_ms = now_ms() - start_ms;

	ck_assert_msg(v == expected, "verdict %d, not %d: %s", v, expected,
	    driver_modbus.why(l));
	ck_assert_int_le(took_ms, at_most_ms + BUSY_MACHINE_MS);
	if (v != DRIVER_OK)
		ck_assert_uint_eq(r.word_count, 0);
}

/* For the last test of a program that asked all four spaces. */
static inline void
expect_only_reads_left(void)
{
	ck_assert_uint_eq(left.others, 0);
	ck_assert_uint_eq(left.stray_bytes, 0);
	for (int function = 1; function <= 4; function++)
		ck_assert_uint_gt(left.reads[function], 0);
}

#endif
