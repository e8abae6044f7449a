/*
 * history.c - `riser history`: rows of one point
 *
 * Reads the store's file, beside a gateway that may be writing it.  What such
 * a one has in memory yet, a quarter of an hour at most, is not in the answer.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/history_import.h"
#include "gateway/conf/conf.h"
#include "gateway/conf/scalar.h"
#include "gateway/store/history_show.h"

#define DAY_MS (24 * 3600 * 1000LL)

struct options {
	const char *file, *from, *to, *step;
	char *point; /* device/point */
	const char *import; /* a file */
	bool csv, json;
};

/* An answer on its way out. */
struct printing {
	struct history_show show;
	struct buf out;
	bool counter;
};

/* ---- times ---- */

static int
wrong(const char *option, const char *text, const char *right)
{
	fprintf(stderr, "riser history: %s is %s, not \"%s\"\n", option, right,
	    text);
	return EXIT_WRONG;
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
	q->from_ms = q->to_ms - DAY_MS;
	if (o->from != NULL && !history_read_time(o->from, &q->from_ms))
		return wrong("--from", o->from, right);
	if (o->step != NULL && scalar_duration(o->step, &q->step_ms) != NULL)
		return wrong("--step", o->step, "a time like 15m, 1h or 1d");
	return EXIT_DONE;
}

/* ---- printing ---- */

static void
print(struct printing *p)
{
	fwrite(p->out.data, 1, p->out.len, stdout);
	buf_clear(&p->out);
}

static bool
print_row(
    void *context, int64_t start_ms, int64_t end_ms, const struct slot *slot)
{
	struct printing *p = context;

	history_show_row(&p->show, start_ms, end_ms, slot, p->counter);
	print(p);
	return ferror(stdout) == 0;
}

/* Silent limits would look like answers. */
static void
say_limits(const struct history_answer *a)
{
	char text[24];

	if (a->rows == 0)
		fputs("riser history: nothing is known of that time\n", stderr);
	if (a->kept_ms != 0)
		fprintf(stderr,
		    "riser history: a step of %s is kept from %lld on; ask for "
		    "a longer one for what was before\n",
		    scalar_duration_text(a->step_ms, text),
		    (long long)a->kept_ms);
	if (a->cut)
		fprintf(stderr,
		    "riser history: that is too long for one answer: go on "
		    "with --from %lld\n",
		    (long long)a->next_ms);
}

static const struct point_info *
point_of(const struct catalog *c, const struct history_query *q)
{
	int d = catalog_find(c, q->device), p;

	if (d == -1)
		return NULL;
	p = device_find(&c->devices[d], q->point);
	return p == -1 ? NULL : &c->devices[d].points[p];
}

static int
answer(const struct conf *c, const struct options *o, struct history_query *q)
{
	struct catalog *catalog = conf_catalog(c);
	struct printing p = {.show.point = point_of(catalog, q)};
	struct history_answer a;
	struct err err;
	int rc;

	p.show.out = &p.out;
	p.show.csv = !o->json;
	p.counter =
	    p.show.point != NULL && strcmp(p.show.point->role, "counter") == 0;
	history_show_begin(&p.show, q, p.counter);
	rc = history_query(c->store.path, NULL, q, print_row, &p, &a, &err);
	if (rc == 0) {
		history_show_end(&p.show, &a);
		if (o->json)
			buf_char(&p.out, '\n');
		print(&p);
		say_limits(&a);
	} else {
		fprintf(stderr, "riser history: %s\n", err.text);
	}
	buf_free(&p.out);
	catalog_unref(catalog);
	return rc == 0 ? EXIT_DONE : EXIT_WRONG;
}

static int
show(const struct conf *c, const struct options *o)
{
	struct history_query q = {.device = o->point};
	char *slash = strchr(o->point, '/');
	int code;

	*slash = '\0';
	q.point = slash + 1;
	code = read_span(o, &q);
	return code == EXIT_DONE ? answer(c, o, &q) : code;
}

/* ---- the command ---- */

static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"to", required_argument, NULL, 't'},
	    {"step", required_argument, NULL, 's'},
	    {"csv", no_argument, NULL, 'v'},
	    {"json", no_argument, NULL, 'j'},
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
		case ':':
			return usage_error("history", "%s needs an argument",
			    argv[optind - 1]);
		default:
			return usage_error(
			    "history", "unknown option %s", argv[optind - 1]);
		}
	if (o->file == NULL)
		return usage_error(
		    "history", "say which configuration: -c FILE");
	if (optind + 2 == argc && strcmp(argv[optind], "import") == 0) {
		o->import = argv[optind + 1];
		return EXIT_DONE;
	}
	if (optind + 1 != argc || strchr(argv[optind], '/') == NULL)
		return usage_error(
		    "history", "say which point: DEVICE/POINT, one");
	if (o->csv && o->json)
		return usage_error("history", "--csv or --json: one of them");
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
