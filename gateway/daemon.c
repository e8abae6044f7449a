/*
 * daemon.c - `riser run`: everything started in order, the loop, and the stop
 *
 * One thread owns all state that matters.  It sleeps in poll() on two
 * descriptors (answers, signals) until the next tick wants to run, and outside
 * of start, reload and stop never touches the disk, the network or a name
 * server itself.
 *
 * A reload reads and judges the new configuration first; if it is wrong nothing
 * changes.  Then the buses are told to end after their present question, and
 * while they do the loop goes on taking what they bring: nothing read is lost.
 * When the last has ended, names, plans and rules are exchanged between two
 * turns and new buses start.  Values and what was kept are carried over by
 * name.
 */
#include "gateway/daemon.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/box.h"
#include "gateway/base/clockwatch.h"
#include "gateway/base/log.h"
#include "gateway/base/systemd.h"
#include "gateway/commands/commands.h"
#include "gateway/conf/conf.h"
#include "gateway/events.h"
#include "gateway/historian.h"
#include "gateway/journals.h"
#include "gateway/outlets.h"
#include "gateway/pipeline.h"
#include "gateway/poll/bus.h"
#include "gateway/version.h"

#define GATHER_US                                                              \
	5000 /* answers of many buses come together: one turn takes            \
		them all, for less than a turn each would cost */
#define SLEEP_MAX_MS 500 /* the page's and the watchdog's sign of life */
#define STOP_MS 1800 /* who waits less leaves more to the next */
#define BUS_STOP_MS 300 /* a bus in a longer question is left */
#define LAST_WORD_MS 100 /* for the event of the stop to reach the disk */
#define OUTLETS_WAIT_MS 700
#define HISTORY_STOP_MS 1000 /* while the others end */
#define JOURNAL_STOP_MS 700
#define JOURNAL_LEAST_MS 200 /* whatever the others took */
#define ANSWERS_A_TURN 4096 /* then the ticks get their time */

_Static_assert(BUS_STOP_MS + LAST_WORD_MS + OUTLETS_WAIT_MS + OUTLETS_STOP_MS +
	    CHRONICLE_STOP_MS + JOURNAL_LEAST_MS <=
	STOP_MS,
    "a stop in which everybody takes his time is over in time");

struct daemon {
	const char *conf_file;
	struct conf *conf, *next; /* next: waits until the buses have ended */
	struct catalog *catalog;
	struct journals *journals;
	struct live *live;
	struct pipeline *pipeline;
	struct board *board;
	struct chronicle *chronicle;
	struct history *history;
	struct alarming *alarming;
	struct counters *counters;
	struct outlets *outlets;
	struct bus **buses;
	size_t bus_count;
	int answers_fd, signal_fd;
	bool answered; /* there may be answers; else a turn looks into no bus */
	bool stopping;
	int64_t started_mono_ms;
	int64_t watchdog_ms, watchdog_next_ms; /* 0: nobody watches */
};

/* ---- buses ---- */

static int
buses_start(struct daemon *d)
{
	char why[256] = "";

	d->buses = must_alloc(d->conf->bus_count, sizeof(*d->buses));
	d->bus_count = 0;
	for (size_t i = 0; i < d->conf->bus_count; i++) {
		const struct conf_bus *c = &d->conf->buses[i];
		struct bus_conf bc = {.id = c->id,
		    .line = c->line,
		    .driver = c->driver,
		    .plan = conf_plan(d->conf, i),
		    .notify_fd = d->answers_fd};
		struct bus *b = bus_start(&bc, why, sizeof(why));

		if (b == NULL) {
			log_error("bus %s: %s", c->id, why);
			return -1;
		}
		d->buses[d->bus_count++] = b;
	}
	return 0;
}

static void
buses_stop(struct daemon *d)
{
	for (size_t i = 0; i < d->bus_count; i++)
		bus_stop(d->buses[i]);
}

static bool
buses_ended(const struct daemon *d)
{
	for (size_t i = 0; i < d->bus_count; i++)
		if (!bus_ended(d->buses[i]))
			return false;
	return true;
}

static void
buses_free(struct daemon *d)
{
	for (size_t i = 0; i < d->bus_count; i++)
		bus_free(d->buses[i]);
	free(d->buses);
	d->buses = NULL;
	d->bus_count = 0;
}

