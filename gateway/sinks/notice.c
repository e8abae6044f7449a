/* notice.c - an alarm as the notifier sees it */
#include "gateway/sinks/notice.h"

#include <jansson.h>
#include <string.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"

_Static_assert(BOARD_MEMBERS_MAX <= SAMPLE_EVENT_MAX, "one room for both");

static const char *
member(const json_t *event, const char *key)
{
	return json_string_value(json_object_get(event, key));
}

/* The place of a name in a list that NULL ends, or -1. */
static int
place_of(const char *const *names, const char *name)
{
	for (int i = 0; name != NULL && names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* Cut if it is too long, between two characters. */
static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	len = len < size ? len : utf8_cut(text, size - 1);
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

/* An id that was cut would be another's. */
static bool
copy_id(char out[ORDER_KEY_MAX], const char *id)
{
	if (id == NULL || id[0] == '\0' || strlen(id) >= ORDER_KEY_MAX)
		return false;
	strcpy(out, id);
	return true;
}

/* From the board there is neither type nor change. */
static bool
read_change(struct notice *n, const json_t *event, bool of_board)
{
	const char *type = member(event, "type");
	int change = place_of(alarm_change_names, member(event, "change"));

	n->change = ALARM_NONE;
	if (of_board && json_object_get(event, "change") == NULL)
		return true;
	if (type == NULL || strcmp(type, "alarm") != 0 || change <= ALARM_NONE)
		return false;
	n->change = (uint8_t)change;
	return true;
}

static bool
read_severity(struct notice *n, const json_t *event)
{
	int severity =
	    place_of(alarm_severity_names, member(event, "severity"));

	if (severity == -1 && n->change == ALARM_GONE)
		severity = SEVERITY_P4;
	n->severity = (uint8_t)severity;
	return severity != -1;
}

static bool
read_record(struct notice *n, const json_t *event)
{
	struct alarm a;

	if (!alarm_record_take(&a, event, 0))
		return false;
	n->state = a.state;
	n->active = a.active;
	n->hidden = alarm_is_hidden(&a);
	n->test = a.test;
	n->chatters = a.chatters;
	n->count = a.count;
	n->since_ms = a.count > 0 ? a.since_ms : 0;
	n->ack = a.ack;
	memcpy(n->work, a.work, sizeof(n->work));
	memcpy(n->text_zh, a.text_zh, sizeof(n->text_zh));
	memcpy(n->text_en, a.text_en, sizeof(n->text_en));
	return true;
}

static bool
read_event(struct notice *n, const char *device, const char *alarm,
    const json_t *event)
{
	bool of_board = device != NULL && alarm != NULL;

	if (!of_board) {
		device = member(event, "device");
		alarm = member(event, "alarm");
	}
	copy_text(n->by, sizeof(n->by), member(event, "by"));
	copy_text(n->note, sizeof(n->note), member(event, "note"));
	return copy_id(n->device, device) && copy_id(n->alarm, alarm) &&
	    read_change(n, event, of_board) && read_severity(n, event) &&
	    read_record(n, event);
}

bool
notice_read(struct notice *n, const char *device, const char *alarm,
    const char *members)
{
	char memory[SAMPLE_EVENT_MAX + 2];
	struct notice read = {0};
	struct buf text;
	json_t *event;
	bool good;

	buf_fixed(&text, memory, sizeof(memory));
	buf_printf(&text, "{%s}", members);
	if (text.full)
		return false;
	event = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	good = event != NULL && read_event(&read, device, alarm, event);
	json_decref(event);
	if (good)
		*n = read;
	return good;
}

bool
notice_shown(struct notice *n, const struct board_alarm *a)
{
	char device[ORDER_KEY_MAX];
	char *slash = strchr(strcpy(device, a->key), '/');

	if (slash == NULL)
		return false;
	*slash = '\0';
	if (!notice_read(n, device, slash + 1, a->members))
		return false;
	copy_text(n->log, sizeof(n->log), a->log);
	n->seq = a->seq;
	return true;
}
