/* letter_parts.c - names, numbers and times in letters */
#include "gateway/sinks/letter_parts.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "gateway/base/utf8.h"

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define PHONE "0123456789+-() "
#define PHONE_DIGITS_MAX 32
#define MOBILE_DIGITS 11 /* 138 1234 1234, and before it perhaps 86 or 0086 */
#define PHONE_SHOWN_MIN 8 /* digits; of a shorter number none is shown */

const char *
part_say(const struct letter_voice *v, const char *zh, const char *en)
{
	return v->en ? en : zh;
}

/* ---- others' words ---- */

const char *
part_text(struct text text, bool en)
{
	const char *first = en ? text.en : text.zh;

	return first != NULL ? first : en ? text.zh : text.en;
}

/* One line of whole characters. */
void
part_words(struct buf *out, const char *text)
{
	size_t len = strlen(text), n;

	for (; len > 0; text += n, len -= n) {
		n = utf8_char(text, len);
		if (n == 0 || (unsigned char)*text < ' ' || *text == 0x7f)
			buf_char(out, ' '), n = 1;
		else
			buf_add(out, text, n);
	}
}

void
part_name(struct buf *out, const struct notify_channel *c, const char *name)
{
	size_t first = utf8_char(name, strlen(name));

	if (c->personal) {
		part_words(out, name);
		return;
	}
	buf_add(out, name, first);
	buf_puts(out, "**");
}

/* As many of a number's digits as there is room for; how many it has. */
static size_t
digits_of(const char *phone, char digits[PHONE_DIGITS_MAX])
{
	size_t count = 0;

	for (; *phone != '\0'; phone++) {
		if (*phone < '0' || *phone > '9')
			continue;
		if (count < PHONE_DIGITS_MAX)
			digits[count] = *phone;
		count++;
	}
	return count;
}

static bool
is_phone(const char *phone)
{
	return phone[strspn(phone, PHONE)] == '\0';
}

void
part_phone(struct buf *out, const struct notify_channel *c, const char *phone)
{
	char digits[PHONE_DIGITS_MAX];

	if (c->personal)
		part_words(out, phone);
	else if (!is_phone(phone) || digits_of(phone, digits) < PHONE_SHOWN_MIN)
		buf_puts(out, "****");
	else
		buf_printf(out, "%.3s****%s", phone, phone + strlen(phone) - 4);
}

/* Eleven digits, the first of them 1, however they are written. */
static bool
is_mobile(const char *phone)
{
	static const char *const countries[] = {"0086", "86", ""};
	char digits[PHONE_DIGITS_MAX];
	size_t count = digits_of(phone, digits), len;

	if (!is_phone(phone) || count > PHONE_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < 3; i++) {
		len = strlen(countries[i]);
		if (count == len + MOBILE_DIGITS && digits[len] == '1' &&
		    memcmp(digits, countries[i], len) == 0)
			return true;
	}
	return false;
}

void
part_owner_phone(
    struct buf *out, const struct notify_channel *c, const char *phone)
{
	if (is_mobile(phone))
		part_phone(out, c, phone);
	else
		part_words(out, phone);
}

/* ---- times ---- */

static void
split_time(int64_t ms, struct tm *local)
{
	time_t t = (time_t)(ms / SECOND_MS - (ms % SECOND_MS < 0));

	localtime_r(&t, local);
}

static bool
is_same_day(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_yday == b->tm_yday;
}

void
part_minute(struct buf *out, const struct letter_voice *v, int64_t ms)
{
	struct tm at, now;

	split_time(ms, &at);
	split_time(v->now_ms, &now);
	if (at.tm_year != now.tm_year)
		buf_printf(out, "%d-", at.tm_year + 1900);
	if (!is_same_day(&at, &now))
		buf_printf(out, "%02d-%02d ", at.tm_mon + 1, at.tm_mday);
	buf_printf(out, "%02d:%02d", at.tm_hour, at.tm_min);
}

void
part_time(struct buf *out, const struct letter_voice *v, int64_t ms)
{
	struct tm at;

	split_time(ms, &at);
	part_minute(out, v, ms);
	buf_printf(out, ":%02d", at.tm_sec);
}

/* Its two largest units. */
void
part_span(struct buf *out, const struct letter_voice *v, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *zh, *en;
	} units[] = {{DAY_MS, "天", " d"}, {HOUR_MS, "小时", " h"},
	    {MINUTE_MS, "分钟", " min"}, {SECOND_MS, "秒", " s"}};
	size_t i = 0;
	int64_t rest;

	ms = ms > 0 ? ms : 0;
	while (i < 3 && ms < units[i].ms)
		i++;
	buf_printf(out, "%" PRId64 "%s", ms / units[i].ms,
	    part_say(v, units[i].zh, units[i].en));
	rest = i < 2 ? ms % units[i].ms / units[i + 1].ms : 0;
	if (rest > 0)
		buf_printf(out, "%s%" PRId64 "%s", part_say(v, "", " "), rest,
		    part_say(v, units[i + 1].zh, units[i + 1].en));
}

void
part_unsynced(struct buf *out, const struct letter_voice *v)
{
	buf_puts(out, part_say(v, "时间未校准", "clock not synchronised"));
}

/* "王师傅 18:40:12" */
void
part_deed(struct buf *out, const struct letter_voice *v,
    const struct alarm_deed *deed)
{
	part_name(out, v->channel, deed->by);
	buf_char(out, ' ');
	part_time(out, v, deed->at_ms);
}

/* ---- where ---- */

void
part_site(struct buf *out, const struct letter_voice *v)
{
	const char *name = part_text(v->conf->site_name, v->en);

	part_words(out, name != NULL ? name : v->conf->site);
}
