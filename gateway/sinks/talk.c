/*
 * talk.c - what was said to a mail server and what it answered, pure
 *
 * A client says one line and waits for its answer, of which the last line has a
 * blank behind its three digits: so an answer is of what was said last, and the
 * n-th RCPT is the n-th recipient.  A mail goes to those who were taken.
 */
#include "gateway/sinks/talk.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/sinks/quote.h"

#define SAID_MAX 120 /* bytes of a sentence for recipients */
#define TAKEN 250

void
talk_begin(
    struct talk *t, const char *const *to, size_t count, uint16_t *refused)
{
	*t = (struct talk){.to = to, .to_count = count, .refused = refused};
	memset(refused, 0, count * sizeof(*refused));
}

static bool
begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) &&
	    strncasecmp(line, with, strlen(with)) == 0;
}

void
talk_say(struct talk *t, const char *line, size_t len)
{
	t->code = 0;
	if (begins(line, len, "AUTH ")) {
		t->about = TALK_LOGIN;
	} else if (begins(line, len, "MAIL FROM:")) {
		t->about = TALK_FROM;
	} else if (begins(line, len, "RCPT TO:")) {
		t->about = TALK_TO;
		t->asked++;
	} else if (begins(line, len, "DATA")) {
		t->about = TALK_MAIL;
	}
}

static void
refuse_recipient(struct talk *t)
{
	if (t->asked == 0 || t->asked > t->to_count)
		return;
	t->refused[t->asked - 1] = t->code;
	memcpy(t->refusal, t->line, sizeof(t->refusal));
}

bool
talk_hear(struct talk *t, const char *line, size_t len)
{
	if (len < 3 || line[0] < '1' || line[0] > '5' ||
	    !isdigit((unsigned char)line[1]) ||
	    !isdigit((unsigned char)line[2]) || (len > 3 && line[3] == '-'))
		return false;
	t->code = (uint16_t)((line[0] - '0') * 100 + (line[1] - '0') * 10 +
	    (line[2] - '0'));
	quote_text(line, len, "", t->line, sizeof(t->line));
	if (t->about == TALK_TO && t->code / 100 != 2)
		refuse_recipient(t);
	return true;
}

/* ---- what came of it ---- */

/* Those who were refused, as many as there is room for.  Returns the mildest of
 * their codes: what may go better next time; 0: nobody was. */
static uint16_t
name_refused(const struct talk *t, char names[SAID_MAX])
{
	size_t used = 0, more = 0;
	uint16_t mildest = 0;

	names[0] = '\0';
	for (size_t i = 0; i < t->to_count; i++) {
		size_t len = strlen(t->to[i]);

		if (t->refused[i] == 0)
			continue;
		if (mildest == 0 || t->refused[i] < mildest)
			mildest = t->refused[i];
		if (more > 0 || used + len + 24 > SAID_MAX) {
			more++;
			continue;
		}
		used += (size_t)snprintf(names + used, SAID_MAX - used, "%s%s",
		    used > 0 ? ", " : "", t->to[i]);
	}
	if (more > 0)
		snprintf(names + used, SAID_MAX - used, "%s%zu%s",
		    used > 0 ? " and " : "", more,
		    used > 0 ? " more" : " of them");
	return mildest;
}

static const char *
advice(const struct talk *t)
{
	switch (t->about) {
	case TALK_LOGIN: return ": see username and password_file";
	case TALK_FROM: return ": see from, and whether it wants a username";
	case TALK_MAIL: return ": it does not take this mail";
	default: return "";
	}
}

bool
talk_judge(const struct talk *t, bool sent, const struct notify_channel *c,
    struct robot_answer *a)
{
	char host[QUOTE_HOST_MAX], names[SAID_MAX];
	uint16_t refused = name_refused(t, names), code = t->code;
	bool nobody = !sent && t->about == TALK_TO && refused != 0;

	if (!sent && code < 400)
		return false;
	if (sent)
		code = TAKEN;
	else if (nobody)
		code = refused;
	*a = (struct robot_answer){.code = code};
	quote_host(c->url, host);
	if (!sent)
		a->verdict = code >= 500 ? ROBOT_REFUSED : ROBOT_FAILED;
	a->text = !sent && code >= 500 && t->about == TALK_MAIL;
	if (nobody || (sent && refused != 0))
		snprintf(a->why, sizeof(a->why), "%s takes no mail for %s (%s)",
		    host, names, t->refusal);
	else if (!sent)
		snprintf(a->why, sizeof(a->why), "%s answers %s%s", host,
		    t->line, advice(t));
	a->why[utf8_cut(a->why, strlen(a->why))] = '\0';
	return true;
}
