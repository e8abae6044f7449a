/*
 * feeds.c - the journals of events and of readings, followed as one
 */
#include "gateway/sinks/feeds.h"

#include <errno.h>
#include <string.h>

#include "gateway/base/log.h"

#define DISK_MS 1000 /* until a disk that failed is read again */

bool
feeds_open(struct feeds *f, const struct mqtt_source *from)
{
	struct journal *const journals[FEED_COUNT] = {
	    [FEED_EVENTS] = from->events, [FEED_READINGS] = from->readings};
	struct follower_conf conf = {.name = "mqtt", .events = from->events};

	for (size_t i = 0; i < FEED_COUNT; i++) {
		if (journals[i] == NULL)
			continue;
		/* To know that it happened is worth more than to know when. */
		conf.clock_wait_ms = i == FEED_EVENTS ? 0 : from->clock_wait_ms;
		f->of[i].follower = follower_open(journals[i], &conf);
		if (f->of[i].follower == NULL)
			return false;
	}
	return true;
}

void
feeds_close(struct feeds *f)
{
	for (size_t i = 0; i < FEED_COUNT; i++) {
		follower_close(f->of[i].follower);
		f->of[i].follower = NULL;
	}
}

void
feeds_begin(struct feeds *f, int64_t now_ms)
{
	for (size_t i = 0; i < FEED_COUNT; i++)
		if (f->of[i].follower != NULL)
			follower_begin(f->of[i].follower, now_ms);
}

static bool
next_of(struct feeds *f, enum follower_lane lane, int64_t now_ms,
    struct feeds_item *next)
{
	struct feed *feed = &f->of[next->feed];
	int rc;

	if (feed->follower == NULL ||
	    (feed->failed[lane] && now_ms < feed->retry_ms[lane]))
		return false;
	rc = follower_next(feed->follower, lane, now_ms, &next->item);
	if (rc == -1 && !feed->failed[lane])
		log_error("mqtt: the journal of %s cannot be read: %s",
		    next->feed == FEED_EVENTS ? "events" : "readings",
		    strerror(errno));
	feed->failed[lane] = rc == -1;
	feed->retry_ms[lane] = now_ms + DISK_MS;
	return rc == 1;
}

bool
feeds_next(struct feeds *f, enum follower_lane lane, int64_t now_ms,
    struct feeds_item *next)
{
	for (next->feed = 0; next->feed < FEED_COUNT; next->feed++)
		if (next_of(f, lane, now_ms, next))
			return true;
	return false;
}

void
feeds_done(struct feeds *f, const struct feeds_item *done)
{
	follower_done(f->of[done->feed].follower, &done->item);
}

void
feeds_drop(
    struct feeds *f, const struct feeds_item *dropped, const char *reason)
{
	follower_drop(f->of[dropped->feed].follower, &dropped->item, reason);
}

int
feeds_fd(const struct feeds *f, size_t feed)
{
	const struct feed *of = &f->of[feed];

	if (of->follower == NULL || of->failed[FOLLOWER_LIVE])
		return -1;
	return follower_fd(of->follower);
}

int64_t
feeds_wake(const struct feeds *f, int64_t after_ms)
{
	int64_t soonest_ms = INT64_MAX, wake_ms;

	for (size_t i = 0; i < FEED_COUNT; i++) {
		if (f->of[i].follower == NULL)
			continue;
		wake_ms = follower_wake(f->of[i].follower);
		if (wake_ms > after_ms && wake_ms < soonest_ms)
			soonest_ms = wake_ms;
	}
	return soonest_ms;
}
