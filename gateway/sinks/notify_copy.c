/* notify_copy.c - a copy of notify.h's configuration that lives by itself */
#include "gateway/sinks/notify_copy.h"

#include <string.h>

static void *
copy_array(struct arena *a, const void *of, size_t count, size_t size)
{
	void *copy = arena_array(a, count, size);

	if (count > 0)
		memcpy(copy, of, count * size);
	return copy;
}

static const uint16_t *
copy_places(struct arena *a, const uint16_t *of, size_t count)
{
	return copy_array(a, of, count, sizeof(*of));
}

static const char *const *
copy_texts(struct arena *a, const char *const *of, size_t count)
{
	const char **copy = arena_array(a, count, sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = arena_text(a, of[i]);
	return copy;
}

static struct text
copy_text(struct arena *a, const struct text *t)
{
	return (struct text){
	    .zh = arena_text(a, t->zh), .en = arena_text(a, t->en)};
}

static void
copy_people(struct arena *a, struct notify_conf *c)
{
	struct notify_person *people =
	    copy_array(a, c->people, c->person_count, sizeof(*people));

	c->people = people;
	for (size_t i = 0; i < c->person_count; i++) {
		struct notify_person *p = &people[i];

		p->id = arena_text(a, p->id);
		p->name = copy_text(a, &p->name);
		p->phone = arena_text(a, p->phone);
		p->dingtalk = arena_text(a, p->dingtalk);
		p->wecom = arena_text(a, p->wecom);
		p->feishu = arena_text(a, p->feishu);
		p->email = arena_text(a, p->email);
	}
}

static void
copy_channel(struct arena *a, struct notify_channel *c)
{
	c->id = arena_text(a, c->id);
	c->url = arena_text(a, c->url);
	c->secret = arena_text(a, c->secret);
	c->ca_file = arena_text(a, c->ca_file);
	c->kinds = copy_texts(a, c->kinds, c->kind_count);
	c->mention = copy_places(a, c->mention, c->mention_count);
	c->from = arena_text(a, c->from);
	c->to = copy_texts(a, c->to, c->to_count);
	c->username = arena_text(a, c->username);
	c->password = arena_text(a, c->password);
}

static void
copy_channels(struct arena *a, struct notify_conf *c)
{
	struct notify_channel *channels =
	    copy_array(a, c->channels, c->channel_count, sizeof(*channels));

	c->channels = channels;
	for (size_t i = 0; i < c->channel_count; i++)
		copy_channel(a, &channels[i]);
}

static void
copy_escalations(struct arena *a, struct notify_conf *c)
{
	struct notify_escalation *steps =
	    copy_array(a, c->escalations, c->escalation_count, sizeof(*steps));

	c->escalations = steps;
	for (size_t i = 0; i < c->escalation_count; i++) {
		struct notify_escalation *e = &steps[i];

		e->channels = copy_places(a, e->channels, e->channel_count);
		e->people = copy_places(a, e->people, e->person_count);
	}
}

static void
copy_shifts(struct arena *a, struct notify_conf *c)
{
	struct notify_shift *shifts =
	    copy_array(a, c->shifts, c->shift_count, sizeof(*shifts));

	c->shifts = shifts;
	for (size_t i = 0; i < c->shift_count; i++) {
		struct notify_shift *s = &shifts[i];

		s->id = arena_text(a, s->id);
		s->people = copy_places(a, s->people, s->person_count);
	}
}

static void
copy_devices(struct arena *a, struct notify_conf *c)
{
	struct notify_device *devices =
	    copy_array(a, c->devices, c->device_count, sizeof(*devices));

	c->devices = devices;
	for (size_t i = 0; i < c->device_count; i++) {
		struct notify_device *d = &devices[i];

		d->id = arena_text(a, d->id);
		d->kind = arena_text(a, d->kind);
		d->name = copy_text(a, &d->name);
		d->building = arena_text(a, d->building);
		d->stair = arena_text(a, d->stair);
		d->owner_name = copy_text(a, &d->owner_name);
		d->owner_phone = arena_text(a, d->owner_phone);
		d->rescue_code = arena_text(a, d->rescue_code);
	}
}

const struct notify_conf *
notify_copy(struct arena *a, const struct notify_conf *conf)
{
	struct notify_conf *c = copy_array(a, conf, 1, sizeof(*c));

	c->site = arena_text(a, conf->site);
	c->site_name = copy_text(a, &conf->site_name);
	c->dir = arena_text(a, conf->dir);
	copy_people(a, c);
	copy_channels(a, c);
	copy_escalations(a, c);
	copy_shifts(a, c);
	copy_devices(a, c);
	return c;
}
