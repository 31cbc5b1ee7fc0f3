/* lsending.h - readers of what a batch is answered with; functions of
 * core.connector. */
#ifndef CRIER_LSENDING_H
#define CRIER_LSENDING_H

#include "bind.h"

/* id = connector.read_sending(response): of `send_to_…`; nil without one */
int lsending_read_id(lua_State *L);

/* state, err, code = connector.read_state(response): of `sending_state` */
int lsending_read_state(lua_State *L);

/* page, err, code = connector.read_failures(response): of `failed_entries` */
int lsending_read_failures(lua_State *L);

/* Makes the metatables that these need. */
void lsending_open(lua_State *L);

#endif
