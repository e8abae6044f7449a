/* demo_broker.c - a demo's mosquitto, and what comes out of it */
#include "gateway/commands/demo_broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/clock.h"

/* Debian keeps it in sbin, which is not on everybody's PATH. */
#define DEBIAN_PATH "/usr/sbin/mosquitto"

int
demo_broker_start(struct demo_children *c, int port)
{
	struct buf conf = {0};
	char file[128];
	const char *program =
	    access(DEBIAN_PATH, X_OK) == 0 ? DEBIAN_PATH : "mosquitto";
	char *argv[] = {(char *)program, (char *)"-c", file, NULL};
	int rc;

	snprintf(file, sizeof(file), "%s/mosquitto.conf", c->dir);
	buf_printf(&conf,
	    "listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n",
	    port);
	/* It would become another user, and so forget to die with us. */
	if (geteuid() == 0)
		buf_puts(&conf, "user root\n");
	rc = demo_file_write(c, "mosquitto.conf", &conf);
	buf_free(&conf);
	return rc == -1 ? -1 : demo_child_start(c, DEMO_BROKER, -1, argv);
}

bool
demo_broker_answers(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes =
	    fd != -1 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd != -1)
		close(fd);
	return yes;
}

int
demo_messages_start(struct demo_children *c, int port, struct demo_messages *m)
{
	char number[16];
	char *argv[] = {(char *)"mosquitto_sub", (char *)"-h",
	    (char *)"127.0.0.1", (char *)"-p", number, (char *)"-v",
	    (char *)"-t", (char *)"riser/#", NULL};
	int pipe_fds[2], rc;

	if (pipe2(pipe_fds, O_CLOEXEC) == -1)
		return -1;
	snprintf(number, sizeof(number), "%d", port);
	rc = demo_child_start(c, DEMO_SUBSCRIBER, pipe_fds[1], argv);
	close(pipe_fds[1]);
	m->fd = pipe_fds[0];
	return rc;
}

static void
take_line(struct demo_messages *m)
{
	m->line[m->line_len] = '\0';
	m->line_len = 0;
	m->count++;
	if (strstr(m->line, "/data ") != NULL)
		strcpy(m->last, m->line);
}

void
demo_messages_read(struct demo_messages *m, int wait_ms)
{
	struct pollfd p = {.fd = m->fd, .events = POLLIN};
	char piece[4096];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return;
	n = read(m->fd, piece, sizeof(piece));
	for (ssize_t i = 0; i < n; i++) {
		if (piece[i] == '\n')
			take_line(m);
		else if (m->line_len < sizeof(m->line) - 1)
			m->line[m->line_len++] = piece[i];
	}
	if (n == 0) /* mosquitto_sub ended: do not spin until it is noticed */
		clock_sleep_until_us(clock_mono_us() + wait_ms * 1000);
}
