/*
 * alarm_rows.h - what alarms do: rules, and what happens to them in time
 *
 * A row: at (minutes:seconds), what, the changes it gives, the state after it.
 * Changes that time gave since the row before bear theirs: raise@16:00.
 *
 *	load 81, door open		read anew
 *	load bad | stale | never	without a value
 *	load sim 81 | uncertain 81	with one
 *	!ack | !shelve 30m | !reset	an order of Wang's with a note; "done":
 *					it was already, "no: .." a part of the
 *					refusal
 *	!reset -			without a note
 *	@gateway/bus-down		suppressed by that; @ by nothing
 *	restart				all but what events tell is forgotten
 *
 * A state: * active, T test, C chatters, U unseen (hidden all the time), S
 * shelved, D suppressed by design, O out of service.
 */
#ifndef ALARM_ROWS_H
#define ALARM_ROWS_H

struct row {
	const char *at, *what, *changes, *state;
};

/* ---- levels and delays ---- */

static const struct row swings[] = {
    {"0:00", "load 79", "", "NORMAL"},
    {"1:00", "load 81", "", "NORMAL"},
    {"2:00", "load 79", "", "NORMAL"},
    {"3:00", "load 81", "", "NORMAL"},
    {"4:00", "load 79", "", "NORMAL"},
    {"5:00", "load 81", "", "NORMAL"},
    {"6:00", "load 79", "", "NORMAL"},
    {"7:00", "load 81", "", "NORMAL"},
    {"8:00", "load 79", "", "NORMAL"},
    {"9:00", "load 81", "", "NORMAL"},
    {"10:00", "load 79", "", "NORMAL"},
    {"11:00", "load 81", "", "NORMAL"},
    {"12:00", "load 79", "", "NORMAL"},
    {"13:00", "load 81", "", "NORMAL"},
    {"14:00", "load 79", "", "NORMAL"},
    {"15:00", "load 81", "", "NORMAL"},
    {"16:00", "load 79", "", "NORMAL"},
    {"17:00", "load 81", "", "NORMAL"},
    {"18:00", "load 79", "", "NORMAL"},
    {"19:00", "load 81", "", "NORMAL"},
    {"20:00", "load 79", "", "NORMAL"},
    {"60:00", "", "", "NORMAL"},
};

static const struct row holds[] = {
    {"0:00", "load 79", "", "NORMAL"},
    {"1:00", "load 82", "", "NORMAL"},
    {"5:00", "load 80", "", "NORMAL"},
    {"15:59.999", "load 82", "", "NORMAL"},
    {"17:00", "load 82", "raise@16:00", "UNACK*"},
    {"18:00", "load 99", "", "UNACK*"},
    {"20:00", "load 76", "", "UNACK*"},
    {"50:00", "load 75", "", "UNACK*"},
    {"51:00", "load 74", "", "UNACK*"},
    {"60:59.999", "load 74", "", "UNACK*"},
    {"61:30", "load 74", "clear@61:00", "RTNUN"},
    {"90:00", "!ack", "ack", "NORMAL"},
};

static const struct row band[] = {
    {"0:00", "load 85", "", "NORMAL"},
    {"15:00.001", "", "raise@15:00", "UNACK*"},
    {"16:00", "!ack", "ack", "ACKED*"},
    {"20:00", "load 74", "", "ACKED*"},
    {"29:00", "load 75", "", "ACKED*"},
    {"30:00", "load 74", "", "ACKED*"},
    {"39:00", "load 81", "", "ACKED*"},
    {"40:00", "load 70", "", "ACKED*"},
    {"50:01", "", "clear@50:00", "NORMAL"},
    {"51:00", "load 81", "", "NORMAL"},
    {"66:00", "load 79", "", "NORMAL"},
    {"67:00", "load 81", "", "NORMAL"},
    {"82:01", "load 79", "raise@82:00", "UNACK*"},
};

static const struct row at_once[] = {
    {"0:00", "load 10", "", "NORMAL"},
    {"0:01", "load 80", "raise", "UNACK*"},
    {"0:02", "load 79.9", "clear", "RTNUN"},
    {"0:03", "load 80", "raise", "UNACK*"},
    {"0:04", "!ack", "ack", "ACKED*"},
    {"0:05", "load 0", "clear", "NORMAL"},
};

/* `clear` holds all the time: it is not listened to while `when` holds. */
static const struct row contradiction[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"0:01", "load 90", "", "UNACK*"},
    {"9:00", "load 90", "", "UNACK*"},
    {"9:01", "load 10", "clear", "RTNUN"},
};

