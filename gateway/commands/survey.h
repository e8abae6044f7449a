/*
 * survey.h - points of an estate read once, for `riser read`
 *
 *	survey_new, survey_want for each glob, survey_ask, look, survey_free
 *
 * Buses are asked at the same time, a thread each, with the very requests the
 * daemon would send (conf_plan).  A profile's identity is looked at first:
 * where another model answers, or none, there are words but no values.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include "gateway/conf/conf.h"

#define SURVEY_SEEN 4 /* registers that a number can have */

struct survey_point {
	bool wanted; /* a glob matched it */
	bool read; /* that, or a wanted one is computed from it */
	struct reading reading;
	uint16_t word_count; /* 0: none came, or it is computed */
	uint16_t *words; /* its own; of a bit one, 0 or 1 */
	uint16_t seen_count; /* of registers from its first on, its own and
				SURVEY_SEEN if the device has as many */
	uint16_t *seen;
};

struct survey_device {
	bool wanted; /* one of its points is */
	bool failed; /* something of it could not be read */
	char why[512]; /* a sentence; "" if nothing failed */
	struct survey_point *points;
};

struct survey {
	const struct conf *conf;
	struct catalog *names; /* of devices and points, by conf's indices */
	struct survey_device *devices;
	struct arena *memory;
};

/* Keeps conf. */
struct survey *survey_new(const struct conf *conf);
void survey_free(struct survey *s);

/* Adds the points whose device/point the glob matches (fnmatch(3); a * matches
 * a / too), or all of the devices that it matches.  False if there are none. */
bool survey_want(struct survey *s, const char *glob);

/* The device, or device/point, that looks most like it; NULL: nothing does. */
const char *survey_near(const struct survey *s, const char *glob);

/* Asks.  With see_more, SURVEY_SEEN registers from each point's first on.
 * progress (or NULL) is called a few times a second. */
void survey_ask(struct survey *s, bool see_more,
    void (*progress)(size_t done, size_t count));

/* Whether a reading that was wanted or needed is missing.  That the device
 * itself has no value (bad:not_available) is an answer. */
bool survey_failed(const struct survey *s);

#endif