/* Takes what the buses brought.  There may be more: then d->answered. */
static void
buses_take(struct daemon *d)
{
	struct answer a;
	int taken = 0;

	for (size_t i = 0; i < d->bus_count; i++)
		while (taken < ANSWERS_A_TURN && bus_take(d->buses[i], &a)) {
			pipeline_take(d->pipeline, &a, bus_plan(d->buses[i]));
			taken++;
		}
	d->answered = taken == ANSWERS_A_TURN;
}

/* NULL and told: it is wrong. */
static struct conf *
read_conf(const char *file)
{
	FILE *out = log_error_stream();
	struct conf *c = conf_read(file, out);

	fclose(out);
	return c;
}

static void
tell_warnings(const struct conf *c)
{
	FILE *out = log_warn_stream();

	conf_warn(c, out);
	fclose(out);
}

/* ---- reload ---- */

static void
reload_begin(struct daemon *d)
{
	struct conf *next;

	systemd_tell("RELOADING=1");
	next = read_conf(d->conf_file);
	if (next == NULL) {
		log_error(
		    "%s is wrong, see above: going on as before", d->conf_file);
		systemd_tell("READY=1");
		return;
	}
	if (!conf_same_store(next, d->conf))
		log_warn("%s: `store` is taken up at the next start only",
		    d->conf_file);
	if (strcmp(next->site.timezone, d->conf->site.timezone) != 0)
		log_warn("%s: `site.timezone` is taken up at the next start "
			 "only",
		    d->conf_file);
	conf_free(d->next); /* of a reload that is still waiting */
	d->next = next;
	buses_stop(d);
}

/* What was counted before is the chronicle's at a start, else the old one's. */
static void
counters_exchange(struct daemon *d)
{
	bool start = d->counters == NULL;

	d->counters =
	    counters_new(d->conf, journals_events(d->journals), d->counters);
	if (start)
		counters_restore(d->counters, d->conf->store.path);
}

static void
names_exchange(struct daemon *d)
{
	struct catalog *catalog = conf_catalog(d->conf);
	struct stamp now = journals_now(d->journals);
	struct alarming_parts parts = {.conf = d->conf,
	    .catalog = catalog,
	    .live = d->live,
	    .readings = journals_readings(d->journals),
	    .events = journals_events(d->journals),
	    .board = d->board};
	struct pipeline_outlets to = {
	    .readings = parts.readings, .events = parts.events};
	bool start;

	live_catalog(d->live, catalog);
	journal_catalog(to.readings, catalog);
	historian_know(d->history, d->conf, catalog);
	d->alarming = to.alarming =
	    alarming_new(&parts, d->chronicle, &now, d->alarming);
	counters_exchange(d);
	to.counters = d->counters;
	start = d->pipeline == NULL;
	d->pipeline = pipeline_new(d->conf, catalog, d->live, &to, d->pipeline);
	if (start)
		pipeline_restore(d->pipeline, d->conf->store.path);
	catalog_unref(d->catalog);
	d->catalog = catalog;
}

/* The buses have ended and are drained. */
static int
reload_end(struct daemon *d)
{
	struct conf *old = d->conf;
	struct stamp now = journals_now(d->journals);
	int rc;

	buses_free(d);
	d->conf = d->next;
	d->next = NULL;
	d->conf->store = old->store;
	d->conf->store.path = arena_text(d->conf->memory, old->store.path);
	d->conf->notify.dir = d->conf->store.path;
	names_exchange(d);
	outlets_exchange(d->outlets, d->conf, old);
	events_reload(journals_events(d->journals), &now);
	rc = buses_start(d);
	conf_free(old);
	systemd_tell("READY=1");
	log_info("%s: reloaded, %zu buses, %zu devices", d->conf_file,
	    d->conf->bus_count, d->conf->device_count);
	return rc;
}

/* ---- the loop ---- */

static void
signals_take(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload_begin(d);
		else
			d->stopping = true;
	}
}

/* systemd hears from us only while the buses make progress too. */
static void
watchdog_tick(struct daemon *d, int64_t now_ms)
{
	if (d->watchdog_ms == 0 || now_ms < d->watchdog_next_ms)
		return;
	for (size_t i = 0; i < d->bus_count; i++)
		if (!bus_alive(d->buses[i], now_ms))
			return;
	systemd_tell("WATCHDOG=1");
	d->watchdog_next_ms = now_ms + d->watchdog_ms / 3;
}

