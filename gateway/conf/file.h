/*
 * file.h - the files a configuration names: whole ones, folders and secrets
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

#include "gateway/base/arena.h"
#include "gateway/conf/walk.h"

/* All of a regular file of at most max bytes, NUL-terminated; the caller frees
 * it.  NULL with errno, EFBIG if it is larger. */
char *file_read(const char *path, size_t max, size_t *len);

/* The folder a file lies in: "." for a name without /. */
const char *file_dir(const char *file, struct arena *memory);

/* name itself if it is absolute, else below dir. */
const char *file_below(const char *dir, const char *name, struct arena *memory);

/* Where a secret of that name lies: an absolute path as it is, a relative one
 * in $CREDENTIALS_DIRECTORY (systemd) if it is there, else below dir. */
const char *file_place(const char *name, const char *dir, struct arena *memory);

/* Where the secret or certificate that n names lies, as above.  NULL if it
 * cannot be read, or if it is to be private and others may read it; told.  n is
 * a text, or NULL: NULL. */
const char *file_secret(
    struct walk *w, const struct node *n, const char *dir, bool private);

/* What stands in such a private file, one line break at its end cut; at most
 * 1 KiB. */
const char *file_password(
    struct walk *w, const struct node *n, const char *dir);

#endif
