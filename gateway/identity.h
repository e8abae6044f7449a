/*
 * identity.h - whether a device is the model that its profile is for
 *
 * Another model at the right address answers every question, and each answer
 * means something else.  So until a device has said who it is, and whenever it
 * says it is somebody else, its values are not used: bad:identity.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "gateway/conf/conf.h"
#include "gateway/poll/bus.h"

enum identity_state { IDENTITY_RIGHT, IDENTITY_UNKNOWN, IDENTITY_WRONG };

struct identity {
	uint8_t state; /* enum identity_state */
	uint8_t told; /* the same: what people were told last */
	bool silent; /* it was asked who it is, and did not say */
};

/* What the answer to an identity's question says: its words from the identity's
 * first on, or NULL and the exception.  False with a sentence in why if this is
 * another model. */
#define IDENTITY_WHY 512
bool identity_judge(const struct conf_profile *p, const uint16_t *words,
    uint8_t exception, char why[IDENTITY_WHY]);

/* At the start, and when it was away: somebody else may come back.  A device
 * whose profile knows no identity is always right. */
void identity_forget(struct identity *id, const struct conf_device *d);

/* What became of q, the device's identity request.  A refusal is wrong: the
 * model that is meant has the register.  Silence says nothing, nor does a
 * gateway that does not reach it.  Logs a change for the worse and back.  True
 * if the state changed. */
bool identity_take(struct identity *id, const struct conf_device *d,
    const struct plan_request *q, const struct answer *a);

/* An answer of the device was not used, for it is not known to be right.  Logs
 * once that it does not say who it is, if that is why. */
void identity_doubt(struct identity *id, const struct conf_device *d);

#endif
