/*
 * scan.c - riser scan: who is on this line
 *
 * For the first visit: an adapter, devices with units nobody wrote down, a baud
 * rate nobody knows.  Only asks, as all of riser does.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/fit.h"
#include "gateway/commands/scan_show.h"
#include "gateway/commands/tongue.h"
#include "gateway/conf/url.h"

#define SERIAL_MS 150 /* a device's own time; slower ones are seen, too */
#define NET_MS 1000 /* a gateway waits for its line that long */
#define WORDS_MAX 16 /* of an identity, that an answer has to bring */
#define REDRAW_MS 100
#define COLUMNS_USUAL 80 /* the progress has no more to say */
#define LIST_MAX 8 /* bauds or parities */
#define PARITIES_MAX (SCAN_SETTINGS_MAX / LIST_MAX)

struct options {
	const char *url, *units, *bauds, *parities;
	bool json;
};

static struct scan *running; /* for the signal's handler */
static int64_t whole_ms, drawn_ms;

/* ---- settings ---- */

static int
refuse(const char *what, const char *why)
{
	return value_error("scan", "%s %s", what, why);
}

static int
add_setting(struct scan *s, const char *url)
{
	struct scan_setting *t = &s->settings[s->setting_count++];
	struct driver_request q = {.count = WORDS_MAX, .space = SPACE_HOLDING};
	const char *whys[URL_WHYS_MAX];
	size_t count = url_line(url, &t->line, whys);

	for (size_t i = 0; i < count; i++)
		refuse(url, whys[i]);
	if (count > 0)
		return EXIT_WRONG;
	if (driver_for(t->line.scheme) == NULL)
		return refuse(url, "has a scheme that no driver serves");
	if (snprintf(t->url, sizeof(t->url), "%s", url) >= SCAN_URL_MAX)
		return refuse(url, "is too long");
	t->line.timeout_ms = t->line.baud == 0 ? NET_MS
					       : SERIAL_MS +
		(uint32_t)(driver_for(t->line.scheme)->cost_us(&t->line, &q) /
		    1000);
	return EXIT_DONE;
}

static bool
has_setting(const struct scan *s, const char *url)
{
	for (size_t i = 0; i < s->setting_count; i++)
		if (strcmp(s->settings[i].url, url) == 0)
			return true;
	return false;
}

/* Splits at commas, in text; how many there are, of which LIST_MAX are kept. */
static size_t
split(char *text, const char *parts[LIST_MAX])
{
	size_t count = 0;

	while (text != NULL) {
		const char *part = strsep(&text, ",");

		if (count < LIST_MAX)
			parts[count] = part;
		count++;
	}
	return count;
}

static int
add_settings(
    struct scan *s, const struct driver_line *line, char *bauds, char *parities)
{
	const char *baud[LIST_MAX], *parity[LIST_MAX];
	size_t baud_count = split(bauds, baud);
	size_t parity_count = split(parities, parity);
	char url[SCAN_URL_MAX];

	if (baud_count > LIST_MAX || parity_count > PARITIES_MAX)
		return value_error("scan",
		    "%d baud rates and %d parities at most", LIST_MAX,
		    PARITIES_MAX);
	for (size_t i = 0; i < baud_count; i++)
		for (size_t k = 0; k < parity_count; k++) {
			snprintf(url, sizeof(url),
			    "rtu://%s?baud=%s&parity=%s&stop=%u", line->path,
			    baud[i], parity[k], line->stop_bits);
			if (!has_setting(s, url) &&
			    add_setting(s, url) != EXIT_DONE)
				return EXIT_WRONG;
		}
	return EXIT_DONE;
}

/* What the url says of them is not doubted, unless an option does. */
static int
add_serial(struct scan *s, const struct options *o)
{
	struct driver_line line = s->settings[0].line;
	const char *query = strchr(o->url, '?');
	char baud[16], parity[] = {line.parity, '\0'};
	char *bauds, *parities;
	int code;

	snprintf(baud, sizeof(baud), "%u", line.baud);
	bauds = must_text(o->bauds != NULL ? o->bauds
		: query != NULL && strstr(query, "baud=") != NULL
		? baud
		: "9600,19200");
	parities = must_text(o->parities != NULL ? o->parities
		: query != NULL && strstr(query, "parity=") != NULL ? parity
								    : "N,E");
	s->setting_count = 0;
	code = add_settings(s, &line, bauds, parities);
	free(bauds);
	free(parities);
	return code;
}

static int
take_settings(struct scan *s, const struct options *o)
{
	if (add_setting(s, o->url) != EXIT_DONE)
		return EXIT_WRONG;
	if (s->settings[0].line.path[0] != '\0')
		return add_serial(s, o);
	if (o->bauds != NULL || o->parities != NULL)
		return usage_error("scan",
		    "--bauds and --parities are for a port of this machine "
		    "(rtu://); a server has its line's settings itself");
	return EXIT_DONE;
}

