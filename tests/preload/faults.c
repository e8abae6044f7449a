/*
 * faults.c - a disk and a name server that fail when they are told to
 *
 * For LD_PRELOAD.  Calls that change something below the folder FAULTS_DIR, and
 * look-ups of names, go wrong as the file FAULTS_FILE says at that moment,
 * which may be rewritten under the running program; one fault a line:
 *
 *	write EIO	a call of this class fails with EIO (ENOSPC, EROFS) ..
 *	write short	.. writes half of what it was given (a disk that fills)
 *	sync delay 3000	.. is done that many ms late
 *	kill 17 before	the 17th call of any class is the program's last:
 *	kill 17 half	SIGKILL comes before it, or when half of a write is on
 *	kill 17 after	disk, or behind it
 *
 * The classes are write (also making room ahead, and cutting), sync, create
 * (opening for writing, too, and folders), rename, remove and resolve.  If
 * FAULTS_LOG names a file each call's name is written to it, one a line.
 *
 * A call is known by the path its descriptor has in /proc, so nothing is kept
 * here but the count.  Half a write goes past O_DIRECT, so that it may end
 * within a sector.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum verdict { GO_ON, FAIL, HALF, DIE_HALF, DIE_AFTER };

static atomic_ulong calls;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* ---- whose call it is ---- */

static bool
below(const char *path)
{
	const char *dir = getenv("FAULTS_DIR");
	size_t length = dir == NULL ? 0 : strlen(dir);

	return length > 0 && strncmp(path, dir, length) == 0;
}

static bool
ours(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return below(path);
}

static bool
ours_at(int dir, const char *path)
{
	return path[0] == '/' ? below(path) : dir != AT_FDCWD && ours(dir);
}

/* ---- what is to become of it ---- */

static size_t
orders(char *text, size_t size)
{
	const char *path = getenv("FAULTS_FILE");
	int fd = path == NULL
	    ? -1
	    : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? 0 : read(fd, text, size - 1);

	if (fd != -1)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void
note(const char *name)
{
	const char *path = getenv("FAULTS_LOG");
	int fd = path == NULL ? -1
			      : (int)syscall(SYS_openat, AT_FDCWD, path,
				    O_WRONLY | O_APPEND | O_CREAT, 0600);
	char line[64];
	int length = snprintf(line, sizeof(line), "%s\n", name);

	if (fd == -1)
		return;
	syscall(SYS_write, fd, line, (size_t)length);
	close(fd);
}

static int
number_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].number;
	return 0;
}

static void
sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) == -1 && errno == EINTR)
		;
}

static void
die(void)
{
	kill(getpid(), SIGKILL);
	pause();
}

static enum verdict
kill_due(const char *when, unsigned long at, unsigned long now)
{
	if (at != now)
		return GO_ON;
	if (strcmp(when, "before") == 0)
		die();
	return strcmp(when, "half") == 0 ? DIE_HALF : DIE_AFTER;
}

static enum verdict
judge(const char *class, const char *name)
{
	char text[512], *rest = NULL;
	unsigned long now = atomic_fetch_add(&calls, 1) + 1;
	enum verdict v = GO_ON;

	note(name);
	orders(text, sizeof(text));
	for (char *line = strtok_r(text, "\n", &rest);
	     line != NULL && v == GO_ON; line = strtok_r(NULL, "\n", &rest)) {
		char who[16] = "", what[16] = "", arg[16] = "";

		sscanf(line, "%15s %15s %15s", who, what, arg);
		if (strcmp(who, "kill") == 0) {
			v = kill_due(arg, strtoul(what, NULL, 10), now);
		} else if (strcmp(who, class) != 0) {
			continue;
		} else if (strcmp(what, "delay") == 0) {
			sleep_ms(strtol(arg, NULL, 10));
		} else if (strcmp(what, "short") == 0) {
			v = HALF;
		} else {
			errno = number_of(what);
			v = FAIL;
		}
	}
	return v;
}

static int
finish(enum verdict v, int rc)
{
	if (v == DIE_AFTER || v == DIE_HALF)
		die();
	return rc;
}

/* ---- the calls ---- */

/* As much as a full disk takes, past what O_DIRECT asks for. */
static ssize_t
write_half(int fd, const void *bytes, size_t length, off_t at)
{
	char link[64];
	int plain;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	plain = (int)syscall(SYS_openat, AT_FDCWD, link, O_WRONLY | O_CLOEXEC);
	n = plain == -1 ? -1
			: syscall(SYS_pwrite64, plain, bytes, length / 2, at);
	if (plain != -1)
		close(plain);
	return n;
}

