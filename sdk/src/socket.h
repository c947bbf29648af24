// SPDX-License-Identifier: Apache-2.0
//
// Plain sockets, TCP and unix: to the sidecar, and for the sidecar to us.
#pragma once

#include <string>
#include <string_view>

#include "core/base/address.h"
#include "core/base/status.h"
#include "core/base/time.h"

namespace herald::sdk {

// "PATH", "unix:PATH" or "IP:PORT".
StatusOr<Address> ParsePlace(std::string_view text);

// Where the sidecar is: `configured`, else the environment's HERALD_SOCKET,
// else the default unix socket where there is one, else 127.0.0.1:15001.
StatusOr<Address> FindSidecar(const std::string& configured);

// A connected descriptor, close-on-exec.
StatusOr<int> Dial(const Address& address, Time deadline);

// A listening, non-blocking descriptor. A socket file that a dead process left
// behind is replaced; ours is for this user only (0600).
StatusOr<int> Listen(const Address& address);

// Where a listening descriptor really listens (port 0 resolved).
Address LocalAddress(int fd);

}  // namespace herald::sdk
