/* channels.c - the channels of a configuration as check and notify tell of them
 */
#include "gateway/commands/channels.h"

#include "gateway/alarm/condition.h"
#include "gateway/base/buf.h"
#include "gateway/commands/table.h"

static const struct table_column columns[] = {{"channel", false},
    {"type", false}, {"a minute", true}, {"told of", false},
    {"mentions", false}};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void
list(struct buf *b, const char *name)
{
	buf_printf(b, "%s%s", b->len > 0 ? ", " : "", name);
}

/* "P1, P2 of elevator, water" */
static void
add_told(struct table *t, const struct notify_channel *c)
{
	struct buf b = {0}, kinds = {0};

	for (int s = 0; alarm_severity_names[s]; s++)
		if (c->severities & (1 << s))
			list(&b, alarm_severity_names[s]);
	for (size_t i = 0; i < c->kind_count; i++)
		list(&kinds, c->kinds[i]);
	if (kinds.len > 0)
		buf_printf(&b, " of %s", kinds.data);
	table_cell(t, "%s", b.data);
	buf_free(&b);
	buf_free(&kinds);
}

static void
add_mentions(struct table *t, const struct notify_conf *n,
    const struct notify_channel *c)
{
	struct buf b = {0};

	for (size_t i = 0; i < c->mention_count; i++)
		list(&b, n->people[c->mention[i]].id);
	table_cell(t, "%s", b.len > 0 ? b.data : "");
	buf_free(&b);
}

void
channels_show(const struct notify_conf *n, FILE *out)
{
	struct table *t = table_new(columns, COLUMNS);

	for (size_t i = 0; i < n->channel_count; i++) {
		const struct notify_channel *c = &n->channels[i];

		table_cell(t, "%s", c->id);
		table_cell(t, "%s", channel_type_names[c->type]);
		table_cell(t, "%u", c->a_minute);
		add_told(t, c);
		add_mentions(t, n, c);
	}
	table_print(t, out);
	table_free(t);
}
