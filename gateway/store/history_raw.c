/*
 * history_raw.c - the readings of one point as they are kept
 *
 * Day by day, each in a transaction of its own: so a year takes no more memory
 * than a day, and the writer waits for no more than that.  Breaks become
 * readings without a value, which end what held as they do (slot.h).
 */
#include "gateway/store/history_raw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/json.h"
#include "gateway/store/calendar.h"
#include "gateway/store/history_show.h"
#include "gateway/store/past.h"

#define NAMES_MAX 256 /* definitions of the point, as of history_query.c */

struct raw {
	struct history_raw *r;
	history_raw_take *take;
	void *context;
	struct history_file file;
	struct past *past;
	struct buf out;
	bool holds; /* the last line has a value */
	uint16_t device;
	int name_count;
	struct history_name names[NAMES_MAX];
};

/* ---- lines ---- */

/* For of a counter what has no decimals is a whole number. */
static void
put_float(struct buf *out, const char *digits)
{
	buf_puts(out, digits);
	if (strpbrk(digits, ".e") == NULL)
		buf_puts(out, ".0");
}

static void
put_value(struct buf *out, const struct slot_value *v)
{
	char digits[32];

	switch ((enum value_type)v->type) {
	case VALUE_F32:
		json_digits_f32(digits, (float)v->f);
		put_float(out, digits);
		break;
	case VALUE_F64:
		json_digits_f64(digits, v->f);
		put_float(out, digits);
		break;
	case VALUE_U64:
	case VALUE_BOOL: buf_printf(out, "%" PRIu64, v->u); break;
	case VALUE_I64:
	case VALUE_ENUM: buf_printf(out, "%" PRId64, v->i); break;
	case VALUE_TEXT: history_show_text(out, v->text); break;
	case VALUE_NONE: break;
	}
}

static void
put_line(struct raw *w, int64_t at_ms, const struct slot_value *v)
{
	static const struct slot_value none;

	buf_printf(
	    &w->out, "%" PRId64 ",%s,%s,", at_ms, w->r->device, w->r->point);
	put_value(&w->out, v != NULL ? v : &none);
	buf_puts(&w->out, "\r\n");
	w->holds = v != NULL && v->type != VALUE_NONE;
}

static void
see(void *context, int64_t at_ms, const struct slot_value *v)
{
	struct raw *w = context;

	if (v == NULL && !w->holds)
		return;
	put_line(w, at_ms, v);
	w->r->readings += v != NULL;
}

static int
give(struct raw *w, struct err *err)
{
	bool wanted =
	    w->out.len == 0 || w->take(w->context, w->out.data, w->out.len);

	buf_clear(&w->out);
	return wanted ? 0 : err_set(err, "the output takes no more");
}

/* ---- the file ---- */

static int
read_day(struct raw *w, int64_t from_ms, int64_t to_ms)
{
	if (history_file_begin_look(&w->file) == -1 ||
	    past_load(w->past, &w->file, w->device, from_ms, to_ms) == -1 ||
	    history_file_commit(&w->file) == -1)
		return -1;
	past_clear(w->past);
	for (int i = 0; i < w->name_count; i++)
		past_take(w->past, w->names[i].id);
	past_each(w->past, from_ms, to_ms, see, w);
	return 0;
}

/* Its names, and of when anything is there. */
static int
find(struct raw *w, struct err *err)
{
	struct history_raw *r = w->r;
	int64_t raw_ms;
	int whole;

	if (history_file_find(&w->file, r->device, &w->device) == -1)
		return -1;
	if (w->device != 0)
		w->name_count = history_file_names(
		    &w->file, w->device, r->point, w->names, NAMES_MAX);
	if (w->name_count == -1)
		return -1;
	r->unknown = w->name_count == 0;
	if (r->unknown)
		return err_set(
		    err, "the history knows no %s/%s", r->device, r->point);
	if (history_file_ends(&w->file, &raw_ms, &r->known_ms) == -1)
		return -1;
	whole = history_file_reaches(&w->file, HISTORY_MINUTES, r->from_ms);
	if (whole == -1)
		return -1;
	if (whole == 0)
		r->kept_ms = raw_ms;
	if (r->from_ms < raw_ms)
		r->from_ms = raw_ms;
	if (r->to_ms > r->known_ms + 1)
		r->to_ms = r->known_ms + 1;
	return 0;
}

static int
read_all(struct raw *w, struct err *err)
{
	struct history_raw *r = w->r;
	int64_t at_ms, next_ms;

	if (find(w, err) == -1)
		return -1;
	buf_puts(&w->out, "t,device,point,value\r\n");
	for (at_ms = r->from_ms; at_ms < r->to_ms; at_ms = next_ms) {
		next_ms = at_ms + CALENDAR_DAY_MS;
		if (next_ms > r->to_ms)
			next_ms = r->to_ms;
		if (read_day(w, at_ms, next_ms) == -1 || give(w, err) == -1)
			return -1;
	}
	if (w->holds)
		put_line(
		    w, r->to_ms > r->known_ms ? r->known_ms : r->to_ms, NULL);
	return give(w, err);
}

int
history_raw(struct history_raw *r, history_raw_take *take, void *context,
    struct err *err)
{
	struct raw *w = must_alloc(1, sizeof(*w));
	int rc;

	w->r = r;
	w->take = take;
	w->context = context;
	w->past = past_new();
	err->text[0] = '\0';
	rc = history_file_look(&w->file, r->dir);
	if (rc == 1) {
		r->unknown = true;
		err_set(err, "there is no history yet");
	} else if (rc == 0) {
		rc = read_all(w, err);
	}
	if (rc == -1 && err->text[0] == '\0')
		err_set(err, "the history cannot be read: %s", w->file.why);
	r->damaged = past_damaged(w->past) > 0;
	w->file.damaged = false; /* the writer sets it aside */
	history_file_close(&w->file);
	past_free(w->past);
	buf_free(&w->out);
	free(w);
	return rc == 0 ? 0 : -1;
}