/* ---- what is not known ---- */

static const struct row paused[] = {
    {"0:00", "load 82", "", "NORMAL"},
    {"10:00", "load bad", "", "NORMAL"},
    {"11:00", "load stale", "", "NORMAL"},
    {"25:00", "load 82", "", "NORMAL"},
    {"29:59.999", "", "", "NORMAL"},
    {"30:01", "", "raise@30:00", "UNACK*"},
    {"31:00", "load 70", "", "UNACK*"},
    {"36:00", "load bad", "", "UNACK*"},
    {"46:00", "load 70", "", "UNACK*"},
    {"50:59.999", "", "", "UNACK*"},
    {"51:00", "", "clear", "RTNUN"},
};

static const struct row forgotten[] = {
    {"0:00", "load 82", "", "NORMAL"},
    {"10:00", "load bad", "", "NORMAL"},
    {"25:00.001", "load 82", "", "NORMAL"},
    {"40:00", "", "", "NORMAL"},
    {"41:00", "load 82", "raise@40:00.001", "UNACK*"},
    {"42:00", "load 70", "", "UNACK*"},
    {"51:00", "load bad", "", "UNACK*"},
    {"61:00.001", "load 70", "", "UNACK*"},
    {"71:00", "", "", "UNACK*"},
    {"72:00", "", "clear@71:00.001", "RTNUN"},
};

/* A short delay is kept for a minute all the same. */
static const struct row kept[] = {
    {"0:00", "load 82", "", "NORMAL"},
    {"0:04", "load bad", "", "NORMAL"},
    {"1:04", "load 82", "", "NORMAL"},
    {"1:05", "", "raise", "UNACK*"},
    {"1:06", "load 10", "clear", "RTNUN"},
    {"2:00", "load 82", "", "RTNUN"},
    {"2:04", "load bad", "", "RTNUN"},
    {"3:04.001", "load 82", "", "RTNUN"},
    {"3:09", "load 82", "", "RTNUN"},
    {"3:10", "", "raise@3:09.001", "UNACK*"},
};

static const struct row interrupted[] = {
    {"0:00", "load 82", "", "NORMAL"},
    {"10:00", "load bad", "", "NORMAL"},
    {"11:00", "load 79", "", "NORMAL"},
    {"12:00", "load bad", "", "NORMAL"},
    {"13:00", "load 82", "", "NORMAL"},
    {"27:59", "load 82", "", "NORMAL"},
    {"28:01", "load 82", "raise@28:00", "UNACK*"},
};

static const struct row never_raised[] = {
    {"0:00", "load never", "", "NORMAL"},
    {"1:00", "load bad", "", "NORMAL"},
    {"2:00", "load uncertain 99", "", "NORMAL"},
    {"3:00", "load stale", "", "NORMAL"},
    {"9:00", "", "", "NORMAL"},
    {"9:01", "load 99", "raise", "UNACK*"},
    {"9:02", "load bad", "", "UNACK*"},
    {"9:03", "load uncertain 10", "", "UNACK*"},
    {"9:04", "load stale", "", "UNACK*"},
    {"9:05", "load never", "", "UNACK*"},
    {"90:00", "", "", "UNACK*"},
    {"90:01", "load 10", "clear", "RTNUN"},
};

/* when: moving and door == open */
static const struct row two_inputs[] = {
    {"0:00", "moving false, door open", "", "NORMAL"},
    {"0:01", "moving bad", "", "NORMAL"},
    {"0:02", "moving true, door bad", "", "NORMAL"},
    {"0:10", "moving bad", "", "NORMAL"},
    {"0:11", "door open", "", "NORMAL"},
    {"0:12", "moving true", "raise", "UNACK*"},
    {"0:13", "moving bad, door closed", "", "UNACK*"},
    {"0:14", "moving true", "clear", "RTNUN"},
};

static const struct row no_number[] = {
    {"0:00", "load 0", "", "NORMAL"},
    {"0:01", "load -0", "", "NORMAL"},
    {"0:02", "load 0.5", "raise", "UNACK*"},
    {"0:03", "load -0", "", "UNACK*"},
    {"0:04", "load 5e-324", "", "UNACK*"},
    {"0:05", "load 2", "clear", "RTNUN"},
};

static const struct row no_sign[] = {
    {"0:00", "load 1", "", "NORMAL"},
    {"0:01", "load -0", "raise", "UNACK*"},
    {"0:02", "load -5e-324", "clear", "RTNUN"},
    {"0:03", "load 0", "raise", "UNACK*"},
};

