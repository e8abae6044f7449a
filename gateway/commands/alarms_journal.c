/*
 * alarms_journal.c - the journal's document, for people
 *
 * An event of an alarm has the whole alarm in it; a line says what is new.  How
 * long an alarm stood is told by the times of its raise and of its clear, both
 * from here: `since` in an event is by the clock of its writing, which may have
 * been wrong and then corrected.  Where the raise is not in the document, or
 * one of the times is not known for sure, nothing is said of it.
 */
#include "gateway/commands/alarms_journal.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"
#include "gateway/commands/member.h"

static bool
is(const json_t *o, const char *key, const char *text)
{
	return strcmp(member_text(o, key), text) == 0;
}

static bool
has(const json_t *o, const char *key)
{
	return member_text(o, key)[0] != '\0';
}

/* A line, whatever bytes are in it. */
static void
print_line(
    const struct buf *line, const char *before, const char *behind, FILE *out)
{
	fputs(before, out);
	for (size_t i = 0, len; i < line->len; i += len) {
		const char *p = line->data + i;

		len = utf8_char(p, line->len - i);
		if (len == 0 || (unsigned char)*p < ' ' || *p == 0x7f) {
			fputc('?', out);
			len = 1;
		} else
			fwrite(p, 1, len, out);
	}
	fprintf(out, "%s\n", behind);
}

/* ---- alarms ---- */

static bool
is_shelved(const json_t *e)
{
	return json_is_number(json_object_get(e, "shelved_until"));
}

static bool
is_hidden(const json_t *e)
{
	return has(e, "suppressed_by") || is_shelved(e) ||
	    json_is_object(json_object_get(e, "out_of_service"));
}

static bool
is_raise(const json_t *e)
{
	return is(e, "change", "raise") || is(e, "change", "chatter");
}

/* What hides it. */
static void
put_hiding(struct buf *out, const json_t *e)
{
	const json_t *service = json_object_get(e, "out_of_service");

	if (has(e, "suppressed_by"))
		buf_printf(
		    out, " (hidden by %s)", member_text(e, "suppressed_by"));
	else if (is_shelved(e))
		buf_printf(out, " (hidden: shelved by %s)",
		    member_text(e, "shelved_by"));
	else if (json_is_object(service))
		buf_printf(out, " (hidden: out of service by %s)",
		    member_text(service, "by"));
}

/* What is said of a change, and what joins it to who did it. */
static void
put_change(struct buf *out, const json_t *e)
{
	static const struct {
		const char *change, *words, *link;
	} table[] = {{"raise", "raised", " by "}, {"clear", "cleared", " by "},
	    {"ack", "acknowledged", " by "}, {"shelve", "shelved", " by "},
	    {"unshelve", "shelved no more", ", by "},
	    {"suppress", "suppressed", " by "},
	    {"unsuppress", "suppressed no more", " by "},
	    {"out-of-service", "out of service", ", by "},
	    {"in-service", "in service again", ", by "},
	    {"note", "note", " of "}, {"respond", "responded", ": "},
	    {"arrive", "arrived", ": "}, {"rescue", "rescued", " by "},
	    {"false-alarm", "called a false alarm", " by "},
	    {"reset", "reset", " by "},
	    {"chatter", "chatters: held until it is calm", " by "},
	    {"calm", "calm again", " by "},
	    {"release", "ended by itself", ", by "},
	    {"check", "checked", " by "}, {"cars", "its cars", ", by "},
	    {"gone", "is not configured any more", " by "}};
	const char *words = member_text(e, "change"), *link = " by ";

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (is(e, "change", table[i].change)) {
			words = table[i].words;
			link = table[i].link;
		}
	if (is(e, "change", "check") && has(e, "car"))
		buf_printf(out, "%s ", member_text(e, "car"));
	buf_puts(out, words);
	if (has(e, "by"))
		buf_printf(out, "%s%s", link, member_text(e, "by"));
}

/* The raise that this ended, of the events before it (behind it), or NULL. */
static const json_t *
raise_before(const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);

	for (i++; i < json_array_size(events); i++) {
		const json_t *was = json_array_get(events, i);

		if (is_raise(was) &&
		    is(was, "device", member_text(e, "device")) &&
		    is(was, "alarm", member_text(e, "alarm")))
			return was;
	}
	return NULL;
}

static void
put_span(struct buf *out, const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);
	const json_t *was = raise_before(events, i);
	char span[MEMBER_TIME_TEXT];

	if (was != NULL && !has(was, "clock") && !has(e, "clock"))
		buf_printf(out, " after %s",
		    member_span(
			member_number(e, "ts") - member_number(was, "ts"),
			span));
}

/* How many cars of a power cut are back. */
static void
put_cars(struct buf *out, const json_t *e)
{
	const json_t *cars = json_object_get(e, "cars");
	size_t all = json_array_size(cars), back = 0;

	for (size_t i = 0; i < all; i++)
		back += json_is_true(
		    json_object_get(json_array_get(cars, i), "back"));
	if (all > 0)
		buf_printf(out, ": %zu of %zu are back", back, all);
}

/* What only this change has. */
static void
put_more(struct buf *out, const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);
	char until[MEMBER_TIME_TEXT];

	if (is(e, "change", "clear"))
		put_span(out, events, i);
	if (is(e, "change", "shelve") && is_shelved(e))
		buf_printf(out, " until %s",
		    member_time(
			member_number(e, "shelved_until"), false, until));
	if (is(e, "change", "unshelve") && !has(e, "by"))
		buf_puts(out, ", its time is over");
	if (is(e, "change", "suppress") && has(e, "suppressed_by"))
		buf_printf(out, " by %s", member_text(e, "suppressed_by"));
	if (is(e, "change", "cars"))
		put_cars(out, e);
	if (is_raise(e))
		put_hiding(out, e);
}

