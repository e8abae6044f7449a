/*
 * state.c - what a point's value is: the vocabulary's form, and enumerations
 *
 * A word of the vocabulary has the same form and the same numbers whoever made
 * the device.  So its `enum` says which of the maker's numbers means which of
 * the standard names; what it leaves out cannot occur and is bad:decode.  A
 * point with a name of its own is its own standard: there the first number that
 * has a name is the name's, for a name must mean one number in a formula.
 */
#include "gateway/conf/state.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/place.h"
#include "gateway/conf/scalar.h"

#define NAMES_MAX 1024 /* the longest fault list we know has 120 */

const char *
state_form_text(uint8_t form)
{
	static const char *const texts[] = {
	    [FORM_NUMBER] = "a number",
	    [FORM_BOOL] = "true or false",
	    [FORM_ENUM] = "an enumeration",
	    [FORM_TEXT] = "a text",
	};

	return texts[form];
}

/* ---- the form ---- */

static bool
has_names(const struct decode *d)
{
	return place_is_integer(d) || d->type == RAW_BIT;
}

/* What it is by itself. */
static uint8_t
own_form(const struct point_draft *d)
{
	const struct decode *raw = &d->point.decode;

	if (raw->type == RAW_ASCII)
		return FORM_TEXT;
	if (d->names)
		return FORM_ENUM;
	if (raw->type == RAW_BIT || (raw->has_bits && place_bits(raw) == 1))
		return FORM_BOOL;
	return FORM_NUMBER;
}

/* What the word makes of it: standard numbers need no `enum`, and a register
 * may hold true or false. */
static uint8_t
word_form(const struct point_draft *d, uint8_t own)
{
	const struct decode *raw = &d->point.decode;

	if (d->word == NULL || d->names)
		return own;
	if (d->word->form == FORM_ENUM && has_names(raw))
		return FORM_ENUM;
	if (d->word->form == FORM_BOOL && has_names(raw) && d->point.count == 1)
		return FORM_BOOL;
	return own;
}

static void
refuse_form(struct point_draft *d, uint8_t form)
{
	static const char *const remedies[] = {
	    [FORM_NUMBER] = "read a number",
	    [FORM_BOOL] = "read one bit or register, without enum",
	    [FORM_ENUM] = "read an integer",
	    [FORM_TEXT] = "write type: \"ascii:8\"",
	};
	const struct node *n = d->names ? d->names : d->type;

	if (n == NULL)
		n = d->bits ? d->bits : d->at;
	draft_refuse_key(d, n,
	    "%s is %s in every %s device, and here it is %s; %s, or give the "
	    "point another name",
	    d->point.name, state_form_text(d->word->form), d->frame->kind->name,
	    state_form_text(form), remedies[d->word->form]);
}

/* ---- an enumeration ---- */

static bool
read_raw(struct point_draft *d, const struct node *n, int64_t *raw)
{
	const char *why;
	int64_t min, max;

	if (n->key_quoted || (why = scalar_integer(n->key, raw)) != NULL) {
		draft_refuse_key(d, n,
		    "the key of an enumeration is its "
		    "number; write for example 0: closed");
		return false;
	}
	place_range(&d->point.decode, &min, &max);
	if (*raw >= min && *raw <= max)
		return true;
	draft_refuse_key(d, n,
	    "cannot occur: the point holds %lld to %lld; write one of these, "
	    "or check bits and type",
	    (long long)min, (long long)max);
	return false;
}

static const char *
name_of(const struct decode *d, int64_t number)
{
	for (size_t i = 0; i < d->name_count; i++)
		if (d->names[i].number == number && d->names[i].name)
			return d->names[i].name;
	return "";
}

static bool
refuse_known(struct point_draft *d, const struct node *n,
    const struct decode_state *states, size_t count, int64_t raw)
{
	for (size_t i = 0; i < count; i++) {
		if (states[i].raw != raw)
			continue;
		draft_refuse_key(d, n,
		    "is the number of \"%s\" too; give each number once",
		    name_of(&d->point.decode, states[i].number));
		return true;
	}
	return false;
}

/* One of the vocabulary's names. */
static bool
take_word(struct point_draft *d, const struct node *n, int64_t *number)
{
	const struct kind_point *word = d->word;
	const char **words =
	    arena_array(d->walk->memory, word->name_count + 1u, sizeof(*words));

	for (size_t i = 0; i < word->name_count; i++) {
		words[i] = word->names[i].name;
		if (n->kind != NODE_TEXT || strcmp(n->text, words[i]) != 0)
			continue;
		*number = word->names[i].number;
		return true;
	}
	if (draft_spoilt(d, n))
		draft_refuse(d, n,
		    "is none of the names that every %s device has for %s%s",
		    d->frame->kind->name, d->point.name,
		    walk_choice(d->walk, n->text, words));
	else
		walk_word(d->walk, n, words); /* tells which it may be */
	return false;
}

