/*
 * history_import.c - readings of a CSV into the history
 *
 * First all lines are judged: if one is wrong nothing is taken.  Then line by
 * line into a sheaf, and that into the file when it is full, as the gateway
 * does, which may go on beside it.  Then the slots are computed.
 *
 * What the history has already stays, and is left out here (already.h): so what
 * is imported twice is there once, and what was cut short can be done again.
 */
#include "gateway/commands/history_import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/conf/scalar.h"
#include "gateway/store/already.h"
#include "gateway/store/calendar.h"
#include "gateway/store/history.h"
#include "gateway/store/history_show.h"
#include "gateway/store/rollup.h"
#include "gateway/store/sheaf.h"

/* Of one stretch, either way from its first. */
#define SPAN_MS CALENDAR_DAY_MS
#define TIME_MAX 253402300799999 /* the year 9999 ends */
#define SHOW_MS 200 /* between two looks of the bar */
#define BAR_CHARS 40
#define MISTAKES_MAX 20 /* that are said */

struct import {
	const struct conf *conf;
	const char *path;
	FILE *in;
	int64_t size_bytes, line, readings, left_out, shown_ms;
	bool seen; /* somebody looks: there is a bar */
	bool judging; /* nothing is taken yet */
	struct catalog *catalog;
	struct history_file file;
	struct sheaf *sheaf;
	int64_t from_ms; /* of the sheaf's first reading */
	struct already *already;
	int64_t *last_ms; /* of each device */
	uint16_t *numbers; /* of the devices; 0: not asked yet */
	uint32_t **names;
};

bool
history_read_time(const char *text, int64_t *ms)
{
	static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M",
	    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
	    "%Y-%m-%dT%H:%M:%S%z"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(text, forms[i], &tm);
		long offset_s = tm.tm_gmtoff;

		if (end == NULL || *end != '\0')
			continue;
		*ms = strstr(forms[i], "%z") != NULL
		    ? (timegm(&tm) - offset_s) * 1000LL
		    : mktime(&tm) * 1000LL;
		return true;
	}
	return scalar_integer(text, ms) == NULL && *ms >= CALENDAR_DAY_MS &&
	    *ms <= TIME_MAX;
}

/* ---- what is said ---- */

static int
wrong(const struct import *m, const char *what, const char *right)
{
	fprintf(stderr, "%s%s:%" PRId64 ": \"%s\" is no %s\n",
	    m->seen ? "\n" : "", m->path, m->line, what, right);
	return -1;
}

static int
failed(const struct import *m)
{
	fprintf(stderr, "%sriser history: %s: %s\n", m->seen ? "\n" : "",
	    m->file.path, m->file.why);
	return -1;
}

static void
show(struct import *m, double share, const char *what)
{
	int64_t now_ms = clock_mono_ms();
	int full = (int)(share * BAR_CHARS);

	if (!m->seen || (now_ms - m->shown_ms < SHOW_MS && share < 1))
		return;
	m->shown_ms = now_ms;
	fprintf(stderr, "\r[%.*s%*s] %3d %%  %s ", full,
	    "########################################", BAR_CHARS - full, "",
	    (int)(share * 100), what);
}

/* ---- into the file ---- */

static int
flush(struct import *m)
{
	struct history_stretch s = {.settled = true, .log = ""};

	if (sheaf_empty(m->sheaf))
		return 0;
	if (history_file_add(&m->file, &s, m->sheaf) == -1)
		return failed(m);
	sheaf_clear(m->sheaf);
	show(m, (double)ftello(m->in) / (double)m->size_bytes, "read");
	return 0;
}

/* Its names in the history, as the gateway would give them. */
static int
name_device(struct import *m, int d)
{
	const struct device_info *info = &m->catalog->devices[d];
	/* Behind the configuration's devices comes riser itself. */
	const struct conf_device *c = (size_t)d < m->conf->device_count
	    ? &m->conf->devices[d]
	    : &m->conf->gateway;

	if (m->numbers[d] != 0)
		return 0;
	m->names[d] =
	    must_alloc(info->point_count + 1u, sizeof(m->names[d][0]));
	if (history_file_begin(&m->file) == -1 ||
	    history_file_device(&m->file, info->id, &m->numbers[d]) == -1)
		return failed(m);
	for (uint16_t i = 0; i < info->point_count; i++) {
		const struct deadband_rule *r = &c->points[i].rule;

		if (history_file_name(&m->file, m->numbers[d], &info->points[i],
			history_hold_ms(r->heartbeat_ms, r->every_ms),
			&m->names[d][i]) == -1)
			return failed(m);
	}
	return history_file_commit(&m->file) == -1 ? failed(m) : 0;
}

