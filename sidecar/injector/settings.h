// SPDX-License-Identifier: Apache-2.0
//
// What a platform team decides once for every pod that gets a sidecar: image,
// identity, the sidecar's configuration, and the facts of law about where pods
// run. `herald injector` and `herald inject` read the same file, so what is
// injected offline is what the webhook would have injected.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/address.h"
#include "core/base/issue.h"
#include "core/json/json.h"

namespace herald::injector {

inline constexpr char kDefaultListen[] = "0.0.0.0:8443";

// Where certificate, key and trust of a pod come from. Both may hold
// {namespace} and {serviceAccount}.
struct IdentityVolume {
  std::string secret;  // a Secret in the pod's namespace; or
  std::string driver;  // a CSI driver
  std::vector<std::pair<std::string, std::string>> attributes;
};

// A Secret or ConfigMap of the pod's namespace whose files the configuration
// names: another cluster's kubeconfig, a peers file. At /etc/herald-files/NAME.
struct FileVolume {
  bool secret = false;
  std::string name;
};

struct SidecarTemplate {
  std::string image;
  std::string pull_policy = "IfNotPresent";
  json::Object resources;
  IdentityVolume identity;
  std::vector<FileVolume> files;
  // Of the projected token; empty: the API server's own.
  std::string token_audience;
  // The sidecar's configuration, but for `node.name` and `agents`.
  json::Object configuration;
};

// The first rule that fits a pod gives its `node.site`.
struct SiteRule {
  std::vector<std::string> namespaces;  // "claims", "edge-*"; empty: any
  // Labels that the pod's own nodeSelector asks for; empty: any.
  std::vector<std::pair<std::string, std::string>> node_selector;
  json::Value site;
};

struct PolicyReview {
  bool refuse = true;  // else only a warning
};

// Who may write which Agent object.
struct GuardSettings {
  // Members of these may write every Agent.
  // The garbage collector of a cluster is of the second.
  std::vector<std::string> admins = {"system:masters",
                                     "system:serviceaccounts:kube-system"};
};

struct Settings {
  std::string trust_domain;
  SidecarTemplate sidecar;
  std::vector<SiteRule> sites;
  // Of the webhook alone.
  Address listen;
  std::string certificate;
  std::string key;
  // Of the cluster whose policy objects have their status from us; empty: the
  // pod's own, and none where we are in no pod.
  std::string kubeconfig;
  GuardSettings guard;
  PolicyReview policies;
};

struct ParsedSettings {
  Settings settings;  // whole only when `issues` has no error
  Issues issues;
};

// `file` is the path of the settings, `text` what it holds. Paths in it are
// relative to it.
ParsedSettings ParseSettings(const std::string& file, std::string text);

// The settings of `herald inject` without a file: an image of this name, and
// the cluster's own API for peers and policy.
Settings DefaultSettings(const std::string& image);

}  // namespace herald::injector
