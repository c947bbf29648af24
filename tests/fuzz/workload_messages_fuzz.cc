// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the body of a Workload API's answer. Besides not crashing: cut
// anywhere they are the same messages, and what is taken for an identity has
// the name that was asked for.
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "sidecar/identity/grpc_frames.h"
#include "sidecar/identity/svids.h"

using herald::identity::GrpcFrames;
using herald::identity::IdentityOf;

namespace {

std::vector<std::string> Messages(std::string_view bytes, size_t piece) {
  std::vector<std::string> out;
  GrpcFrames frames;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    frames.Feed(bytes.substr(at, piece));
    while (true) {
      auto next = frames.Next();
      if (!next.ok()) return out;
      if (!next->has_value()) break;
      out.push_back(**next);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string body(reinterpret_cast<const char*>(bytes), size);
  const std::vector<std::string> messages = Messages(body, body.size() + 1);
  HERALD_CHECK(messages == Messages(body, 7), "cuts do not show");
  const std::string id = "spiffe://acme.example/ns/claims/sa/planner";
  const herald::WallTime now(std::chrono::seconds(1767225600));
  for (const std::string& message : messages) {
    auto any = IdentityOf(message, {}, "place", now);
    auto ours = IdentityOf(message, {"", id}, "place", now);
    HERALD_CHECK(any.ok() || !any.status().message().empty(),
                 "a refusal says why");
    HERALD_CHECK(!ours.ok() || (*ours)->id().text() == id,
                 "an identity is the one that was asked for");
  }
  return 0;
}
