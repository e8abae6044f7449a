/*
 * check.c - riser check: what is wrong with a configuration or a profile, or
 * what is in it
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/commands/channels.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/show.h"
#include "gateway/commands/table.h"
#include "gateway/conf/conf.h"
#include "gateway/conf/point.h"

/* ---- a configuration ---- */

static const struct table_column bus_columns[] = {{"bus", false},
    {"devices", true}, {"points", true}, {"requests", true},
    {"a pass on the wire", true}, {"load", true}};

#define BUS_COLUMNS (sizeof(bus_columns) / sizeof(bus_columns[0]))

struct totals {
	size_t points, requests;
};

static void
add_bus(struct table *t, const struct conf *c, size_t i, struct totals *total)
{
	struct plan *plan = conf_plan(c, i);
	struct show_wire w = show_wire(c, i, plan);
	char took[SHOW_TIME_TEXT];

	table_cell(t, "%s", c->buses[i].id);
	table_cell(t, "%zu", plan->slot_count);
	table_cell(t, "%zu", plan->part_count);
	table_cell(t, "%zu", plan->request_count);
	table_cell(t, "%s", show_time(w.pass_us, took));
	table_cell(t, "%.1f %%", w.load * 100);
	total->points += plan->part_count;
	total->requests += plan->request_count;
	plan_free(plan);
}

static void
print_conf(const struct conf *c)
{
	struct table *t = table_new(bus_columns, BUS_COLUMNS);
	struct totals total = {0};

	printf("%s: good\n", c->file);
	for (size_t i = 0; i < c->bus_count; i++)
		add_bus(t, c, i, &total);
	if (c->bus_count > 0)
		table_print(t, stdout);
	if (c->has_notify)
		channels_show(&c->notify, stdout);
	printf("  site %s: buses %zu, devices %zu, points %zu, requests %zu, "
	       "alarms %zu\n",
	    c->site.id, c->bus_count, c->device_count, total.points,
	    total.requests, conf_alarm_count(c));
	if (c->has_notify)
		printf("  told of alarms: people %zu, channels %zu, shifts "
		       "%zu, escalations %zu\n",
		    c->notify.person_count, c->notify.channel_count,
		    c->notify.shift_count, c->notify.escalation_count);
	else
		puts("  told of alarms: nobody, for there is no notify");
	table_free(t);
}

static int
check_conf(const char *file)
{
	struct conf *c = conf_read(file, stderr);

	if (c == NULL)
		return EXIT_WRONG;
	print_conf(c);
	conf_warn(c, stderr);
	conf_free(c);
	return EXIT_DONE;
}

/* ---- a profile ---- */

static const char *
grade_text(const char *grade)
{
	switch (grade[0]) {
	case 'A': return "A: seen on hardware, or in two sources";
	case 'B': return "B: one good source";
	default:
		return "C: a weak source; compare values with the device's "
		       "own display";
	}
}

static void
add_fact(struct table *t, const char *what, const char *fact)
{
	table_cell(t, "%s", what);
	table_cell(t, "%s", fact);
}

static void
add_points(struct table *t, const struct conf_profile *p)
{
	size_t counts[SPACE_COUNT] = {0};
	struct buf b = {0};
	bool first = true;

	for (size_t i = 0; i < p->point_count; i++)
		counts[p->points[i].space]++;
	buf_printf(&b, "%zu", p->point_count);
	for (int s = 0; s < SPACE_COUNT; s++) {
		if (counts[s] == 0)
			continue;
		buf_printf(&b, "%s %s %zu", first ? ":" : ",", point_spaces[s],
		    counts[s]);
		first = false;
	}
	add_fact(t, "points", b.data);
	buf_free(&b);
}

static void
add_names(struct table *t, const char *what, struct buf *names, size_t count)
{
	if (count > 0) {
		table_cell(t, "%s", what);
		table_cell(t, "%zu: %s", count, names->data);
	}
	buf_free(names);
}

static void
add_name(struct buf *names, const char *name)
{
	buf_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
}

static void
add_device(struct table *t, const struct conf_device *d)
{
	struct buf derived = {0}, alarms = {0};

	for (size_t i = d->polled_count; i < d->point_count; i++)
		add_name(&derived, d->points[i].name);
	for (size_t i = 0; i < d->alarm_count; i++)
		add_name(&alarms, d->alarms[i].name);
	add_names(t, "derived", &derived, d->point_count - d->polled_count);
	add_names(t, "alarms", &alarms, d->alarm_count);
}

static void
add_requests(struct table *t, const struct conf *c)
{
	struct plan *plan = conf_plan(c, 0);
	struct show_wire w = show_wire(c, 0, plan);
	char took[SHOW_TIME_TEXT];

	table_cell(t, "requests");
	table_cell(t,
	    "%zu a device; at 9600 8N1 a pass takes the wire %s, "
	    "load %.1f %%",
	    plan->request_count, show_time(w.pass_us, took), w.load * 100);
	plan_free(plan);
}

