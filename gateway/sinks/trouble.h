/*
 * trouble.h - why a transfer of libcurl's came to nothing, in words
 */
#ifndef TROUBLE_H
#define TROUBLE_H

#include <curl/curl.h>

#include "gateway/sinks/robot.h"

/* easy: after the transfer; error: its CURLOPT_ERRORBUFFER.  The times are
 * those of SENDER_... or of whoever set them. */
void trouble_judge(CURL *easy, CURLcode code, const char *error,
    const struct notify_channel *c, struct robot_answer *a);

#endif