/* 1: it is to be taken; 0: the history has that minute of it. */
static int
is_new(struct import *m, int d, int p, int64_t at_ms)
{
	const struct already_device device = {.index = (size_t)d,
	    .number = m->numbers[d],
	    .info = &m->catalog->devices[d]};
	int has =
	    already_has(m->already, &m->file, &device, (uint16_t)p, at_ms);

	m->left_out += has == 1;
	return has == -1 ? failed(m) : !has;
}

static int
add(struct import *m, int d, int p, int64_t at_ms, const struct value *v)
{
	struct reading r = {.point = (uint16_t)p, .value = *v};
	struct batch b = {.count = 1, .readings = &r};
	int64_t off_ms = at_ms - m->from_ms;

	r.quality.code =
	    v->type == VALUE_NONE ? QUALITY_BAD_NOT_AVAILABLE : QUALITY_GOOD;
	if ((!sheaf_room(m->sheaf, &b) ||
		(!sheaf_empty(m->sheaf) &&
		    (off_ms >= SPAN_MS || off_ms <= -SPAN_MS))) &&
	    flush(m) == -1)
		return -1;
	if (sheaf_empty(m->sheaf))
		m->from_ms = at_ms;
	sheaf_add(m->sheaf, at_ms, m->numbers[d], &b, m->names[d]);
	m->readings++;
	return 0;
}

static int
take(struct import *m, int d, int p, int64_t at_ms, const struct value *v)
{
	int rc;

	if (m->judging)
		return 0;
	if (name_device(m, d) == -1)
		return -1;
	rc = is_new(m, d, p, at_ms);
	return rc == 1 ? add(m, d, p, at_ms, v) : rc;
}

/* ---- lines ---- */

static bool
read_enum(const struct point_info *p, const char *text, struct value *v)
{
	v->type = VALUE_ENUM;
	for (size_t i = 0; i < p->name_count; i++)
		if (strcmp(p->names[i].name, text) == 0) {
			v->i = p->names[i].number;
			return true;
		}
	return scalar_integer(text, &v->i) == NULL;
}

static bool
read_number(const struct point_info *p, const char *text, struct value *v)
{
	bool whole =
	    strcmp(p->role, "counter") == 0 && strpbrk(text, ".eE") == NULL;

	v->type = whole ? VALUE_I64 : VALUE_F64;
	if (whole)
		return scalar_integer(text, &v->i) == NULL;
	return scalar_number(text, &v->f) == NULL;
}

/* A word, or a number as the history's own CSV has it. */
static bool
read_bool(const char *text, struct value *v)
{
	bool yes = strcmp(text, "1") == 0;

	if (!yes && strcmp(text, "0") != 0 && scalar_bool(text, &yes) != NULL)
		return false;
	*v = (struct value){.type = VALUE_BOOL, .u = yes};
	return true;
}

/* quoted: an empty text is one, too. */
static bool
read_value(
    const struct point_info *p, const char *text, bool quoted, struct value *v)
{
	*v = (struct value){.type = VALUE_NONE};
	if (text[0] == '\0' && !quoted)
		return true;
	switch ((enum point_form)p->form) {
	case FORM_NUMBER: return read_number(p, text, v);
	case FORM_ENUM: return read_enum(p, text, v);
	case FORM_BOOL: return read_bool(text, v);
	case FORM_TEXT:
		v->type = VALUE_TEXT;
		snprintf(v->text, sizeof(v->text), "%s", text);
		return strlen(text) < sizeof(v->text);
	}
	return false;
}

/* The last cell of a line, in its place: RFC 4180.  False: it is none. */
static bool
unquote(char *cell)
{
	const char *from = cell;
	char *to = cell;

	if (*from != '"')
		return strchr(cell, ',') == NULL;
	while (*++from != '\0') {
		if (*from == '"' && *++from != '"') {
			*to = '\0';
			return *from == '\0';
		}
		*to++ = *from;
	}
	return false;
}

/* Sums of readings are none: what they are of nobody knows any more. */
static int
no_readings(const struct import *m)
{
	fprintf(stderr,
	    "%s%s has rows of the history, not readings: `riser history "
	    "DEVICE/POINT --raw` writes what import takes\n",
	    m->seen ? "\n" : "", m->path);
	fseeko(m->in, 0, SEEK_END); /* that says it of all its lines */
	return -1;
}

static int
read_line(struct import *m, char *line)
{
	char *cells[3];
	const struct device_info *info;
	struct value v;
	int64_t at_ms;
	bool quoted;
	int d, p;

	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, HISTORY_SHOW_TITLES, strlen(HISTORY_SHOW_TITLES)) ==
	    0)
		return no_readings(m);
	for (int i = 0; i < 3; i++)
		cells[i] = strsep(&line, ",");
	quoted = line != NULL && line[0] == '"';
	if (line == NULL || !unquote(line))
		return wrong(m, cells[0], "line of t,device,point,value");
	if (m->line == 1 && strcmp(cells[0], "t") == 0)
		return 0;
	if (!history_read_time(cells[0], &at_ms) || at_ms < CALENDAR_DAY_MS)
		return wrong(m, cells[0], "time (2026-10-01T12:00, Unix ms)");
	d = catalog_find(m->catalog, cells[1]);
	if (d == -1)
		return wrong(m, cells[1], "device of the configuration");
	if (at_ms < m->last_ms[d])
		return wrong(m, cells[0],
		    "time at or after the one before it of that device: sort "
		    "the lines by time");
	m->last_ms[d] = at_ms;
	info = &m->catalog->devices[d];
	p = device_find(info, cells[2]);
	if (p == -1)
		return wrong(m, cells[2], "point of that device");
	if (!read_value(&info->points[p], line, quoted, &v))
		return wrong(m, line, "value of that point");
	return take(m, d, p, at_ms, &v);
}