/* Where the folder of profiles ends in the path of one; 0, and told, if no
 * configuration would find it there. */
static size_t
folder_length(const struct conf_profile *p, const char *path)
{
	size_t len = strlen(path), name_len = strlen(p->name);

	if (len > name_len + strlen("/.yaml") &&
	    strcmp(path + len - strlen(".yaml"), ".yaml") == 0)
		return len - name_len - strlen("/.yaml");
	fprintf(stderr,
	    "%s:1:1: no configuration finds it under this name; call it "
	    "%s.yaml, in a folder of profiles\n",
	    p->file, p->name);
	return 0;
}

/* A configuration with one device of this model, all of whose ratings are
 * said, alone on an ordinary line; or NULL, and told.  JSON is YAML. */
static struct conf *
one_device(const struct conf_profile *p)
{
	char path[PATH_MAX];
	size_t len;
	struct buf text = {0}, folder = {0};
	struct json j = {.out = &text};
	struct conf *c;

	if (realpath(p->file, path) == NULL ||
	    (len = folder_length(p, path)) == 0)
		return NULL;
	buf_add(&folder, path, len);
	json_open(&j);
	json_key(&j, "site"), json_open(&j);
	json_key_string(&j, "id", "check"), json_end(&j);
	json_key(&j, "profiles"), json_list(&j);
	json_text(&j, folder.data), json_end(&j);
	json_key(&j, "buses"), json_list(&j), json_open(&j);
	json_key_string(&j, "id", "line");
	json_key_string(&j, "url", "rtu:///dev/null?baud=9600");
	json_end(&j), json_end(&j);
	json_key(&j, "devices"), json_list(&j), json_open(&j);
	json_key_string(&j, "id", "device"), json_key_i64(&j, "unit", 1);
	json_key_string(&j, "profile", p->name);
	json_key_string(&j, "bus", "line");
	json_key(&j, "rating"), json_open(&j);
	json_key_i64(&j, "kva", 630), json_key_i64(&j, "in", 909);
	json_key_i64(&j, "ct", 1), json_key_i64(&j, "pt", 1), json_end(&j);
	json_end(&j), json_end(&j), json_end(&j);
	c = conf_read_text(p->file, text.data, text.len, stderr);
	buf_free(&text);
	buf_free(&folder);
	return c;
}

static void
print_profile(const struct conf_profile *p, const struct conf *c)
{
	static const struct table_column columns[] = {
	    {NULL, false}, {NULL, false}};
	struct table *t = table_new(columns, 2);

	printf("%s: good\n", p->file);
	add_fact(t, "profile", p->name);
	if (p->title.zh != NULL)
		add_fact(t, "title", p->title.zh);
	if (p->title.en != NULL && p->title.en != p->title.zh)
		add_fact(t, "title", p->title.en);
	add_fact(t, "kind", p->kind);
	add_fact(t, "grade", grade_text(p->verified));
	add_points(t, p);
	if (p->fault_count > 0) {
		table_cell(t, "faults");
		table_cell(t, "%zu", p->fault_count);
	}
	add_device(t, &c->devices[0]);
	add_requests(t, c);
	table_print(t, stdout);
	table_free(t);
}

static void
warn_profile(const struct conf_profile *p)
{
	if (strcmp(p->verified, "C") == 0)
		fprintf(stderr,
		    "%s: warning: grade C: nobody has seen these values beside "
		    "the device's own; once you have, write verified: B or A\n",
		    p->file);
	if (p->source == NULL)
		fprintf(stderr,
		    "%s: warning: no source, so nobody can look the registers "
		    "up; write source: and the maker's document, with its "
		    "date\n",
		    p->file);
}

static int
check_profile(const char *file)
{
	struct arena *memory;
	const struct conf_profile *p = conf_read_profile(file, stderr, &memory);
	struct conf *c = p != NULL ? one_device(p) : NULL;

	if (c != NULL) {
		print_profile(p, c);
		warn_profile(p);
	}
	conf_free(c);
	arena_free(memory);
	return c != NULL ? EXIT_DONE : EXIT_WRONG;
}

int
command_check(int argc, char *argv[])
{
	static const struct option none[] = {{0}}; /* that are long */
	const char *file = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "+:c:", none, NULL)) != -1) {
		if (option != 'c')
			return usage_option("check", option, argv[optind - 1]);
		file = optarg;
	}
	if (file == NULL && optind == argc - 1)
		return check_profile(argv[optind]);
	if (file == NULL || optind != argc)
		return usage_error("check",
		    "say which configuration (-c FILE), or which profile");
	return check_conf(file);
}
