/*
 * test_poller.c - many connections asked by one thread, with the real driver
 * and devices of which some behave badly
 *
 * Register a of device d holds 100 d + a, so that an answer that came to the
 * wrong bus is seen at once.
 */
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/poll/bus.h"
#include "tests/suite.h"

#define BUSES 120
#define REGISTERS 5
#define WAIT_MS 30000 /* for what must come; a machine may stall */
#define PATIENCE_MS 20000 /* the time-out of who is not to be given up */
#define EVERY_MS 50

/* ---- devices ---- */

enum manner {
	ANSWERS,
	IS_SILENT,
	DRIPS, /* a byte now and then, and never the last */
	BABBLES, /* older answers without end, behind each answer */
	FLOODS, /* the same instead of an answer */
	HANGS_UP, /* on each question */
	IS_BRIEF, /* answers, and hangs up */
	TIRES, /* answers the first question, and hangs up on the second */
	RESETS,
	TALKS_NONSENSE
};

struct connection {
	int fd;
	unsigned device;
	uint8_t heard[12];
	size_t len;
	unsigned asked;
	bool floods;
	size_t dripped;
	int64_t drip_ms;
};

static struct {
	int epoll_fd, listen_fd, stop_fd;
	uint16_t port;
	pthread_t thread;
	struct connection *connections[4096]; /* by descriptor */
	_Atomic int manner[BUSES];
	atomic_uint asked[BUSES], accepted[BUSES];
} farm;

static void
put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* The answer to what the connection heard; age: to one before. */
static size_t
answer(const struct connection *c, unsigned age, uint8_t *out)
{
	unsigned address = (unsigned)(c->heard[8] << 8 | c->heard[9]);
	unsigned count = (unsigned)(c->heard[10] << 8 | c->heard[11]);

	put16(out, (unsigned)(c->heard[0] << 8 | c->heard[1]) - age);
	put16(out + 2, 0);
	put16(out + 4, 3 + 2 * count);
	out[6] = c->heard[6];
	out[7] = c->heard[7];
	out[8] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++)
		put16(out + 9 + 2 * i, 100 * c->device + address + i);
	return 9 + 2 * count;
}

static void
say(struct connection *c, const uint8_t *bytes, size_t len)
{
	(void)!send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
end_connection(struct connection *c, bool hard)
{
	struct linger reset = {1, 0};

	if (hard)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	farm.connections[c->fd] = NULL;
	close(c->fd);
	free(c);
}

static void
behave(struct connection *c)
{
	uint8_t out[260];
	size_t len = answer(c, 0, out);
	int manner = atomic_load(&farm.manner[c->device]);

	c->asked++;
	if (manner == TIRES)
		manner = c->asked == 1 ? ANSWERS : HANGS_UP;
	c->dripped = 0;
	c->floods = manner == FLOODS || manner == BABBLES;
	atomic_fetch_add(&farm.asked[c->device], 1);
	if (manner == ANSWERS || manner == BABBLES || manner == IS_BRIEF)
		say(c, out, len);
	if (manner == TALKS_NONSENSE)
		say(c, (const uint8_t *)"HTTP/1.1 400 Bad Request\r\n", 26);
	if (manner == HANGS_UP || manner == IS_BRIEF || manner == RESETS)
		end_connection(c, manner == RESETS);
}

static void
hear(struct connection *c)
{
	ssize_t n = recv(
	    c->fd, c->heard + c->len, sizeof(c->heard) - c->len, MSG_DONTWAIT);

	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		end_connection(c, false);
		return;
	}
	if (n > 0)
		c->len += (size_t)n;
	if (c->len < sizeof(c->heard))
		return;
	c->len = 0;
	behave(c);
}

