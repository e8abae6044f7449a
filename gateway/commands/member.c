/* member.c - see member.h */
#include "gateway/commands/member.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "gateway/commands/tongue.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

const char *
member_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

int64_t
member_number(const json_t *o, const char *key)
{
	return (int64_t)json_number_value(json_object_get(o, key));
}

const char *
member_people(const json_t *o, const char *key)
{
	const json_t *texts = json_object_get(o, key);
	const char *zh = member_text(texts, "zh");
	const char *en = member_text(texts, "en");

	if (tongue_is_zh())
		return zh[0] != '\0' ? zh : en;
	return en[0] != '\0' ? en : zh;
}

void
member_put(struct buf *out, const json_t *v)
{
	if (json_is_string(v))
		buf_puts(out, json_string_value(v));
	else if (json_is_integer(v))
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		buf_printf(out, "%.15g", json_real_value(v));
	else if (json_is_boolean(v))
		buf_puts(out, json_is_true(v) ? "true" : "false");
}

/* ---- times ---- */

const char *
member_time(int64_t ms, bool seconds, char text[MEMBER_TIME_TEXT])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL ||
	    strftime(text, MEMBER_TIME_TEXT,
		seconds ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(text, MEMBER_TIME_TEXT, "?");
	return text;
}

const char *
member_span(int64_t ms, char text[MEMBER_TIME_TEXT])
{
	if (ms >= DAY_MS)
		snprintf(text, MEMBER_TIME_TEXT,
		    tongue("%" PRId64 "d %02" PRId64 "h",
			"%" PRId64 "天%02" PRId64 "小时"),
		    ms / DAY_MS, ms % DAY_MS / HOUR_MS);
	else if (ms >= HOUR_MS)
		snprintf(text, MEMBER_TIME_TEXT,
		    tongue("%" PRId64 "h %02" PRId64 "m",
			"%" PRId64 "小时%02" PRId64 "分"),
		    ms / HOUR_MS, ms % HOUR_MS / MINUTE_MS);
	else if (ms >= MINUTE_MS)
		snprintf(text, MEMBER_TIME_TEXT,
		    tongue("%" PRId64 "m", "%" PRId64 "分钟"), ms / MINUTE_MS);
	else
		snprintf(text, MEMBER_TIME_TEXT,
		    tongue("%" PRId64 "s", "%" PRId64 "秒"),
		    ms < 0 ? 0 : ms / 1000);
	return text;
}
