/*
 * store_help.h - what the tests of the journal share: an estate, batches that
 * can be told apart, a store in a temporary folder, and a disk that fails
 */
#ifndef STORE_HELP_H
#define STORE_HELP_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/journal.h"
#include "gateway/store/segment.h"

#define HELP_WAIT_MS 20000 /* for a thread on a busy machine */
#define HELP_COMMIT_MS 0 /* due at the next tick */

/* For what is asserted a million times: ck_assert writes to a file each time.
 */
static inline void
sure(bool holds, const char *what)
{
	if (!holds)
		ck_abort_msg("does not hold: %s", what);
}

/* ---- an estate, and another after an edit ---- */

static const struct enum_name door_names[] = {{0, "closed"}, {1, "open"}};
static const struct point_info tx_points[] = {
    {.name = "power", .unit = "kW", .role = ""},
    {.name = "energy", .unit = "kWh", .role = "counter"},
    {.name = "label", .unit = "", .role = "", .form = FORM_TEXT},
};
static const struct point_info lift_points[] = {
    {.name = "door",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = 2,
	.names = door_names},
};
static const struct device_info estate_devices[] = {
    {.id = "tx-1",
	.kind = "transformer",
	.point_count = 3,
	.points = tx_points},
    {.id = "lift-1",
	.kind = "elevator",
	.point_count = 1,
	.points = lift_points},
};
static struct catalog estate = {
    .device_count = 2, .devices = estate_devices, .refs = 1};

static const struct device_info edited_devices[] = {
    {.id = "tx-9",
	.kind = "transformer",
	.point_count = 3,
	.points = tx_points},
    {.id = "lift-9",
	.kind = "elevator",
	.point_count = 1,
	.points = lift_points},
};
static struct catalog edited __attribute__((unused)) = {
    .device_count = 2, .devices = edited_devices, .refs = 1};

/* ---- batch number n ---- */

#define HELP_READINGS 3

struct sample {
	struct batch batch;
	struct reading readings[HELP_READINGS];
};

static inline void
sample_fill(struct sample *s, uint64_t n)
{
	memset(s, 0, sizeof(*s));
	s->batch.readings = s->readings;
	s->batch.at = (struct stamp){.mono_ms = (int64_t)(n * 7),
	    .wall_ms = 1763690000000 + (int64_t)(n * 7),
	    .synced = n % 5 != 0};
	memset(s->batch.at.boot, (int)(n / 50 % 7), SAMPLE_BOOT_BYTES);
	s->batch.device = n % 4 == 3;
	s->batch.count = s->batch.device == 1 ? 1 : (uint16_t)(1 + n % 3);
	for (uint16_t i = 0; i < s->batch.count; i++)
		s->readings[i] = (struct reading){.point = i,
		    .quality = {.code = QUALITY_GOOD},
		    .value = {.type = VALUE_U64, .u = n * 4 + i}};
	if (s->batch.count == 3) {
		s->readings[2].value.type = VALUE_TEXT;
		snprintf(s->readings[2].value.text, SAMPLE_TEXT_MAX,
		    "text %" PRIu64, n);
	}
}

static inline bool
same_reading(const struct reading *a, const struct reading *b)
{
	return a->point == b->point && quality_equal(a->quality, b->quality) &&
	    value_equal(&a->value, &b->value);
}

static inline bool
same_batch(const struct batch *a, const struct batch *b)
{
	if (a->device != b->device || a->count != b->count ||
	    memcmp(a->at.boot, b->at.boot, SAMPLE_BOOT_BYTES) != 0 ||
	    a->at.mono_ms != b->at.mono_ms || a->at.wall_ms != b->at.wall_ms ||
	    a->at.synced != b->at.synced)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_reading(&a->readings[i], &b->readings[i]))
			return false;
	return true;
}

/* The number it was made with. */
static inline uint64_t
sample_number(const struct batch *b)
{
	return b->readings[0].value.u / 4;
}

static inline void
assert_is_sample(const struct batch *b)
{
	struct sample s;

	sample_fill(&s, sample_number(b));
	sure(same_batch(&s.batch, b), "it is read as it was appended");
}

/* ---- a store ---- */

static char store[] = "/tmp/riser-test-store-XXXXXX";
static struct journal *journal;
static int64_t now_ms = 1000000;
static int64_t quota_bytes = (int64_t)64 << 20;

static inline void
open_journal(void)
{
	struct journal_conf conf = {.dir = store,
	    .max_bytes = quota_bytes,
	    .commit_every_ms = HELP_COMMIT_MS};
	struct err err = {""};

	journal = journal_open(&conf, &err);
	ck_assert_msg(journal != NULL, "%s", err.text);
	journal_catalog(journal, &estate);
}

static inline void
close_journal(void)
{
	journal_close(journal, HELP_WAIT_MS);
	journal = NULL;
}

static inline void
reopen(void)
{
	close_journal();
	open_journal();
}

static inline void
make_store(void)
{
	strcpy(store + strlen(store) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(store));
	open_journal();
}

