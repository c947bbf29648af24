// SPDX-License-Identifier: Apache-2.0
//
// The makers of codecs: what listener/ and sdk/ include. They see Codec and
// ClientCodec only.
#pragma once

#include <memory>

#include "core/http/codec.h"
#include "core/http/detect.h"
#include "core/http/exchange.h"
#include "core/http/message.h"

namespace herald::http {

// `handler` and `events` must outlive the codec. A codec being destroyed
// resets its open streams (kCancelled at a server end, kLost or kNotSent at a
// client end).
std::unique_ptr<Codec> MakeServerCodec(Protocol protocol, const Limits& limits,
                                       RequestHandler& handler,
                                       CodecEvents& events);

std::unique_ptr<ClientCodec> MakeClientCodec(Protocol protocol,
                                             const Limits& limits,
                                             CodecEvents& events);

}  // namespace herald::http
