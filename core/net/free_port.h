// SPDX-License-Identifier: Apache-2.0
//
// A port of 127.0.0.1 that nobody has now, at or after a wished one. For
// `herald dev`, where a taken port should not keep anybody from trying things.
#pragma once

#include <cstdint>

#include "core/base/status.h"

namespace herald::net {

StatusOr<uint16_t> FreeTcpPort(uint16_t from);
StatusOr<uint16_t> FreeUdpPort(uint16_t from);

}  // namespace herald::net
