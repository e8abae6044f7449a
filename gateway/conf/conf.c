/*
 * conf.c - riser.yaml and the profiles it names, read and judged
 *
 *	bytes -> node.c tree -> walk.c tables -> drafts -> judged -> struct conf
 *
 * The tree is thrown away at the end; all that stays was copied into the
 * configuration's arena.  Reading goes on after a mistake as far as there is
 * something to go on with, so that one run tells them all; what only follows
 * from another mistake is not told.
 *
 * conf_warn.c and conf_view.c hold the rest of conf.h: what is asked of a
 * configuration once it is there.
 *
 * Not libcyaml and not a schema language: the tables are the schema, and the
 * sentences are the point.
 */
#include "gateway/conf/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/crc32c.h"
#include "gateway/conf/callout.h"
#include "gateway/conf/device.h"
#include "gateway/conf/feed.h"
#include "gateway/conf/file.h"
#include "gateway/conf/library.h"
#include "gateway/conf/portal.h"
#include "gateway/conf/self.h"
#include "gateway/conf/uplink.h"
#include "gateway/conf/url.h"

#define BUSES_MAX 1024 /* each serial one is a thread */
#define KIB INT64_C(1024)
#define MINUTE_MS (60 * 1000)
#define ZONES "/usr/share/zoneinfo"

struct draft {
	struct conf conf;
	const struct node *profiles, *buses, *devices, *alarms;
	const struct node *mqtt, *influx, *web, *people, *notify;
};

static const struct field site_fields[] = {
    {"id", WANT_NAME, INTO(struct draft, conf.site.id), .required = "id: anju"},
    {"name", WANT_PEOPLE, INTO(struct draft, conf.site.name)},
    {"estate", WANT_NAME, INTO(struct draft, conf.site.estate)},
    {"timezone", WANT_TEXT, INTO(struct draft, conf.site.timezone)},
    {"households", WANT_INTEGER, INTO(struct draft, conf.site.households),
	.max = 100000},
    {.key = NULL},
};

static const struct field store_fields[] = {
    {"path", WANT_TEXT, INTO(struct draft, conf.store.path)},
    {"journal_max", WANT_SIZE, INTO(struct draft, conf.store.journal_max_bytes),
	.min = 64 * KIB, .max = 1024 * KIB * KIB * KIB},
    {"events_max", WANT_SIZE, INTO(struct draft, conf.store.events_max_bytes),
	.min = 64 * KIB, .max = 1024 * KIB * KIB * KIB},
    {"history_max", WANT_SIZE, INTO(struct draft, conf.store.history_max_bytes),
	.min = KIB * KIB, .max = 1024 * KIB * KIB * KIB},
    {"commit_every", WANT_DURATION,
	INTO(struct draft, conf.store.commit_every_ms), .min = 10,
	.max = MINUTE_MS},
    {"clock_wait", WANT_DURATION, INTO(struct draft, conf.store.clock_wait_ms),
	.min = 1000, .max = 24 * 60 * MINUTE_MS},
    {.key = NULL},
};

static const struct field gateway_fields[] = {
    {"alarms", WANT_NODE, INTO(struct draft, alarms)},
    {.key = NULL},
};

static const struct field top_fields[] = {
    {"site", WANT_MAP, .table = site_fields, .required = "site: {id: anju}"},
    {"profiles", WANT_NODE, INTO(struct draft, profiles)},
    {"store", WANT_MAP, .table = store_fields},
    {"buses", WANT_NODE, INTO(struct draft, buses)},
    {"devices", WANT_NODE, INTO(struct draft, devices)},
    {"gateway", WANT_MAP, .table = gateway_fields},
    {"mqtt", WANT_NODE, INTO(struct draft, mqtt)},
    {"influx", WANT_NODE, INTO(struct draft, influx)},
    {"people", WANT_NODE, INTO(struct draft, people)},
    {"notify", WANT_NODE, INTO(struct draft, notify)},
    {"web", WANT_NODE, INTO(struct draft, web)},
    {.key = NULL},
};

static const struct field bus_fields[] = {
    {"id", WANT_NAME, INTO(struct conf_bus, id), .required = "id: shaft-3"},
    {"url", WANT_TEXT, INTO(struct conf_bus, url),
	.required = "url: \"tcp://192.168.10.20:502\""},
    {"timeout", WANT_DURATION, INTO(struct conf_bus, line.timeout_ms),
	.min = 10, .max = MINUTE_MS},
    {.key = NULL},
};

