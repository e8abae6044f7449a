/*
 * history_show.c - answers of the history as JSON and CSV
 */
#include "gateway/store/history_show.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/measure/sample_json.h"

/* With four decimals; 1 is whole and 0 nothing, and nothing else is. */
static double
coverage(const struct slot *s, int64_t start_ms, int64_t end_ms)
{
	int64_t whole_ms = end_ms - start_ms;
	double share = round(1e4 * (double)s->covered_ms / (double)whole_ms);

	if (share >= 1e4 && s->covered_ms < whole_ms)
		share = 1e4 - 1;
	if (share <= 0 && s->covered_ms > 0)
		share = 1;
	return share / 1e4;
}

/*
 * What a counter of doubles rose by has the decimals that its values have: of a
 * difference of two with 15 digits those behind are noise (1.309 from
 * 1042317.882 to 1042319.191 would be 1.309000000008382).  Where 15 digits
 * have no decimals, and of whole numbers, nothing is rounded.
 */
static double
increase(const struct slot *s)
{
	double most, scale;
	int decimals;

	if (s->last.type != VALUE_F64 || s->increase == 0)
		return s->increase;
	most = fmax(fabs(s->last.f), s->increase);
	decimals = 14 - (int)floor(log10(most));
	if (decimals <= 0 || decimals > 22) /* 1e22 is the last exact one */
		return s->increase;
	scale = pow(10, decimals);
	return round(s->increase * scale) / scale;
}

/* A mean has the digits of its values. */
static struct slot_value
mean_of(const struct slot *s)
{
	return (struct slot_value){
	    .type = s->last.type == VALUE_F32 ? VALUE_F32 : VALUE_F64,
	    .f = slot_mean(s)};
}

/* ---- JSON ---- */

static void
key_value(struct history_show *s, const char *key, const struct slot_value *v)
{
	static const struct point_info nothing;
	struct value value;

	slot_value_back(&value, v);
	json_key(&s->json, key);
	json_value(&s->json, &value, s->point != NULL ? s->point : &nothing);
}

/* A boolean's least and most are numbers, as its mean is. */
static void
key_number(struct history_show *s, const char *key, struct slot_value v)
{
	if (v.type == VALUE_BOOL)
		v.type = VALUE_U64;
	key_value(s, key, &v);
}

static void
key_states(struct history_show *s, const struct slot *slot)
{
	struct json *j = &s->json;
	char number[24];

	json_key(j, "states");
	json_open(j);
	for (size_t i = 0; i < slot->state_count; i++) {
		const struct slot_state *state = &slot->states[i];
		const char *name = s->point == NULL
		    ? NULL
		    : point_enum_name(s->point, state->state);

		snprintf(number, sizeof(number), "%" PRId64, state->state);
		json_key_i64(j, name != NULL ? name : number, state->ms);
	}
	if (slot->other_ms > 0)
		json_key_i64(j, "other", slot->other_ms);
	json_end(j);
}

static void
json_row(struct history_show *s, int64_t start_ms, int64_t end_ms,
    const struct slot *slot, bool counter)
{
	struct slot_value last = slot->last, mean = mean_of(slot);
	struct json *j = &s->json;

	if (last.type == VALUE_TEXT)
		last.text = slot->text;
	json_open(j);
	json_key_i64(j, "t", start_ms);
	if (last.type == VALUE_ENUM) {
		key_states(s, slot);
	} else if (last.type != VALUE_TEXT) {
		key_number(s, "min", slot->min);
		key_number(s, "max", slot->max);
		key_value(s, "mean", &mean);
	}
	key_value(s, "last", &last);
	json_key(j, "coverage");
	json_f64(j, coverage(slot, start_ms, end_ms));
	if (counter) {
		json_key(j, "increase");
		json_f64(j, increase(slot));
	}
	if (counter && slot->falls > 0)
		json_key_i64(j, "falls", slot->falls);
	json_end(j);
}

