/*
 * api.c - the API's documents
 *
 * One view of the live table, and one of the board, serve all requests in turn,
 * under a lock of our own: the servers' threads are two, and the table's lock
 * is held for the copy only.  After the first request a snapshot allocates
 * nothing but its text.
 *
 * A snapshot says how long ago the loop turned.  These threads would go on
 * serving the last values of a loop that hangs, each time with a new `ts`; with
 * `loop_age_ms` a page can tell.
 *
 * Not done: keeping the text of a snapshot for the next one who asks.  One of
 * 2,000 points takes a few milliseconds.
 */
#include "gateway/web/api.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/condition.h"
#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/json.h"
#include "gateway/base/stats.h"
#include "gateway/measure/sample_json.h"
#include "gateway/web/inquiry.h"

#define ALIVE_MAX_MS 5000 /* the loop turns twice a second when idle */
#define ERROR_MAX 512 /* bytes of a sentence */
#define SEVERITY_COUNT (SEVERITY_P4 + 1)

struct api {
	char *site_id, *site_zh, *site_en, *timezone, *version;
	char *estate; /* or NULL */
	int households; /* 0: not said */
	int64_t started_ms; /* monotonic */
	int64_t alive_ms; /* monotonic; atomic */
	char *store; /* a folder */
	struct journal *journal;
	struct live *live;
	struct board *board; /* or NULL */
	struct history *history; /* or NULL */
	pthread_mutex_t lock; /* of the views */
	struct live_view view;
	struct board_view alarms;
};

