/*
 * scan_run.h - a line being scanned: who answered what, and what was heard
 *
 *	scan_new, fill in settings and units, scan_run, look, scan_free
 *
 * A unit is there if it gave a value, or refused twice (a word so short noise
 * may make up once).  A gateway that says the unit does not answer is silence.
 */
#ifndef SCAN_RUN_H
#define SCAN_RUN_H

#include "gateway/commands/scan_known.h"
#include "gateway/commands/scan_order.h"
#include "gateway/commands/scan_wire.h"

#define SCAN_URL_MAX 400

/* A line as it may be set. */
struct scan_setting {
	char url[SCAN_URL_MAX]; /* as it stands in riser.yaml */
	struct driver_line line;
	bool worked; /* it could be opened and asked */
	size_t asked; /* questions without a word of their unit */
	size_t heard; /* of those: bytes came, but no answer */
	char why[256]; /* it was not silent, or cannot be had */
};

struct scan_answer {
	struct scan_place place;
	enum driver_verdict verdict;
	struct driver_reply reply;
};

struct scan_found {
	uint8_t unit;
	size_t index; /* among the units */
	bool late; /* it answered when it was not waited for any more */
	size_t answer_count;
	struct scan_answer *answers; /* OK and refused ones */
	size_t fit_count;
	const struct conf_profile **fits; /* whose identity it has */
};

struct scan {
	const struct scan_known *known;
	size_t setting_count;
	struct scan_setting settings[SCAN_SETTINGS_MAX];
	struct scan_units units;
	volatile sig_atomic_t stop; /* may be set by a signal's handler */

	struct scan_order order;
	size_t place_count;
	struct scan_place
	    *places; /* the questions by which somebody is found */
	size_t found_count;
	struct scan_found *found; /* as they were found; then by unit */
	/* by setting and index: asked, and only damaged bytes came */
	uint8_t asked[SCAN_SETTINGS_MAX][SCAN_UNITS_MAX];
	uint8_t heard[SCAN_SETTINGS_MAX][SCAN_UNITS_MAX];
	bool lost; /* the line broke and did not come back */
	bool patient; /* somebody was late, and the timeout is a long one */
	bool same; /* whatever unit is asked, one device answers */
	char why[256]; /* it could not be opened, or was lost */
	struct scan_wire wire;
	size_t setting; /* at which it is open */
	int64_t silent_ms[SCAN_UNITS_MAX]; /* by index: asked when; 0: not */
};

/* Keeps known. */
struct scan *scan_new(const struct scan_known *known);
void scan_free(struct scan *s);

/* To be called when settings and units are there; from then on scan_left_ms
 * tells. */
void scan_prepare(struct scan *s);

/* At most, and the whole of it before the first question. */
int64_t scan_left_ms(const struct scan *s);

/* progress (or NULL) is called before each question. */
void scan_run(struct scan *s, void (*progress)(const struct scan *s));

/* The setting in hand. */
struct scan_setting *scan_setting(struct scan *s);

/* All were asked that were to be. */
bool scan_complete(const struct scan *s);

/* No setting of the line worked, or it was lost: why says the reason. */
bool scan_failed(const struct scan *s);

bool scan_has_value(const struct scan_found *f);

/* Of the line at that setting: whoever was asked, bytes came. */
bool scan_babbles(const struct scan_setting *t);

#endif