static void
json_begin(struct history_show *s, const struct history_query *q)
{
	char point[256];

	s->json = (struct json){.out = s->out};
	snprintf(point, sizeof(point), "%s/%s", q->device, q->point);
	json_open(&s->json);
	json_key_string(&s->json, "point", point);
	json_key_i64(&s->json, "step", history_query_step(q));
	json_key(&s->json, "rows");
	json_list(&s->json);
}

static void
key_time(struct json *j, const char *key, int64_t ms)
{
	json_key(j, key);
	if (ms == 0)
		json_none(j);
	else
		json_i64(j, ms);
}

static void
json_close(struct history_show *s, int64_t kept_ms, int64_t next_ms)
{
	json_end(&s->json);
	key_time(&s->json, "from", kept_ms);
	key_time(&s->json, "next", next_ms);
	json_end(&s->json);
}

/* ---- CSV ---- */

static void
put_time(struct buf *out, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[48], zone[8];
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		return;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	buf_printf(out, "%s%.3s:%s", text, zone, zone + 3);
}

/* RFC 4180. */
void
history_show_text(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_char(out, '"');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

static void
put_number(struct buf *out, const struct slot_value *v)
{
	char digits[32];

	switch ((enum value_type)v->type) {
	case VALUE_F32: json_digits_f32(digits, (float)v->f); break;
	case VALUE_F64: json_digits_f64(digits, v->f); break;
	case VALUE_U64:
	case VALUE_BOOL:
		snprintf(digits, sizeof(digits), "%" PRIu64, v->u);
		break;
	case VALUE_I64:
	case VALUE_ENUM:
		snprintf(digits, sizeof(digits), "%" PRId64, v->i);
		break;
	default: digits[0] = '\0'; break;
	}
	if (strcmp(digits, "null") != 0)
		buf_puts(out, digits);
}

static void
put_last(struct history_show *s, const struct slot *slot)
{
	const char *name = slot->last.type == VALUE_ENUM && s->point != NULL
	    ? point_enum_name(s->point, slot->last.i)
	    : NULL;

	if (slot->last.type == VALUE_TEXT)
		name = slot->text;
	if (name != NULL)
		history_show_text(s->out, name);
	else
		put_number(s->out, &slot->last);
}

static void
csv_row(struct history_show *s, int64_t start_ms, int64_t end_ms,
    const struct slot *slot, bool counter)
{
	struct slot_value mean = mean_of(slot);
	struct slot_value share = {
	    .type = VALUE_F64, .f = coverage(slot, start_ms, end_ms)};
	struct slot_value rise = {.type = VALUE_F64, .f = increase(slot)};
	bool number =
	    slot->last.type != VALUE_ENUM && slot->last.type != VALUE_TEXT;
	const struct slot_value *columns[] = {&slot->min, &slot->max, &mean};

	put_time(s->out, start_ms);
	for (size_t i = 0; i < 3; i++) {
		buf_char(s->out, ',');
		if (number)
			put_number(s->out, columns[i]);
	}
	buf_char(s->out, ',');
	put_last(s, slot);
	buf_char(s->out, ',');
	put_number(s->out, &share);
	if (counter) {
		buf_char(s->out, ',');
		put_number(s->out, &rise);
		buf_printf(s->out, ",%" PRIu32, slot->falls);
	}
	buf_puts(s->out, "\r\n");
}

/* ---- either ---- */

void
history_show_begin(
    struct history_show *s, const struct history_query *q, bool counter)
{
	if (!s->csv)
		json_begin(s, q);
	else
		buf_printf(s->out, HISTORY_SHOW_TITLES "%s\r\n",
		    counter ? ",increase,falls" : "");
}

void
history_show_row(struct history_show *s, int64_t start_ms, int64_t end_ms,
    const struct slot *slot, bool counter)
{
	if (s->csv)
		csv_row(s, start_ms, end_ms, slot, counter);
	else
		json_row(s, start_ms, end_ms, slot, counter);
}

void
history_show_end(struct history_show *s, int64_t kept_ms, int64_t next_ms)
{
	if (!s->csv)
		json_close(s, kept_ms, next_ms);
}
