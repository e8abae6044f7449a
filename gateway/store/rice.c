/*
 * rice.c - columns of whole numbers in few bits
 */
#include "gateway/store/rice.h"

#include <assert.h>

#define ALL_ZERO 0xff
#define APART 0x40
#define WIDTH 64

/* ---- bits ---- */

struct bit_writer {
	struct buf *out;
	unsigned held;
	uint8_t byte;
};

static void
put_bits(struct bit_writer *w, uint64_t x, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		w->byte |= (uint8_t)((x >> i & 1) << w->held);
		if (++w->held < 8)
			continue;
		bytes_put_u8(w->out, w->byte);
		w->byte = 0;
		w->held = 0;
	}
}

struct bit_reader {
	struct bytes *in;
	uint64_t held; /* the next bits, low first */
	unsigned left; /* of them, less than a byte between two calls */
};

/* Up to 32 of them at once. */
static uint64_t
get_few(struct bit_reader *r, unsigned count)
{
	uint64_t x;

	while (r->left < count) {
		r->held |= (uint64_t)bytes_get_u8(r->in) << r->left;
		r->left += 8;
	}
	x = r->held & (((uint64_t)1 << count) - 1);
	r->held >>= count;
	r->left -= count;
	return x;
}

static uint64_t
get_bits(struct bit_reader *r, unsigned count)
{
	uint64_t low = get_few(r, count < 32 ? count : 32);

	return count <= 32 ? low : low | get_few(r, count - 32) << 32;
}

/* ---- the best k ---- */

static unsigned
cost(uint64_t x, unsigned k)
{
	uint64_t ones = x >> k;

	return ones < RICE_FAR ? (unsigned)ones + 1 + k : RICE_FAR + WIDTH;
}

/* zeros told apart cost a bit each, and the others one less. */
static uint64_t
cost_all(const uint64_t *x, uint32_t count, unsigned k, bool apart)
{
	uint64_t bits = apart ? count : 0;

	for (uint32_t i = 0; i < count; i++)
		if (!apart || x[i] != 0)
			bits += cost(apart ? x[i] - 1 : x[i], k);
	return bits;
}

static uint8_t
choose(const uint64_t *x, uint32_t count)
{
	uint64_t all = 0, least = UINT64_MAX;
	uint8_t best = 0;

	for (uint32_t i = 0; i < count; i++)
		all |= x[i];
	if (all == 0)
		return ALL_ZERO;
	for (unsigned k = 0; k < WIDTH - 1 && all >> k != 0; k++)
		for (int apart = 0; apart < 2; apart++) {
			uint64_t bits = cost_all(x, count, k, apart != 0);

			if (bits >= least)
				continue;
			least = bits;
			best = (uint8_t)(k | (apart != 0 ? APART : 0));
		}
	return best;
}

/* ---- columns ---- */

static void
put_one(struct bit_writer *w, uint64_t x, unsigned k)
{
	uint64_t ones = x >> k;

	if (ones >= RICE_FAR) {
		put_bits(w, UINT64_MAX, RICE_FAR);
		put_bits(w, x, WIDTH);
		return;
	}
	put_bits(w, ((uint64_t)1 << ones) - 1, (unsigned)ones + 1);
	put_bits(w, x, k);
}

static uint64_t
get_one(struct bit_reader *r, unsigned k)
{
	uint64_t ones = 0;

	while (ones < RICE_FAR && get_bits(r, 1) == 1)
		ones++;
	if (ones == RICE_FAR)
		return get_bits(r, WIDTH);
	return ones << k | get_bits(r, k);
}

void
rice_put(struct buf *head, struct buf *bits, const uint64_t *x, uint32_t count)
{
	uint8_t how = choose(x, count);
	struct bit_writer w = {.out = bits};

	assert(count <= RICE_MAX);
	bytes_put_u8(head, how);
	if (how == ALL_ZERO)
		return;
	for (uint32_t i = 0; (how & APART) != 0 && i < count; i++)
		put_bits(&w, x[i] != 0, 1);
	for (uint32_t i = 0; i < count; i++)
		if ((how & APART) == 0)
			put_one(&w, x[i], how);
		else if (x[i] != 0)
			put_one(&w, x[i] - 1, how & (APART - 1));
	if (w.held > 0)
		put_bits(&w, 0, 8 - w.held);
}

void
rice_get(struct bytes *head, struct bytes *bits, uint64_t *x, uint32_t count)
{
	uint8_t how = bytes_get_u8(head);
	bool apart = how != ALL_ZERO && (how & APART) != 0;
	struct bit_reader r = {.in = bits};

	assert(count <= RICE_MAX);
	if (how != ALL_ZERO && (how & (APART - 1)) >= WIDTH)
		bits->bad = true;
	for (uint32_t i = 0; i < count; i++)
		x[i] = apart ? get_bits(&r, 1) : how != ALL_ZERO;
	for (uint32_t i = 0; i < count && !bits->bad; i++)
		if (x[i] != 0)
			x[i] = get_one(&r, how & (APART - 1)) + apart;
	for (uint32_t i = 0; bits->bad && i < count; i++)
		x[i] = 0;
}
