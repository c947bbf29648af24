// SPDX-License-Identifier: Apache-2.0
#include "core/http/codecs.h"

#include "core/http/h1_client.h"
#include "core/http/h1_server.h"
#include "core/http/h2_client.h"
#include "core/http/h2_server.h"

namespace herald::http {

std::unique_ptr<Codec> MakeServerCodec(Protocol protocol, const Limits& limits,
                                       RequestHandler& handler,
                                       CodecEvents& events) {
  switch (protocol) {
    case Protocol::kHttp1:
      return std::make_unique<H1Server>(limits, handler, events);
    case Protocol::kHttp2:
      return std::make_unique<H2Server>(limits, handler, events);
  }
  return nullptr;
}

std::unique_ptr<ClientCodec> MakeClientCodec(Protocol protocol,
                                             const Limits& limits,
                                             CodecEvents& events) {
  switch (protocol) {
    case Protocol::kHttp1:
      return std::make_unique<H1Client>(limits, events);
    case Protocol::kHttp2:
      return std::make_unique<H2Client>(limits, events);
  }
  return nullptr;
}

}  // namespace herald::http
