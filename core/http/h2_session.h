// SPDX-License-Identifier: Apache-2.0
//
// nghttp2's session with our options, settings and callbacks. Apart from
// H2End so that what we asked of the library stands on one page.
#pragma once

#include "core/http/message.h"
#include "nghttp2/nghttp2.h"

namespace herald::http {

class H2End;

// The caller deletes it with nghttp2_session_del, before `end` goes.
nghttp2_session* MakeH2Session(bool server, const Limits& limits, H2End* end);

// Reads bodies from the exchange's outbox.
nghttp2_data_provider2 H2BodySource();

}  // namespace herald::http
