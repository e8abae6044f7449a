/*
 * site.h - the inside of alarms.h, for its files alone: what a site holds, and
 * the one way in which an alarm changes
 */
#ifndef SITE_H
#define SITE_H

#include "gateway/alarm/alarms.h"
#include "gateway/alarm/watch.h"

/* What riser itself knows. */
struct known {
	uint8_t truth; /* enum condition_truth */
	int64_t since_ms;
};

/* A point as it was last seen, as far as expressions see it. */
struct seen {
	double number;
	struct quality quality;
};

/* What became of the last question to a device. */
enum site_word { WORD_NONE, WORD_ANSWER, WORD_SILENCE };

struct site_device {
	uint8_t word; /* enum site_word */
	bool undecided; /* offline, and it may be the bus that is */
	struct known online, identified;
	int64_t due_ms; /* the least of its watches', or less */
	struct seen *seen; /* by point */
};

struct site_bus {
	uint32_t devices, answering, silent, undecided; /* devices of it */
	struct known up;
	/* Behind it alarms are hidden, by this watch's; or NULL. */
	const struct watch *hider;
	int64_t until_ms; /* INT64_MAX: while hider's condition holds */
};

/* Stood before and is not in the configuration any more. */
struct gone {
	char *device, *alarm;
	struct alarm was; /* for a reload that brings it back */
};

struct alarms {
	struct alarms_conf conf;
	struct arena *memory;
	struct watches watches;
	struct site_device *devices;
	struct site_bus *buses;
	struct derive_input *gateway; /* its points */

	struct alarm *room; /* of each watch one */
	size_t room_used;
	struct alarm **returned;
	size_t returned_count;

	struct gone *gone;
	size_t gone_count;

	int64_t now_ms; /* the latest that was told */
	int64_t due_ms;
	uint64_t turn;
	bool started; /* buses hide what they hid before */
	bool carried; /* over a reload: things are known at the start */
	bool refused; /* since the last tick */
};

/* Brings the watch's alarm to what its condition, its hider and the time want,
 * change by change, as far as they can be told. */
void site_settle(struct alarms *a, struct watch *w);

/* All that a bus hides, when that begins or ends. */
void site_settle_behind(struct alarms *a, uint16_t bus);

/* A bus's alarm may have changed: it begins to hide, or to linger. */
void site_refresh_bus(struct alarms *a, uint16_t bus);

/* next becomes the watch's alarm, unless the change cannot be told: false.  o:
 * the order it came of, or NULL. */
bool site_change(struct alarms *a, struct watch *w, struct alarm *next,
    enum alarm_change change, const struct order *o);
bool site_tell(struct alarms *a, const struct alarms_news *news);

/* Its alarm; a plain one if it has none. */
struct alarm site_alarm(const struct watch *w);

/* Without telling. */
void site_keep(struct alarms *a, struct watch *w, const struct alarm *next);

/* The watch is to be settled at that time. */
void site_due(struct alarms *a, struct watch *w, int64_t due_ms);

/* Its rule looks at its points. */
void site_look(struct alarms *a, struct watch *w);

struct watch *site_find(
    const struct alarms *a, const char *device, const char *alarm);

/* alarms_past.c: what stood before and has no place now. */
void alarms_tell_gone(struct alarms *a);
void alarms_forget_gone(struct alarms *a);

#endif
