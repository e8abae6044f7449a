/*
 * lift_parts.h - what the parts of the lift's model share: lift.c moves it,
 * lift_people.c uses it, lift_stop.c stops it
 */
#ifndef LIFT_PARTS_H
#define LIFT_PARTS_H

#include "gateway/sim/lift.h"

#define LIFT_STEP_S (LIFT_STEP_MS / 1000.0)
#define LIFT_FLOOR_M 2.9 /* storey of a dwelling house */
#define LIFT_DOOR_S 2.2
#define LIFT_OPEN_S 4.0
#define LIFT_PERSON_PCT 11 /* 70 kg of 630 kg */

/* ---- lift.c ---- */

int lift_landing(const struct lift *l); /* the nearest */
double lift_off_m(const struct lift *l); /* from it */
void lift_set_door(struct lift *l, enum lift_phase phase, double seconds);
void lift_go(struct lift *l, int landing); /* opens where it is already */

/* One step towards goal_m at a steady speed; true: it is there. */
bool lift_creep(struct lift *l, double goal_m, double speed_ms);

/* ---- lift_people.c ---- */

/* Time passes for those who wait, play and clean. */
void lift_pass(struct lift *l, double time_s);
void lift_idle(struct lift *l, double time_s);
void lift_open(struct lift *l); /* the door has been open long enough */
void lift_closing(struct lift *l);
void lift_leave(struct lift *l); /* all get out */
void lift_tidy(struct lift *l); /* no tricks with the door any more */

/* ---- lift_stop.c ---- */

void lift_stumble(struct lift *l); /* perhaps it halts on its way */
void lift_lock_out(struct lift *l);
void lift_halted(struct lift *l);
void lift_unpowered(struct lift *l);
void lift_starting(struct lift *l);
void lift_homing(struct lift *l);
bool lift_is_serviced(const struct lift *l, double time_s);
void lift_begin_service(struct lift *l);
void lift_service(struct lift *l, double time_s);

#endif
