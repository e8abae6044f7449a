/*
 * file.c - the files a configuration names: whole ones, folders and secrets
 *
 * systemd gives credentials as files of root with mode 0440 or 0400 in a folder
 * that only the service can enter, so what lies there is private whatever its
 * mode says.
 */
#include "gateway/conf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_MAX 1024 /* bytes; brokers take far less */

static char *
read_all(int fd, size_t max, size_t *len)
{
	char *bytes = must_alloc(1, max + 2);
	ssize_t n;

	*len = 0;
	while ((n = read(fd, bytes + *len, max + 1 - *len)) > 0)
		*len += (size_t)n;
	if (n == 0 && *len <= max) {
		bytes[*len] = '\0';
		return bytes;
	}
	if (n == 0)
		errno = EFBIG;
	free(bytes);
	return NULL;
}

char *
file_read(const char *path, size_t max, size_t *len)
{
	struct stat st;
	char *bytes = NULL;
	int fd, saved;

	/* O_NONBLOCK: a fifo without a writer must not hold us. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode))
			bytes = read_all(fd, max, len);
		else
			errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return bytes;
}

const char *
file_dir(const char *file, struct arena *memory)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return ".";
	return arena_part_once(
	    memory, file, slash == file ? 1 : (size_t)(slash - file));
}

const char *
file_below(const char *dir, const char *name, struct arena *memory)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path;

	if (*name == '/' || strcmp(dir, ".") == 0)
		return arena_text_once(memory, name);
	path = arena_alloc(memory, size);
	snprintf(path, size, "%s%s%s", dir,
	    dir[strlen(dir) - 1] == '/' ? "" : "/", name);
	return path;
}

/* ---- secrets ---- */

static bool
is_credential(const char *path)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char real_dir[PATH_MAX], real_path[PATH_MAX];
	size_t len;

	if (dir == NULL || !realpath(dir, real_dir) ||
	    !realpath(path, real_path))
		return false;
	len = strlen(real_dir);
	return strncmp(real_path, real_dir, len) == 0 && real_path[len] == '/';
}

const char *
file_place(const char *name, const char *dir, struct arena *memory)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	const char *path;

	if (credentials && *name != '/') {
		path = file_below(credentials, name, memory);
		if (access(path, F_OK) == 0)
			return path;
	}
	return file_below(dir, name, memory);
}

const char *
file_secret(struct walk *w, const struct node *n, const char *dir, bool private)
{
	struct stat st;
	const char *path;

	if (n == NULL)
		return NULL;
	path = file_place(n->text, dir, w->memory);
	if (stat(path, &st) == -1 || access(path, R_OK) == -1)
		walk_refuse(w, n,
		    "cannot be read at %s: %s; name a file that "
		    "riser's user may read",
		    path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		walk_refuse(w, n, "is no regular file; name a file");
	else if (private && (st.st_mode & 077) && !is_credential(path))
		walk_refuse(w, n,
		    "may be read by others (mode %04o); run "
		    "chmod 600 %s",
		    st.st_mode & 07777u, path);
	else
		return path;
	return NULL;
}

static const char *
password_fault(char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len == 0)
		return "is empty; put the secret into it";
	if (strlen(text) != len || strpbrk(text, "\r\n"))
		return "is more than one line of text; put only the secret "
		       "into it";
	return NULL;
}

const char *
file_password(struct walk *w, const struct node *n, const char *dir)
{
	const char *path = file_secret(w, n, dir, true);
	const char *password = NULL, *why;
	char *text;
	size_t len;

	if (path == NULL)
		return NULL;
	text = file_read(path, PASSWORD_MAX, &len);
	if (text == NULL) {
		walk_refuse(w, n,
		    "cannot be read: %s; a secret has at most "
		    "%d bytes",
		    strerror(errno), PASSWORD_MAX);
		return NULL;
	}
	if ((why = password_fault(text, len)) != NULL)
		walk_refuse(w, n, "%s", why);
	else
		password = arena_text(w->memory, text);
	explicit_bzero(text, len);
	free(text);
	return password;
}
