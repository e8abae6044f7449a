/*
 * intake.c - batches of the log become stretches of the history
 *
 * What is read waits in the sheaf until its stretch is written.  The larger a
 * stretch, the fewer bytes beside its readings: with each transaction
 * SQLite journals and rewrites the last page of each table that grows.
 *
 * Times of a boot whose clock is not set are kept as its monotonic ones, beside
 * one shift for all of a stretch: when the clock becomes known, that is what
 * changes, and no reading is written again.
 *
 * What is in memory is locked only to be added to, cleared or asked: never
 * while the disk is waited for.
 *
 * Not done: flushing sooner for those who look.  They are given what is in
 * memory.
 */
#include "gateway/store/intake.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/store/history_names.h"
#include "gateway/store/past.h"
#include "gateway/store/sheaf.h"

#define STRETCH_MS (2 * 3600 * 1000) /* of readings, in a backlog */
#define SHIFT_MS                                                               \
	50 /* less than this is no other shift: two clocks read one            \
	      after the other */

#define LATE_MS 5000

/* What the sheaf will be. */
struct stretch {
	struct history_stretch row;
	uint64_t first_seq, last_seq; /* 0: it is empty */
	int64_t from_mono_ms; /* its boot's, of the first */
	int64_t began_ms; /* when that was read, monotonic */
};

struct intake {
	char *log;
	struct history_names *names; /* has a lock of its own */
	struct timeline times; /* the boots' clocks as the file has them */
	uint64_t pause; /* the next seq behind which a run began */
	bool pause_passed; /* since the last batch */
	bool has_boot;
	uint8_t boot[SAMPLE_BOOT_BYTES]; /* of the last batch */

	pthread_mutex_t memory; /* of what follows */
	struct sheaf *sheaf;
	struct stretch now;
	uint64_t seq; /* read up to this one */
	int64_t known_ms; /* of the batches read; 0: none */
	int64_t ended_ms; /* of the last one written; INT64_MAX: none was */
	uint64_t missed;
	int64_t missed_ms; /* monotonic, of now */
};

struct intake *
intake_new(const char *log)
{
	struct intake *in = must_alloc(1, sizeof(*in));

	in->log = must_text(log);
	in->names = history_names_new();
	in->sheaf = sheaf_new();
	pthread_mutex_init(&in->memory, NULL);
	return in;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	free(in->log);
	history_names_free(in->names);
	sheaf_free(in->sheaf);
	pthread_mutex_destroy(&in->memory);
	free(in);
}

static void
clear(struct intake *in)
{
	sheaf_clear(in->sheaf);
	in->now = (struct stretch){0};
}

/* ---- a file opened and closed ---- */

/* Up to when anything is known, imports too, and where the newest stretch of a
 * log ends. */
static int
read_ends(struct history_file *f, int64_t *known_ms, int64_t *ended_ms)
{
	return history_file_known(f, known_ms) == -1
	    ? -1
	    : history_file_own_end(f, ended_ms);
}

int
intake_begin(
    struct intake *in, struct history_file *f, uint64_t born_seq, uint64_t *seq)
{
	uint64_t pause;
	int64_t known_ms, ended_ms;

	if (history_file_position(f, in->log, seq) == -1 ||
	    history_file_pause(f, born_seq) == -1 ||
	    history_file_next_pause(f, *seq, &pause) == -1 ||
	    read_ends(f, &known_ms, &ended_ms) == -1)
		return -1;
	in->pause = pause;
	in->has_boot = in->pause_passed = false;
	in->times.count = 0;
	pthread_mutex_lock(&in->memory);
	in->seq = *seq;
	in->known_ms = known_ms;
	in->ended_ms = ended_ms;
	pthread_mutex_unlock(&in->memory);
	return 0;
}

void
intake_forget(struct intake *in)
{
	history_names_forget(in->names);
	pthread_mutex_lock(&in->memory);
	clear(in);
	pthread_mutex_unlock(&in->memory);
}

/* ---- to the file ---- */