/* Its text is told where it begins, or begins to be seen. */
static bool
is_news(const json_t *e)
{
	return is_raise(e) ||
	    (json_is_true(json_object_get(e, "active")) && !is_hidden(e) &&
		(is(e, "change", "unshelve") || is(e, "change", "unsuppress") ||
		    is(e, "change", "in-service")));
}

static void
put_alarm(struct buf *out, const json_t *events, size_t i)
{
	const json_t *e = json_array_get(events, i);

	if (has(e, "severity"))
		buf_printf(out, "%s ", member_text(e, "severity"));
	buf_printf(
	    out, "%s/%s ", member_text(e, "device"), member_text(e, "alarm"));
	put_change(out, e);
	put_more(out, events, i);
	if (has(e, "note"))
		buf_printf(out, " (%s)", member_text(e, "note"));
	if (json_is_true(json_object_get(e, "test")))
		buf_puts(out, " TEST");
	if (is_news(e) && member_people(e)[0] != '\0')
		buf_printf(out, ": %s", member_people(e));
}

/* ---- who was told ---- */

static void
put_attempt(struct buf *out, const json_t *e)
{
	int64_t tries = member_number(e, "try");

	buf_printf(out, "%s/%s %s %s: %s", member_text(e, "device"),
	    member_text(e, "alarm"),
	    is(e, "result", "sent") ? "told to" : "not told to",
	    member_text(e, "channel"), member_text(e, "why"));
	if (json_is_true(json_object_get(e, "late")))
		buf_puts(out, ", late");
	if (tries > 1)
		buf_printf(out, ", try %d", (int)tries);
	if (is(e, "result", "given-up"))
		buf_puts(out, ", given up");
	if (has(e, "trouble"))
		buf_printf(out, " (%s)", member_text(e, "trouble"));
}

/* ---- other events ---- */

/* What is not told, or told elsewhere. */
static bool
is_head(const char *key)
{
	static const char *const head[] = {"log", "seq", "ts", "clock", "type"};

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		if (strcmp(key, head[i]) == 0)
			return true;
	return false;
}

/* lift-3-1/fault_code none -> SAFETY_CHAIN, number 41: safety chain open */
static void
put_point(struct buf *out, const json_t *e)
{
	const json_t *raw = json_object_get(e, "raw");
	int64_t changes = member_number(e, "changes");

	buf_printf(
	    out, "%s/%s ", member_text(e, "device"), member_text(e, "point"));
	member_put(out, json_object_get(e, "from"));
	buf_puts(out, " -> ");
	member_put(out, json_object_get(e, "to"));
	if (raw != NULL) {
		buf_puts(out, ", number ");
		member_put(out, raw);
	}
	if (member_people(e)[0] != '\0')
		buf_printf(out, ": %s", member_people(e));
	if (changes > 1)
		buf_printf(out, " (%" PRId64 " changes)", changes);
}

/* Its members as they are. */
static void
put_other(struct buf *out, json_t *e)
{
	buf_puts(out, member_text(e, "type"));
	for (void *at = json_object_iter(e); at != NULL;
	     at = json_object_iter_next(e, at))
		if (!is_head(json_object_iter_key(at))) {
			buf_printf(out, " %s=", json_object_iter_key(at));
			member_put(out, json_object_iter_value(at));
		}
}

static void
put_event(struct buf *out, const json_t *events, size_t i)
{
	json_t *e = json_array_get(events, i);
	const json_t *online = json_object_get(e, "online");

	if (is(e, "type", "alarm"))
		put_alarm(out, events, i);
	else if (is(e, "type", "notify"))
		put_attempt(out, e);
	else if (is(e, "type", "device") && json_is_boolean(online))
		buf_printf(out, "%s %s", member_text(e, "device"),
		    json_is_true(online) ? "answers again" : "does not answer");
	else if (is(e, "type", "change"))
		put_point(out, e);
	else
		put_other(out, e);
}

/* ---- the document ---- */

static void
print_event(const json_t *events, size_t i, bool colour, FILE *out)
{
	const json_t *e = json_array_get(events, i);
	bool red = colour && is(e, "type", "alarm") && is_raise(e) &&
	    is(e, "severity", "P1") && !is_hidden(e);
	struct buf line = {0};
	char at[MEMBER_TIME_TEXT];

	/* A time that is not known for sure says so. */
	buf_printf(&line, "%s%s ",
	    member_time(member_number(e, "ts"), true, at),
	    has(e, "clock") ? "?" : " ");
	put_event(&line, events, i);
	print_line(&line, red ? "\033[1;31m" : "", red ? "\033[m" : "", out);
	buf_free(&line);
}

void
alarms_journal_show(const json_t *doc, FILE *out)
{
	const json_t *events = json_object_get(doc, "events");
	bool colour = isatty(fileno(out)) == 1;

	for (size_t i = json_array_size(events); i > 0; i--)
		print_event(events, i - 1, colour, out);
	if (json_is_number(json_object_get(doc, "next")))
		fprintf(stderr, "riser alarms: only the newest %zu are shown\n",
		    json_array_size(events));
}
