/*
 * fuzz_yaml.c - any bytes as riser.yaml and as a profile, and what must hold
 *
 * A reading gives either a configuration or sentences, never both and never
 * neither; each sentence is one line with a place; and what is good can be
 * planned, listed and warned about.  The first byte of an input is thrown away
 * as a choice: even is a riser.yaml, odd a profile.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/conf/profile.h"
#include "gateway/poll/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each line names a file, but the last, which may count what was left out; no
 * byte of the input could move a terminal's cursor. */
static void
judge_sentences(const char *told)
{
	const char *end;

	for (const char *p = told; *p; p = end + 1) {
		end = strchr(p, '\n');
		assert(end != NULL);
		assert(memmem(p, (size_t)(end - p), ".yaml:", 6) ||
		    strncmp(p, "and ", 4) == 0);
	}
	for (const char *p = told; *p; p++)
		assert((unsigned char)*p >= ' ' || *p == '\n');
}

static void
use(const struct conf *c, FILE *out)
{
	struct catalog *names = conf_catalog(c);

	assert(names->device_count == c->device_count + 1); /* riser itself */
	conf_warn(c, out);
	for (size_t i = 0; i < c->bus_count; i++) {
		struct plan *p = conf_plan(c, i);

		assert(conf_load(c, i, p) >= 0);
		plan_free(p);
	}
	catalog_unref(names);
}

static void
read_conf(const char *bytes, size_t len, FILE *out)
{
	struct conf *c = conf_read_text("f.yaml", bytes, len, out);

	fflush(out);
	if (c == NULL)
		return;
	assert(ftell(out) == 0);
	use(c, out);
	conf_free(c);
}

/* One request can bring all that the point needs. */
static void
judge_point(const struct conf_profile *p, const struct conf_point *point)
{
	assert(point->address + point->count <= 65536);
	assert(point->first <= point->address);
	assert(point->first + point->span >= point->address + point->count);
	assert(point->span <= p->max_read || point->space == SPACE_COIL ||
	    point->space == SPACE_DISCRETE);
}

static void
read_profile(const char *bytes, size_t len, FILE *out)
{
	struct profile_text t = {.file = "f.yaml", .bytes = bytes, .len = len};
	struct walk w = {.diag = diag_new(), .memory = arena_new()};
	struct kinds *kinds = kinds_open(&w);
	struct arena *nodes = arena_new();
	struct profile *profile = profile_read(&w, &t, kinds, nodes);
	const struct conf_profile *p = profile ? &profile->conf : NULL;

	diag_print(w.diag, out);
	fflush(out);
	assert((p != NULL) == (ftell(out) == 0));
	for (size_t i = 0; p && i < p->point_count; i++)
		judge_point(p, &p->points[i]);
	kinds_close(kinds);
	arena_free(nodes);
	arena_free(w.memory);
	diag_free(w.diag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *told = NULL;
	size_t told_len;
	FILE *out;

	if (size == 0)
		return 0;
	out = open_memstream(&told, &told_len);
	if (data[0] % 2 == 0)
		read_conf((const char *)data + 1, size - 1, out);
	else
		read_profile((const char *)data + 1, size - 1, out);
	fclose(out);
	judge_sentences(told);
	free(told);
	return 0;
}
