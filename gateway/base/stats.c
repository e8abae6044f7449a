/*
 * stats.c - the figures that /metrics shows
 *
 * One list of series, sorted by name and then labels, so that printing it finds
 * the series of a name side by side.  Linear, for it is searched at start and
 * reload only: some hundreds of series.  A series is one atomic word, a count
 * or the bits of a double; adding to it takes no lock.
 *
 * The lock covers the list and the sources, and is held while sources print:
 * one that is gone is not being asked any more.
 */
#include "gateway/base/stats.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/json.h"
#include "gateway/base/process.h"
#include "gateway/base/utf8.h"

struct stat_series {
	struct stat_series *next;
	enum stat_type type;
	unsigned references;
	const char *name, *help; /* the caller's */
	char *labels;
	_Atomic uint64_t word;
};

struct source {
	struct source *next;
	void (*print)(struct buf *out, void *arg);
	void *arg;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stat_series *all_series;
static struct source *all_sources;

static int
compare(const struct stat_series *s, const char *name, const char *labels)
{
	int order = strcmp(s->name, name);

	return order != 0 ? order : strcmp(s->labels, labels);
}

/* Any series of that name, or NULL: its kin share type and help. */
static const struct stat_series *
find_kin(const char *name)
{
	const struct stat_series *s = all_series;

	while (s != NULL && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

static struct stat_series *
make_series(
    enum stat_type type, const char *name, const char *help, const char *labels)
{
	const struct stat_series *kin = find_kin(name);
	struct stat_series *s = must_alloc(1, sizeof(*s));

	assert(kin == NULL || kin->type == type);
	s->type = type;
	s->name = name;
	s->help = kin != NULL ? kin->help : help;
	s->labels = must_text(labels);
	return s;
}

struct stat_series *
stat_get(
    enum stat_type type, const char *name, const char *help, const char *labels)
{
	struct stat_series **at = &all_series, *s;

	pthread_mutex_lock(&lock);
	while (*at != NULL && compare(*at, name, labels) < 0)
		at = &(*at)->next;
	s = *at;
	if (s == NULL || compare(s, name, labels) != 0) {
		s = make_series(type, name, help, labels);
		s->next = *at;
		*at = s;
	}
	assert(s->type == type);
	s->references++;
	pthread_mutex_unlock(&lock);
	return s;
}

static void
remove_series(struct stat_series *s)
{
	struct stat_series **at = &all_series;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s->labels);
	free(s);
}

void
stat_put(struct stat_series *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&lock);
	assert(s->references > 0);
	if (--s->references == 0)
		remove_series(s);
	pthread_mutex_unlock(&lock);
}

void
stat_add(struct stat_series *s, uint64_t n)
{
	assert(s->type == STAT_COUNTER);
	atomic_fetch_add_explicit(&s->word, n, memory_order_relaxed);
}

void
stat_set(struct stat_series *s, double value)
{
	uint64_t bits;

	assert(s->type == STAT_GAUGE);
	memcpy(&bits, &value, sizeof(bits));
	atomic_store_explicit(&s->word, bits, memory_order_relaxed);
}

uint64_t
stat_count(const struct stat_series *s)
{
	assert(s->type == STAT_COUNTER);
	return atomic_load_explicit(&s->word, memory_order_relaxed);
}

double
stat_value(const struct stat_series *s)
{
	uint64_t bits = atomic_load_explicit(&s->word, memory_order_relaxed);
	double value;

	assert(s->type == STAT_GAUGE);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

void
stats_source(void (*print)(struct buf *out, void *arg), void *arg)
{
	struct source *s = must_alloc(1, sizeof(*s));
	struct source **end = &all_sources;

	*s = (struct source){.print = print, .arg = arg};
	pthread_mutex_lock(&lock);
	while (*end != NULL)
		end = &(*end)->next;
	*end = s;
	pthread_mutex_unlock(&lock);
}

void
stats_source_gone(void *arg)
{
	struct source **at = &all_sources;

	pthread_mutex_lock(&lock);
	while (*at != NULL) {
		struct source *s = *at;

		if (s->arg != arg) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s);
	}
	pthread_mutex_unlock(&lock);
}

/* Help texts need '\' and newline escaped, label values the quote too; bytes
 * that are not UTF-8 would make Prometheus refuse the whole page. */
static void
add_escaped(struct buf *out, const char *text, bool quoted)
{
	size_t left = strlen(text), n;

	for (; left > 0; text += n, left -= n) {
		n = utf8_char(text, left);
		if (n == 0) {
			n = 1;
			buf_puts(out, "?");
		} else if (*text == '\n') {
			buf_puts(out, "\\n");
		} else {
			if (*text == '\\' || (*text == '"' && quoted))
				buf_puts(out, "\\");
			buf_add(out, text, n);
		}
	}
}

static void
print_header(struct buf *out, const struct stat_series *s)
{
	buf_printf(out, "# HELP %s ", s->name);
	add_escaped(out, s->help, false);
	buf_printf(out, "\n# TYPE %s %s\n", s->name,
	    s->type == STAT_COUNTER ? "counter" : "gauge");
}

static void
print_gauge(struct buf *out, uint64_t bits)
{
	char digits[32];
	double value;

	memcpy(&value, &bits, sizeof(value));
	if (isfinite(value))
		json_digits_f64(digits, value);
	else
		strcpy(digits,
		    isnan(value)    ? "NaN"
			: value > 0 ? "+Inf"
				    : "-Inf");
	buf_puts(out, digits);
}

static void
print_series(struct buf *out, struct stat_series *s)
{
	uint64_t word = atomic_load_explicit(&s->word, memory_order_relaxed);

	buf_puts(out, s->name);
	if (s->labels[0] != '\0')
		buf_printf(out, "{%s}", s->labels);
	buf_puts(out, " ");
	if (s->type == STAT_COUNTER)
		buf_printf(out, "%" PRIu64, word);
	else
		print_gauge(out, word);
	buf_puts(out, "\n");
}

void
stats_print(struct buf *out)
{
	const char *name = "";

	pthread_mutex_lock(&lock);
	for (struct stat_series *s = all_series; s != NULL; s = s->next) {
		if (strcmp(s->name, name) != 0)
			print_header(out, s);
		name = s->name;
		print_series(out, s);
	}
	for (struct source *s = all_sources; s != NULL; s = s->next)
		s->print(out, s->arg);
	pthread_mutex_unlock(&lock);
	process_print(out);
}

void
stat_label(char *text, size_t size, const char *name, const char *value)
{
	size_t len = strlen(text);
	struct buf rest;

	assert(len < size);
	buf_fixed(&rest, text + len, size - len);
	buf_printf(&rest, "%s%s=\"", len > 0 ? "," : "", name);
	add_escaped(&rest, value, true);
	buf_puts(&rest, "\"");
	if (rest.full)
		text[len] = '\0';
}
