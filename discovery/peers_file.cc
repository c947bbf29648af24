// SPDX-License-Identifier: Apache-2.0
#include "discovery/peers_file.h"

#include <map>
#include <utility>

#include "core/yaml/map_reader.h"
#include "core/yaml/parse.h"
#include "discovery/facts.h"
#include "discovery/peer_entry.h"

namespace herald::discovery {
namespace {

// Each relay adds its round trip; a longer chain is a mistake.
constexpr int kMaxRelays = 4;

// Reads one text; lives on the stack while it does.
class Reader {
 public:
  Reader(yaml::Problems& problems, std::vector<Endpoint>& peers)
      : problems_(problems), peers_(peers) {}

  void Read(const yaml::Node& root) {
    yaml::MapReader file(root, problems_, "the peers file");
    if (file.Required("peers") == nullptr) return;
    for (const yaml::Node& item : file.List("peers")) {
      if (peers_.size() >= kMaxPeers) {
        problems_.Error(item,
                        "more than " + std::to_string(kMaxPeers) + " peers");
        break;
      }
      ReadPeer(item);
    }
    CheckRelays();
  }

 private:
  void ReadPeer(const yaml::Node& node) {
    yaml::MapReader map(node, problems_, "a peer");
    if (!map) return;
    const std::string name = ReadName(map, "name");
    NoteName(name, map.Optional("name"));
    PeerEntry entry = ReadPeerEntry(map, name);
    if (entry.via_at) via_at_[peers_.size()] = *entry.via_at;
    // One that cannot be reached keeps its place: others may name it.
    if (entry.ways.empty()) peers_.push_back(std::move(entry.peer));
    for (Way& way : entry.ways) {
      NoteAddress(way);
      peers_.push_back(std::move(way.endpoint));
    }
  }

  void NoteName(const std::string& name, const yaml::Node* node) {
    if (name.empty() || node == nullptr) return;
    auto [known, is_new] = names_.emplace(name, Named{peers_.size(), node->at});
    if (is_new) return;
    problems_.Error(*node, "peer '" + name +
                               "' stands here twice; the first "
                               "is in line " +
                               std::to_string(known->second.at.line));
  }

  // Two ways to one peer may share an address and leave by different networks.
  void NoteAddress(const Way& way) {
    const std::string address = way.endpoint.address.ToString();
    auto [known, is_new] =
        addresses_.emplace(address, Addressed{way.endpoint.name, way.at});
    if (is_new || known->second.peer == way.endpoint.name) return;
    problems_.Warning(way.at, "address " + address + " also stands in line " +
                                  std::to_string(known->second.at.line));
  }

  // No peer relays to itself by a detour. A `via` that names no peer of this
  // file is only worth a warning: another source may know the relay, and one
  // that nobody knows has unknown facts, which satisfy no permit that asks
  // for them and every forbid.
  void CheckRelays() {
    for (const auto& [index, at] : via_at_) {
      const Endpoint& peer = peers_[index];
      if (names_.find(peer.via) == names_.end()) {
        problems_.Warning(at,
                          "'via' names no peer of this file: '" + *peer.via +
                              "'; policy will know nothing of that relay",
                          Hint(peer.via));
      } else {
        CheckChain(index, at);
      }
    }
  }

  void CheckChain(size_t start, Position at) {
    size_t here = start;
    for (int steps = 0; steps < kMaxRelays; ++steps) {
      auto next = names_.find(peers_[here].via);
      if (next == names_.end()) return;
      here = next->second.index;
      if (here != start) continue;
      problems_.Error(
          at, "peer '" + peers_[start].name + "' would relay to itself");
      return;
    }
    if (peers_[here].via.empty()) return;
    problems_.Error(
        at, "more than " + std::to_string(kMaxRelays) + " relays in a row");
  }

  std::string Hint(const std::string& name) const {
    std::vector<std::string> words;
    for (const auto& [word, named] : names_) words.push_back(word);
    const std::string nearest = Nearest(name, words);
    return nearest.empty() ? "" : "did you mean '" + nearest + "'?";
  }

  struct Named {
    size_t index;
    Position at;
  };
  yaml::Problems& problems_;
  std::vector<Endpoint>& peers_;
  std::map<std::string, Named> names_;
  struct Addressed {
    std::string peer;
    Position at;
  };
  std::map<std::string, Addressed> addresses_;
  std::map<size_t, Position> via_at_;  // by index of the peer
};

}  // namespace

PeersFile ParsePeersFile(std::string name, std::string text) {
  PeersFile out;
  yaml::Problems problems(std::move(name), std::move(text));
  if (std::optional<yaml::Node> root = yaml::ParseOne(problems)) {
    Reader(problems, out.peers).Read(*root);
  }
  out.issues = problems.issues();
  return out;
}

}  // namespace herald::discovery
