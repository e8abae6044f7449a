/* query.c - the parameters of a question to the chronicle or the history */
#include "gateway/web/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/order.h"
#include "gateway/store/calendar.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define TIME_MAX 253402300799999 /* the year 9999 ends */
#define RULES_MAX 8
#define SHOWN 40 /* bytes of a wrong value in a sentence */

/* A parameter: what `judge` takes, else a name (max 0), or a whole number from
 * min to max. */
struct rule {
	const char *name;
	int64_t min, max;
	const char *right; /* what would be right */
	bool (*judge)(const char *text, int64_t *number);
};

#define TIME_RIGHT "a time in Unix milliseconds, as 1763690000123"

enum { FROM, TO, DEVICE, ALARM, TYPE, BEFORE, LIMIT, JOURNAL_RULES };
static const struct rule journal_rules[JOURNAL_RULES] = {
    [FROM] = {"from", 0, TIME_MAX, TIME_RIGHT, NULL},
    [TO] = {"to", 1, TIME_MAX, TIME_RIGHT, NULL},
    [DEVICE] = {"device", 0, 0, "a device's id, as lift-3-1", NULL},
    [ALARM] = {"alarm", 0, 0, "an alarm's name, as entrapment", NULL},
    [TYPE] = {"type", 0, 0, "a type of event, as alarm", NULL},
    [BEFORE] = {"before", 1, INT64_MAX, "the `next` of the page before", NULL},
    [LIMIT] = {"limit", 1, QUERY_ROWS_MAX, "a number from 1 to 1000", NULL},
};

enum { DAYS = TO + 1, FIGURES_RULES };
static const struct rule figures_rules[FIGURES_RULES] = {
    [FROM] = {"from", 0, TIME_MAX, TIME_RIGHT, NULL},
    [TO] = {"to", 1, TIME_MAX, TIME_RIGHT, NULL},
    [DAYS] = {"days", 1, CHRONICLE_KEEP_MS / CALENDAR_DAY_MS,
	"a number of days from 1 to 1098", NULL},
};

static bool is_point(const char *text, int64_t *number);
static bool is_step(const char *text, int64_t *number);
static bool is_format(const char *text, int64_t *number);

enum { POINT = TO + 1, STEP, FORMAT, HISTORY_RULES };
static const struct rule history_rules[HISTORY_RULES] = {
    [FROM] = {"from", 0, TIME_MAX, TIME_RIGHT, NULL},
    [TO] = {"to", 1, TIME_MAX, TIME_RIGHT, NULL},
    [POINT] = {"point", 0, 0, "a device and its point, as tx-1/active_power",
	is_point},
    [STEP] = {"step", 0, 0,
	"auto, or a time that divides an hour or a day, or whole days: 10s, "
	"15m, 1h, 1d",
	is_step},
    [FORMAT] = {"format", 0, 0, "json or csv", is_format},
};

/* What was given, by rule. */
struct given {
	const char *text[RULES_MAX]; /* NULL: not given */
	int64_t number[RULES_MAX];
};

static bool
is_name(const char *text)
{
	size_t len = strspn(text, NAME_CHARACTERS);

	return len > 0 && len < ORDER_KEY_MAX && text[len] == '\0';
}

static bool
is_number(const char *text, const struct rule *r, int64_t *number)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits] != '\0')
		return false;
	errno = 0;
	*number = strtoll(text, NULL, 10);
	return errno == 0 && *number >= r->min && *number <= r->max;
}

static bool
is_point(const char *text, int64_t *number)
{
	const char *slash = strchr(text, '/');
	char device[ORDER_KEY_MAX];
	size_t len = slash != NULL ? (size_t)(slash - text) : 0;

	(void)number;
	if (len == 0 || len >= sizeof(device))
		return false;
	memcpy(device, text, len);
	device[len] = '\0';
	return is_name(device) && is_name(slash + 1);
}

/* 15m -> 900000; as the configuration writes times, or as the answer does.
 * "auto" -> 0. */
static bool
is_step(const char *text, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60 * 1000LL},
	    {"h", CALENDAR_HOUR_MS}, {"d", CALENDAR_DAY_MS}};
	size_t digits = strspn(text, "0123456789");

	if (strcmp(text, "auto") == 0)
		return true;
	if (digits == 0 || digits > 11 || text[0] == '0')
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text + digits, units[i].name) == 0) {
			*ms = strtoll(text, NULL, 10) * units[i].ms;
			return calendar_step_ok(*ms);
		}
	return false;
}

static bool
is_format(const char *text, int64_t *csv)
{
	*csv = strcmp(text, "csv") == 0;
	return *csv == 1 || strcmp(text, "json") == 0;
}

static bool
is_right(const struct rule *r, const char *text, int64_t *number)
{
	if (r->judge != NULL)
		return r->judge(text, number);
	return r->max == 0 ? is_name(text) : is_number(text, r, number);
}

