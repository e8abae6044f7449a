/*
 * rule_draft.h - an alarm while it is read: its keys, layer by layer
 *
 * Each layer's keys stand on those before it.  Where a key stands is kept, for
 * what is wrong only when all of it is put together is told there.
 */
#ifndef RULE_DRAFT_H
#define RULE_DRAFT_H

#include "gateway/conf/formula.h"

#define RULE_SHELVE_P1_MAX_MS (30 * 60 * 1000)
#define RULE_SHELVE_UNSAID (-1)

/* The strongest layer that gives a key. */
struct said {
	const struct node *node; /* NULL: none does */
	enum layer layer;
};

struct rule_draft {
	struct formula formula; /* of whichever text is judged */
	const struct layer_names *names;
	const struct layer_name *name;
	struct alarm_rule alarm;
	bool enabled;
	struct said when, clear, suppress, release, severity, latch, power,
	    shelve, text;
	const struct node *without; /* of a kind; or NULL */
};

/* Fills the draft, which has its formula, names, name and alarm.name, from all
 * layers.  False if that makes no alarm: told. */
bool rule_draft_read(struct rule_draft *d);

/* The strongest layer that says anything of it. */
struct said rule_draft_last(const struct rule_draft *d);

/* What is said there is judged next. */
void rule_draft_look_at(struct rule_draft *d, struct said s);

#endif
