/*
 * fuzz_columns.c - any bytes as the body of a commit, or as its rows
 *
 * The first byte says which: 0 a body, 1 the columns of a plain one, 2 rows;
 * the second how many batches.  What is understood, packed again, is understood
 * the same.
 */
#include <assert.h>
#include <string.h>

#include "gateway/store/columns.h"

#define ROWS_ROOM ((size_t)128 * 1024) /* for any batch */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct point_info points[SAMPLE_READINGS_MAX];
static const struct device_info devices[] = {
    {.id = "a", .point_count = 3, .points = points},
    {.id = "b", .point_count = 0},
    {.id = "c", .point_count = SAMPLE_READINGS_MAX, .points = points},
};
static const struct catalog catalog = {.device_count = 3, .devices = devices};

static struct columns_writer *writer;
static struct columns_reader *reader;

/* All that a body gives, as rows; at most so many that they fit a commit. */
static uint32_t
unpack(struct buf *rows, const void *body, size_t size, uint32_t batches)
{
	struct stamp before = {0};
	struct batch b;
	uint32_t n = 0;

	if (!columns_begin(reader, &catalog, body, size, batches))
		return 0;
	while (rows->len + ROWS_ROOM < COLUMNS_ROWS_MAX &&
	    columns_next(reader, &b)) {
		assert(b.count <= SAMPLE_READINGS_MAX);
		assert(b.event != NULL || b.device < catalog.device_count);
		assert(row_put(rows, &before, &b));
		n++;
	}
	return n;
}

static void
check_rows(const struct buf *rows, uint32_t batches)
{
	const uint8_t *at = (const uint8_t *)rows->data;
	struct bytes in = {.at = at, .end = at + rows->len};
	struct buf body = {0}, again = {0};

	columns_pack(writer, &body, &catalog, &in, batches);
	assert(body.len <= columns_bound(rows->len));
	assert(unpack(&again, body.data, body.len, batches) == batches);
	assert(again.len == rows->len);
	assert(memcmp(again.data, rows->data, rows->len) == 0);
	buf_free(&body);
	buf_free(&again);
}

/* The rows that bytes are, as far as they are some, in the shortest form. */
static uint32_t
take_rows(struct buf *rows, const uint8_t *data, size_t size)
{
	static struct reading readings[SAMPLE_READINGS_MAX];
	struct bytes in = {.at = data, .end = data + size};
	struct stamp before = {0}, put = {0};
	struct batch b = {.readings = readings};
	uint32_t n = 0;

	while (rows->len + ROWS_ROOM < COLUMNS_ROWS_MAX &&
	    row_get(&in, &before, &catalog, &b)) {
		assert(row_put(rows, &put, &b));
		n++;
	}
	return n;
}

/* The first byte says how many of the last are noise. */
static void
put_plain(struct buf *body, const uint8_t *columns, size_t size)
{
	size_t noise = size > 0 ? *columns++ : 0;

	size -= size > 0;
	if (noise > size)
		noise = size;
	bytes_put_u8(body, 0);
	bytes_put_v(body, 0);
	bytes_put_v(body, size - noise);
	buf_add(body, columns, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf rows = {0}, body = {0};
	uint32_t batches;

	if (size < 2)
		return 0;
	if (writer == NULL) {
		writer = columns_writer_new();
		reader = columns_reader_new();
	}
	columns_newest_ms(data + 2, size - 2);
	if (data[0] == 0) {
		batches = unpack(&rows, data + 2, size - 2, data[1]);
	} else if (data[0] == 1) {
		put_plain(&body, data + 2, size - 2);
		batches = unpack(&rows, body.data, body.len, data[1]);
	} else {
		batches = take_rows(&rows, data + 2, size - 2);
	}
	if (batches > 0)
		check_rows(&rows, batches);
	buf_free(&rows);
	buf_free(&body);
	return 0;
}
