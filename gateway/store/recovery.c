/*
 * recovery.c - what a journal's folder holds at start, put in order
 *
 * The newest segment is read to its end.  If nothing but zeroes is behind its
 * last record it is gone on with; a torn or damaged end is cut off and a new
 * segment begun, so that nothing is ever written behind such a place.  Of the
 * others only the head is read: what is damaged in them a reader will find.
 *
 * A seq must never be used twice, not even if the record that used it can no
 * longer be read.  A record with a damaged body still has its frame, which says
 * what seqs it held; a torn one was never synced and so never seen by anybody;
 * but for bytes that are nothing at all, as many seqs are passed over as could
 * have been written in them.
 */
#include "gateway/store/recovery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/store/columns.h"
#include "gateway/store/segment.h"

#define UNKNOWN_BYTES                                                          \
	((int64_t)64 * 1024 * 1024) /* of a file that cannot be                \
				       asked: more than any */

/* A file named like a segment. */
struct file {
	uint64_t first_seq;
	int64_t bytes, taken; /* to be read; on disk */
	bool headed, ours; /* it has a head; and that of this journal */
	struct record_head head;
	uint64_t damaged; /* records, if it was read to its end */
};

struct files {
	struct file *of;
	size_t count;
};

static int
compare_files(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return x->first_seq < y->first_seq ? -1 : x->first_seq > y->first_seq;
}

/* -1 if the reason lies with us and not with the file: then it must not be
 * taken for a damaged one. */
static int
read_head(int dir, struct file *f)
{
	struct segment_scan s = {.fd = segment_open(dir, f->first_seq)};
	struct stat st;

	f->bytes = UNKNOWN_BYTES;
	if (s.fd == -1)
		return errno == EACCES || errno == EMFILE || errno == ENFILE
		    ? -1
		    : 0;
	if (fstat(s.fd, &st) == 0) {
		f->bytes = f->taken = s.end = st.st_size;
		f->headed = segment_scan_head(&s, &f->head) == 0;
	}
	segment_scan_free(&s);
	close(s.fd);
	return 0;
}

static bool
is_expected(const char *name)
{
	return name[0] == '.' || strcmp(name, "lock") == 0;
}

/* All files named like segments, oldest first. */
static int
list_files(int dir, struct files *all)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct file f = {0};
	struct dirent *e;

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL) {
		if (segment_name_read(e->d_name, &f.first_seq) &&
		    f.first_seq <= RECORD_SEQ_MAX) {
			all->of = must_grow(
			    all->of, all->count + 1, sizeof(*all->of));
			all->of[all->count++] = f;
		} else if (!is_expected(e->d_name)) {
			log_warn("%s in the journal's folder is no segment: it "
				 "is left alone",
			    e->d_name);
		}
	}
	closedir(d);
	if (all->count > 0)
		qsort(all->of, all->count, sizeof(*all->of), compare_files);
	for (size_t i = 0; i < all->count; i++)
		if (read_head(dir, &all->of[i]) == -1)
			return -1;
	return 0;
}

void
recovery_new_log(char log[RECORD_LOG_CHARS + 1])
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz012345";
	uint8_t random[RECORD_LOG_CHARS];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		abort(); /* never, for so few bytes */
	for (size_t i = 0; i < sizeof(random); i++)
		log[i] = chars[random[i] % (sizeof(chars) - 1)];
	log[RECORD_LOG_CHARS] = '\0';
}

/* The id in the newest head, or a new one. */
static void
choose_log(struct recovery *r, struct files *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->of[i].headed)
			strcpy(r->log, all->of[i].head.log);
	for (size_t i = 0; i < all->count; i++)
		all->of[i].ours = all->of[i].headed &&
		    strcmp(all->of[i].head.log, r->log) == 0;
	if (r->log[0] != '\0')
		return;
	recovery_new_log(r->log);
}

/* ---- one segment ---- */

static void
raise(uint64_t *x, uint64_t to)
{
	if (to > *x && to <= RECORD_SEQ_MAX)
		*x = to;
}

/* As many seqs as could have been in so many bytes: however small a record is,
 * what it held may have been a full body of the smallest batches. */
static void
pass_over(struct recovery *r, uint64_t from, int64_t bytes)
{
	uint64_t records = (uint64_t)bytes / RECORD_FRAME_BYTES + 1;

	raise(&r->next_seq, from + records * RECORD_BATCHES_MAX);
}

static void
note(struct recovery *r, const struct segment_scan *s)
{
	int64_t wall_ms;

	if (s->frame.type != RECORD_COMMIT)
		return;
	wall_ms = columns_newest_ms(s->body, s->frame.length);
	if (wall_ms > r->newest_ms)
		r->newest_ms = wall_ms;
}

/* Reads a segment to its end for its numbers, stamps and last cursors; names
 * gets the catalog that stands right behind the head. */
static void
read_all(struct recovery *r, struct segment_scan *s, struct buf *names)
{
	bool had_cursors = r->cursors_found;
	struct record_cursors c;
	int64_t begin;
	size_t n = 0;
	int got;

	while ((got = segment_scan_next(s)) != 0) {
		if (got == -1)
			continue; /* it gives up on the place by itself */
		note(r, s);
		if (s->frame.type == RECORD_CATALOG && n == 1)
			buf_add(names, s->body, s->frame.length);
		if (s->frame.type == RECORD_CURSORS && !had_cursors &&
		    record_cursors_get(&c, s->body, s->frame.length)) {
			r->cursors = c;
			r->cursors_found = true;
		}
		n++;
	}
	raise(&r->next_seq, s->next_seq);
	raise(&r->next_first, s->next_first);
	begin = segment_round(s->at); /* commits begin at a sector */
	if (s->at + s->unknown > begin)
		pass_over(r, r->next_seq, s->at + s->unknown - begin);
}

