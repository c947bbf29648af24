// SPDX-License-Identifier: Apache-2.0
//
// Where the configuration says that peers and policies are learned from:
// `discovery` and `policy`, entry by entry.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/issue.h"
#include "core/yaml/map_reader.h"
#include "sidecar/app/etcd_settings.h"
#include "sidecar/app/policy_settings.h"

namespace herald::app {

// A cluster whose API server is asked.
struct KubernetesSettings {
  std::string kubeconfig;  // a path; empty: the pod's own service account
  std::string context;     // empty: the kubeconfig's current one
  // "https://herald-directory.herald-system.svc:8443"; empty: the cluster's own
  std::string server;
  std::string trust;  // a path: the roots of `server`; empty: the cluster's
  std::vector<std::string> namespaces;  // empty: all
  std::string selector;                 // of labels; empty: all
  // Absent: where POD_NAME is known and there is no kubeconfig.
  std::optional<bool> publish;
  Position at;
};

// Each kind of source is one member of this variant.
using SourceSettings =
    std::variant<NamedFile, KubernetesSettings, EtcdSettings>;

// "peers.yaml", "kubernetes", "kubernetes edge.kubeconfig",
// "etcd https://10.0.0.1:2379": for people.
std::string NameOf(const SourceSettings& source);

struct DiscoverySettings {
  std::vector<SourceSettings> sources;  // the first that knows a name wins

  // Those of one kind, in order.
  template <typename Kind>
  std::vector<Kind> Of() const {
    std::vector<Kind> out;
    for (const SourceSettings& source : sources) {
      if (auto* one = std::get_if<Kind>(&source)) out.push_back(*one);
    }
    return out;
  }
  std::vector<NamedFile> files() const { return Of<NamedFile>(); }
};

struct PolicyPlaces {
  std::vector<NamedFile> files;  // or folders
  std::vector<KubernetesSettings> clusters;

  bool empty() const { return files.empty() && clusters.empty(); }
};

// Read `discovery` and `policy` of the configuration.
DiscoverySettings ReadDiscovery(yaml::MapReader& root,
                                const ResolvePath& resolve);
PolicyPlaces ReadPolicyPlaces(yaml::MapReader& root,
                              const ResolvePath& resolve);

}  // namespace herald::app
