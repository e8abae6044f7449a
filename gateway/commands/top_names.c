/* top_names.c - see top_names.h */
#include "gateway/commands/top_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/commands/fit.h"
#include "gateway/commands/member.h"

static const char *
keep(struct arena *memory, const char *text)
{
	return fit_clean(arena_text(memory, text));
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(
	    ((const struct top_name *)a)->id, ((const struct top_name *)b)->id);
}

static void
take_site(struct top_names *n, const json_t *site, int64_t now_ms)
{
	n->site = keep(n->memory, member_text(site, "id"));
	n->site_name = keep(n->memory, member_people(site, "name"));
	n->version = keep(n->memory, member_text(site, "version"));
	n->asked_mono_ms = now_ms;
	n->started_mono_ms = now_ms - 1000 * member_number(site, "uptime_s");
}

static void
take_devices(struct top_names *n, const json_t *devices)
{
	n->count = json_array_size(devices);
	n->devices = arena_array(n->memory, n->count, sizeof(*n->devices));
	for (size_t i = 0; i < n->count; i++) {
		const json_t *d = json_array_get(devices, i);

		n->devices[i] = (struct top_name){
		    .id = keep(n->memory, member_text(d, "id")),
		    .name = keep(n->memory, member_people(d, "name")),
		    .bus = keep(n->memory, member_text(d, "bus")),
		};
	}
	if (n->count > 0)
		qsort(n->devices, n->count, sizeof(*n->devices), by_id);
}

enum ask_result
top_names_ask(const char *store, struct top_names **names, struct err *err)
{
	json_t *site = NULL, *points = NULL;
	int64_t now_ms = clock_mono_ms();
	enum ask_result result = ask_json(store, "/api/v1/site", &site, err);

	if (result == ASK_ANSWERED)
		result = ask_json(store, "/api/v1/points", &points, err);
	if (result == ASK_ANSWERED) {
		struct arena *memory = arena_new();
		struct top_names *n = arena_alloc(memory, sizeof(*n));

		n->memory = memory;
		take_site(n, site, now_ms);
		take_devices(n, json_object_get(points, "devices"));
		*names = n;
	}
	json_decref(site);
	json_decref(points);
	return result;
}

void
top_names_free(struct top_names *n)
{
	if (n != NULL)
		arena_free(n->memory); /* n lies in it */
}

const struct top_name *
top_names_find(const struct top_names *n, const char *device)
{
	struct top_name key = {.id = device};

	if (n->count == 0)
		return NULL;
	return bsearch(&key, n->devices, n->count, sizeof(key), by_id);
}

bool
top_names_since(
    const char *store, const char *device, int64_t *since_ms, bool *unsure)
{
	char path[256];
	const json_t *event;
	json_t *doc;
	struct err err;
	bool found = false;

	snprintf(path, sizeof(path),
	    "/api/v1/journal?type=device&device=%s&limit=1", device);
	if (ask_json(store, path, &doc, &err) != ASK_ANSWERED)
		return false;
	event = json_array_get(json_object_get(doc, "events"), 0);
	if (json_is_false(json_object_get(event, "online"))) {
		*since_ms = member_number(event, "ts");
		*unsure = json_object_get(event, "clock") != NULL;
		found = true;
	}
	json_decref(doc);
	return found;
}
