/*
 * address.c - where a channel's letters go: a robot, a webhook, a mail server
 *
 * A robot's url is a secret: who has it can post to the group.  So it stands in
 * a file of its own, is never said in a sentence, and never sent in the clear.
 * That it is the url of such a robot is judged by the part that all of a
 * maker's have: two robots' urls in each other's files are found here, and not
 * by the first alarm.
 */
#include "gateway/conf/address.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/file.h"
#include "gateway/conf/people.h"
#include "gateway/conf/url.h"

#define RECIPIENTS_MAX 50
#define SMTP_PORT 587
#define SMTPS_PORT 465

static const struct {
	const char *maker, *part;
} robots[] = {
    [CHANNEL_DINGTALK] = {"DingTalk", "access_token="},
    [CHANNEL_WECOM] = {"WeCom", "key="},
    [CHANNEL_FEISHU] = {"Feishu", "/hook/"},
};

static bool
is_robot(const struct notify_channel *c)
{
	return c->type <= CHANNEL_FEISHU;
}

static void
miss(struct walk *w, const struct address *a, const char *key,
    const char *example)
{
	if (node_get(a->self, key) == NULL)
		node_error(w->diag, a->self,
		    "the key \"%s\" is missing; write for example %s", key,
		    example);
}

/* ---- robots and webhooks ---- */

static bool
is_far_and_clear(const struct url *u, bool tls)
{
	return !tls && !url_loopback(u->host);
}

/* Of a url that stands in the file that n names. */
static void
judge_secret(struct walk *w, const struct node *n, const char *url,
    struct notify_channel *c, bool *clear)
{
	const char *rest, *why;
	struct url u;
	bool tls;

	if ((why = url_web(url, &u, &tls, &rest)) != NULL) {
		walk_refuse(w, n, "holds a url that %s", why);
	} else if (is_far_and_clear(&u, tls)) {
		walk_refuse(w, n,
		    "holds a url that would be sent in the clear, and who has "
		    "it can post there; write https:// in it");
	} else if (is_robot(c) && !strstr(rest, robots[c->type].part)) {
		walk_refuse(w, n,
		    "holds a url without %s, which each of %s's has; copy the "
		    "whole webhook url from the robot's settings",
		    robots[c->type].part, robots[c->type].maker);
	} else {
		c->url = url;
		*clear = !tls;
	}
}

static void
read_open(struct walk *w, const struct address *a, struct notify_channel *c,
    bool *clear)
{
	const struct node *n = node_get(a->self, "url");
	const char *rest, *why;
	struct url u;
	bool tls;

	if (url_has_user(a->url)) { /* and do not repeat it */
		node_error(w->diag, n,
		    "has a user or password in it, which riser does not send; "
		    "drop it");
		return;
	}
	if ((why = url_web(a->url, &u, &tls, &rest)) != NULL) {
		walk_refuse(w, n, "%s", why);
		return;
	}
	if (is_far_and_clear(&u, tls) && !a->allow_plaintext)
		walk_refuse(w, n,
		    "would send everything in the clear; write https://, or "
		    "add allow_plaintext: true if that is meant");
	c->url = a->url;
	*clear = !tls;
}

static bool
read_web(struct walk *w, const struct address *a, const char *dir,
    struct notify_channel *c)
{
	const struct node *file = node_get(a->self, "url_file");
	const struct node *open = node_get(a->self, "url");
	const char *url;
	bool clear = false;

	if (is_robot(c) && open && !file)
		return false; /* told */
	if (is_robot(c))
		open = NULL;
	if (open && file)
		node_key_error(w->diag, file,
		    "says where it is, and so does url:; drop one of the two");
	else if (open && a->url)
		read_open(w, a, c, &clear);
	else if (a->url_file && (url = file_password(w, file, dir)))
		judge_secret(w, file, url, c, &clear);
	else if (!open)
		miss(w, a, "url_file", "url_file: /etc/riser/duty.url");
	return clear;
}

/* ---- mail ---- */

