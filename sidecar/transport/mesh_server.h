// SPDX-License-Identifier: Apache-2.0
//
// The former name of server.h.
#pragma once

#include "sidecar/transport/server.h"

namespace herald::transport {

using MeshServer = Server;

}  // namespace herald::transport
