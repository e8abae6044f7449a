/* attempt.c - one attempt to tell people of one alarm, as an event */
#include "gateway/sinks/attempt.h"

#include <assert.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/measure/sample.h"
#include "gateway/sinks/letter.h"

const char *const attempt_result_names[] = {
    [ATTEMPT_SENT] = "sent",
    [ATTEMPT_FAILED] = "failed",
    [ATTEMPT_GIVEN_UP] = "given-up",
};

static void
write_members(struct json *j, const struct attempt *a)
{
	json_key_string(j, "type", "notify");
	json_key_string(j, "channel", a->channel);
	json_key_string(j, "device", a->device);
	json_key_string(j, "alarm", a->alarm);
	json_key_string(j, "why", letter_why_names[a->why]);
	if (a->why == LETTER_ESCALATE)
		json_key_i64(j, "step", a->step);
	json_key_string(j, "of_log", a->of_log);
	json_key(j, "of");
	json_u64(j, a->of);
	json_key_i64(j, "since", a->since_ms);
	json_key_string(j, "result", attempt_result_names[a->result]);
	json_key_i64(j, "code", a->code);
	json_key_i64(j, "ms", a->took_ms);
	json_key_i64(j, "try", a->number);
	if (a->late)
		json_key_bool(j, "late", true);
	json_key_given(j, "trouble", a->trouble);
}

void
attempt_write(const struct attempt *a, struct buf *out)
{
	char text[SAMPLE_EVENT_MAX];
	struct buf object;
	struct json j = {.out = &object};

	buf_fixed(&object, text, sizeof(text));
	json_open(&j);
	write_members(&j, a);
	json_end(&j);
	assert(!object.full);
	buf_add(out, text + 1, object.len - 2);
}

/* ---- reading ---- */

static const char *
text_of(const json_t *event, const char *key)
{
	return json_string_value(json_object_get(event, key));
}

static int64_t
number_of(const json_t *event, const char *key)
{
	return json_integer_value(json_object_get(event, key));
}

/* The place of a text in a list, or -1. */
static int
place_of(const char *const *names, int count, const char *text)
{
	for (int i = 0; text != NULL && i < count; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

bool
attempt_read(struct attempt *a, const json_t *event)
{
	const char *type = text_of(event, "type");
	int why =
	    place_of(letter_why_names, LETTER_TEST + 1, text_of(event, "why"));
	int result = place_of(
	    attempt_result_names, ATTEMPT_RESULTS, text_of(event, "result"));

	*a = (struct attempt){.channel = text_of(event, "channel"),
	    .device = text_of(event, "device"),
	    .alarm = text_of(event, "alarm"),
	    .of_log = text_of(event, "of_log"),
	    .of = (uint64_t)number_of(event, "of"),
	    .since_ms = number_of(event, "since"),
	    .code = (long)number_of(event, "code"),
	    .took_ms = number_of(event, "ms"),
	    .number = (unsigned)number_of(event, "try"),
	    .step = (uint8_t)number_of(event, "step"),
	    .late = json_is_true(json_object_get(event, "late")),
	    .trouble = text_of(event, "trouble")};
	if (type == NULL || strcmp(type, "notify") != 0 || why == -1 ||
	    result == -1 || a->channel == NULL || a->device == NULL ||
	    a->alarm == NULL)
		return false;
	a->why = (uint8_t)why;
	a->result = (uint8_t)result;
	return true;
}
