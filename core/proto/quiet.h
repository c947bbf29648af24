// SPDX-License-Identifier: Apache-2.0
//
// While it lives protobuf writes nothing on standard error. What a peer sends
// may be garbage; refusing it is our answer, and a line a message would let a
// stranger fill our logs.
#pragma once

#include <google/protobuf/stubs/logging.h>

namespace herald::proto {

using Quiet = google::protobuf::LogSilencer;

}  // namespace herald::proto
