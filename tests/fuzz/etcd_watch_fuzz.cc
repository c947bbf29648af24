// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the answer to an etcd's watch, and what its keys say as peers.
// Besides not crashing: how the bytes are cut does not matter, and a peer that
// comes out can be relied on.
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/spiffe_id.h"
#include "discovery/etcd/peer_value.h"
#include "discovery/etcd/watch_decoder.h"

namespace {

using herald::etcd::WatchDecoder;
using herald::etcd::WatchMessage;

struct Fed {
  bool ok = true;
  std::vector<WatchMessage> messages;
};

Fed Feed(std::string_view bytes, size_t piece) {
  WatchDecoder decoder;
  Fed out;
  while (!bytes.empty()) {
    const std::string_view now = bytes.substr(0, piece);
    out.ok = decoder.Feed(now, out.messages).ok();
    bytes.remove_prefix(now.size());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const Fed whole = Feed(text, text.size());
  const Fed cut = Feed(text, 7);
  HERALD_CHECK(
      whole.ok == cut.ok && whole.messages.size() == cut.messages.size(),
      "one stream has one reading");
  for (const WatchMessage& message : whole.messages) {
    for (const auto& change : message.changes) {
      if (!change.value) continue;
      const auto peer = herald::etcd::ReadPeerValue("peer", *change.value);
      HERALD_CHECK(peer.ways.empty() || peer.fault.empty(),
                   "what is wrong is no peer");
      for (const auto& way : peer.ways) {
        HERALD_CHECK(herald::SpiffeId::Parse(way->identity).ok(),
                     "a peer has an identity");
      }
    }
  }
  return 0;
}
