/*
 * session.c - who is logged in, and who may try
 *
 * Of a token only its SHA-256 is kept: who can read our memory's dump, or
 * measure how long a comparison takes, cannot make a cookie of it.
 *
 * The lock is held for tables only, never while a password is hashed: so a
 * flood of logins keeps nobody who is logged in from anything.  What the hash
 * was compared with may have changed meanwhile; then it was wrong.
 *
 * The users file is looked at (stat) by whoever asks, at most once a second: a
 * name in the kernel's cache, not the disk.  One that cannot be read or has a
 * mistake leaves those in it who were, for a slip of an editor must not throw
 * the duty room out; one that is gone leaves nobody.
 *
 * Failures are remembered for names that are not there, too, so that nobody
 * learns which are.  When the table is full, the one whose lock ends first is
 * forgotten.
 */
#include "gateway/web/session.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/web/ration.h"

#define TOKEN_BYTES 32
#define LOOK_MS 1000 /* at the users file */
#define LOCKS_MAX 256
#define LOCK_KEY_MAX 64
#define FORGET_MS SESSION_LOCK_MAX_MS /* after the last failure or its lock */

struct session {
	uint64_t number; /* from 1, never used twice */
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct user user; /* his line when he logged in */
	int64_t begun_ms, used_ms;
	bool open;
};

struct lock {
	char key[LOCK_KEY_MAX]; /* "name wang", "from ffffc0a80107"; or "" */
	int failures;
	int64_t until_ms; /* of the last failure, or of the lock */
	int64_t span_ms; /* of the next lock */
};

struct sessions {
	pthread_mutex_t mutex; /* of all of it */
	char *path; /* or NULL */
	struct users users, fresh;
	struct stat seen;
	bool there; /* the file, when it was last looked at */
	bool told; /* that it cannot be read */
	int64_t look_ms; /* next time */
	uint64_t last; /* number of a session */
	struct session all[SESSIONS_MAX];
	struct lock locks[LOCKS_MAX];
};

struct sessions *
sessions_new(void)
{
	struct sessions *s = must_alloc(1, sizeof(*s));

	pthread_mutex_init(&s->mutex, NULL);
	return s;
}

void
sessions_free(struct sessions *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
	explicit_bzero(s, sizeof(*s));
	free(s);
}

/* ---- the users ---- */

static bool
same_user(const struct user *a, const struct user *b)
{
	return a->role == b->role && strcmp(a->hash, b->hash) == 0 &&
	    strcmp(a->shown, b->shown) == 0;
}

/* Those go whose line is another. */
static void
end_others(struct sessions *s)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *one = &s->all[i];
		const struct user *u;

		if (!one->open)
			continue;
		u = users_find(&s->users, one->user.name);
		one->open = u != NULL && same_user(u, &one->user);
	}
}

static void
read_users(struct sessions *s)
{
	struct err err;

	if (users_read(&s->fresh, s->path, &err) == 0) {
		if (s->told)
			log_info("%s is read again", s->path);
		s->told = false;
		s->users = s->fresh;
		end_others(s);
		return;
	}
	if (!s->told)
		log_error(
		    "%s; who could log in still can, changes wait", err.text);
	s->told = true;
}

