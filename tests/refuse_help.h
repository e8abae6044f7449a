/*
 * refuse_help.h - a disk that refuses, or holds, what SQLite writes
 */
#ifndef REFUSE_HELP_H
#define REFUSE_HELP_H

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuse; /* an errno, HANG, or 0: what SQLite's writes meet */

#define HANG -1 /* until it is another */

static inline int
refusal(void)
{
	int error;

	while ((error = __atomic_load_n(&refuse, __ATOMIC_SEQ_CST)) == HANG)
		usleep(1000);
	return error;
}

static inline ssize_t
refuse_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	int error = refusal();

	if (error == 0)
		return syscall(SYS_pwrite64, fd, bytes, n, at);
	errno = error;
	return -1;
}

static inline ssize_t
refuse_write(int fd, const void *bytes, size_t n)
{
	int error = refusal();

	if (error == 0)
		return syscall(SYS_write, fd, bytes, n);
	errno = error;
	return -1;
}

static inline int
refuse_open(const char *path, int flags, int mode)
{
	int error = refusal();

	if (error == 0 || error == ENOSPC || (flags & O_ACCMODE) == O_RDONLY)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	errno = error;
	return -1;
}

static inline void
set_refuse(int error)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)refuse_pwrite);
	vfs->xSetSystemCall(
	    vfs, "pwrite64", (sqlite3_syscall_ptr)refuse_pwrite);
	vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)refuse_write);
	vfs->xSetSystemCall(vfs, "open", (sqlite3_syscall_ptr)refuse_open);
	__atomic_store_n(&refuse, error, __ATOMIC_SEQ_CST);
}

#endif
