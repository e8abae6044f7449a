/*
 * pty.c - a serial line that is not there
 *
 * The simulator holds both ends.  Without the second one the first would say
 * EIO as soon as a master closes, until the next one opens.  What nobody reads
 * stays in the line, as in a serial port's buffer: masters flush.
 */
#include "gateway/sim/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define IDLE_SPEED B50 /* what no master sets */

/* Where the link at path leads, "" if it is none. */
static void
link_target(const char *path, char target[PATH_MAX])
{
	ssize_t n = readlink(path, target, PATH_MAX - 1);

	target[n < 0 ? 0 : n] = '\0';
}

/* Whether the path is free or may be made so; frees it. */
static int
clear_path(const char *path, struct err *err)
{
	char target[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT
		    ? 0
		    : err_set(err, "%s: %s", path, strerror(errno));
	if (!S_ISLNK(st.st_mode))
		return err_set(err,
		    "%s is there already and is no link: a simulated line "
		    "replaces only a link to a pseudo terminal or to nothing",
		    path);
	link_target(path, target);
	if (strncmp(target, "/dev/pts/", 9) != 0 && stat(path, &st) == 0)
		return err_set(err,
		    "%s leads to %s: a simulated line replaces only a link to "
		    "a pseudo terminal or to nothing",
		    path, target);
	if (unlink(path) == -1)
		return err_set(err, "remove %s: %s", path, strerror(errno));
	return 0;
}

static int
make_folders(const char *path, struct err *err)
{
	char folder[PATH_MAX];

	for (const char *p = path; (p = strchr(p + 1, '/')) != NULL;) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(p - path), path);
		if (mkdir(folder, 0755) == -1 && errno != EEXIST)
			return err_set(
			    err, "make %s: %s", folder, strerror(errno));
	}
	return 0;
}

static bool
make_pty(struct pty *p)
{
	struct termios raw;

	p->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (p->fd == -1 || grantpt(p->fd) == -1 || unlockpt(p->fd) == -1 ||
	    ptsname_r(p->fd, p->node, sizeof(p->node)) != 0)
		return false;
	p->line = open(p->node, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->line == -1 || tcgetattr(p->line, &raw) == -1)
		return false;
	cfmakeraw(&raw);
	cfsetspeed(&raw, IDLE_SPEED);
	return tcsetattr(p->line, TCSANOW, &raw) == 0;
}

int
pty_open(struct pty *p, const char *path, struct err *err)
{
	*p = (struct pty){.fd = -1, .line = -1};
	if (strlen(path) >= sizeof(p->link))
		return err_set(err, "%s: the path is too long", path);
	if (!make_pty(p))
		return err_set(
		    err, "pseudo terminal for %s: %s", path, strerror(errno));
	if (make_folders(path, err) == -1 || clear_path(path, err) == -1)
		return -1;
	if (symlink(p->node, path) == -1)
		return err_set(err, "link %s: %s", path, strerror(errno));
	strcpy(p->link, path);
	return 0;
}

void
pty_forget(struct pty *p)
{
	struct termios t;

	if (tcgetattr(p->line, &t) == -1 || cfgetospeed(&t) == IDLE_SPEED)
		return;
	cfsetspeed(&t, IDLE_SPEED);
	tcsetattr(p->line, TCSANOW, &t);
}

void
pty_close(struct pty *p)
{
	char target[PATH_MAX];

	link_target(p->link, target);
	if (p->link[0] != '\0' && strcmp(target, p->node) == 0)
		unlink(p->link);
	if (p->line != -1)
		close(p->line);
	if (p->fd != -1)
		close(p->fd);
	*p = (struct pty){.fd = -1, .line = -1};
}
