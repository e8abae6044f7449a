/*
 * crate.h - a body and its noise as bytes: the one compressed, the other not
 *
 *	crate  u8 form (0 plain, 1 zstd), v length of the body, v length of it
 *	       in that form, body in that form, noise to the end
 *
 * Both sides keep their memory from crate to crate.
 */
#ifndef CRATE_H
#define CRATE_H

#include "gateway/store/bytes.h"

/* bytes: a reader holds them */
#define CRATE_BODY_MAX ((size_t)4 * 1024 * 1024)

struct crate_packer;

struct crate_packer *crate_packer_new(void);
void crate_packer_free(struct crate_packer *p); /* NULL is fine */

/* Appends the crate to out. */
void crate_pack(struct crate_packer *p, const struct buf *body,
    const struct buf *noise, struct buf *out);

/* Begins as {0}. */
struct crate {
	struct bytes body, noise; /* of the one opened last */
	struct buf plain; /* its own */
	void *zstd;
};

/* False if the bytes, which must stay, are no crate: then both are bad. */
bool crate_open(struct crate *c, const void *bytes, size_t length);
void crate_free(struct crate *c);

/* Appends an open crate, of which nothing was taken yet, as a plain one: to be
 * opened again and again at no cost. */
void crate_copy(const struct crate *c, struct buf *out);

/* The next so many bytes as a stream of their own; bad if there are fewer. */
struct bytes crate_part(struct bytes *in, uint64_t length);

#endif