/* ---- site and store ---- */

static void
judge_zone(struct walk *w, const struct node *n)
{
	const char *file;

	if (n == NULL || n->kind != NODE_TEXT || access(ZONES, R_OK) == -1)
		return; /* a system without zones has no opinion */
	file = file_below(ZONES, n->text, w->memory);
	if (*n->text == '/' || strstr(n->text, "..") ||
	    access(file, R_OK) == -1)
		walk_refuse(
		    w, n, "is no time zone; write one such as Asia/Shanghai");
}

static void
finish_site(struct walk *w, const struct node *root, struct conf *c)
{
	const struct node *site = node_get(root, "site");

	if (site)
		judge_zone(w, node_get(site, "timezone"));
	if (c->site.estate == NULL)
		c->site.estate = c->site.id;
	if (c->site.name.zh == NULL && c->site.name.en == NULL)
		c->site.name.zh = c->site.name.en = c->site.id;
}

/* ---- buses ---- */

static void
refuse_scheme(struct walk *w, const struct node *n, const char *scheme)
{
	struct buf known = {0};

	for (size_t i = 0; drivers[i]; i++)
		for (const char *const *s = drivers[i]->schemes; *s; s++)
			buf_printf(
			    &known, "%s%s://", known.len ? ", " : "", *s);
	walk_refuse(w, n, "has the unknown scheme %s://; riser knows %s",
	    scheme, known.data ? known.data : "none");
	buf_free(&known);
}

/* Opens nothing: a driver's open only says whether the line can ever work. */
static void
judge_line(struct walk *w, const struct node *n, struct conf_bus *b)
{
	char why[256] = "";
	struct driver_link *l;

	if ((l = b->driver->open(&b->line, why, sizeof(why))) == NULL)
		walk_refuse(w, n, "cannot work: %s", why);
	b->driver->close(l);
}

static void
read_line(struct walk *w, const struct node *n, struct conf_bus *b)
{
	const char *whys[URL_WHYS_MAX];
	size_t count = url_line(b->url, &b->line, whys);

	for (size_t i = 0; i < count; i++)
		walk_refuse(w, n, "%s", whys[i]);
	if (b->line.scheme[0] == '\0')
		return; /* told */
	b->driver = driver_for(b->line.scheme);
	if (b->driver == NULL)
		refuse_scheme(w, n, b->line.scheme);
	else if (count == 0)
		judge_line(w, n, b);
}

static void
judge_bus_id(
    struct walk *w, const struct node *n, const struct conf *c, const char *id)
{
	for (size_t i = 0; n && *id && i < c->bus_count; i++)
		if (strcmp(c->buses[i].id, id) == 0)
			walk_refuse(w, n,
			    "is the id of the bus in line %d "
			    "too; write another",
			    c->buses[i].source_line);
}

static void
read_bus(struct walk *w, const struct node *n, struct conf *c)
{
	struct conf_bus b = {
	    .id = "", .source_line = n->at.line, .line.timeout_ms = 1000};

	walk_map(w, n, bus_fields, &b);
	judge_bus_id(w, node_get(n, "id"), c, b.id);
	if (b.url)
		read_line(w, node_get(n, "url"), &b);
	c->buses[c->bus_count++] = b;
}

static void
read_buses(struct walk *w, const struct node *list, struct conf *c)
{
	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return;
	if (list->count > BUSES_MAX) {
		node_error(w->diag, list,
		    "has %zu buses; a gateway has at "
		    "most %d: take a second one",
		    list->count, BUSES_MAX);
		return;
	}
	c->buses = arena_array(w->memory, list->count, sizeof(*c->buses));
	for (const struct node *n = list->first; n; n = n->next)
		read_bus(w, n, c);
}

/* ---- all of it ---- */

