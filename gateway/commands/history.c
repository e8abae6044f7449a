/*
 * history.c - `riser history`: rows of one point
 *
 * What is printed is what /api/v1/history says, whether a gateway runs or not:
 * its CSV as it comes, of any length, or its documents, each of so many rows,
 * put together.  --raw is of the files alone (history_raw.h).
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/history_ask.h"
#include "gateway/commands/history_import.h"
#include "gateway/commands/history_table.h"
#include "gateway/conf/conf.h"
#include "gateway/conf/near.h"
#include "gateway/conf/scalar.h"
#include "gateway/store/calendar.h"
#include "gateway/store/history_raw.h"

#define TIME_ROOM 32

struct options {
	const char *file, *from, *to, *step;
	char *point; /* device/point */
	const char *import; /* a file */
	bool csv, json, raw;
};

/* ---- times ---- */

static int
wrong(const char *option, const char *text, const char *right)
{
	return value_error(
	    "history", "%s is %s, not \"%s\"", option, right, text);
}

/* The last day unless they are given. */
static int
read_span(const struct options *o, struct history_query *q)
{
	static const char right[] =
	    "a time like 2026-10-01 or 2026-10-01T12:00, or Unix ms";

	q->to_ms = clock_wall_ms();
	if (o->to != NULL && !history_read_time(o->to, &q->to_ms))
		return wrong("--to", o->to, right);
	q->from_ms = q->to_ms - CALENDAR_DAY_MS;
	if (o->from != NULL && !history_read_time(o->from, &q->from_ms))
		return wrong("--from", o->from, right);
	if (o->step != NULL && strcmp(o->step, "auto") != 0 &&
	    (scalar_duration(o->step, &q->step_ms) != NULL || q->step_ms == 0))
		return wrong("--step", o->step, "a time like 15m, 1h or 1d");
	return EXIT_DONE;
}

/* ---- what is said besides ---- */

