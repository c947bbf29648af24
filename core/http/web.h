// SPDX-License-Identifier: Apache-2.0
//
// The seam to servers that are not of the mesh: a cluster's API server, an
// etcd, the page where an agent of ours keeps its card. A request is started,
// then its answer is heard piece by piece, which may take as long as a watch
// lives. core/net/web_client.h is the real side, tests/support/fake_web.h the
// tests'.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/http/message.h"

namespace herald::http {

struct WebRequest {
  // Method, path and headers. Scheme, and an empty authority, are filled in by
  // the Web; so is the length of the body.
  RequestHead head;
  std::string body;
};

// Never called from inside Start. The call may be destroyed inside any of
// these.
class WebEvents {
 public:
  virtual ~WebEvents() = default;
  // The final head (informational ones are passed over), whatever its status.
  virtual void OnHead(const ResponseHead& head) = 0;
  // Valid during the call; what was handed over is consumed.
  virtual void OnBody(std::string_view piece) = 0;
  // Fields after the body, where there are any (a status of gRPC's).
  virtual void OnTrailers(const Headers&) {}
  // The last event. Ok: the answer is whole. Else kUnavailable (nobody there,
  // connection lost, TLS refused); the text names the server and says why.
  virtual void OnEnd(const Status& how) = 0;
};

// A request under way. Destroying it gives it up; nothing is told after that.
class WebCall {
 public:
  virtual ~WebCall() = default;
};

// One server (or several that are as good as one). Owned by whoever assembles;
// outlives its calls. One thread, that of the loop.
class Web {
 public:
  virtual ~Web() = default;
  // Waits as long as it takes to connect within the Web's own patience; has no
  // deadline of its own afterwards. `events` outlives the call.
  virtual std::unique_ptr<WebCall> Start(WebRequest request,
                                         WebEvents& events) = 0;
};

}  // namespace herald::http
