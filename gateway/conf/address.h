/*
 * address.h - where a channel's letters go: a robot, a webhook, a mail server
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "gateway/conf/walk.h"
#include "gateway/sinks/notify.h"

/* What a channel says of it; NULL: it does not, or that is wrong and told. */
struct address {
	const struct node *self; /* the channel */
	const char *url, *url_file;
	const char *from, *username, *password_file;
	const struct node *to;
	bool allow_plaintext;
};

/* Fills url, and of mail the rest, of a channel whose type is known.  dir:
 * where relative file names begin.  Returns whether what is sent there goes in
 * the clear. */
bool address_read(struct walk *w, const struct address *a, const char *dir,
    struct notify_channel *c);

#endif
