/* verdict.c - see verdict.h */
#include "gateway/poll/verdict.h"

#include <assert.h>

struct quality
verdict_quality(enum driver_verdict verdict, uint8_t exception)
{
	static const uint8_t codes[DRIVER_VERDICT_COUNT] = {
	    [DRIVER_TIMEOUT] = QUALITY_BAD_TIMEOUT,
	    [DRIVER_CRC] = QUALITY_BAD_CRC,
	    [DRIVER_EXCEPTION] = QUALITY_BAD_EXCEPTION,
	    [DRIVER_BAD] = QUALITY_BAD_CRC,
	    [DRIVER_BUS] = QUALITY_BAD_BUS,
	    [DRIVER_NOISE] = QUALITY_BAD_BUS,
	};
	struct quality q = {.code = codes[verdict]};

	assert(q.code != QUALITY_NEVER); /* an answer, or none was asked for */
	if (q.code == QUALITY_BAD_EXCEPTION)
		q.detail = exception;
	return q;
}

bool
verdict_refuses(enum driver_verdict verdict, uint8_t exception)
{
	return verdict == DRIVER_EXCEPTION && exception >= 1 && exception <= 3;
}

bool
verdict_is_answer(enum driver_verdict verdict, uint8_t exception)
{
	return verdict == DRIVER_OK ||
	    (verdict == DRIVER_EXCEPTION && exception != 10 && exception != 11);
}

bool
verdict_is_pathless(enum driver_verdict verdict, uint8_t exception)
{
	return verdict == DRIVER_EXCEPTION && exception == 10;
}

bool
verdict_is_busy(enum driver_verdict verdict, uint8_t exception)
{
	return verdict == DRIVER_EXCEPTION &&
	    (exception == 5 || exception == 6);
}