static const struct row root[] = {
    {"0:00", "load -1", "", "NORMAL"},
    {"0:01", "load 4", "raise", "UNACK*"},
    {"0:02", "load -4", "", "UNACK*"},
    {"0:03", "load 1", "clear", "RTNUN"},
};

static const struct row simulated[] = {
    {"0:00", "load sim 90", "raise", "UNACK* T"},
    {"0:01", "load sim 10", "clear", "RTNUN T"},
    {"0:02", "!ack", "ack", "NORMAL T"},
    {"0:03", "load 90", "raise", "UNACK*"},
    {"0:04", "load sim 10", "clear", "RTNUN"},
    {"11:00", "load sim 90", "raise", "UNACK*"},
    {"20:00", "load 10", "clear", "RTNUN"},
    {"20:01", "!ack", "ack", "NORMAL"},
    {"40:00", "load sim 90", "raise", "UNACK* T"},
    {"40:01", "load 10", "clear", "RTNUN T"},
    {"40:02", "load 90", "raise", "UNACK*"},
};

/* ---- rates and drops ---- */

static const struct row falls[] = {
    {"0:00", "pressure 0.40", "", "NORMAL"},
    {"0:20", "pressure 0.10", "", "NORMAL"},
    {"0:30", "pressure 0.40", "", "NORMAL"},
    {"1:00", "pressure 0.38", "", "NORMAL"},
    {"1:30", "pressure 0.20", "", "NORMAL"},
    {"1:40", "pressure 0.10", "", "NORMAL"},
    {"1:50", "pressure -0.40", "raise", "UNACK*"},
    {"2:00", "pressure bad", "", "UNACK*"},
    {"2:30", "pressure 0.10", "clear", "RTNUN"},
    {"5:00", "pressure -9", "", "RTNUN"},
    {"5:10", "pressure -20", "", "RTNUN"},
    {"5:30", "pressure -20", "raise", "UNACK*"},
};

static const struct row bursts[] = {
    {"0:00", "pressure 0.30", "", "NORMAL"},
    {"0:30", "pressure 0.23", "", "NORMAL"},
    {"1:00", "pressure 0.21", "", "NORMAL"},
    {"1:05", "pressure 0.25", "", "NORMAL"},
    {"2:00", "pressure 0.30", "", "NORMAL"},
    {"2:10", "pressure 0.20", "", "NORMAL"},
    {"2:30", "pressure 0.20", "raise", "UNACK*"},
    {"3:11", "pressure 0.20", "clear", "UNACK"},
    {"3:12", "!ack", "ack", "LATCHED"},
    {"3:13", "!reset", "reset", "NORMAL"},
};

/* ---- acknowledging, latching, resetting ---- */

static const struct row returned[] = {
    {"0:00", "!ack", "no: nothing to acknowledge", "NORMAL"},
    {"0:01", "load 90", "raise", "UNACK*"},
    {"0:02", "load 10", "clear", "RTNUN"},
    {"0:03", "!reset", "no: does not latch", "RTNUN"},
    {"20:00", "load 90", "raise", "UNACK*"},
    {"20:01", "load 10", "clear", "RTNUN"},
    {"20:02", "!ack", "ack", "NORMAL"},
    {"20:03", "!ack", "done", "NORMAL"},
    {"40:00", "load 90", "raise", "UNACK*"},
    {"40:01", "!ack", "ack", "ACKED*"},
    {"40:02", "!ack", "done", "ACKED*"},
    {"40:03", "load 10", "clear", "NORMAL"},
    {"40:04", "!ack", "done", "NORMAL"},
    {"40:05", "!note", "note", "NORMAL"},
    {"40:06", "!note -", "no: \"note\" is missing", "NORMAL"},
};

static const struct row latch_acked_first[] = {
    {"0:00", "alarm_button true", "raise", "UNACK*"},
    {"0:01", "!reset", "no: condition still holds", "UNACK*"},
    {"0:02", "!ack", "ack", "ACKED*"},
    {"0:03", "!reset", "no: condition still holds", "ACKED*"},
    {"0:04", "alarm_button false", "clear", "LATCHED"},
    {"90:00", "alarm_button false", "", "LATCHED"},
    {"90:01", "!ack", "done", "LATCHED"},
    {"90:02", "!reset -", "no: \"note\" is missing: say why", "LATCHED"},
    {"90:03", "!reset", "reset", "NORMAL"},
    {"90:04", "!reset", "no: nothing to reset: it is NORMAL", "NORMAL"},
    {"90:05", "alarm_button true", "raise", "UNACK*"},
};

