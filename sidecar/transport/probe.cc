// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/probe.h"

#include <utility>

namespace herald::transport {
namespace {

// A list of agents longer than this is no greeting.
constexpr size_t kLongestBody = 256 << 10;

http::RequestHead Request(ProbeKind kind) {
  http::RequestHead head;
  head.scheme = "https";
  head.authority = "herald";
  switch (kind) {
    case ProbeKind::kLoad:
      head.method = "HEAD";
      head.path = "/.herald/load";
      break;
    case ProbeKind::kGreeting:
      head.method = "GET";
      head.path = "/.herald/agents";
      break;
  }
  return head;
}

}  // namespace

Probe::Probe(Carrier& over, ProbeKind kind, Done done)
    : done_(std::move(done)), stream_(over.Open(Request(kind), true, this)) {}

void Probe::OnReset(http::Reset) {
  over_ = true;
  stream_.reset();
}

void Probe::OnResponse(http::ResponseHead head, bool end) {
  if (head.informational()) return;
  head_ = std::move(head);
  if (end) Finish();
}

void Probe::OnData(std::string_view data, bool end) {
  stream_->Consume(data.size());
  if (body_.size() + data.size() > kLongestBody) {
    over_ = true;
    return stream_.reset();
  }
  body_ += data;
  if (end) Finish();
}

void Probe::Finish() {
  over_ = true;
  stream_.reset();
  done_(head_, body_);
}

}  // namespace herald::transport
