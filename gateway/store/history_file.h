/*
 * history_file.h - the history's database: <store>/history.db
 *
 *	device    its number (1..65535) and id
 *	name      a point as it was: device, point, unit, role, form, hold; one
 *	          whose definition changes becomes another name, also when that
 *	          is as it was once: so the newest is how it is now
 *	stretch   some minutes of readings of all devices: of one boot, all of
 *	          them stamped by a clock that was set, or none; in the order of
 *	          the log, with how far of it that is: of the newest, the
 *	          position.  A reading's time is what the track says plus shift
 *	raw       key: stretch << 16 | device; a track (track.h)
 *	minute    key: two hours since 1970 << 16 | device; slots of a minute
 *	quarter   key: days since 1970 << 16 | device; slots of 15 min
 *	due       spans of either that are to be computed, or again
 *	pause     seq of a log behind which the program began anew
 *	forgotten up to when some of what a tier's slots are made of is gone
 *
 * What fails is -1, with why; then the only thing to be done is to close it,
 * and to open it again: at once if it was damaged or newer, for then closing
 * sets it aside.  Belongs to one thread.  Blocks on the disk.
 */
#ifndef HISTORY_FILE_H
#define HISTORY_FILE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/measure/timeline.h"

#define HISTORY_FILE "history.db"
#define HISTORY_VERSION 1 /* of its tables: user_version */
#define HISTORY_DEVICES_MAX 65535

#define HISTORY_MINUTE_MS 60000LL
#define HISTORY_QUARTER_MS (15 * HISTORY_MINUTE_MS)
#define HISTORY_MINUTES_SPAN_MS (120 * HISTORY_MINUTE_MS)
#define HISTORY_QUARTERS_SPAN_MS (96 * HISTORY_QUARTER_MS)
#define HISTORY_MINUTES_A_SPAN (HISTORY_MINUTES_SPAN_MS / HISTORY_MINUTE_MS)
#define HISTORY_SPANS_A_DAY (HISTORY_QUARTERS_SPAN_MS / HISTORY_MINUTES_SPAN_MS)

/* The two that are kept; all other steps are merged of them. */
enum history_tier { HISTORY_MINUTES, HISTORY_QUARTERS, HISTORY_TIERS };

int64_t history_step_ms(enum history_tier tier);
int64_t history_span_ms(enum history_tier tier);
int64_t history_span_of(enum history_tier tier, int64_t at_ms);

struct history_file {
	char path[PATH_MAX];
	sqlite3 *db;
	bool damaged, newer;
	char why[256];
	struct history_statements *q;
	/* the longest that values of the names up to this one hold */
	int64_t longest_ms, longest_upto;
};

/* Opens it or makes it, 0600.  Begins as {0}. */
int history_file_open(struct history_file *f, const char *dir);

/* To read only, beside the one that writes; 1: there is none yet. */
int history_file_look(struct history_file *f, const char *dir);
void history_file_close(struct history_file *f); /* also one half open */

/* Whether one that was set aside lies in dir. */
bool history_file_aside(const char *dir);

int history_file_begin(struct history_file *f);
int history_file_begin_look(struct history_file *f); /* to read only */
int history_file_commit(struct history_file *f);

/* ---- how far ---- */

/* 0 if the log is another. */
int history_file_position(
    struct history_file *f, const char *log, uint64_t *seq);

/* The program began anew behind seq; the first such at or behind `from`, or
 * UINT64_MAX; those before are forgotten. */
int history_file_pause(struct history_file *f, uint64_t seq);
int history_file_next_pause(
    struct history_file *f, uint64_t from, uint64_t *seq);

/* ---- names ---- */

struct history_name {
	uint32_t id;
	uint32_t first; /* of its point: the same of all names of that */
	uint16_t device;
	bool counter;
	int64_t hold_ms;
};

/* Its number; makes one. */
int history_file_device(
    struct history_file *f, const char *id, uint16_t *device);
int history_file_name(struct history_file *f, uint16_t device,
    const struct point_info *p, int64_t hold_ms, uint32_t *name);

/* Numbers go from 1 to this. */
int history_file_devices(struct history_file *f, uint16_t *last);

/* All names of a device (point NULL), or of the point: those of the same unit
 * and form as its newest.  How many, at most max, by rising id. */
