/* test_clockwatch.c - a disciplined clock is known, a stepped one is noticed */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "gateway/base/clockwatch.h"
#include "gateway/base/timedate.h"
#include "tests/suite.h"

#define HOUR ((int64_t)3600 * 1000)

/* ---- looking ---- */

struct sight {
	int64_t mono_ms, wall_ms;
	bool synced;
	bool news;
	int64_t step_ms;
};

static const struct sight sights[] = {
    {1000, 5000, false, false, 0}, /* the first look */
    {1500, 5500, false, false, 0},
    {2000, 6999, false, false, 0}, /* 999 ms forward */
    {2500, 7500, false, true, 1000}, /* and 1 more */
    {3000, 7001, false, false, 0}, /* 999 ms back */
    {3500, 7500, false, true, -1000},
    {4000, HOUR, true, true, HOUR - 8000}, /* set, and synchronised */
    {4500, HOUR + 500, true, false, 0},
    {5000, HOUR + 1000, false, true, 0}, /* nobody says so any more */
    {5500, HOUR + 1500, false, false, 0}, {6000, 2000, false, true, -HOUR},
    {6000 + 100 * HOUR, 2000 + 100 * HOUR, false, false, 0}, /* time passes */
};

START_TEST(a_step_of_a_second_and_a_change_of_being_synchronised_are_news)
{
	struct clockwatch w = {.looked = false};

	for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++) {
		const struct sight *s = &sights[i];
		struct clock_now now = {s->mono_ms, s->wall_ms, s->synced};
		int64_t step_ms = -1;
		bool news = clockwatch_look(&w, &now, &step_ms);

		ck_assert_msg(news == s->news && step_ms == s->step_ms,
		    "look %zu: news %d, step %lld", i, news,
		    (long long)step_ms);
	}
}
END_TEST

/* ---- timedated, played by a thread ---- */

struct timedated {
	int listener;
	char address[128];
	const char *told; /* a property of this type is given */
	int value;
	pthread_t thread;
};

static int
answer(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	const struct timedated *d = arg;

	(void)error;
	if (sd_bus_message_is_method_call(m, NULL, "Hello"))
		return sd_bus_reply_method_return(m, "s", ":1.1");
	if (!sd_bus_message_is_method_call(m, NULL, "Get"))
		return 0;
	if (d->told == NULL)
		return sd_bus_reply_method_errorf(
		    m, "org.freedesktop.DBus.Error.ServiceUnknown", "none");
	return sd_bus_reply_method_return(m, "v", d->told, d->value);
}

static void *
play(void *arg)
{
	struct timedated *d = arg;
	int fd = accept(d->listener, NULL, NULL);
	sd_bus *bus = NULL;
	sd_id128_t id;

	sd_id128_randomize(&id);
	sd_bus_new(&bus);
	sd_bus_set_fd(bus, fd, fd);
	sd_bus_set_server(bus, 1, id);
	sd_bus_set_anonymous(bus, 1);
	sd_bus_add_filter(bus, NULL, answer, d);
	sd_bus_start(bus);
	for (int rc = 0; rc >= 0;) {
		rc = sd_bus_process(bus, NULL);
		if (rc == 0)
			rc = sd_bus_wait(bus, UINT64_MAX);
	}
	sd_bus_unref(bus);
	return NULL;
}

static void
timedated_open(struct timedated *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "/tmp/test-bus-%d", getpid());
	snprintf(d->address, sizeof(d->address), "unix:path=%s", a.sun_path);
	d->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(
	    bind(d->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(d->listener, 1), 0);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", d->address, 1);
	pthread_create(&d->thread, NULL, play, d);
}

static void
timedated_close(struct timedated *d)
{
	pthread_join(d->thread, NULL);
	close(d->listener);
	unlink(strchr(d->address, '/'));
}

static const struct {
	const char *type;
	int value;
	bool expected;
} words[] = {
    {"b", 1, true}, {"b", 0, false}, {"i", 1, false}, {NULL, 0, false}};

START_TEST(timedated_is_believed_when_it_says_yes)
{
	struct timedated d = {.told = words[_i].type, .value = words[_i].value};

	timedated_open(&d);
	ck_assert(timedate_synced() == words[_i].expected);
	timedated_close(&d);
}
END_TEST

START_TEST(where_there_is_no_bus_nobody_says_yes)
{
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	ck_assert(!timedate_synced());
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("clockwatch");
	TCase *t = tcase_create("all");

	tcase_add_test(
	    t, a_step_of_a_second_and_a_change_of_being_synchronised_are_news);
	tcase_add_loop_test(t, timedated_is_believed_when_it_says_yes, 0,
	    sizeof(words) / sizeof(words[0]));
	tcase_add_test(t, where_there_is_no_bus_nobody_says_yes);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
