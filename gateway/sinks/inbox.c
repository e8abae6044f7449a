/*
 * inbox.c - what a broker sends us
 *
 * Two rings, so that what was left cannot take the room of orders.  Topics are
 * understood when they are put in: what is none of ours takes no room at all.
 * Texts are read when they are taken out, by the thread that may take its time.
 *
 * Not done: an answer to who sent an order.  The event that tells of the deed
 * is the answer.
 */
#include "gateway/sinks/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/base/ring.h"

#define LEFT_BYTES ((size_t)256 * 1024) /* some 5,000 topics */
#define ORDERS_BYTES ((size_t)64 * 1024)
#define AT_ONCE 100 /* orders; the outbox waits meanwhile */
#define AGAIN_MS 50 /* until a full board is tried again */
#define TELL_MS 60000 /* between two complaints */
#define VERB_MAX 32 /* bytes of a verb with its NUL; ours are shorter */

/* A message below cmd/, in front of its text. */
struct letter {
	char verb[VERB_MAX];
	bool retained;
	size_t size; /* of the text; one that is too long is not kept */
};

struct inbox {
	struct board *board;
	struct buf base; /* prefix/site/ */
	struct buf filters[INBOX_SUBJECTS]; /* data NULL: not wanted */
	struct ring *left, *orders;
	unsigned lost; /* atomic: orders that found no room */

	/* The taker's. */
	struct order order;
	bool waits; /* the board had no room for it */
	bool told, deaf; /* something was; that we may not listen was */
	int64_t told_ms;
	unsigned untold;
};

static const char *const filters[INBOX_SUBJECTS] = {
    [INBOX_METAS] = "+/meta",
    [INBOX_ALARMS] = "+/alarm/+",
    [INBOX_ORDERS] = "cmd/+",
};

struct inbox *
inbox_new(const struct mqtt_conf *conf, struct board *board)
{
	const bool wanted[INBOX_SUBJECTS] = {[INBOX_METAS] = true,
	    [INBOX_ALARMS] = board != NULL,
	    [INBOX_ORDERS] = board != NULL && conf->commands};
	struct inbox *in = must_alloc(1, sizeof(*in));

	in->board = board;
	in->left = ring_new(LEFT_BYTES);
	in->orders = ring_new(ORDERS_BYTES);
	buf_printf(&in->base, "%s/%s/", conf->prefix, conf->site);
	for (int i = 0; i < INBOX_SUBJECTS; i++)
		if (wanted[i])
			buf_printf(
			    &in->filters[i], "%s%s", in->base.data, filters[i]);
	return in;
}

void
inbox_free(struct inbox *in)
{
	if (in == NULL)
		return;
	ring_free(in->left);
	ring_free(in->orders);
	buf_free(&in->base);
	for (int i = 0; i < INBOX_SUBJECTS; i++)
		buf_free(&in->filters[i]);
	free(in);
}

const char *
inbox_filter(const struct inbox *in, enum inbox_subject subject)
{
	return in->filters[subject].data;
}

/* ---- what comes ---- */

/* The length of the name of ours that text begins with; 0: none. */
static size_t
name_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
}

/* The subject of DEVICE/meta and DEVICE/alarm/ALARM, and what is left there; -1
 * if it is neither. */
static int
read_left(const char *topic, struct inbox_left *left)
{
	static const char alarm[] = "/alarm/";
	size_t len = name_length(topic);
	const char *name = topic + len + strlen(alarm);

	if (len == 0 || strlen(topic) >= sizeof(left->key))
		return -1;
	if (strcmp(topic + len, "/meta") == 0) {
		snprintf(left->key, sizeof(left->key), "%.*s", (int)len, topic);
		return INBOX_METAS;
	}
	if (strncmp(topic + len, alarm, strlen(alarm)) != 0 || *name == '\0' ||
	    name[name_length(name)] != '\0')
		return -1;
	snprintf(
	    left->key, sizeof(left->key), "%.*s/%s", (int)len, topic, name);
	return INBOX_ALARMS;
}

static bool
put_left(struct inbox *in, const char *topic)
{
	struct inbox_left left;
	int subject = read_left(topic, &left);
	uint8_t head = (uint8_t)subject;

	return subject != -1 && in->filters[subject].data != NULL &&
	    ring_put(in->left, &head, 1, left.key, strlen(left.key) + 1);
}

static bool
put_order(struct inbox *in, const char *verb, bool retained, const void *text,
    size_t len)
{
	struct letter head = {.retained = retained, .size = len};

	/* To clear a retained one is no order. */
	if (retained && len == 0)
		return false;
	snprintf(head.verb, sizeof(head.verb), "%s", verb);
	if (!ring_put(in->orders, &head, sizeof(head), text,
		len <= ORDER_TEXT_MAX ? len : 0))
		__atomic_fetch_add(&in->lost, 1, __ATOMIC_RELAXED);
	return true;
}

