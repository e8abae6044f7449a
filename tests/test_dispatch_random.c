/*
 * test_dispatch_random.c - whatever happens, who must know knows, once
 *
 * Sequences of raises, acknowledgements, ends, hidings, kills, hours that pass,
 * and channels that fail, refuse, hang and are over their limit.  What must
 * hold of each attempt is looked at as it ends; in the end all channels work,
 * time passes, and everybody must know what is.
 *
 * One channel, in half of the sequences, works all the time, and refuses at
 * most the text of some P3: there it is known by when each P1 and P2 must have
 * been told, and told again.
 */
#include <inttypes.h>

#include "gateway/sinks/bucket.h"
#include "gateway/sinks/outlet.h"
#include "gateway/sinks/roster.h"
#define TEXT_BYTES 16 /* nobody reads them here */
#include "tests/dispatch_help.h"

#define SEQUENCES 10000
#define STEPS 40
#define ALARMS 12 /* of all severities by turns */
#define STEADY 0 /* the channel that works, if one does */
#define OUTAGE 3 /* the one that is to be reached by escalation alone */
/* A minute for room, and what is refused for another's text. */
#define TOLD_P2_MS (4 * MINUTE)
#define AGAIN_MS (5 * MINUTE) /* news of others goes first */

static uint64_t chance, sequence;

static uint32_t
any(uint32_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (uint32_t)(chance >> 33) % below;
}

static bool
one_in(uint32_t n)
{
	return any(n) == 0;
}

/* ---- what is true ---- */

/* What a channel was told of an alarm. */
struct knows {
	bool heard; /* that it is there, and not that it is over */
	bool owed; /* heard, and the end's text was not refused */
	unsigned news, ends; /* of this round: told that it is there, over */
	uint32_t steps;
	int64_t last_ms;
	bool dropped;
};

struct truth {
	char key[32];
	int severity;
	uint64_t round_seq;
	int64_t begun_ms; /* its round */
	int64_t still_ms; /* since when nothing happened to it */
	size_t still_letter; /* the first letter since then */
	bool waits; /* a P1 that somebody must be told of */
	struct knows knows[CHANNELS_MAX];
};

static struct truth truths[ALARMS];
static bool steady;
static size_t rows_seen;
static bool killed; /* once in this sequence */

static struct {
	uint64_t letters, rows, kills, raises, repeats, steps, ends, digests,
	    failed, late, joined, round_about, given_up;
} seen;

static struct truth *
truth_of(const char *key)
{
	for (int i = 0; i < ALARMS; i++)
		if (strcmp(truths[i].key, key) == 0)
			return &truths[i];
	ck_abort_msg("there is no %s", key);
}

static bool
is_open(const struct notice *n)
{
	return n->state == ALARM_UNACK && !n->hidden;
}

static bool
takes(size_t channel, const struct truth *t)
{
	return (channels[channel].severities & P(t->severity)) != 0;
}

static void
touch(struct truth *t)
{
	t->still_ms = now.mono_ms;
	t->still_letter = said_count;
}

static void
begin_truth(struct truth *t)
{
	t->round_seq = seq;
	t->begun_ms = now.mono_ms;
	touch(t);
	t->waits = t->severity == 1;
	for (size_t i = 0; i < CHANNELS_MAX; i++) {
		struct knows *k = &t->knows[i];

		k->news = k->ends = 0;
		k->steps = 0;
		k->dropped = false;
	}
}

/* ---- each attempt ---- */

/* What the letter said was so when it was begun; since then it may be other. */
static void
check_reason(const struct row *r, const struct truth *t)
{
	const struct notice *n = alarm_of(t->key);

	if (r->letter < t->still_letter || r->seq < t->round_seq)
		return;
	if (r->why == LETTER_REPEAT || r->why == LETTER_ESCALATE)
		must(is_open(n), "%s is told as %d, and nobody waits for that",
		    t->key, r->why);
	if (r->why == LETTER_RAISE)
		must(!n->hidden && n->state != ALARM_NORMAL &&
			n->state != ALARM_RTNUN,
		    "%s is told, and is over or hidden", t->key);
	if (r->why == LETTER_CLEAR)
		must(n->state == ALARM_NORMAL || n->state == ALARM_RTNUN,
		    "%s is said to be over, and is not", t->key);
}

