// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/etcd_settings.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/net/web_target.h"

namespace herald::app {
namespace {

// A shorter one dies with every hiccup, a longer one outlives its sidecar too
// long.
constexpr Duration kLeastTtl = std::chrono::seconds(5);
constexpr Duration kMostTtl = std::chrono::hours(1);

void ReadEndpoints(yaml::MapReader& map, EtcdSettings& settings) {
  if (map.Required("endpoints") == nullptr) return;
  auto texts = map.Texts("endpoints");
  if (!texts) return;
  if (texts->empty()) {
    map.problems().Error(*map.Optional("endpoints"),
                         "'endpoints' is an empty list",
                         "name the members, as in [\"https://10.0.0.1:2379\"]");
  }
  for (yaml::Text& text : *texts) {
    auto target = net::WebTarget::Parse(text.text);
    if (!target.ok()) {
      map.problems().Error(text.at, Message(target.status()),
                           "as in https://10.0.0.1:2379");
    } else {
      settings.endpoints.push_back(std::move(text.text));
    }
  }
}

void ReadPrefix(yaml::MapReader& map, EtcdSettings& settings) {
  const yaml::Node* node = map.Optional("prefix");
  if (node == nullptr) return;
  auto prefix = yaml::ReadString(*node, map.problems(), "'prefix'");
  if (!prefix) return;
  if (prefix->empty() || prefix->back() != '/') {
    map.problems().Error(*node, "'prefix' must end with '/'",
                         "write " + *prefix + "/");
    return;
  }
  settings.prefix = *std::move(prefix);
}

std::string ReadPath(yaml::MapReader& map, const char* key,
                     const ResolvePath& resolve) {
  auto path = map.String(key);
  return path ? resolve(*path) : "";
}

void CheckPairs(yaml::MapReader& map, const EtcdSettings& settings) {
  auto together = [&map](const char* a, const char* b) {
    const bool one = map.Optional(a) != nullptr;
    if (one == (map.Optional(b) != nullptr)) return;
    const char* missing = one ? b : a;
    map.problems().Error(*map.Optional(one ? a : b),
                         "'" + std::string(one ? a : b) + "' is of no use " +
                             "without '" + missing + "'");
  };
  together("certificate", "key");
  together("user", "passwordFile");
  const bool plain =
      std::any_of(settings.endpoints.begin(), settings.endpoints.end(),
                  [](const auto& one) { return one.starts_with("http://"); });
  if (plain && (!settings.user.empty() || !settings.certificate.empty())) {
    map.problems().Warning(map.at(),
                           "a plain http:// endpoint shows the password to "
                           "the network, and knows no certificate");
  }
}

}  // namespace

std::string NameOf(const EtcdSettings& settings) {
  return "etcd" +
         (settings.endpoints.empty() ? "" : " " + settings.endpoints.front());
}

EtcdSettings ReadEtcd(const yaml::Node& node, yaml::Problems& problems,
                      const ResolvePath& resolve) {
  EtcdSettings settings;
  settings.at = node.at;
  yaml::MapReader map(node, problems, "'etcd'");
  if (!map) return settings;
  ReadEndpoints(map, settings);
  ReadPrefix(map, settings);
  settings.trust = ReadPath(map, "trust", resolve);
  settings.certificate = ReadPath(map, "certificate", resolve);
  settings.key = ReadPath(map, "key", resolve);
  settings.user = map.String("user").value_or("");
  settings.password_file = ReadPath(map, "passwordFile", resolve);
  settings.publish = map.Bool("publish").value_or(true);
  if (auto ttl = map.Duration("ttl")) {
    settings.ttl = *ttl;
    if (*ttl < kLeastTtl || *ttl > kMostTtl) {
      problems.Error(*map.Optional("ttl"), "'ttl' is 5s to 1h");
    }
  }
  CheckPairs(map, settings);
  return settings;
}

}  // namespace herald::app
