/* demo_text.c - a demo's configuration as it is run */
#include "gateway/commands/demo_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK "127.0.0.1:"
#define SERIAL "rtu://"
#define URL_ENDS "\"', }\r\n"
#define PORT_FIRST 20000
#define PORT_COUNT 12000 /* Linux gives connections those from 32768 on */

static bool
is_free(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd != -1 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd != -1)
		close(fd);
	return yes;
}

/* Each is given once. */
static int
free_port(struct demo_text *t)
{
	for (int tries = 0; tries < PORT_COUNT; tries++) {
		int port = PORT_FIRST + t->next++ % PORT_COUNT;

		if (is_free(port))
			return port;
	}
	return -1;
}

int
demo_text_row(struct demo_text *t, int count)
{
	int first = -1, length = 0;

	for (int tries = 0; tries < PORT_COUNT && length < count; tries++) {
		int port = free_port(t);

		if (port == -1)
			return -1;
		if (length == 0 || port != first + length) {
			first = port;
			length = 0;
		}
		length++;
	}
	return length == count ? first : -1;
}

int
demo_text_port(const struct demo_text *t, int written)
{
	for (int i = 0; i < t->count; i++)
		if (t->ports[i].written == written)
			return t->ports[i].real;
	return -1;
}

static int
real_port(struct demo_text *t, int written)
{
	int real = demo_text_port(t, written);

	if (real != -1 || t->count == DEMO_PORTS_MAX)
		return real;
	real = free_port(t);
	t->ports[t->count].written = written;
	t->ports[t->count++].real = real;
	return real;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

int
demo_text_copy(struct demo_text *t, const char *text, const char *folder,
    bool ptys, int from, struct buf *out)
{
	*t = (struct demo_text){.next = from};
	while (*text != '\0') {
		int port = 0;

		if (begins(text, LOOPBACK)) {
			char *end;
			long written =
			    strtol(text + strlen(LOOPBACK), &end, 10);

			port = real_port(t, (int)written);
			buf_printf(out, LOOPBACK "%d", port);
			text = end;
		} else if (!ptys && begins(text, SERIAL)) {
			port = free_port(t);
			buf_printf(out, "tcp://" LOOPBACK "%d", port);
			text += strcspn(text, URL_ENDS);
		} else if (begins(text, DEMO_FOLDER)) {
			buf_puts(out, folder);
			text += strlen(DEMO_FOLDER);
		} else {
			buf_add(out, text++, 1);
		}
		if (port == -1)
			return -1;
	}
	return 0;
}