static const char *
smtp_fault(const char *text, struct url *u, bool *tls)
{
	const char *why = url_split(text, u);

	if (why)
		return why;
	*tls = strcmp(u->scheme, "smtps") == 0;
	if (!*tls && strcmp(u->scheme, "smtp") != 0)
		return "has an unknown scheme; write smtp://HOST:587, or "
		       "smtps://HOST:465 for a server with TLS from the start";
	if (*u->host == '\0' || *u->query)
		return "is no mail server; write smtp://HOST:587";
	return u->port == 0 ? "has no valid port; write one from 1 to 65535"
			    : NULL;
}

/* With the port, whether it was said or not. */
static const char *
smtp_url(struct walk *w, const struct url *u, bool tls)
{
	bool v6 = strchr(u->host, ':') != NULL;
	struct buf b = {0};
	const char *url;

	buf_printf(&b, "%s://%s%s%s:%d", u->scheme, v6 ? "[" : "", u->host,
	    v6 ? "]" : "",
	    u->port > 0 ? u->port
		: tls	? SMTPS_PORT
			: SMTP_PORT);
	url = arena_text(w->memory, b.data);
	buf_free(&b);
	return url;
}

/* Whether a server on this machine has TLS nobody knows, so that it has none
 * is said of one here too.  Returns whether it goes in the clear. */
static bool
read_server(struct walk *w, const struct address *a, struct notify_channel *c)
{
	const struct node *n = node_get(a->self, "url");
	const char *why;
	struct url u;
	bool tls;

	if (a->url == NULL)
		return false; /* told */
	if (url_has_user(a->url)) { /* and do not repeat it */
		node_error(w->diag, n,
		    "has a user or password in it; write username: and "
		    "password_file: instead");
		return false;
	}
	if ((why = smtp_fault(a->url, &u, &tls)) != NULL) {
		walk_refuse(w, n, "%s", why);
		return false;
	}
	c->starttls = !tls && !a->allow_plaintext;
	c->url = smtp_url(w, &u, tls);
	if (!tls && a->allow_plaintext && a->password_file &&
	    !url_loopback(u.host))
		walk_refuse(w, n,
		    "would send the password in the clear; drop "
		    "allow_plaintext:");
	return !tls && a->allow_plaintext;
}

static const char *
read_recipient(struct walk *w, const struct node *n)
{
	static const struct field field = {
	    .want = WANT_TEXT, .size = sizeof(const char *)};
	const char *text = NULL;

	walk_field(w, n, &field, &text);
	if (text)
		people_judge_address(w, n);
	return text;
}

static void
read_recipients(
    struct walk *w, const struct node *list, struct notify_channel *c)
{
	const char **to, *address;

	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return;
	if (list->count == 0 || list->count > RECIPIENTS_MAX)
		node_error(w->diag, list, "has %zu addresses; write 1 to %d",
		    list->count, RECIPIENTS_MAX);
	to = arena_array(w->memory, list->count, sizeof(*to));
	for (const struct node *n = list->first; n; n = n->next)
		if ((address = read_recipient(w, n)) != NULL)
			to[c->to_count++] = address;
	c->to = to;
}

static void
want_other(
    struct walk *w, const struct node *map, const char *key, const char *other)
{
	if (node_get(map, key) && node_get(map, other) == NULL)
		node_key_error(w->diag, node_get(map, key),
		    "is of no use alone; add %s:", other);
}

static bool
read_mail(struct walk *w, const struct address *a, const char *dir,
    struct notify_channel *c)
{
	if (node_get(a->self, "url_file") == NULL) /* else it is told */
		miss(w, a, "url", "url: \"smtp://mail.example:587\"");
	miss(w, a, "from", "from: riser@estate.example");
	miss(w, a, "to", "to: [duty@estate.example]");
	if (a->from)
		people_judge_address(w, node_get(a->self, "from"));
	want_other(w, a->self, "username", "password_file");
	want_other(w, a->self, "password_file", "username");
	c->from = a->from;
	c->username = a->username;
	if (a->password_file)
		c->password =
		    file_password(w, node_get(a->self, "password_file"), dir);
	read_recipients(w, a->to, c);
	return read_server(w, a, c);
}

bool
address_read(struct walk *w, const struct address *a, const char *dir,
    struct notify_channel *c)
{
	return c->type == CHANNEL_EMAIL ? read_mail(w, a, dir, c)
					: read_web(w, a, dir, c);
}