static const struct row latch_cleared_first[] = {
    {"0:00", "alarm_button true", "raise", "UNACK*"},
    {"0:01", "alarm_button false", "clear", "UNACK"},
    {"0:02", "!reset", "no: is to be acknowledged", "UNACK"},
    {"90:00", "alarm_button bad", "", "UNACK"},
    {"90:01", "!ack", "ack", "LATCHED"},
    {"90:02", "!ack", "done", "LATCHED"},
    {"90:03", "alarm_button true", "raise", "UNACK*"},
    {"90:04", "alarm_button false", "clear", "UNACK"},
    {"99:00", "alarm_button true", "raise", "UNACK*"},
    {"99:01", "!ack", "ack", "ACKED*"},
    {"99:02", "alarm_button false", "clear", "LATCHED"},
    {"99:03", "!reset", "reset", "NORMAL"},
};

/* ---- shelving, suppression, out of service ---- */

static const struct row shelves[] = {
    {"0:00", "!shelve 30m", "shelve", "NORMAL S"},
    {"1:00", "load 90", "raise", "UNACK* US"},
    {"2:00", "!shelve 31m", "no: for at most 30m", "UNACK* US"},
    {"3:00", "!shelve 2h", "no: for at most 30m", "UNACK* US"},
    {"4:00", "!shelve -", "no: \"note\" is missing", "UNACK* US"},
    {"29:59.999", "", "", "UNACK* US"},
    {"30:01", "", "unshelve@30:00", "UNACK*"},
    {"31:00", "!shelve 10m", "shelve", "UNACK* S"},
    {"35:00", "!shelve 30m", "shelve", "UNACK* S"},
    {"64:00", "load 10", "clear", "RTNUN S"},
    {"65:01", "", "unshelve@65:00", "RTNUN"},
    {"66:00", "!shelve 1m", "shelve", "RTNUN S"},
    {"66:01", "!unshelve", "unshelve", "RTNUN"},
    {"66:02", "!unshelve", "no: it is not shelved", "RTNUN"},
    {"66:03", "!shelve 10m", "shelve", "RTNUN S"},
    {"67:00", "load 90", "raise", "UNACK* S"},
    {"68:00", "load 10", "clear", "RTNUN S"},
    {"76:04", "!ack", "unshelve@76:03 ack", "NORMAL"},
    {"99:00", "", "", "NORMAL"},
    {"100:00", "!shelve", "shelve", "NORMAL S"}, /* all it may */
    {"130:01", "", "unshelve@130:00", "NORMAL"},
};

static const struct row never_shelved[] = {
    {"0:00", "!shelve 1s", "no: is not shelved", "NORMAL"},
    {"0:01", "alarm_button true", "raise", "UNACK*"},
    {"0:02", "!shelve 30m", "no: is not shelved", "UNACK*"},
    {"0:02", "!shelve", "no: is not shelved", "UNACK*"},
    {"0:03", "!unshelve", "no: it is not shelved", "UNACK*"},
    {"0:04", "!out-of-service", "no: call for help", "UNACK*"},
    {"0:05", "alarm_button false", "clear", "UNACK"},
    {"0:06", "!out-of-service", "no: call for help", "UNACK"},
    {"0:07", "!ack", "ack", "LATCHED"},
    {"0:08", "!reset", "reset", "NORMAL"},
    {"0:09", "!out-of-service", "out-of-service", "NORMAL O"},
};

static const struct row long_shelf[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"0:01", "!shelve 481m", "no: for at most 8h", "UNACK*"},
    {"0:02", "!shelve 8h", "shelve", "UNACK* S"},
    {"480:03", "", "unshelve@480:02", "UNACK*"},
    {"481:00", "!shelve", "shelve", "UNACK* S"}, /* an hour */
    {"541:01", "", "unshelve@541:00", "UNACK*"},
};

/* when: moving and door == open; suppress: service_mode == stopped */
static const struct row inspected[] = {
    {"0:00", "service_mode stopped, moving true, door open", "suppress raise",
	"UNACK* UD"},
    {"0:01", "service_mode bad", "", "UNACK* UD"},
    {"0:02", "service_mode stopped, door closed", "clear", "NORMAL D"},
    {"0:03", "door open", "raise", "UNACK* UD"},
    {"0:04", "service_mode normal", "unsuppress", "UNACK*"},
    {"0:05", "service_mode stopped, door closed", "suppress clear", "RTNUN D"},
    {"0:06", "!ack", "ack", "NORMAL D"},
    {"0:07", "service_mode normal", "unsuppress", "NORMAL"},
};

