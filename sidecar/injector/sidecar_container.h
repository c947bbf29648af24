// SPDX-License-Identifier: Apache-2.0
//
// What injection puts into a pod, piece by piece: the native sidecar, its
// volumes, its configuration. Pure: from settings and pod to JSON.
#pragma once

#include "core/json/json.h"
#include "sidecar/injector/pod.h"
#include "sidecar/injector/settings.h"

namespace herald::injector {

// What the pieces are made for.
struct Workload {
  const Settings& settings;
  std::string kubernetes_namespace;
  std::string service_account;
  std::string config_map;  // takes the place of the settings' configuration
  json::Array agents;
  json::Value site;  // null where no rule fits
};

// The sidecar's configuration, as YAML.
std::string ConfigurationOf(const Workload& workload);

json::Object SidecarContainer(const Workload& workload);
json::Array SidecarVolumes(const Workload& workload);

// What the pod's own containers get: where the sidecar is.
json::Array AgentEnvironment();
json::Object AgentMount();

// `{namespace}` and `{serviceAccount}` filled in.
std::string Expanded(std::string text, const Workload& workload);

}  // namespace herald::injector