int
intake_flush(struct intake *in, struct history_file *f)
{
	struct history_stretch row = in->now.row;

	if (sheaf_empty(in->sheaf))
		return 0;
	row.log = in->log;
	row.seq = in->now.last_seq;
	if (history_file_add(f, &row, in->sheaf) == -1)
		return -1;
	pthread_mutex_lock(&in->memory);
	in->ended_ms = row.to_ms;
	clear(in);
	pthread_mutex_unlock(&in->memory);
	return 1;
}

bool
intake_flush_due(const struct intake *in, int64_t now_ms)
{
	return !sheaf_empty(in->sheaf) &&
	    now_ms >= in->now.began_ms + HISTORY_FLUSH_MS;
}

/* ---- a boot's clock that became known ---- */

static bool
same_times(const struct timeline *a, const struct timeline *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (memcmp(a->of[i].id, b->of[i].id, SAMPLE_BOOT_BYTES) != 0 ||
		    a->of[i].set != b->of[i].set)
			return false;
	return true;
}

static int
settle(struct intake *in, struct history_file *f, const struct timeline *times)
{
	int64_t known_ms, ended_ms;

	if (intake_flush(in, f) == -1 || history_file_begin(f) == -1 ||
	    history_file_settle(f, times) == -1 ||
	    history_file_commit(f) == -1 ||
	    read_ends(f, &known_ms, &ended_ms) == -1)
		return -1;
	pthread_mutex_lock(&in->memory);
	in->known_ms = known_ms;
	in->ended_ms = ended_ms;
	pthread_mutex_unlock(&in->memory);
	return 0;
}

int
intake_times(
    struct intake *in, struct history_file *f, const struct timeline *times)
{
	if (same_times(times, &in->times))
		return 0;
	if (settle(in, f, times) == -1)
		return -1;
	in->times = *times;
	return 1;
}

/* ---- out of the log ---- */

/* What a batch's stretch is like; its time as the track says it. */
static int64_t
place(const struct intake *in, const struct batch *b,
    struct history_stretch *like)
{
	int64_t ts_ms;
	enum timeline_verdict verdict =
	    timeline_place(&in->times, &b->at, b->at.mono_ms, 0, &ts_ms);

	*like = (struct history_stretch){.settled = verdict == TIMELINE_TRUE};
	memcpy(like->boot, b->at.boot, sizeof(like->boot));
	if (like->settled)
		return ts_ms;
	like->shift_ms = ts_ms - b->at.mono_ms;
	return b->at.mono_ms;
}

static bool
same_stretch(const struct history_stretch *a, const struct history_stretch *b)
{
	int64_t off_ms = a->shift_ms - b->shift_ms;

	return a->settled == b->settled && off_ms > -SHIFT_MS &&
	    off_ms < SHIFT_MS && memcmp(a->boot, b->boot, sizeof(a->boot)) == 0;
}

/* Between the last batch read and this one: another run, another boot, or
 * batches that are gone. */
static bool
broken(const struct intake *in, const struct batch *b)
{
	return b->seq != in->seq + 1 || in->pause < b->seq ||
	    (in->has_boot &&
		memcmp(in->boot, b->at.boot, sizeof(in->boot)) != 0);
}

/* Whether something is to be done before it can be added. */
static bool
needs(struct intake *in, const struct batch *b, const struct catalog *c,
    const struct history_stretch *like)
{
	if (!history_names_have(in->names, c) || in->pause < b->seq)
		return true;
	if (sheaf_empty(in->sheaf))
		return false;
	return broken(in, b) || !sheaf_room(in->sheaf, b) ||
	    !same_stretch(&in->now.row, like) ||
	    b->at.mono_ms - in->now.from_mono_ms >= STRETCH_MS;
}

int
intake_prepare(struct intake *in, struct history_file *f, uint64_t seq)
{
	if (intake_flush(in, f) == -1 || history_names_map(in->names, f) == -1)
		return -1;
	if (in->pause >= seq)
		return 0;
	in->pause_passed = true;
	return history_file_next_pause(f, seq, &in->pause);
}