static bool
is_seen(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mode == b->st_mode &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void
look(struct sessions *s, int64_t now_ms)
{
	struct stat st;

	if (s->path == NULL || now_ms < s->look_ms)
		return;
	s->look_ms = now_ms + LOOK_MS;
	if (stat(s->path, &st) == -1) {
		if (errno != ENOENT)
			return;
		s->there = false;
		s->users.count = 0;
		end_others(s);
	} else if (!s->there || !is_seen(&st, &s->seen)) {
		s->there = true;
		s->seen = st;
		read_users(s);
	}
}

void
sessions_file(struct sessions *s, const char *path)
{
	pthread_mutex_lock(&s->mutex);
	if (path == NULL || s->path == NULL || strcmp(path, s->path) != 0) {
		free(s->path);
		s->path = path != NULL ? must_text(path) : NULL;
		s->there = s->told = false;
		s->users.count = 0;
		s->look_ms = INT64_MIN;
		look(s, 0);
		s->look_ms = INT64_MIN;
		end_others(s);
	}
	pthread_mutex_unlock(&s->mutex);
}

bool
sessions_has_users(struct sessions *s, int64_t now_ms)
{
	bool any;

	pthread_mutex_lock(&s->mutex);
	look(s, now_ms);
	any = s->users.count > 0;
	pthread_mutex_unlock(&s->mutex);
	return any;
}

/* ---- locks ---- */

static struct lock *
lock_find(struct sessions *s, const char *key, int64_t now_ms)
{
	for (size_t i = 0; i < LOCKS_MAX; i++) {
		struct lock *l = &s->locks[i];

		if (l->key[0] != '\0' && now_ms - l->until_ms > FORGET_MS)
			l->key[0] = '\0';
		if (strcmp(l->key, key) == 0)
			return l;
	}
	return NULL;
}

static struct lock *
lock_new(struct sessions *s, const char *key)
{
	struct lock *l = &s->locks[0];

	for (size_t i = 0; i < LOCKS_MAX && l->key[0] != '\0'; i++)
		if (s->locks[i].key[0] == '\0' ||
		    s->locks[i].until_ms < l->until_ms)
			l = &s->locks[i];
	*l = (struct lock){.span_ms = SESSION_LOCK_MS};
	snprintf(l->key, sizeof(l->key), "%s", key);
	return l;
}

/* How long it is still locked. */
static int64_t
lock_wait(struct sessions *s, const char *key, int64_t now_ms)
{
	const struct lock *l = lock_find(s, key, now_ms);

	return l != NULL && l->failures >= SESSION_TRIES && l->until_ms > now_ms
	    ? l->until_ms - now_ms
	    : 0;
}

/* Whether this one locks. */
static bool
lock_failed(struct sessions *s, const char *key, int64_t now_ms)
{
	struct lock *l = lock_find(s, key, now_ms);

	if (l == NULL)
		l = lock_new(s, key);
	l->until_ms = now_ms;
	if (++l->failures < SESSION_TRIES)
		return false;
	l->until_ms = now_ms + l->span_ms;
	l->span_ms = l->span_ms * 2 < SESSION_LOCK_MAX_MS ? l->span_ms * 2
							  : SESSION_LOCK_MAX_MS;
	return true;
}

static void
lock_forget(struct sessions *s, const char *key, int64_t now_ms)
{
	struct lock *l = lock_find(s, key, now_ms);

	if (l != NULL)
		l->key[0] = '\0';
}

/* ---- tokens ---- */

static void
digest_of(const char *token, unsigned char digest[SHA256_DIGEST_LENGTH])
{
	SHA256((const unsigned char *)token, strlen(token), digest);
}

static void
token_new(char token[SESSION_TOKEN_MAX])
{
	unsigned char bytes[TOKEN_BYTES];
	ssize_t n = getrandom(bytes, sizeof(bytes), 0);

	assert(n == (ssize_t)sizeof(bytes)); /* up to 256 are always whole */
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	explicit_bzero(bytes, sizeof(bytes));
}

static bool
is_over(const struct session *one, int64_t now_ms)
{
	return now_ms - one->used_ms > SESSION_IDLE_MS ||
	    now_ms - one->begun_ms > SESSION_LIFE_MS;
}

/* Or NULL. */
static struct session *
session_find(struct sessions *s, const char *token, int64_t now_ms)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (strlen(token) != SESSION_TOKEN_MAX - 1)
		return NULL;
	digest_of(token, digest);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *one = &s->all[i];

		if (!one->open ||
		    CRYPTO_memcmp(digest, one->digest, sizeof(digest)) != 0)
			continue;
		one->open = !is_over(one, now_ms);
		return one->open ? one : NULL;
	}
	return NULL;
}

/* Room for one more of this user: a free one, or the one of his, or of all,
 * that was not used for longest. */
static struct session *
session_room(struct sessions *s, const char *user, int64_t now_ms)
{
	struct session *room = NULL, *his = NULL, *oldest = NULL;
	int count = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *one = &s->all[i];

		if (!one->open || is_over(one, now_ms)) {
			room = one;
			continue;
		}
		if (oldest == NULL || one->used_ms < oldest->used_ms)
			oldest = one;
		if (strcmp(one->user.name, user) != 0)
			continue;
		count++;
		if (his == NULL || one->used_ms < his->used_ms)
			his = one;
	}
	if (count >= SESSIONS_A_USER)
		return his;
	return room != NULL ? room : oldest;
}

