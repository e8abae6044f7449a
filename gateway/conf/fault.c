/*
 * fault.c - a profile's `faults`: the maker's fault numbers and what they mean
 *
 * The maker's number is the value of the point fault_raw; the code is one of
 * the kind's names of fault_code, whose number is fixed there.
 */
#include "gateway/conf/fault.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/conf/place.h"
#include "gateway/conf/rule.h"
#include "gateway/conf/scalar.h"
#include "gateway/conf/state.h"

#define RAW "fault_raw"
#define FAULTS_MAX 1024 /* the longest list we know has 120 */

struct draft {
	struct conf_fault fault;
	const struct node *code;
};

static const struct field fault_fields[] = {
    {"code", WANT_NODE, INTO(struct draft, code),
	.required = "code: SAFETY_CHAIN"},
    {"severity", WANT_CHOICE, INTO(struct draft, fault.severity),
	.words = alarm_severity_names, .required = "severity: P2"},
    {"text", WANT_PEOPLE, INTO(struct draft, fault.text),
	.required = "text: {zh: 安全回路断开, en: safety circuit open}"},
    {.key = NULL},
};

static const struct conf_point *
find_raw(const struct conf_profile *p)
{
	for (size_t i = 0; i < p->point_count; i++)
		if (strcmp(p->points[i].name, RAW) == 0)
			return &p->points[i];
	return NULL;
}

/* The point whose value the rows are about, or NULL: told, if it is no mistake
 * of the point itself. */
static const struct conf_point *
take_raw(struct walk *w, const struct node *faults, const struct kind *k,
    const struct conf_profile *p)
{
	const struct conf_point *raw = find_raw(p);

	if (raw == NULL)
		node_key_error(w->diag, faults,
		    "needs a point " RAW ", the number that the maker gives a "
		    "fault");
	else if (raw->decode.form != FORM_NUMBER && kind_find(k, RAW) == NULL)
		node_key_error(w->diag, faults,
		    "needs " RAW " as a number, and here it is %s",
		    state_form_text(raw->decode.form));
	return raw && raw->decode.form == FORM_NUMBER ? raw : NULL;
}

static bool
occurs(struct walk *w, const struct node *n, const struct decode *d,
    int64_t number)
{
	double min, max;

	if (!place_reach(d, &min, &max) ||
	    ((double)number >= min && (double)number <= max))
		return true;
	node_key_error(w->diag, n,
	    "can never be: " RAW " reaches from %.15g to %.15g; write one of "
	    "these numbers",
	    min, max);
	return false;
}

static bool
take_number(struct walk *w, const struct node *n,
    const struct conf_point *raw_point, const struct conf_profile *p,
    int64_t *raw)
{
	if (n->key_quoted || scalar_integer(n->key, raw)) {
		node_key_error(w->diag, n,
		    "the key of a fault is the maker's number; write for "
		    "example 41: {code: SAFETY_CHAIN, ...}");
		return false;
	}
	for (size_t i = 0; i < p->fault_count; i++) {
		if (p->faults[i].raw != *raw)
			continue;
		node_key_error(w->diag, n,
		    "is the number of another row too; give each number once");
		return false;
	}
	return occurs(w, n, &raw_point->decode, *raw);
}

/* What the fault is: where and when are told beside it. */
static void
judge_text(struct walk *w, const struct node *n)
{
	if (n && n->kind == NODE_TEXT && strpbrk(n->text, "{}"))
		node_error_at(w->diag, n, strcspn(n->text, "{}"),
		    "has a brace in it; a fault's text is plain, write what "
		    "the fault is");
}

static void
judge_texts(struct walk *w, const struct node *text)
{
	judge_text(w, text);
	judge_text(w, node_get(text, "zh"));
	judge_text(w, node_get(text, "en"));
}

static void
take_code(struct walk *w, const struct node *n, const struct kind_point *word,
    struct conf_fault *f)
{
	const char **codes =
	    arena_array(w->memory, word->name_count + 1u, sizeof(*codes));
	int found;

	for (size_t i = 0; i < word->name_count; i++)
		codes[i] = word->names[i].name;
	if ((found = walk_word(w, n, codes)) < 0)
		return;
	f->code = word->names[found].name;
	f->number = word->names[found].number;
}

static int
by_raw(const void *left, const void *right)
{
	const struct conf_fault *a = left, *b = right;

	return (a->raw > b->raw) - (a->raw < b->raw);
}

static void
read_rows(struct walk *w, const struct node *faults,
    const struct kind_point *word, const struct conf_point *raw,
    struct conf_profile *p)
{
	p->faults = arena_array(w->memory, faults->count, sizeof(*p->faults));
	for (const struct node *n = faults->first; n; n = n->next) {
		struct draft d = {.code = NULL};

		if (!take_number(w, n, raw, p, &d.fault.raw))
			continue;
		walk_map(w, n, fault_fields, &d);
		if (node_get(n, "text"))
			judge_texts(w, node_get(n, "text"));
		if (d.code)
			take_code(w, d.code, word, &d.fault);
		p->faults[p->fault_count++] = d.fault;
	}
	qsort(p->faults, p->fault_count, sizeof(*p->faults), by_raw);
}

void
fault_read(struct walk *w, const struct node *faults, const struct kind *k,
    struct conf_profile *p)
{
	const struct kind_point *word = kind_find(k, "fault_code");
	const struct conf_point *raw;

	if (k == NULL || !walk_is(w, faults, NODE_MAP))
		return;
	if (word == NULL || word->form != FORM_ENUM)
		node_key_error(w->diag, faults,
		    "no %s device has a fault_code; drop it", k->name);
	else if (faults->count == 0 || faults->count > FAULTS_MAX)
		node_error(w->diag, faults, "has %zu rows; write 1 to %d",
		    faults->count, FAULTS_MAX);
	else if ((raw = take_raw(w, faults, k, p)) != NULL)
		read_rows(w, faults, word, raw, p);
}
