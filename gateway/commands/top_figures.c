/* top_figures.c - see top_figures.h */
#include "gateway/commands/top_figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define NAME_MAX_BYTES 128

/* One line: riser_requests_total{bus="shaft-1",result="ok"} 601 */
struct series {
	char name[NAME_MAX_BYTES];
	const char *labels, *labels_end;
	double value;
};

/* ---- a line ---- */

static bool
read_series(const char *line, const char *end, struct series *s)
{
	size_t len = strcspn(line, "{ \n");
	const char *value = line + len;

	if (line[0] == '#' || len == 0 || len >= sizeof(s->name))
		return false;
	memcpy(s->name, line, len);
	s->name[len] = '\0';
	s->labels = s->labels_end = value;
	if (*value == '{') {
		/* No id has a brace in it, so the last one is ours. */
		while (value < end && *value != '}')
			value++;
		s->labels_end = value++;
	}
	if (value >= end || *value != ' ')
		return false;
	s->value = strtod(value, NULL);
	return true;
}

/* "" if it has no such label. */
static const char *
label(const struct series *s, const char *key, char text[NAME_MAX_BYTES])
{
	size_t key_len = strlen(key), len;
	const char *p = s->labels;

	text[0] = '\0';
	while (p < s->labels_end) {
		const char *name = p + 1; /* behind { or , */
		const char *value = strstr(name, "=\"");
		const char *close =
		    value == NULL ? NULL : strchr(value + 2, '"');

		if (close == NULL || close > s->labels_end)
			break;
		len = (size_t)(close - value - 2);
		if ((size_t)(value - name) == key_len &&
		    strncmp(name, key, key_len) == 0 && len < NAME_MAX_BYTES) {
			memcpy(text, value + 2, len);
			text[len] = '\0';
		}
		p = close + 1;
	}
	return text;
}

/* ---- what it is of ---- */

/* The array with room for one more than the count it has. */
static void *
room(void *array, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return array;
	return must_grow(array, count == 0 ? 1 : 2 * count, size);
}

/* Named as they come. */
static struct top_bus *
bus_of(struct top_figures *f, const struct series *s)
{
	char id[NAME_MAX_BYTES];

	label(s, "bus", id);
	for (size_t i = 0; i < f->bus_count; i++)
		if (strcmp(f->buses[i].id, id) == 0)
			return &f->buses[i];
	f->buses = room(f->buses, f->bus_count, sizeof(*f->buses));
	f->buses[f->bus_count] = (struct top_bus){
	    .id = arena_text(f->memory, id),
	    .cycle_s = NAN,
	    .limit_s = NAN,
	    .load = NAN,
	    .refused = NAN,
	};
	return &f->buses[f->bus_count++];
}

static struct top_sink *
sink_of(struct top_figures *f, const struct series *s)
{
	char id[NAME_MAX_BYTES];

	label(s, "sink", id);
	for (size_t i = 0; i < f->sink_count; i++)
		if (strcmp(f->sinks[i].id, id) == 0)
			return &f->sinks[i];
	f->sinks = room(f->sinks, f->sink_count, sizeof(*f->sinks));
	f->sinks[f->sink_count] = (struct top_sink){
	    .id = arena_text(f->memory, id),
	    .connected = NAN,
	    .accepted = NAN,
	    .delivered = NAN,
	    .pending = NAN,
	    .dropped = NAN,
	};
	return &f->sinks[f->sink_count++];
}

static enum top_result
result_of(const struct series *s)
{
	static const char *const names[] = {
	    "ok", "timeout", "crc", "exception"};
	char name[NAME_MAX_BYTES];

	label(s, "result", name);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum top_result)i;
	return TOP_OTHER;
}

static void
take_stage(struct top_sink *sink, const struct series *s)
{
	char stage[NAME_MAX_BYTES];

	label(s, "stage", stage);
	if (strcmp(stage, "accepted") == 0)
		sink->accepted = s->value;
	else if (strcmp(stage, "delivered") == 0)
		sink->delivered = s->value;
	else if (strcmp(stage, "pending") == 0)
		sink->pending = s->value;
	else if (strcmp(stage, "dropped") == 0)
		sink->dropped = s->value;
}

static void
take_device(struct top_figures *f, const struct series *s)
{
	char id[NAME_MAX_BYTES];

	f->devices = room(f->devices, f->device_count, sizeof(*f->devices));
	f->devices[f->device_count++] = (struct top_device){
	    .id = arena_text(f->memory, label(s, "device", id)),
	    .up = s->value != 0,
	};
}

