// SPDX-License-Identifier: Apache-2.0
#include "core/http/codecs.h"

#include "core/base/check.h"
#include "core/http/h1_client.h"
#include "core/http/h1_server.h"

namespace herald::http {

std::unique_ptr<Codec> MakeServerCodec(Protocol protocol, const Limits& limits,
                                       RequestHandler& handler,
                                       CodecEvents& events) {
  HERALD_CHECK(protocol == Protocol::kHttp1, "HTTP/2 comes next");
  return std::make_unique<H1Server>(limits, handler, events);
}

std::unique_ptr<ClientCodec> MakeClientCodec(Protocol protocol,
                                             const Limits& limits,
                                             CodecEvents& events) {
  HERALD_CHECK(protocol == Protocol::kHttp1, "HTTP/2 comes next");
  return std::make_unique<H1Client>(limits, events);
}

}  // namespace herald::http
