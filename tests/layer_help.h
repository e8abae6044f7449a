/*
 * layer_help.h - a device made by hand, and what kind, profile and device say
 *
 *	begin("lamp", "active_power ?flag $label");
 *	say(&layers.profile, "profile", "load: \"active_power / 10\"\n");
 */
#ifndef LAYER_HELP_H
#define LAYER_HELP_H

#include "gateway/conf/derived.h"
#include "gateway/conf/rule.h"
#include "tests/conf_help.h"

#define POINTS_MAX 600

static struct walk walk;
static struct kinds *kinds;
static struct arena *nodes;
static struct layers layers;
static struct conf_device device;
static struct conf_point *polled; /* of device */
static struct conf_profile profile;

__attribute__((unused)) static void
open_walk(void)
{
	walk = (struct walk){.diag = diag_new(), .memory = arena_new()};
	kinds = kinds_open(&walk);
	nodes = arena_new();
	memset(&layers, 0, sizeof(layers));
	memset(&profile, 0, sizeof(profile));
	device = (struct conf_device){.id = "", .profile = &profile};
}

__attribute__((unused)) static void
close_walk(void)
{
	arena_free(nodes);
	kinds_close(kinds);
	arena_free(walk.memory);
	diag_free(walk.diag);
	forget_told();
}

/* What was told so far, one line each. */
__attribute__((unused)) static void
tell(void)
{
	size_t size;
	FILE *out;

	free(told);
	out = open_memstream(&told, &size);
	diag_print(walk.diag, out);
	fclose(out);
}

__attribute__((unused)) static void
assert_nothing_told(void)
{
	tell();
	ck_assert_str_eq(told, "");
}

/* A point of the vocabulary, or of no kind: a number, ?a boolean, $a text. */
__attribute__((unused)) static void
add_polled(const char *name)
{
	bool marked = strchr("?$", *name) != NULL;
	const char *plain = name + marked;
	const struct kind_point *word = kind_find(layers.kind, plain);
	struct conf_point *p = &polled[device.point_count++];

	p->name = arena_text(walk.memory, plain);
	p->unit = p->role = "";
	p->rule.every_ms = 1000 * (int64_t)device.point_count;
	p->decode.type = RAW_I16;
	p->decode.scale.mantissa = 1;
	p->decode.form = *name == '?' ? FORM_BOOL
	    : *name == '$'	      ? FORM_TEXT
				      : FORM_NUMBER;
	if (word == NULL)
		return;
	p->decode.form = word->form;
	p->decode.names = word->names;
	p->decode.name_count = word->name_count;
}

__attribute__((unused)) static void
begin(const char *kind, const char *points)
{
	char *list = arena_text(walk.memory, points), *name;

	if (layers.kind == NULL)
		layers.kind = kinds_take(kinds, kind);
	ck_assert_ptr_nonnull(layers.kind);
	device.kind = kind;
	device.points = polled =
	    arena_array(walk.memory, POINTS_MAX, sizeof(*polled));
	while ((name = strsep(&list, " ")) != NULL)
		if (*name)
			add_polled(name);
}

__attribute__((unused)) static void
say(const struct node **layer, const char *file, const char *text)
{
	if (text)
		*layer = node_read(file, text, strlen(text), nodes, walk.diag);
}

/* A kind "lamp" of the test's own; before begin. */
__attribute__((unused)) static void
say_kind(const char *text)
{
	layers.kind = kinds_read(kinds, "lamp", "kind", text, strlen(text));
	tell();
	ck_assert_msg(layers.kind != NULL, "%s", told);
}

__attribute__((unused)) static const struct conf_point *
point(const char *name)
{
	for (size_t i = 0; i < device.point_count; i++)
		if (strcmp(device.points[i].name, name) == 0)
			return &device.points[i];
	return NULL;
}

__attribute__((unused)) static size_t
index_of(const char *name)
{
	const struct conf_point *p = point(name);

	ck_assert_msg(p != NULL, "no point %s", name);
	return (size_t)(p - device.points);
}

__attribute__((unused)) static const struct alarm_rule *
alarm_of(const char *name)
{
	for (size_t i = 0; i < device.alarm_count; i++)
		if (strcmp(device.alarms[i].name, name) == 0)
			return &device.alarms[i];
	return NULL;
}

/* The texts are alarms; nothing is derived but what the kind derives. */
__attribute__((unused)) static void
judge_alarms(const char *in_profile, const char *in_device)
{
	derived_read(&walk, &layers, &profile, &device, walk.memory);
	say(&layers.profile, "profile", in_profile);
	say(&layers.device, "device", in_device);
	rule_read(&walk, &layers, &device);
}

/* As assert_told, of a mistake in one of the layers: place is "profile:1:7". */
__attribute__((unused)) static void
assert_layer_told(const char *place, const char *piece)
{
	tell();
	ck_assert_msg(strncmp(told, place, strlen(place)) == 0 &&
		told[strlen(place)] == ':' && strstr(told, piece) &&
		told_lines() == 1,
	    "told\n%sinstead of one\n%s: ... %s ...", told, place, piece);
}

#endif
