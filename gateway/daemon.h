/*
 * daemon.h - `riser run`: everything started in order, the loop, and the stop
 */
#ifndef DAEMON_H
#define DAEMON_H

/* Runs the gateway of this configuration until SIGTERM or SIGINT.  SIGHUP reads
 * the file again.  Returns the exit code. */
int daemon_run(const char *conf_file);

#endif
