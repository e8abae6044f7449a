/*
 * read.c - riser read: what points are now, asked once
 *
 * For people at a device: its display on one side, this on the other.  With
 * --all each value's registers as every type in every order, which is how the
 * order of a new model is found.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/commands/commands.h"
#include "gateway/commands/show.h"
#include "gateway/commands/survey.h"
#include "gateway/commands/table.h"
#include "gateway/conf/point.h"
#include "gateway/measure/interpret.h"
#include "gateway/measure/sample_json.h"

#define TYPE_TEXT 16

struct options {
	const char *file;
	bool json, all;
};

static const struct table_column columns[] = {{"point", false}, {"value", true},
    {"unit", false}, {"quality", false}, {"raw", false}};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

/* ---- what both forms have in common ---- */

/* As it stands in a profile: u16, ascii:8. */
static const char *
type_text(const struct interpretation *a, size_t words, char text[TYPE_TEXT])
{
	if (a->type != RAW_ASCII)
		return point_types[a->type];
	snprintf(text, TYPE_TEXT, "ascii:%zu",
	    2 * words < SAMPLE_TEXT_MAX ? 2 * words : SAMPLE_TEXT_MAX - 1);
	return text;
}

static size_t
interpret_point(const struct survey_point *p, const struct conf_point *point,
    struct interpretation all[INTERPRET_MAX])
{
	return p->seen_count == 0
	    ? 0
	    : interpret(p->seen, p->seen_count, &point->decode, all);
}

/* ---- for people ---- */

/* The value's digits as JSON has them; names and texts without quotes. */
static void
add_value(struct buf *b, const struct value *v, const struct point_info *info)
{
	struct json j = {.out = b};
	const char *name = NULL;

	if (v->type == VALUE_TEXT)
		name = v->text[0] != '\0' ? v->text : "\"\"";
	else if (v->type == VALUE_ENUM)
		name = point_enum_name(info, v->i);
	if (name != NULL)
		buf_puts(b, name);
	else
		json_value(&j, v, info);
}

static void
add_words(struct buf *b, const uint16_t *words, size_t count, bool bit)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(
		    b, "%s%0*X", i > 0 ? " " : "", bit ? 1 : 4, words[i]);
}

static void
print_interpretation(struct table *t, struct buf *unlikely,
    const struct interpretation *a, size_t words)
{
	char memory[256], type[TYPE_TEXT];
	struct buf value;

	buf_fixed(&value, memory, sizeof(memory));
	if (a->value.type == VALUE_NONE)
		buf_puts(&value, "no number");
	else
		add_value(&value, &a->value, NULL);
	if (a->unlikely && !a->own)
		buf_printf(unlikely, "%s %s %s %s",
		    unlikely->len > 0 ? "," : "", type_text(a, words, type),
		    point_orders[a->order], value.data);
	else
		table_note(t, "%-8s %s  %s%s", type_text(a, words, type),
		    point_orders[a->order], value.data,
		    a->own ? "  <- the profile" : "");
}

static void
print_interpretations(struct table *t, const struct survey_point *p,
    const struct conf_point *point)
{
	struct interpretation all[INTERPRET_MAX];
	size_t count = interpret_fold(all, interpret_point(p, point, all));
	struct buf words = {0}, unlikely = {0};

	if (count == 0)
		return;
	add_words(&words, p->seen, p->seen_count, false);
	table_note(t, "%s, not scaled:", words.data);
	for (size_t i = 0; i < count; i++)
		print_interpretation(t, &unlikely, &all[i], p->seen_count);
	if (unlikely.len > 0)
		table_note(t, "unlikely:%s", unlikely.data);
	buf_free(&words);
	buf_free(&unlikely);
}

static void
print_point(struct table *t, const struct survey *s, size_t device,
    size_t point, bool all)
{
	const struct conf_device *d = &s->conf->devices[device];
	const struct conf_point *c = &d->points[point];
	const struct survey_point *p = &s->devices[device].points[point];
	const struct point_info *info =
	    &s->names->devices[device].points[point];
	bool bit = c->space == SPACE_COIL || c->space == SPACE_DISCRETE;
	struct value v = p->reading.value;
	struct buf value = {0}, words = {0};
	char quality[QUALITY_TEXT_MAX];

	if (v.type == VALUE_NONE)
		buf_puts(&value, "-");
	else
		add_value(&value, &v, info);
	buf_puts(&words, "");
	add_words(&words, p->words, p->word_count, bit);
	table_cell(t, "%s/%s", d->id, c->name);
	table_cell(t, "%s", value.data);
	table_cell(t, "%s", c->unit);
	table_cell(t, "%s", quality_text(p->reading.quality, quality));
	table_cell(t, "%s", words.data);
	if (all)
		print_interpretations(t, p, c);
	buf_free(&value);
	buf_free(&words);
}

static void
print_device(struct table *t, const struct survey *s, size_t i, bool all)
{
	const struct conf_device *d = &s->conf->devices[i];
	const char *name = show_name(d);

	table_line(t, "%s%s%s: bus %s, unit %u, %s", d->id,
	    name[0] != '\0' ? " " : "", name, s->conf->buses[d->bus].id,
	    d->unit, d->profile->name);
	for (size_t k = 0; k < d->point_count; k++)
		if (s->devices[i].points[k].wanted)
			print_point(t, s, i, k, all);
	if (s->devices[i].failed)
		table_note(t, "%s", s->devices[i].why);
}

static void
print_table(const struct survey *s, bool all)
{
	struct table *t = table_new(columns, COLUMN_COUNT);

	for (size_t i = 0; i < s->conf->device_count; i++)
		if (s->devices[i].wanted)
			print_device(t, s, i, all);
	table_print(t, stdout);
	table_free(t);
}

