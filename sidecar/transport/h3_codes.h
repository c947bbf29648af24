// SPDX-License-Identifier: Apache-2.0
//
// HTTP/3's error codes (RFC 9114 §8.1) and what they mean to a caller.
#pragma once

#include <cstdint>
#include <optional>

#include "core/http/exchange.h"

namespace herald::transport {

inline constexpr uint64_t kH3NoError = 0x100;
inline constexpr uint64_t kH3InternalError = 0x102;
inline constexpr uint64_t kH3ExcessiveLoad = 0x107;
inline constexpr uint64_t kH3RequestRejected = 0x10b;
inline constexpr uint64_t kH3RequestCancelled = 0x10c;
inline constexpr uint64_t kH3MessageError = 0x10e;

// What we tell the other end.
uint64_t ToCode(http::Reset reason);

// What the other end told us. `vouches`: it may still claim not to have
// processed the request (a server that has not answered yet); anybody else's
// REQUEST_REJECTED proves nothing.
http::Reset FromCode(uint64_t code, bool vouches);

}  // namespace herald::transport
