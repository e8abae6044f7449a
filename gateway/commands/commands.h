/*
 * commands.h - the verbs of the command line
 *
 * Each takes its own arguments, argv[0] being its name, and returns the exit
 * code: 0 done; 1 what was asked for is wrong (a configuration, a name, a
 * value); 2 usage (which options and arguments there are); 3 it failed.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_WRONG = 1, EXIT_USAGE = 2, EXIT_FAILED = 3 };

int command_alarms(int argc, char *argv[]);
int command_check(int argc, char *argv[]);
int command_demo(int argc, char *argv[]);
int command_history(int argc, char *argv[]);
int command_help(int argc, char *argv[]);
int command_notify(int argc, char *argv[]);
int command_passwd(int argc, char *argv[]);
int command_plan(int argc, char *argv[]);
int command_read(int argc, char *argv[]);
int command_run(int argc, char *argv[]);
int command_scan(int argc, char *argv[]);
int command_sim(int argc, char *argv[]);
int command_top(int argc, char *argv[]);
int command_version(int argc, char *argv[]);

/* Says how COMMAND is used, on out; of all commands with NULL.  Returns
 * EXIT_USAGE if there is no such command. */
int command_usage(const char *command, FILE *out);

/* For a command that was used wrongly: prints the sentence and the usage to
 * stderr, returns EXIT_USAGE. */
int usage_error(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* For an argument or an option whose value is wrong: prints the sentence to
 * stderr, returns EXIT_WRONG. */
int value_error(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As usage_error, for what getopt_long gave: ':' where a value is missing, or
 * '?'. */
int usage_option(const char *command, int option, const char *given);

/* The command of this name, or of -h, --help or --version; or NULL. */
int (*command_find(const char *name))(int argc, char *argv[]);

#endif
