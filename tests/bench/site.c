/*
 * site.c - the days of a site, faster than they pass: what they cost on disk
 *
 *	site write CONF DIR DAYS
 *	site weigh CONF DIR DAYS COLUMN...
 *
 * The simulator's estate, asked as often as the configuration says, through
 * registers, derived points and deadbands, as a gateway would.  write: into
 * DIR/history.db as the history's thread does it.  weigh: how much of that are
 * the quarters of the points named COLUMN, alone in a file of their own, and
 * what five years of them take.
 *
 * Every second is a turn: what is asked more often is asked once a second.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/computed.h"
#include "gateway/sim/estate.h"
#include "gateway/store/calendar.h"
#include "gateway/store/history.h"
#include "gateway/store/rollup.h"
#include "gateway/store/sheaf.h"
#include "gateway/store/slots.h"

#define START_MS 1763683200000 /* 2025-11-21 00:00 UTC */
#define TURN_MS 1000
#define FIVE_YEARS_DAYS 1826

struct played {
	struct computed *derived;
	struct deadband *kept;
	uint16_t number;
	uint32_t *names;
};

static struct conf *conf;
static struct catalog *catalog;
static struct estate *estate;
static struct live *live;
static struct played *devices;
static struct history_file file;
static struct sheaf *sheaf;
static struct rollup *rollup;
static uint16_t words[65536];
static struct reading readings[SAMPLE_READINGS_MAX];
static uint64_t asked, kept;
static uint64_t packed; /* bytes of blocks */

static void
sure(int rc, const struct history_file *f, const char *what)
{
	if (rc != -1)
		return;
	fprintf(stderr, "%s: %s\n", what, f->why);
	exit(1);
}

static int64_t
written(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[128];
	int64_t bytes = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "write_bytes: %" SCNd64, &bytes);
	if (f != NULL)
		fclose(f);
	return bytes;
}

static void
open_site(const char *path, struct arena *memory)
{
	conf = conf_read(path, stderr);
	if (conf == NULL)
		exit(1);
	catalog = conf_catalog(conf);
	estate = estate_new(conf, 7, 0);
	live = live_new();
	live_catalog(live, catalog);
	devices = must_alloc(conf->device_count, sizeof(*devices));
	for (size_t d = 0; d < conf->device_count; d++) {
		size_t count = conf->devices[d].point_count;

		devices[d].derived = computed_new(&conf->devices[d], memory);
		devices[d].kept =
		    must_alloc(count + 1, sizeof(struct deadband));
		for (size_t i = 0; i < count; i++)
			devices[d].kept[i].text =
			    arena_alloc(memory, SAMPLE_TEXT_MAX);
		devices[d].names = must_alloc(count + 1, sizeof(uint32_t));
	}
}

/* ---- what a device says ---- */

/* By way of its registers, so that it has no more digits than they. */
static void
read_point(size_t device, size_t point, struct reading *r)
{
	const struct conf_point *p = &conf->devices[device].points[point];
	struct value v;

	estate_value(estate, device, point, &v);
	if (v.type == VALUE_TEXT)
		decode_reverse_text(&p->decode, v.text, words, p->address);
	else
		decode_reverse(&p->decode, v.f, words, p->address);
	r->point = (uint16_t)point;
	r->value.type = VALUE_NONE;
	r->quality = decode_value(&p->decode, words, p->address, &r->value);
}

/* Devices do not all begin at the same moment. */
static bool
is_due(const struct conf_point *p, size_t device, int64_t t_ms)
{
	return p->rule.every_ms <= TURN_MS ||
	    (t_ms + (int64_t)device * TURN_MS) % p->rule.every_ms < TURN_MS;
}

/* What the deadbands keep of what is due. */
static void
keep(struct played *d, const struct conf_device *c, struct batch *b)
{
	uint16_t count = 0;

	for (uint16_t i = 0; i < b->count; i++) {
		const struct reading *r = &b->readings[i];
		struct deadband *last = &d->kept[r->point];

		if (!deadband_due(
			&c->points[r->point].rule, last, r, b->at.mono_ms))
			continue;
		deadband_keep(last, r, b->at.mono_ms);
		b->readings[count++] = *r;
	}
	b->count = count;
}

