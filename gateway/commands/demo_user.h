/*
 * demo_user.h - somebody who may log in at a demo's page
 */
#ifndef DEMO_USER_H
#define DEMO_USER_H

#include "gateway/base/buf.h"

#define DEMO_USER "demo"
#define DEMO_PASSWORD_MAX 16

/* A new password, such as "kova-mitu-rese". */
void demo_user_password(char password[DEMO_PASSWORD_MAX]);

/* Writes FOLDER/users with the user above, who is on duty; -1 and told. */
int demo_user_write(const char *folder, const char *password);

/* The configuration in text, with that file named in its web. */
void demo_user_name(struct buf *text);

#endif
