/*
 * probe.c - a profile's `identity`: the register that says which model it is
 *
 *	{at: "holding:89", type: u16, between: [15000, 15100]}
 *	{at: "holding:29", type: "ascii:20", begins: "PM5"}
 *
 * The place is read as a point's is; what it must hold is all that is ours.
 */
#include "gateway/conf/probe.h"

#include <string.h>

#include "gateway/conf/draft.h"
#include "gateway/conf/place.h"

struct draft {
	struct point_draft point;
	const struct node *between, *begins;
};

static const struct field fields[] = {
    {"at", WANT_NODE, INTO(struct draft, point.at),
	.required = "at: \"holding:89\""},
    {"type", WANT_NODE, INTO(struct draft, point.type)},
    {"bits", WANT_NODE, INTO(struct draft, point.bits)},
    {"word_order", WANT_CHOICE, INTO(struct draft, point.point.decode.order),
	.words = point_orders},
    {"between", WANT_NODE, INTO(struct draft, between)},
    {"begins", WANT_NODE, INTO(struct draft, begins)},
    {.key = NULL},
};

static void
judge_number(struct draft *d, struct conf_identity *id)
{
	const struct decode *raw = &d->point.point.decode;
	char range[PLACE_RANGE_TEXT];
	double pair[2];
	int64_t min, max;

	if (!walk_numbers(d->point.walk, d->between, pair))
		return;
	id->min = pair[0];
	id->max = pair[1];
	if (raw->type == RAW_F32 || raw->type == RAW_F64)
		return;
	place_range(raw, &min, &max);
	place_range_text(raw, range);
	if (id->max < (double)min || id->min > (double)max)
		draft_refuse(&d->point, d->between,
		    "can never be: %s; write a range among these numbers",
		    range);
	else if (id->min <= (double)min && id->max >= (double)max)
		draft_refuse(&d->point, d->between,
		    "holds whatever stands there: %s; write the numbers of "
		    "this model alone",
		    range);
}

static void
judge_text(struct draft *d, struct conf_identity *id)
{
	static const struct field text = {
	    .want = WANT_TEXT, INTO(struct conf_identity, text)};
	unsigned len = d->point.point.decode.text_len;

	walk_field(d->point.walk, d->begins, &text, id);
	if (id->text && strlen(id->text) > len)
		draft_refuse(&d->point, d->begins,
		    "is longer than the %u characters that are read; make it "
		    "shorter or the type longer",
		    len);
}

static void
judge(struct draft *d, const struct node *self, struct conf_identity *id)
{
	struct diag *diag = d->point.walk->diag;
	bool is_text = id->decode.type == RAW_ASCII;
	const struct node *wrong = is_text ? d->between : d->begins;

	if (place_is_bit(id->space))
		draft_refuse(&d->point, d->point.at,
		    "is one bit, which tells no model; write an input or "
		    "holding register");
	else if (wrong)
		node_key_error(diag, wrong,
		    is_text ? "is for numbers, and this is a text; write "
			      "begins: \"PM5\""
			    : "is for texts, and this is a number; write "
			      "between: [15000, 15100]");
	else if (d->between)
		judge_number(d, id);
	else if (d->begins)
		judge_text(d, id);
	else
		node_error(diag, self,
		    "does not say what must stand there; add between: "
		    "[15000, 15100], or of a text begins: \"PM5\"");
}

void
probe_read(struct walk *w, const struct node *n,
    const struct point_frame *frame, struct conf_identity *out)
{
	struct draft d = {.point = {.walk = w,
			      .frame = frame,
			      .layers = {n},
			      .layer_count = 1,
			      .point.decode.order = frame->order,
			      .point.decode.scale.mantissa = 1}};
	const struct conf_point *p = &d.point.point;
	bool held;

	walk_map(w, n, fields, &d);
	if (d.point.at == NULL || !place_read(&d.point, &held))
		return;
	*out = (struct conf_identity){
	    .wanted = true,
	    .space = p->space,
	    .address = p->address,
	    .count = p->count,
	    .decode = p->decode,
	};
	out->decode.form =
	    p->decode.type == RAW_ASCII ? FORM_TEXT : FORM_NUMBER;
	judge(&d, n, out);
}
