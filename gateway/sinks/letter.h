/*
 * letter.h - what one channel is told at once, in words that suffice without
 * a link, pure
 *
 *	【紧急】安居小区 7栋2单元 电梯困人，停在4层，请立即对讲并救援
 *	发生 18:38:55（20秒前）  设备 7栋2单元电梯
 *	救援码 123456  维保 安达电梯 400-000-0001
 *	时限 18:41:55 响应，19:08:55 到场
 *	已通知 李工 13800001111、王师傅 13912341234  未确认
 *
 * zh, en, or zh first and en below, by the channel.  Names and phone numbers of
 * people only where the channel's readers may see them: else 王** and
 * 138****1234.  Local times are of the process's time zone, with the day where
 * it is not today; while nobody has set the clock they are marked 时间未校准.
 * That it is over is said without what somebody was asked to do.
 *
 * Limits, and 96333 and 119 after twenty minutes without an arrival on record,
 * stand where a lift's alarm is about people: trapped or suspected to be, the
 * alarm button, a power cut with people in the car.
 *
 * Several alarms: each with all of that, if there is room; else a line each,
 * the first ones, and how many more there are.
 *
 * A plain webhook gets a document of each alarm,
 *
 *	{"site":"anju","device":"lift-7-2","alarm":"entrapment",
 *	"state":"UNACK","active":true,"severity":"P1","since":MS,
 *	"text":{"zh":..,"en":..},"place":{"building":"7","stair":"2"} | null,
 *	"owner":{"name":{"zh":..},"phone":..,"rescue_code":..} | null,
 *	"log":..,"seq":N,"why":"raise" | "repeat" | "escalate" | "clear",
 *	"ack":null | {"by":..,"ts":MS},
 *	"suspected":true (if so),"cars":[{"car":"lift-7-2","moving":true | false
 *	| null,"occupied":"yes" | "no" | "unknown","trapped":true (if so),
 *	"floor":4 | null,"back":false,"checked":null | {"by":..,"ts":MS},
 *	"place":..,"owner":..},..] (of a power cut: alarm_record.h),
 *	"people":[{"id":..,"name":..,"phone":..},..], (if somebody is called)
 *	"about":{"device":..,"alarm":..}, (of the gateway's alarm that nobody
 *	was told of another in time: of which)
 *	"over":MS | null,"gone":true, (if it is over; nobody knows when; the
 *	configuration has it no more)
 *	"late":MS, (how late) "test":true,"unsynced":true (if so)}
 *
 * and of several alarms {"site":..,"why":..,"alarms":[..],"more":N}, where why
 * may be "digest" and more counts those that are not among them.  A test letter
 * is an alarm "gateway" "test" that is NORMAL, with "why":"test","test":true.
 */
#ifndef LETTER_H
#define LETTER_H

#include "gateway/base/buf.h"
#include "gateway/sinks/notice.h"
#include "gateway/sinks/notify.h"

#define LETTER_MENTIONS_MAX 16
#define LETTER_TOLD_MAX 8 /* channels that a text names */
#define LETTER_RESPOND_MS (3 * 60 * 1000) /* of an entrapment: ux.md 3.1 */
#define LETTER_ARRIVE_MS (30 * 60 * 1000)

enum letter_why {
	LETTER_RAISE,
	LETTER_REPEAT,
	LETTER_ESCALATE,
	LETTER_CLEAR, /* it is over */
	LETTER_DIGEST, /* many at once, a line each */
	LETTER_TEST,
};

extern const char *const letter_why_names[]; /* "raise", ..; NULL ends */

/* Ready to be sent.  Texts belong to who composed it, until it is sent. */
struct letter {
	const struct notify_channel *channel;
	uint8_t why; /* enum letter_why */
	uint8_t severity; /* the worst in it */
	bool late; /* 补发 */
	const char *title; /* one line, no markup */
	const char *text; /* lines, title not among them; plain */
	const char *json; /* what a plain webhook posts; else "" */
	size_t mention_count;
	const struct notify_person *mentions[LETTER_MENTIONS_MAX];
};

/* ---- composition ---- */

/* One alarm of a letter.  All it points to is the caller's. */
struct letter_item {
	const struct notice *notice;
	const struct notify_device *device; /* NULL: it is not known */
	uint8_t why; /* RAISE .. CLEAR: of a digest, RAISE or CLEAR */
	/* of the gateway's alarm that people are not told: of what; or NULL */
	const struct notice *about;
	const struct notify_device *about_device;
	bool over; /* it is over, at over_ms (Unix; 0: nobody knows when) */
	bool first; /* of one that is over: that it was there is new to them */
	bool gone; /* over because the configuration has it no more */
	int64_t over_ms;
	int64_t late_ms; /* how long after it should have been told; 0: it is
			    not late */
	/* who was told of it, and by which channels; this letter's are among
	 * them */
	size_t people_count, channel_count;
	const struct notify_person *people[LETTER_MENTIONS_MAX];
	const struct notify_channel *channels[LETTER_TOLD_MAX];
};

/* The memory of one channel's letters. */
struct letter_paper;

/* conf outlives it. */
struct letter_paper *letter_paper_new(
    const struct notify_conf *conf, const struct notify_channel *channel);
void letter_paper_free(struct letter_paper *p); /* NULL is fine */

/* What is to be said.  Items in order, the worst first; more: alarms that are
 * to be counted beside them. */
struct letter_matter {
	uint8_t why; /* enum letter_why */
	bool flood; /* of DIGEST */
	bool whole; /* each item with its whole text, or not in this letter */
	size_t count, more;
	const struct letter_item *items;
	int64_t now_ms; /* Unix */
	bool unsynced; /* nobody has set the clock */
};

/* Composes all of l but its mentions.  Texts stay until the next on this paper.
 * Returns how many items are in it: all of them, or of `whole` the first ones,
 * at least one. */
size_t letter_compose(
    struct letter *l, struct letter_paper *p, const struct letter_matter *m);

/* "riser notify --test". */
void letter_test(struct letter *l, struct letter_paper *p, int64_t now_ms);

/* Whether a letter of that channel can mention him. */
bool letter_reaches(
    const struct notify_channel *c, const struct notify_person *p);

#endif
