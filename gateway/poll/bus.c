/*
 * bus.c - one thread that asks the devices of one bus
 *
 * The thread owns the link, the turns and the breakers; the loop sees only the
 * ring.  What is reported, and when:
 *
 *   answered            the request's words, or the exception's code
 *   failed once         nothing: the retry follows
 *   failed again        the request is bad
 *   breaker opens       the whole device is bad and offline; probes that fail
 *                       report nothing new
 *   line lost           every device of the bus, once; questions stop until the
 *                       line is tried again (1, 2, 4, then every 5 s)
 *
 * A device or a line that is back is asked for everything, and also again for
 * the value that brought it back, unless that was its identity: whoever takes
 * the answers has no use for a value of nobody knows whom.
 *
 * Not done: keeping a connection for each unit behind one address.  Units share
 * the link, and one that does not answer costs the others a reconnect.
 */
#include "gateway/poll/bus.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"
#include "gateway/base/ring.h"
#include "gateway/base/stats.h"
#include "gateway/poll/breaker.h"
#include "gateway/poll/turn.h"
#include "gateway/poll/verdict.h"

#define LISTEN_MAX_MS 100 /* so that a stop is seen soon */
#define LINE_WAIT_MIN_MS 1000
#define LINE_WAIT_MAX_MS 5000
#define HANG_MS 5000 /* over the longest a call may take */
#define RING_MIN_BYTES ((size_t)64 * 1024)
#define RING_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define RING_STALL_MS 10000 /* how long the loop may be away */
#define HEAD_BYTES offsetof(struct answer, words)

struct device_state {
	struct breaker breaker;
	int64_t gap_until_ms; /* the pause it wants after a question */
	uint32_t identity; /* a checksum of what it last said it is; 0: none */
};

struct figures {
	struct stat_series *results[DRIVER_VERDICT_COUNT];
	struct stat_series *cycle, *limit, *load, *missed, *overrun;
	int64_t *took_us; /* by request: its last exchange */
	double load_now;
	int64_t cycle_us;
	uint64_t missed_told;
};

struct bus {
	char id[64];
	struct driver_line line;
	const struct driver *driver;
	struct plan *plan;
	struct ring *ring;
	int notify_fd;
	atomic_bool stop, ended;
	_Atomic int64_t progress_ms;
	atomic_int owners; /* the loop's side and the thread */
	/* owned by the thread */
	struct driver_link *link;
	struct turn *turn;
	struct device_state *devices; /* by slot */
	uint32_t open_count;
	bool line_lost;
	int64_t line_wait_ms, line_retry_ms;
	struct figures figures;
};

static const char *const verdict_names[DRIVER_VERDICT_COUNT] = {
    [DRIVER_OK] = "ok",
    [DRIVER_TIMEOUT] = "timeout",
    [DRIVER_CRC] = "crc",
    [DRIVER_EXCEPTION] = "exception",
    [DRIVER_BAD] = "bad",
    [DRIVER_BUS] = "bus",
};

/* ---- figures ---- */

static void
figures_open(struct bus *b)
{
	struct figures *f = &b->figures;
	char label[128] = "", result[192];
	double limit_us = 0;

	stat_label(label, sizeof(label), "bus", b->id);
	for (int v = 0; v < DRIVER_VERDICT_COUNT; v++) {
		if (verdict_names[v] == NULL)
			continue;
		snprintf(result, sizeof(result), "%s", label);
		stat_label(result, sizeof(result), "result", verdict_names[v]);
		f->results[v] = stat_get(STAT_COUNTER, "riser_requests_total",
		    "Questions asked on a bus, by what came of them.", result);
	}
	f->cycle = stat_get(STAT_GAUGE, "riser_bus_cycle_seconds",
	    "Time the last exchange of every request of the bus took together.",
	    label);
	f->limit = stat_get(STAT_GAUGE, "riser_bus_limit_seconds",
	    "Least time the wire needs for every request of the bus once.",
	    label);
	f->load = stat_get(STAT_GAUGE, "riser_bus_load_ratio",
	    "Share of the bus's time its requests take at their periods.",
	    label);
	f->missed = stat_get(STAT_COUNTER, "riser_missed_periods_total",
	    "Periods in which a request could not be sent in time.", label);
	f->overrun = stat_get(STAT_COUNTER, "riser_reads_total",
	    "Readings by what became of them.", "stage=\"overrun\"");
	f->took_us = must_alloc(b->plan->request_count, sizeof(*f->took_us));
	for (size_t i = 0; i < b->plan->request_count; i++)
		limit_us += (double)b->driver->cost_us(
		    &b->line, &b->plan->requests[i].ask);
	stat_set(f->limit, limit_us / 1e6);
}

