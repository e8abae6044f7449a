/*
 * thread.h - the threads that ask
 */
#ifndef THREAD_H
#define THREAD_H

/* Starts one that nobody waits for, with no signals: those are the loop's.
 * Returns 0 or an errno. */
int thread_start(void *(*run)(void *), void *arg);

#endif
