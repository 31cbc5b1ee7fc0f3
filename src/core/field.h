/* field.h - what may stand in a header field.  Plain functions without memory.
 */
#ifndef CRIER_FIELD_H
#define CRIER_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a text is a token: RFC 9110 section 5.6.2. */
bool field_is_name(const char *text, size_t length);

/* Whether a text has no CR, LF or NUL, nor any other control but tab: RFC 9110
 * section 5.5. */
bool field_is_value(const char *text, size_t length);

#endif
