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

bool
conf_same_web(const struct conf *a, const struct conf *b)
{
	return a->has_web == b->has_web && same(a->web.listen, b->web.listen) &&
	    same(a->site.id, b->site.id) &&
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