static const struct row in_the_middle[] = {
    {"0:00", "service_mode normal", "", "NORMAL"},
    {"0:01", "moving true, door open, service_mode bad", "raise", "UNACK*"},
    {"0:02", "service_mode stopped", "suppress", "UNACK* D"},
    {"0:03", "!ack", "ack", "ACKED* D"},
    {"0:04", "service_mode normal, door closed", "unsuppress clear", "NORMAL"},
};

/* when, suppress: the same */
static const struct row hidden_from_the_start[] = {
    {"0:00", "moving true, door open", "", "NORMAL"},
    {"0:04", "service_mode bad", "", "NORMAL"},
    {"0:09.999", "service_mode stopped", "suppress raise", "UNACK* UD"},
    {"0:11", "moving false", "clear", "NORMAL D"},
    {"0:12", "service_mode bad", "", "NORMAL D"},
    {"0:13", "moving true", "raise", "UNACK* UD"},
    {"0:14", "moving false", "clear", "NORMAL D"},
    {"0:14.500", "service_mode normal", "unsuppress", "NORMAL"},
    {"0:15", "restart", "", "NORMAL"},
    {"1:00", "service_mode never, moving true", "", "NORMAL"},
    {"1:01", "service_mode normal", "raise", "UNACK*"},
};

static const struct row waits_not_for_ever[] = {
    {"1:00", "moving true", "", "NORMAL"},
    {"1:05", "door open", "", "NORMAL"},
    {"1:09.999", "service_mode bad", "", "NORMAL"},
    {"1:12", "door closed", "raise@1:10 clear", "RTNUN"},
    {"1:13", "door open", "raise", "UNACK*"},
    {"1:14", "service_mode stopped", "suppress", "UNACK* D"},
};

static const struct row over_while_it_waited[] = {
    {"0:00", "moving true, door open", "", "NORMAL"},
    {"0:09", "door closed", "", "NORMAL"},
    {"0:20", "", "", "NORMAL"},
};

static const struct row a_life_waits_for_nothing[] = {
    {"0:00", "moving true, door open", "raise", "UNACK*"},
    {"0:01", "service_mode stopped", "suppress", "UNACK* D"},
};

static const struct row bus_down[] = {
    {"0:00", "@gateway/bus-down-shaft-3", "suppress", "NORMAL D"},
    {"0:01", "@gateway/bus-down-shaft-3", "", "NORMAL D"},
    {"0:02", "alarm_button true", "raise", "UNACK* UD"},
    {"0:03", "!shelve 30m", "no: is not shelved", "UNACK* UD"},
    {"0:04", "alarm_button false", "clear", "NORMAL D"},
    {"0:05", "!reset", "no: nothing to reset: it is NORMAL", "NORMAL D"},
    {"0:06", "alarm_button true", "raise", "UNACK* UD"},
    {"0:07", "@gateway/bus-down-shaft-4", "suppress", "UNACK* UD"},
    {"0:08", "!ack", "ack", "ACKED* UD"},
    {"0:09", "alarm_button false", "clear", "NORMAL D"},
    {"0:10", "@", "unsuppress", "NORMAL"},
    {"0:11", "@", "", "NORMAL"},
};

static const struct row out_of_service[] = {
    {"0:00", "!out-of-service -", "no: \"note\" is missing", "NORMAL"},
    {"0:01", "!out-of-service", "out-of-service", "NORMAL O"},
    {"0:02", "!out-of-service", "done", "NORMAL O"},
    {"0:03", "load 90", "raise", "UNACK* UO"},
    {"0:04", "load 10", "clear", "NORMAL O"},
    {"20:00", "load 90", "raise", "UNACK* UO"},
    {"20:01", "!shelve 1m", "shelve", "UNACK* USO"},
    {"20:02", "!in-service", "in-service", "UNACK* US"},
    {"21:02", "", "unshelve@21:01", "UNACK*"},
    {"21:03", "!in-service", "no: it is not out of service", "UNACK*"},
    {"21:04", "load 10", "clear", "RTNUN"},
};

/* ---- chatter ---- */

static const struct row chatters[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"1:00", "load 10", "clear", "RTNUN"},
    {"5:00", "load 90", "raise", "UNACK*"},
    {"6:00", "load 10", "clear", "RTNUN"},
    {"10:00", "load 90", "chatter", "UNACK* C3"},
    {"10:01", "load 10", "", "UNACK* C3"},
    {"10:02", "load 90", "", "UNACK* C4"},
    {"10:03", "!ack", "ack", "ACKED* C4"},
    {"10:04", "load 10", "", "ACKED* C4"},
    {"30:00", "load 90", "", "ACKED* C5"},
    {"30:01", "load 10", "", "ACKED* C5"},
    {"59:59.999", "", "", "ACKED* C5"},
    {"60:01", "", "calm@60:00", "NORMAL"},
    {"61:00", "load 90", "raise", "UNACK*"},
};