static inline int
remove_one(const char *path, const struct stat *s, int flag, struct FTW *ftw)
{
	(void)s;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void
remove_store(void)
{
	close_journal();
	nftw(store, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline uint64_t
append(uint64_t n)
{
	struct sample s;

	sample_fill(&s, n);
	sure(journal_append(journal, &s.batch), "the batch is taken");
	return s.batch.seq;
}

static inline uint64_t
tail_seq(void)
{
	struct journal_state s;

	journal_state(journal, &s);
	return s.tail_seq;
}

static inline uint64_t
disk_seq(void)
{
	struct journal_state s;

	journal_state(journal, &s);
	return s.disk_seq;
}

/* Waits for the writer, which has been told: until seq can be read, or is on
 * disk, too. */
static inline void
await_tail(uint64_t seq)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (tail_seq() < seq) {
		sure(clock_mono_ms() < until_ms, "the batch is accepted");
		usleep(100);
	}
}

static inline void
await_disk(uint64_t seq)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (disk_seq() < seq) {
		sure(clock_mono_ms() < until_ms, "the commit comes");
		usleep(100);
	}
}

/* Time stands still unless a test moves it: no commit stalls. */
static inline void
tick_due(void)
{
	journal_tick(journal, now_ms);
}

static inline uint64_t
commit(uint64_t n)
{
	uint64_t seq = append(n);

	tick_due();
	await_disk(seq);
	return seq;
}

/* Up to where a cursor is done with all. */
static inline struct record_range
cursor_front(const struct cursor *c)
{
	struct record_range ranges[RECORD_RANGES_MAX];

	cursor_ranges(c, ranges);
	return ranges[0];
}

static inline uint64_t
cursor_seq(const struct cursor *c)
{
	return cursor_front(c).after;
}

static inline uint64_t
cursor_upto(const struct cursor *c)
{
	return cursor_front(c).upto;
}

/* The only segment, or the newest: 0 if there is none. */
static inline uint64_t
newest_path(char path[128])
{
	char folder[64], name[SEGMENT_NAME_BYTES];
	uint64_t first, newest = 0;
	struct dirent *e;
	DIR *d;

	snprintf(folder, sizeof(folder), "%s/readings", store);
	d = opendir(folder);
	while ((e = readdir(d)) != NULL)
		if (segment_name_read(e->d_name, &first) && first > newest)
			newest = first;
	closedir(d);
	segment_name(name, newest);
	snprintf(path, 128, "%s/%s", folder, name);
	return newest;
}

/* ---- a disk that fails: these stand in for libc's ---- */

enum fault {
	FAULT_NONE,
	FAULT_FULL, /* a write takes what fits, and then none */
	FAULT_SHORT, /* a write takes half */
	FAULT_WRITE, /* a write fails */
	FAULT_SYNC, /* a sync fails */
	FAULT_HANG, /* a sync takes until the fault is another */
	FAULT_READ_ONLY, /* nothing can be opened to be written */
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum fault kind;
	int spared; /* so many go well before */
	int times; /* so many; -1: for ever */
	int met; /* how many there were */
	bool no_cut; /* nothing can be truncated */
} disk = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static inline void
set_late_fault(enum fault kind, int spared, int times)
{
	pthread_mutex_lock(&disk.lock);
	disk.kind = kind;
	disk.spared = spared;
	disk.times = times;
	disk.met = 0;
	pthread_cond_broadcast(&disk.changed);
	pthread_mutex_unlock(&disk.lock);
}

static inline void
set_fault(enum fault kind, int times)
{
	set_late_fault(kind, 0, times);
}

/* Whether this call is to meet the fault; a hang lasts until the fault is
 * another. */
static inline bool
meet(enum fault kind)
{
	bool hit;

	pthread_mutex_lock(&disk.lock);
	hit = disk.kind == kind && disk.times != 0 && disk.spared == 0;
	disk.spared -= disk.kind == kind && disk.spared > 0;
	if (hit) {
		disk.met++;
		disk.times -= disk.times > 0;
		pthread_cond_broadcast(&disk.changed);
	}
	while (hit && kind == FAULT_HANG && disk.kind == FAULT_HANG)
		pthread_cond_wait(&disk.changed, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
	return hit;
}

static inline int
fault_met(void)
{
	int met;

	pthread_mutex_lock(&disk.lock);
	met = disk.met;
	pthread_mutex_unlock(&disk.lock);
	return met;
}

/* Until the fault was met so often. */
static inline void
await_fault(int times)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.met < times)
		pthread_cond_wait(&disk.changed, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

ssize_t
pwrite(int fd, const void *bytes, size_t length, off_t at)
{
	if (meet(FAULT_FULL)) {
		/* A full disk takes what fits. */
		syscall(SYS_pwrite64, fd, bytes, length / 2, at);
		errno = ENOSPC;
		return -1;
	}
	if (meet(FAULT_WRITE)) {
		errno = EIO;
		return -1;
	}
	if (length > 1 && meet(FAULT_SHORT))
		length = length / 2;
	return syscall(SYS_pwrite64, fd, bytes, length, at);
}

int
ftruncate(int fd, off_t size)
{
	if (disk.no_cut) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_ftruncate, fd, size);
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list rest;
	int mode;

	va_start(rest, flags);
	mode = va_arg(rest, int); /* of no meaning if nothing is made */
	va_end(rest);
	if ((flags & (O_WRONLY | O_RDWR)) != 0 && meet(FAULT_READ_ONLY)) {
		errno = EROFS;
		return -1;
	}
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

int
fdatasync(int fd)
{
	meet(FAULT_HANG);
	if (meet(FAULT_SYNC)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

#endif
