/* demo_user.c - somebody who may log in at a demo's page */
#include "gateway/commands/demo_user.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "gateway/base/arena.h"
#include "gateway/web/users.h"

#define WEB "\nweb: {"
#define NAMED "users_file: users, "
#define SYLLABLES 6

/* Some 37 bits: enough where five wrong ones lock for a minute. */
void
demo_user_password(char password[DEMO_PASSWORD_MAX])
{
	static const char first[] = "bdfgkmnprstvwz", second[] = "aeiou";
	unsigned char random[2 * SYLLABLES];
	ssize_t n = getrandom(random, sizeof(random), 0);
	char *to = password;

	assert(n == (ssize_t)sizeof(random));
	for (size_t i = 0; i < SYLLABLES; i++) {
		*to++ = first[random[2 * i] % (sizeof(first) - 1)];
		*to++ = second[random[2 * i + 1] % (sizeof(second) - 1)];
		if (i % 2 == 1 && i + 1 < SYLLABLES)
			*to++ = '-';
	}
	*to = '\0';
}

int
demo_user_write(const char *folder, const char *password)
{
	struct users *all = must_alloc(1, sizeof(*all));
	struct user *u = &all->all[0];
	char path[256];
	struct err err;
	int rc = -1;

	all->count = 1;
	strcpy(u->name, DEMO_USER);
	strcpy(u->shown, "Demo");
	u->role = ROLE_DUTY;
	snprintf(path, sizeof(path), "%s/users", folder);
	err_set(&err, "libcrypt has no yescrypt here");
	if (user_hash(u->hash, password))
		rc = users_write(all, path, &err);
	if (rc == -1)
		fprintf(stderr, "riser: %s\n", err.text);
	free(all);
	return rc;
}

void
demo_user_name(struct buf *text)
{
	struct buf with = {0};
	const char *at = strstr(text->data, WEB);
	size_t head;

	if (at == NULL)
		return; /* a demo without a page */
	head = (size_t)(at - text->data) + strlen(WEB);
	buf_add(&with, text->data, head);
	buf_puts(&with, NAMED);
	buf_puts(&with, text->data + head);
	buf_free(text);
	*text = with;
}
