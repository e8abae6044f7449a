/*
 * login.h - somebody who logs in, on his way through a worker
 */
#ifndef LOGIN_H
#define LOGIN_H

#include "gateway/base/buf.h"
#include "gateway/web/session.h"
#include "gateway/web/visit.h"
#include "gateway/web/worker.h"

#define LOGIN_WHY_MAX 256
#define LOGIN_COOKIE_MAX 192

struct login_errand {
	struct errand errand; /* first */
	struct sessions *sessions; /* borrowed */
	char user[USER_NAME_MAX], password[USER_PASSWORD_MAX];
	char address[VISIT_ADDRESS_MAX];
	struct attempt_in got;
	bool done;
};

/* {"user":"wang","password":".."} into a new errand, ready for worker_give; a
 * foreign text: NULL with a sentence. */
struct login_errand *login_new(struct sessions *s, const char *address,
    const char *text, size_t len, char why[LOGIN_WHY_MAX]);

/* Wipes the password; NULL is fine. */
void login_free(struct login_errand *l);

/* What came of it: 200, 401, 403 or 429 with a document. */
unsigned login_print(const struct login_errand *l, struct buf *out);

/* The cookie of a token; of NULL one that is over. */
void login_cookie(
    char cookie[LOGIN_COOKIE_MAX], const char *token, bool secure);

/* {"user":..,"name":..,"role":..,"login":..}; role: what he may, though nobody
 * is logged in. */
void login_me(
    struct buf *out, const struct person *p, enum role role, bool has_users);

#endif
