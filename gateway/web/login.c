/* login.c - somebody who logs in, on his way through a worker */
#include "gateway/web/login.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/json.h"
#include "gateway/web/api.h"

/* ---- what was sent ---- */

static void
run(struct errand *e)
{
	struct login_errand *l = (struct login_errand *)e;

	sessions_login(l->sessions, l->user, l->password, l->address,
	    clock_mono_ms(), &l->got);
	explicit_bzero(l->password, sizeof(l->password));
	l->done = true;
}

/* False if it is no text, or too long. */
static bool
take(const json_t *o, const char *key, char *out, size_t size)
{
	const json_t *value = json_object_get(o, key);
	size_t len = json_string_length(value);

	if (!json_is_string(value) || len == 0 || len >= size)
		return false;
	memcpy(out, json_string_value(value), len + 1);
	return true;
}

/* What is too long to be anybody's is not said apart: it is as wrong. */
static bool
read_members(struct login_errand *l, const json_t *o, char why[LOGIN_WHY_MAX])
{
	if (!json_is_object(o) || json_object_size(o) != 2 ||
	    !json_is_string(json_object_get(o, "user")) ||
	    !json_is_string(json_object_get(o, "password"))) {
		snprintf(why, LOGIN_WHY_MAX,
		    "a login is {\"user\":\"..\",\"password\":\"..\"} and "
		    "nothing else");
		return false;
	}
	if (!take(o, "user", l->user, sizeof(l->user)))
		strcpy(l->user, "?");
	if (!take(o, "password", l->password, sizeof(l->password)))
		strcpy(l->user, "?");
	if (user_name_fault(l->user) != NULL)
		strcpy(l->user, "?");
	return true;
}

struct login_errand *
login_new(struct sessions *s, const char *address, const char *text, size_t len,
    char why[LOGIN_WHY_MAX])
{
	struct login_errand *l = must_alloc(1, sizeof(*l));
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	bool good = read_members(l, o, why);

	json_decref(o);
	l->errand.run = run;
	l->sessions = s;
	snprintf(l->address, sizeof(l->address), "%s", address);
	if (good)
		return l;
	login_free(l);
	return NULL;
}

void
login_free(struct login_errand *l)
{
	if (l == NULL)
		return;
	explicit_bzero(l, sizeof(*l));
	free(l);
}

/* ---- what is answered ---- */

static void
put_person(struct json *j, const struct person *p, enum role role)
{
	bool there = p->role != ROLE_NONE;

	json_key(j, "user");
	json_text(j, there ? p->user : NULL);
	json_key(j, "name");
	json_text(j, there ? p->shown : NULL);
	json_key(j, "role");
	json_text(j, role != ROLE_NONE ? role_names[role] : NULL);
}

void
login_me(
    struct buf *out, const struct person *p, enum role role, bool has_users)
{
	struct json j = {.out = out};

	json_open(&j);
	put_person(&j, p, role);
	json_key_bool(&j, "login", has_users);
	json_end(&j);
}

unsigned
login_print(const struct login_errand *l, struct buf *out)
{
	struct json j = {.out = out};

	switch (l->got.result) {
	case LOGIN_IN:
		json_open(&j);
		put_person(&j, &l->got.person, l->got.person.role);
		json_end(&j);
		return 200;
	case LOGIN_LOCKED:
		api_error(out, "too many wrong passwords: try again in %lld s",
		    (long long)(l->got.wait_ms + 999) / 1000);
		return 429;
	case LOGIN_NOBODY:
		api_error(out,
		    "there are no users yet: run riser passwd on the gateway");
		return 403;
	case LOGIN_WRONG: break;
	}
	api_error(out, "the name or the password is wrong");
	return 401;
}

void
login_cookie(char cookie[LOGIN_COOKIE_MAX], const char *token, bool secure)
{
	long long life_s = token != NULL ? SESSION_LIFE_MS / 1000 : 0;

	snprintf(cookie, LOGIN_COOKIE_MAX,
	    VISIT_COOKIE
	    "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
	    token != NULL ? token : "", life_s, secure ? "; Secure" : "");
}