int history_file_names(struct history_file *f, uint16_t device,
    const char *point, struct history_name *names, int max);
int history_file_find(
    struct history_file *f, const char *id, uint16_t *device); /* 0: none */

/* ---- readings ---- */

struct history_stretch {
	int64_t id; /* rises in the order of the log */
	int64_t from_ms, to_ms; /* its earliest and latest, shifted */
	int64_t shift_ms; /* to be added to what its tracks say */
	uint8_t boot[SAMPLE_BOOT_BYTES];
	bool settled; /* its times are for sure; else a boot's monotonic */
	bool broken; /* nothing from before holds into it */
	/* when it is added: what log it is of, and up to where; "": of none,
	 * it was imported, and says nothing of what is known of now */
	const char *log;
	uint64_t seq;
	/* when it is read: where the stretch of a log before it ended, or
	 * right before it if there is none */
	int64_t ended_ms;
};

struct sheaf;

/* Adds what is in the sheaf, in a transaction of its own, and fills in id,
 * from_ms and to_ms.  All spans of minutes that it says something of are then
 * due: its values hold behind it for as long as the longest may. */
int history_file_add(
    struct history_file *f, struct history_stretch *s, struct sheaf *sheaf);

/* Those that overlap [from, to), by rising id, of each only shift_ms, broken
 * and ended_ms, and what the device's track of it is (bytes live until see
 * returns; NULL: it had no readings). */
typedef int history_see_raw(void *context, const struct history_stretch *s,
    const void *track, size_t length);
int history_file_raw(struct history_file *f, uint16_t device, int64_t from_ms,
    int64_t to_ms, history_see_raw *see, void *context);

/* What of the boots is known now: their stretches are moved to their true
 * times, and the spans of both are due again. */
int history_file_settle(struct history_file *f, const struct timeline *times);

/* The earliest that readings are of, and where the newest stretch ends: nothing
 * is known behind it.  0, 0: none. */
int history_file_ends(struct history_file *f, int64_t *from_ms, int64_t *to_ms);

/* The latter alone, without looking at all stretches. */
int history_file_known(struct history_file *f, int64_t *to_ms);

/* Where the newest stretch that came from a log ends; INT64_MAX: none did. */
int history_file_own_end(struct history_file *f, int64_t *to_ms);

/* Whether all that slots of a tier are made of is still there, from at_ms on:
 * 1, 0. */
int history_file_reaches(
    struct history_file *f, enum history_tier tier, int64_t at_ms);

/* ---- slots ---- */

int history_file_put_slots(struct history_file *f, enum history_tier tier,
    int64_t span, uint16_t device, const struct buf *block); /* empty: none */

/* 1, and the block, which lives until the next call or commit; 0: none. */
int history_file_slots(struct history_file *f, enum history_tier tier,
    int64_t span, uint16_t device, const void **block, size_t *length);

/* All spans that touch [from, to] are to be computed. */
int history_file_mark(struct history_file *f, enum history_tier tier,
    int64_t from_ms, int64_t to_ms);

/* The first due span that was over at known_ms: 1; 0: none.  And done. */
int history_file_due(struct history_file *f, enum history_tier tier,
    int64_t known_ms, int64_t *span);
/* Whether what there is of the span, or that there is nothing, is all there is:
 * neither it nor what it is made of is due.  1, 0. */
int history_file_fresh(
    struct history_file *f, enum history_tier tier, int64_t span);

/* The first span that is kept; 0: none. */
int history_file_first(
    struct history_file *f, enum history_tier tier, int64_t *span);
int history_file_done(
    struct history_file *f, enum history_tier tier, int64_t span);

/* ---- room ---- */

struct history_keep {
	int64_t raw_ms, minutes_ms, quarters_ms; /* older ones go */
	int64_t max_bytes; /* in use; then the oldest readings go, down to a
			      week of them, then the oldest minutes, then
			      quarters; then what is younger */
};

/* Removes a few; whether there may be more.  now_ms 0: nobody is sure of the
 * time, and nothing is too old. */
int history_file_forget(
    struct history_file *f, const struct history_keep *keep, int64_t now_ms);

/* Bytes in use. */
int history_file_bytes(struct history_file *f, int64_t *bytes);

#endif
