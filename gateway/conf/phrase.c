/*
 * phrase.c - an alarm's text for people, judged: which {words} it may have
 *
 * Only judged: what a word stands for is filled in when the alarm is raised.
 */
#include "gateway/conf/phrase.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/rule.h"

#define ABSENT_TEXT "?" /* of a point that the device has not */

/* What renderers fill in, beside the device's points, and who has it. */
enum fact_of { OF_ALL, OF_BUS, OF_LIFT, OF_FAULT, OF_SUPPLY, OF_CUT };

static const struct fact {
	const char *word;
	enum fact_of of;
} facts[] = {
    {"place", OF_ALL},
    {"name", OF_ALL},
    {"v", OF_ALL},
    {"dur", OF_ALL},
    {"bus", OF_BUS},
    {"devices", OF_BUS},
    {"occupied", OF_LIFT},
    {"doubt", OF_LIFT},
    {"position", OF_LIFT},
    {"fault_text", OF_FAULT},
    {"cut", OF_SUPPLY},
    {"count", OF_CUT},
    {"cars", OF_CUT},
    {"late_cars", OF_CUT},
};

#define FACTS (sizeof(facts) / sizeof(*facts))

/* Whose they are, as the end of a sentence. */
static const char *const owners[] = {
    [OF_BUS] = "to an alarm that asks bus_up",
    [OF_LIFT] = "of a lift",
    [OF_FAULT] = "of a device with a fault_code",
    [OF_SUPPLY] = "to an alarm that asks phase_lost or power_cut",
    [OF_CUT] = "to an alarm that asks power_cut or cars_late",
};

/* A text and the alarm it is of. */
struct phrase {
	const struct formula *formula;
	const struct alarm_rule *alarm;
};

static const struct fact *
find_fact(const char *word)
{
	for (size_t i = 0; i < FACTS; i++)
		if (strcmp(facts[i].word, word) == 0)
			return &facts[i];
	return NULL;
}

static bool
asks_of_cut(const struct alarm_rule *a)
{
	return rule_asks(a, POINT_POWER_CUT) || rule_asks(a, POINT_CARS_BACK) ||
	    rule_asks(a, POINT_CARS_LATE);
}

static bool
has_fact(const struct phrase *p, const struct fact *fact)
{
	const struct formula *f = p->formula;

	switch (fact->of) {
	case OF_BUS: return rule_asks(p->alarm, POINT_BUS_UP);
	case OF_LIFT: return kind_is(f->layers->kind, "elevator");
	case OF_FAULT: return formula_point(f->device, "fault_code") >= 0;
	case OF_SUPPLY:
		return rule_asks(p->alarm, POINT_PHASE_LOST) ||
		    asks_of_cut(p->alarm);
	case OF_CUT: return asks_of_cut(p->alarm);
	default: return true;
	}
}

/* Whether the kind has it, of which this device may lack what it needs. */
static bool
is_of_kind(const struct formula *f, const char *word)
{
	const struct fact *fact = find_fact(word);

	if (f->layer > LAYER_KIND)
		return false;
	if (fact && fact->of == OF_FAULT)
		word = "fault_code";
	return kind_find(f->layers->kind, word) != NULL;
}

/* Whether a renderer knows the word; one that this device cannot have is
 * *absent. */
static bool
knows(const struct phrase *p, const char *word, bool *absent)
{
	const struct formula *f = p->formula;
	const struct fact *fact = find_fact(word);

	*absent = false;
	if ((fact && has_fact(p, fact)) || formula_point(f->device, word) >= 0)
		return true;
	*absent = formula_gone(f->device, word) || is_of_kind(f, word);
	return *absent;
}

static void
refuse(const struct phrase *p, size_t column, const char *word)
{
	const struct fact *fact = find_fact(word);
	const char *words[FACTS + 1];
	size_t count = 0;

	if (fact) {
		formula_refuse(p->formula, column,
		    "{%s} is only known %s; drop it", word, owners[fact->of]);
		return;
	}
	for (size_t i = 0; i < FACTS; i++)
		if (has_fact(p, &facts[i]))
			words[count++] = facts[i].word;
	words[count] = NULL;
	formula_refuse(p->formula, column,
	    "{%s} is no word of a text; write {place}, {name}, {v}, {dur} or a "
	    "point of the device%s",
	    word, formula_hint(p->formula, word, words));
}

/* The word in the braces that open at a byte of the text, judged and put into
 * b.  Returns how many bytes it took; 0: told. */
static size_t
put_word(const struct phrase *p, struct buf *b, const char *text, size_t at)
{
	const struct formula *f = p->formula;
	const char *open = text + at;
	size_t len = strcspn(open + 1, "{}");
	size_t column = f->part->var ? 0 : at; /* numbers filled in move it */
	const char *word = arena_part_once(f->walk->memory, open + 1, len);
	bool absent;

	if (*open == '}' || open[1 + len] != '}') {
		formula_refuse(f, column,
		    "has a brace without the other; write {place}, {name}, "
		    "{v}, {dur} or a point in both");
		return 0;
	}
	if (!knows(p, word, &absent)) {
		refuse(p, column, word);
		return 0;
	}
	if (absent)
		buf_puts(b, ABSENT_TEXT);
	else
		buf_printf(b, "{%s}", word);
	return len + 2;
}

const char *
phrase_read(const struct formula *f, const struct alarm_rule *a)
{
	const struct phrase p = {f, a};
	const char *text = layer_fill(f->walk, f->part, f->text->text);
	const char *filled = NULL;
	struct buf b = {0};
	size_t at = 0, len;

	buf_puts(&b, "");
	while (text[at]) {
		len = strcspn(text + at, "{}");
		buf_add(&b, text + at, len);
		at += len;
		if (text[at] && (len = put_word(&p, &b, text, at)) == 0)
			break;
		at += text[at] ? len : 0;
	}
	if (text[at] == '\0')
		filled = arena_text_once(f->walk->memory, b.data);
	buf_free(&b);
	return filled;
}
