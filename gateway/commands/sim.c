/*
 * sim.c - riser sim: the estate of a configuration, simulated
 *
 * Without --seed a demonstration starts at the site's real time of day.  With
 * one it starts at eight in the morning, so that the values are a function of
 * seed and time since the start only.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/conf/conf.h"
#include "gateway/sim/sim.h"

#define HOUR_MS 3600000
#define SEEDED_START_MS (8 * (int64_t)HOUR_MS)

struct options {
	const char *file;
	bool seeded;
	struct sim_conf sim;
};

static volatile sig_atomic_t stopping;

static void
on_stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static bool
parse_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *out <= max;
}

static bool
parse_speed(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*out) && *out > 0;
}

static bool
parse_option(int option, struct options *o)
{
	uint64_t port = 0;

	switch (option) {
	case 'c': o->file = optarg; return true;
	case 's':
		o->seeded = true;
		return parse_number(optarg, UINT64_MAX, &o->sim.seed);
	case 'x': return parse_speed(optarg, &o->sim.speed);
	default:
		if (!parse_number(optarg, UINT16_MAX, &port))
			return false;
		o->sim.door_port = (int)port;
		return port > 0;
	}
}

/* Returns EXIT_DONE, or another code and has said why. */
static int
parse_options(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"speed", required_argument, NULL, 'x'},
	    {"doors", required_argument, NULL, 'd'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	*o = (struct options){.sim = {.seed = 1, .speed = 1}};
	while (
	    (option = getopt_long(argc, argv, "+:c:", options, NULL)) != -1) {
		const char *given = argv[optind - 1];

		if (option == '?' || option == ':')
			return usage_option("sim", option, given);
		if (!parse_option(option, o))
			return value_error("sim",
			    "\"%s\" is no such value: --seed 0.., --speed "
			    "0.001.., --doors 1..65535",
			    optarg);
	}
	if (o->file == NULL || optind != argc)
		return usage_error("sim", "say which configuration: -c FILE");
	return EXIT_DONE;
}

/* The site's own time of day, wherever this machine believes to be. */
static int64_t
site_day_ms(const struct conf *c)
{
	int64_t now_ms = clock_wall_ms();
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	if (c->site.timezone != NULL)
		setenv("TZ", c->site.timezone, 1);
	tzset();
	localtime_r(&now, &tm);
	return tm.tm_hour * HOUR_MS + tm.tm_min * 60000 + tm.tm_sec * 1000 +
	    now_ms % 1000;
}

static int
serve(const struct conf *c, const struct sim_conf *sc)
{
	struct sigaction stop = {.sa_handler = on_stop};
	struct err err;
	struct sim *s;

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	s = sim_open(c, sc, &err);
	if (s == NULL) {
		fprintf(stderr, "riser sim: %s\n", err.text);
		return EXIT_FAILED;
	}
	sim_print(s, stderr);
	while (!stopping)
		sim_turn(s, INT64_MAX);
	sim_close(s);
	return EXIT_DONE;
}

int
command_sim(int argc, char *argv[])
{
	struct options o;
	struct conf *c;
	struct err err;
	int code = parse_options(argc, argv, &o);

	if (code != EXIT_DONE)
		return code;
	c = conf_read(o.file, stderr);
	if (c == NULL)
		return EXIT_WRONG;
	o.sim.day_ms = o.seeded ? SEEDED_START_MS : site_day_ms(c);
	if (sim_check(c, &o.sim, &err) == 0) {
		code = serve(c, &o.sim);
	} else {
		fprintf(stderr, "riser sim: %s\n", err.text);
		code = EXIT_WRONG;
	}
	conf_free(c);
	return code;
}
