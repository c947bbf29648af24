// SPDX-License-Identifier: Apache-2.0
//
// `discovery: [{etcd: ...}]`: an etcd whose keys say who the others are.
#pragma once

#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/time.h"
#include "core/yaml/map_reader.h"
#include "sidecar/app/policy_settings.h"

namespace herald::app {

struct EtcdSettings {
  std::vector<std::string> endpoints;  // http:// or https://, all the same etcd
  std::string prefix = "/herald/";
  // Paths; empty where not given. Without `trust` the machine's own roots hold.
  std::string trust;
  std::string certificate;
  std::string key;
  std::string user;  // empty: nobody logs in
  std::string password_file;
  bool publish = true;
  Duration ttl = std::chrono::seconds(15);
  Position at;
};

// "etcd https://10.0.0.1:2379": for people.
std::string NameOf(const EtcdSettings& settings);

// What stands under the key `etcd`.
EtcdSettings ReadEtcd(const yaml::Node& node, yaml::Problems& problems,
                      const ResolvePath& resolve);

}  // namespace herald::app
