/*
 * journals.c - the two logs of a gateway, and what is to be known of both
 *
 * An event about a log's own disk is written to the log of events even if that
 * is the log in question: it, too, gives from memory what it cannot write.
 */
#include "gateway/journals.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clockwatch.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/events.h"

#define LOOK_MS 500 /* at the clock and at the disks' state */
#define SETTLE_STEP_US 2000

enum { READINGS, EVENTS, LOGS };

static const char *const names[LOGS] = {"readings", "events"};

/* One log as it was when last looked at. */
struct watched {
	struct journal *journal;
	bool in_memory;
	/* told of when that was over the last time */
	uint64_t from, lost;
};

struct journals {
	struct watched logs[LOGS];
	uint8_t boot[SAMPLE_BOOT_BYTES];
	struct clockwatch clock;
	int64_t look_ms;
	uint64_t told_volatile; /* readings */
	struct stat_series *synced, *given;
};

struct journal *
journals_readings(struct journals *j)
{
	return j->logs[READINGS].journal;
}

struct journal *
journals_events(struct journals *j)
{
	return j->logs[EVENTS].journal;
}

/* ---- the clock ---- */

struct stamp
journals_now(const struct journals *j)
{
	struct stamp at;
	struct clock_now now;

	clock_now(&now);
	memcpy(at.boot, j->boot, sizeof(at.boot));
	at.mono_ms = now.mono_ms;
	at.wall_ms = now.wall_ms;
	at.synced = now.synced;
	return at;
}

static void
tell_clock(struct journals *j, const struct stamp *now)
{
	for (size_t i = 0; i < LOGS; i++)
		journal_clock(j->logs[i].journal, now->synced, now->wall_ms,
		    now->mono_ms);
	stat_set(j->synced, now->synced ? 1 : 0);
}

static void
look_at_clock(struct journals *j, const struct stamp *now)
{
	struct clock_now seen = {now->mono_ms, now->wall_ms, now->synced};
	bool was_synced = j->clock.synced;
	int64_t step_ms;

	if (!clockwatch_look(&j->clock, &seen, &step_ms))
		return;
	tell_clock(j, now);
	events_clock(journals_events(j), now, now->synced, step_ms);
	if (step_ms != 0)
		log_warn("the wall clock was set %s by %lld.%03lld s",
		    step_ms < 0 ? "back" : "forward", llabs(step_ms) / 1000,
		    llabs(step_ms) % 1000);
	if (now->synced != was_synced)
		log_info("the wall clock is %s",
		    now->synced ? "synchronised" : "not synchronised any more");
}

/* ---- the disks ---- */

/* Tells when a log begins to give from memory, and when it is over; of what was
 * over between two looks the latter only. */
static void
look_at_disk(struct journals *j, size_t i, const struct stamp *now)
{
	struct watched *w = &j->logs[i];
	struct journal_state s;
	struct events_memory m = {
	    .of = names[i], .as = journal_volatile_id(w->journal)};

	journal_state(w->journal, &s);
	if (i == READINGS) {
		stat_add(j->given, s.memory_readings - j->told_volatile);
		j->told_volatile = s.memory_readings;
	}
	if (s.in_memory == w->in_memory &&
	    (s.in_memory || s.memory_first == w->from))
		return;
	m.over = !s.in_memory;
	m.from = s.memory_first;
	m.to = s.memory_last;
	m.lost = s.lost - w->lost;
	w->in_memory = s.in_memory;
	if (m.over) {
		w->from = s.memory_first;
		w->lost = s.lost;
	}
	events_memory(journals_events(j), now, &m);
}

int64_t
journals_tick(struct journals *j, const struct stamp *now)
{
	int64_t next_ms, wish_ms;

	if (now->mono_ms >= j->look_ms) {
		look_at_clock(j, now);
		for (size_t i = 0; i < LOGS; i++)
			look_at_disk(j, i, now);
		j->look_ms = now->mono_ms + LOOK_MS;
	}
	next_ms = j->look_ms;
	for (size_t i = 0; i < LOGS; i++) {
		wish_ms = journal_tick(j->logs[i].journal, now->mono_ms);
		next_ms = wish_ms < next_ms ? wish_ms : next_ms;
	}
	return next_ms;
}

/* ---- open and close ---- */

struct journals *
journals_open(const struct conf_store *conf, struct err *err)
{
	struct journals *j = must_alloc(1, sizeof(*j));
	struct stamp now;

	clock_boot(j->boot);
	j->synced = stat_get(STAT_GAUGE, "riser_clock_synced",
	    "Whether somebody disciplines the wall clock (1) or not (0).", "");
	j->given = stat_get(STAT_COUNTER, "riser_reads_total",
	    "Readings by what became of them.", "stage=\"volatile\"");
	for (size_t i = 0; i < LOGS; i++) {
		struct journal_conf jc = {.dir = conf->path,
		    .name = names[i],
		    .max_bytes = i == READINGS ? conf->journal_max_bytes
					       : conf->events_max_bytes,
		    .commit_every_ms = conf->commit_every_ms};

		j->logs[i].journal = journal_open(&jc, err);
		if (j->logs[i].journal == NULL)
			goto fail;
	}
	now = journals_now(j);
	clockwatch_look(&j->clock,
	    &(struct clock_now){now.mono_ms, now.wall_ms, now.synced},
	    &(int64_t){0});
	tell_clock(j, &now);
	return j;

fail:
	journals_close(j, 0);
	return NULL;
}

void
journals_close(struct journals *j, int64_t wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;

	if (j == NULL)
		return;
	for (size_t i = 0; i < LOGS; i++) {
		int64_t left_ms = until_ms - clock_mono_ms();

		journal_close(j->logs[i].journal, left_ms > 0 ? left_ms : 0);
	}
	stat_put(j->synced);
	stat_put(j->given);
	free(j);
}

void
journals_settle(struct journals *j, uint64_t event_seq, int64_t wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	struct journal_state s;

	for (;;) {
		journal_state(journals_events(j), &s);
		if (s.tail_seq >= event_seq || clock_mono_ms() >= until_ms)
			return;
		clock_sleep_until_us(clock_mono_us() + SETTLE_STEP_US);
	}
}
