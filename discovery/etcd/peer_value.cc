// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/peer_value.h"

#include <memory>
#include <utility>

#include "core/base/issue.h"
#include "core/yaml/map_reader.h"
#include "core/yaml/parse.h"
#include "discovery/peer_entry.h"

namespace herald::etcd {

PeerValue ReadPeerValue(const std::string& name, const std::string& text) {
  PeerValue out;
  if (text.size() > kMaxValue) {
    out.fault = "peers/" + name + " has more than " +
                std::to_string(kMaxValue) + " bytes\n";
    return out;
  }
  yaml::Problems problems("peers/" + name, text);
  problems.TolerateUnknownKeys();  // a newer sidecar may have written them
  if (auto root = yaml::ParseOne(problems)) {  // JSON is YAML, too
    yaml::MapReader map(*root, problems, "a peer");
    if (map) {
      discovery::PeerEntry entry = discovery::ReadPeerEntry(map, name);
      for (discovery::Way& way : entry.ways) {
        out.ways.push_back(std::make_shared<const discovery::Endpoint>(
            std::move(way.endpoint)));
      }
    }
  }
  for (const Issue& issue : problems.issues()) {
    if (!HasErrors(Issues{issue})) continue;
    out.ways.clear();
    out.fault = Render(issue);
    break;
  }
  return out;
}

}  // namespace herald::etcd