static void
read_device(size_t device, int64_t t_ms, struct batch *b)
{
	const struct conf_device *c = &conf->devices[device];

	*b = (struct batch){.device = (uint16_t)device, .readings = readings};
	b->at.mono_ms = t_ms;
	b->at.wall_ms = START_MS + t_ms;
	b->at.synced = true;
	for (size_t i = 0; i < c->polled_count; i++)
		if (is_due(&c->points[i], device, t_ms))
			read_point(device, i, &readings[b->count++]);
	if (b->count == 0)
		return;
	live_set_all(live, b->device, b->readings, b->count, &b->at);
	computed_take(devices[device].derived, live, b);
	asked += b->count;
	keep(&devices[device], c, b);
	kept += b->count;
}

/* ---- into the history ---- */

static void
name_all(void)
{
	sure(history_file_begin(&file), &file, "begin");
	for (size_t d = 0; d < conf->device_count; d++) {
		const struct device_info *info = &catalog->devices[d];

		sure(history_file_device(&file, info->id, &devices[d].number),
		    &file, "device");
		for (uint16_t p = 0; p < info->point_count; p++) {
			const struct deadband_rule *r =
			    &conf->devices[d].points[p].rule;

			sure(history_file_name(&file, devices[d].number,
				 &info->points[p],
				 history_hold_ms(r->heartbeat_ms, r->every_ms),
				 &devices[d].names[p]),
			    &file, "name");
		}
	}
	sure(history_file_commit(&file), &file, "commit");
}

static void
flush(void)
{
	struct history_stretch s = {.settled = true, .log = ""};
	int rc;

	sure(history_file_add(&file, &s, sheaf), &file, "readings");
	sheaf_clear(sheaf);
	do {
		rc = rollup_step(rollup, &file);
		sure(rc, &file, "roll-up");
	} while (rc == 1);
}

/* To the first moment of the day behind, so that the last one is over. */
static void
play(int64_t days)
{
	int64_t from_ms = 0;
	struct batch b;

	for (int64_t t_ms = 0; t_ms <= days * CALENDAR_DAY_MS;
	     t_ms += TURN_MS) {
		estate_advance(estate, t_ms);
		if (t_ms - from_ms >= HISTORY_FLUSH_MS) {
			flush();
			from_ms = t_ms;
		}
		for (size_t d = 0; d < conf->device_count; d++) {
			read_device(d, t_ms, &b);
			if (b.count > 0 && !sheaf_room(sheaf, &b)) {
				flush();
				from_ms = t_ms;
			}
			if (b.count > 0)
				sheaf_add(sheaf, b.at.wall_ms,
				    devices[d].number, &b, devices[d].names);
		}
	}
	flush();
}

/* ---- the columns ---- */

static bool
is_column(const char *name, char **columns)
{
	while (*columns != NULL && strcmp(*columns, name) != 0)
		columns++;
	return *columns != NULL;
}

/* The name's point, by its number in the history. */
static const char *
point_named(size_t device, uint32_t name)
{
	const struct conf_device *c = &conf->devices[device];

	for (size_t p = 0; p < c->point_count; p++)
		if (devices[device].names[p] == name)
			return c->points[p].name;
	return "";
}

/* A day of a device's columns, as a block of its own; how many slots. */
static uint64_t
copy_columns(
    size_t device, struct slots *slots, struct slots_writer *w, char **columns)
{
	static struct slots_point p;
	uint64_t count = 0;

	slots_begin(w, HISTORY_QUARTER_MS,
	    HISTORY_QUARTERS_SPAN_MS / HISTORY_QUARTER_MS);
	while (slots_next(slots, 0, &p) == 1) {
		if (!is_column(point_named(device, p.name), columns))
			continue;
		for (uint32_t i = 0; i < p.count; i++)
			slots_add(w, p.of[i].index, &p.of[i].slot);
		slots_put(w, p.name, p.counter);
		count += p.count;
	}
	return count;
}

