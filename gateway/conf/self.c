/*
 * self.c - riser itself as a device: what it tells of itself, and its alarms
 *
 * Which points there are and of what form is riser's to say; kind gateway gives
 * them titles and units.  That kind has more words and alarms, for the box
 * riser runs on may have a UPS, which is an ordinary device.
 */
#include "gateway/conf/self.h"

#include <string.h>

#include "gateway/alarm/order.h"
#include "gateway/conf/rule.h"

#define EVERY_MS 10000 /* unchanged they are taken this often */
#define HEARTBEAT_MS 60000 /* as of any device that says nothing else */

static const struct {
	const char *name;
	uint8_t form;
	double deadband;
} own[GATEWAY_POINTS] = {
    [GATEWAY_CPU_TEMP] = {"cpu_temp", FORM_NUMBER, 1},
    [GATEWAY_DISK_USED] = {"disk_used", FORM_NUMBER, 0.5},
    [GATEWAY_BUFFER_USED] = {"buffer_used", FORM_NUMBER, 0.5},
    [GATEWAY_UPLINK] = {"uplink", FORM_BOOL, 0},
    [GATEWAY_CLOCK_SYNCED] = {"clock_synced", FORM_BOOL, 0},
    [GATEWAY_STORE_OK] = {"store_ok", FORM_BOOL, 0},
    [GATEWAY_HISTORY_OK] = {"history_ok", FORM_BOOL, 0},
    [GATEWAY_HISTORY_ASIDE] = {"history_aside", FORM_BOOL, 0},
    [GATEWAY_HISTORY_MISSED] = {"history_missed", FORM_NUMBER, 0},
    [GATEWAY_NOTIFY_OK] = {"notify_ok", FORM_BOOL, 0},
    [GATEWAY_NOTIFY_FAILING] = {"notify_failing", FORM_NUMBER, 0},
};

static struct conf_point
point_of(struct walk *w, const struct kind *kind, size_t which)
{
	const char *name = own[which].name;
	const struct kind_point *word = kind_find(kind, name);
	struct conf_point p = {
	    .name = name,
	    .unit = "",
	    .role = "",
	    .decode.form = own[which].form,
	    .rule = {.deadband = own[which].deadband,
		.heartbeat_ms = HEARTBEAT_MS,
		.every_ms = EVERY_MS},
	};

	if (word) {
		p.title = kind_title(w->memory, word, name);
		p.unit = word->unit;
	}
	return p;
}

static void
take_points(struct walk *w, const struct kind *kind, struct conf_device *d)
{
	struct conf_point *points =
	    arena_array(w->memory, GATEWAY_POINTS, sizeof(*points));

	for (size_t i = 0; i < GATEWAY_POINTS; i++)
		points[i] = point_of(w, kind, i);
	d->points = points;
	d->point_count = d->polled_count = GATEWAY_POINTS;
}

/* ---- names ---- */

static bool
is_bus(const struct conf *c, const char *id)
{
	for (size_t i = 0; i < c->bus_count; i++)
		if (strcmp(c->buses[i].id, id) == 0)
			return true;
	return false;
}

/* Whether b, or b of one of the buses, is called full. */
static bool
is_called(const struct conf *c, const struct alarm_rule *b, const char *full)
{
	size_t len = strlen(b->name);

	if (!rule_asks(b, POINT_BUS_UP))
		return strcmp(b->name, full) == 0;
	return strncmp(b->name, full, len) == 0 && full[len] == '-' &&
	    is_bus(c, full + len + 1);
}

/* a of a bus has b's name: told where riser.yaml gives either. */
static void
refuse_twin(struct walk *w, const struct node *alarms,
    const struct alarm_rule *a, const struct alarm_rule *b, const char *full)
{
	const struct node *n = node_get(alarms, b->name);

	if (n == NULL)
		n = node_get(alarms, a->name);
	if (n)
		node_key_error(w->diag, n,
		    "%s and %s make two alarms called %s, for one that asks "
		    "bus_up stands once for each bus; write another name",
		    a->name, b->name, full);
}

/* Of two that both stand for each bus, the first tells. */
static void
judge_names(struct walk *w, const struct node *alarms, const struct conf *c,
    size_t which)
{
	const struct conf_device *d = &c->gateway;
	const struct alarm_rule *a = &d->alarms[which], *b;
	char full[ORDER_KEY_MAX];

	for (size_t i = 0; i < c->bus_count; i++) {
		snprintf(full, sizeof(full), "%s-%s", a->name, c->buses[i].id);
		for (size_t k = 0; k < d->alarm_count; k++) {
			b = &d->alarms[k];
			if (k <= which && rule_asks(b, POINT_BUS_UP))
				continue;
			if (is_called(c, b, full)) {
				refuse_twin(w, alarms, a, b, full);
				return;
			}
		}
	}
}

/* ---- all of it ---- */

void
self_read(struct walk *w, struct kinds *kinds, const struct node *alarms,
    struct conf *c)
{
	struct layers layers = {
	    .kind = kinds_take(kinds, "gateway"),
	    .device = alarms,
	    .riser = true,
	};
	struct conf_device *d = &c->gateway;

	*d = (struct conf_device){
	    .id = "gateway",
	    .name = {.zh = "网关", .en = "Gateway"},
	    .kind = "gateway",
	    .source_line = alarms ? alarms->key_at.line : 1,
	};
	if (layers.kind == NULL)
		return; /* told */
	take_points(w, layers.kind, d);
	rule_read(w, &layers, d);
	for (size_t i = 0; i < d->alarm_count; i++)
		if (rule_asks(&d->alarms[i], POINT_BUS_UP))
			judge_names(w, alarms, c, i);
}
