/* past_events.c - see past_events.h */
#include "gateway/past_events.h"

#include "gateway/base/log.h"
#include "gateway/store/chronicle.h"

#define PAGE_ROWS 256

/* Returns false once see does; *before is the next page's, or 0. */
static bool
see_page(const char *text, bool (*see)(void *context, const json_t *event),
    void *context, uint64_t *before)
{
	json_t *page = json_loads(text, 0, NULL), *event;
	bool more = true;
	size_t i;

	json_array_foreach(json_object_get(page, "events"), i, event) if (more)
	    more = see(context, event);
	*before = (uint64_t)json_integer_value(json_object_get(page, "next"));
	json_decref(page);
	return more;
}

void
past_events(const char *dir, const char *type,
    bool (*see)(void *context, const json_t *event), void *context)
{
	struct chronicle_query q = {.type = type, .limit = PAGE_ROWS};
	struct err err = {""};
	struct buf out = {0};
	bool more = true;

	for (int i = 0; more && i < PAST_EVENTS_MAX / PAGE_ROWS; i++) {
		out.len = 0;
		if (chronicle_journal(dir, &q, &out, &err) == -1) {
			log_warn("events of type %s that were told before "
				 "cannot be read: %s",
			    type, err.text);
			break;
		}
		more = see_page(out.data, see, context, &q.before) &&
		    q.before != 0;
	}
	buf_free(&out);
}
