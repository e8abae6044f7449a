/*
 * fuzz_segment.c - any bytes as a file of the journal, and what must hold
 *
 * The first byte says how the rest is meant: 0 a file as it is; 1 bodies
 * (type, length of two bytes, bytes) that get sound frames, so that the
 * decoders behind the checksums are reached.
 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway/store/columns.h"
#include "gateway/store/segment.h"

#define FILE_MAX ((size_t)256 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is in a body is fuzz_columns' business. */
static void
take_commit(const struct segment_scan *s, const struct catalog *c)
{
	static struct columns_reader *r;
	struct batch b;

	if (r == NULL)
		r = columns_reader_new();
	if (!columns_begin(r, c, s->body, s->frame.length, s->frame.batches))
		return;
	while (columns_next(r, &b))
		assert(b.event != NULL || b.device < c->device_count);
}

static void
take_catalog(const struct segment_scan *s, struct catalog **c)
{
	struct catalog *got = record_catalog_get(s->body, s->frame.length);
	struct buf out = {0};

	if (got == NULL)
		return;
	record_catalog_put(&out, got);
	catalog_unref(*c);
	*c = record_catalog_get(out.data, out.len);
	assert(*c != NULL && (*c)->device_count == got->device_count);
	catalog_unref(got);
	buf_free(&out);
}

static void
take_cursors(const struct segment_scan *s)
{
	struct record_cursors c, back;
	struct buf out = {0};

	if (!record_cursors_get(&c, s->body, s->frame.length))
		return;
	record_cursors_put(&out, &c);
	assert(out.len < RECORD_CURSORS_BYTES);
	assert(record_cursors_get(&back, out.data, out.len));
	assert(back.count == c.count);
	buf_free(&out);
}

/* Follows a file as a reader does. */
static void
scan(int fd, int64_t end)
{
	struct segment_scan s = {.fd = fd, .end = end};
	struct catalog *c = NULL;
	struct record_head head;
	int64_t at = 0;

	while (segment_scan_next(&s) == 1) {
		assert(s.at > at && s.at <= end && s.good_end == s.at);
		at = s.at;
		if (s.frame.type == RECORD_HEAD)
			record_head_get(&head, s.body, s.frame.length);
		else if (s.frame.type == RECORD_CATALOG)
			take_catalog(&s, &c);
		else if (s.frame.type == RECORD_CURSORS)
			take_cursors(&s);
		else if (s.frame.type == RECORD_COMMIT && c != NULL)
			take_commit(&s, c);
	}
	assert(s.at + s.unknown <= end);
	assert(segment_scan_next(&s) == 0); /* the end stays the end */
	segment_scan_free(&s);
	catalog_unref(c);
}

static void
put_framed(struct buf *out, const uint8_t *data, size_t size)
{
	uint8_t frame[RECORD_FRAME_BYTES];

	while (size >= 3) {
		struct record_frame f = {
		    .type = data[0], .seq = 1, .batches = 1};
		size_t length = (size_t)data[1] | (size_t)data[2] << 8;

		data += 3;
		size -= 3;
		if (length > size)
			length = size;
		record_frame_put(frame, &f, data, length);
		buf_add(out, frame, sizeof(frame));
		buf_add(out, data, length);
		data += length;
		size -= length;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = {0};
	int fd;

	if (size < 2 || size > FILE_MAX)
		return 0;
	if (data[0] == 1)
		put_framed(&out, data + 1, size - 1);
	else
		buf_add(&out, data + 1, size - 1);
	fd = memfd_create("segment", MFD_CLOEXEC);
	assert(fd != -1);
	if (out.len > 0)
		assert(segment_write(fd, 0, out.data, out.len) == 0);
	scan(fd, (int64_t)out.len);
	close(fd);
	buf_free(&out);
	return 0;
}
