// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/discovery_settings.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace herald::app {
namespace {

constexpr size_t kMaxLabel = 63;  // of a DNS name, RFC 1035

bool IsDnsLabel(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabel && text.front() != '-' &&
         text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::optional<NamedFile> ReadPath(const yaml::Node& node,
                                  yaml::Problems& problems,
                                  std::string_view what,
                                  const ResolvePath& resolve) {
  auto path = yaml::ReadString(node, problems, what);
  if (!path) return std::nullopt;
  return NamedFile{resolve(*path), node.at};
}

// Whether `file` is not among `others`, which is a problem.
bool IsNew(const NamedFile& file, const std::vector<NamedFile>& others,
           yaml::Problems& problems) {
  for (const NamedFile& other : others) {
    if (other.path != file.path) continue;
    problems.Error(file.at, file.path +
                                " is named twice; the first is in "
                                "line " +
                                std::to_string(other.at.line));
    return false;
  }
  return true;
}

void ReadServer(yaml::MapReader& map, KubernetesSettings& settings) {
  const yaml::Node* node = map.Optional("server");
  if (node == nullptr) return;
  auto server = yaml::ReadString(*node, map.problems(), "'server'");
  if (!server) return;
  if (!server->starts_with("https://")) {
    map.problems().Error(*node, "'" + *server + "' is no https address",
                         "tokens travel there; as in "
                         "https://herald-directory.herald-system.svc:8443");
    return;
  }
  settings.server = *std::move(server);
}

void ReadNamespaces(yaml::MapReader& map, KubernetesSettings& settings) {
  auto names = map.Texts("namespaces");
  if (!names) return;
  if (names->empty()) {
    map.problems().Error(*map.Optional("namespaces"),
                         "'namespaces' is an empty list",
                         "leave the key out to mean all");
  }
  for (yaml::Text& name : *names) {
    auto& known = settings.namespaces;
    if (!IsDnsLabel(name.text)) {
      map.problems().Error(name.at, "'" + name.text + "' is no namespace",
                           "a namespace is 1 to 63 small letters, digits and "
                           "'-'");
    } else if (std::find(known.begin(), known.end(), name.text) !=
               known.end()) {
      map.problems().Error(name.at, "'" + name.text +
                                        "' stands twice in "
                                        "'namespaces'");
    } else {
      known.push_back(std::move(name.text));
    }
  }
}

// What `kubernetes` holds; `publishes` where entries may have that key.
KubernetesSettings ReadKubernetes(const yaml::Node& node,
                                  yaml::Problems& problems,
                                  const ResolvePath& resolve, bool publishes) {
  KubernetesSettings settings;
  settings.at = node.at;
  yaml::MapReader map(node, problems, "'kubernetes'");
  if (!map) return settings;
  if (const yaml::Node* path = map.Optional("kubeconfig")) {
    auto file = ReadPath(*path, problems, "'kubeconfig'", resolve);
    if (file) settings.kubeconfig = std::move(file->path);
  }
  if (const yaml::Node* context = map.Optional("context")) {
    settings.context = map.String("context").value_or("");
    if (map.Optional("kubeconfig") == nullptr) {
      problems.Error(*context, "'context' is one of a 'kubeconfig'",
                     "name the file beside it");
    }
  }
  ReadServer(map, settings);
  if (const yaml::Node* path = map.Optional("trust")) {
    auto file = ReadPath(*path, problems, "'trust'", resolve);
    if (file) settings.trust = std::move(file->path);
  }
  ReadNamespaces(map, settings);
  settings.selector = map.String("selector").value_or("");
  if (publishes) settings.publish = map.Bool("publish");
  return settings;
}

}  // namespace

std::string NameOf(const SourceSettings& source) {
  if (auto* file = std::get_if<NamedFile>(&source)) return file->path;
  if (auto* etcd = std::get_if<EtcdSettings>(&source)) return NameOf(*etcd);
  const auto& cluster = std::get<KubernetesSettings>(source);
  std::string out = "kubernetes";
  if (!cluster.kubeconfig.empty()) out += " " + cluster.kubeconfig;
  if (!cluster.context.empty()) out += " " + cluster.context;
  return out;
}

DiscoverySettings ReadDiscovery(yaml::MapReader& root,
                                const ResolvePath& resolve) {
  DiscoverySettings out;
  yaml::Problems& problems = root.problems();
  for (const yaml::Node& item : root.List("discovery")) {
    yaml::MapReader map(item, problems, "a source of discovery");
    if (!map) continue;
    const yaml::Node* file = map.Optional("file");
    const yaml::Node* cluster = map.Optional("kubernetes");
    const yaml::Node* etcd = map.Optional("etcd");
    const int named = (file != nullptr ? 1 : 0) + (cluster != nullptr ? 1 : 0) +
                      (etcd != nullptr ? 1 : 0);
    if (named == 0) {
      problems.Error(
          item, "a source of discovery needs 'file', 'kubernetes' or 'etcd'");
    } else if (named > 1) {
      problems.Error(item, "a source of discovery is one thing",
                     "make it an entry of the list each, in order of "
                     "priority");
    } else if (file != nullptr) {
      auto path = ReadPath(*file, problems, "'file'", resolve);
      if (path && IsNew(*path, out.files(), problems)) {
        out.sources.emplace_back(*std::move(path));
      }
    } else if (etcd != nullptr) {
      out.sources.emplace_back(ReadEtcd(*etcd, problems, resolve));
    } else {
      out.sources.emplace_back(
          ReadKubernetes(*cluster, problems, resolve, true));
    }
  }
  return out;
}

PolicyPlaces ReadPolicyPlaces(yaml::MapReader& root,
                              const ResolvePath& resolve) {
  PolicyPlaces out;
  yaml::Problems& problems = root.problems();
  for (const yaml::Node& item : root.List("policy")) {
    if (item.kind == yaml::Kind::kMap) {
      yaml::MapReader map(item, problems, "a member of 'policy'");
      if (const yaml::Node* node = map.Required("kubernetes")) {
        out.clusters.push_back(ReadKubernetes(*node, problems, resolve, false));
      }
      continue;
    }
    auto path = ReadPath(item, problems, "a member of 'policy'", resolve);
    if (path && IsNew(*path, out.files, problems)) {
      out.files.push_back(*std::move(path));
    }
  }
  return out;
}

}  // namespace herald::app
