/*
 * sender.h - letters on their way, all channels side by side, over libcurl
 *
 * One letter at a time on each channel; a channel that hangs holds up no other.
 * Certificates are always verified, redirects not followed, no proxy of the
 * environment used.  Never blocks but in sender_wait; a name is looked up in a
 * thread of libcurl's, which is left behind if it does not come back in time.
 * Belongs to one thread, but for sender_wake.
 */
#ifndef SENDER_H
#define SENDER_H

#include "gateway/sinks/robot.h"

#define SENDER_CONNECT_MS 3000 /* until a robot's connection is up */
#define SENDER_ANSWER_MS 5000 /* until all is done */

/* The same for all of a mail: ten questions and answers; some servers let those
 * wait who give a wrong password, and look into a mail before they take it. */
#define SENDER_MAIL_MS 8000

struct sender;

/* conf outlives it.  NULL with the reason if it can never work: a ca_file that
 * cannot be read, an address of a mail that is none. */
struct sender *sender_open(const struct notify_conf *conf, struct err *err);

/* NULL is fine; gives up what is under way.  Does not block, whatever a
 * resolver or a server does. */
void sender_close(struct sender *s);

bool sender_is_free(const struct sender *s, size_t channel);

/* Begins, on a channel that is free, the letter's own; its texts are copied.
 * now_ms: Unix, for signatures and dates. */
void sender_send(
    struct sender *s, size_t channel, const struct letter *l, int64_t now_ms);

/* What came of one that has ended: its channel, how long it took.  The channel
 * is free then.  False: none has. */
bool sender_done(struct sender *s, size_t *channel, struct robot_answer *a,
    int64_t *took_ms);

/* Waits until something ended on a channel, extra_fd is readable (-1: none),
 * somebody wakes it, or the time (monotonic) is there; sooner now and then. */
void sender_wait(struct sender *s, int extra_fd, int64_t until_ms);
void sender_wake(struct sender *s); /* any thread */

#endif