struct api *
api_new(const struct http_conf *conf, struct journal *j, struct live *live)
{
	struct api *a = must_alloc(1, sizeof(*a));
	const struct text *name = &conf->site_name;

	a->site_id = must_text(conf->site_id);
	a->site_zh = must_text(name->zh != NULL ? name->zh : name->en);
	a->site_en = must_text(name->en != NULL ? name->en : name->zh);
	a->timezone = conf->timezone != NULL ? must_text(conf->timezone) : NULL;
	a->version = must_text(conf->version);
	a->estate = conf->estate != NULL ? must_text(conf->estate) : NULL;
	a->households = conf->households;
	a->started_ms = conf->started_mono_ms;
	a->alive_ms = clock_mono_ms();
	a->store = must_text(conf->store != NULL ? conf->store : "");
	a->journal = j;
	a->live = live;
	a->board = conf->board;
	a->history = conf->history;
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void
api_free(struct api *a)
{
	if (a == NULL)
		return;
	live_view_free(&a->view);
	board_view_free(&a->alarms);
	pthread_mutex_destroy(&a->lock);
	free(a->site_id);
	free(a->site_zh);
	free(a->site_en);
	free(a->timezone);
	free(a->version);
	free(a->estate);
	free(a->store);
	free(a);
}

void
api_alive(struct api *a, int64_t now_ms)
{
	__atomic_store_n(&a->alive_ms, now_ms, __ATOMIC_RELAXED);
}

int64_t
api_loop_age_ms(const struct api *a)
{
	return clock_mono_ms() -
	    __atomic_load_n(&a->alive_ms, __ATOMIC_RELAXED);
}

/* ---- pieces ---- */

/* A text given in one language stands for both. */
static void
key_text(struct json *j, const char *key, const char *zh, const char *en)
{
	json_key(j, key);
	json_open(j);
	json_key_string(j, "zh", zh != NULL ? zh : en);
	json_key_string(j, "en", en != NULL ? en : zh);
	json_end(j);
}

static void
key_place(struct json *j, const struct device_info *d)
{
	json_key(j, "place");
	if (d->building == NULL && d->stair == NULL && d->floors == 0) {
		json_none(j);
		return;
	}
	json_open(j);
	if (d->building != NULL)
		json_key_string(j, "building", d->building);
	if (d->stair != NULL)
		json_key_string(j, "stair", d->stair);
	if (d->floors != 0)
		json_key_i64(j, "floors", d->floors);
	json_end(j);
}

static void
device_head(struct json *j, const struct device_info *d)
{
	json_key_string(j, "id", d->id);
	key_text(j, "name", d->name.zh, d->name.en);
	json_key_string(j, "kind", d->kind);
	json_key_given(j, "profile", d->profile);
	json_key_given(j, "bus", d->bus);
	key_place(j, d);
}

static void
process_head(struct json *j, const struct api *a)
{
	json_key_string(j, "version", a->version);
	json_key_i64(j, "uptime_s", (clock_mono_ms() - a->started_ms) / 1000);
}

/* ---- health and figures ---- */

static void
put_reasons(struct json *j, int64_t age_ms, bool failing)
{
	char text[ERROR_MAX];

	json_key(j, "reasons");
	json_list(j);
	if (age_ms > ALIVE_MAX_MS) {
		snprintf(text, sizeof(text),
		    "the loop has not turned for %lld s",
		    (long long)(age_ms / 1000));
		json_text(j, text);
	}
	if (failing)
		json_text(j,
		    "the journal cannot be written: "
		    "the last commit did not reach the disk");
	json_end(j);
}

/* Values go out without it: it makes nothing fail. */
static const char *
history_word(const struct api *a)
{
	struct history_state s;

	history_state(a->history, &s);
	return s.failing ? "failing" : "ok";
}

unsigned
api_healthz(struct api *a, struct buf *out)
{
	struct json j = {.out = out};
	int64_t age_ms = api_loop_age_ms(a);
	struct journal_state s;
	struct clock_now now;
	bool ok;

	clock_now(&now);
	journal_state(a->journal, &s);
	ok = age_ms <= ALIVE_MAX_MS && !s.failing;
	json_open(&j);
	json_key_string(&j, "status", ok ? "ok" : "failing");
	if (!ok)
		put_reasons(&j, age_ms, s.failing);
	process_head(&j, a);
	json_key_string(&j, "journal", s.in_memory ? "memory" : "disk");
	if (a->history != NULL)
		json_key_string(&j, "history", history_word(a));
	json_key_string(&j, "clock", now.synced ? "synced" : "unsynced");
	json_end(&j);
	return ok ? 200 : 503;
}

unsigned
api_metrics(struct api *a, struct buf *out)
{
	(void)a; /* the figures belong to the process */
	stats_print(out);
	return 200;
}

/* ---- values ---- */

static void
point_now(
    struct json *j, const struct point_info *info, const struct live_point *p)
{
	char text[QUALITY_TEXT_MAX];

	json_key(j, info->name);
	json_open(j);
	json_key(j, "v");
	if (quality_has_value(p->quality))
		json_value(j, &p->value, info);
	else
		json_none(j);
	json_key_string(j, "q", quality_text(p->quality, text));
	json_key(j, "ts");
	if (p->wall_ms != 0)
		json_i64(j, p->wall_ms);
	else
		json_none(j);
	if (info->unit[0] != '\0')
		json_key_string(j, "unit", info->unit);
	json_end(j);
}

static void
device_now(struct json *j, const struct live_view *v, size_t i)
{
	const struct device_info *d = &v->catalog->devices[i];

	json_open(j);
	device_head(j, d);
	json_key(j, "online");
	json_bool(j, v->devices[i].online);
	json_key(j, "points");
	json_open(j);
	for (size_t k = 0; k < d->point_count; k++)
		point_now(j, &d->points[k], &v->points[v->first[i] + k]);
	json_end(j);
	json_end(j);
}

unsigned
api_snapshot(struct api *a, struct buf *out)
{
	struct live_view *v = &a->view;
	struct json j = {.out = out};

	pthread_mutex_lock(&a->lock);
	live_view_take(a->live, v);
	json_open(&j);
	json_key(&j, "site");
	json_open(&j);
	json_key_string(&j, "id", a->site_id);
	key_text(&j, "name", a->site_zh, a->site_en);
	json_end(&j);
	json_key_i64(&j, "ts", v->wall_ms);
	json_key_i64(&j, "loop_age_ms", api_loop_age_ms(a));
	if (!v->synced)
		json_key_string(&j, "clock", "unsynced");
	process_head(&j, a);
	json_key(&j, "devices");
	json_list(&j);
	for (size_t i = 0; v->catalog != NULL && i < v->catalog->device_count;
	     i++)
		device_now(&j, v, i);
	json_end(&j);
	json_end(&j);
	pthread_mutex_unlock(&a->lock);
	return 200;
}

/* ---- names ---- */

/* Of the estate: riser itself is not among what it looks after. */
static size_t
device_count(struct api *a)
{
	const struct catalog *c;
	size_t count = 0;

	pthread_mutex_lock(&a->lock);
	live_view_take(a->live, &a->view);
	c = a->view.catalog;
	for (size_t i = 0; c != NULL && i < c->device_count; i++)
		count += strcmp(c->devices[i].id, "gateway") != 0;
	pthread_mutex_unlock(&a->lock);
	return count;
}

unsigned
api_site(struct api *a, struct buf *out)
{
	struct json j = {.out = out};

	json_open(&j);
	json_key_string(&j, "id", a->site_id);
	key_text(&j, "name", a->site_zh, a->site_en);
	json_key_given(&j, "estate", a->estate);
	json_key_given(&j, "timezone", a->timezone);
	if (a->households > 0)
		json_key_i64(&j, "households", a->households);
	json_key_string(&j, "log", journal_id(a->journal));
	process_head(&j, a);
	json_key_i64(&j, "devices", (int64_t)device_count(a));
	json_end(&j);
	return 200;
}

static void
key_limit(struct json *j, const char *key, double value)
{
	json_key(j, key);
	json_f64(j, value);
}

static void
key_limits(struct json *j, const struct point_info *p)
{
	if (!p->has_low && !p->has_high)
		return;
	json_key(j, "limits");
	json_open(j);
	if (p->has_low)
		key_limit(j, "low", p->low);
	if (p->has_high)
		key_limit(j, "high", p->high);
	json_end(j);
}

static void
point_meaning(struct json *j, const struct point_info *p)
{
	json_open(j);
	json_point_members(j, p);
	if (p->has_valid) {
		json_key(j, "valid");
		json_list(j);
		json_f64(j, p->valid_min);
		json_f64(j, p->valid_max);
		json_end(j);
	}
	key_limits(j, p);
	json_end(j);
}

static void
key_rating(struct json *j, double kva)
{
	if (kva <= 0)
		return;
	json_key(j, "rating");
	json_open(j);
	json_key(j, "kva");
	json_f64(j, kva);
	json_end(j);
}

static void
device_meaning(struct json *j, const struct device_info *d)
{
	json_open(j);
	device_head(j, d);
	json_key_given(j, "fed_by", d->fed_by);
	json_people(j, "owner", d->owner);
	key_rating(j, d->rating_kva);
	json_key_given(j, "verified", d->verified);
	json_key(j, "points");
	json_open(j);
	for (size_t i = 0; i < d->point_count; i++) {
		json_key(j, d->points[i].name);
		point_meaning(j, &d->points[i]);
	}
	json_end(j);
	json_end(j);
}

void
api_catalog(const struct catalog *c, struct buf *out)
{
	struct json j = {.out = out};

	json_open(&j);
	json_key(&j, "devices");
	json_list(&j);
	for (size_t i = 0; c != NULL && i < c->device_count; i++)
		device_meaning(&j, &c->devices[i]);
	json_end(&j);
	json_end(&j);
}

unsigned
api_points(struct api *a, struct buf *out)
{
	pthread_mutex_lock(&a->lock);
	live_view_take(a->live, &a->view);
	api_catalog(a->view.catalog, out);
	pthread_mutex_unlock(&a->lock);
	return 200;
}

static void
device_contact(struct json *j, const struct device_info *d)
{
	if (d->owner_phone == NULL && d->rescue_code == NULL)
		return;
	json_key(j, d->id);
	json_open(j);
	json_key_given(j, "phone", d->owner_phone);
	json_key_given(j, "rescue_code", d->rescue_code);
	json_end(j);
}

unsigned
api_contacts(struct api *a, struct buf *out)
{
	struct json j = {.out = out};
	const struct catalog *c;

	pthread_mutex_lock(&a->lock);
	live_view_take(a->live, &a->view);
	c = a->view.catalog;
	json_open(&j);
	json_key(&j, "devices");
	json_open(&j);
	for (size_t i = 0; c != NULL && i < c->device_count; i++)
		device_contact(&j, &c->devices[i]);
	json_end(&j);
	json_end(&j);
	pthread_mutex_unlock(&a->lock);
	return 200;
}

/* ---- alarms ---- */

/* What is hidden is counted apart: nobody has to look at it. */
struct tally {
	int64_t shown, unacked, hidden;
	int64_t severity[SEVERITY_COUNT]; /* of what is shown */
};

static void
tally_add(struct tally *t, const struct board_alarm *alarm)
{
	assert(alarm->severity < SEVERITY_COUNT);
	t->hidden += alarm->hidden;
	t->shown += !alarm->hidden;
	t->unacked += !alarm->hidden && alarm->unacked;
	t->severity[alarm->severity] += !alarm->hidden;
}

static void
key_counts(struct json *j, const struct tally *t)
{
	json_key(j, "counts");
	json_open(j);
	json_key_i64(j, "shown", t->shown);
	json_key_i64(j, "unacked", t->unacked);
	json_key_i64(j, "hidden", t->hidden);
	for (size_t i = 0; i < SEVERITY_COUNT; i++)
		json_key_i64(j, alarm_severity_names[i], t->severity[i]);
	json_end(j);
}

/* Its members are JSON already, and stand between ours. */
void
api_alarm(struct json *j, const struct board_alarm *alarm)
{
	char device[ORDER_KEY_MAX];
	size_t len = strcspn(alarm->key, "/");

	assert(alarm->key[len] == '/');
	memcpy(device, alarm->key, len);
	device[len] = '\0';
	json_open(j);
	json_key_string(j, "device", device);
	json_key_string(j, "alarm", alarm->key + len + 1);
	if (alarm->members[0] != '\0')
		buf_printf(j->out, ",%s", alarm->members);
	json_key_string(j, "log", alarm->log);
	json_key(j, "seq"), json_u64(j, alarm->seq);
	json_end(j);
}

unsigned
api_alarms(struct api *a, struct buf *out)
{
	struct json j = {.out = out};
	struct board_view *v = &a->alarms;
	struct tally tally = {0};

	pthread_mutex_lock(&a->lock);
	if (a->board != NULL)
		board_view_take(a->board, v);
	json_open(&j);
	json_key_i64(&j, "ts", clock_wall_ms());
	json_key_i64(&j, "loop_age_ms", api_loop_age_ms(a));
	json_key(&j, "alarms");
	json_list(&j);
	for (size_t i = 0; i < v->count; i++) {
		api_alarm(&j, &v->alarms[i]);
		tally_add(&tally, &v->alarms[i]);
	}
	json_end(&j);
	key_counts(&j, &tally);
	json_end(&j);
	pthread_mutex_unlock(&a->lock);
	return 200;
}

const char *
api_store(const struct api *a)
{
	return a->store;
}

struct inquiry *
api_history(struct api *a, const struct query_history *q)
{
	struct inquiry *i;

	pthread_mutex_lock(&a->lock);
	live_view_take(a->live, &a->view);
	i = inquiry_history(a->store, a->history, a->view.catalog, q);
	pthread_mutex_unlock(&a->lock);
	return i;
}

static unsigned
order_done(struct buf *out)
{
	struct json j = {.out = out};

	json_open(&j);
	json_key_bool(&j, "ok", true);
	json_end(&j);
	return 200;
}

unsigned
api_order(struct api *a, const struct order *o, struct buf *out)
{
	static const unsigned statuses[] = {
	    [ORDER_UNKNOWN] = 404, [ORDER_REFUSED] = 409, [ORDER_BUSY] = 503};
	enum order_verdict v = ORDER_UNKNOWN;
	char why[ORDER_WHY_MAX] = "";

	if (a->board != NULL)
		v = board_order(a->board, o, why);
	if (v == ORDER_DONE)
		return order_done(out);
	if (v == ORDER_UNKNOWN)
		api_error(out, "there is no alarm %s", o->alarm);
	else
		api_error(out, "%s", why);
	return statuses[v];
}

void
api_error(struct buf *out, const char *fmt, ...)
{
	struct json j = {.out = out};
	char text[ERROR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_open(&j);
	json_key_string(&j, "error", text);
	json_end(&j);
}
