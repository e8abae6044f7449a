/*
 * stage.h - what people can let happen to a simulated device
 *
 * They write a number to register u of unit 255.  Its tens say what happens to
 * unit u, its last digit how that answers meanwhile (enum bank_mood):
 * 10 a cut, 11 a cut with which the meter falls silent, 61 a stuck lift that
 * is silent, too.  What happens ends when another number is written, the way it
 * would in life.
 *
 * These numbers are people's: append, never renumber.
 */
#ifndef STAGE_H
#define STAGE_H

enum stage {
	STAGE_NOTHING = 0, /* everyday life */

	/* a meter's: what hangs on it (fed_by) has no supply */
	STAGE_CUT = 10, /* it, the meters and the lifts' boards behind it go on
			   by a UPS */
	STAGE_BLACKOUT = 20, /* it alone goes on */
	STAGE_L1_LOST = 30,
	STAGE_L2_LOST = 40,
	STAGE_L3_LOST = 50,

	/* a lift's */
	STAGE_TRAPPED = 60, /* stops between floors with people in it */
	STAGE_TRAPPED_TOLD = 70, /* and its controller says so */
	STAGE_STUCK_EMPTY = 80,
	STAGE_INSPECTION = 90,
	STAGE_LOCKED_OUT = 100, /* by its safety chain, at a landing */
	STAGE_NO_RESTART = 110, /* lives on, until a cut */
	STAGE_BUSY = 120, /* people ride in it all the time */
	STAGE_QUIET = 130, /* nobody calls it */
};

#define STAGE_TENS 10

/* What a device can take is a set of these. */
#define STAGE_BIT(stage) (1u << (stage) / STAGE_TENS)
#define STAGES_OF_METER                                                        \
	(STAGE_BIT(STAGE_CUT) | STAGE_BIT(STAGE_BLACKOUT) |                    \
	    STAGE_BIT(STAGE_L1_LOST) | STAGE_BIT(STAGE_L2_LOST) |              \
	    STAGE_BIT(STAGE_L3_LOST))
#define STAGES_OF_LIFT                                                         \
	(STAGE_BIT(STAGE_TRAPPED) | STAGE_BIT(STAGE_TRAPPED_TOLD) |            \
	    STAGE_BIT(STAGE_STUCK_EMPTY) | STAGE_BIT(STAGE_INSPECTION) |       \
	    STAGE_BIT(STAGE_LOCKED_OUT) | STAGE_BIT(STAGE_NO_RESTART) |        \
	    STAGE_BIT(STAGE_BUSY) | STAGE_BIT(STAGE_QUIET))

#endif
