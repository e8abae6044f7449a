/* pulse.c - what a heartbeat says */
#include "gateway/web/pulse.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/json.h"
#include "gateway/base/utf8.h"

#define SHOWN_FIRST 3 /* digits of a phone number: the network */
#define SHOWN_LAST 4
#define SHORT_LAST 2

struct pulse {
	char *build;
	pthread_mutex_t lock; /* of what follows */
	struct pulse_known known;
};

struct pulse *
pulse_new(const char *build)
{
	struct pulse *p = must_alloc(1, sizeof(*p));

	p->build = must_text(build);
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void
pulse_free(struct pulse *p)
{
	if (p == NULL)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p->build);
	free(p);
}

void
pulse_know(struct pulse *p, const struct pulse_known *known)
{
	pthread_mutex_lock(&p->lock);
	p->known = *known;
	pthread_mutex_unlock(&p->lock);
}

static void
put_uplinks(struct json *j, const struct pulse_known *k)
{
	json_key(j, "uplinks");
	json_list(j);
	for (size_t i = 0; i < k->uplink_count; i++) {
		json_open(j);
		json_key_string(j, "sink", k->uplinks[i].sink);
		json_key_bool(j, "connected", k->uplinks[i].connected);
		json_key(j, "pending"), json_u64(j, k->uplinks[i].pending);
		json_end(j);
	}
	json_end(j);
}

static void
put_duty(struct json *j, const struct pulse_known *k)
{
	json_key(j, "duty");
	json_list(j);
	for (size_t i = 0; i < k->duty_count; i++) {
		const struct pulse_duty *d = &k->duty[i];

		json_open(j);
		json_key(j, "name");
		json_open(j);
		json_key_string(j, "zh", d->zh[0] != '\0' ? d->zh : d->en);
		json_key_string(j, "en", d->en[0] != '\0' ? d->en : d->zh);
		json_end(j);
		json_key_given(j, "phone", d->phone);
		json_end(j);
	}
	json_end(j);
}

void
pulse_print(
    struct pulse *p, uint32_t names, int64_t loop_age_ms, struct buf *out)
{
	struct json j = {.out = out};
	struct pulse_known known;
	struct clock_now now;

	pthread_mutex_lock(&p->lock);
	known = p->known;
	pthread_mutex_unlock(&p->lock);
	clock_now(&now);
	json_open(&j);
	json_key_i64(&j, "ts", now.wall_ms);
	json_key_bool(&j, "synced", now.synced);
	json_key_string(&j, "build", p->build);
	json_key_i64(&j, "names", names);
	json_key_i64(&j, "loop_age_ms", loop_age_ms);
	put_uplinks(&j, &known);
	put_duty(&j, &known);
	json_end(&j);
}

void
pulse_mask(char masked[PULSE_NAME_MAX], const char *phone)
{
	size_t len = strlen(phone);

	if (len >= PULSE_NAME_MAX)
		len = PULSE_NAME_MAX - 1;
	if (len < 2 * SHOWN_LAST)
		snprintf(masked, PULSE_NAME_MAX, "****%s",
		    len > SHORT_LAST ? phone + len - SHORT_LAST : "");
	else
		snprintf(masked, PULSE_NAME_MAX, "%.*s****%s", SHOWN_FIRST,
		    phone, phone + strlen(phone) - SHOWN_LAST);
}

void
pulse_name(char copy[PULSE_NAME_MAX], const char *name)
{
	size_t len = name != NULL ? strlen(name) : 0;

	if (len >= PULSE_NAME_MAX)
		len = utf8_cut(name, PULSE_NAME_MAX - 1);
	if (len > 0)
		memcpy(copy, name, len);
	copy[len] = '\0';
}