static const struct row too_slow[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"1:00", "load 10", "clear", "RTNUN"},
    {"5:00", "load 90", "raise", "UNACK*"},
    {"6:00", "load 10", "clear", "RTNUN"},
    {"10:00.001", "load 90", "raise", "UNACK*"},
    {"11:00", "load 10", "clear", "RTNUN"},
    {"14:59", "load 90", "chatter", "UNACK* C4"},
    {"44:59.001", "load 90", "calm@44:59", "UNACK*"},
    {"45:00", "load 10", "clear", "RTNUN"},
};

/* Each acknowledged and over in between: another occurrence each time. */
static const struct row over_occurrences[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"1:00", "!ack", "ack", "ACKED*"},
    {"2:00", "load 10", "clear", "NORMAL"},
    {"3:00", "load 90", "raise", "UNACK*"},
    {"4:00", "!ack", "ack", "ACKED*"},
    {"5:00", "load 10", "clear", "NORMAL"},
    {"6:00", "load 90", "chatter", "UNACK* C1"},
    {"7:00", "load 10", "", "UNACK* C1"},
    {"36:01", "", "calm@36:00", "RTNUN"},
};

static const struct row life[] = {
    {"0:00", "alarm_button true", "raise", "UNACK*"},
    {"0:01", "alarm_button false", "clear", "UNACK"},
    {"0:02", "alarm_button true", "raise", "UNACK*"},
    {"0:03", "alarm_button false", "clear", "UNACK"},
    {"0:04", "alarm_button true", "chatter", "UNACK* C3"},
    {"0:05", "alarm_button false", "", "UNACK* C3"},
    {"0:06", "alarm_button true", "", "UNACK* C4"},
    {"0:07", "!ack", "ack", "ACKED* C4"},
    {"0:08", "alarm_button false", "", "ACKED* C4"},
    {"0:10", "alarm_button true", "raise", "UNACK* C5"},
    {"0:11", "alarm_button false", "", "UNACK* C5"},
    {"0:12", "alarm_button true", "", "UNACK* C6"},
    {"0:13", "!ack", "ack", "ACKED* C6"},
    {"0:14", "alarm_button false", "", "ACKED* C6"},
    {"30:12", "", "calm", "LATCHED"},
    {"30:13", "!reset", "reset", "NORMAL"},
    /* who looked need not wait for calm, and what comes then is new */
    {"40:00", "alarm_button true", "raise", "UNACK*"},
    {"40:01", "alarm_button false", "clear", "UNACK"},
    {"40:02", "alarm_button true", "raise", "UNACK*"},
    {"40:03", "alarm_button false", "clear", "UNACK"},
    {"40:04", "alarm_button true", "chatter", "UNACK* C3"},
    {"40:05", "!ack", "ack", "ACKED* C3"},
    {"40:06", "!reset", "no: condition still holds", "ACKED* C3"},
    {"40:07", "alarm_button false", "", "ACKED* C3"},
    {"40:08", "!reset", "reset", "NORMAL"},
    {"40:09", "alarm_button true", "raise", "UNACK*"},
    {"40:10", "alarm_button false", "clear", "UNACK"},
    {"40:11", "alarm_button true", "raise", "UNACK*"},
    {"40:12", "alarm_button false", "clear", "UNACK"},
    {"40:13", "alarm_button true", "chatter", "UNACK* C3"},
    {"40:14", "alarm_button false", "", "UNACK* C3"},
    {"40:15", "!reset", "no: is to be acknowledged", "UNACK* C3"},
};

/* ---- the work chain ---- */

static const struct row work_chain[] = {
    {"0:00", "!respond", "no: it is NORMAL", "NORMAL"},
    {"0:01", "alarm_button true", "raise", "UNACK*"},
    {"0:02", "!respond", "respond", "UNACK*"},
    {"0:03", "!respond", "done", "UNACK*"},
    {"0:04", "!ack", "ack", "ACKED*"},
    {"0:05", "!arrive", "arrive", "ACKED*"},
    {"0:06", "!arrive", "done", "ACKED*"},
    {"0:07", "alarm_button false", "clear", "LATCHED"},
    {"0:08", "!rescue", "rescue", "NORMAL"},
    {"0:09", "!rescue", "done", "NORMAL"},
    {"0:10", "!false-alarm", "no: it is NORMAL", "NORMAL"},
    {"0:11", "!reset", "no: nothing to reset: it is NORMAL", "NORMAL"},
    {"20:00", "alarm_button true", "raise", "UNACK*"},
    {"20:01", "!false-alarm", "false-alarm", "ACKED*"},
    {"20:02", "!rescue", "no: was a false alarm", "ACKED*"},
    {"20:03", "!respond", "respond", "ACKED*"},
};