/* A name of the point's own, which has the number it was first given. */
static bool
take_name(struct point_draft *d, const struct node *n, int64_t raw,
    struct enum_name *names, int64_t *number)
{
	static const struct field field[] = {
	    {"name", WANT_TEXT, INTO(struct enum_name, name)}, {.key = NULL}};
	uint16_t *count = &d->point.decode.name_count;
	struct enum_name *name = &names[*count];

	*name = (struct enum_name){.number = raw};
	walk_field(d->walk, n, field, name);
	if (name->name == NULL)
		return false;
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(names[i].name, name->name) == 0) {
			*number = names[i].number;
			return true;
		}
	}
	*number = raw;
	(*count)++;
	return true;
}

/* Whether each raw number is its own standard one, and none is left out. */
static bool
standard(const struct decode *d, size_t count)
{
	if (count != d->name_count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (d->states[i].raw != d->states[i].number)
			return false;
	return true;
}

static bool
countable(struct point_draft *d)
{
	if (!has_names(&d->point.decode)) {
		draft_refuse_key(
		    d, d->names, "only integers and bits have names; drop it");
		return false;
	}
	if (!walk_is(d->walk, d->names, NODE_MAP))
		return false;
	if (d->names->count >= 1 && d->names->count <= NAMES_MAX)
		return true;
	draft_refuse(d, d->names, "has %zu names; write 1 to %d",
	    d->names->count, NAMES_MAX);
	return false;
}

static bool
read_rows(struct point_draft *d)
{
	struct decode *raw = &d->point.decode;
	size_t rows = d->names->count, count = 0;
	struct decode_state *states =
	    arena_array(d->walk->memory, rows, sizeof(*states));
	struct enum_name *names =
	    arena_array(d->walk->memory, rows, sizeof(*names));
	bool good = true;

	if (d->word == NULL)
		raw->names = names;
	for (const struct node *n = d->names->first; n; n = n->next) {
		struct decode_state *s = &states[count];

		if (!read_raw(d, n, &s->raw) ||
		    !(d->word ? take_word(d, n, &s->number)
			      : take_name(d, n, s->raw, names, &s->number)) ||
		    refuse_known(d, n, states, count, s->raw))
			good = false;
		else
			count++;
	}
	raw->states = states;
	raw->state_count = standard(raw, count) ? 0 : (uint16_t)count;
	return good;
}

/* ---- a contact that is wired the other way ---- */

/* A boolean is what its raw number is after scaling: 1 - raw. */
static void
read_invert(struct point_draft *d)
{
	struct decode *raw = &d->point.decode;
	const struct node *n = draft_key(d, "invert");

	if (n == NULL)
		return;
	if (raw->form != FORM_BOOL) {
		draft_refuse_key(d, n,
		    "only what is true or false is inverted, and this point is "
		    "%s; drop it%s",
		    state_form_text(raw->form),
		    raw->form == FORM_ENUM ? ", or exchange the names in enum"
					   : "");
	} else if (d->invert) {
		raw->scale = (struct decimal){-1, 0};
		raw->offset = (struct decimal){1, 0};
	}
}

static void
judge_journal(struct point_draft *d)
{
	const struct node *n = draft_key(d, "journal");

	if (n && d->point.journal && d->point.decode.form == FORM_NUMBER)
		draft_refuse_key(d, n, KIND_JOURNAL_WHY);
}

/* ---- all of it ---- */

bool
state_read(struct point_draft *d)
{
	struct decode *raw = &d->point.decode;
	const struct kind_point *word = d->word;

	if (d->names && !countable(d))
		return false;
	raw->form = word_form(d, own_form(d));
	if (word)
		d->point.title =
		    kind_title(d->walk->memory, word, d->point.name);
	if (word && raw->form != word->form) {
		refuse_form(d, raw->form);
		return false;
	}
	if (word && raw->form == FORM_ENUM) {
		raw->names = word->names;
		raw->name_count = word->name_count;
		d->point.name_texts = word->name_texts;
	}
	judge_journal(d);
	read_invert(d);
	return d->names == NULL || read_rows(d);
}
