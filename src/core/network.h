/* network.h - whether an address is one of the internet at large.
 *
 * A host's name says nothing of where it leads: only the address that was found
 * for it does.  Functions without memory. */
#ifndef CRIER_NETWORK_H
#define CRIER_NETWORK_H

#include <stdbool.h>
#include <sys/socket.h>

/* Whether `address` leads to this machine, to its own link or into a private
 * network: RFC 6890, sections 2.2.2 and 2.2.3, what RFC 6598 shares among a
 * provider's customers, and an IPv4 address of these inside an IPv6 one.  An
 * address of another family does. */
bool network_is_private(const struct sockaddr *address);

/* Whether a proxy is named by any of the variables that libcurl reads. */
bool network_has_proxy(void);

#endif
