/* letter_json.c - one alarm of a letter as a document */
#include "gateway/sinks/letter_json.h"

#include "gateway/measure/sample_json.h"
#include "gateway/sinks/letter_cars.h"

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* What is masked, as a text of its own. */
struct masked {
	char memory[256];
	struct buf text;
};

static const char *
masked_name(struct masked *m, const struct notify_channel *c, const char *name)
{
	buf_fixed(&m->text, m->memory, sizeof(m->memory));
	part_name(&m->text, c, name);
	return m->memory;
}

static const char *
masked_phone(struct masked *m, const struct notify_channel *c,
    const char *phone,
    void (*part)(struct buf *, const struct notify_channel *, const char *))
{
	if (phone == NULL)
		return NULL;
	buf_fixed(&m->text, m->memory, sizeof(m->memory));
	part(&m->text, c, phone);
	return m->memory;
}

static void
write_texts(struct json *j, const struct notice *n)
{
	json_people(
	    j, "text", (struct text){given(n->text_zh), given(n->text_en)});
}

void
letter_json_place(struct json *j, const struct notify_device *d)
{
	json_key(j, "place");
	if (d == NULL || (d->building == NULL && d->stair == NULL)) {
		json_none(j);
		return;
	}
	json_open(j);
	json_key_given(j, "building", d->building);
	json_key_given(j, "stair", d->stair);
	json_end(j);
}

void
letter_json_owner(
    struct json *j, const struct letter_voice *v, const struct notify_device *d)
{
	struct masked phone;

	json_key(j, "owner");
	if (d == NULL ||
	    (d->owner_name.zh == NULL && d->owner_name.en == NULL &&
		d->owner_phone == NULL && d->rescue_code == NULL)) {
		json_none(j);
		return;
	}
	json_open(j);
	json_people(j, "name", d->owner_name);
	json_key_given(j, "phone",
	    masked_phone(&phone, v->channel, d->owner_phone, part_owner_phone));
	json_key_given(j, "rescue_code", d->rescue_code);
	json_end(j);
}

/* Who is told: what stands behind a webhook may call them. */
static void
write_people(struct json *j, const struct letter_voice *v,
    const struct letter_item *item)
{
	struct masked name, phone;

	if (item->people_count == 0)
		return;
	json_key(j, "people");
	json_list(j);
	for (size_t i = 0; i < item->people_count; i++) {
		const struct notify_person *p = item->people[i];
		const char *called = part_text(p->name, v->en);

		json_open(j);
		json_key_string(j, "id", p->id);
		if (called != NULL)
			json_key_string(
			    j, "name", masked_name(&name, v->channel, called));
		json_key_given(j, "phone",
		    masked_phone(&phone, v->channel, p->phone, part_phone));
		json_end(j);
	}
	json_end(j);
}

void
letter_json_deed(struct json *j, const struct letter_voice *v, const char *key,
    const struct alarm_deed *deed)
{
	struct masked by;

	json_key(j, key);
	if (deed->by[0] == '\0') {
		json_none(j);
		return;
	}
	json_open(j);
	json_key_string(j, "by", masked_name(&by, v->channel, deed->by));
	json_key_i64(j, "ts", deed->at_ms);
	json_end(j);
}

static void
write_time(struct json *j, const char *key, int64_t ms)
{
	json_key(j, key);
	if (ms != 0)
		json_i64(j, ms);
	else
		json_none(j);
}

static void
write_about(struct json *j, const struct notice *about)
{
	if (about == NULL)
		return;
	json_key(j, "about");
	json_open(j);
	json_key_string(j, "device", about->device);
	json_key_string(j, "alarm", about->alarm);
	json_end(j);
}

static void
write_end(struct json *j, const struct letter_voice *v,
    const struct letter_item *item)
{
	if (item->over)
		write_time(j, "over", item->over_ms);
	if (item->gone)
		json_key_bool(j, "gone", true);
	if (item->late_ms > 0)
		json_key_i64(j, "late", item->late_ms);
	if (item->notice->test)
		json_key_bool(j, "test", true);
	if (v->unsynced)
		json_key_bool(j, "unsynced", true);
}

void
letter_json_write(struct json *j, const struct letter_voice *v,
    const struct letter_item *item)
{
	const struct notice *n = item->notice;

	json_open(j);
	json_key_string(j, "site", v->conf->site);
	json_key_string(j, "device", n->device);
	json_key_string(j, "alarm", n->alarm);
	json_key_string(j, "state", alarm_state_names[n->state]);
	json_key_bool(j, "active", n->active);
	json_key_string(j, "severity", alarm_severity_names[n->severity]);
	write_time(j, "since", n->since_ms);
	write_texts(j, n);
	letter_json_place(j, item->device);
	letter_json_owner(j, v, item->device);
	json_key_string(j, "log", n->log);
	json_key(j, "seq");
	json_u64(j, n->seq);
	json_key_string(j, "why", letter_why_names[item->why]);
	letter_json_deed(j, v, "ack", &n->ack);
	letter_cars_json(j, v, item);
	write_people(j, v, item);
	write_about(j, item->about);
	write_end(j, v, item);
	json_end(j);
}
