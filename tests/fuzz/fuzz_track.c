/*
 * fuzz_track.c - any bytes as a track or a block of slots
 *
 * The first byte says which: 0 a track, 1 minutes, 2 quarters, and with 128 the
 * rest is the body of a plain one.  What is understood, packed again, is
 * understood the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/slots.h"
#include "gateway/store/track.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct track track;
static struct slots slots;
static struct slots_point point, again;
static struct track_writer *track_writer;
static struct slots_writer *slots_writer;

/* A plain crate around a body, all of the rest its noise too. */
static void
wrap(struct buf *out, const uint8_t *data, size_t size)
{
	bytes_put_u8(out, 0);
	bytes_put_v(out, size);
	bytes_put_v(out, size);
	buf_add(out, data, size);
	buf_add(out, data, size);
}

/* ---- tracks ---- */

static struct track_reading readings[4096];
static int64_t times[4096];
static char texts[4096][SAMPLE_TEXT_MAX];

static uint32_t
read_point(struct track_point *p)
{
	uint32_t n = 0;

	while (n < 4096 && track_get(p, &times[n], &readings[n])) {
		assert(readings[n].value.type <= VALUE_TEXT);
		if (readings[n].value.type == VALUE_TEXT) {
			strcpy(texts[n], readings[n].value.text);
			readings[n].value.text = texts[n];
		}
		n++;
	}
	return n;
}

/* Times are those of the readings now, one each. */
static void
pack_point(uint32_t n)
{
	static struct track other;
	struct buf out = {0};
	struct track_point p;
	struct track_reading r;
	int64_t at_ms;

	for (uint32_t i = 0; i < n; i++)
		readings[i].time = i;
	track_begin(track_writer, times, n);
	track_put(track_writer, 1, readings, n);
	track_end(track_writer, &out);
	assert(track_open(&other, out.data, out.len));
	assert(track_next(&other, &p));
	for (uint32_t i = 0; i < n; i++) {
		assert(track_get(&p, &at_ms, &r));
		assert(at_ms == times[i]);
		assert(quality_equal(r.quality, readings[i].quality));
		assert(slot_same(&r.value, &readings[i].value));
	}
	assert(!track_get(&p, &at_ms, &r) && !p.bad);
	buf_free(&out);
}

static void
try_track(const void *bytes, size_t size)
{
	struct track_point p;

	if (!track_open(&track, bytes, size))
		return;
	while (track_next(&track, &p)) {
		uint32_t n = read_point(&p);

		if (n > 0)
			pack_point(n);
	}
}

/* ---- slots ---- */

/* Sums may be of anything, numbers and counts come back as they were. */
static void
pack_slots(int64_t step_ms)
{
	static struct slots other;
	struct buf out = {0};

	slots_begin(slots_writer, step_ms, SLOTS_MAX);
	for (uint32_t i = 0; i < point.count; i++)
		slots_add(slots_writer, point.of[i].index, &point.of[i].slot);
	slots_put(slots_writer, 1, point.counter);
	if (slots_end(slots_writer, &out)) {
		assert(slots_open(&other, step_ms, out.data, out.len));
		assert(slots_next(&other, 1, &again) == 1);
		assert(again.count <= point.count);
		for (uint32_t i = 0; i < again.count; i++)
			assert(!slot_empty(&again.of[i].slot));
	}
	buf_free(&out);
}

static void
try_slots(int64_t step_ms, const void *bytes, size_t size)
{
	if (!slots_open(&slots, step_ms, bytes, size))
		return;
	while (slots_next(&slots, 0, &point) == 1)
		pack_slots(step_ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf wrapped = {0};

	if (track_writer == NULL) {
		track_writer = track_writer_new();
		slots_writer = slots_writer_new();
	}
	if (size < 1)
		return 0;
	if ((data[0] & 128) != 0)
		wrap(&wrapped, data + 1, size - 1);
	else
		buf_add(&wrapped, data + 1, size - 1);
	if (wrapped.len > 0) {
		if ((data[0] & 3) == 0)
			try_track(wrapped.data, wrapped.len);
		else
			try_slots((data[0] & 3) == 1 ? 60000 : 900000,
			    wrapped.data, wrapped.len);
	}
	buf_free(&wrapped);
	return 0;
}
