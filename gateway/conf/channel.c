/*
 * channel.c - the channels of a configuration's `notify`
 *
 * One table has the keys of all types; which of them a type has not is told
 * with the reason, for that is where people go wrong.
 */
#include "gateway/conf/channel.h"

#include <string.h>

#include "gateway/alarm/condition.h"
#include "gateway/conf/address.h"
#include "gateway/conf/file.h"
#include "gateway/conf/people.h"
#include "gateway/conf/profile.h"
#include "gateway/sinks/letter.h"

#define A_MINUTE_MIN 3 /* one of them for a P1 */
#define A_MINUTE_MAX 600
#define P1_MAX 5

#define BIT(type) (1u << (type))
#define ROBOTS                                                                 \
	(BIT(CHANNEL_DINGTALK) | BIT(CHANNEL_WECOM) | BIT(CHANNEL_FEISHU))
#define SIGNED (BIT(CHANNEL_DINGTALK) | BIT(CHANNEL_FEISHU))
#define WEBHOOK BIT(CHANNEL_WEBHOOK)
#define EMAIL BIT(CHANNEL_EMAIL)

const char *const channel_type_names[] = {
    [CHANNEL_DINGTALK] = "dingtalk",
    [CHANNEL_WECOM] = "wecom",
    [CHANNEL_FEISHU] = "feishu",
    [CHANNEL_WEBHOOK] = "webhook",
    [CHANNEL_EMAIL] = "email",
    NULL,
};

static const char *const languages[] = {"zh", "en", "both", NULL};

struct draft {
	struct notify_channel channel;
	struct address address;
	const char *secret_file, *ca_file;
	const struct node *severities, *mention, *kinds;
};

static const struct field fields[] = {
    {"id", WANT_NAME, INTO(struct draft, channel.id), .required = "id: duty"},
    {"type", WANT_CHOICE, INTO(struct draft, channel.type),
	.words = channel_type_names, .required = "type: dingtalk"},
    {"url", WANT_TEXT, INTO(struct draft, address.url)},
    {"url_file", WANT_TEXT, INTO(struct draft, address.url_file)},
    {"secret_file", WANT_TEXT, INTO(struct draft, secret_file)},
    {"ca_file", WANT_TEXT, INTO(struct draft, ca_file)},
    {"severities", WANT_NODE, INTO(struct draft, severities)},
    {"kinds", WANT_NODE, INTO(struct draft, kinds)},
    {"mention", WANT_NODE, INTO(struct draft, mention)},
    {"language", WANT_CHOICE, INTO(struct draft, channel.language),
	.words = languages},
    {"personal", WANT_BOOL, INTO(struct draft, channel.personal)},
    {"a_minute", WANT_INTEGER, INTO(struct draft, channel.a_minute),
	.min = A_MINUTE_MIN, .max = A_MINUTE_MAX},
    {"from", WANT_TEXT, INTO(struct draft, address.from)},
    {"to", WANT_NODE, INTO(struct draft, address.to)},
    {"username", WANT_TEXT, INTO(struct draft, address.username)},
    {"password_file", WANT_TEXT, INTO(struct draft, address.password_file)},
    {"allow_plaintext", WANT_BOOL, INTO(struct draft, address.allow_plaintext)},
    {.key = NULL},
};

/* What the types differ in. */
static const struct {
	uint16_t a_minute, a_minute_max;
	bool personal;
} types[] = {
    [CHANNEL_DINGTALK] = {15, 20, true},
    [CHANNEL_WECOM] = {15, 20, true},
    [CHANNEL_FEISHU] = {60, 100, true},
    [CHANNEL_WEBHOOK] = {60, A_MINUTE_MAX, false},
    [CHANNEL_EMAIL] = {15, A_MINUTE_MAX, true},
};

