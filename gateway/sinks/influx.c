/*
 * influx.c - writes the journal's readings as InfluxDB line protocol
 *
 * The thread, its start and its end; what it does is courier.c's.  A request
 * may hang in a resolver, so the thread is on a tether, as mqtt.c's.
 */
#include "gateway/sinks/influx.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/sinks/courier.h"
#include "gateway/sinks/tether.h"

#define CLOSE_MS 50 /* of a stop's time, behind the last request */
#define POLL_MAX_MS 60000 /* longer waits are cut into such */

struct influx {
	struct influx_conf conf;
	struct arena *memory; /* of conf's texts */
	struct tether tether;
	struct courier *courier;
	int wake_fd;
};

static void
influx_free(struct influx *x)
{
	courier_close(x->courier);
	tether_free(&x->tether);
	if (x->wake_fd != -1)
		close(x->wake_fd);
	arena_free(x->memory);
	free(x);
}

/* ---- the thread ---- */

static void
wait_until(struct influx *x, int64_t until_ms)
{
	int64_t left_ms = until_ms - clock_mono_ms();
	struct pollfd fds[2] = {{.fd = x->wake_fd, .events = POLLIN}};

	courier_poll(x->courier, &fds[1]);
	if (left_ms < 0)
		left_ms = 0;
	if (left_ms > POLL_MAX_MS)
		left_ms = POLL_MAX_MS;
	tether_out(&x->tether);
	if (poll(fds, 2, (int)left_ms) == -1)
		assert(errno == EINTR || errno == ENOMEM);
	tether_in(&x->tether);
	courier_polled(&fds[1]);
}

/* What is left of a thread whose tether was cut. */
static void
bury(void *arg)
{
	influx_free(arg);
}

static void *
run(void *arg)
{
	struct influx *x = arg;

	pthread_cleanup_push(bury, x);
	tether_in(&x->tether);
	courier_begin(x->courier, clock_mono_ms());
	while (!x->tether.stopping) {
		courier_turn(x->courier, clock_mono_ms());
		if (!x->tether.stopping)
			wait_until(x, courier_next(x->courier));
	}
	tether_leave(&x->tether);
	pthread_cleanup_pop(0);
	return NULL;
}

/* ---- start and stop ---- */

static void
copy_conf(struct influx *x, const struct influx_conf *conf)
{
	struct arena *a = x->memory = arena_new();

	x->conf = *conf;
	x->conf.url = arena_text(a, conf->url);
	x->conf.token = arena_text(a, conf->token);
	x->conf.ca_file = arena_text(a, conf->ca_file);
	x->conf.site = arena_text(a, conf->site);
}

struct influx *
influx_start(const struct influx_conf *conf, struct journal *readings,
    struct journal *events, int64_t clock_wait_ms, struct err *err)
{
	struct influx *x = must_alloc(1, sizeof(*x));
	struct follower_conf fc = {
	    .name = "influx", .clock_wait_ms = clock_wait_ms, .events = events};

	copy_conf(x, conf);
	tether_init(&x->tether);
	x->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (x->wake_fd == -1) {
		err_set(err, "influx: no descriptor: %s", strerror(errno));
		goto fail;
	}
	x->courier = courier_open(&x->conf, readings, &fc, &x->tether, err);
	if (x->courier == NULL)
		goto fail;
	if ((errno = tether_start(&x->tether, "influx", run, x)) != 0) {
		err_set(err, "influx: no thread: %s", strerror(errno));
		courier_quit(x->courier);
		goto fail;
	}
	return x;

fail:
	influx_free(x);
	return NULL;
}

void
influx_ask(struct influx *x, int64_t wait_ms)
{
	uint64_t one = 1;

	if (x == NULL)
		return;
	tether_ask(&x->tether, wait_ms);
	courier_stop(x->courier, clock_mono_ms() + wait_ms - CLOSE_MS);
	if (write(x->wake_fd, &one, sizeof(one)) == -1)
		assert(errno == EAGAIN); /* then it is readable already */
}

void
influx_stop(struct influx *x, int64_t wait_ms)
{
	bool left;

	if (x == NULL)
		return;
	influx_ask(x, wait_ms);
	left = tether_stop(&x->tether);
	courier_quit(x->courier);
	if (left) {
		influx_free(x);
		return;
	}
	log_warn("influx: the thread hangs in a call and is left behind");
	tether_out(&x->tether); /* x is the thread's now */
}
