/*
 * notify.h - tells people of alarms: group robots, webhooks, mail
 *
 * A thread of its own follows the log of events by the cursor "notify".  What
 * an event asks for (roster.h: who, dispatch.h: when, letter.h: in which words)
 * is sent over libcurl, all channels side by side.  Each attempt is an event
 * (attempt.h), and by these a restart knows what was delivered already: what
 * was is not sent again, what was not is sent then, marked late ("补发").
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "gateway/base/err.h"
#include "gateway/measure/sample.h"
#include "gateway/store/board.h"
#include "gateway/store/journal.h"

enum channel_type {
	CHANNEL_DINGTALK,
	CHANNEL_WECOM,
	CHANNEL_FEISHU,
	CHANNEL_WEBHOOK,
	CHANNEL_EMAIL
};

extern const char *const channel_type_names[]; /* "dingtalk", ..; NULL ends */

/* Languages of a channel's texts. */
enum channel_language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_BOTH };

struct notify_person {
	const char *id;
	struct text name; /* the id where the file gives none */
	const char *phone; /* or NULL; all of these */
	const char *dingtalk; /* the mobile number that the robot mentions */
	const char *wecom; /* mobile number, or userid */
	const char *feishu; /* open_id or user_id */
	const char *email;
};

struct notify_channel {
	const char *id;
	uint8_t type; /* enum channel_type */
	uint8_t language; /* enum channel_language */
	uint8_t severities; /* bit 0 is P1 */
	bool personal; /* its readers may see names and phone numbers of people
			*/
	const char *url; /* of a robot with its token in it: never logged */
	const char *secret; /* signs; or NULL */
	const char *ca_file; /* or NULL: the system's */
	size_t kind_count; /* only alarms of devices of these kinds; 0: all */
	const char *const *kinds;
	size_t mention_count;
	const uint16_t *mention; /* people */
	/* of mail */
	const char *from;
	size_t to_count;
	const char *const *to;
	const char *username, *password; /* or NULL */
	bool starttls; /* of smtp://: TLS is demanded before anything is said */
	/* the most that it is asked in any 60 seconds, and how many of these
	 * only a P1 may use */
	uint16_t a_minute, a_minute_p1;
};

#define NOTIFY_STEPS_MAX 32 /* of escalation; conf/ refuses more */

/* While an alarm of these severities is not acknowledged. */
struct notify_escalation {
	int64_t after_ms;
	uint8_t severities; /* bit 0 is P1; P1 where the file gives none */
	size_t channel_count;
	const uint16_t *channels;
	size_t person_count; /* mentioned there; of persons alone: on every
				channel that takes the alarm or was told */
	const uint16_t *people;
};

/* Minutes since local midnight; to may be less than from: over midnight. */
struct notify_hours {
	int from_min, to_min;
};

struct notify_shift {
	const char *id;
	struct notify_hours hours;
	size_t person_count;
	const uint16_t *people;
};

/* What a text says of a device beside the alarm. */
struct notify_device {
	const char *id, *kind;
	struct text name;
	const char *building, *stair; /* or NULL */
	struct text owner_name; /* or NULLs */
	const char *owner_phone, *rescue_code; /* or NULL */
};

struct notify_conf {
	const char *site;
	struct text site_name;
	const char *dir; /* the store's: for what was delivered before */
	size_t person_count;
	const struct notify_person *people;
	size_t channel_count;
	const struct notify_channel *channels;
	size_t escalation_count;
	const struct notify_escalation *escalations; /* by after_ms */
	size_t shift_count;
	const struct notify_shift *shifts;
	bool has_quiet;
	struct notify_hours quiet;
	uint8_t quiet_severities; /* bits; never P1 or P2 */
	int digest_min; /* when the day's digest goes, minutes since midnight */
	int64_t repeat_ms[4]; /* by severity, while unacknowledged; 0: never */
	size_t device_count;
	const struct notify_device *devices; /* sorted by id */
};

struct notify;

/* Starts the thread and returns at once.  conf is copied; journal and board
 * outlive it.  after: what notify_stop gave, in place of which it starts; 0 at
 * a start.  NULL with the reason only if it can never work. */
struct notify *notify_start(const struct notify_conf *conf,
    struct journal *events, struct board *board, uint64_t after,
    struct err *err);

/* As influx.h's.  What is under way may end in that time, nothing new is
 * begun.  notify_stop returns the seq of the last event it appended, or 0. */
void notify_ask(struct notify *n, int64_t wait_ms);
uint64_t notify_stop(struct notify *n, int64_t wait_ms);

/* Any thread: since when (monotonic) a P1 has been told by no channel, or the
 * notifier itself has been stuck, for DISPATCH_UNTOLD_MS at least; or
 * INT64_MAX.  The gateway's alarm `notify` asks it. */
int64_t notify_overdue_ms(const struct notify *n);

/* Any thread: how many channels did not take the last letter they were given.
 * The gateway's alarm `notify_channel` asks it. */
unsigned notify_failing(const struct notify *n);

#endif
