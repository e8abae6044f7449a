/*
 * crowd.c - who is connected over TCP, and for how long without a word
 *
 * A member is a place in a table; libmicrohttpd keeps it with the connection.
 * To hang up is shutdown(): the server's thread then reads an end and closes.
 * It is done under the lock, and so is the farewell before the descriptor is
 * closed, so that no other connection's is ever met.
 *
 * Not libmicrohttpd's limit per address: it counts this machine, from which a
 * proxy comes for all, like any other.
 */
#include "gateway/web/crowd.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/sign.h"
#include "gateway/web/judge.h"
#include "gateway/web/ration.h"

#define LOOK_MS 1000

struct member {
	bool there, mute;
	int fd;
	uint64_t who;
	int64_t since_ms; /* mute since */
};

struct crowd {
	pthread_t thread;
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t wake;
	bool ending;
	const char *proxy; /* borrowed; or NULL */
	size_t mute;
	struct member all[CROWD_MAX];
};

/* ---- hanging up ---- */

static void
hang_up(struct crowd *c, struct member *m)
{
	shutdown(m->fd, SHUT_RDWR);
	m->mute = false;
	c->mute--;
}

static void
look(struct crowd *c, int64_t now_ms)
{
	for (size_t i = 0; i < CROWD_MAX; i++) {
		struct member *m = &c->all[i];

		if (m->there && m->mute && now_ms - m->since_ms > CROWD_HEAD_MS)
			hang_up(c, m);
	}
}

static void *
watch(void *arg)
{
	struct crowd *c = arg;

	pthread_mutex_lock(&c->mutex);
	while (!c->ending) {
		look(c, clock_mono_ms());
		sign_wait(&c->wake, &c->mutex, clock_mono_ms() + LOOK_MS);
	}
	pthread_mutex_unlock(&c->mutex);
	return NULL;
}

/* ---- start and stop ---- */

struct crowd *
crowd_start(const char *proxy, struct err *err)
{
	struct crowd *c = must_alloc(1, sizeof(*c));
	int error;

	pthread_mutex_init(&c->mutex, NULL);
	sign_init(&c->wake);
	c->proxy = proxy;
	error = pthread_create(&c->thread, NULL, watch, c);
	if (error == 0) {
		pthread_setname_np(c->thread, "web-crowd");
		return c;
	}
	err_set(err, "the web server's thread: %s", strerror(error));
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->mutex);
	free(c);
	return NULL;
}

void
crowd_stop(struct crowd *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	c->ending = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->mutex);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

/* ---- members ---- */

enum MHD_Result
crowd_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
	struct crowd *c = cls;
	uint64_t who = ration_who(address);
	size_t count = 0;

	(void)len;
	if (judge_peer(address) || judge_is(address, c->proxy))
		return MHD_YES;
	pthread_mutex_lock(&c->mutex);
	for (size_t i = 0; i < CROWD_MAX; i++)
		count += c->all[i].there && c->all[i].who == who;
	pthread_mutex_unlock(&c->mutex);
	return count < CROWD_AN_ADDRESS ? MHD_YES : MHD_NO;
}

static void
mute(struct crowd *c, struct member *m)
{
	struct member *oldest = NULL;

	for (size_t i = 0; i < CROWD_MAX && c->mute >= CROWD_MUTE; i++)
		if (c->all[i].there && c->all[i].mute &&
		    (oldest == NULL || c->all[i].since_ms < oldest->since_ms))
			oldest = &c->all[i];
	if (oldest != NULL)
		hang_up(c, oldest);
	m->mute = true;
	m->since_ms = clock_mono_ms();
	c->mute++;
}

/* Or NULL: there is no place, which the server's own limit does not let be. */
static struct member *
enter(struct crowd *c, struct MHD_Connection *connection)
{
	int fd = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD)
		     ->connect_fd;
	const struct sockaddr *a = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
				       ->client_addr;

	for (size_t i = 0; i < CROWD_MAX; i++) {
		struct member *m = &c->all[i];

		if (m->there)
			continue;
		*m = (struct member){
		    .there = true, .fd = fd, .who = ration_who(a)};
		mute(c, m);
		return m;
	}
	return NULL;
}

static void
leave(struct crowd *c, struct member *m)
{
	if (m->mute)
		c->mute--;
	*m = (struct member){.there = false};
}

void
crowd_notice(void *cls, struct MHD_Connection *connection, void **member,
    enum MHD_ConnectionNotificationCode what)
{
	struct crowd *c = cls;

	pthread_mutex_lock(&c->mutex);
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*member = enter(c, connection);
	else if (*member != NULL)
		leave(c, *member);
	pthread_mutex_unlock(&c->mutex);
}

static struct member *
member_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	    ->socket_context;
}

void
crowd_spoke(struct crowd *c, struct MHD_Connection *connection)
{
	struct member *m = member_of(connection);

	if (m == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	if (m->mute)
		c->mute--;
	m->mute = false;
	pthread_mutex_unlock(&c->mutex);
}

void
crowd_answered(struct crowd *c, struct MHD_Connection *connection)
{
	struct member *m = member_of(connection);

	if (m == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	if (m->there && !m->mute)
		mute(c, m);
	pthread_mutex_unlock(&c->mutex);
}