static void
check_sent(const struct row *r, struct truth *t, struct knows *k)
{
	bool present = r->seq >= t->round_seq;
	int64_t least_ms = conf.repeat_ms[t->severity - 1] - DISPATCH_GROUP_MS;

	if (r->why == LETTER_CLEAR) {
		must(k->heard || t->severity == 1,
		    "%s: an end where nobody was told", t->key);
		must(!present || k->ends++ == 0, "%s: two ends", t->key);
	}
	if (r->why == LETTER_RAISE && present)
		must(k->news++ == 0, "%s: raised twice on %zu", t->key,
		    r->channel);
	if (r->why == LETTER_ESCALATE && present) {
		must(k->steps >> r->step == 0, "%s: step %d twice, or late",
		    t->key, r->step);
		k->steps |= (uint32_t)1 << r->step;
		k->news++;
	}
	if (r->why == LETTER_REPEAT && present) {
		must(k->news > 0, "%s: again, and never before", t->key);
		must(said[r->letter].begun_ms - k->last_ms >= least_ms,
		    "%s: again too soon", t->key);
	}
	k->heard = k->owed = r->why != LETTER_CLEAR;
	if (present) {
		k->last_ms = r->at_ms;
		t->waits = false;
	}
	seen.round_about += !takes(r->channel, t) && r->why == LETTER_RAISE;
}

/* It may be for good, its text was refused: but not that a P1 stands. */
static void
check_given_up(const struct row *r, const struct truth *t, struct knows *k)
{
	if (r->why == LETTER_CLEAR)
		k->owed = false;
	if (r->seq >= t->round_seq && t->severity != 1)
		k->dropped = true;
}

static void
check_row(const struct row *r)
{
	struct truth *t = truth_of(r->key);
	struct knows *k = &t->knows[r->channel];

	check_reason(r, t);
	if (r->sent)
		check_sent(r, t, k);
	else if (r->given_up && r->ill)
		check_given_up(r, t, k);
	seen.rows++;
	seen.late += r->late;
	seen.failed += !r->sent;
	seen.given_up += r->given_up;
	seen.repeats += r->why == LETTER_REPEAT && r->sent;
	seen.steps += r->why == LETTER_ESCALATE && r->sent;
	seen.ends += r->why == LETTER_CLEAR && r->sent;
}

/* ---- each letter ---- */

/* The n-th letter of that channel before this one, or NULL; of another process
 * only what was ended. */
static const struct said *
before(size_t letter, size_t n)
{
	for (size_t i = letter; i-- > 0;)
		if (said[i].channel == said[letter].channel &&
		    (said[i].ended_ms != 0) && --n == 0)
			return &said[i];
	return NULL;
}

static void
check_letter(size_t letter)
{
	const struct said *s = &said[letter], *last;
	const struct notify_channel *c = &channels[s->channel];
	size_t common = c->a_minute - c->a_minute_p1;

	last = before(letter, c->a_minute);
	must(last == NULL || s->begun_ms >= last->ended_ms + BUCKET_MS,
	    "more than %u letters in a minute", c->a_minute);
	last = before(letter, common);
	must(s->severity == SEVERITY_P1 || last == NULL ||
		s->begun_ms >= last->ended_ms + BUCKET_MS,
	    "what is kept for P1 was used for others");
	last = before(letter, 1);
	must(last == NULL || last->silent_ms == 0 ||
		s->begun_ms >= last->ended_ms + last->silent_ms,
	    "a channel is asked that wants silence");
	must(s->why != LETTER_DIGEST || s->severity >= SEVERITY_P3,
	    "a P1 or P2 in a digest");
	must(s->severity < SEVERITY_P3 || !s->quiet, "a P3 in quiet hours");
	seen.letters++;
	seen.digests += s->why == LETTER_DIGEST;
	seen.joined += s->severity == SEVERITY_P1 && s->rows > 1;
}

static size_t letters_seen;

static void
check_new(void)
{
	for (; letters_seen < said_count; letters_seen++)
		check_letter(letters_seen);
	for (; rows_seen < row_count; rows_seen++)
		check_row(&rows[rows_seen]);
}

/* How long a P1 may wait where all works: what is kept for P1 is spread over a
 * minute; and a letter or two are under way. */
static int64_t
told_p1_ms(void)
{
	return BUCKET_MS / (channels[STEADY].a_minute_p1 + 1) + 5 * SECOND;
}

/* Who was told that it is there is told again. */
static void
check_repeated(const struct truth *t, size_t channel)
{
	const struct knows *k = &t->knows[channel];
	int64_t repeat_ms = conf.repeat_ms[t->severity - 1];

	must(repeat_ms == 0 || k->news == 0 ||
		now.mono_ms - k->last_ms < repeat_ms + AGAIN_MS,
	    "%s: not told again on %zu for %" PRId64 " s", t->key, channel,
	    (now.mono_ms - k->last_ms) / SECOND);
}

/* With a channel that works all the time it is known by when. */
static void
check_in_time(void)
{
	for (int i = 0; i < ALARMS; i++) {
		const struct truth *t = &truths[i];
		const struct notice *n = alarm_of(t->key);
		int64_t waited_ms = now.mono_ms - t->still_ms;

		if (!steady || !is_open(n) || t->severity > 2)
			continue;
		must(waited_ms <
			    (t->severity == 1 ? told_p1_ms() : TOLD_P2_MS) ||
			t->knows[STEADY].news > 0,
		    "%s: nobody was told in %" PRId64 " s", t->key,
		    waited_ms / SECOND);
		check_repeated(t, STEADY);
	}
}

