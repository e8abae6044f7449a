/*
 * bytes.c - numbers and texts put into bytes and got out of them
 */
#include "gateway/store/bytes.h"

#include <endian.h>
#include <string.h>

void
bytes_put_u16(struct buf *out, uint16_t x)
{
	x = htole16(x);
	buf_add(out, &x, sizeof(x));
}

void
bytes_put_u32(struct buf *out, uint32_t x)
{
	x = htole32(x);
	buf_add(out, &x, sizeof(x));
}

void
bytes_put_u64(struct buf *out, uint64_t x)
{
	x = htole64(x);
	buf_add(out, &x, sizeof(x));
}

void
bytes_put_long_v(struct buf *out, uint64_t x)
{
	uint8_t bytes[BYTES_V_MAX], *at = (uint8_t *)out->data + out->len;

	if (out->full || out->cap - out->len <= BYTES_V_MAX) {
		buf_add(out, bytes, (size_t)(bytes_write_v(bytes, x) - bytes));
		return;
	}
	out->len += (size_t)(bytes_write_v(at, x) - at);
	out->data[out->len] = '\0';
}

void
bytes_put_text(struct buf *out, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	bytes_put_v(out, len);
	buf_add(out, text, len);
}

const uint8_t *
bytes_get(struct bytes *in, size_t len)
{
	const uint8_t *at = in->at;

	if (in->bad || len > bytes_left(in)) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return at;
}

uint16_t
bytes_get_u16(struct bytes *in)
{
	const uint8_t *at = bytes_get(in, 2);
	uint16_t x = 0;

	if (at != NULL)
		memcpy(&x, at, sizeof(x));
	return le16toh(x);
}

uint32_t
bytes_get_u32(struct bytes *in)
{
	const uint8_t *at = bytes_get(in, 4);
	uint32_t x = 0;

	if (at != NULL)
		memcpy(&x, at, sizeof(x));
	return le32toh(x);
}

uint64_t
bytes_get_u64(struct bytes *in)
{
	const uint8_t *at = bytes_get(in, 8);
	uint64_t x = 0;

	if (at != NULL)
		memcpy(&x, at, sizeof(x));
	return le64toh(x);
}

uint64_t
bytes_get_long_v(struct bytes *in)
{
	const uint8_t *at = in->at;
	uint64_t x = 0;

	for (unsigned shift = 0; !in->bad && shift < 64 && at < in->end;
	     shift += 7) {
		uint8_t byte = *at++;

		if (shift == 63 && byte > 1)
			break; /* more than 64 bits */
		x |= (uint64_t)(byte & 0x7f) << shift;
		if (byte >= 0x80)
			continue;
		in->at = at;
		return x;
	}
	in->bad = true;
	return 0;
}

uint64_t
bytes_get_v_max(struct bytes *in, uint64_t max)
{
	uint64_t x = bytes_get_v(in);

	if (x > max)
		in->bad = true;
	return in->bad ? 0 : x;
}

/* The bytes of a text, not terminated; NULL if it is none. */
static const char *
get_text(struct bytes *in, size_t len_max, size_t *len)
{
	const uint8_t *at;

	*len = (size_t)bytes_get_v_max(in, len_max);
	at = bytes_get(in, *len);
	if (at == NULL || memchr(at, '\0', *len) == NULL)
		return (const char *)at;
	in->bad = true;
	return NULL;
}

void
bytes_get_text_into(struct bytes *in, char *out, size_t size)
{
	size_t len;
	const char *text = get_text(in, size - 1, &len);

	if (text == NULL)
		len = 0;
	else
		memcpy(out, text, len);
	out[len] = '\0';
}

const char *
bytes_get_text_new(struct bytes *in, struct arena *a)
{
	size_t len;
	const char *text = get_text(in, bytes_left(in), &len);

	return text != NULL ? arena_part_once(a, text, len) : "";
}
