/*
 * mqtt_world.h - the sink between a store, a board and a real broker, for tests
 */
#ifndef MQTT_WORLD_H
#define MQTT_WORLD_H

#include <sys/eventfd.h>

#include "gateway/base/arena.h"
#include "gateway/sinks/mqtt.h"
#include "tests/mqtt_help.h"

static int port;
static pid_t broker, subscriber;
static struct journal *journal, *events;
static struct live *live;
static struct board *board;
static int loop_fd; /* the board wakes it */
static struct mqtt *mqtt;
static struct mqtt_conf conf;
static char url[64];

/* ---- what is delivered ---- */

static const struct point_info points[] = {
    {.name = "power", .unit = "kW", .role = "", .form = FORM_NUMBER},
    {.name = "label", .unit = "", .role = "", .form = FORM_TEXT},
};

/* A site with these devices, of two points each. */
static inline struct catalog *
catalog_of(const char *const *ids, uint16_t count)
{
	struct arena *a = arena_new();
	struct catalog *c = arena_alloc(a, sizeof(*c));
	struct device_info *d = arena_array(a, count, sizeof(*d));

	for (uint16_t i = 0; i < count; i++)
		d[i] = (struct device_info){.id = arena_text(a, ids[i]),
		    .kind = "transformer",
		    .point_count = 2,
		    .points = points};
	*c = (struct catalog){
	    .device_count = count, .devices = d, .memory = a, .refs = 1};
	return c;
}

static inline void
use_devices(const char *const *ids, uint16_t count)
{
	struct catalog *c = catalog_of(ids, count);

	live_catalog(live, c);
	journal_catalog(journal, c);
	catalog_unref(c);
}

static inline struct stamp
stamp_now(void)
{
	struct stamp at = {.synced = true};

	clock_boot(at.boot);
	at.mono_ms = clock_mono_ms();
	at.wall_ms = clock_wall_ms();
	return at;
}

/* A batch of one reading of device 0. */
static inline void
append(const char *label)
{
	struct reading r = {.point = 0, .quality = {QUALITY_GOOD, 0}};
	struct batch b = {.count = 1, .readings = &r, .at = stamp_now()};

	r.value = (struct value){.type = VALUE_I64, .i = 7};
	if (label != NULL) {
		r.point = 1;
		r.value.type = VALUE_TEXT;
		snprintf(r.value.text, sizeof(r.value.text), "%s", label);
	}
	ck_assert(journal_append(journal, &b));
	journal_tick(journal, clock_mono_ms());
}

static inline void
set_live(uint16_t device, enum quality_code code)
{
	struct reading r = {.quality = {(uint8_t)code, 0}};
	struct stamp at = stamp_now();

	if (code == QUALITY_GOOD)
		r.value = (struct value){.type = VALUE_I64, .i = 7};
	live_set(live, device, &r, &at);
}

static inline struct journal *
log_of(const char *name, int64_t max_bytes)
{
	char path[PATH_SIZE];
	struct journal_conf c = {
	    .name = name, .max_bytes = max_bytes, .commit_every_ms = 50};
	struct journal *j;
	struct err err;

	c.dir = in_folder(path, "store");
	j = journal_open(&c, &err);
	ck_assert_msg(j != NULL, "%s", err.text);
	return j;
}

static inline void
store_open(int64_t max_bytes)
{
	journal = log_of("readings", max_bytes);
	events = log_of("events", 8 << 20);
	live = live_new();
	loop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	board = board_new(loop_fd);
	use_devices((const char *const[]){"tx-1"}, 1);
}

static inline void
store_close(void)
{
	journal_close(journal, 5000);
	journal_close(events, 5000);
	live_free(live);
	board_free(board);
	close(loop_fd);
}

/* ---- one test's world ---- */

static inline void
start(void)
{
	struct mqtt_source from = {.readings = journal,
	    .events = events,
	    .live = live,
	    .board = board};
	struct err err;

	mqtt = mqtt_start(&conf, &from, &err);
	ck_assert_msg(mqtt != NULL, "%s", err.text);
}

/* Waits until a line of the file has been written so often. */
static inline bool
comes(const char *file, const char *needle, int times, int64_t within_ms)
{
	int64_t until_ms = clock_mono_ms() + within_ms;

	while (times_in(file, needle) < times) {
		if (clock_mono_ms() > until_ms)
			return false;
		journal_tick(journal, clock_mono_ms());
		journal_tick(events, clock_mono_ms());
		usleep(20000);
	}
	return true;
}

static inline bool
is_heard(const char *needle)
{
	return comes("sub.log", needle, 1, 8000);
}

static inline bool
is_logged(const char *needle)
{
	return comes("log", needle, 1, 8000);
}

static inline int
log_open(void)
{
	char path[PATH_SIZE];
	int fd =
	    open(in_folder(path, "log"), O_CREAT | O_WRONLY | O_APPEND, 0644);

	ck_assert_int_ne(dup2(fd, STDERR_FILENO), -1);
	return close(fd);
}

static inline void
setup(void)
{
	folder_make();
	log_open();
	store_open(64 << 20);
	port = free_port();
	snprintf(url, sizeof(url), "mqtt://127.0.0.1:%d", port);
	conf = (struct mqtt_conf){.url = url,
	    .version = 5,
	    .client_id = "anju",
	    .prefix = "riser",
	    .site = "anju",
	    .state_every_ms = 200};
	broker = subscriber = 0;
	mqtt = NULL;
}

static inline void
teardown(void)
{
	mqtt_stop(mqtt, 2000);
	if (subscriber != 0)
		/* Its handler of SIGTERM disconnects, and may hang in that. */
		end(subscriber, SIGKILL);
	if (broker != 0)
		end(broker, SIGTERM);
	store_close();
	folder_remove();
}

/* A broker that lets everybody in, with more lines of configuration. */
static inline void
broker_start(const char *more)
{
	write_file("broker.conf",
	    "listener %d 127.0.0.1\nallow_anonymous true\nuser root\n"
	    "persistence true\npersistence_location %s/\n"
	    "max_queued_messages 0\n%s\n",
	    port, folder, more);
	broker = broker_run(port);
}

static inline void
subscriber_open(void)
{
	subscriber = subscriber_run(port);
	ck_assert(comes("broker.log", "as durable", 1, 5000));
}

#endif