static void
pass(int64_t ms)
{
	run(ms);
	check_new();
	check_in_time();
}

/* ---- what happens ---- */

static void
happen(struct truth *t)
{
	struct notice *n = alarm_of(t->key);
	bool over = n->state == ALARM_NORMAL || n->state == ALARM_RTNUN;

	switch (any(8)) {
	case 0:
	case 1:
	case 2: /* also one that somebody has, as chatter does */
		if (!over && t->severity != 1)
			return;
		raise_alarm(t->key, t->severity);
		begin_truth(t);
		t->waits = t->waits && !n->hidden;
		seen.raises++;
		return;
	case 3:
		if (n->state != ALARM_UNACK && n->state != ALARM_RTNUN)
			return;
		ack(t->key);
		break;
	case 4:
	case 5:
		if (over)
			return;
		clear(t->key);
		break;
	case 6:
		if (n->hidden)
			return;
		hide(t->key);
		t->waits = false;
		break;
	default:
		if (!n->hidden)
			return;
		unhide(t->key);
		if (n->state == ALARM_UNACK)
			begin_truth(t);
	}
	touch(t);
}

static void
change_channel(size_t channel)
{
	static const uint8_t verdicts[] = {ROBOT_SENT, ROBOT_SENT, ROBOT_SENT,
	    ROBOT_FAILED, ROBOT_FAILED, ROBOT_BUSY, ROBOT_REFUSED};
	static const char *const bad_texts[] = {
	    "<lift/2>", "<lift/4>", "<lift/5>"}; /* of a P3, P1, P2 */
	static const int64_t took[] = {20, 300, 5 * SECOND};
	struct fake *f = &fakes[channel];

	f->bad = one_in(4) ? bad_texts[any(3)] : NULL;
	if (steady && channel == STEADY) {
		f->bad = one_in(2) ? bad_texts[0] : NULL;
		return;
	}
	f->verdict = verdicts[any(7)];
	f->retry_after_ms = any(3) * MINUTE;
	f->took_ms = took[any(3)];
}

/* What was given up is forgotten. */
static void
try_again(struct truth *t)
{
	for (size_t i = 0; i < CHANNELS_MAX; i++) {
		t->knows[i].dropped = false;
		t->knows[i].owed = t->knows[i].heard;
	}
}

static void
kill_it(void)
{
	for (size_t i = 0; i < conf.channel_count; i++)
		if (fakes[i].busy)
			said[fakes[i].letter].ended_ms = 0;
	restart(any(2) * MINUTE + any(5000));
	for (int i = 0; i < ALARMS; i++) {
		touch(&truths[i]);
		try_again(&truths[i]);
		/* that it was there and nobody was told, nobody knows any more;
		 * but somebody acknowledged it */
		if (alarm_of(truths[i].key)->state == ALARM_NORMAL)
			truths[i].waits = false;
	}
	killed = true;
	seen.kills++;
}

static int64_t
some_time(void)
{
	switch (any(12)) {
	case 0:
	case 1: return 0;
	case 2:
	case 3:
	case 4: return any(3000);
	case 5:
	case 6:
	case 7: return any(15000);
	case 8:
	case 9: return any(2 * 60000);
	case 10: return any(20 * 60000);
	default: return one_in(5) ? any(8 * 3600000) : any(60000);
	}
}

/* P1s one after the other, and then the time until all must be told. */
static void
storm(void)
{
	for (int i = 0; i < 12; i++) {
		struct truth *t = &truths[4 * any(ALARMS / 4)];

		raise_alarm(t->key, t->severity);
		begin_truth(t);
		t->waits = !alarm_of(t->key)->hidden;
		pass(any(3000));
	}
	for (int i = 0; i < 6; i++)
		pass(10 * SECOND);
}

static void
step(void)
{
	if (one_in(30))
		storm();
	if (one_in(25))
		kill_it();
	if (one_in(5))
		change_channel(any((uint32_t)conf.channel_count));
	for (uint32_t i = one_in(20) ? 30 : any(3); i > 0; i--)
		happen(&truths[any(ALARMS)]);
	pass(some_time());
}

/* ---- a site ---- */