/* Lets every module act on time, in the order the data flows; returns when the
 * first of them wants to act again. */
static int64_t
tick_all(struct daemon *d)
{
	struct stamp now = journals_now(d->journals);
	int64_t next_ms = now.mono_ms + SLEEP_MAX_MS, wish_ms;

	wish_ms = pipeline_tick(d->pipeline, &now);
	next_ms = wish_ms < next_ms ? wish_ms : next_ms;
	wish_ms = outlets_tick(d->outlets, now.mono_ms);
	next_ms = wish_ms < next_ms ? wish_ms : next_ms;
	outlets_tell(d->outlets, d->alarming, &now);
	historian_tell(d->history, d->alarming);
	wish_ms = alarming_tick(d->alarming, &now);
	next_ms = wish_ms < next_ms ? wish_ms : next_ms;
	pipeline_self(d->pipeline);
	wish_ms = counters_tick(d->counters, &now);
	next_ms = wish_ms < next_ms ? wish_ms : next_ms;
	wish_ms = journals_tick(d->journals, &now);
	next_ms = wish_ms < next_ms ? wish_ms : next_ms;
	watchdog_tick(d, now.mono_ms);
	return next_ms;
}

static void
sleep_until(struct daemon *d, int64_t until_ms)
{
	struct pollfd fds[] = {{.fd = d->answers_fd, .events = POLLIN},
	    {.fd = d->signal_fd, .events = POLLIN}};
	int64_t wait_ms = until_ms - clock_mono_ms();
	uint64_t count;

	if (poll(fds, 2, wait_ms < 0 ? 0 : (int)wait_ms) > 0) {
		clock_sleep_until_us(clock_mono_us() + GATHER_US);
		if (read(d->answers_fd, &count, sizeof(count)) != -1)
			d->answered = true;
		else
			assert(errno == EAGAIN || errno == EINTR);
	}
	signals_take(d);
}

/* A bus that ended may have put its last answer after we looked: only a look
 * after its end is the last one. */
static bool
reload_is_due(struct daemon *d)
{
	if (d->next == NULL || !buses_ended(d))
		return false;
	buses_take(d);
	return !d->answered;
}

static int
loop(struct daemon *d)
{
	while (!d->stopping) {
		int64_t next_ms;

		if (d->answered)
			buses_take(d);
		if (!d->answered && reload_is_due(d) && reload_end(d) == -1)
			return EXIT_FAILED;
		next_ms = tick_all(d);
		if (!d->answered)
			sleep_until(d, next_ms);
	}
	return EXIT_DONE;
}

/* ---- start and stop ---- */

