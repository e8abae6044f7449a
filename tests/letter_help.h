/* letter_help.h - an entrapment to be told of, and what is told */
#ifndef LETTER_HELP_H
#define LETTER_HELP_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/sinks/letter.h"
#include "tests/suite.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define SINCE 1763721535000 /* 2025-11-21 18:38:55 in Shanghai */

static const struct notify_person people[] = {
    {.id = "li", .name = {"李工", "Li"}, .phone = "13800001111"},
    {.id = "wang",
	.name = {"王师傅", NULL},
	.phone = "13912341234",
	.dingtalk = "13912341234"},
};

static const struct notify_device lift = {.id = "lift-7-2",
    .kind = "elevator",
    .name = {"7栋2单元电梯", "Lift 7-2"},
    .building = "7",
    .stair = "2",
    .owner_name = {"安达电梯", "Anda Lifts"},
    .owner_phone = "400-000-0001",
    .rescue_code = "123456"};
static const struct notify_device pump
    __attribute__((unused)) = {.id = "pump-1",
	.kind = "water",
	.name = {"1号泵", NULL},
	.owner_phone = "13700002222"};

static struct notify_channel channel;
static struct notify_conf conf;
static struct notice n;
static struct letter_item item;
static struct letter_matter matter;
static struct letter letter;
static struct letter_paper *paper;

/* A lift with somebody in it, three minutes ago. */
static inline void
start(void)
{
	setenv("TZ", "Asia/Shanghai", 1);
	tzset();
	channel = (struct notify_channel){
	    .id = "duty", .type = CHANNEL_DINGTALK, .personal = true};
	conf = (struct notify_conf){.site = "anju",
	    .site_name = {"安居小区", "Anju Estate"},
	    .person_count = 2,
	    .people = people,
	    .channel_count = 1,
	    .channels = &channel};
	n = (struct notice){.device = "lift-7-2",
	    .alarm = "entrapment",
	    .state = ALARM_UNACK,
	    .severity = SEVERITY_P1,
	    .active = true,
	    .count = 1,
	    .since_ms = SINCE,
	    .text_zh = "7栋2单元 电梯困人，停在4层",
	    .text_en = "building 7 stair 2: passengers trapped at 4",
	    .log = "k3f9a1",
	    .seq = 81};
	item = (struct letter_item){.notice = &n,
	    .device = &lift,
	    .why = LETTER_RAISE,
	    .people_count = 2,
	    .people = {&people[0], &people[1]},
	    .channel_count = 1,
	    .channels = {&channel}};
	matter = (struct letter_matter){.why = LETTER_RAISE,
	    .whole = true,
	    .count = 1,
	    .items = &item,
	    .now_ms = SINCE + 3 * MINUTE};
}

static inline void
finish(void)
{
	letter_paper_free(paper);
	paper = NULL;
}

static inline size_t
compose(void)
{
	letter_paper_free(paper);
	paper = letter_paper_new(&conf, &channel);
	return letter_compose(&letter, paper, &matter);
}

/* What is told with the item as it is. */
static inline void
tell(uint8_t why)
{
	matter.why = item.why = why;
	ck_assert_uint_eq(compose(), 1);
}

static inline void
has(const char *what)
{
	if (strstr(letter.text, what) == NULL)
		ck_abort_msg("no \"%s\" in \"%s\"", what, letter.text);
}

static inline void
has_not(const char *what)
{
	if (strstr(letter.text, what) != NULL)
		ck_abort_msg("\"%s\" in \"%s\"", what, letter.text);
}

#endif
