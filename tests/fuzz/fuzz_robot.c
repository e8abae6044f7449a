/*
 * fuzz_robot.c - any bytes as a robot's answer, and what must hold
 *
 * The first two bytes choose the robot, the status and the clock.  Sent is only
 * what the robot took; a sentence is one clean line that has the host and no
 * secret of the url, however the answer repeats it.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/sinks/robot.h"

#define SECRET "5ecre7Token"
#define URL "https://user:" SECRET "@h.example/hook/" SECRET "?key=" SECRET

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const long statuses[] = {
    200, 200, 204, 302, 400, 404, 408, 429, 500, 503, 0, 999};
static const int64_t clocks[] = {ROBOT_NO_CLOCK, 0, 7200000, -7200000};

static void
check_sentence(const struct robot_answer *a)
{
	size_t len = strnlen(a->why, sizeof(a->why));

	assert(len < sizeof(a->why));
	assert((len == 0) == (a->verdict == ROBOT_SENT));
	assert(len == 0 || strncmp(a->why, "h.example ", 10) == 0);
	assert(strstr(a->why, SECRET) == NULL);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_char(a->why + i, len - i);
		uint8_t c = (uint8_t)a->why[i];

		assert(n > 0 && c >= ' ' && c != 0x7f);
		i += n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notify_channel c = {.url = URL};
	struct robot_reply r = {0};
	struct robot_answer a;

	if (size < 2)
		return 0;
	c.type = data[0] % CHANNEL_EMAIL;
	r.ahead_ms = clocks[data[0] / CHANNEL_EMAIL % 4];
	r.status = statuses[data[1] % 12];
	r.retry_after_ms = data[1] / 12 * 60000;
	r.body = (const char *)data + 2;
	r.len = size - 2;
	robot_judge(&c, &r, &a);
	check_sentence(&a);
	if (a.verdict == ROBOT_SENT)
		assert(r.status / 100 == 2 &&
		    (c.type == CHANNEL_WEBHOOK || a.code == 0));
	assert((a.retry_after_ms > 0) == (a.verdict == ROBOT_BUSY));
	assert(a.retry_after_ms <= 600000);
	return 0;
}