static void
start_stretch(struct intake *in, const struct batch *b,
    const struct history_stretch *like)
{
	in->now = (struct stretch){.row = *like,
	    .first_seq = b->seq,
	    .from_mono_ms = b->at.mono_ms,
	    .began_ms = clock_mono_ms()};
	in->now.row.broken = broken(in, b) || in->pause_passed;
	in->pause_passed = false;
}

/* What a thread of its own looked at may be a moment older than what came
 * before it; by more, the clock was set. */
static void
set_known(struct intake *in, int64_t ts_ms)
{
	if (ts_ms > in->known_ms || ts_ms < in->known_ms - LATE_MS)
		in->known_ms = ts_ms;
}

static void
add(struct intake *in, const struct batch *b, int64_t at_ms,
    const struct history_stretch *like)
{
	uint16_t device;
	const uint32_t *names = history_names_of(in->names, b->device, &device);

	pthread_mutex_lock(&in->memory);
	if (sheaf_empty(in->sheaf))
		start_stretch(in, b, like);
	if (b->seq > in->seq + 1 && in->seq != 0) {
		in->missed += b->seq - in->seq - 1;
		in->missed_ms = clock_mono_ms();
	}
	if (!sheaf_add(in->sheaf, at_ms, device, b, names))
		abort(); /* a batch is smaller than a sheaf */
	in->now.last_seq = in->seq = b->seq;
	set_known(in, at_ms + in->now.row.shift_ms);
	in->has_boot = true;
	memcpy(in->boot, b->at.boot, sizeof(in->boot));
	pthread_mutex_unlock(&in->memory);
}

bool
intake_take(struct intake *in, const struct batch *b, const struct catalog *c)
{
	struct history_stretch like;
	int64_t at_ms = place(in, b, &like);

	if (needs(in, b, c, &like)) {
		history_names_want(in->names, c);
		return false;
	}
	add(in, b, at_ms, &like);
	return true;
}

/* ---- any thread ---- */

void
intake_know(struct intake *in, struct catalog *c, const int64_t *holds_ms)
{
	history_names_know(in->names, c, holds_ms);
}

bool
intake_known(struct intake *in)
{
	return history_names_known(in->names);
}

void
intake_state(struct intake *in, struct history_state *s)
{
	pthread_mutex_lock(&in->memory);
	s->read_seq = in->seq;
	s->known_ms = in->ended_ms != INT64_MAX ? in->ended_ms : 0;
	s->missed = in->missed;
	s->missed_ms = in->missed_ms;
	pthread_mutex_unlock(&in->memory);
}

struct tail_context {
	struct past *p;
	int64_t shift_ms;
};

static void
add_reading(void *context, int64_t at_ms, const struct track_reading *r)
{
	const struct tail_context *t = context;

	past_add(t->p, at_ms + t->shift_ms, &r->value);
}

void
intake_tail(struct intake *in, const char *device, const char *point,
    struct past *p, struct history_tail *tail)
{
	struct tail_context t = {.p = p};
	int64_t to_ms;
	uint16_t number;
	uint32_t name;

	pthread_mutex_lock(&in->memory);
	t.shift_ms = in->now.row.shift_ms;
	*tail = (struct history_tail){
	    .first_seq = in->now.first_seq, .known_ms = in->known_ms};
	sheaf_ends(in->sheaf, &tail->from_ms, &to_ms);
	tail->from_ms += t.shift_ms;
	/* As the file has it: behind what was only imported it is right
	 * before this. */
	if (in->now.first_seq != 0 && in->now.row.broken)
		past_break(p,
		    in->ended_ms != INT64_MAX ? in->ended_ms
					      : tail->from_ms - 1);
	if (in->now.first_seq != 0 &&
	    history_names_find(in->names, device, point, &number, &name))
		sheaf_read(in->sheaf, number, name, add_reading, &t);
	pthread_mutex_unlock(&in->memory);
}
