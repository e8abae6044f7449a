/*
 * fuzz_order.c - any bytes as an order, and what must hold
 *
 * The first byte is the verb, and whether an address names the alarm.  Either
 * there is an order, whose texts are bounded lines of whole characters; or a
 * sentence says what is wrong.  Nothing of the text stands in the sentence but
 * what was judged.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/alarm/order.h"
#include "gateway/base/utf8.h"

#define ADDRESSED 0x80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whole characters without control ones but for those allowed. */
static void
check_text(const char *text, size_t room, const char *allowed)
{
	size_t len = strnlen(text, room);

	assert(len < room);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_char(text + i, len - i);
		uint8_t c = (uint8_t)text[i];

		assert(n > 0);
		assert((c >= ' ' && c != 0x7f) || strchr(allowed, c));
		i += n;
	}
}

static void
check_order(const struct order *o)
{
	check_text(o->alarm, sizeof(o->alarm), "");
	check_text(o->by, sizeof(o->by), "");
	check_text(o->note, sizeof(o->note), "\t\n");
	assert(
	    strchr(o->alarm, '/') != NULL && strpbrk(o->alarm, "+#") == NULL);
	assert(o->by[0] != '\0' && strpbrk(o->by, "\"\\") == NULL);
	check_text(o->car, sizeof(o->car), "");
	assert((o->car[0] != '\0') == (o->verb == ORDER_CHECK));
	assert(strpbrk(o->car, "/+#\"\\ ") == NULL);
	assert(o->for_ms >= 0);
	assert(o->for_ms == 0 || o->verb == ORDER_SHELVE);
	if (o->verb == ORDER_SHELVE || o->verb == ORDER_RESET ||
	    o->verb == ORDER_OUT || o->verb == ORDER_NOTE)
		assert(o->note[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct order o = {0};
	char why[ORDER_WHY_MAX];
	bool addressed;

	if (size == 0)
		return 0;
	o.verb = (data[0] & ~ADDRESSED) % ORDER_VERBS;
	addressed = (data[0] & ADDRESSED) != 0;
	if (order_read(&o, addressed ? "lift-3-1/entrapment" : NULL,
		(const char *)data + 1, size - 1, why)) {
		assert(why[0] == '\0');
		check_order(&o);
	} else {
		assert(why[0] != '\0');
		check_text(why, sizeof(why), "");
	}
	return 0;
}