bool
inbox_put(struct inbox *in, const char *topic, bool retained, const void *text,
    size_t len)
{
	static const char cmd[] = "cmd/";

	if (strncmp(topic, in->base.data, in->base.len) != 0)
		return false;
	topic += in->base.len;
	if (in->filters[INBOX_ORDERS].data != NULL &&
	    strncmp(topic, cmd, strlen(cmd)) == 0)
		return put_order(in, topic + strlen(cmd), retained, text, len);
	/* What we publish ourselves comes back, not as retained. */
	return retained && len > 0 && put_left(in, topic);
}

bool
inbox_take_left(struct inbox *in, struct inbox_left *left)
{
	char text[1 + ORDER_KEY_MAX];

	if (ring_take(in->left, text, sizeof(text)) == 0)
		return false;
	left->subject = (uint8_t)text[0];
	strcpy(left->key, text + 1);
	return true;
}

/* ---- orders ---- */

/* At most one line in TELL_MS, and none is forgotten. */
static void
complain(struct inbox *in, const char *verb, const char *why, int64_t now_ms)
{
	if (in->told && now_ms - in->told_ms < TELL_MS) {
		in->untold++;
		return;
	}
	in->told = true;
	in->told_ms = now_ms;
	log_warn("mqtt: %scmd/%s is not obeyed: %s", in->base.data,
	    verb[name_length(verb)] == '\0' ? verb : "+", why);
}

static void
tell_rest(struct inbox *in, int64_t now_ms)
{
	unsigned lost = __atomic_exchange_n(&in->lost, 0, __ATOMIC_RELAXED);

	if (in->untold > 0 && now_ms - in->told_ms >= TELL_MS) {
		log_warn("mqtt: %u more messages below %scmd/ were not obeyed",
		    in->untold, in->base.data);
		in->untold = 0;
		in->told_ms = now_ms;
	}
	if (lost > 0) {
		complain(in, "+", "Too many came at once.", now_ms);
		in->untold += lost - 1;
	}
}

static void
no_such_verb(char why[ORDER_WHY_MAX])
{
	struct buf b;

	buf_fixed(&b, why, ORDER_WHY_MAX);
	buf_puts(&b, "there is no such command, but");
	for (size_t i = 0; order_verb_names[i] != NULL; i++)
		buf_printf(&b, "%s %s", i == 0 ? "" : ",", order_verb_names[i]);
}

static bool
read_letter(const struct letter *l, const char *text, struct order *o,
    char why[ORDER_WHY_MAX])
{
	int verb = order_verb(l->verb);

	*o = (struct order){.verb = (uint8_t)verb};
	if (l->retained)
		snprintf(why, ORDER_WHY_MAX,
		    "it is retained: publish it without that");
	else if (verb == -1)
		no_such_verb(why);
	else if (l->size > ORDER_TEXT_MAX)
		snprintf(why, ORDER_WHY_MAX, "it is %zu bytes long, at most %d",
		    l->size, ORDER_TEXT_MAX);
	else
		return order_read(o, NULL, text, l->size, why);
	return false;
}

/* The next message below cmd/; false if there is none.  `waits` if it is an
 * order. */
static bool
next_order(struct inbox *in, int64_t now_ms)
{
	struct {
		struct letter head;
		char text[ORDER_TEXT_MAX];
	} in_ring;
	char why[ORDER_WHY_MAX];

	if (ring_take(in->orders, &in_ring, sizeof(in_ring)) == 0)
		return false;
	in->deaf = false;
	in->waits = read_letter(&in_ring.head, in_ring.text, &in->order, why);
	if (!in->waits)
		complain(in, in_ring.head.verb, why, now_ms);
	return true;
}

int64_t
inbox_obey(struct inbox *in, int64_t now_ms)
{
	tell_rest(in, now_ms);
	for (int i = 0; i < AT_ONCE; i++) {
		if (in->waits && !board_send(in->board, &in->order))
			return now_ms + AGAIN_MS;
		in->waits = false;
		if (!next_order(in, now_ms))
			return in->untold == 0 ? INT64_MAX
					       : in->told_ms + TELL_MS;
	}
	return now_ms;
}

void
inbox_refused(struct inbox *in)
{
	if (!in->deaf)
		log_warn("mqtt: the broker does not let us listen to %s: "
			 "commands do not reach us",
		    in->filters[INBOX_ORDERS].data);
	in->deaf = true;
}

void
inbox_end(struct inbox *in, int64_t now_ms)
{
	struct inbox_left left;

	while (inbox_take_left(in, &left))
		;
	inbox_obey(in, now_ms);
	if (in->waits)
		complain(in, order_verb_names[in->order.verb],
		    "Too many came at once.", now_ms);
	in->waits = false;
	while (next_order(in, now_ms))
		in->untold += in->waits;
	in->waits = false;
}