static void
read_tree(struct walk *w, const struct node *root, struct draft *d)
{
	struct conf *c = &d->conf;
	const char *dir = file_dir(c->file, w->memory);
	struct kinds *kinds;
	struct library *library;

	walk_map(w, root, top_fields, d);
	if (root->kind != NODE_MAP)
		return;
	finish_site(w, root, c);
	c->store.path = file_below(dir, c->store.path, w->memory);
	read_buses(w, d->buses, c);
	kinds = kinds_open(w);
	library = library_open(w, kinds, dir, d->profiles);
	if (d->devices)
		device_read(w, d->devices, library, c);
	self_read(w, kinds, d->alarms, c);
	library_close(library);
	kinds_close(kinds);
	if (d->mqtt) {
		c->has_mqtt = true;
		uplink_read(w, d->mqtt, c->site.id, dir, &c->mqtt);
	}
	if (d->influx) {
		c->has_influx = true;
		feed_read(w, d->influx, c->site.id, dir, &c->influx);
	}
	callout_read(w, d->people, d->notify, dir, c);
	if (d->web)
		portal_read(w, d->web, dir, c);
}

static const char *
version_text(const struct walk *w)
{
	char text[sizeof("89abcdef")];

	snprintf(text, sizeof(text), "%08x", w->checksum);
	return arena_text(w->memory, text);
}

/* Tells what is wrong; NULL then. */
static struct conf *
finish(struct walk *w, const struct draft *d, FILE *out)
{
	struct conf *c = NULL;

	if (diag_count(w->diag) == 0) {
		c = arena_alloc(w->memory, sizeof(*c));
		*c = d->conf;
		c->version = version_text(w);
		c->memory = w->memory;
		arena_settle(c->memory);
	} else {
		diag_print(w->diag, out);
		arena_free(w->memory);
	}
	diag_free(w->diag);
	return c;
}

struct conf *
conf_read_text(const char *file, const char *bytes, size_t len, FILE *out)
{
	struct walk w = {.diag = diag_new(), .memory = arena_new()};
	struct arena *nodes = arena_new();
	struct draft d = {
	    .conf.file = arena_text_once(w.memory, file),
	    .conf.site.timezone = "UTC",
	    .conf.store = {.path = "/var/lib/riser",
		.journal_max_bytes = 2048 * KIB * KIB,
		.events_max_bytes = 64 * KIB * KIB,
		.history_max_bytes = 4096 * KIB * KIB,
		.commit_every_ms = 1000,
		.clock_wait_ms = 10 * MINUTE_MS},
	};
	struct node *root = node_read(file, bytes, len, nodes, w.diag);

	w.checksum = crc32c(0, bytes, len);
	if (root)
		read_tree(&w, root, &d);
	arena_free(nodes);
	return finish(&w, &d, out);
}

/* The file's bytes, or NULL and told. */
static char *
take_file(const char *file, size_t *len, FILE *out)
{
	char *bytes = file_read(file, NODE_BYTES_MAX + 1, len);

	if (bytes == NULL)
		fprintf(out, "%s:1:1: cannot be read: %s\n", file,
		    errno == EINVAL ? "no regular file" : strerror(errno));
	return bytes;
}

struct conf *
conf_read(const char *file, FILE *out)
{
	size_t len;
	char *bytes = take_file(file, &len, out);
	struct conf *c;

	if (bytes == NULL)
		return NULL;
	c = conf_read_text(file, bytes, len, out);
	free(bytes);
	return c;
}

void
conf_free(struct conf *c)
{
	if (c)
		arena_free(c->memory); /* c lies in it */
}

/* Where the file really is, without .yaml. */
static const char *
profile_path(const char *file, struct arena *memory)
{
	char path[PATH_MAX];
	char *dot;

	if (realpath(file, path) == NULL)
		return NULL;
	if ((dot = strrchr(path, '.')) != NULL && strcmp(dot, ".yaml") == 0)
		*dot = '\0';
	return arena_text(memory, path);
}

const struct conf_profile *
conf_read_profile(const char *file, FILE *out, struct arena **memory)
{
	struct profile_text t = {.file = file};
	struct arena *nodes;
	struct profile *p;
	struct kinds *kinds;
	struct walk w;
	char *bytes;

	*memory = arena_new();
	if ((bytes = take_file(file, &t.len, out)) == NULL)
		return NULL;
	nodes = arena_new();
	w = (struct walk){.diag = diag_new(), .memory = *memory};
	kinds = kinds_open(&w);
	t.bytes = bytes;
	t.path = profile_path(file, *memory);
	p = profile_read(&w, &t, kinds, nodes);
	diag_print(w.diag, out);
	diag_free(w.diag);
	kinds_close(kinds);
	arena_free(nodes);
	free(bytes);
	return p ? &p->conf : NULL;
}
