/* demo_child.c - the processes of a demo */
#include "gateway/commands/demo_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/clock.h"

#define STOP_MS 3000
#define STOP_STEP_US 10000

const char *const demo_child_names[DEMO_CHILD_COUNT] = {
    "mosquitto", "riser sim", "riser run", "mosquitto_sub"};

int
demo_file_read(const char *path, struct buf *out)
{
	char piece[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
	close(fd);
	return n == 0 ? 0 : -1;
}

int
demo_file_write(
    const struct demo_children *c, const char *name, const struct buf *text)
{
	char path[128];
	int fd;
	bool whole;

	snprintf(path, sizeof(path), "%s/%s", c->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	whole = write(fd, text->data, text->len) == (ssize_t)text->len;
	return close(fd) == 0 && whole ? 0 : -1;
}

static void
log_path(const struct demo_children *c, enum demo_child which, char path[128])
{
	snprintf(path, 128, "%s/log.%d", c->dir, (int)which);
}

static void
run(const struct demo_children *c, enum demo_child which, int out_fd,
    char *argv[])
{
	char path[128];
	int log_fd;

	log_path(c, which, path);
	log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(log_fd, STDERR_FILENO);
	dup2(out_fd == -1 ? log_fd : out_fd, STDOUT_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Ctrl-C in the terminal reaches the whole group: it is for us. */
	setpgid(0, 0);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int
demo_child_start(
    struct demo_children *c, enum demo_child which, int out_fd, char *argv[])
{
	pid_t pid = fork();

	if (pid == 0)
		run(c, which, out_fd, argv);
	c->pids[which] = pid > 0 ? pid : 0;
	return pid > 0 ? 0 : -1;
}

void
demo_child_stop(struct demo_children *c, enum demo_child which)
{
	int64_t until_ms = clock_mono_ms() + STOP_MS;

	if (c->pids[which] == 0)
		return;
	kill(c->pids[which], SIGTERM);
	while (waitpid(c->pids[which], NULL, WNOHANG) == 0) {
		if (clock_mono_ms() > until_ms)
			kill(c->pids[which], SIGKILL);
		clock_sleep_until_us(clock_mono_us() + STOP_STEP_US);
	}
	c->pids[which] = 0;
}

enum demo_child
demo_child_lost(struct demo_children *c)
{
	for (int i = 0; i < DEMO_CHILD_COUNT; i++)
		if (c->pids[i] != 0 &&
		    waitpid(c->pids[i], NULL, WNOHANG) == c->pids[i]) {
			c->pids[i] = 0;
			return (enum demo_child)i;
		}
	return DEMO_CHILD_COUNT;
}

bool
demo_child_spoke(const struct demo_children *c, enum demo_child which)
{
	char path[128];
	struct stat st;

	log_path(c, which, path);
	return stat(path, &st) == 0 && st.st_size > 0;
}

void
demo_child_tell(const struct demo_children *c, enum demo_child which)
{
	char path[128];
	struct buf text = {0};

	log_path(c, which, path);
	if (demo_file_read(path, &text) == 0 && text.len > 0)
		fprintf(stderr, "%s", text.data);
	buf_free(&text);
}