/* ---- for programs ---- */

static void
key_value(struct json *j, const struct value *v, const struct point_info *info)
{
	json_key(j, "value");
	json_value(j, v, info);
}

static void
add_interpretations(struct json *j, const struct survey_point *p,
    const struct conf_point *point)
{
	struct interpretation all[INTERPRET_MAX];
	size_t count = interpret_point(p, point, all);
	char type[TYPE_TEXT];

	json_key(j, "all");
	json_list(j);
	for (size_t i = 0; i < count; i++) {
		json_open(j);
		json_key_string(
		    j, "type", type_text(&all[i], p->seen_count, type));
		json_key_string(j, "order", point_orders[all[i].order]);
		key_value(j, &all[i].value, NULL);
		json_key_bool(j, "profile", all[i].own);
		json_key_bool(j, "likely", !all[i].unlikely);
		json_end(j);
	}
	json_end(j);
}

static void
add_raw(struct json *j, const struct survey_point *p)
{
	char word[8];

	json_key(j, "raw");
	json_list(j);
	for (size_t i = 0; i < p->word_count; i++) {
		snprintf(word, sizeof(word), "0x%04X", p->words[i]);
		json_text(j, word);
	}
	json_end(j);
}

static void
add_point(struct json *j, const struct survey *s, size_t device, size_t point,
    bool all)
{
	const struct conf_point *c = &s->conf->devices[device].points[point];
	const struct survey_point *p = &s->devices[device].points[point];
	char quality[QUALITY_TEXT_MAX];

	json_open(j);
	json_key_string(j, "name", c->name);
	key_value(
	    j, &p->reading.value, &s->names->devices[device].points[point]);
	json_key_string(j, "unit", c->unit);
	json_key_string(
	    j, "quality", quality_text(p->reading.quality, quality));
	if (c->derive == NULL) {
		add_raw(j, p);
		json_key_i64(j, "address", c->address);
		json_key_string(j, "space", point_spaces[c->space]);
		if (all)
			add_interpretations(j, p, c);
	}
	json_end(j);
}

static void
add_device(struct json *j, const struct survey *s, size_t i, bool all)
{
	const struct conf_device *d = &s->conf->devices[i];

	json_open(j);
	json_key_string(j, "id", d->id);
	json_key_string(j, "bus", s->conf->buses[d->bus].id);
	json_key_i64(j, "unit", d->unit);
	json_key_string(j, "profile", d->profile->name);
	if (s->devices[i].failed)
		json_key_string(j, "why", s->devices[i].why);
	json_key(j, "points");
	json_list(j);
	for (size_t k = 0; k < d->point_count; k++)
		if (s->devices[i].points[k].wanted)
			add_point(j, s, i, k, all);
	json_end(j);
	json_end(j);
}

static void
print_json(const struct survey *s, bool all)
{
	struct buf out = {0};
	struct json j = {.out = &out};

	json_open(&j);
	json_key_string(&j, "site", s->conf->site.id);
	json_key(&j, "devices");
	json_list(&j);
	for (size_t i = 0; i < s->conf->device_count; i++)
		if (s->devices[i].wanted)
			add_device(&j, s, i, all);
	json_end(&j);
	json_end(&j);
	puts(out.data);
	buf_free(&out);
}

/* ---- the command ---- */

static void
show_progress(size_t done, size_t count)
{
	fprintf(stderr, "\r%zu of %zu requests", done, count);
}

static void
ask(struct survey *s, bool all)
{
	bool seen = isatty(STDERR_FILENO) == 1;

	survey_ask(s, all, seen ? show_progress : NULL);
	if (seen)
		fputs("\r\033[K", stderr);
}

static bool
want_all(struct survey *s, char *globs[], int count)
{
	bool good = true;

	if (count == 0 && !survey_want(s, "*")) {
		fprintf(stderr, "riser read: %s has no device to read\n",
		    s->conf->file);
		return false;
	}
	for (int i = 0; i < count; i++) {
		const char *near;

		if (survey_want(s, globs[i]))
			continue;
		near = survey_near(s, globs[i]);
		fprintf(stderr, "riser read: nothing is called %s%s%s%s\n",
		    globs[i], near != NULL ? "; did you mean " : "",
		    near != NULL ? near : "", near != NULL ? "?" : "");
		good = false;
	}
	return good;
}

static int
read_points(
    const struct conf *c, const struct options *o, char *globs[], int count)
{
	struct survey *s = survey_new(c);
	int code = EXIT_WRONG;

	if (want_all(s, globs, count)) {
		ask(s, o->all);
		if (o->json)
			print_json(s, o->all);
		else
			print_table(s, o->all);
		code = survey_failed(s) ? EXIT_FAILED : EXIT_DONE;
	}
	survey_free(s);
	return code;
}

/* Returns EXIT_DONE, or EXIT_USAGE and has said why. */
static int
parse_options(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"all", no_argument, NULL, 'a'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, ":c:", options, NULL)) != -1)
		switch (option) {
		case 'c': o->file = optarg; break;
		case 'j': o->json = true; break;
		case 'a': o->all = true; break;
		default: return usage_option("read", option, argv[optind - 1]);
		}
	if (o->file == NULL)
		return usage_error("read", "say which configuration: -c FILE");
	return EXIT_DONE;
}

int
command_read(int argc, char *argv[])
{
	struct options o = {0};
	int code = parse_options(argc, argv, &o);
	struct conf *c;

	if (code != EXIT_DONE)
		return code;
	c = conf_read(o.file, stderr);
	if (c == NULL)
		return EXIT_WRONG;
	code = read_points(c, &o, argv + optind, argc - optind);
	conf_free(c);
	return code;
}
