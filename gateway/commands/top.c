/*
 * top.c - riser top: a gateway that runs, as it is now
 *
 * On a terminal a picture a second until q; elsewhere one picture, as lines.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/table.h"
#include "gateway/commands/tongue.h"
#include "gateway/commands/top_json.h"
#include "gateway/commands/top_screen.h"
#include "gateway/conf/conf.h"

#define SECOND_MS 1000
#define COLUMNS_MIN 20
#define COLUMNS_MAX 500

struct options {
	const char *file;
	bool json;
};

/* ---- one picture ---- */

/* As `watch` says, or as wide as our tables are. */
static size_t
paper_columns(void)
{
	const char *text = getenv("COLUMNS");
	long columns = text == NULL ? 0 : strtol(text, NULL, 10);

	return columns < COLUMNS_MIN || columns > COLUMNS_MAX ? TABLE_COLUMNS
							      : (size_t)columns;
}

static void
print_frame(const struct top_picture *p)
{
	struct top_view view = {.columns = paper_columns()};
	struct top_frame f = {0};

	top_frame_draw(&f, p, &view);
	for (size_t i = 0; i < f.count; i++) {
		size_t len = strlen(f.lines[i].text);

		while (len > 0 && f.lines[i].text[len - 1] == ' ')
			len--;
		printf("%.*s\n", (int)len, f.lines[i].text);
	}
	top_frame_free(&f);
}

static void
print_picture(struct top_look *look, bool json)
{
	struct top_picture p;
	char *text;

	top_look_hold(look, &p);
	if (json) {
		text = top_json(&p);
		puts(text);
		free(text);
	} else {
		print_frame(&p);
	}
	top_look_let(look);
}

/* ---- a screen ---- */

static int
draw_screen(struct top_look *look, struct top_view *view)
{
	struct top_frame f = {0};
	struct top_picture p;
	int rc;

	top_screen_size(&view->columns, &view->rows);
	/* The last column stays empty: who writes there does not know where
	 * the cursor is then. */
	view->columns--;
	top_look_hold(look, &p);
	top_frame_draw(&f, &p, view);
	top_look_let(look);
	rc = top_screen_draw(&f);
	top_frame_free(&f);
	return rc;
}

static void
choose(struct top_view *view, enum top_list list)
{
	view->list = view->list == list ? TOP_ALL : list;
	view->page = 0;
}

/* True: it was the one that quits. */
static bool
take_key(struct top_view *view, int key)
{
	switch (key) {
	case 'q': return true;
	case 'a': choose(view, TOP_ALARMS); break;
	case 'd': choose(view, TOP_DEVICES); break;
	case 'b': choose(view, TOP_BUSES); break;
	case ' ': view->page++; break;
	default: break;
	}
	return false;
}

/* A bit after each full second, so that the clock skips none. */
static int
until_next_second(void)
{
	return (int)(SECOND_MS - clock_wall_ms() % SECOND_MS) + 5;
}

/* Ends as a program does that the signal ended. */
static int
go_on_drawing(struct top_look *look)
{
	struct top_view view = {.keys = true};
	bool quit = false;

	top_screen_open();
	while (
	    !quit && top_screen_ended() == 0 && draw_screen(look, &view) == 0)
		quit = take_key(&view, top_screen_key(until_next_second()));
	top_screen_close();
	if (top_screen_ended() == 0 || top_screen_ended() == SIGINT)
		return quit || top_screen_ended() != 0 ? EXIT_DONE
						       : EXIT_FAILED;
	signal(top_screen_ended(), SIG_DFL);
	raise(top_screen_ended());
	return EXIT_FAILED;
}

/* ---- the command ---- */

static int
say_nobody(const char *store, const char *file)
{
	fprintf(stderr,
	    tongue("riser top: no gateway runs on the store %s; start it with "
		   "`riser run -c %s`, or as a service with `systemctl start "
		   "riser`\n",
		"riser top: 存储 %s 上没有网关在运行；可用 `riser run -c %s` "
		"启动，或作为服务：`systemctl start riser`\n"),
	    store, file);
	return EXIT_FAILED;
}

static int
show(const struct conf *c, const struct options *o)
{
	struct top_look *look = top_look_new(c->store.path);
	struct err err = {""};
	enum ask_result result = top_look_once(look, &err);
	bool live = !o->json && top_screen_is_there();

	if (result == ASK_NOBODY)
		return top_look_free(look), say_nobody(c->store.path, o->file);
	if (result != ASK_ANSWERED ||
	    (live && top_look_start(look, &err) == -1)) {
		fprintf(stderr, "riser top: %s\n", err.text);
		top_look_free(look);
		return EXIT_FAILED;
	}
	/* Who asks may be within a question that nobody answers: he is not
	 * waited for. */
	if (live)
		_exit(go_on_drawing(look));
	print_picture(look, o->json);
	top_look_free(look);
	return EXIT_DONE;
}

static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"lang", required_argument, NULL, 'l'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, ":c:", options, NULL)) != -1)
		switch (option) {
		case 'c': o->file = optarg; break;
		case 'j': o->json = true; break;
		case 'l':
			if (!tongue_choose(optarg))
				return value_error("top",
				    "--lang is zh or en, not \"%s\"", optarg);
			break;
		default: return usage_option("top", option, argv[optind - 1]);
		}
	if (optind < argc)
		return usage_error("top", "\"%s\" is too much", argv[optind]);
	if (o->file == NULL)
		return usage_error("top", "say which configuration: -c FILE");
	return EXIT_DONE;
}

int
command_top(int argc, char *argv[])
{
	struct options o = {0};
	struct conf *c;
	int code;

	tongue_set(NULL);
	code = parse(argc, argv, &o);
	if (code != EXIT_DONE)
		return code;
	c = conf_read(o.file, stderr);
	if (c == NULL)
		return EXIT_WRONG;
	setenv("TZ", c->site.timezone, 1);
	tzset();
	code = show(c, &o);
	conf_free(c);
	return code;
}