static void
figures_close(struct bus *b)
{
	struct figures *f = &b->figures;

	for (int v = 0; v < DRIVER_VERDICT_COUNT; v++)
		stat_put(f->results[v]);
	stat_put(f->cycle);
	stat_put(f->limit);
	stat_put(f->load);
	stat_put(f->missed);
	stat_put(f->overrun);
	free(f->took_us);
}

static void
figures_note(struct bus *b, int i, enum driver_verdict verdict, int64_t took_us)
{
	struct figures *f = &b->figures;
	int64_t more_us = took_us - f->took_us[i];

	stat_add(f->results[verdict], 1);
	f->took_us[i] = took_us;
	f->cycle_us += more_us;
	f->load_now +=
	    (double)more_us / 1e3 / (double)b->plan->requests[i].every_ms;
	stat_set(f->cycle, (double)f->cycle_us / 1e6);
	stat_set(f->load, f->load_now);
	stat_add(f->missed, b->turn->missed - f->missed_told);
	f->missed_told = b->turn->missed;
}

/* ---- what the loop hears ---- */

static void
report(struct bus *b, struct answer *a)
{
	uint64_t one = 1;
	uint64_t lost =
	    a->request < 0 ? 1 : b->plan->requests[a->request].part_count;

	a->mono_ms = clock_mono_ms();
	a->wall_ms = clock_wall_ms();
	a->synced = clock_synced();
	if (!ring_put(b->ring, a, HEAD_BYTES, a->words,
		a->word_count * sizeof(a->words[0]))) {
		stat_add(b->figures.overrun, lost);
		return;
	}
	if (write(b->notify_fd, &one, sizeof(one)) == -1)
		log_debug("%s: the loop has answers enough to see", b->id);
}

static void
report_device(struct bus *b, uint16_t slot, enum driver_verdict verdict)
{
	struct answer a = {.device = b->plan->slots[slot].device,
	    .request = -1,
	    .verdict = (uint8_t)verdict};

	report(b, &a);
}

static void
report_request(struct bus *b, int i, enum driver_verdict verdict,
    const struct driver_reply *reply)
{
	struct answer a = {.device = b->plan->requests[i].device,
	    .request = i,
	    .verdict = (uint8_t)verdict};

	if (verdict == DRIVER_OK) {
		a.word_count = reply->word_count;
		memcpy(a.words, reply->words,
		    reply->word_count * sizeof(a.words[0]));
	} else if (verdict == DRIVER_EXCEPTION) {
		a.exception = reply->exception;
	}
	report(b, &a);
}

/* ---- what came of a question ---- */

static void
line_is_lost(struct bus *b, int64_t now_ms)
{
	if (!b->line_lost) {
		log_warn("bus %s: %s; trying again until it is back", b->id,
		    b->driver->why(b->link));
		b->line_lost = true;
		b->line_wait_ms = LINE_WAIT_MIN_MS;
		for (size_t s = 0; s < b->plan->slot_count; s++)
			report_device(b, (uint16_t)s, DRIVER_BUS);
	} else if (b->line_wait_ms < LINE_WAIT_MAX_MS) {
		b->line_wait_ms *= 2;
		if (b->line_wait_ms > LINE_WAIT_MAX_MS)
			b->line_wait_ms = LINE_WAIT_MAX_MS;
	}
	b->line_retry_ms = now_ms + b->line_wait_ms;
}

static bool
line_is_back(struct bus *b, int64_t now_ms)
{
	if (!b->line_lost)
		return false;
	log_info("bus %s: the line is back", b->id);
	b->line_lost = false;
	b->line_retry_ms = 0;
	for (size_t s = 0; s < b->plan->slot_count; s++)
		turn_restart(b->turn, (uint16_t)s, now_ms);
	return true;
}

