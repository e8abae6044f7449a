/*
 * home.c - the folder a journal lives in, and the lock that keeps others out
 */
#include "gateway/store/home.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int
open_folder(const char *store, const char *name, struct err *err)
{
	int outer, dir;

	if (mkdir(store, 0700) == -1 && errno != EEXIST)
		return err_set(err, "store: %s: %s", store, strerror(errno));
	outer = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (outer == -1)
		return err_set(err, "store: %s: %s", store, strerror(errno));
	if (mkdirat(outer, name, 0700) == 0)
		fsync(outer);
	else if (errno != EEXIST) {
		err_set(err, "store: %s/%s: %s", store, name, strerror(errno));
		close(outer);
		return -1;
	}
	dir = openat(outer, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		err_set(err, "store: %s/%s: %s", store, name, strerror(errno));
	close(outer);
	return dir;
}

static int
open_lock(struct home *h)
{
	int fd = openat(h->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd != -1 || errno != EROFS)
		return fd;
	h->read_only = true;
	return openat(h->dir, "lock", O_RDONLY | O_CLOEXEC);
}

/* Keeps a second gateway out. */
static int
take_lock(struct home *h, const char *store, const char *name, struct err *err)
{
	h->lock = open_lock(h);
	if (h->lock != -1 && flock(h->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (h->lock != -1 && errno == EWOULDBLOCK)
		return err_set(err,
		    "store: %s is in use by another riser: stop that one, or "
		    "give this one a store of its own",
		    store);
	return err_set(
	    err, "store: %s/%s/lock: %s", store, name, strerror(errno));
}

int
home_open(struct home *h, const char *store, const char *name, struct err *err)
{
	*h = (struct home){.dir = -1, .lock = -1};
	h->dir = open_folder(store, name, err);
	if (h->dir == -1)
		return -1;
	return take_lock(h, store, name, err);
}

void
home_close(struct home *h)
{
	if (h->lock > 0)
		close(h->lock);
	if (h->dir > 0)
		close(h->dir);
	h->lock = h->dir = -1;
}