static void
welcome(void)
{
	struct sockaddr_in own;
	socklen_t size = sizeof(own);
	struct epoll_event e = {.events = EPOLLIN};
	struct connection *c;
	int fd = accept4(farm.listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1)
		return;
	getsockname(fd, (struct sockaddr *)&own, &size);
	c = calloc(1, sizeof(*c));
	c->fd = fd;
	c->device = (ntohl(own.sin_addr.s_addr) & 0xffff) - 1;
	atomic_fetch_add(&farm.accepted[c->device], 1);
	farm.connections[fd] = c;
	e.data.fd = fd;
	epoll_ctl(farm.epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

/* What goes on without being asked. */
static void
go_on(struct connection *c, int64_t now_ms)
{
	uint8_t out[260];
	size_t len = answer(c, 1, out);

	for (int i = 0; c->floods && i < 50; i++)
		say(c, out, len);
	if (atomic_load(&farm.manner[c->device]) != DRIPS || c->asked == 0 ||
	    now_ms < c->drip_ms)
		return;
	len = answer(c, 0, out);
	if (c->dripped + 1 < len)
		say(c, out + c->dripped++, 1);
	c->drip_ms = now_ms + 10;
}

static void *
farm_run(void *arg)
{
	struct epoll_event e[64];

	for (;;) {
		int n = epoll_wait(farm.epoll_fd, e, 64, 1);

		for (int i = 0; i < n; i++) {
			if (e[i].data.fd == farm.stop_fd)
				return arg;
			if (e[i].data.fd == farm.listen_fd)
				welcome();
			else if (farm.connections[e[i].data.fd] != NULL)
				hear(farm.connections[e[i].data.fd]);
		}
		for (int fd = 0; fd < 4096; fd++)
			if (farm.connections[fd] != NULL)
				go_on(farm.connections[fd], clock_mono_ms());
	}
}

static void
farm_watch(int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	ck_assert_int_eq(epoll_ctl(farm.epoll_fd, EPOLL_CTL_ADD, fd, &e), 0);
}

static void
farm_start(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);

	memset(&farm, 0, sizeof(farm));
	farm.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	farm.stop_fd = eventfd(0, EFD_CLOEXEC);
	farm.listen_fd =
	    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(
	    bind(farm.listen_fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(farm.listen_fd, 1024), 0);
	getsockname(farm.listen_fd, (struct sockaddr *)&a, &size);
	farm.port = ntohs(a.sin_port);
	farm_watch(farm.stop_fd);
	farm_watch(farm.listen_fd);
	ck_assert_int_eq(pthread_create(&farm.thread, NULL, farm_run, NULL), 0);
}

static void
farm_stop(void)
{
	bus_tell(farm.stop_fd);
	pthread_join(farm.thread, NULL);
	for (int fd = 0; fd < 4096; fd++)
		if (farm.connections[fd] != NULL)
			end_connection(farm.connections[fd], false);
	close(farm.listen_fd);
	close(farm.stop_fd);
	close(farm.epoll_fd);
}

/* ---- buses ---- */

static int notify_fd;
static struct bus *buses[BUSES];
static unsigned good[BUSES], bad[BUSES]; /* answers taken */

static void
start(unsigned d, uint16_t port, uint32_t timeout_ms)
{
	struct driver_line line = {
	    .scheme = "tcp", .port = port, .timeout_ms = timeout_ms};
	struct plan_point point = {
	    0, SPACE_HOLDING, 0, REGISTERS, EVERY_MS, 0, false};
	struct plan_device device = {.device = (uint16_t)d,
	    .unit = 1,
	    .max_read = 125,
	    .points = &point,
	    .point_count = 1};
	struct bus_conf conf = {
	    .driver = driver_for("tcp"), .notify_fd = notify_fd};
	char id[16], why[128] = "";

	snprintf(id, sizeof(id), "b%u", d);
	snprintf(line.host, sizeof(line.host), "127.1.%u.%u", (d + 1) >> 8,
	    (d + 1) & 0xff);
	conf.id = id;
	conf.line = line;
	conf.plan = plan_new(&device, 1, conf.driver, &line);
	good[d] = bad[d] = 0;
	buses[d] = bus_start(&conf, why, sizeof(why));
	ck_assert_msg(buses[d] != NULL, "%s", why);
}

static void
start_some(unsigned from, unsigned to)
{
	for (unsigned d = from; d < to; d++)
		start(d, farm.port, PATIENCE_MS);
}

static void
take_all(void)
{
	struct answer a;

	for (unsigned d = 0; d < BUSES; d++)
		while (buses[d] != NULL && bus_take(buses[d], &a)) {
			ck_assert_uint_eq(a.device, d);
			if (a.verdict != DRIVER_OK) {
				bad[d]++;
				continue;
			}
			ck_assert_uint_eq(a.word_count, REGISTERS);
			for (unsigned i = 0; i < REGISTERS; i++)
				ck_assert_uint_eq(a.words[i], 100 * d + i);
			good[d]++;
		}
}

static bool
all_have(unsigned from, unsigned to, const unsigned *figure, unsigned count)
{
	for (unsigned d = from; d < to; d++)
		if (figure[d] < count)
			return false;
	return true;
}

/* Takes what comes, as often as it is told, until all of them have so many. */
static void
await(unsigned from, unsigned to, const unsigned *figure, unsigned count)
{
	struct pollfd told = {.fd = notify_fd, .events = POLLIN};
	uint64_t times;

	while (!all_have(from, to, figure, count)) {
		ck_assert_msg(
		    poll(&told, 1, WAIT_MS) == 1, "the loop is told nothing");
		ck_assert_int_eq(read(notify_fd, &times, 8), 8);
		take_all();
	}
}

static void
await_more(unsigned from, unsigned to, unsigned *figure, unsigned more)
{
	memset(figure + from, 0, (to - from) * sizeof(*figure));
	await(from, to, figure, more);
}

static void
await_end(unsigned d)
{
	int64_t until_ms = clock_mono_ms() + WAIT_MS;

	while (!bus_ended(buses[d])) {
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		poll(NULL, 0, 1);
	}
}

static void
stop_some(unsigned from, unsigned to)
{
	for (unsigned d = from; d < to; d++)
		if (buses[d] != NULL)
			bus_stop(buses[d]);
	for (unsigned d = from; d < to; d++) {
		if (buses[d] == NULL)
			continue;
		await_end(d);
		bus_free(buses[d]);
		buses[d] = NULL;
	}
}

static unsigned
threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

static void
setup(void)
{
	notify_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	memset(buses, 0, sizeof(buses));
	farm_start();
}

/* Those who are silent are not waited for: they would take their patience. */
static void
teardown(void)
{
	for (unsigned d = 0; d < BUSES; d++)
		if (atomic_load(&farm.manner[d]) != ANSWERS)
			atomic_store(&farm.manner[d], HANGS_UP);
	farm_stop();
	stop_some(0, BUSES);
	close(notify_fd);
}

/* ---- tests ---- */

START_TEST(one_thread_asks_them_all_and_each_gets_its_own_answers)
{
	unsigned before = threads();

	start_some(0, BUSES);
	await_more(0, BUSES, good, 20);
	ck_assert_uint_eq(threads(), before + 1);
	ck_assert(all_have(0, BUSES, good, 20));
	for (unsigned d = 0; d < BUSES; d++) {
		ck_assert_uint_eq(atomic_load(&farm.accepted[d]), 1);
		ck_assert(bus_alive(buses[d], clock_mono_ms()));
	}
}
END_TEST

START_TEST(buses_come_and_go_while_others_are_asked)
{
	start_some(0, 20);
	for (unsigned round = 0; round < 10; round++) {
		start_some(20, BUSES);
		await_more(0, BUSES, good, 2);
		stop_some(20 + round, BUSES);
		take_all();
		stop_some(20, 20 + round);
		await_more(0, 20, good, 2);
	}
	for (unsigned d = 0; d < 20; d++)
		ck_assert_uint_eq(atomic_load(&farm.accepted[d]), 1);
}
END_TEST

START_TEST(the_thread_ends_with_its_last_bus_and_comes_again)
{
	unsigned before = threads();

	for (int round = 0; round < 3; round++) {
		int64_t until_ms;

		start_some(0, 5);
		await_more(0, 5, good, 2);
		stop_some(0, 5);
		until_ms = clock_mono_ms() + WAIT_MS;
		while (threads() != before) {
			ck_assert_int_lt(clock_mono_ms(), until_ms);
			poll(NULL, 0, 1);
		}
	}
}
END_TEST

/* Not before PATIENCE_MS are they given up, and nobody who waited with them
 * would be asked again before. */
START_TEST(who_gives_no_answer_takes_no_others_time)
{
	for (unsigned d = 0; d < 10; d++)
		atomic_store(&farm.manner[d], _i);
	start_some(0, BUSES);
	await_more(10, BUSES, good, 20);
	for (unsigned d = 0; d < 10; d++)
		ck_assert_uint_eq(bad[d] + good[d], 0);
	for (unsigned d = 10; d < BUSES; d++)
		ck_assert_uint_eq(bad[d], 0);
	for (unsigned d = 0; d < BUSES; d++)
		ck_assert(bus_alive(buses[d], clock_mono_ms()));
}
END_TEST

START_TEST(who_breaks_the_connection_takes_no_others_time)
{
	for (unsigned d = 0; d < 10; d++)
		atomic_store(&farm.manner[d], _i);
	start_some(0, BUSES);
	await_more(10, BUSES, good, 20);
	for (unsigned d = 10; d < BUSES; d++)
		ck_assert_uint_eq(bad[d], 0);
	await(0, 10, bad, 1);
	for (unsigned d = 0; d < 10; d++)
		ck_assert_uint_eq(good[d], 0);
	/* And is back when it behaves. */
	for (unsigned d = 0; d < 10; d++)
		atomic_store(&farm.manner[d], ANSWERS);
	await_more(0, 10, good, 1);
}
END_TEST

START_TEST(a_new_connection_may_have_the_old_ones_descriptor)
{
	for (unsigned d = 0; d < BUSES; d++)
		atomic_store(&farm.manner[d], _i);
	start_some(0, BUSES);
	await_more(0, BUSES, good, 20);
	for (unsigned d = 0; d < BUSES; d++) {
		ck_assert_uint_eq(bad[d], 0);
		ck_assert_uint_ge(atomic_load(&farm.accepted[d]), 20);
	}
}
END_TEST

START_TEST(who_babbles_unasked_is_hung_up_on_and_answers_all_the_same)
{
	atomic_store(&farm.manner[0], BABBLES);
	start_some(0, BUSES);
	await_more(0, BUSES, good, 20);
	for (unsigned d = 1; d < BUSES; d++)
		ck_assert_uint_eq(bad[d], 0);
	ck_assert_uint_gt(atomic_load(&farm.accepted[0]), 1);
}
END_TEST

START_TEST(an_address_that_swallows_all_takes_no_others_time)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);
	int hole = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fill[2];

	a.sin_addr.s_addr = inet_addr("127.1.0.1"); /* device 0's */
	ck_assert_int_eq(bind(hole, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(hole, 0), 0);
	getsockname(hole, (struct sockaddr *)&a, &size);
	for (int i = 0; i < 2; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fill[i], (struct sockaddr *)&a, sizeof(a));
	}
	start(0, ntohs(a.sin_port), PATIENCE_MS);
	start_some(1, BUSES);
	await_more(1, BUSES, good, 20);
	ck_assert_uint_eq(bad[0] + good[0], 0);
	for (unsigned d = 1; d < BUSES; d++)
		ck_assert_uint_eq(bad[d], 0);
	close(fill[0]);
	close(fill[1]);
	close(hole); /* which refuses what waits there */
}
END_TEST