static void
start_channels(void)
{
	static const uint16_t to_last[] = {OUTAGE};

	channels[STEADY].severities = P(1) | P(2) | (uint8_t)(any(4) << 2);
	if (one_in(2)) {
		channels[STEADY].a_minute = 6;
		channels[STEADY].a_minute_p1 = 2;
	}
	add_channel("second", (uint8_t)any(16));
	add_channel("third", (uint8_t)any(16));
	add_channel("last", P(4));
	for (size_t i = 1; i < conf.channel_count; i++) {
		channels[i].a_minute = (uint16_t)(3 + any(6));
		channels[i].a_minute_p1 = (uint16_t)(channels[i].a_minute / 3);
	}
	escalations[0] = (struct notify_escalation){.after_ms = MINUTE,
	    .severities = P(1) | P(2),
	    .channel_count = 1,
	    .channels = to_last};
	escalations[1] = (struct notify_escalation){.after_ms = 5 * MINUTE,
	    .severities = P(1),
	    .person_count = 1,
	    .people = of_boss};
	conf.escalation_count = any(3);
	conf.repeat_ms[0] = one_in(2) ? 3 * MINUTE : 0;
	conf.repeat_ms[1] = one_in(2) ? 30 * MINUTE : 0;
	conf.has_quiet = one_in(2);
	conf.quiet = (struct notify_hours){AT(22, 0), AT(7, 0)};
	conf.quiet_severities = P(3) | P(4);
}

static void
start_site(void)
{
	start();
	steady = one_in(2);
	start_channels();
	memset(truths, 0, sizeof(truths));
	for (int i = 0; i < ALARMS; i++) {
		truths[i].severity = 1 + i % 4;
		snprintf(truths[i].key, sizeof(truths[i].key), "lift/%d", i);
		alarm_of(truths[i].key)->severity =
		    (uint8_t)(truths[i].severity - 1);
	}
	memset(round_seqs, 0, sizeof(round_seqs));
	rows_seen = letters_seen = 0;
	killed = false;
	now.unix_ms += any(24) * HOUR;
	go();
}

/* ---- the end ---- */

/* As if the program had stood still. */
static void
skip(int64_t ms)
{
	now.mono_ms += ms;
	now.unix_ms += ms;
	pass(5 * MINUTE);
}

static void
check_known(const struct truth *t)
{
	const struct notice *n = alarm_of(t->key);
	bool over = n->state == ALARM_NORMAL || n->state == ALARM_RTNUN;

	must(!t->waits, "%s: nobody was told", t->key);
	for (size_t i = 0; i < conf.channel_count; i++) {
		const struct knows *k = &t->knows[i];

		if (k->dropped)
			continue;
		if (over)
			must(!k->owed, "%s: over, and %zu does not know",
			    t->key, i);
		else if (takes(i, t) && is_open(n))
			must(k->heard && k->news > 0,
			    "%s: there, and %zu does not know", t->key, i);
		if (is_open(n) && t->severity <= 2)
			check_repeated(t, i);
	}
}

static void
finish_site(void)
{
	for (size_t i = 0; i < CHANNELS_MAX; i++)
		fakes[i].verdict = ROBOT_SENT, fakes[i].took_ms = 50,
		fakes[i].bad = NULL;
	pass(OUTLET_SILENT_MAX_MS / 10);
	/* over the end of quiet hours, and the day's digest */
	for (int i = 0; i < 5; i++)
		skip(6 * HOUR);
	for (int i = 0; i < ALARMS; i++)
		check_known(&truths[i]);
	finish();
}

START_TEST(whatever_happens_who_must_know_knows_once)
{
	for (sequence = 1; sequence <= SEQUENCES; sequence++) {
		chance = sequence * 0x9e3779b97f4a7c15;
		start_site();
		for (int i = 0; i < STEPS; i++)
			step();
		finish_site();
	}
	/* What this test is for did happen. */
	must(seen.kills > SEQUENCES && seen.raises > 10 * SEQUENCES &&
		seen.digests > SEQUENCES && seen.repeats > SEQUENCES &&
		seen.steps > SEQUENCES && seen.ends > SEQUENCES &&
		seen.failed > SEQUENCES && seen.late > SEQUENCES / 10 &&
		seen.joined > SEQUENCES / 10 && seen.round_about > 100 &&
		seen.given_up > SEQUENCES / 10,
	    "kills %" PRIu64 ", raises %" PRIu64 ", digests %" PRIu64
	    ", repeats %" PRIu64 ", steps %" PRIu64 ", ends %" PRIu64
	    ", failed %" PRIu64 ", late %" PRIu64 ", joined %" PRIu64
	    ", round about %" PRIu64 ", given up %" PRIu64,
	    seen.kills, seen.raises, seen.digests, seen.repeats, seen.steps,
	    seen.ends, seen.failed, seen.late, seen.joined, seen.round_about,
	    seen.given_up);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dispatch_random");
	TCase *t = tcase_create("dispatch_random");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, whatever_happens_who_must_know_knows_once);
	suite_add_tcase(s, t);
	return suite_run_unforked(s);
}
