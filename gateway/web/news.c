/*
 * news.c - what is new since it was last told
 *
 * A device that was not read since is passed over by its version; of the others
 * each point is compared.  A value that was read again and is the same is news
 * too: its time says that the field is alive.
 *
 * A point whose quality has no value keeps "last", which is what was read at
 * its time: what a page may show as old, and as nothing else.
 *
 * Not done: a hash of the alarms' keys.  A few hundred texts are compared when
 * a whole estate is in alarm, some times a second.
 */
#include "gateway/web/news.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/json.h"
#include "gateway/measure/sample_json.h"
#include "gateway/web/api.h"

struct news {
	struct live *live;
	struct board *board; /* or NULL */
	struct live_view told, now;
	struct board_view alarms_told, alarms_now;
	uint32_t names;
};

struct news *
news_new(struct live *live, struct board *board)
{
	struct news *n = must_alloc(1, sizeof(*n));

	n->live = live;
	n->board = board;
	return n;
}

void
news_forget(struct news *n)
{
	live_view_free(&n->told);
	live_view_free(&n->now);
	board_view_free(&n->alarms_told);
	board_view_free(&n->alarms_now);
}

void
news_free(struct news *n)
{
	if (n == NULL)
		return;
	news_forget(n);
	free(n);
}

uint32_t
news_names(const struct news *n)
{
	return n->names;
}

/* ---- looking ---- */

/* What is there now counts as told; the older copy's memory is used again. */
static void
points_told(struct news *n)
{
	struct live_view older = n->told;

	n->told = n->now;
	n->now = older;
}

static void
alarms_told(struct news *n)
{
	struct board_view older = n->alarms_told;

	n->alarms_told = n->alarms_now;
	n->alarms_now = older;
}

static void
names_know(struct news *n)
{
	struct buf text = {0};

	api_catalog(n->now.catalog, &text);
	n->names = crc32c(0, text.data, text.len);
	buf_free(&text);
}

void
news_look(struct news *n)
{
	live_view_take(n->live, &n->now);
	names_know(n);
	points_told(n);
	if (n->board == NULL)
		return;
	board_view_take(n->board, &n->alarms_now);
	alarms_told(n);
}

/* ---- points ---- */

static bool
is_news(const struct live_point *was, const struct live_point *now)
{
	return now->wall_ms != was->wall_ms ||
	    !quality_equal(now->quality, was->quality) ||
	    (quality_has_value(now->quality) &&
		!value_equal(&now->value, &was->value));
}

static void
put_point(
    struct json *j, const struct point_info *info, const struct live_point *p)
{
	char text[QUALITY_TEXT_MAX];
	bool has = quality_has_value(p->quality);

	json_key(j, info->name);
	json_open(j);
	json_key(j, "v");
	if (has)
		json_value(j, &p->value, info);
	else
		json_none(j);
	json_key_string(j, "q", quality_text(p->quality, text));
	json_key(j, "ts");
	if (p->wall_ms != 0)
		json_i64(j, p->wall_ms);
	else
		json_none(j);
	if (!has && p->wall_ms != 0)
		json_key(j, "last"), json_value(j, &p->value, info);
	json_end(j);
}

/* A device's key is written with its first point. */
static size_t
put_device(struct json *j, const struct live_view *v, size_t i,
    const struct live_point *was)
{
	const struct device_info *d = &v->catalog->devices[i];
	size_t first = v->first[i], count = 0;

	for (size_t k = 0; k < d->point_count; k++) {
		const struct live_point *p = &v->points[first + k];

		if (was != NULL && !is_news(&was[first + k], p))
			continue;
		if (count++ == 0)
			json_key(j, d->id), json_open(j);
		put_point(j, &d->points[k], p);
	}
	if (count > 0)
		json_end(j);
	return count;
}

/* was: NULL for all; of the same names.  Returns how many points and flags. */
static size_t
put_points(
    struct json *j, const struct live_view *v, const struct live_view *was)
{
	size_t n = v->catalog != NULL ? v->catalog->device_count : 0;
	size_t count = 0;

	json_key(j, "points");
	json_open(j);
	for (size_t i = 0; i < n; i++)
		if (was == NULL ||
		    was->devices[i].version != v->devices[i].version)
			count += put_device(
			    j, v, i, was != NULL ? was->points : NULL);
	json_end(j);
	json_key(j, "online");
	json_open(j);
	for (size_t i = 0; i < n; i++) {
		if (was != NULL &&
		    was->devices[i].online == v->devices[i].online)
			continue;
		json_key_bool(
		    j, v->catalog->devices[i].id, v->devices[i].online);
		count++;
	}
	json_end(j);
	return count;
}

enum news_kind
news_points(struct news *n, struct buf *out)
{
	struct json j = {.out = out};
	size_t before = out->len, count;

	live_view_take(n->live, &n->now);
	if (n->now.catalog != n->told.catalog) {
		names_know(n);
		points_told(n);
		return NEWS_NAMES;
	}
	json_open(&j);
	json_key_i64(&j, "ts", n->now.wall_ms);
	count = put_points(&j, &n->now, &n->told);
	json_end(&j);
	points_told(n);
	if (count > 0)
		return NEWS_SOME;
	out->len = before;
	return NEWS_NONE;
}

void
news_all_points(const struct news *n, struct buf *out)
{
	struct json j = {.out = out};

	json_open(&j);
	json_key_i64(&j, "ts", n->told.wall_ms);
	json_key_bool(&j, "full", true);
	json_key_i64(&j, "names", n->names);
	put_points(&j, &n->told, NULL);
	json_end(&j);
}

/* ---- alarms ---- */

static bool
stands(const struct board_view *v, const char *key)
{
	for (size_t i = 0; i < v->count; i++)
		if (strcmp(v->alarms[i].key, key) == 0)
			return true;
	return false;
}

bool
news_alarms_wait(const struct news *n)
{
	return n->board != NULL &&
	    board_change(n->board) != n->alarms_told.change;
}

bool
news_alarms(struct news *n, struct buf *out)
{
	const struct board_view *was = &n->alarms_told, *now = &n->alarms_now;
	struct json j = {.out = out};

	if (!news_alarms_wait(n))
		return false;
	board_view_take(n->board, &n->alarms_now);
	json_open(&j);
	json_key_i64(&j, "ts", clock_wall_ms());
	json_key(&j, "alarms");
	json_list(&j);
	for (size_t i = 0; i < now->count; i++)
		if (now->alarms[i].change > was->change)
			api_alarm(&j, &now->alarms[i]);
	json_end(&j);
	json_key(&j, "gone");
	json_list(&j);
	for (size_t i = 0; i < was->count; i++)
		if (!stands(now, was->alarms[i].key))
			json_text(&j, was->alarms[i].key);
	json_end(&j);
	json_end(&j);
	alarms_told(n);
	return true;
}

void
news_all_alarms(const struct news *n, struct buf *out)
{
	struct json j = {.out = out};

	json_open(&j);
	json_key_i64(&j, "ts", clock_wall_ms());
	json_key_bool(&j, "full", true);
	json_key_i64(&j, "names", n->names);
	json_key(&j, "alarms");
	json_list(&j);
	for (size_t i = 0; i < n->alarms_told.count; i++)
		api_alarm(&j, &n->alarms_told.alarms[i]);
	json_end(&j);
	json_end(&j);
}
