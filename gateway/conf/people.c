/*
 * people.c - the `people` of a configuration, and lists that name them
 *
 * What mentions a person ends up in a robot's markup and in a mail's headers,
 * so only letters that cannot be anything else there are let through.
 */
#include "gateway/conf/people.h"

#include <ctype.h>
#include <string.h>

#include "gateway/conf/near.h"
#include "gateway/sinks/mail.h"

#define HANDLE_MAX 64
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const struct field fields[] = {
    {"id", WANT_NAME, INTO(struct notify_person, id), .required = "id: wang"},
    {"name", WANT_PEOPLE, INTO(struct notify_person, name)},
    {"phone", WANT_TEXT, INTO(struct notify_person, phone)},
    {"dingtalk", WANT_TEXT, INTO(struct notify_person, dingtalk)},
    {"wecom", WANT_TEXT, INTO(struct notify_person, wecom)},
    {"feishu", WANT_TEXT, INTO(struct notify_person, feishu)},
    {"email", WANT_TEXT, INTO(struct notify_person, email)},
    {.key = NULL},
};

/* ---- one person ---- */

static const char *
mobile_fault(const char *text)
{
	const char *digits = text + (*text == '+');

	if (digits[strspn(digits, DIGITS "-")] != '\0' || strlen(digits) < 5 ||
	    strlen(digits) > 20)
		return "is no mobile number; write the one of the person's "
		       "DingTalk account, in digits";
	return NULL;
}

static const char *
wecom_fault(const char *text)
{
	if (text[strspn(text, LETTERS DIGITS "_-.@+")] != '\0' ||
	    strlen(text) > HANDLE_MAX)
		return "is neither a mobile number nor a userid of WeCom; "
		       "write one of them";
	return NULL;
}

static const char *
feishu_fault(const char *text)
{
	if (text[strspn(text, LETTERS DIGITS "_-")] != '\0' ||
	    strlen(text) > HANDLE_MAX)
		return "is no id of Feishu; write the person's open_id "
		       "(ou_...) or user_id";
	return NULL;
}

static const char *
address_fault(const char *text)
{
	return mail_is_address(text)
	    ? NULL
	    : "is no mail address; write one such as duty@estate.example, "
	      "without a name";
}

/* NULL, and what is no text of one line, which is told, are not judged. */
static void
judge(struct walk *w, const struct node *n, const char *(*fault)(const char *))
{
	const char *why;

	if (n == NULL || n->kind != NODE_TEXT || *n->text == '\0')
		return;
	for (const char *p = n->text; *p; p++)
		if (iscntrl((unsigned char)*p))
			return;
	if ((why = fault(n->text)) != NULL)
		walk_refuse(w, n, "%s", why);
}

void
people_judge_address(struct walk *w, const struct node *n)
{
	judge(w, n, address_fault);
}

void
people_judge_id(struct walk *w, const struct node *map, const struct node *list,
    const char *what)
{
	const struct node *id = node_get(map, "id"), *other;

	if (id == NULL || id->kind != NODE_TEXT || *id->text == '\0' ||
	    list == NULL)
		return;
	for (const struct node *n = list->first; n && n != map; n = n->next) {
		other = node_get(n, "id");
		if (other && other->kind == NODE_TEXT &&
		    strcmp(other->text, id->text) == 0) {
			walk_refuse(w, id,
			    "is the id of the %s in line %d too; write another",
			    what, n->at.line);
			return;
		}
	}
}

static void
read_one(struct walk *w, const struct node *n, const struct node *list,
    struct notify_person *p)
{
	p->id = "";
	walk_map(w, n, fields, p);
	people_judge_id(w, n, list, "person");
	if (p->name.zh == NULL && p->name.en == NULL)
		p->name.zh = p->name.en = p->id;
	judge(w, node_get(n, "dingtalk"), mobile_fault);
	judge(w, node_get(n, "wecom"), wecom_fault);
	judge(w, node_get(n, "feishu"), feishu_fault);
	judge(w, node_get(n, "email"), address_fault);
}

void
people_read(struct walk *w, const struct node *list, struct notify_conf *c)
{
	struct notify_person *people;

	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return;
	if (list->count > PEOPLE_MAX) {
		node_error(w->diag, list,
		    "has %zu people; at most %d can be told", list->count,
		    PEOPLE_MAX);
		return;
	}
	people = arena_array(w->memory, list->count, sizeof(*people));
	for (const struct node *n = list->first; n; n = n->next)
		read_one(w, n, list, &people[n->index]);
	c->people = people;
	c->person_count = list->count;
}

/* ---- who is meant ---- */

int
people_find(const struct notify_conf *c, const char *id)
{
	for (size_t i = 0; i < c->person_count; i++)
		if (strcmp(c->people[i].id, id) == 0)
			return (int)i;
	return -1;
}

/* -1: nobody, and told. */
static int
named(struct walk *w, const struct node *n, const struct notify_conf *c)
{
	static const struct field field = {
	    .want = WANT_TEXT, .size = sizeof(const char *)};
	struct near near = {0};
	const char *id = NULL;
	int found;

	walk_field(w, n, &field, &id);
	if (id == NULL)
		return -1;
	if ((found = people_find(c, id)) >= 0)
		return found;
	near.text = id;
	for (size_t i = 0; i < c->person_count; i++)
		near_try(&near, c->people[i].id);
	walk_refuse(w, n, "is nobody%s",
	    near.best ? walk_hint(w, near.best)
		      : "; write the id of one of the people");
	return -1;
}

size_t
people_named(struct walk *w, const struct node *list,
    const struct notify_conf *c, const uint16_t **people)
{
	uint16_t *out;
	size_t count = 0, i;
	int found;

	*people = NULL;
	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return 0;
	out = arena_array(w->memory, list->count, sizeof(*out));
	for (const struct node *n = list->first; n; n = n->next) {
		if ((found = named(w, n, c)) < 0)
			continue;
		for (i = 0; i < count && out[i] != found; i++)
			;
		if (i < count)
			walk_refuse(w, n, "is named twice; drop one");
		else
			out[count++] = (uint16_t)found;
	}
	*people = out;
	return count;
}

const char *
people_key(uint8_t type)
{
	static const char *const keys[] = {
	    [CHANNEL_DINGTALK] = "dingtalk",
	    [CHANNEL_WECOM] = "wecom",
	    [CHANNEL_FEISHU] = "feishu",
	    [CHANNEL_WEBHOOK] = "name",
	    [CHANNEL_EMAIL] = "email",
	};

	return keys[type];
}
