/*
 * session.h - who is logged in, and who may try
 *
 * Kept in memory: a restart logs everybody out, a reload nobody.  A session
 * ends 12 hours after it was last used, 30 days after its login, and as soon
 * as its user's line in the users file is another or gone; the file is looked
 * at once a second, when somebody asks.  At most SESSIONS_MAX, and
 * SESSIONS_A_USER of one user: who logs in once more ends the one that was not
 * used for longest.
 *
 * Five wrong passwords for one name, or from one address, and nobody logs in
 * by that name or from there (of IPv6: its /64) for a minute; each further one
 * doubles that, to 15 minutes.  Who is logged in stays so.
 *
 * Times are monotonic.  Any thread.
 */
#ifndef SESSION_H
#define SESSION_H

#include "gateway/web/users.h"

#define SESSIONS_MAX 256
#define SESSIONS_A_USER 16
#define SESSION_IDLE_MS (INT64_C(12) * 3600 * 1000)
#define SESSION_LIFE_MS (INT64_C(30) * 24 * 3600 * 1000)
#define SESSION_TOKEN_MAX 65 /* 32 random bytes in hex, and a NUL */
#define SESSION_TRIES 5
#define SESSION_LOCK_MS (INT64_C(60) * 1000)
#define SESSION_LOCK_MAX_MS (INT64_C(15) * 60 * 1000)

/* Who it is. */
struct person {
	char user[USER_NAME_MAX], shown[ORDER_BY_MAX];
	uint8_t role; /* ROLE_NONE: nobody */
	uint64_t session; /* its number, no secret; 0: nobody's */
};

enum login {
	LOGIN_IN,
	LOGIN_WRONG, /* the name or the password; nobody learns which */
	LOGIN_LOCKED, /* not tried */
	LOGIN_NOBODY, /* there are no users */
};

struct sessions;

struct sessions *sessions_new(void);
void sessions_free(struct sessions *s); /* NULL is fine */

/* The users file, which need not be there yet; NULL: there is none.  Those who
 * are not in the new one are logged out. */
void sessions_file(struct sessions *s, const char *path);

/* Whether anybody could log in. */
bool sessions_has_users(struct sessions *s, int64_t now_ms);

/* What one attempt to log in came to. */
struct attempt_in {
	enum login result;
	struct person person; /* IN: who */
	char token[SESSION_TOKEN_MAX]; /* IN: his cookie */
	int64_t wait_ms; /* LOCKED: so long */
	bool locks; /* WRONG: it was the one too many */
};

/* Takes as long as a password's hash does.  address: where from, a text. */
void sessions_login(struct sessions *s, const char *user, const char *password,
    const char *address, int64_t now_ms, struct attempt_in *out);

/* Whose token it is; false, and nobody, if it is (no longer) one. */
bool sessions_find(
    struct sessions *s, const char *token, int64_t now_ms, struct person *who);

/* Whether a session still is one.  Who looks on is using it: a wall that shows
 * day and night stays logged in, for SESSION_LIFE_MS. */
bool sessions_goes_on(struct sessions *s, uint64_t session, int64_t now_ms);

/* He logs out. */
void sessions_end(struct sessions *s, const char *token);

#endif
