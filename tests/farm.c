/*
 * farm.c - a farm of Modbus TCP devices in one process
 *
 *	farm --port P [--registers 100] [--seconds S]
 *
 * Each address of 127.0.0.0/8 is a device of its own, on the same port; it
 * answers functions 3 and 4 for any unit.  A device counts the questions it was
 * asked, and register a holds that count + a (modulo 2^16): every answer is
 * another than the one before, what was missed leaves a gap, and the registers
 * of one answer say by their differences that they belong together.
 *
 * One thread, one epoll: it must not be what a bench measures.  SIGTERM, SIGINT
 * or --seconds end it, with one JSON object on stdout.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICES 65536 /* by the lower half of the address */
#define QUESTION 12 /* bytes of one that reads */
#define HEAD 9 /* of an answer, before its registers */

struct connection {
	int fd;
	uint16_t device;
	size_t len;
	uint8_t heard[16 * QUESTION];
};

static struct {
	int poll_fd, listen_fd;
	unsigned registers;
	uint16_t asked[DEVICES];
	uint64_t requests, read, exceptions, connections;
} farm = {.registers = 100};

static volatile sig_atomic_t stop;

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "farm: %s: %s (the head of tests/farm.c says how)\n",
	    what, strerror(errno));
	exit(2);
}

static void
watch(int fd, void *whose)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = whose};

	if (epoll_ctl(farm.poll_fd, EPOLL_CTL_ADD, fd, &e) == -1)
		fail("epoll");
}

static void
put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* Returns the length of the answer. */
static size_t
answer(uint16_t device, const uint8_t *q, uint8_t *out)
{
	unsigned address = (unsigned)q[8] << 8 | q[9];
	unsigned count = (unsigned)q[10] << 8 | q[11], exception = 0;
	uint16_t asked = ++farm.asked[device];

	memcpy(out, q, 8);
	farm.requests++;
	if (q[7] != 3 && q[7] != 4)
		exception = 1;
	else if (count < 1 || count > 125)
		exception = 3;
	else if (address + count > farm.registers)
		exception = 2;
	if (exception != 0) {
		farm.exceptions++;
		put16(out + 4, 3);
		out[7] |= 0x80;
		out[8] = (uint8_t)exception;
		return HEAD;
	}
	put16(out + 4, 3 + 2 * count);
	out[8] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++)
		put16(out + HEAD + 2 * i, asked + address + i);
	farm.read += count;
	return HEAD + 2 * (size_t)count;
}

static void
take(void)
{
	struct sockaddr_in own;
	socklen_t len = sizeof(own);
	int one = 1, fd;
	struct connection *c;

	while (
	    (fd = accept4(farm.listen_fd, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		if ((c = calloc(1, sizeof(*c))) == NULL ||
		    getsockname(fd, (struct sockaddr *)&own, &len) == -1)
			fail("a connection");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c->fd = fd;
		c->device = (uint16_t)ntohl(own.sin_addr.s_addr);
		if (ntohl(own.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) {
			close(fd); /* a machine that is not this one */
			free(c);
			continue;
		}
		farm.connections++;
		watch(fd, c);
	}
}

static void
serve(struct connection *c)
{
	uint8_t out[HEAD + 250];
	ssize_t n = read(c->fd, c->heard + c->len, sizeof(c->heard) - c->len);

	if (n <= 0) {
		close(c->fd);
		free(c);
		return;
	}
	for (c->len += (size_t)n; c->len >= QUESTION; c->len -= QUESTION) {
		size_t len = answer(c->device, c->heard, out);

		if (write(c->fd, out, len) != (ssize_t)len)
			fail("an answer");
		memmove(c->heard, c->heard + QUESTION, c->len - QUESTION);
	}
}

static void
open_farm(uint16_t port)
{
	struct sockaddr_in any = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_ANY)};
	struct rlimit files;
	int one = 1;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	farm.poll_fd = epoll_create1(0);
	farm.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(farm.listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(farm.listen_fd, (struct sockaddr *)&any, sizeof(any)) == -1 ||
	    listen(farm.listen_fd, 1024) == -1)
		fail("the port");
	watch(farm.listen_fd, NULL);
}

static void
run(void)
{
	struct epoll_event events[64];

	while (!stop) {
		int count = epoll_wait(farm.poll_fd, events, 64, -1);

		for (int i = 0; i < count; i++)
			if (events[i].data.ptr == NULL)
				take();
			else
				serve(events[i].data.ptr);
	}
}

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void
print_summary(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	printf(
	    "{\"requests\": %llu, \"registers\": %llu, \"exceptions\": %llu, "
	    "\"connections\": %llu, \"cpu_s\": %.3f}\n",
	    (unsigned long long)farm.requests, (unsigned long long)farm.read,
	    (unsigned long long)farm.exceptions,
	    (unsigned long long)farm.connections,
	    (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		(double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"port", required_argument, NULL, 'p'},
	    {"registers", required_argument, NULL, 'r'},
	    {"seconds", required_argument, NULL, 's'},
	    {0},
	};
	struct sigaction sa = {.sa_handler = on_signal};
	int port = 0, limit_s = 600, o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (o) {
		case 'p': port = atoi(optarg); break;
		case 'r': farm.registers = (unsigned)atoi(optarg); break;
		case 's': limit_s = atoi(optarg); break;
		default: fail("no such option");
		}
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	alarm((unsigned)limit_s);
	open_farm((uint16_t)port);
	run();
	print_summary();
	return 0;
}