static size_t
rule_find(const struct rule *rules, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(rules[i].name, name) != 0)
		i++;
	return i;
}

static bool
say_unknown(char why[QUERY_WHY_MAX], const struct rule *rules, size_t count,
    const char *name)
{
	struct buf b;

	buf_fixed(&b, why, QUERY_WHY_MAX);
	buf_printf(&b, "there is no parameter \"%.*s\"; there are %s", SHOWN,
	    name, rules[0].name);
	for (size_t i = 1; i < count; i++)
		buf_printf(&b, ", %s", rules[i].name);
	return false;
}

static bool
take(struct given *g, const struct rule *rules, size_t count,
    const struct query_param *p, char why[QUERY_WHY_MAX])
{
	const char *value = p->value != NULL ? p->value : "";
	size_t i = rule_find(rules, count, p->name);
	const struct rule *r = &rules[i];

	if (i == count)
		return say_unknown(why, rules, count, p->name);
	if (g->text[i] != NULL) {
		snprintf(why, QUERY_WHY_MAX, "%s is given twice", r->name);
		return false;
	}
	g->text[i] = value;
	if (is_right(r, value, &g->number[i]))
		return true;
	snprintf(why, QUERY_WHY_MAX, "%s is \"%.*s\"; it must be %s", r->name,
	    SHOWN, value, r->right);
	return false;
}

static bool
take_all(struct given *g, const struct rule *rules, size_t rule_count,
    const struct query_param *params, size_t count, char why[QUERY_WHY_MAX])
{
	for (size_t i = 0; i < count; i++)
		if (!take(g, rules, rule_count, &params[i], why))
			return false;
	if (g->text[FROM] == NULL || g->text[TO] == NULL ||
	    g->number[FROM] < g->number[TO])
		return true;
	snprintf(why, QUERY_WHY_MAX, "from must be earlier than to");
	return false;
}

bool
query_journal(struct chronicle_query *q, const struct query_param *params,
    size_t count, char why[QUERY_WHY_MAX])
{
	struct given g = {.number[LIMIT] = QUERY_ROWS};

	if (!take_all(&g, journal_rules, JOURNAL_RULES, params, count, why))
		return false;
	*q = (struct chronicle_query){.from_ms = g.number[FROM],
	    .to_ms = g.number[TO],
	    .device = g.text[DEVICE],
	    .alarm = g.text[ALARM],
	    .type = g.text[TYPE],
	    .before = (uint64_t)g.number[BEFORE],
	    .limit = (unsigned)g.number[LIMIT]};
	return true;
}

bool
query_figures(int64_t *from_ms, int64_t *to_ms,
    const struct query_param *params, size_t count, int64_t now_ms,
    char why[QUERY_WHY_MAX])
{
	struct given g = {.number = {[TO] = now_ms, [DAYS] = QUERY_DAYS}};

	if (!take_all(&g, figures_rules, FIGURES_RULES, params, count, why))
		return false;
	if (g.text[FROM] == NULL && g.text[TO] != NULL) {
		snprintf(why, QUERY_WHY_MAX, "to needs a from");
		return false;
	}
	if (g.text[FROM] != NULL && g.text[DAYS] != NULL) {
		snprintf(why, QUERY_WHY_MAX,
		    "days and from are both given: one is enough");
		return false;
	}
	*to_ms = g.number[TO] < now_ms ? g.number[TO] : now_ms;
	*from_ms = g.text[FROM] != NULL
	    ? g.number[FROM]
	    : *to_ms - g.number[DAYS] * CALENDAR_DAY_MS;
	if (*from_ms < 0) /* a clock that was never set */
		*from_ms = 0;
	if (*from_ms < *to_ms)
		return true;
	snprintf(why, QUERY_WHY_MAX, "from is later than the gateway's clock");
	return false;
}

bool
query_history(struct query_history *q, const struct query_param *params,
    size_t count, int64_t now_ms, char why[QUERY_WHY_MAX])
{
	struct given g = {.number = {[TO] = now_ms}};

	if (!take_all(&g, history_rules, HISTORY_RULES, params, count, why))
		return false;
	if (g.text[POINT] == NULL) {
		snprintf(why, QUERY_WHY_MAX, "point is missing: %s",
		    history_rules[POINT].right);
		return false;
	}
	*q = (struct query_history){.point = g.text[POINT],
	    .from_ms = g.number[FROM],
	    .to_ms = g.number[TO],
	    .step_ms = g.number[STEP],
	    .csv = g.number[FORMAT] == 1};
	if (g.text[FROM] == NULL)
		q->from_ms =
		    q->to_ms > CALENDAR_DAY_MS ? q->to_ms - CALENDAR_DAY_MS : 0;
	if (q->from_ms < q->to_ms)
		return true;
	snprintf(why, QUERY_WHY_MAX, "from is later than the gateway's clock");
	return false;
}
