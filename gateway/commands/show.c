/* show.c - see show.h */
#include "gateway/commands/show.h"

#include <string.h>

struct show_wire
show_wire(const struct conf *c, size_t bus, const struct plan *p)
{
	const struct conf_bus *b = &c->buses[bus];
	struct show_wire w = {.load = conf_load(c, bus, p)};

	for (size_t i = 0; i < p->request_count; i++) {
		const struct driver_request *q = &p->requests[i].ask;
		struct driver_frames f = b->driver->frames(&b->line, q);

		w.question_bytes += f.question_bytes;
		w.answer_bytes += f.answer_bytes;
		w.pass_us += b->driver->cost_us(&b->line, q);
	}
	return w;
}

const char *
show_name(const struct conf_device *d)
{
	const char *name = d->name.zh != NULL ? d->name.zh : d->name.en;

	return strcmp(name, d->id) == 0 ? "" : name;
}

const char *
show_time(int64_t us, char text[SHOW_TIME_TEXT])
{
	if (us < 1000000)
		snprintf(text, SHOW_TIME_TEXT, "%.1f ms", (double)us / 1e3);
	else
		snprintf(text, SHOW_TIME_TEXT, "%.3f s", (double)us / 1e6);
	return text;
}
