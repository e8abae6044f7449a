/* top_json.c - see top_json.h */
#include "gateway/commands/top_json.h"

#include <math.h>

/* Whole ones without a point. */
static json_t *
number(double value)
{
	if (isnan(value))
		return json_null();
	if (value == floor(value) && fabs(value) < 1e15)
		return json_integer((json_int_t)value);
	return json_real(value);
}

static json_t *
truth(double value)
{
	return isnan(value) ? json_null() : json_boolean(value != 0);
}

static void
add(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

static json_t *
bus_of(const struct top_bus *b)
{
	json_t *o = json_object();

	add(o, "id", json_string(b->id));
	add(o, "devices", json_integer((json_int_t)b->devices));
	add(o, "offline", json_integer((json_int_t)b->offline));
	add(o, "cycle_s", b->cycle_s > 0 ? number(b->cycle_s) : json_null());
	add(o, "limit_s", number(b->limit_s));
	add(o, "load", number(b->load));
	add(o, "refused_points", number(b->refused));
	add(o, "ok", number(b->results[TOP_OK]));
	add(o, "timeout", number(b->results[TOP_TIMEOUT]));
	add(o, "crc", number(b->results[TOP_CRC]));
	add(o, "exception", number(b->results[TOP_EXCEPTION]));
	add(o, "other", number(b->results[TOP_OTHER]));
	add(o, "missed_periods", number(b->missed));
	return o;
}

static json_t *
sink_of(const struct top_sink *s)
{
	json_t *o = json_object();

	add(o, "sink", json_string(s->id));
	add(o, "connected", truth(s->connected));
	add(o, "accepted", number(s->accepted));
	add(o, "delivered", number(s->delivered));
	add(o, "pending", number(s->pending));
	add(o, "dropped", number(s->dropped));
	return o;
}

static json_t *
device_of(const struct top_offline *d)
{
	json_t *o = json_object();

	add(o, "id", json_string(d->id));
	add(o, "name", json_string(d->name));
	add(o, "bus", json_string(d->bus));
	add(o, "since",
	    d->since_ms != 0 ? json_integer(d->since_ms) : json_null());
	if (d->unsure)
		add(o, "clock", json_string("unsynced"));
	return o;
}

static json_t *
log_of(const struct top_log *l)
{
	json_t *o = json_object();

	add(o, "bytes", number(l->bytes));
	add(o, "oldest_s", number(l->oldest_s));
	add(o, "failing", truth(l->failing));
	add(o, "in_memory", truth(l->in_memory));
	return o;
}

static json_t *
devices_of(const struct top_picture *p)
{
	json_t *o = json_object(), *offline = json_array();

	for (size_t i = 0; i < p->offline_count; i++)
		json_array_append_new(offline, device_of(&p->offline[i]));
	add(o, "count", json_integer((json_int_t)p->figures->device_count));
	add(o, "offline", offline);
	return o;
}

static void
add_figures(json_t *o, const struct top_figures *f)
{
	json_t *buses = json_array(), *sinks = json_array();

	for (size_t i = 0; i < f->bus_count; i++)
		json_array_append_new(buses, bus_of(&f->buses[i]));
	for (size_t i = 0; i < f->sink_count; i++)
		json_array_append_new(sinks, sink_of(&f->sinks[i]));
	add(o, "buses", buses);
	add(o, "sinks", sinks);
	add(o, "journal", log_of(&f->journal));
	add(o, "events", log_of(&f->events));
	add(o, "history_bytes", number(f->history_bytes));
	add(o, "history_failing", truth(f->history_failing));
	add(o, "clock_synced", truth(f->clock_synced));
	add(o, "cpu_s", number(f->cpu_s));
	add(o, "resident_bytes", number(f->resident_bytes));
}

char *
top_json(const struct top_picture *p)
{
	json_t *o = json_object();
	char *text;

	add(o, "site", json_string(p->site));
	add(o, "version", json_string(p->version));
	add(o, "ts", json_integer(p->told_ms));
	add(o, "uptime_s", json_integer(p->up_ms / 1000));
	add(o, "heartbeat_ms", json_integer(p->heartbeat_ms));
	json_object_set(o, "counts", json_object_get(p->alarms, "counts"));
	json_object_set(o, "alarms", json_object_get(p->alarms, "alarms"));
	add(o, "devices", devices_of(p));
	add_figures(o, p->figures);
	text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(o);
	return text;
}
