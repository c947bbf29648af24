// SPDX-License-Identifier: Apache-2.0
//
// The table of C functions by which ngtcp2 calls a Connection. Apart from it
// so that connection.cc reads as what a connection does.
#pragma once

#include <ngtcp2/ngtcp2.h>

namespace herald::transport {

extern const ngtcp2_callbacks kCallbacks;

}  // namespace herald::transport