/* Makes sure that what was read is on disk, and cuts off what is behind it.  -1
 * with errno. */
static int
secure(int dir, int fd, struct file *f, int64_t used)
{
	if (fd == -1)
		return -1;
	if (used > f->bytes) {
		log_warn("the journal's last %" PRId64
			 " bytes are torn or damaged: they are cut off",
		    used - f->bytes);
		if (ftruncate(fd, f->bytes) == -1)
			return -1;
		f->taken = f->bytes;
	}
	return fdatasync(fd) == -1 || fsync(dir) == -1 ? -1 : 0;
}

/* Of the newest segment: goes on with it if its end is clean. */
static void
repair(struct recovery *r, int dir, struct file *f, struct segment_scan *s)
{
	int fd = segment_reopen(dir, f->first_seq);
	int64_t used;

	f->bytes = segment_round(s->good_end);
	used = segment_used(s->fd, f->bytes, s->end);
	r->end = f->bytes;
	r->filled = f->taken / SEGMENT_SECTOR * SEGMENT_SECTOR;
	r->wall_ms = f->head.wall_ms;
	if (secure(dir, fd, f, used) == -1)
		log_warn("segment %020" PRIu64 ": %s: a new one is begun",
		    f->first_seq, strerror(errno));
	else if (used == f->bytes && r->names.len > 0)
		r->fd = fd;
	if (fd != -1 && r->fd != fd)
		close(fd);
}

static void
learn(struct recovery *r, int dir, struct file *f, bool newest)
{
	struct segment_scan s = {
	    .fd = segment_open(dir, f->first_seq), .end = f->bytes};
	struct buf names = {0};

	if (s.fd == -1) {
		pass_over(r, f->first_seq, f->bytes);
		return;
	}
	read_all(r, &s, newest ? &r->names : &names);
	f->damaged = s.damaged + (s.unknown > 0);
	if (newest)
		repair(r, dir, f, &s);
	segment_scan_free(&s);
	buf_free(&names);
	close(s.fd);
}

/* ---- all of them ---- */

/* What a follower has had, or knows to be there, was used.  The open range is
 * the last, behind all the others. */
static void
heed(struct recovery *r, const struct record_cursor *c)
{
	const struct record_range *open = &c->ranges[c->range_count - 1];

	raise(&r->next_seq, open->after + 1);
	raise(&r->next_first, open->upto);
}

/* Newest first: the newest of this journal for its tail, those without a head
 * for the seqs they hold, and as many more as it takes to find cursors. */
static void
learn_all(struct recovery *r, int dir, struct files *all)
{
	bool newest = true;

	for (size_t i = all->count; i > 0; i--) {
		struct file *f = &all->of[i - 1];

		raise(&r->next_seq, f->first_seq);
		if (!f->headed) /* nothing may take its name */
			raise(&r->next_seq, f->first_seq + 1);
		if (f->headed && !f->ours)
			pass_over(r, f->first_seq, f->bytes);
		else if (!f->ours || newest || !r->cursors_found)
			learn(r, dir, f, f->ours && newest);
		if (f->ours)
			newest = false;
	}
	for (size_t i = 0; i < r->cursors.count; i++)
		heed(r, &r->cursors.of[i]);
	raise(&r->next_seq, 1);
}

static void
fill_shelf(struct shelf *shelf, const struct files *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct file *f = &all->of[i];
		struct shelf_segment s = {.first_seq = f->first_seq,
		    .wall_ms = f->head.wall_ms,
		    .bytes = f->bytes,
		    .taken = f->taken};
		uint64_t serial;

		if (!f->ours) {
			log_warn("segment %020" PRIu64 " is not of this "
				 "journal, or damaged: it is left alone",
			    f->first_seq);
			continue;
		}
		serial = shelf_add(shelf, &s);
		if (f->damaged > 0)
			shelf_damaged(shelf, serial, f->bytes, f->damaged);
	}
}

int
recovery_run(struct recovery *r, struct shelf *shelf, struct err *err)
{
	int dir = shelf_dir(shelf);
	struct files all = {0};

	*r = (struct recovery){.fd = -1};
	segment_scrap(dir);
	if (list_files(dir, &all) == -1) {
		err_set(err,
		    "store: the journal's segments cannot be read: %s: the "
		    "store must belong to the user that riser runs as",
		    strerror(errno));
		free(all.of);
		return -1;
	}
	choose_log(r, &all);
	learn_all(r, dir, &all);
	fill_shelf(shelf, &all);
	free(all.of);
	return 0;
}

void
recovery_free(struct recovery *r)
{
	buf_free(&r->names);
}

int64_t
recovery_floor_ms(const struct recovery *r)
{
	const struct timeline *t = &r->cursors.times;
	int64_t floor_ms = clock_built_ms();

	if (r->newest_ms > floor_ms)
		floor_ms = r->newest_ms;
	for (size_t i = 0; i < t->count; i++)
		if (t->of[i].floor_ms > floor_ms)
			floor_ms = t->of[i].floor_ms;
	return floor_ms;
}
