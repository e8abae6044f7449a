/*
 * notify.c - riser notify: sends a test message, and says what came of it
 *
 * It goes the way an alarm's message goes, with the signature, the form and the
 * certificates of one, and mentions whom the channel always mentions: so who
 * puts a channel up sees all of it.  It is sent once: who looks on sees a
 * failure, and what to do about it, at once.  A gateway that runs on the same
 * configuration is not asked; the robot counts the message all the same.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/err.h"
#include "gateway/base/json.h"
#include "gateway/commands/channels.h"
#include "gateway/commands/commands.h"
#include "gateway/conf/conf.h"
#include "gateway/conf/near.h"
#include "gateway/sinks/letter.h"
#include "gateway/sinks/sender.h"

#define LOOK_MS 1000 /* between two looks at the sender */

struct options {
	const char *file, *channel;
	bool json;
};

struct outcome {
	const struct notify_channel *channel;
	struct robot_answer answer;
	int64_t took_ms;
};

/* ---- sending ---- */

static void
compose(struct letter *l, struct letter_paper *p, const struct notify_conf *n,
    const struct notify_channel *c)
{
	letter_test(l, p, clock_wall_ms());
	for (size_t i = 0;
	     i < c->mention_count && l->mention_count < LETTER_MENTIONS_MAX;
	     i++)
		l->mentions[l->mention_count++] = &n->people[c->mention[i]];
}

static int
send_test(const struct notify_conf *n, size_t channel, struct outcome *o,
    struct err *err)
{
	const struct notify_channel *c = &n->channels[channel];
	struct letter_paper *paper;
	struct sender *s = sender_open(n, err);
	struct letter l;

	if (s == NULL)
		return -1;
	paper = letter_paper_new(n, c);
	compose(&l, paper, n, c);
	sender_send(s, channel, &l, clock_wall_ms());
	while (!sender_done(s, &channel, &o->answer, &o->took_ms))
		sender_wait(s, -1, clock_mono_ms() + LOOK_MS);
	o->channel = c;
	letter_paper_free(paper);
	sender_close(s);
	return 0;
}

/* ---- telling ---- */

static const char *const verdicts[] = {
    [ROBOT_SENT] = "sent",
    [ROBOT_BUSY] = "busy",
    [ROBOT_FAILED] = "failed",
    [ROBOT_REFUSED] = "refused",
};

static void
print_json(const struct outcome *o)
{
	const struct robot_answer *a = &o->answer;
	struct buf b = {0};
	struct json j = {.out = &b};

	json_open(&j);
	json_key_string(&j, "channel", o->channel->id);
	json_key_string(&j, "type", channel_type_names[o->channel->type]);
	json_key_string(&j, "result", verdicts[a->verdict]);
	json_key_i64(&j, "code", a->code);
	json_key_i64(&j, "ms", o->took_ms);
	if (a->retry_after_ms > 0)
		json_key_i64(&j, "retry_after_ms", a->retry_after_ms);
	if (a->why[0] != '\0')
		json_key_string(&j, "why", a->why);
	json_end(&j);
	puts(b.data);
	buf_free(&b);
}

/* What a person is to do now: that somebody took it is not that it was read. */
static const char *
next_step(uint8_t type)
{
	if (type == CHANNEL_EMAIL)
		return "the mail server took it: see whether it arrives";
	if (type == CHANNEL_WEBHOOK)
		return "the server took it: see whether it does what it "
		       "should";
	return "see whether it is in the group, and mentions whom it should";
}

static void
print_text(const struct outcome *o)
{
	const struct robot_answer *a = &o->answer;
	const char *id = o->channel->id;

	if (a->verdict == ROBOT_SENT && a->why[0] == '\0')
		printf("%s: sent in %" PRId64 " ms; %s\n", id, o->took_ms,
		    next_step(o->channel->type));
	else if (a->verdict == ROBOT_SENT)
		printf("%s: sent in %" PRId64 " ms, but %s\n", id, o->took_ms,
		    a->why);
	else if (a->verdict == ROBOT_BUSY)
		fprintf(stderr,
		    "riser notify: %s: not sent: %s; try again in %" PRId64
		    " s\n",
		    id, a->why, (a->retry_after_ms + 999) / 1000);
	else
		fprintf(stderr, "riser notify: %s: not sent: %s\n", id, a->why);
}

static int
exit_code(uint8_t verdict)
{
	if (verdict == ROBOT_SENT)
		return EXIT_DONE;
	return verdict == ROBOT_REFUSED ? EXIT_WRONG : EXIT_FAILED;
}

/* ---- which channel ---- */

static int
refuse_channel(const struct notify_conf *n, const char *id)
{
	struct near near = {.text = id};

	for (size_t i = 0; i < n->channel_count; i++)
		near_try(&near, n->channels[i].id);
	fprintf(stderr, "riser notify: there is no channel \"%s\"", id);
	if (near.best)
		fprintf(stderr, "; did you mean \"%s\"?", near.best);
	fprintf(stderr, "\n");
	channels_show(n, stderr);
	return EXIT_WRONG;
}

static int
test(const struct notify_conf *n, const struct options *o)
{
	struct outcome outcome;
	struct err err;
	size_t channel = 0;

	while (channel < n->channel_count &&
	    strcmp(n->channels[channel].id, o->channel) != 0)
		channel++;
	if (channel == n->channel_count)
		return refuse_channel(n, o->channel);
	if (send_test(n, channel, &outcome, &err) == -1) {
		fprintf(stderr, "riser notify: %s\n", err.text);
		return EXIT_FAILED;
	}
	if (o->json)
		print_json(&outcome);
	else
		print_text(&outcome);
	return exit_code(outcome.answer.verdict);
}

/* ---- the command ---- */

static int
parse_options(int argc, char *argv[], struct options *o)
{
	static const struct option options[] = {
	    {"test", required_argument, NULL, 't'},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, ":c:", options, NULL)) != -1)
		switch (option) {
		case 'c': o->file = optarg; break;
		case 't': o->channel = optarg; break;
		case 'j': o->json = true; break;
		default:
			return usage_option("notify", option, argv[optind - 1]);
		}
	if (optind < argc)
		return usage_error(
		    "notify", "\"%s\" is too much", argv[optind]);
	if (o->file == NULL)
		return usage_error(
		    "notify", "say which configuration: -c FILE");
	if (o->channel == NULL && o->json)
		return usage_error("notify", "--json goes with --test CHANNEL");
	return EXIT_DONE;
}

static int
run(const struct conf *c, const struct options *o)
{
	if (!c->has_notify) {
		fprintf(stderr,
		    "riser notify: %s has no notify, so nobody is told of "
		    "alarms; config/riser.yaml shows how\n",
		    c->file);
		return EXIT_WRONG;
	}
	if (o->channel != NULL)
		return test(&c->notify, o);
	channels_show(&c->notify, stdout);
	printf("  riser notify -c %s --test %s sends a test message to it\n",
	    c->file, c->notify.channels[0].id);
	return EXIT_DONE;
}

int
command_notify(int argc, char *argv[])
{
	struct options o = {0};
	int code = parse_options(argc, argv, &o);
	struct conf *c;

	if (code != EXIT_DONE)
		return code;
	c = conf_read(o.file, stderr);
	if (c == NULL)
		return EXIT_WRONG;
	setenv("TZ", c->site.timezone, 1);
	tzset();
	code = run(c, &o);
	conf_free(c);
	return code;
}