static int
take_units(struct scan *s, const struct options *o)
{
	bool serial = s->settings[0].line.baud != 0;
	/* One that is no gateway may be 255, or 0 (Messaging on TCP/IP
	 * Implementation Guide, 4.4.2). */
	const char *text = o->units != NULL ? o->units
	    : serial			    ? "1-247"
					    : "1-247,255,0";
	const char *why = scan_units_read(
	    text, serial ? 1 : 0, serial ? 247 : 255, &s->units);

	return why == NULL ? EXIT_DONE : refuse(text, why);
}

/* ---- scanning ---- */

static void
on_signal(int signal_number)
{
	(void)signal_number;
	running->stop = 1;
}

/* A second one ends it as it ends any other program. */
static void
catch_signals(struct scan *s)
{
	struct sigaction act = {
	    .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	running = s;
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

/* One that is wider than the terminal could not be drawn over; and the last
 * column stays empty. */
static size_t
line_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return COLUMNS_USUAL - 1;
	return size.ws_col < COLUMNS_USUAL ? size.ws_col - 1u
					   : COLUMNS_USUAL - 1;
}

static void
show_progress(const struct scan *s)
{
	int64_t now_ms = clock_mono_ms();
	struct buf b = {0}, line = {0};

	if (now_ms < drawn_ms + REDRAW_MS)
		return;
	drawn_ms = now_ms;
	scan_show_progress(s, whole_ms, &b);
	fit_put(&line, b.data, line_columns(), false);
	fprintf(stderr, "\r%s", line.data);
	buf_free(&b);
	buf_free(&line);
}

static void
run(struct scan *s, const char *url)
{
	bool seen = isatty(STDERR_FILENO) == 1;

	scan_prepare(s);
	whole_ms = scan_left_ms(s);
	scan_show_intent(s, url, stderr);
	catch_signals(s);
	scan_run(s, seen ? show_progress : NULL);
	if (seen)
		fputs("\r\033[K", stderr);
}

static void
print(const struct scan *s, const struct options *o)
{
	struct buf b = {0};

	if (o->json) {
		scan_json(s, o->url, &b);
		puts(b.data);
	} else if (s->found_count > 0) {
		scan_show_found(s, stdout);
		scan_yaml(s, &b);
		printf("\n%s", b.data);
	}
	buf_clear(&b);
	scan_troubles(s, &b);
	fflush(stdout);
	if (b.len > 0)
		fprintf(stderr, "%s", b.data);
	buf_free(&b);
}

static int
scan(struct scan *s, const struct options *o)
{
	int code = take_settings(s, o);

	if (code == EXIT_DONE)
		code = take_units(s, o);
	if (code != EXIT_DONE)
		return code;
	run(s, o->url);
	print(s, o);
	if (scan_failed(s)) {
		fprintf(stderr, "riser scan: %s\n", s->why);
		return EXIT_FAILED;
	}
	if (s->found_count > 0)
		return EXIT_DONE;
	scan_show_nobody(s, stderr);
	return EXIT_WRONG;
}

static int
parse_options(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"units", required_argument, NULL, 'u'},
	    {"bauds", required_argument, NULL, 'b'},
	    {"parities", required_argument, NULL, 'p'},
	    {"json", no_argument, NULL, 'j'},
	    {"lang", required_argument, NULL, 'l'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1)
		switch (option) {
		case 'u': o->units = optarg; break;
		case 'b': o->bauds = optarg; break;
		case 'p': o->parities = optarg; break;
		case 'j': o->json = true; break;
		case 'l':
			if (!tongue_choose(optarg))
				return value_error("scan",
				    "--lang is zh or en, not \"%s\"", optarg);
			break;
		default: return usage_option("scan", option, argv[optind - 1]);
		}
	if (optind + 1 != argc)
		return usage_error("scan", "say which line: one URL");
	o->url = argv[optind];
	return EXIT_DONE;
}

int
command_scan(int argc, char *argv[])
{
	struct options o = {0};
	char installed[4096];
	const char *folders[] = {
	    "profiles", "/etc/riser/profiles", installed, NULL};
	struct scan_known *known;
	struct scan *s;
	int code;

	tongue_set(NULL);
	code = parse_options(argc, argv, &o);
	if (code != EXIT_DONE)
		return code;
	snprintf(installed, sizeof(installed), "%s/profiles", conf_share_dir());
	known = scan_known_read(folders);
	s = scan_new(known);
	code = scan(s, &o);
	scan_free(s);
	scan_known_free(known);
	return code;
}
