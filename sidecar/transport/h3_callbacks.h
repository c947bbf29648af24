// SPDX-License-Identifier: Apache-2.0
//
// The tables of C functions by which nghttp3 calls an H3Session.
#pragma once

#include <nghttp3/nghttp3.h>

namespace herald::transport {

extern const nghttp3_callbacks kH3Callbacks;
// Reads an exchange's SendBuffer.
extern const nghttp3_data_reader kBodyReader;

}  // namespace herald::transport
