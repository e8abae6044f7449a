/*
 * sender.c - letters on their way, all channels side by side, over libcurl
 *
 * One multi handle, in it one transfer a channel at most (lane.h), and beside
 * it what libcurl knows nothing of any more: mails that are being handed over.
 */
#include "gateway/sinks/sender.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/sinks/lane.h"

#define WAIT_MAX_MS 60000 /* longer waits are cut into such */

struct sender {
	const struct notify_conf *conf;
	CURLM *multi;
	struct lane *lanes;
	struct curl_waitfd *fds; /* room for one a lane, and the caller's */
	unsigned letters; /* that were begun: for the ids of mails */
};

/* ---- open and close ---- */

struct sender *
sender_open(const struct notify_conf *conf, struct err *err)
{
	struct sender *s;

	for (size_t i = 0; i < conf->channel_count; i++)
		if (!lane_judge(&conf->channels[i], err))
			return NULL;
	s = must_alloc(1, sizeof(*s));
	s->conf = conf;
	curl_global_init(CURL_GLOBAL_DEFAULT); /* counts; any thread */
	s->multi = curl_multi_init();
	assert(s->multi != NULL);
	s->lanes = must_alloc(conf->channel_count, sizeof(*s->lanes));
	s->fds = must_alloc(conf->channel_count + 1, sizeof(*s->fds));
	for (size_t i = 0; i < conf->channel_count; i++)
		lane_open(&s->lanes[i], &conf->channels[i]);
	return s;
}

void
sender_close(struct sender *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->conf->channel_count; i++) {
		/* One that is not in it is fine. */
		curl_multi_remove_handle(s->multi, s->lanes[i].easy);
		lane_close(&s->lanes[i]);
	}
	curl_multi_cleanup(s->multi);
	curl_global_cleanup();
	free(s->lanes);
	free(s->fds);
	free(s);
}

/* ---- one letter ---- */

bool
sender_is_free(const struct sender *s, size_t channel)
{
	assert(channel < s->conf->channel_count);
	return s->lanes[channel].state == LANE_FREE;
}

/* For people, as the sender of a mail; or NULL. */
static const char *
site_name(const struct notify_conf *conf, const struct notify_channel *c)
{
	const struct text *name = &conf->site_name;

	if (c->language == LANGUAGE_EN && name->en != NULL)
		return name->en;
	return name->zh != NULL ? name->zh : name->en;
}

void
sender_send(
    struct sender *s, size_t channel, const struct letter *l, int64_t now_ms)
{
	struct lane *lane = &s->lanes[channel];
	char id[ORDER_KEY_MAX];
	CURLMcode rc;

	assert(sender_is_free(s, channel));
	snprintf(id, sizeof(id), "%lld.%u.%s", (long long)now_ms, ++s->letters,
	    s->conf->site);
	lane_begin(lane, l, site_name(s->conf, l->channel), now_ms, id);
	rc = curl_multi_add_handle(s->multi, lane->easy);
	assert(rc == CURLM_OK);
}

bool
sender_done(
    struct sender *s, size_t *channel, struct robot_answer *a, int64_t *took_ms)
{
	for (size_t i = 0; i < s->conf->channel_count; i++) {
		struct lane *lane = &s->lanes[i];

		if (lane->state != LANE_ENDED)
			continue;
		lane->state = LANE_FREE;
		*channel = i;
		*a = lane->answer;
		*took_ms = lane->took_ms;
		return true;
	}
	return false;
}

/* ---- going on ---- */

static void
take_messages(struct sender *s)
{
	struct lane *lane = NULL;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(s->multi, &left)) != NULL) {
		CURLcode code = message->data.result;

		assert(message->msg == CURLMSG_DONE);
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, &lane);
		lane_done(lane, code);
	}
}

/* Whether there is one that sender_done is to be asked for. */
static bool
go_on(struct sender *s)
{
	CURLMcode rc;
	bool any_ended = false;
	int running;

	rc = curl_multi_perform(s->multi, &running);
	assert(rc == CURLM_OK);
	take_messages(s);
	for (size_t i = 0; i < s->conf->channel_count; i++) {
		struct lane *lane = &s->lanes[i];

		if (lane->state == LANE_HANDING)
			lane_go_on(lane);
		if (lane->state != LANE_ENDED)
			continue;
		curl_multi_remove_handle(s->multi, lane->easy);
		any_ended = true;
	}
	return any_ended;
}

static int
ms_until(int64_t until_ms)
{
	int64_t left_ms = until_ms - clock_mono_ms();

	if (left_ms < 0)
		return 0;
	return left_ms < WAIT_MAX_MS ? (int)left_ms : WAIT_MAX_MS;
}

void
sender_wait(struct sender *s, int extra_fd, int64_t until_ms)
{
	unsigned count = 0;

	if (go_on(s))
		return;
	for (size_t i = 0; i < s->conf->channel_count; i++) {
		const struct lane *lane = &s->lanes[i];

		if (lane->state != LANE_HANDING)
			continue;
		lane_wait(lane, &s->fds[count++]);
		if (lane_until_ms(lane) < until_ms)
			until_ms = lane_until_ms(lane);
	}
	if (extra_fd != -1)
		s->fds[count++] = (struct curl_waitfd){
		    .fd = extra_fd, .events = CURL_WAIT_POLLIN};
	curl_multi_poll(s->multi, s->fds, count, ms_until(until_ms), NULL);
	go_on(s);
}

void
sender_wake(struct sender *s)
{
	curl_multi_wakeup(s->multi);
}
