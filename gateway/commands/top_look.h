/*
 * top_look.h - what riser top knows of the gateway
 *
 * One thread asks, another draws: so a gateway that takes a question and does
 * not answer cannot stop the clock of the screen.  A round is two questions,
 * /metrics and the alarms; names are asked for once a minute, and since when a
 * device is offline once for each.
 */
#ifndef TOP_LOOK_H
#define TOP_LOOK_H

#include <jansson.h>

#include "gateway/commands/ask.h"
#include "gateway/commands/top_figures.h"

struct top_offline {
	const char *id, *name, *bus; /* "" where it is not known */
	int64_t since_ms; /* Unix; 0: not known */
	bool unsure; /* the clock was not set then */
	int tries; /* to find that out */
};

/* All there is to be drawn.  Texts are clean (fit.h) but those in alarms. */
struct top_picture {
	const struct top_figures *figures;
	const json_t *alarms; /* the document of /api/v1/alarms */
	const struct top_offline *offline;
	size_t offline_count;
	const char *site, *site_name, *version;
	int64_t up_ms; /* the gateway */
	int64_t now_ms, told_ms; /* Unix: here; of the last answer */
	int64_t silent_ms; /* since the last answer */
	int64_t heartbeat_ms; /* since its loop turned, as far as is known */
	const char *why; /* the last question failed; NULL: it did not */
	bool gone; /* and that is because nobody listens */
};

struct top_look;

struct top_look *top_look_new(const char *store);
void top_look_free(struct top_look *l); /* not while top_look_start's runs */

/* Asks one round, of all that is not known yet; ANSWERED or why not.  For whom
 * a single picture is enough. */
enum ask_result top_look_once(struct top_look *l, struct err *err);

/* From now on a thread asks each second, until the process ends.  -1: there is
 * none. */
int top_look_start(struct top_look *l, struct err *err);

/* What is known now; it stays as it is until top_look_let.  After the first
 * ANSWERED only. */
void top_look_hold(struct top_look *l, struct top_picture *p);
void top_look_let(struct top_look *l);

#endif
