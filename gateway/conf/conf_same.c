/* conf_same.c - what a reload leaves as it is */
#include <string.h>

#include "gateway/conf/conf.h"

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
conf_same_mqtt(const struct conf *a, const struct conf *b)
{
	const struct mqtt_conf *m = &a->mqtt, *n = &b->mqtt;

	return a->has_mqtt == b->has_mqtt && m->version == n->version &&
	    m->state_every_ms == n->state_every_ms &&
	    m->commands == n->commands && same(m->url, n->url) &&
	    same(m->client_id, n->client_id) &&
	    same(m->username, n->username) && same(m->password, n->password) &&
	    same(m->ca_file, n->ca_file) && same(m->cert_file, n->cert_file) &&
	    same(m->key_file, n->key_file) && same(m->prefix, n->prefix) &&
	    same(m->site, n->site);
}

bool
conf_same_influx(const struct conf *a, const struct conf *b)
{
	const struct influx_conf *x = &a->influx, *y = &b->influx;

	return a->has_influx == b->has_influx && x->gzip == y->gzip &&
	    same(x->url, y->url) && same(x->token, y->token) &&
	    same(x->ca_file, y->ca_file) && same(x->site, y->site);
}

static bool
same_text(struct text a, struct text b)
{
	return same(a.zh, b.zh) && same(a.en, b.en);
}

static bool
same_numbers(
    const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count)
{
	return a_count == b_count &&
	    (a_count == 0 || memcmp(a, b, a_count * sizeof(*a)) == 0);
}

static bool
same_texts(
    const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!same(a[i], b[i]))
			return false;
	return true;
}

static bool
same_person(const void *pa, const void *pb)
{
	const struct notify_person *a = pa, *b = pb;

	return same(a->id, b->id) && same_text(a->name, b->name) &&
	    same(a->phone, b->phone) && same(a->dingtalk, b->dingtalk) &&
	    same(a->wecom, b->wecom) && same(a->feishu, b->feishu) &&
	    same(a->email, b->email);
}

static bool
same_channel(const void *pa, const void *pb)
{
	const struct notify_channel *a = pa, *b = pb;

	return a->type == b->type && a->language == b->language &&
	    a->severities == b->severities && a->personal == b->personal &&
	    a->starttls == b->starttls && a->a_minute == b->a_minute &&
	    a->a_minute_p1 == b->a_minute_p1 && same(a->id, b->id) &&
	    same(a->url, b->url) && same(a->secret, b->secret) &&
	    same(a->ca_file, b->ca_file) && same(a->from, b->from) &&
	    same(a->username, b->username) && same(a->password, b->password) &&
	    same_texts(a->kinds, a->kind_count, b->kinds, b->kind_count) &&
	    same_texts(a->to, a->to_count, b->to, b->to_count) &&
	    same_numbers(
		a->mention, a->mention_count, b->mention, b->mention_count);
}

static bool
same_step(const void *pa, const void *pb)
{
	const struct notify_escalation *a = pa, *b = pb;

	return a->after_ms == b->after_ms && a->severities == b->severities &&
	    same_numbers(
		a->channels, a->channel_count, b->channels, b->channel_count) &&
	    same_numbers(
		a->people, a->person_count, b->people, b->person_count);
}

static bool
same_hours(struct notify_hours a, struct notify_hours b)
{
	return a.from_min == b.from_min && a.to_min == b.to_min;
}

static bool
same_shift(const void *pa, const void *pb)
{
	const struct notify_shift *a = pa, *b = pb;

	return same(a->id, b->id) && same_hours(a->hours, b->hours) &&
	    same_numbers(
		a->people, a->person_count, b->people, b->person_count);
}

static bool
same_device(const void *pa, const void *pb)
{
	const struct notify_device *a = pa, *b = pb;

	return same(a->id, b->id) && same(a->kind, b->kind) &&
	    same_text(a->name, b->name) && same(a->building, b->building) &&
	    same(a->stair, b->stair) &&
	    same_text(a->owner_name, b->owner_name) &&
	    same(a->owner_phone, b->owner_phone) &&
	    same(a->rescue_code, b->rescue_code);
}

/* Two lists, of members of so many bytes. */
static bool
same_all(const void *a, size_t a_count, const void *b, size_t b_count,
    size_t size, bool (*same_one)(const void *a, const void *b))
{
	const char *pa = a, *pb = b;

	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!same_one(pa + i * size, pb + i * size))
			return false;
	return true;
}

bool
conf_same_notify(const struct conf *left, const struct conf *right)
{
	const struct notify_conf *a = &left->notify, *b = &right->notify;

	return left->has_notify == right->has_notify &&
	    same(a->site, b->site) && same_text(a->site_name, b->site_name) &&
	    same(a->dir, b->dir) && a->has_quiet == b->has_quiet &&
	    same_hours(a->quiet, b->quiet) &&
	    a->quiet_severities == b->quiet_severities &&
	    a->digest_min == b->digest_min &&
	    memcmp(a->repeat_ms, b->repeat_ms, sizeof(a->repeat_ms)) == 0 &&
	    same_all(a->people, a->person_count, b->people, b->person_count,
		sizeof(*a->people), same_person) &&
	    same_all(a->channels, a->channel_count, b->channels,
		b->channel_count, sizeof(*a->channels), same_channel) &&
	    same_all(a->escalations, a->escalation_count, b->escalations,
		b->escalation_count, sizeof(*a->escalations), same_step) &&
	    same_all(a->shifts, a->shift_count, b->shifts, b->shift_count,
		sizeof(*a->shifts), same_shift) &&
	    same_all(a->devices, a->device_count, b->devices, b->device_count,
		sizeof(*a->devices), same_device);
}

bool
conf_same_web(const struct conf *a, const struct conf *b)
{
	const struct conf_web *m = &a->web, *n = &b->web;

	for (size_t i = 0; i < m->host_count && i < n->host_count; i++)
		if (!same(m->hosts[i], n->hosts[i]))
			return false;
	return a->has_web == b->has_web && same(m->listen, n->listen) &&
	    same(m->users_file, n->users_file) && same(m->cert, n->cert) &&
	    same(m->key, n->key) && same(m->trusted_proxy, n->trusted_proxy) &&
	    m->allow_plaintext == n->allow_plaintext &&
	    m->host_count == n->host_count && same(a->site.id, b->site.id) &&
	    same(a->site.name.zh, b->site.name.zh) &&
	    same(a->site.name.en, b->site.name.en);
}

bool
conf_same_store(const struct conf *left, const struct conf *right)
{
	const struct conf_store *a = &left->store, *b = &right->store;

	return same(a->path, b->path) &&
	    a->journal_max_bytes == b->journal_max_bytes &&
	    a->events_max_bytes == b->events_max_bytes &&
	    a->history_max_bytes == b->history_max_bytes &&
	    a->commit_every_ms == b->commit_every_ms &&
	    a->clock_wait_ms == b->clock_wait_ms;
}