/* Which types have a key, and what is said to the others. */
static const struct {
	const char *key;
	unsigned types;
	const char *why;
} keys[] = {
    {"url", WEBHOOK | EMAIL,
	"is for webhooks and mail: who has a robot's url can post to its "
	"group, so put it into a file that only riser can read, and write "
	"url_file:"},
    {"url_file", ROBOTS | WEBHOOK,
	"is for robots and webhooks; write url: \"smtp://HOST:587\""},
    {"secret_file", SIGNED,
	"is for DingTalk and Feishu, the others sign nothing; drop it"},
    {"allow_plaintext", WEBHOOK | EMAIL,
	"is for webhooks and mail: a robot's url holds its token, which is "
	"never sent in the clear; drop it"},
    {"from", EMAIL, "is for mail; drop it"},
    {"to", EMAIL, "is for mail; drop it"},
    {"username", EMAIL, "is for mail; drop it"},
    {"password_file", EMAIL, "is for mail; drop it"},
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static bool
is_of(const struct draft *d, unsigned some)
{
	return (BIT(d->channel.type) & some) != 0;
}

static const struct node *
key(const struct draft *d, const char *name)
{
	return node_get(d->address.self, name);
}

static void
judge_keys(struct walk *w, const struct draft *d)
{
	const struct node *n;

	for (size_t i = 0; i < KEY_COUNT; i++)
		if (!is_of(d, keys[i].types) &&
		    (n = key(d, keys[i].key)) != NULL)
			node_key_error(w->diag, n, "%s", keys[i].why);
}

/* ---- lists ---- */

static int
word_bit(struct walk *w, const struct node *n, const char *const *words)
{
	int word = walk_word(w, n, words);

	for (int i = 0; word >= 0 && alarm_severity_names[i]; i++)
		if (strcmp(alarm_severity_names[i], words[word]) == 0)
			return 1 << i;
	return 0;
}

uint8_t
channel_severities(
    struct walk *w, const struct node *list, const char *const *words)
{
	int bits = 0;

	if (!walk_is(w, list, NODE_LIST))
		return 0;
	if (list->count == 0)
		node_error(w->diag, list,
		    "is empty; write some, or leave the key out");
	for (const struct node *n = list->first; n; n = n->next) {
		int bit = word_bit(w, n, words);

		if (bits & bit)
			walk_refuse(w, n, "is there twice; drop one");
		bits |= bit;
	}
	return (uint8_t)bits;
}

static void
read_kinds(struct walk *w, struct draft *d)
{
	struct notify_channel *c = &d->channel;
	const char **kinds;
	int word;

	if (d->kinds == NULL || !walk_is(w, d->kinds, NODE_LIST))
		return;
	if (d->kinds->count == 0)
		node_error(w->diag, d->kinds,
		    "is empty; write some, or leave the key out for all");
	kinds = arena_array(w->memory, d->kinds->count, sizeof(*kinds));
	for (const struct node *n = d->kinds->first; n; n = n->next)
		if ((word = walk_word(w, n, profile_kinds)) >= 0)
			kinds[c->kind_count++] = profile_kinds[word];
	c->kinds = kinds;
}

/* Known once the type's default is. */
static void
judge_personal(struct walk *w, const struct draft *d)
{
	const struct notify_channel *c = &d->channel;

	if (c->type == CHANNEL_DINGTALK && c->mention_count > 0 && !c->personal)
		node_key_error(w->diag, key(d, "mention"),
		    "makes DingTalk show these people's mobile numbers to all "
		    "in the group, and personal: false forbids it; drop one of "
		    "the two");
}

/* Who is not known there is reached by no text. */
static void
judge_mention(
    struct walk *w, const struct draft *d, const struct notify_conf *c)
{
	for (const struct node *n = d->mention->first; n; n = n->next) {
		int who = n->kind == NODE_TEXT ? people_find(c, n->text) : -1;

		if (who >= 0 && !letter_reaches(&d->channel, &c->people[who]))
			walk_refuse(w, n,
			    "cannot be mentioned here; write %s: for this "
			    "person, in people",
			    people_key(d->channel.type));
	}
}

static void
read_mention(struct walk *w, struct draft *d, const struct notify_conf *c)
{
	struct notify_channel *h = &d->channel;

	if (d->mention == NULL)
		return;
	h->mention_count = people_named(w, d->mention, c, &h->mention);
	if (h->mention_count > LETTER_MENTIONS_MAX)
		node_error(w->diag, d->mention,
		    "mentions %zu people; write at most %d", h->mention_count,
		    LETTER_MENTIONS_MAX);
	if (h->type != UINT8_MAX) /* else it is told */
		judge_mention(w, d, c);
}

/* ---- one channel ---- */

static void
read_ca(struct walk *w, struct draft *d, const char *dir, bool clear)
{
	const struct node *n = key(d, "ca_file");

	if (d->ca_file == NULL)
		return;
	d->channel.ca_file = file_secret(w, n, dir, false);
	if (clear)
		node_key_error(w->diag, n,
		    "is for TLS, and this goes in the clear; drop one of the "
		    "two");
}

static void
take_rate(struct walk *w, struct draft *d)
{
	struct notify_channel *c = &d->channel;
	uint16_t most = types[c->type].a_minute_max;

	if (c->a_minute == 0)
		c->a_minute = types[c->type].a_minute;
	if (c->a_minute > most)
		walk_refuse(w, key(d, "a_minute"),
		    "is more than such a robot may; write %d to %d",
		    A_MINUTE_MIN, most);
	c->a_minute_p1 =
	    (uint16_t)(c->a_minute / 3 < P1_MAX ? c->a_minute / 3 : P1_MAX);
}

/* What goes by its type. */
static void
take_type(struct walk *w, struct draft *d, const char *dir)
{
	struct notify_channel *c = &d->channel;

	judge_keys(w, d);
	read_ca(w, d, dir, address_read(w, &d->address, dir, c));
	if (d->secret_file && is_of(d, SIGNED))
		c->secret = file_password(w, key(d, "secret_file"), dir);
	if (key(d, "personal") == NULL)
		c->personal = types[c->type].personal;
	judge_personal(w, d);
	take_rate(w, d);
}

/* Each counts its requests by itself, the maker counts them together. */
static void
judge_robot(struct walk *w, const struct draft *d, const struct notify_conf *c)
{
	const char *url = d->channel.url;

	for (size_t i = 0; is_of(d, ROBOTS) && url && i < c->channel_count; i++)
		if (c->channels[i].url &&
		    strcmp(c->channels[i].url, url) == 0) {
			walk_refuse(w, key(d, "url_file"),
			    "names the robot of channel %s too, and together "
			    "they would be over its limit; make them one "
			    "channel, or a second robot",
			    c->channels[i].id);
			return;
		}
}

static void
read_one(struct walk *w, const struct node *n, const char *dir,
    const struct notify_conf *c, struct notify_channel *out)
{
	struct draft d = {.address.self = n,
	    .channel = {.id = "", .type = UINT8_MAX, .severities = 0xf}};

	walk_map(w, n, fields, &d);
	if (d.severities)
		d.channel.severities =
		    channel_severities(w, d.severities, alarm_severity_names);
	read_kinds(w, &d);
	read_mention(w, &d, c);
	if (d.channel.type != UINT8_MAX) { /* else it is told */
		take_type(w, &d, dir);
		judge_robot(w, &d, c);
	}
	*out = d.channel;
}

void
channel_read(struct walk *w, const struct node *list,
    const struct node *people_list, const char *dir, struct notify_conf *c)
{
	struct notify_channel *channels;

	if (!walk_is(w, list, NODE_LIST))
		return;
	if (list->count == 0 || list->count > CHANNELS_MAX) {
		node_error(w->diag, list,
		    "has %zu channels; write 1 to %d, or leave notify out",
		    list->count, CHANNELS_MAX);
		return;
	}
	channels = arena_array(w->memory, list->count, sizeof(*channels));
	c->channels = channels;
	for (const struct node *n = list->first; n; n = n->next) {
		read_one(w, n, dir, c, &channels[n->index]);
		c->channel_count = n->index + 1;
		people_judge_id(w, n, list, "channel");
		people_judge_id(w, n, people_list, "person");
	}
}

int
channel_find(const struct notify_conf *c, const char *id)
{
	for (size_t i = 0; i < c->channel_count; i++)
		if (strcmp(c->channels[i].id, id) == 0)
			return (int)i;
	return -1;
}