START_TEST(a_bus_with_a_question_in_hand_can_be_given_up)
{
	atomic_store(&farm.manner[0], IS_SILENT);
	start_some(0, 2);
	await_more(1, 2, good, 2);
	while (atomic_load(&farm.asked[0]) == 0)
		poll(NULL, 0, 1);
	bus_stop(buses[0]);
	await_more(1, 2, good, 5);
	ck_assert(!bus_ended(buses[0]));
	bus_free(buses[0]); /* frees itself when the farm hangs up */
	buses[0] = NULL;
	await_more(1, 2, good, 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("poller");
	TCase *t = tcase_create("poller");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 90);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(
	    t, one_thread_asks_them_all_and_each_gets_its_own_answers);
	tcase_add_test(t, buses_come_and_go_while_others_are_asked);
	tcase_add_test(t, the_thread_ends_with_its_last_bus_and_comes_again);
	tcase_add_loop_test(
	    t, who_gives_no_answer_takes_no_others_time, IS_SILENT, DRIPS + 1);
	tcase_add_loop_test(t, who_breaks_the_connection_takes_no_others_time,
	    FLOODS, HANGS_UP + 1);
	tcase_add_loop_test(t, who_breaks_the_connection_takes_no_others_time,
	    RESETS, TALKS_NONSENSE + 1);
	tcase_add_loop_test(t,
	    a_new_connection_may_have_the_old_ones_descriptor, IS_BRIEF,
	    TIRES + 1);
	tcase_add_test(
	    t, who_babbles_unasked_is_hung_up_on_and_answers_all_the_same);
	tcase_add_test(t, an_address_that_swallows_all_takes_no_others_time);
	tcase_add_test(t, a_bus_with_a_question_in_hand_can_be_given_up);
	return suite_run(s);
}
