/*
 * sender.h - letters on their way, all channels side by side, over libcurl
 *
 * One letter at a time on each channel; a channel that hangs holds up no other.
 * Certificates are always verified, redirects not followed, no proxy of the
 * environment used.  Never blocks but in sender_wait; DNS is libcurl's own
 * thread.  Belongs to one thread, but for sender_wake.
 */
#ifndef SENDER_H
#define SENDER_H

#include "gateway/sinks/robot.h"

#define SENDER_CONNECT_MS 3000
#define SENDER_ANSWER_MS 5000 /* until all is done */

struct sender;

struct sender *sender_open(const struct notify_conf *conf, struct err *err);
void sender_close(
    struct sender *s); /* NULL is fine; gives up what is under way */

bool sender_is_free(const struct sender *s, size_t channel);

/* Begins; the letter's texts are copied.  now_ms: Unix, for signatures. */
void sender_send(
    struct sender *s, size_t channel, const struct letter *l, int64_t now_ms);

/* What came of one that has ended: its channel, how long it took.  False: none
 * has. */
bool sender_done(struct sender *s, size_t *channel, struct robot_answer *a,
    int64_t *took_ms);

/* Waits until something happens on a channel, extra_fd is readable (-1: none),
 * somebody wakes it, or the time (monotonic) is there. */
void sender_wait(struct sender *s, int extra_fd, int64_t until_ms);
void sender_wake(struct sender *s); /* any thread */

#endif