static int
signals_open(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int
journals_start(struct daemon *d)
{
	struct err err = {""};
	int error = clockwatch_start();

	if (error != 0)
		err_set(&err, "no thread for the clock: %s", strerror(error));
	else
		d->journals = journals_open(&d->conf->store, &err);
	if (d->journals == NULL)
		log_error("%s", err.text);
	return d->journals == NULL ? -1 : 0;
}

/* What is told of alarms, and what stood when the program ended. */
static int
alarms_start(struct daemon *d)
{
	struct err err = {""};
	int error = box_start(d->conf->store.path);

	if (error != 0)
		err_set(
		    &err, "no thread to look at this box: %s", strerror(error));
	else
		d->chronicle = chronicle_open(
		    d->conf->store.path, journals_events(d->journals), &err);
	if (d->chronicle == NULL) {
		log_error("%s", err.text);
		return -1;
	}
	d->board = board_new(d->answers_fd);
	return 0;
}

static void
say_start(struct daemon *d)
{
	struct stamp now = journals_now(d->journals);

	events_start(journals_events(d->journals), &now, RISER_VERSION);
}

/* Downstream first: nobody is fed before it is ready to eat.  A sink that is
 * new follows from where the journal ends then: so it is there before the first
 * event, too. */
static int
daemon_start(struct daemon *d)
{
	struct outlets_parts parts;

	d->started_mono_ms = clock_mono_ms();
	d->signal_fd = signals_open();
	d->answers_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (d->signal_fd == -1 || d->answers_fd == -1) {
		log_error("no descriptors: %s", strerror(errno));
		return -1;
	}
	if (journals_start(d) == -1)
		return -1;
	if (alarms_start(d) == -1)
		return -1;
	d->history = historian_open(d->conf, journals_readings(d->journals));
	if (d->history == NULL)
		return -1;
	d->live = live_new();
	names_exchange(d);
	parts = (struct outlets_parts){.journals = d->journals,
	    .live = d->live,
	    .board = d->board,
	    .history = d->history,
	    .started_mono_ms = d->started_mono_ms};
	d->outlets = outlets_open(d->conf, &parts);
	if (d->outlets == NULL)
		return -1;
	say_start(d);
	if (buses_start(d) == -1)
		return -1;
	d->watchdog_ms = systemd_watchdog_ms();
	log_info("riser %s: site %s, %zu buses, %zu devices, journal %s",
	    RISER_VERSION, d->conf->site.id, d->conf->bus_count,
	    d->conf->device_count, journal_id(journals_readings(d->journals)));
	systemd_tell("READY=1");
	return 0;
}

/* A bus in a question may take its whole timeout: it is given a moment, then
 * left to end with the process. */
static void
buses_wait(struct daemon *d)
{
	int64_t until_ms = clock_mono_ms() + BUS_STOP_MS;

	buses_stop(d);
	while (!buses_ended(d) && clock_mono_ms() < until_ms)
		clock_sleep_until_us(clock_mono_us() + 5000);
	do
		buses_take(d);
	while (d->answered);
}

/* The event of the stop is to leave by the sinks that are stopped next. */
static void
say_stop(struct daemon *d)
{
	struct stamp now = journals_now(d->journals);
	uint64_t seq;

	counters_stop(d->counters, &now);
	seq = events_stop(journals_events(d->journals), &now);
	buses_wait(d);
	journals_settle(d->journals, seq, LAST_WORD_MS);
}

/* What is left of the stop's time, less what is kept for who comes behind. */
static int64_t
left_until(int64_t until_ms, int64_t kept_ms, int64_t most_ms)
{
	int64_t left_ms = until_ms - kept_ms - clock_mono_ms();

	if (left_ms < 0)
		return 0;
	return left_ms < most_ms ? left_ms : most_ms;
}

static void
daemon_stop(struct daemon *d)
{
	int64_t until_ms = clock_mono_ms() + STOP_MS, journal_ms;

	systemd_tell("STOPPING=1");
	if (d->pipeline != NULL)
		say_stop(d);
	buses_free(d);
	history_ask(d->history);
	outlets_close(d->outlets,
	    left_until(until_ms,
		OUTLETS_STOP_MS + CHRONICLE_STOP_MS + JOURNAL_LEAST_MS,
		OUTLETS_WAIT_MS));
	pipeline_free(d->pipeline);
	alarming_free(d->alarming);
	counters_free(d->counters);
	board_free(d->board);
	chronicle_close(d->chronicle);
	history_close(d->history,
	    left_until(until_ms, JOURNAL_LEAST_MS, HISTORY_STOP_MS));
	journal_ms = left_until(until_ms, 0, JOURNAL_STOP_MS);
	journals_close(d->journals,
	    journal_ms > JOURNAL_LEAST_MS ? journal_ms : JOURNAL_LEAST_MS);
	live_free(d->live);
	catalog_unref(d->catalog);
	conf_free(d->next);
	conf_free(d->conf);
	if (d->answers_fd != -1)
		close(d->answers_fd);
	if (d->signal_fd != -1)
		close(d->signal_fd);
}

/* Large buffers are mapped, so that those seldom filled cost what is in them
 * and those freed are the kernel's again.  And some threads share their memory.
 */
static void
spare_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_ARENA_MAX, 2);
}

/* Times of day that people write, and read, are the site's.  Once: threads look
 * at the environment. */
static void
set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

int
daemon_run(const char *conf_file)
{
	struct daemon d = {
	    .conf_file = conf_file, .answers_fd = -1, .signal_fd = -1};
	int rc = EXIT_FAILED;

	spare_memory();
	d.conf = read_conf(conf_file);
	if (d.conf == NULL)
		return EXIT_WRONG;
	set_zone(d.conf->site.timezone);
	tell_warnings(d.conf);
	if (daemon_start(&d) == 0)
		rc = loop(&d);
	daemon_stop(&d);
	if (rc == EXIT_DONE)
		log_info("stopped");
	return rc;
}