/* As --from takes it, of the site's clock. */
static const char *
local_time(int64_t at_ms, char text[TIME_ROOM])
{
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	if (localtime_r(&at, &tm) == NULL ||
	    strftime(text, TIME_ROOM, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		snprintf(text, TIME_ROOM, "%lld", (long long)at_ms);
	return text;
}

/* Silent limits would look like answers. */
static void
say_limits(const struct history_ask *a, bool any, int64_t kept_ms)
{
	char text[24], since[TIME_ROOM];

	if (!any)
		fputs("riser history: nothing is known of that time\n", stderr);
	if (kept_ms != 0)
		fprintf(stderr,
		    "riser history: a step of %s is kept from %s on; ask for "
		    "a longer one for what was before\n",
		    scalar_duration_text(history_query_step(&a->query), text),
		    local_time(kept_ms, since));
}

/* ---- lines ---- */

/* CSV on its way out. */
struct lines {
	struct history_table table;
	bool csv; /* else a table */
	int count; /* up to two: of which the first has the titles */
};

static bool
print_lines(void *context, const char *bytes, size_t length)
{
	struct lines *l = context;

	for (size_t i = 0; i < length && l->count < 2; i++)
		l->count += bytes[i] == '\n';
	if (l->csv)
		fwrite(bytes, 1, length, stdout);
	else
		history_table_add(&l->table, bytes, length);
	return ferror(stdout) == 0;
}

static int
show_lines(struct history_ask *a, bool csv, struct err *err)
{
	struct lines l = {.table.out = stdout, .csv = csv};
	int64_t kept_ms = 0;
	int code = history_ask_csv(a, print_lines, &l, &kept_ms, err);

	history_table_free(&l.table);
	if (code == EXIT_DONE)
		say_limits(a, l.count == 2, kept_ms);
	return code;
}

/* ---- one document ---- */

#define ROWS_BEGIN "\"rows\":["
#define ROWS_END "],\"from\":"
#define NEXT ",\"next\":"

/* A page as history_show.h has it.  In a text within a row quotes are escaped,
 * so neither its begin nor its end can be mistaken. */
struct page {
	struct buf text;
	const char *rows, *end; /* of rows */
	int64_t kept_ms, next_ms; /* 0: none */
};

static int
read_page(struct page *p)
{
	const char *next;

	p->rows = strstr(p->text.data, ROWS_BEGIN);
	if (p->rows == NULL)
		return -1;
	p->rows += strlen(ROWS_BEGIN);
	p->end = p->text.data + p->text.len;
	while (p->end > p->rows &&
	    strncmp(p->end, ROWS_END, strlen(ROWS_END)) != 0)
		p->end--;
	next = strstr(p->end, NEXT);
	if (next == NULL)
		return -1;
	p->kept_ms = strtoll(p->end + strlen(ROWS_END), NULL, 10);
	p->next_ms = strtoll(next + strlen(NEXT), NULL, 10);
	return 0;
}

/* One document of all pages: the rows of those behind the first are put in. */
static int
print_pages(struct history_ask *a, struct page *p, struct err *err)
{
	int64_t kept_ms = 0;
	bool any = false;

	do {
		bool first = p->next_ms == 0;
		int code;

		buf_clear(&p->text);
		code = history_ask_page(a, &p->text, err);
		if (code == EXIT_DONE && read_page(p) == -1) {
			err_set(err, "what the gateway answers is no history");
			code = EXIT_FAILED;
		}
		if (code != EXIT_DONE)
			return code;
		if (first) {
			kept_ms = p->kept_ms;
			fwrite(p->text.data, 1,
			    (size_t)(p->rows - p->text.data), stdout);
		}
		if (any && p->end > p->rows)
			putchar(',');
		any |= p->end > p->rows;
		fwrite(p->rows, 1, (size_t)(p->end - p->rows), stdout);
		a->query.from_ms = p->next_ms;
	} while (p->next_ms != 0);
	fputs(ROWS_END, stdout);
	if (kept_ms != 0)
		printf("%lld", (long long)kept_ms);
	else
		fputs("null", stdout);
	puts(NEXT "null}");
	say_limits(a, any, kept_ms);
	return EXIT_DONE;
}

static int
show_document(struct history_ask *a, struct err *err)
{
	struct page p = {.rows = NULL};
	int code = print_pages(a, &p, err);

	buf_free(&p.text);
	return code;
}

/* ---- the question ---- */

/* Of the device that is nearest the nearest point. */
static void
say_near(const struct catalog *c, const struct history_query *q)
{
	struct near device = {.text = q->device}, point = {.text = q->point};
	const struct device_info *d;

	for (uint16_t i = 0; i < c->device_count; i++)
		near_try(&device, c->devices[i].id);
	if (device.best == NULL)
		return;
	d = &c->devices[catalog_find(c, device.best)];
	for (uint16_t i = 0; i < d->point_count; i++)
		near_try(&point, d->points[i].name);
	if (point.best != NULL)
		fprintf(stderr, "; did you mean %s/%s?", d->id, point.best);
}

/* A table is for people. */
static int
answer(struct history_ask *a, const struct options *o, const struct catalog *c)
{
	struct err err = {""};
	int code;

	if (o->json)
		code = show_document(a, &err);
	else
		code = show_lines(a, o->csv || !isatty(STDOUT_FILENO), &err);
	if (code == EXIT_DONE)
		return code;
	fprintf(stderr, "riser history: %s", err.text);
	if (code == EXIT_WRONG && a->point == NULL)
		say_near(c, &a->query);
	fputc('\n', stderr);
	return code;
}

static int
read_point(const struct options *o, struct history_query *q)
{
	char *slash = strchr(o->point, '/');

	*slash = '\0';
	q->device = o->point;
	q->point = slash + 1;
	if (scalar_name(q->device) == NULL && scalar_name(q->point) == NULL)
		return EXIT_DONE;
	fprintf(stderr,
	    "riser history: \"%s/%s\" is no DEVICE/POINT: names have a-z, "
	    "0-9, - and _\n",
	    q->device, q->point);
	return EXIT_WRONG;
}

/* What must be said of the step, so that all pages have the same. */
static int
read_step(struct history_query *q)
{
	int64_t step_ms = history_query_step(q);

	if (q->to_ms <= q->from_ms) {
		fputs("riser history: --from must be earlier than --to, which "
		      "is now if it is not said\n",
		    stderr);
		return EXIT_WRONG;
	}
	if (step_ms == 0) {
		fputs("riser history: --step must divide an hour or a day, or "
		      "be whole days: 10s, 15m, 1h, 1d\n",
		    stderr);
		return EXIT_WRONG;
	}
	q->step_ms = step_ms;
	return EXIT_DONE;
}

/* ---- readings ---- */

static bool
print(void *context, const char *bytes, size_t length)
{
	(void)context;
	fwrite(bytes, 1, length, stdout);
	return ferror(stdout) == 0;
}

static int
show_raw(const struct history_ask *a, const struct catalog *catalog)
{
	struct history_raw r = {.dir = a->store,
	    .device = a->query.device,
	    .point = a->query.point,
	    .from_ms = a->query.from_ms,
	    .to_ms = a->query.to_ms};
	char known[TIME_ROOM], kept[TIME_ROOM];
	struct err err;

	if (history_raw(&r, print, NULL, &err) == -1) {
		fprintf(stderr, "riser history: %s", err.text);
		if (r.unknown && a->point == NULL)
			say_near(catalog, &a->query);
		fputc('\n', stderr);
		return r.unknown ? EXIT_WRONG : EXIT_FAILED;
	}
	fprintf(stderr, "%llu readings; the files know of what was until %s\n",
	    (unsigned long long)r.readings, local_time(r.known_ms, known));
	if (r.kept_ms != 0)
		fprintf(stderr,
		    "riser history: readings are kept from %s on: what was "
		    "before has rows alone\n",
		    local_time(r.kept_ms, kept));
	if (!r.damaged)
		return EXIT_DONE;
	fputs("riser history: some readings are damaged: they are missing\n",
	    stderr);
	return EXIT_FAILED;
}

/* ---- the command ---- */

static int
show(const struct conf *c, const struct options *o)
{
	struct history_ask a = {.store = c->store.path};
	struct catalog *catalog;
	int code = read_point(o, &a.query);

	if (code == EXIT_DONE)
		code = read_span(o, &a.query);
	if (code == EXIT_DONE)
		code = read_step(&a.query);
	if (code != EXIT_DONE)
		return code;
	catalog = conf_catalog(c);
	a.point = catalog_point(catalog, a.query.device, a.query.point);
	code = o->raw ? show_raw(&a, catalog) : answer(&a, o, catalog);
	catalog_unref(catalog);
	return code;
}

/* What stands behind the word. */
static int
parse_import(int argc, char *argv[], struct options *o)
{
	if (argc != 1)
		return usage_error("history",
		    "say which file, and one: -c FILE import FILE.csv");
	if (o->from != NULL || o->to != NULL || o->step != NULL || o->csv ||
	    o->json || o->raw)
		return usage_error("history",
		    "import takes all of its file: it has no options");
	o->import = argv[0];
	return EXIT_DONE;
}

static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"to", required_argument, NULL, 't'},
	    {"step", required_argument, NULL, 's'},
	    {"csv", no_argument, NULL, 'v'},
	    {"json", no_argument, NULL, 'j'},
	    {"raw", no_argument, NULL, 'r'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, ":c:", options, NULL)) != -1)
		switch (option) {
		case 'c': o->file = optarg; break;
		case 'f': o->from = optarg; break;
		case 't': o->to = optarg; break;
		case 's': o->step = optarg; break;
		case 'v': o->csv = true; break;
		case 'j': o->json = true; break;
		case 'r': o->raw = true; break;
		default:
			return usage_option(
			    "history", option, argv[optind - 1]);
		}
	if (o->file == NULL)
		return usage_error(
		    "history", "say which configuration: -c FILE");
	if (optind < argc && strcmp(argv[optind], "import") == 0)
		return parse_import(argc - optind - 1, argv + optind + 1, o);
	if (optind + 1 != argc)
		return usage_error(
		    "history", "say which point: DEVICE/POINT, one");
	if (strchr(argv[optind], '/') == NULL)
		return wrong("a point", argv[optind], "DEVICE/POINT");
	if (o->csv && o->json)
		return usage_error("history", "--csv or --json: one of them");
	if (o->raw && (o->json || o->step != NULL))
		return usage_error("history",
		    "--raw is CSV, of each reading: without --json and --step");
	o->point = argv[optind];
	return EXIT_DONE;
}

int
command_history(int argc, char *argv[])
{
	struct options o = {0};
	int code = parse(argc, argv, &o);
	struct conf *c;

	if (code != EXIT_DONE)
		return code;
	c = conf_read(o.file, stderr);
	if (c == NULL)
		return EXIT_WRONG;
	setenv("TZ", c->site.timezone, 1);
	tzset();
	code = o.import != NULL ? history_import(c, o.import) : show(c, &o);
	conf_free(c);
	return code;
}