static void
person_of(struct person *p, const struct session *one)
{
	strcpy(p->user, one->user.name);
	strcpy(p->shown, one->user.shown);
	p->role = one->user.role;
	p->session = one->number;
}

static void
session_begin(struct sessions *s, const struct user *u, int64_t now_ms,
    struct attempt_in *out)
{
	struct session *one = session_room(s, u->name, now_ms);

	*one = (struct session){.number = ++s->last,
	    .user = *u,
	    .begun_ms = now_ms,
	    .used_ms = now_ms,
	    .open = true};
	token_new(out->token);
	digest_of(out->token, one->digest);
	person_of(&out->person, one);
	out->result = LOGIN_IN;
}

/* ---- in, there and out ---- */

struct keys {
	char name[LOCK_KEY_MAX], from[LOCK_KEY_MAX];
};

static int64_t
longest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Whether it is worth a hash; *u is who it would be, "" if nobody. */
static bool
login_begin(struct sessions *s, const char *user, const struct keys *k,
    int64_t now_ms, struct user *u, struct attempt_in *out)
{
	const struct user *found;

	pthread_mutex_lock(&s->mutex);
	look(s, now_ms);
	found = users_find(&s->users, user);
	if (found != NULL)
		*u = *found;
	out->wait_ms = longest(
	    lock_wait(s, k->name, now_ms), lock_wait(s, k->from, now_ms));
	out->result = s->users.count == 0 ? LOGIN_NOBODY
	    : out->wait_ms > 0		  ? LOGIN_LOCKED
					  : LOGIN_WRONG;
	pthread_mutex_unlock(&s->mutex);
	return out->result == LOGIN_WRONG;
}

static void
login_end(struct sessions *s, bool right, const struct keys *k, int64_t now_ms,
    const struct user *u, struct attempt_in *out)
{
	const struct user *now;

	pthread_mutex_lock(&s->mutex);
	now = users_find(&s->users, u->name);
	if (right && now != NULL && same_user(now, u)) {
		lock_forget(s, k->name, now_ms);
		lock_forget(s, k->from, now_ms);
		session_begin(s, u, now_ms, out);
	} else {
		out->locks = lock_failed(s, k->name, now_ms);
		out->locks = lock_failed(s, k->from, now_ms) || out->locks;
	}
	pthread_mutex_unlock(&s->mutex);
}

void
sessions_login(struct sessions *s, const char *user, const char *password,
    const char *address, int64_t now_ms, struct attempt_in *out)
{
	struct user u = {.name = ""};
	struct keys k;
	bool right;

	*out = (struct attempt_in){.result = LOGIN_WRONG};
	snprintf(k.name, sizeof(k.name), "name %s", user);
	snprintf(
	    k.from, sizeof(k.from), "from %" PRIx64, ration_who_text(address));
	if (!login_begin(s, user, &k, now_ms, &u, out))
		return;
	right = user_matches(u.name[0] != '\0' ? u.hash : NULL, password);
	login_end(s, right, &k, now_ms, &u, out);
	explicit_bzero(&u, sizeof(u));
}

bool
sessions_find(
    struct sessions *s, const char *token, int64_t now_ms, struct person *who)
{
	struct session *one;

	*who = (struct person){.role = ROLE_NONE};
	pthread_mutex_lock(&s->mutex);
	look(s, now_ms);
	one = session_find(s, token, now_ms);
	if (one != NULL) {
		one->used_ms = now_ms;
		person_of(who, one);
	}
	pthread_mutex_unlock(&s->mutex);
	return who->role != ROLE_NONE;
}

bool
sessions_goes_on(struct sessions *s, uint64_t session, int64_t now_ms)
{
	bool goes_on = false;

	pthread_mutex_lock(&s->mutex);
	look(s, now_ms);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *one = &s->all[i];

		if (one->number != session || !one->open)
			continue;
		goes_on = one->open = !is_over(one, now_ms);
		one->used_ms = now_ms;
	}
	pthread_mutex_unlock(&s->mutex);
	return goes_on;
}

void
sessions_end(struct sessions *s, const char *token)
{
	struct session *one;

	pthread_mutex_lock(&s->mutex);
	one = session_find(s, token, INT64_MIN / 2);
	if (one != NULL)
		one->open = false;
	pthread_mutex_unlock(&s->mutex);
}