static void
begin_lines(struct import *m, bool judging)
{
	m->judging = judging;
	m->line = 0;
	for (uint16_t d = 0; d < m->catalog->device_count; d++)
		m->last_ms[d] = INT64_MIN;
}

static int
read_lines(struct import *m)
{
	char *line = NULL;
	size_t cap = 0;
	int mistakes = 0, most = m->judging ? MISTAKES_MAX : 1;

	while (mistakes < most && getline(&line, &cap, m->in) != -1) {
		m->line++;
		mistakes += read_line(m, line) == -1;
		if (m->judging && m->line % 4096 == 0)
			show(m, (double)ftello(m->in) / (double)m->size_bytes,
			    "looked through");
	}
	free(line);
	return mistakes > 0 ? -1 : 0;
}

/* All lines, first to judge and then to take. */
static int
take_all(struct import *m)
{
	begin_lines(m, true);
	if (read_lines(m) == -1) {
		fprintf(stderr, "nothing is taken\n");
		return EXIT_WRONG;
	}
	if (fseeko(m->in, 0, SEEK_SET) == -1) {
		fprintf(stderr,
		    "riser history: %s is read twice: give it as a file\n",
		    m->path);
		return EXIT_WRONG;
	}
	if (history_file_open(&m->file, m->conf->store.path) == -1) {
		failed(m);
		return EXIT_FAILED;
	}
	begin_lines(m, false);
	return read_lines(m) == -1 || flush(m) == -1 ? EXIT_FAILED : EXIT_DONE;
}

static void
say_done(const struct import *m)
{
	fprintf(stderr, "%" PRId64 " readings\n", m->readings);
	if (m->left_out > 0)
		fprintf(stderr,
		    "%" PRId64 " left out: of those minutes of their points "
		    "the history has readings, or the gateway will\n",
		    m->left_out);
}

static int
compute(struct import *m)
{
	struct rollup *r = rollup_new();
	int64_t done = 0;
	int rc;

	do {
		rc = rollup_step(r, &m->file);
		/* Nobody knows how many: it comes nearer to all. */
		done += rc == 1;
		show(m, (double)done / (double)(done + 100), "computed");
	} while (rc == 1);
	rollup_free(r);
	return rc == -1 ? failed(m) : 0;
}

/* ---- the whole ---- */

static int
open_input(struct import *m)
{
	struct stat st;

	m->in = fopen(m->path, "re");
	if (m->in == NULL || fstat(fileno(m->in), &st) == -1) {
		fprintf(stderr, "riser history: %s: %m\n", m->path);
		return -1;
	}
	m->size_bytes = st.st_size > 0 ? st.st_size : 1;
	return 0;
}

static void
close_all(struct import *m)
{
	if (m->in != NULL)
		fclose(m->in);
	already_free(m->already);
	free(m->last_ms);
	for (uint16_t d = 0; d < m->catalog->device_count; d++)
		free(m->names[d]);
	/* The gateway sets it aside, if it is damaged. */
	m->file.damaged = m->file.newer = false;
	history_file_close(&m->file);
	free(m->names);
	free(m->numbers);
	sheaf_free(m->sheaf);
	catalog_unref(m->catalog);
}

int
history_import(const struct conf *c, const char *file)
{
	struct import m = {.conf = c,
	    .path = file,
	    .seen = isatty(STDERR_FILENO) == 1,
	    .catalog = conf_catalog(c),
	    .sheaf = sheaf_new()};
	int code = EXIT_FAILED;

	m.numbers =
	    must_alloc(m.catalog->device_count + 1u, sizeof(m.numbers[0]));
	m.names = must_alloc(m.catalog->device_count + 1u, sizeof(m.names[0]));
	m.last_ms =
	    must_alloc(m.catalog->device_count + 1u, sizeof(m.last_ms[0]));
	m.already = already_new(m.catalog->device_count);
	if (open_input(&m) == 0)
		code = take_all(&m);
	if (m.readings > 0 && compute(&m) == -1)
		code = EXIT_FAILED;
	if (code != EXIT_WRONG && m.file.db != NULL) {
		show(&m, 1, "done\n");
		say_done(&m);
	}
	close_all(&m);
	return code;
}
