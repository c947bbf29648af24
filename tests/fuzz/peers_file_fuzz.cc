// SPDX-License-Identifier: Apache-2.0
//
// Any text as a peers file. Besides not crashing: the same text is read the
// same way twice, and a text without an error gives only peers that the rest
// of the house may rely on.
#include <cstdint>
#include <set>
#include <string>

#include "core/base/check.h"
#include "core/base/spiffe_id.h"
#include "discovery/facts.h"
#include "discovery/peers_file.h"

using herald::discovery::Endpoint;
using herald::discovery::ParsePeersFile;
using herald::discovery::PeersFile;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const PeersFile file = ParsePeersFile("peers.yaml", text);
  HERALD_CHECK(file.issues == ParsePeersFile("peers.yaml", text).issues,
               "one text has one reading");
  (void)herald::Render(file.issues);
  if (herald::HasErrors(file.issues)) return 0;
  std::set<std::string> names;
  for (const Endpoint& peer : file.peers) {
    HERALD_CHECK(herald::discovery::IsName(peer.name), "names are names");
    HERALD_CHECK(names.insert(peer.name).second, "names are unique");
    HERALD_CHECK(!peer.address.is_unix() && peer.address.port() != 0,
                 "a peer can be reached");
    HERALD_CHECK(herald::SpiffeId::Parse(peer.identity).ok(),
                 "a peer has an identity");
    HERALD_CHECK(!peer.site->attestation ||
                     *peer.site->attestation <= herald::Attestation::kDeclared,
                 "a file vouches for nothing");
  }
  return 0;
}
