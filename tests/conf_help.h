/*
 * conf_help.h - texts and folders for the tests of conf/
 *
 * The texts are read as if they stood in config/, so the profiles of the
 * project are found beside them.
 */
#ifndef CONF_HELP_H
#define CONF_HELP_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/conf/conf.h"

#define HERE "config/t.yaml"

/* Four lines that every configuration may begin with. */
#define HEAD                                                                   \
	"site: {id: s}\n"                                                      \
	"buses:\n"                                                             \
	"  - {id: net, url: \"tcp://127.0.0.1:502\"}\n"                        \
	"  - {id: line, url: \"rtu:///dev/serial/by-id/a\"}\n"

/* Line 5 is "devices:", 6 the first device. */
#define METER "profile: meter/schneider-pm5000"
#define WATER "profile: water/pressure-generic-a"
#define LIFT "profile: elevator/generic-gbt24476"

#define DEVICES HEAD "devices:\n"
#define ONE DEVICES "  - {id: tx-1, " METER ", bus: net, unit: 1}\n"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static char *told; /* by the last reading; freed by the next */

__attribute__((unused)) static struct conf *
read_text(const char *text)
{
	size_t size;
	FILE *out;
	struct conf *c;

	free(told);
	out = open_memstream(&told, &size);
	c = conf_read_text(HERE, text, strlen(text), out);
	fclose(out);
	return c;
}

__attribute__((unused)) static struct conf *
read_good(const char *text)
{
	struct conf *c = read_text(text);

	ck_assert_msg(c != NULL, "%s", told);
	return c;
}

__attribute__((unused)) static void
forget_told(void)
{
	free(told);
	told = NULL;
}

__attribute__((unused)) static size_t
told_lines(void)
{
	size_t lines = 0;

	for (const char *p = told; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	return lines;
}

/* The one mistake stands at place ("3:12"), and its sentence has this piece. */
__attribute__((unused)) static void
assert_told(const char *file, const char *place, const char *piece)
{
	char head[128];

	snprintf(head, sizeof(head), "%s:%s: ", file, place);
	ck_assert_msg(strncmp(told, head, strlen(head)) == 0 &&
		strstr(told, piece) && told_lines() == 1,
	    "told\n%sinstead of one\n%s ... %s ...", told, head, piece);
}

/* ---- files ---- */

static char dir[] = "/tmp/riser-conf-XXXXXX";

/* A file below dir; its path lives until the next call. */
__attribute__((unused)) static const char *
put(const char *name, const char *text, mode_t mode)
{
	static char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

__attribute__((unused)) static void
make_dir(void)
{
	char below[64];

	strcpy(dir, "/tmp/riser-conf-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(below, sizeof(below), "%s/profiles", dir);
	ck_assert_int_eq(mkdir(below, 0700), 0);
}

__attribute__((unused)) static void
remove_dir(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
	unsetenv("CREDENTIALS_DIRECTORY");
	forget_told();
}

__attribute__((unused)) static struct conf *
read_file(const char *file)
{
	size_t size;
	FILE *out;
	struct conf *c;

	free(told);
	out = open_memstream(&told, &size);
	c = conf_read(file, out);
	fclose(out);
	return c;
}

/* The configuration with profiles/p.yaml. */
__attribute__((unused)) static struct conf *
read_with(const char *profile, const char *conf)
{
	struct conf *c;

	put("profiles/p.yaml", profile, 0600);
	c = read_file(put("riser.yaml", conf, 0600));
	ck_assert_msg(c != NULL, "%s", told);
	return c;
}

#endif
