/* rule_draft.c - an alarm while it is read: its keys, layer by layer */
#include "gateway/conf/rule_draft.h"

#include <string.h>

#include "gateway/conf/near.h"

#define DAY_MS (24 * 60 * 60 * 1000)
#define DELAY_MAX_MS (7 * DAY_MS)
#define SHELVE_MAX_MS (7 * DAY_MS)

static const struct field alarm_fields[] = {
    {"when", WANT_NODE, INTO(struct rule_draft, when.node)},
    {"clear", WANT_NODE, INTO(struct rule_draft, clear.node)},
    {"suppress", WANT_NODE, INTO(struct rule_draft, suppress.node)},
    {"on", WANT_DURATION, INTO(struct rule_draft, alarm.on_ms),
	.max = DELAY_MAX_MS},
    {"off", WANT_DURATION, INTO(struct rule_draft, alarm.off_ms),
	.max = DELAY_MAX_MS},
    {"severity", WANT_CHOICE, INTO(struct rule_draft, alarm.severity),
	.words = alarm_severity_names},
    {"latch", WANT_BOOL, INTO(struct rule_draft, alarm.latch)},
    {"release", WANT_NODE, INTO(struct rule_draft, release.node)},
    {"needs_power", WANT_BOOL, INTO(struct rule_draft, alarm.needs_power)},
    {"shelve_max", WANT_DURATION, INTO(struct rule_draft, alarm.shelve_max_ms),
	.max = SHELVE_MAX_MS},
    {"enabled", WANT_BOOL, INTO(struct rule_draft, enabled)},
    {"text", WANT_PEOPLE, INTO(struct rule_draft, alarm.text)},
    {.key = NULL},
};

/* What only a kind says: this alarm is for devices without these points, which
 * have a better one. */
static const struct field kind_fields[] = {
    {"without", WANT_NODE, INTO(struct rule_draft, without)},
    {.key = NULL, .table = alarm_fields},
};

/* ---- the layers on one another ---- */

static void
note(struct said *s, const struct node *map, const char *key, enum layer layer)
{
	const struct node *n = node_get(map, key);

	if (n)
		*s = (struct said){n, layer};
}

static void
merge(struct rule_draft *d)
{
	struct walk *w = d->formula.walk;

	for (enum layer i = LAYER_BASE; i < LAYER_COUNT; i++) {
		const struct node *n = d->name->parts[i].node;

		if (n == NULL)
			continue;
		walk_map(w, n, i <= LAYER_KIND ? kind_fields : alarm_fields, d);
		note(&d->when, n, "when", i);
		note(&d->clear, n, "clear", i);
		note(&d->suppress, n, "suppress", i);
		note(&d->release, n, "release", i);
		note(&d->severity, n, "severity", i);
		note(&d->latch, n, "latch", i);
		note(&d->power, n, "needs_power", i);
		note(&d->shelve, n, "shelve_max", i);
		note(&d->text, n, "text", i);
	}
}

static void
refuse_missing(struct rule_draft *d, const struct node *n, const char *key,
    const char *example)
{
	node_error(d->formula.walk->diag, n,
	    "the key \"%s\" is missing; write for example %s", key, example);
}

static bool
is_begun(const struct layer_name *n)
{
	for (enum layer i = LAYER_BASE; i < LAYER_COUNT; i++)
		if (n->parts[i].node && node_get(n->parts[i].node, "when"))
			return true;
	return false;
}

/* Whether some `when` of it asks bus_up, as far as a glance tells. */
static bool
is_of_buses(const struct layer_name *n)
{
	const struct node *when;

	for (enum layer i = LAYER_BASE; i < LAYER_COUNT; i++) {
		when = n->parts[i].node ? node_get(n->parts[i].node, "when")
					: NULL;
		if (when && when->kind == NODE_TEXT &&
		    strstr(when->text, "bus_up"))
			return true;
	}
	return false;
}

/* bus-down of bus-down-shaft-3, under which it is told; or NULL. */
static const char *
find_bus_alarm(const struct rule_draft *d)
{
	const char *full = d->name->name;

	for (size_t i = 0; i < d->names->count; i++) {
		const struct layer_name *n = &d->names->names[i];
		size_t len = strlen(n->name);

		if (strncmp(full, n->name, len) == 0 && full[len] == '-' &&
		    is_of_buses(n))
			return n->name;
	}
	return NULL;
}

/* Keys for an alarm that nobody has begun. */
static void
refuse_unbegun(struct rule_draft *d, const struct node *n)
{
	struct walk *w = d->formula.walk;
	struct near near = {.text = d->name->name};
	const char *bus_alarm = find_bus_alarm(d);

	for (size_t i = 0; i < d->names->count; i++)
		if (is_begun(&d->names->names[i]))
			near_try(&near, d->names->names[i].name);
	if (bus_alarm)
		node_key_error(w->diag, n,
		    "there is no such alarm; write %s: there is one for each "
		    "bus",
		    bus_alarm);
	else if (near.best)
		node_key_error(w->diag, n, "there is no such alarm%s",
		    walk_hint(w, near.best));
	else if (!d->enabled)
		node_key_error(
		    w->diag, n, "there is no such alarm to take away; drop it");
	else
		refuse_missing(d, n, "when", "when: \"load >= 80\"");
}

static bool
is_whole(struct rule_draft *d)
{
	const struct node *n = d->name->parts[layer_top(d->name)].node;
	bool whole = false;

	if (n->kind != NODE_MAP)
		return false; /* told */
	if (d->when.node == NULL)
		refuse_unbegun(d, n);
	else if (d->severity.node == NULL)
		refuse_missing(d, n, "severity", "severity: P3");
	else if (d->text.node == NULL)
		refuse_missing(d, n, "text",
		    "text: {zh: \"{name} ...\", en: \"{name} ...\"}");
	else
		whole = true;
	return whole;
}

bool
rule_draft_read(struct rule_draft *d)
{
	d->alarm.shelve_max_ms = RULE_SHELVE_UNSAID;
	d->enabled = true;
	merge(d);
	return is_whole(d);
}

/* ---- asking ---- */

struct said
rule_draft_last(const struct rule_draft *d)
{
	enum layer top = layer_top(d->name);

	return (struct said){d->name->parts[top].node, top};
}

void
rule_draft_look_at(struct rule_draft *d, struct said s)
{
	d->formula.text = s.node;
	d->formula.layer = s.layer;
	d->formula.part = &d->name->parts[s.layer];
}
