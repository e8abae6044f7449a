/* scan_known.c - see scan_known.h */
#include "gateway/commands/scan_known.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/identity.h"

#define FILES_MAX 2000 /* a folder of profiles has hundreds */
#define SUFFIX ".yaml"

bool
scan_place_same(const struct scan_place *a, const struct scan_place *b)
{
	return a->space == b->space && a->address == b->address &&
	    a->count == b->count;
}

static struct scan_place
place_of(const struct conf_profile *p)
{
	return (struct scan_place){
	    p->identity.space, p->identity.address, p->identity.count};
}

/* ---- reading ---- */

struct reading_state {
	struct scan_known *known;
	FILE *nowhere; /* mistakes: `riser check` tells them */
	size_t name_count;
	const char *names[FILES_MAX]; /* seen, with an identity or not */
};

static void
add_place(struct scan_known *k, struct scan_place place)
{
	for (size_t i = 0; i < k->place_count; i++)
		if (scan_place_same(&k->places[i], &place))
			return;
	k->places =
	    must_grow(k->places, k->place_count + 1, sizeof(*k->places));
	k->places[k->place_count++] = place;
}

static bool
is_seen(const struct reading_state *s, const char *name)
{
	for (size_t i = 0; i < s->name_count; i++)
		if (strcmp(s->names[i], name) == 0)
			return true;
	return false;
}

static void
add_profile(struct reading_state *s, const struct conf_profile *p)
{
	struct scan_known *k = s->known;

	if (is_seen(s, p->name) || s->name_count == FILES_MAX)
		return;
	s->names[s->name_count++] = p->name;
	if (!p->identity.wanted) {
		k->other_count++;
		return;
	}
	k->profiles =
	    must_grow(k->profiles, k->profile_count + 1, sizeof(*k->profiles));
	k->profiles[k->profile_count++] = p;
	add_place(k, place_of(p));
}

static void
read_file(struct reading_state *s, const char *file)
{
	struct scan_known *k = s->known;
	struct arena *memory;
	const struct conf_profile *p =
	    conf_read_profile(file, s->nowhere, &memory);

	k->memories =
	    must_grow(k->memories, k->memory_count + 1, sizeof(*k->memories));
	k->memories[k->memory_count++] = memory;
	if (p != NULL)
		add_profile(s, p);
	else if (k->broken_count++ == 0)
		k->broken = must_text(file);
}

static bool
is_profile(const FTSENT *e)
{
	size_t len = e->fts_namelen;

	return e->fts_info == FTS_F && len > strlen(SUFFIX) &&
	    strcmp(e->fts_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static void
read_folder(struct reading_state *s, const char *folder)
{
	char *const paths[] = {(char *)folder, NULL};
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	int left = FILES_MAX;
	FTSENT *e;

	if (tree == NULL)
		return;
	while (left-- > 0 && (e = fts_read(tree)) != NULL)
		if (is_profile(e))
			read_file(s, e->fts_path);
	fts_close(tree);
}

static int
by_name(const void *pa, const void *pb)
{
	const struct conf_profile *const *a = pa, *const *b = pb;

	return strcmp((*a)->name, (*b)->name);
}

struct scan_known *
scan_known_read(const char *const folders[])
{
	struct reading_state *s = must_alloc(1, sizeof(*s));
	struct scan_known *k = must_alloc(1, sizeof(*k));

	s->known = k;
	s->nowhere = fopen("/dev/null", "w");
	for (size_t i = 0; folders[i] != NULL && s->nowhere != NULL; i++)
		read_folder(s, folders[i]);
	if (s->nowhere != NULL)
		fclose(s->nowhere);
	if (k->profile_count > 0)
		qsort(k->profiles, k->profile_count, sizeof(*k->profiles),
		    by_name);
	free(s);
	return k;
}

void
scan_known_free(struct scan_known *k)
{
	for (size_t i = 0; i < k->memory_count; i++)
		arena_free(k->memories[i]);
	free(k->memories);
	free(k->broken);
	free(k->profiles);
	free(k->places);
	free(k);
}

/* ---- knowing ---- */

bool
scan_known_fits(const struct conf_profile *p, const struct scan_place *place,
    const struct driver_reply *reply)
{
	struct scan_place wanted = place_of(p);
	char why[IDENTITY_WHY];

	return scan_place_same(&wanted, place) &&
	    identity_judge(p, reply->words, 0, why);
}