static uint64_t
copy_day(struct history_file *to, int64_t day, char **columns)
{
	struct slots slots = {0};
	struct slots_writer *w = slots_writer_new();
	struct buf out = {0};
	const void *block;
	size_t length;
	uint64_t count = 0;

	for (size_t d = 0; d < conf->device_count; d++) {
		buf_clear(&out);
		if (history_file_slots(&file, HISTORY_QUARTERS, day,
			devices[d].number, &block, &length) != 1 ||
		    !slots_open(&slots, HISTORY_QUARTER_MS, block, length))
			continue;
		count += copy_columns(d, &slots, w, columns);
		if (!slots_end(w, &out))
			continue;
		packed += out.len;
		sure(history_file_put_slots(
			 to, HISTORY_QUARTERS, day, devices[d].number, &out),
		    to, "columns");
	}
	slots_free(&slots);
	slots_writer_free(w);
	buf_free(&out);
	return count;
}

static size_t
count_columns(char **columns)
{
	size_t count = 0;

	for (size_t d = 0; d < conf->device_count; d++)
		for (size_t p = 0; p < conf->devices[d].point_count; p++)
			count +=
			    is_column(conf->devices[d].points[p].name, columns);
	return count;
}

/* A file in a file's folder; what is in an empty one is not counted. */
static int
weigh_columns(const char *dir, int64_t days, char **columns)
{
	struct history_file to = {.db = NULL};
	int64_t first = history_span_of(HISTORY_QUARTERS, START_MS), empty,
		full;
	uint64_t slots = 0;
	char path[PATH_MAX];
	double years_mb;

	sure(history_file_open(&file, dir), &file, "open");
	name_all();
	snprintf(path, sizeof(path), "%s/columns", dir);
	mkdir(path, 0700);
	sure(history_file_open(&to, path), &to, "columns");
	sure(history_file_bytes(&to, &empty), &to, "bytes");
	sure(history_file_begin(&to), &to, "begin");
	for (int64_t day = first; day < first + days; day++)
		slots += copy_day(&to, day, columns);
	sure(history_file_commit(&to), &to, "commit");
	sure(history_file_bytes(&to, &full), &to, "bytes");
	history_file_close(&to);
	history_file_close(&file);
	years_mb =
	    (double)(full - empty) / (double)days * FIVE_YEARS_DAYS / 1e6;
	printf("%zu columns: %.2f bytes a quarter of each, of which %.2f are "
	       "the block's; five years %.1f MB\n",
	    count_columns(columns), (double)(full - empty) / (double)slots,
	    (double)packed / (double)slots, years_mb);
	return 0;
}

static int
write_days(const char *dir, int64_t days)
{
	int64_t before, began_ms = clock_mono_ms(), bytes;

	sheaf = sheaf_new();
	rollup = rollup_new();
	sure(history_file_open(&file, dir), &file, "open");
	name_all();
	before = written();
	play(days);
	sure(history_file_bytes(&file, &bytes), &file, "bytes");
	printf("%" PRIu64 " readings kept of %" PRIu64 ", %.1f/s; %.2f bytes "
	       "written a reading, %.2f in the file; %.1f s\n",
	    kept, asked, (double)kept * 1000 / (double)(days * CALENDAR_DAY_MS),
	    (double)(written() - before) / (double)kept,
	    (double)bytes / (double)kept,
	    (double)(clock_mono_ms() - began_ms) / 1000);
	history_file_close(&file);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct arena *memory = arena_new();

	if (argc < 5)
		return 2;
	setenv("TZ", "UTC", 1);
	open_site(argv[2], memory);
	if (strcmp(argv[1], "write") == 0)
		return write_days(argv[3], atoi(argv[4]));
	if (strcmp(argv[1], "weigh") == 0)
		return weigh_columns(argv[3], atoi(argv[4]), argv + 5);
	return 2;
}