static const struct row looked_after[] = {
    {"0:00", "alarm_button true", "raise", "UNACK*"},
    {"0:01", "!rescue", "rescue", "ACKED*"},
    {"0:02", "!ack", "done", "ACKED*"},
    {"0:03", "!false-alarm", "no: ended with a rescue", "ACKED*"},
    {"0:04", "!reset", "no: condition still holds", "ACKED*"},
    {"0:05", "alarm_button bad", "", "ACKED*"},
    {"0:06", "alarm_button false", "clear", "NORMAL"},
    /* what comes then is new, and not the third of anything */
    {"0:07", "alarm_button true", "raise", "UNACK*"},
    {"0:08", "alarm_button false", "clear", "UNACK"},
    {"0:09", "!arrive", "arrive", "UNACK"},
    {"0:10", "!false-alarm", "false-alarm", "NORMAL"},
    {"0:11", "alarm_button true", "raise", "UNACK*"},
    {"0:12", "!respond", "respond", "UNACK*"},
    {"0:13", "!ack", "ack", "ACKED*"},
    {"0:14", "alarm_button false", "clear", "LATCHED"},
    {"0:15", "alarm_button true", "raise", "UNACK*"},
    {"0:16", "!rescue", "rescue", "ACKED*"},
    {"0:17", "restart", "", "ACKED*"},
    {"0:18", "alarm_button true", "", "ACKED*"},
    {"0:19", "alarm_button false", "clear", "NORMAL"},
};

/* Nobody who has looked waits for calm. */
static const struct row looked_after_chatter[] = {
    {"0:00", "alarm_button true", "raise", "UNACK*"},
    {"0:01", "alarm_button false", "clear", "UNACK"},
    {"0:02", "alarm_button true", "raise", "UNACK*"},
    {"0:03", "alarm_button false", "clear", "UNACK"},
    {"0:04", "alarm_button true", "chatter", "UNACK* C3"},
    {"0:05", "!rescue", "rescue", "ACKED* C3"},
    {"0:06", "alarm_button false", "clear", "NORMAL"},
    {"0:07", "alarm_button true", "raise", "UNACK*"},
    {"0:08", "alarm_button false", "clear", "UNACK"},
    {"0:09", "alarm_button true", "raise", "UNACK*"},
    {"0:10", "alarm_button false", "clear", "UNACK"},
    {"0:11", "alarm_button true", "chatter", "UNACK* C3"},
    {"0:12", "alarm_button false", "", "UNACK* C3"},
    {"0:13", "!false-alarm", "false-alarm", "NORMAL"},
    {"40:00", "", "", "NORMAL"},
};

/* Of one that does not latch it is an acknowledgement and no more. */
static const struct row looked_at[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"0:01", "!false-alarm", "false-alarm", "ACKED*"},
    {"0:02", "load 10", "clear", "NORMAL"},
    {"20:00", "load 90", "raise", "UNACK*"},
    {"20:01", "load 10", "clear", "RTNUN"},
    {"20:02", "!rescue", "rescue", "NORMAL"},
    {"40:00", "load 90", "raise", "UNACK*"},
    {"40:01", "!ack", "ack", "ACKED*"},
    {"40:02", "!rescue", "rescue", "ACKED*"},
    {"40:03", "load 10", "clear", "NORMAL"},
};

/* It came again after that: whoever looks again has acknowledged it again. */
static const struct row looked_at_twice[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"0:01", "load 10", "clear", "RTNUN"},
    {"0:02", "load 90", "raise", "UNACK*"},
    {"0:03", "load 10", "clear", "RTNUN"},
    {"0:04", "load 90", "chatter", "UNACK* C3"},
    {"0:05", "!rescue", "rescue", "ACKED* C3"},
    {"0:06", "load 10", "", "ACKED* C3"},
    {"0:07", "load 90", "raise", "UNACK* C4"},
    {"0:08", "!rescue", "ack", "ACKED* C4"},
    {"0:09", "!rescue", "done", "ACKED* C4"},
};

/* ---- a release: door == open ---- */

