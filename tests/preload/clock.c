/*
 * clock.c - preloaded by scenarios: the file TEST_SYNCED says whether the clock
 * is synchronised (it begins with a 1) or not, whatever the machine's own says
 *
 * What it replaces is what clockwatch.c asks; and libfaketime's
 * clock_nanosleep, which does not sleep at all until a monotonic time, so it
 * must be named before libfaketime.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static int
is_synced(void)
{
	const char *file = getenv("TEST_SYNCED");
	int fd = file == NULL ? -1 : open(file, O_RDONLY | O_CLOEXEC);
	char said = '0';

	if (fd == -1 || read(fd, &said, 1) != 1)
		said = '0';
	if (fd != -1)
		close(fd);
	return said == '1';
}

int
access(const char *path, int mode)
{
	if (strcmp(path, "/run/systemd/timesync/synchronized") != 0)
		return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
	errno = ENOENT;
	return is_synced() ? 0 : -1;
}

int
adjtimex(struct timex *t)
{
	t->status = is_synced() ? 0 : STA_UNSYNC;
	return is_synced() ? TIME_OK : TIME_ERROR;
}

int
clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
    struct timespec *left)
{
	return syscall(SYS_clock_nanosleep, clock, flags, until, left) == -1
	    ? errno
	    : 0;
}
