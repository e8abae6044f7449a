/*
 * alarms.c - riser alarms: what is not normal, what happened, how it went
 *
 * The gateway that runs is asked; where none does its files are read, which
 * nobody changes then.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/commands/alarms_show.h"
#include "gateway/commands/ask.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/tongue.h"
#include "gateway/conf/conf.h"
#include "gateway/store/calendar.h"
#include "gateway/store/chronicle.h"

#define DAYS_DEFAULT 7
#define DAYS_MAX (CHRONICLE_KEEP_MS / CALENDAR_DAY_MS)
#define ROWS_MAX 1000 /* what a gateway gives at a time */

struct options {
	const char *file;
	enum alarms_view view;
	bool json;
	int64_t days; /* 0: not said */
	int64_t from_ms, to_ms;
};

/* ---- the document ---- */

static enum ask_result
ask_gateway(const char *store, const struct options *o, struct buf *out,
    struct err *err)
{
	char path[256] = "/api/v1/alarms";

	if (o->view == ALARMS_JOURNAL)
		snprintf(path, sizeof(path),
		    "/api/v1/journal?from=%" PRId64 "&limit=%d", o->from_ms,
		    ROWS_MAX);
	if (o->view == ALARMS_FIGURES)
		snprintf(path, sizeof(path),
		    "/api/v1/alarms/figures?from=%" PRId64 "&to=%" PRId64,
		    o->from_ms, o->to_ms);
	return ask(store, path, out, err);
}

/* Whether a gateway has ever kept anything there: a store that is none must
 * not look like an estate where nothing happens. */
static int
find_store(const char *store, struct err *err)
{
	static const char *const kept[] = {"events.db", "events"};
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", store, kept[i]);
		if (stat(path, &st) == 0)
			return 0;
		if (errno != ENOENT)
			return err_set(err, "%s: %s", path, strerror(errno));
	}
	return err_set(err,
	    "%s: %s: is store.path right, and is riser running?", store,
	    stat(store, &st) == 0 ? "no gateway has kept anything there"
				  : "there is no such folder");
}

static int
read_files(const char *store, const struct options *o, struct buf *out,
    struct err *err)
{
	struct chronicle_query q = {.from_ms = o->from_ms, .limit = ROWS_MAX};

	if (find_store(store, err) == -1)
		return -1;
	fputs(
	    tongue("riser alarms: no gateway runs on this store; this is what "
		   "its files say\n",
		"riser alarms: 网关未运行，以下据其文件\n"),
	    stderr);
	switch (o->view) {
	case ALARMS_STANDING: return chronicle_standing(store, out, err);
	case ALARMS_JOURNAL: return chronicle_journal(store, &q, out, err);
	case ALARMS_FIGURES:
		return chronicle_figures(store, o->from_ms, o->to_ms, out, err);
	}
	return -1;
}

static int
fetch(const char *store, const struct options *o, struct buf *out,
    struct err *err)
{
	switch (ask_gateway(store, o, out, err)) {
	case ASK_ANSWERED: return 0;
	case ASK_NOBODY: return read_files(store, o, out, err);
	case ASK_REFUSED:
	case ASK_FAILED: break;
	}
	return -1;
}

static int
answer(const struct conf *c, const struct options *o)
{
	struct err err = {""};
	struct buf out = {0};
	int rc = fetch(c->store.path, o, &out, &err);

	if (rc == 0 && o->json)
		puts(out.data);
	else if (rc == 0)
		rc = alarms_show(o->view, out.data, stdout, &err);
	if (rc == -1)
		fprintf(stderr, "riser alarms: %s\n", err.text);
	buf_free(&out);
	return rc == -1 ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the command ---- */

static bool
read_days(const char *text, int64_t *days)
{
	char *end;

	/* What is too large saturates. */
	*days = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *days >= 1 &&
	    *days <= DAYS_MAX;
}

/* Returns EXIT_DONE, or another code and has said why. */
static int
judge_options(int argc, char *argv[], struct options *o, int views)
{
	if (optind < argc)
		return usage_error(
		    "alarms", "\"%s\" is too much", argv[optind]);
	if (views > 1)
		return usage_error(
		    "alarms", "--journal and --figures: one at a time");
	if (o->days != 0 && views == 0)
		return usage_error(
		    "alarms", "--days goes with --journal or --figures");
	if (o->file == NULL)
		return usage_error(
		    "alarms", "say which configuration: -c FILE");
	if (o->days == 0)
		o->days = DAYS_DEFAULT;
	o->to_ms = clock_wall_ms();
	o->from_ms = o->to_ms - o->days * CALENDAR_DAY_MS;
	return EXIT_DONE;
}

static int
parse_options(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"journal", no_argument, NULL, 'J'},
	    {"figures", no_argument, NULL, 'F'},
	    {"json", no_argument, NULL, 'j'},
	    {"days", required_argument, NULL, 'd'},
	    {"lang", required_argument, NULL, 'l'},
	    {NULL, 0, NULL, 0},
	};
	int option, views = 0;

	while ((option = getopt_long(argc, argv, ":c:", options, NULL)) != -1)
		switch (option) {
		case 'c': o->file = optarg; break;
		case 'j': o->json = true; break;
		case 'J':
		case 'F':
			o->view =
			    option == 'J' ? ALARMS_JOURNAL : ALARMS_FIGURES;
			views++;
			break;
		case 'l':
			if (!tongue_choose(optarg))
				return value_error("alarms",
				    "--lang is zh or en, not \"%s\"", optarg);
			break;
		case 'd':
			if (!read_days(optarg, &o->days))
				return value_error("alarms",
				    "--days is 1 to %d, not \"%s\"",
				    (int)DAYS_MAX, optarg);
			break;
		default:
			return usage_option("alarms", option, argv[optind - 1]);
		}
	return judge_options(argc, argv, o, views);
}

/* A file with a mistake in it does not say where its store is: one that was
 * guessed could be another gateway's. */
static int
say_way_round(const char *file)
{
	if (access(file, R_OK) == 0)
		fputs("riser alarms: what is wrong may hide where the store "
		      "is, so nobody was asked; a gateway that runs goes on "
		      "as it was and answers to\n"
		      "curl --unix-socket STORE/riser.sock "
		      "http://localhost/api/v1/alarms\n",
		    stderr);
	return EXIT_WRONG;
}

int
command_alarms(int argc, char *argv[])
{
	struct options o = {0};
	struct conf *c;
	int code;

	tongue_set(NULL);
	code = parse_options(argc, argv, &o);
	if (code != EXIT_DONE)
		return code;
	c = conf_read(o.file, stderr);
	if (c == NULL)
		return say_way_round(o.file);
	setenv("TZ", c->site.timezone, 1);
	tzset();
	code = answer(c, &o);
	conf_free(c);
	return code;
}