static const struct row released[] = {
    {"0:00", "alarm_button true, door closed", "raise", "UNACK*"},
    {"0:01", "!ack", "ack", "ACKED*"},
    {"0:02", "door open", "", "ACKED*"},
    {"0:03", "door closed", "", "ACKED*"},
    {"0:04", "alarm_button false", "clear", "LATCHED"},
    {"0:05", "door bad", "", "LATCHED"},
    {"0:06", "door uncertain open", "", "LATCHED"},
    {"9:00", "door open", "release", "NORMAL"},
    {"9:01", "!reset", "no: nothing to reset: it is NORMAL", "NORMAL"},
    {"20:00", "alarm_button true", "raise", "UNACK*"},
    {"20:01", "!ack", "ack", "ACKED*"},
    {"20:02", "alarm_button false", "clear release", "NORMAL"},
};

/* Not before somebody knows of it. */
static const struct row released_unheard[] = {
    {"0:00", "alarm_button true, door closed", "raise", "UNACK*"},
    {"0:01", "alarm_button false", "clear", "UNACK"},
    {"0:02", "door open", "", "UNACK"},
    {"90:00", "", "", "UNACK"},
    {"90:01", "door closed", "", "UNACK"},
    {"90:02", "!ack", "ack", "LATCHED"},
    {"90:03", "door open", "release", "NORMAL"},
    {"99:00", "alarm_button true", "raise", "UNACK*"},
    {"99:01", "alarm_button false", "clear", "UNACK"},
    {"99:02", "!ack", "ack release", "NORMAL"},
};

static const struct row released_later[] = {
    {"0:00", "alarm_button true, door open", "raise", "UNACK*"},
    {"0:01", "!ack", "ack", "ACKED*"},
    {"0:02", "restart", "", "ACKED*"},
    {"0:03", "alarm_button bad, door bad", "", "ACKED*"},
    {"0:04", "alarm_button false", "clear", "LATCHED"},
    {"0:05", "restart", "", "LATCHED"},
    {"0:06", "door bad", "", "LATCHED"},
    {"0:07", "door sim open", "release", "NORMAL"},
};

/* Nobody looked, so what comes then may be the third of them. */
static const struct row released_chatter[] = {
    {"0:00", "alarm_button true, door open", "raise", "UNACK*"},
    {"0:01", "!ack", "ack", "ACKED*"},
    {"0:02", "alarm_button false", "clear release", "NORMAL"},
    {"0:03", "alarm_button true", "raise", "UNACK*"},
    {"0:04", "alarm_button false", "clear", "UNACK"},
    {"0:05", "!ack", "ack release", "NORMAL"},
    {"0:06", "alarm_button true, door closed", "chatter", "UNACK* C1"},
    {"0:07", "alarm_button false", "", "UNACK* C1"},
    {"0:08", "door open", "", "UNACK* C1"},
    {"0:09", "door closed", "", "UNACK* C1"},
    {"0:10", "!ack", "ack", "ACKED* C1"},
    {"0:11", "door open", "release", "NORMAL"},
    {"40:00", "", "", "NORMAL"},
};

/* ---- a restart ---- */

static const struct row restarts[] = {
    {"0:00", "load 90", "raise", "UNACK*"},
    {"0:01", "restart", "", "UNACK*"},
    {"0:02", "load bad", "", "UNACK*"},
    {"0:03", "!ack", "ack", "ACKED*"},
    {"0:04", "!shelve 10m", "shelve", "ACKED* S"},
    {"0:05", "restart", "", "ACKED* S"},
    {"0:06", "!ack", "done", "ACKED* S"},
    {"0:07", "load 90", "", "ACKED* S"},
    {"10:05", "restart", "unshelve@10:04", "ACKED*"},
    {"10:06", "load 10", "clear", "NORMAL"},
    {"10:07", "restart", "", "NORMAL"},
};

static const struct row chatter_restarts[] = {
    {"0:00", "alarm_button true", "raise", "UNACK*"},
    {"0:01", "alarm_button false", "clear", "UNACK"},
    {"0:02", "restart", "", "UNACK"},
    {"0:03", "alarm_button true", "raise", "UNACK*"},
    {"0:04", "alarm_button false", "clear", "UNACK"},
    {"0:05", "alarm_button true", "raise", "UNACK*"},
    {"0:06", "alarm_button false", "clear", "UNACK"},
    {"0:07", "alarm_button true", "chatter", "UNACK* C4"},
    {"0:08", "alarm_button false", "", "UNACK* C4"},
    {"20:00", "restart", "", "UNACK* C4"},
    {"20:01", "alarm_button false", "", "UNACK* C4"},
    {"50:01", "", "calm@50:00", "UNACK"},
};

#endif