/* What it means is judged elsewhere; here it only matters that it is another
 * than before: then what was read under the old one is to be read again. */
static bool
identity_changed(struct bus *b, uint16_t slot, enum driver_verdict verdict,
    const struct driver_reply *reply)
{
	uint32_t *last = &b->devices[slot].identity, now;

	now = crc32c(verdict, &reply->exception, sizeof(reply->exception));
	now = crc32c(now, reply->words, reply->word_count * sizeof(uint16_t));
	now += now == 0;
	if (now == *last)
		return false;
	*last = now;
	return true;
}

/* An identity that a gateway could not fetch is asked for as after silence. */
static void
identity_answered(struct bus *b, int i, enum driver_verdict verdict,
    const struct driver_reply *reply, int64_t now_ms)
{
	uint16_t slot = b->plan->requests[i].slot;

	if (verdict != DRIVER_OK &&
	    !verdict_refuses(verdict, reply->exception)) {
		(void)turn_failed(b->turn, i, now_ms);
		return;
	}
	if (identity_changed(b, slot, verdict, reply))
		turn_restart(b->turn, slot, now_ms);
	turn_answered(b->turn, i, now_ms);
}

static void
answered(struct bus *b, int i, bool is_back, int64_t now_ms)
{
	uint16_t slot = b->plan->requests[i].slot;

	if (breaker_answered(&b->devices[slot].breaker)) {
		log_info("bus %s: unit %u answers again", b->id,
		    b->plan->slots[slot].unit);
		b->open_count--;
		turn_restart(b->turn, slot, now_ms);
		is_back = true;
	}
	if (!is_back && !b->plan->requests[i].identity)
		turn_answered(b->turn, i, now_ms);
}

/* Returns whether the request itself is to be reported as bad. */
static bool
failed(struct bus *b, int i, enum driver_verdict verdict, int64_t now_ms)
{
	uint16_t slot = b->plan->requests[i].slot;
	struct breaker *breaker = &b->devices[slot].breaker;
	bool was_open = breaker->open;
	bool opened =
	    breaker_failed(breaker, now_ms, b->open_count - (was_open ? 1 : 0));
	bool retry = turn_failed(b->turn, i, now_ms);

	if (opened) {
		log_warn("bus %s: unit %u does not answer (%s)", b->id,
		    b->plan->slots[slot].unit, b->driver->why(b->link));
		b->open_count++;
		report_device(b, slot, verdict);
	}
	return !was_open && !opened && !retry;
}

static void
exchange(struct bus *b, int i)
{
	const struct plan_request *q = &b->plan->requests[i];
	struct driver_reply reply = {0};
	int64_t start_us = clock_mono_us();
	enum driver_verdict verdict = b->driver->ask(b->link, &q->ask, &reply);
	int64_t end_us = clock_mono_us(), now_ms = end_us / 1000;
	bool is_back, tell = true;

	if (verdict == DRIVER_HELD)
		return;
	b->devices[q->slot].gap_until_ms =
	    now_ms + b->plan->slots[q->slot].min_gap_ms;
	if (verdict == DRIVER_BUS) {
		stat_add(b->figures.results[verdict], 1);
		line_is_lost(b, now_ms);
		return;
	}
	is_back = line_is_back(b, now_ms);
	if (verdict == DRIVER_OK || verdict == DRIVER_EXCEPTION) {
		answered(b, i, is_back, now_ms);
		if (q->identity)
			identity_answered(b, i, verdict, &reply, now_ms);
	} else {
		tell = failed(b, i, verdict, now_ms);
	}
	figures_note(b, i, verdict, end_us - start_us);
	if (tell)
		report_request(b, i, verdict, &reply);
}

/* ---- the thread ---- */

/* When each device may be asked: after its pause, its quarantine, its breaker's
 * wait and the line's. */
static void
update_ready(struct bus *b)
{
	for (size_t s = 0; s < b->plan->slot_count; s++) {
		const struct device_state *d = &b->devices[s];
		int64_t ready_ms =
		    b->driver->ready_at(b->link, b->plan->slots[s].unit);

		if (d->gap_until_ms > ready_ms)
			ready_ms = d->gap_until_ms;
		if (d->breaker.open && d->breaker.probe_ms > ready_ms)
			ready_ms = d->breaker.probe_ms;
		if (b->line_retry_ms > ready_ms)
			ready_ms = b->line_retry_ms;
		b->turn->ready_ms[s] = ready_ms;
	}
}

