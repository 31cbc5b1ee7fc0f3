/* verdict.h - the names of libcurl's result codes. */
#ifndef CRIER_VERDICT_H
#define CRIER_VERDICT_H

#include <curl/curl.h>

/* The name of `code` without its prefix, such as "OPERATION_TIMEDOUT";
 * "OTHER" for a code that no http or https request ends with. */
const char *verdict_name(CURLcode code);

#endif
