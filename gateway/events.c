/*
 * events.c - what happened, as the log of events keeps it
 */
#include "gateway/events.h"

#include <assert.h>
#include <string.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/base/json.h"
#include "gateway/base/utf8.h"
#include "gateway/measure/sample_json.h"

/* An event under construction: its members in an object, whose braces are not
 * kept. */
struct event {
	struct buf out;
	struct json json;
	char text[SAMPLE_EVENT_MAX];
};

static struct json *
begin(struct event *e, const char *type)
{
	e->json = (struct json){.out = &e->out};
	buf_fixed(&e->out, e->text, sizeof(e->text) - 1);
	json_open(&e->json);
	json_key_string(&e->json, "type", type);
	return &e->json;
}

static uint64_t
append(struct journal *log, const struct stamp *at, struct event *e)
{
	struct batch b = {.at = *at, .count = 1, .urgent = true};

	json_end(&e->json);
	assert(!e->out.full);
	e->text[e->out.len - 1] = '\0';
	b.event = e->text + 1;
	return log != NULL && journal_append(log, &b) ? b.seq : 0;
}

void
events_start(struct journal *log, const struct stamp *at, const char *version)
{
	struct event e;

	json_key_string(begin(&e, "start"), "version", version);
	append(log, at, &e);
}

uint64_t
events_stop(struct journal *log, const struct stamp *at)
{
	struct event e;

	begin(&e, "stop");
	return append(log, at, &e);
}

void
events_reload(struct journal *log, const struct stamp *at)
{
	struct event e;

	begin(&e, "reload");
	append(log, at, &e);
}

void
events_device(struct journal *log, const struct stamp *at, const char *device,
    bool online)
{
	struct event e;
	struct json *j = begin(&e, "device");

	json_key_string(j, "device", device);
	json_key_bool(j, "online", online);
	append(log, at, &e);
}

void
events_clock(
    struct journal *log, const struct stamp *at, bool synced, int64_t step_ms)
{
	struct event e;
	struct json *j = begin(&e, "clock");

	json_key_bool(j, "synced", synced);
	if (step_ms != 0)
		json_key_i64(j, "step_ms", step_ms);
	append(log, at, &e);
}

static void
key_u64(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_u64(j, value);
}

void
events_memory(
    struct journal *log, const struct stamp *at, const struct events_memory *m)
{
	struct event e;
	struct json *j = begin(&e, "journal");

	json_key_string(j, "of", m->of);
	json_key_string(j, "state", m->over ? "disk" : "memory");
	if (m->over && m->from != 0) {
		key_u64(j, "from", m->from);
		key_u64(j, "to", m->to);
		json_key_string(j, "as", m->as);
	}
	if (m->over)
		key_u64(j, "lost", m->lost);
	append(log, at, &e);
}

/* ---- changes ---- */

/* So all of it fits, whatever has to be escaped. */
#define CUT_MAX 200 /* bytes of a name or text */
_Static_assert(2 * SAMPLE_EVENT_MAX / 3 > 4 * 3 * CUT_MAX,
    "names and texts leave room for the rest");

/* A key and the text as far as it fits; none if there is none. */
static void
key_cut(struct json *j, const char *key, const char *text)
{
	char cut[CUT_MAX + 1] = "";
	size_t len = text != NULL ? strlen(text) : 0;

	if (len > CUT_MAX)
		len = utf8_cut(text, CUT_MAX);
	if (len > 0)
		memcpy(cut, text, len);
	json_key_given(j, key, cut);
}

static void
key_value(struct json *j, const char *key, const struct value *v,
    const struct point_info *point)
{
	const char *name =
	    v->type == VALUE_ENUM ? point_enum_name(point, v->i) : NULL;

	if (name != NULL) {
		key_cut(j, key, name);
		return;
	}
	json_key(j, key);
	json_value(j, v, point);
}

uint64_t
events_change(
    struct journal *log, const struct stamp *at, const struct events_change *c)
{
	struct event e;
	struct json *j = begin(&e, "change");

	json_key_string(j, "device", c->device);
	json_key_string(j, "point", c->point->name);
	key_value(j, "from", c->from, c->point);
	key_value(j, "to", c->to, c->point);
	if (c->raw != NULL)
		key_value(j, "raw", c->raw, c->raw_point);
	if (c->text.zh != NULL || c->text.en != NULL) {
		json_key(j, "text");
		json_open(j);
		key_cut(j, "zh", c->text.zh);
		key_cut(j, "en", c->text.en);
		json_end(j);
	}
	if (c->changes > 1)
		json_key_i64(j, "changes", c->changes);
	return append(log, at, &e);
}

/* ---- alarms ---- */

uint64_t
events_alarm(struct journal *log, const struct stamp *at,
    const struct alarms_news *n, const char *conf_version)
{
	struct event e;
	struct json *j = begin(&e, "alarm");

	json_key_string(j, "device", n->device);
	json_key_string(j, "alarm", n->alarm);
	json_key_string(j, "change", alarm_change_names[n->change]);
	json_key_string(j, "conf", conf_version);
	json_key_given(j, "by", n->by);
	json_key_given(j, "note", n->note);
	json_key_given(j, "car", n->car);
	alarm_record_write(
	    j, n->now, n->rule, n->cars, at->wall_ms - at->mono_ms);
	return append(log, at, &e);
}

void
events_counter(struct journal *log, const struct stamp *at, const char *device,
    const char *why, const double *was, const struct events_count *counts,
    size_t count)
{
	struct event e;
	struct json *j = begin(&e, "counter");

	assert(count <= EVENTS_COUNTS_MAX);
	json_key_string(j, "device", device);
	json_key_string(j, "why", why);
	if (was != NULL) {
		json_key(j, "was");
		json_f64(j, *was);
	}
	json_key(j, "values");
	json_open(j);
	for (size_t i = 0; i < count; i++) {
		json_key(j, counts[i].point);
		json_f64(j, counts[i].value);
	}
	json_end(j);
	json_key(j, "carried");
	json_open(j);
	for (size_t i = 0; i < count; i++)
		if (counts[i].carried != 0) {
			json_key(j, counts[i].point);
			json_f64(j, counts[i].carried);
		}
	json_end(j);
	append(log, at, &e);
}

void
events_act(struct journal *log, const struct stamp *at, const struct act *act)
{
	struct event e;
	struct json *j = begin(&e, "access");

	json_key_string(j, "what", act->what);
	json_key_string(j, "user", act->user);
	if (act->name != NULL) {
		json_key_string(j, "name", act->name);
		json_key_string(j, "role", role_names[act->role]);
	}
	json_key_string(j, "address", act->address);
	if (act->alarm != NULL) {
		char device[ORDER_KEY_MAX];
		size_t len = strcspn(act->alarm, "/");

		assert(act->alarm[len] == '/' && len < sizeof(device));
		memcpy(device, act->alarm, len);
		device[len] = '\0';
		json_key_string(j, "device", device);
		json_key_string(j, "alarm", act->alarm + len + 1);
		json_key_string(j, "verb", act->verb);
		json_key_i64(j, "status", act->status);
	}
	append(log, at, &e);
}
