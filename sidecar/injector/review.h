// SPDX-License-Identifier: Apache-2.0
//
// What an API server asks a webhook and what it hears: AdmissionReview of
// admission.k8s.io/v1, text to values and back. What is no review is told from
// one that we refuse: the first is an HTTP error, and then the webhook's
// failurePolicy decides.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/json/json.h"

namespace herald::injector {

// An API server takes objects of at most 3 MiB, and a review holds two.
inline constexpr size_t kMaxReview = 8 << 20;

// The API server cuts warnings at 256 bytes and drops them above 4096 in all.
inline constexpr size_t kMaxWarning = 256;

struct UserInfo {
  std::string name;  // "system:serviceaccount:claims:planner"
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;

  // The only value of `extra` under that name; empty where there is none or
  // several.
  std::string Extra(const std::string& key) const;
};

struct AdmissionRequest {
  std::string uid;
  std::string group;
  std::string kind;
  std::string subresource;
  std::string kubernetes_namespace;
  std::string operation;  // CREATE, UPDATE, ...
  UserInfo user;
  json::Value object;  // null with DELETE
};

struct AdmissionAnswer {
  bool allowed = true;
  std::string message;  // why not
  json::Array patch;    // empty: none
  std::vector<std::string> warnings;
};

// The error says what is missing.
StatusOr<AdmissionRequest> ReadReview(std::string_view text);

std::string WriteReview(const std::string& uid, const AdmissionAnswer& answer);

// RFC 4648 section 4, with padding, as JSON has bytes in Kubernetes.
std::string Base64(std::string_view bytes);

}  // namespace herald::injector
