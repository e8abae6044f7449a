/* driver.c - see driver.h */
#include <string.h>

#include "drivers/driver.h"
#include "drivers/modbus_wait.h"

const struct driver *
driver_for(const char *scheme)
{
	for (const struct driver *const *d = drivers; *d != NULL; d++)
		for (const char *const *s = (*d)->schemes; *s != NULL; s++)
			if (strcmp(*s, scheme) == 0)
				return *d;
	return NULL;
}

enum driver_verdict
driver_ask(const struct driver *d, struct driver_link *l,
    const struct driver_request *q, struct driver_reply *r)
{
	enum driver_verdict verdict;

	r->heard = false;
	verdict = d->ask(l, q, r);
	while (verdict == DRIVER_ASKED) {
		struct driver_wait w;

		d->awaits(l, &w);
		modbus_wait(w.fd, w.events, w.until_us);
		verdict = d->hear(l, r);
	}
	return verdict;
}