ssize_t
pwrite(int fd, const void *bytes, size_t length, off_t at)
{
	enum verdict v = ours(fd) ? judge("write", "pwrite64") : GO_ON;
	ssize_t n;

	if (v == FAIL)
		return -1;
	if (v == HALF || v == DIE_HALF) {
		n = write_half(fd, bytes, length, at);
		finish(v, 0);
		return n;
	}
	n = REAL(pwrite)(fd, bytes, length, at);
	finish(v, 0);
	return n;
}

ssize_t
pwrite64(int fd, const void *bytes, size_t length, off_t at)
{
	return pwrite(fd, bytes, length, at);
}

ssize_t
write(int fd, const void *bytes, size_t length)
{
	enum verdict v = ours(fd) ? judge("write", "write") : GO_ON;
	ssize_t n;

	if (v == FAIL)
		return -1;
	n = REAL(write)(
	    fd, bytes, v == HALF || v == DIE_HALF ? length / 2 : length);
	finish(v, 0);
	return n;
}

int
fallocate(int fd, int mode, off_t at, off_t length)
{
	enum verdict v = ours(fd) ? judge("write", "fallocate") : GO_ON;

	if (v == HALF)
		errno = ENOSPC;
	return v == FAIL || v == HALF
	    ? -1
	    : finish(v, REAL(fallocate)(fd, mode, at, length));
}

int
posix_fallocate(int fd, off_t at, off_t length)
{
	enum verdict v = ours(fd) ? judge("write", "fallocate") : GO_ON;

	if (v == HALF)
		return ENOSPC;
	return v == FAIL ? errno
			 : finish(v, REAL(posix_fallocate)(fd, at, length));
}

int
ftruncate(int fd, off_t length)
{
	enum verdict v = ours(fd) ? judge("write", "ftruncate") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(ftruncate)(fd, length));
}

int
ftruncate64(int fd, off_t length)
{
	return ftruncate(fd, length);
}

int
fdatasync(int fd)
{
	enum verdict v = ours(fd) ? judge("sync", "fdatasync") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(fdatasync)(fd));
}

int
fsync(int fd)
{
	enum verdict v = ours(fd) ? judge("sync", "fsync") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(fsync)(fd));
}

static bool
changes(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
}

static int
open_judged(int dir, const char *path, int flags, mode_t mode)
{
	enum verdict v = changes(flags) && ours_at(dir, path)
	    ? judge("create", "openat")
	    : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(openat)(dir, path, flags, mode));
}

/* What stands behind flags only where a file may be made. */
static mode_t
mode_of(int flags, va_list args)
{
	return (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_judged(dir, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_judged(AT_FDCWD, path, flags, mode);
}

int
openat64(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_judged(dir, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_judged(AT_FDCWD, path, flags, mode);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	enum verdict v =
	    ours_at(dir, path) ? judge("create", "mkdirat") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(mkdirat)(dir, path, mode));
}

int
mkdir(const char *path, mode_t mode)
{
	enum verdict v = below(path) ? judge("create", "mkdir") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(mkdir)(path, mode));
}

int
renameat(int from_dir, const char *from, int dir, const char *to)
{
	enum verdict v = ours_at(dir, to) ? judge("rename", "renameat") : GO_ON;

	return v == FAIL ? -1
			 : finish(v, REAL(renameat)(from_dir, from, dir, to));
}

int
rename(const char *from, const char *to)
{
	enum verdict v = below(to) ? judge("rename", "rename") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(rename)(from, to));
}

int
unlinkat(int dir, const char *path, int flags)
{
	enum verdict v =
	    ours_at(dir, path) ? judge("remove", "unlinkat") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(unlinkat)(dir, path, flags));
}

int
unlink(const char *path)
{
	enum verdict v = below(path) ? judge("remove", "unlink") : GO_ON;

	return v == FAIL ? -1 : finish(v, REAL(unlink)(path));
}

static bool
is_address(const char *host)
{
	unsigned char any[16];

	return host == NULL || inet_pton(AF_INET, host, any) == 1 ||
	    inet_pton(AF_INET6, host, any) == 1;
}

/* A name server that is slow, or does not answer.  Not one of the disk's calls,
 * so not counted; an address needs none. */
int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	char text[512];
	const char *order;

	orders(text, sizeof(text));
	order = strstr(text, "resolve delay ");
	if (order != NULL && !is_address(host)) {
		sleep_ms(strtol(order + strlen("resolve delay "), NULL, 10));
		return EAI_AGAIN;
	}
	return REAL(getaddrinfo)(host, service, hints, found);
}