static void
bus_turn(struct bus *b)
{
	int64_t now_ms = clock_mono_ms(), until_ms = now_ms + LISTEN_MAX_MS;
	int i;

	atomic_store(&b->progress_ms, now_ms);
	update_ready(b);
	i = turn_pick(b->turn, now_ms);
	if (i >= 0) {
		exchange(b, i);
		return;
	}
	if (turn_wake(b->turn) < until_ms)
		until_ms = turn_wake(b->turn);
	b->driver->listen(b->link, until_ms);
}

static void
release(struct bus *b)
{
	if (atomic_fetch_sub(&b->owners, 1) > 1)
		return;
	if (b->figures.took_us != NULL)
		figures_close(b);
	b->driver->close(b->link);
	turn_free(b->turn);
	plan_free(b->plan);
	ring_free(b->ring);
	free(b->devices);
	free(b);
}

static void *
bus_thread(void *arg)
{
	struct bus *b = arg;

	while (!atomic_load(&b->stop))
		bus_turn(b);
	b->driver->close(b->link);
	b->link = NULL;
	atomic_store(&b->ended, true);
	release(b);
	return NULL;
}

/* Room for what the plan brings in while the loop is away: each answer once, at
 * a start or a return, and then at its period. */
static size_t
ring_bytes(const struct plan *plan)
{
	double bytes = 0;

	for (size_t i = 0; i < plan->request_count; i++) {
		const struct plan_request *q = &plan->requests[i];

		bytes += (double)(HEAD_BYTES + 8 + 2u * q->ask.count) *
		    (1 + (double)RING_STALL_MS / q->every_ms);
	}
	if (bytes < (double)RING_MIN_BYTES)
		return RING_MIN_BYTES;
	return bytes > (double)RING_MAX_BYTES ? RING_MAX_BYTES : (size_t)bytes;
}

static int
thread_start(struct bus *b)
{
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t all, old;
	int rc;

	/* Signals are the loop's: it reads them from a descriptor. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	rc = pthread_create(&thread, &attr, bus_thread, b);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

struct bus *
bus_start(const struct bus_conf *conf, char *why, size_t why_size)
{
	struct bus *b = must_alloc(1, sizeof(*b));

	snprintf(b->id, sizeof(b->id), "%s", conf->id);
	b->line = conf->line;
	b->driver = conf->driver;
	b->plan = conf->plan;
	b->notify_fd = conf->notify_fd;
	atomic_store(&b->owners, 1);
	atomic_store(&b->progress_ms, clock_mono_ms());
	b->devices = must_alloc(b->plan->slot_count, sizeof(*b->devices));
	b->turn = turn_new(b->plan, clock_mono_ms());
	b->ring = ring_new(ring_bytes(b->plan));
	figures_open(b);
	b->link = b->driver->open(&b->line, why, why_size);
	if (b->link == NULL)
		goto fail;
	atomic_store(&b->owners, 2);
	if (thread_start(b) != 0) {
		snprintf(why, why_size, "cannot start a thread");
		atomic_store(&b->owners, 1);
		goto fail;
	}
	return b;

fail:
	release(b);
	return NULL;
}

void
bus_stop(struct bus *b)
{
	atomic_store(&b->stop, true);
}

bool
bus_ended(const struct bus *b)
{
	return atomic_load(&b->ended);
}

void
bus_free(struct bus *b)
{
	if (b != NULL)
		release(b);
}

const struct plan *
bus_plan(const struct bus *b)
{
	return b->plan;
}

bool
bus_take(struct bus *b, struct answer *a)
{
	size_t len = ring_take(b->ring, a, sizeof(*a));

	assert(len == 0 || len == HEAD_BYTES + a->word_count * 2u);
	return len > 0;
}

bool
bus_alive(const struct bus *b, int64_t now_ms)
{
	int64_t longest_ms = (int64_t)b->line.timeout_ms + HANG_MS;

	return atomic_load(&b->ended) ||
	    now_ms - atomic_load(&b->progress_ms) < longest_ms;
}