static bool
take_bus(struct top_figures *f, const struct series *s)
{
	if (strcmp(s->name, "riser_requests_total") == 0)
		bus_of(f, s)->results[result_of(s)] += s->value;
	else if (strcmp(s->name, "riser_missed_periods_total") == 0)
		bus_of(f, s)->missed = s->value;
	else if (strcmp(s->name, "riser_bus_cycle_seconds") == 0)
		bus_of(f, s)->cycle_s = s->value;
	else if (strcmp(s->name, "riser_bus_limit_seconds") == 0)
		bus_of(f, s)->limit_s = s->value;
	else if (strcmp(s->name, "riser_bus_load_ratio") == 0)
		bus_of(f, s)->load = s->value;
	else if (strcmp(s->name, "riser_bus_refused_points") == 0)
		bus_of(f, s)->refused = s->value;
	else
		return false;
	return true;
}

/* Of the process and its files: one figure a name. */
static void
take_one(struct top_figures *f, const struct series *s)
{
	const struct {
		const char *name;
		double *to;
	} ones[] = {
	    {"riser_journal_bytes", &f->journal.bytes},
	    {"riser_journal_oldest_seconds", &f->journal.oldest_s},
	    {"riser_journal_failing", &f->journal.failing},
	    {"riser_journal_in_memory", &f->journal.in_memory},
	    {"riser_events_bytes", &f->events.bytes},
	    {"riser_events_oldest_seconds", &f->events.oldest_s},
	    {"riser_events_failing", &f->events.failing},
	    {"riser_events_in_memory", &f->events.in_memory},
	    {"riser_history_bytes", &f->history_bytes},
	    {"riser_history_failing", &f->history_failing},
	    {"riser_clock_synced", &f->clock_synced},
	    {"process_cpu_seconds_total", &f->cpu_s},
	    {"process_resident_memory_bytes", &f->resident_bytes},
	};

	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++)
		if (strcmp(s->name, ones[i].name) == 0)
			*ones[i].to = s->value;
}

static void
take(struct top_figures *f, const struct series *s)
{
	if (strcmp(s->name, "riser_device_up") == 0)
		take_device(f, s);
	else if (strcmp(s->name, "riser_sink_connected") == 0)
		sink_of(f, s)->connected = s->value;
	else if (strcmp(s->name, "riser_readings_total") == 0)
		take_stage(sink_of(f, s), s);
	else if (!take_bus(f, s))
		take_one(f, s);
}

/* ---- all of them ---- */

static const char *
end_of(const char *line)
{
	return line + strcspn(line, "\n");
}

struct top_figures *
top_figures_read(const char *text)
{
	struct arena *memory = arena_new();
	struct top_figures *f = arena_alloc(memory, sizeof(*f));
	const struct top_log unknown = {NAN, NAN, NAN, NAN};
	const char *end;

	*f = (struct top_figures){
	    .memory = memory,
	    .journal = unknown,
	    .events = unknown,
	    .history_bytes = NAN,
	    .history_failing = NAN,
	    .clock_synced = NAN,
	    .cpu_s = NAN,
	    .resident_bytes = NAN,
	};
	for (const char *line = text; *line != '\0';
	     line = *end == '\0' ? end : end + 1) {
		struct series s;

		end = end_of(line);
		if (read_series(line, end, &s))
			take(f, &s);
	}
	top_figures_since(f, NULL, 0);
	return f;
}

void
top_figures_free(struct top_figures *f)
{
	if (f == NULL)
		return;
	free(f->buses);
	free(f->sinks);
	free(f->devices);
	arena_free(f->memory); /* f lies in it */
}

/* ---- what is recent ---- */

/* A counter that is new, or fell because its bus came anew, began at 0. */
static double
rise(double now, double then)
{
	if (isnan(then))
		return NAN;
	return now >= then ? now - then : now;
}

static void
bus_since(struct top_bus *b, const struct top_figures *then)
{
	static const struct top_bus none;
	const struct top_bus *was = &none;

	for (size_t i = 0; then != NULL && i < then->bus_count; i++)
		if (strcmp(then->buses[i].id, b->id) == 0)
			was = &then->buses[i];
	for (size_t i = 0; i < TOP_RESULT_COUNT; i++)
		b->recent[i] = rise(b->results[i], was->results[i]);
	b->recent_missed = rise(b->missed, was->missed);
}

static void
sink_since(struct top_sink *s, const struct top_figures *then)
{
	double was = 0;

	for (size_t i = 0; then != NULL && i < then->sink_count; i++)
		if (strcmp(then->sinks[i].id, s->id) == 0)
			was = then->sinks[i].delivered;
	s->recent_delivered = rise(s->delivered, was);
}

void
top_figures_since(
    struct top_figures *f, const struct top_figures *then, double seconds)
{
	f->recent_s = then == NULL ? 0 : seconds;
	for (size_t i = 0; i < f->bus_count; i++)
		bus_since(&f->buses[i], then);
	for (size_t i = 0; i < f->sink_count; i++)
		sink_since(&f->sinks[i], then);
	f->recent_cpu_s = rise(f->cpu_s, then == NULL ? 0 : then->cpu_s);
}
