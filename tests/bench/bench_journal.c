/*
 * bench_journal.c - what the journal costs beside the bare disk
 *
 * Commits of several sizes through the journal, then as many bytes appended
 * with plain write and fdatasync in the same run on the same disk.  Says
 * commits and readings a second, the ratio of the two, how long a journal is on
 * disk, and what the kernel wrote for it (/proc/self/io, whole pages), for both
 * ways: a small commit that is appended costs a page or two, and the file
 * system's journal besides, which is not even counted here.
 *
 * Then how long it takes to open 2 GiB of segments.  All but the newest are
 * copies of a head with nothing behind it: nothing else of them is read.
 *
 * The store is made in the folder given, else in the current one.
 */
#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/journal.h"
#include "gateway/store/segment.h"

#define COMMITS 500
#define READINGS_A_BATCH 20 /* points of a meter that changed */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct point_info points[READINGS_A_BATCH];
static const struct device_info devices[] = {{.id = "tx-1",
    .kind = "transformer",
    .point_count = READINGS_A_BATCH,
    .points = points}};
static struct catalog catalog = {
    .device_count = 1, .devices = devices, .refs = 1};

static char folder[4096];

static void
fill(struct batch *b, struct reading *readings, int64_t now_ms)
{
	*b = (struct batch){.count = READINGS_A_BATCH, .readings = readings};
	b->at.mono_ms = now_ms;
	b->at.wall_ms = 1763690000000 + now_ms;
	b->at.synced = true;
	for (uint16_t i = 0; i < READINGS_A_BATCH; i++)
		readings[i] = (struct reading){.point = i,
		    .quality = {.code = QUALITY_GOOD},
		    .value = {.type = VALUE_F32,
			.f = (double)(float)(drand48() * 500)}};
}

static void
commit(struct journal *j, unsigned batches, int64_t now_ms)
{
	struct reading readings[READINGS_A_BATCH];
	struct journal_state s;
	struct batch b;

	for (unsigned i = 0; i < batches; i++) {
		fill(&b, readings, now_ms + i);
		if (!journal_append(j, &b))
			abort();
	}
	journal_tick(j, now_ms);
	do {
		usleep(20);
		journal_state(j, &s);
	} while (s.disk_seq < b.seq);
}

/* Bytes this process has made the kernel write. */
static double
written(void)
{
	FILE *f = fopen("/proc/self/io", "re");
	unsigned long long bytes = 0;
	char line[128];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "write_bytes: %llu", &bytes) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return (double)bytes;
}

/* Seconds for the same bytes without us. */
static double
bare_seconds(size_t bytes)
{
	char path[4200], *data = calloc(bytes, 1);
	int64_t start_us;
	int fd;

	snprintf(path, sizeof(path), "%s/bare", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd != -1 && data != NULL);
	start_us = clock_mono_us();
	for (unsigned i = 0; i < COMMITS; i++)
		if (write(fd, data, bytes) != (ssize_t)bytes || fdatasync(fd))
			abort();
	start_us = clock_mono_us() - start_us;
	close(fd);
	unlink(path);
	free(data);
	return (double)start_us / 1e6;
}

static void
run(struct journal *j, unsigned batches)
{
	struct journal_state before, after;
	double took, bare, bytes, readings, ours, plain;
	int64_t start_us, now_ms = 0;

	journal_state(j, &before);
	ours = written();
	start_us = clock_mono_us();
	for (unsigned i = 0; i < COMMITS; i++, now_ms += 500)
		commit(j, batches, now_ms);
	took = (double)(clock_mono_us() - start_us) / 1e6;
	plain = written();
	ours = plain - ours;
	journal_state(j, &after);
	bytes = (double)(after.bytes - before.bytes);
	readings = (double)(after.tail_readings - before.tail_readings);
	bare = bare_seconds((size_t)(bytes / COMMITS));
	plain = written() - plain;
	printf("%5.0f readings a commit: %6.0f commits/s, %8.0f readings/s, "
	       "ratio to bare write+fdatasync %.2f; bytes a reading: %5.2f on "
	       "disk, %5.2f written, appended %5.2f\n",
	    readings / COMMITS, COMMITS / took, readings / took, bare / took,
	    bytes / readings, ours / readings, plain / readings);
}

/* ---- opening ---- */

#define SEGMENT_BYTES ((off_t)4 * 1024 * 1024)
#define SEGMENTS 511 /* beside the newest: 2 GiB */

/* The oldest segment's name and first bytes. */
static void
read_first(char *head, size_t size)
{
	char path[4200], name[SEGMENT_NAME_BYTES];
	int fd;

	segment_name(name, 1);
	snprintf(path, sizeof(path), "%s/readings/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert(fd != -1);
	assert(read(fd, head, size) == (ssize_t)size);
	close(fd);
}

static void
make_segments(void)
{
	char path[4200], name[SEGMENT_NAME_BYTES], head[8192];
	int fd;

	read_first(head, sizeof(head));
	for (uint64_t i = 2; i <= SEGMENTS; i++) {
		segment_name(name, i);
		snprintf(path, sizeof(path), "%s/readings/%s", folder, name);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert(fd != -1);
		assert(write(fd, head, sizeof(head)) == sizeof(head));
		assert(ftruncate(fd, SEGMENT_BYTES) == 0);
		close(fd);
	}
}

static void
time_opening(const struct journal_conf *conf)
{
	struct journal_state s;
	struct err err = {""};
	struct journal *j;
	int64_t start_us;

	make_segments();
	start_us = clock_mono_us();
	j = journal_open(conf, &err);
	start_us = clock_mono_us() - start_us;
	assert(j != NULL);
	journal_state(j, &s);
	printf("%.2f GiB opened in %.3f s\n", (double)s.bytes / (1 << 30),
	    (double)start_us / 1e6);
	journal_close(j, 5000);
}

int
main(int argc, char *argv[])
{
	static const unsigned sizes[] = {1, 10, 100, 500};
	struct journal_conf conf = {
	    .dir = folder, .max_bytes = (int64_t)4 << 30, .commit_every_ms = 0};
	struct journal *j;
	struct err err;
	char command[4200];

	snprintf(folder, sizeof(folder), "%s/bench-journal-XXXXXX",
	    argc > 1 ? argv[1] : ".");
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return 1;
	}
	for (size_t i = 0; i < READINGS_A_BATCH; i++)
		points[i] = (struct point_info){
		    .name = "power", .unit = "kW", .role = ""};
	j = journal_open(&conf, &err);
	if (j == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	journal_catalog(j, &catalog);
	for (size_t i = 0; i < COUNT(sizes); i++)
		run(j, sizes[i]);
	journal_close(j, 5000);
	time_opening(&conf);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return system(command) == 0 ? 0 : 1;
}
