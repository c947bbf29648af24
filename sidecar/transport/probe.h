// SPDX-License-Identifier: Apache-2.0
//
// A request of our own to a peer's sidecar: its load, or the agents it
// serves. It bears no agent's data and therefore needs no permit; nothing
// else may be sent this way, which is why paths are not an argument.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/http/exchange.h"
#include "sidecar/transport/carrier.h"

namespace herald::transport {

enum class ProbeKind {
  kLoad,      // HEAD /.herald/load
  kGreeting,  // GET /.herald/agents
};

// Owned by a PeerConnection; one request.
class Probe final : public http::StreamEvents {
 public:
  // Called with the answer; may destroy the probe.
  using Done =
      std::function<void(const http::ResponseHead&, const std::string& body)>;

  // REQUIRES: over.CanOpen().
  Probe(Carrier& over, ProbeKind kind, Done done);

  // Answered or failed.
  bool over() const { return over_; }

  void OnResponse(http::ResponseHead head, bool end) override;
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers) override { Finish(); }
  void OnSent(size_t) override {}
  void OnReset(http::Reset) override;

 private:
  void Finish();

  Done done_;
  http::ResponseHead head_;
  std::string body_;
  bool over_ = false;
  std::unique_ptr<http::Stream> stream_;
};

}  // namespace herald::transport
