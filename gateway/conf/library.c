/*
 * library.c - the folders profiles are looked for in, and those already read
 *
 * A profile is read when the first device asks for it; one nobody asks for is
 * not opened, so a broken file of another model harms nobody.  The folders are
 * only listed when a name is not found, to say which one may have been meant.
 */
#include "gateway/conf/library.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/buf.h"
#include "gateway/conf/file.h"
#include "gateway/conf/near.h"
#include "gateway/conf/profile.h"
#include "gateway/conf/scalar.h"

#define FOLDERS_MAX 16
#define FILES_LISTED_MAX 2000 /* a folder of profiles has hundreds */
#define SUFFIX ".yaml"

struct entry {
	const char *name;
	const struct profile *profile; /* NULL: it has mistakes */
	struct entry *next;
};

struct library {
	struct walk *walk;
	struct kinds *kinds;
	struct arena *nodes; /* the profiles' trees */
	size_t folder_count;
	const char *folders[FOLDERS_MAX + 1];
	struct entry *entries;
};

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
add_folders(struct library *l, const char *dir, const struct node *list)
{
	struct walk *w = l->walk;

	if (!walk_is(w, list, NODE_LIST))
		return;
	for (const struct node *n = list->first; n; n = n->next) {
		const char *path;

		if (!walk_is(w, n, NODE_TEXT))
			continue;
		path = file_below(dir, n->text, w->memory);
		if (*n->text == '\0' || !is_folder(path))
			walk_refuse(w, n,
			    "is no folder; write one relative to "
			    "this file, or an absolute path");
		else if (l->folder_count == FOLDERS_MAX)
			walk_refuse(w, n,
			    "is one folder too many; write at "
			    "most %d",
			    FOLDERS_MAX);
		else
			l->folders[l->folder_count++] = path;
	}
}

struct library *
library_open(struct walk *w, struct kinds *kinds, const char *dir,
    const struct node *folders)
{
	struct library *l = arena_alloc(w->memory, sizeof(*l));

	l->walk = w;
	l->kinds = kinds;
	l->nodes = arena_new();
	if (folders)
		add_folders(l, dir, folders);
	else
		l->folders[l->folder_count++] =
		    file_below(dir, "profiles", w->memory);
	l->folders[l->folder_count++] =
	    file_below(conf_share_dir(), "profiles", w->memory);
	return l;
}

void
library_close(struct library *l)
{
	if (l)
		arena_free(l->nodes);
}

/* ---- a name that is not there ---- */

/* meter/schneider-pm5000 for FOLDER/meter/schneider-pm5000.yaml, or NULL. */
static const char *
name_of(struct walk *w, const FTSENT *e, size_t folder_len)
{
	size_t len = strlen(e->fts_path);
	char *name;

	if (e->fts_info != FTS_F || len < folder_len + sizeof(SUFFIX) ||
	    strcmp(e->fts_path + len - strlen(SUFFIX), SUFFIX) != 0)
		return NULL;
	name = arena_text(w->memory,
	    e->fts_path + folder_len + strspn(e->fts_path + folder_len, "/"));
	name[strlen(name) - strlen(SUFFIX)] = '\0';
	return name;
}

static void
try_folder(struct walk *w, const char *folder, struct near *near)
{
	char *const paths[] = {(char *)folder, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	int left = FILES_LISTED_MAX;
	const char *name;
	FTSENT *e;

	if (tree == NULL)
		return;
	while (left-- > 0 && (e = fts_read(tree)) != NULL)
		if ((name = name_of(w, e, strlen(folder))) != NULL)
			near_try(near, name);
	fts_close(tree);
}

static void
refuse_unknown(struct library *l, const struct node *n)
{
	struct near near = {.text = n->text};
	struct buf b = {0};

	for (size_t i = 0; i < l->folder_count; i++) {
		try_folder(l->walk, l->folders[i], &near);
		buf_printf(&b, "%s%s", i ? " and in " : "", l->folders[i]);
	}
	if (near.best)
		walk_refuse(l->walk, n, "is no profile%s",
		    walk_hint(l->walk, near.best));
	else
		walk_refuse(l->walk, n, "is no profile; looked for %s%s in %s",
		    n->text, SUFFIX, b.data);
	buf_free(&b);
}

/* ---- a name that is ---- */

static const struct profile *
read_file(struct library *l, const char *name, const char *file, char *bytes,
    size_t len)
{
	struct profile_text t = {
	    .file = file, .bytes = bytes, .len = len, .name = name};
	struct entry *e = arena_alloc(l->walk->memory, sizeof(*e));

	e->name = name;
	e->profile = profile_read(l->walk, &t, l->kinds, l->nodes);
	e->next = l->entries;
	l->entries = e;
	free(bytes);
	return e->profile;
}

static const struct profile *
find_file(struct library *l, const struct node *n)
{
	struct arena *memory = l->walk->memory;
	const char *name = arena_text_once(memory, n->text);
	char below[256];

	snprintf(below, sizeof(below), "%s%s", name, SUFFIX);
	for (size_t i = 0; i < l->folder_count; i++) {
		const char *file = file_below(l->folders[i], below, memory);
		size_t len;
		char *bytes = file_read(file, NODE_BYTES_MAX + 1, &len);

		if (bytes)
			return read_file(l, name, file, bytes, len);
		if (errno != ENOENT && errno != ENOTDIR) {
			walk_refuse(l->walk, n, "cannot be read at %s: %s",
			    file, strerror(errno));
			return NULL;
		}
	}
	refuse_unknown(l, n);
	return NULL;
}

const struct profile *
library_take(struct library *l, const struct node *n)
{
	if (n->kind != NODE_TEXT || scalar_path_name(n->text))
		return NULL; /* told when the key was read */
	for (struct entry *e = l->entries; e; e = e->next)
		if (strcmp(e->name, n->text) == 0)
			return e->profile;
	return find_file(l, n);
}

const struct kind *
library_kind(struct library *l, const char *name)
{
	return kinds_take(l->kinds, name);
}
