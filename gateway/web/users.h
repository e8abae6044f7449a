/*
 * users.h - who may log in: a text file, one person a line
 *
 *	# name:role:hash:display name
 *	wang:duty:$y$j9T$...:王师傅
 *
 * The hash is yescrypt's (libcrypt), which takes a tenth of a second or more
 * and 16 MiB: not for a thread that others wait for.  The file is its owner's
 * alone (0600, or 0640 for the group of the gateway's user) and is replaced
 * whole, so that who reads it never finds half.
 */
#ifndef USERS_H
#define USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/alarm/order.h"
#include "gateway/base/err.h"

#define USERS_MAX 64
#define USERS_BYTES_MAX 65536
#define USER_NAME_MAX 32 /* bytes with the NUL, as below */
#define USER_HASH_MAX 160
#define USER_PASSWORD_MIN 10 /* characters of a new password */
#define USER_PASSWORD_MAX 256 /* bytes with the NUL */

enum role {
	ROLE_NONE, /* nobody */
	ROLE_BUREAU, /* reports only */
	ROLE_VIEWER, /* reads */
	ROLE_DUTY, /* and sends orders to alarms */
	ROLE_ENGINEER, /* and puts devices out of service */
	ROLE_COUNT
};

extern const char *const role_names[ROLE_COUNT + 1]; /* NULL ends */

/* Of a role's name; ROLE_NONE if there is none. */
enum role role_of(const char *name);

struct user {
	char name[USER_NAME_MAX]; /* a-z 0-9 . _ - */
	char shown[ORDER_BY_MAX]; /* for people; never empty */
	char hash[USER_HASH_MAX];
	uint8_t role;
};

struct users {
	size_t count;
	struct user all[USERS_MAX];
};

/* What is wrong with a name, a display name or a new password, as the end of a
 * sentence; NULL: nothing. */
const char *user_name_fault(const char *name);
const char *user_shown_fault(const char *shown);
const char *user_password_fault(const char *name, const char *password);

/* False with `line 3: ...`, and u is empty. */
bool users_parse(
    struct users *u, const char *text, size_t len, struct err *err);

/* The file's.  -1 with the reason and errno (0: what it says is wrong): not
 * there, readable by others, no regular file, a mistake in it. */
int users_read(struct users *u, const char *path, struct err *err);

/* Until the descriptor that it returns is closed nobody else has it: to be held
 * from reading to writing.  -1 with the reason. */
int users_lock(const char *path, struct err *err);

/* Replaces the file, which keeps its owner, group, and whether that may read
 * it; a new one has those of its folder, as far as we may, and is the owner's
 * alone.  -1 with the reason. */
int users_write(const struct users *u, const char *path, struct err *err);

/* NULL if there is none of that name. */
struct user *users_find(struct users *u, const char *name);

/* Slow.  False if libcrypt cannot. */
bool user_hash(char hash[USER_HASH_MAX], const char *password);

/* Slow, and as slow whether the password is right.  hash NULL: of nobody, takes
 * as long and is false. */
bool user_matches(const char *hash, const char *password);

#endif
