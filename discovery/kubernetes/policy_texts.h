// SPDX-License-Identifier: Apache-2.0
//
// The policy objects of a cluster as texts for the compiler, which knows
// nothing of API servers. All kinds, listed and watched; a whole set is told
// when changes have come to rest, since what is applied together arrives one
// by one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/metrics.h"
#include "discovery/kubernetes/api.h"
#include "discovery/kubernetes/reflector.h"

namespace herald::kubernetes {

// The annotation of an Override that bears its seal: what `herald policy sign`
// would write beside a file of the same text.
inline constexpr char kSealAnnotation[] = "herald.dev/seal";

// What the status of an object says of it in `Compiled`, the condition that
// policy_status.h writes.
struct PolicyCondition {
  std::string status;  // "True", "False"; empty: there is none
  std::string reason;
  std::string message;
  int64_t generation = 0;  // of the object that was judged
  std::string since;       // "2026-11-21T02:50:00Z"

  // But for the time.
  bool SaysTheSame(const PolicyCondition& other) const {
    return status == other.status && reason == other.reason &&
           message == other.message && generation == other.generation;
  }
  bool operator==(const PolicyCondition&) const = default;
};

// One object. Two of them are the same where the compiler could see no
// difference: versions, statuses and owners of fields are left out.
struct PolicyObject {
  std::string kind;
  std::string space;  // empty: of the cluster
  std::string name;
  int64_t generation = 0;
  std::string text;  // apiVersion, kind, metadata, spec, as kubectl prints them
  std::string seal;  // empty: none
  PolicyCondition condition;

  // "RoutingPolicy/claims/eu-only": its file name in messages.
  std::string Label() const;
  bool operator==(const PolicyObject&) const = default;
};

PolicyObject ReadPolicyObject(const json::Object& object);

// The path that objects of this kind are listed at, or null for no kind of
// ours: "routingpolicies".
const char* PluralOf(std::string_view kind);

struct KubernetesPoliciesOptions {
  std::string name = "kubernetes";  // as metrics call it
  std::vector<std::string> namespaces;
  std::string selector;
};

// Owned by the app; one thread. `changed` is called on the loop when the set
// has changed, or is known for the first time; it must not destroy this.
class KubernetesPolicies {
 public:
  // Changes are at rest when none has come for so long,
  static constexpr Duration kQuiet = std::chrono::milliseconds(300);
  // and whoever writes all the time is heard all the same.
  static constexpr Duration kMostWait = std::chrono::seconds(3);

  KubernetesPolicies(const Api& api, Metrics& metrics,
                     KubernetesPoliciesOptions options,
                     std::function<void()> changed);
  ~KubernetesPolicies();
  KubernetesPolicies(const KubernetesPolicies&) = delete;
  KubernetesPolicies& operator=(const KubernetesPolicies&) = delete;

  void Start();

  // Every kind was listed once. Before that there is no set to speak of: what
  // is missing could be what forbids.
  bool complete() const;
  // In order of label.
  std::vector<PolicyObject> objects() const;
  // What keeps it from being up to date; empty: nothing.
  std::string problem() const;

 private:
  class Feed;
  using Key = std::pair<std::string, std::string>;  // namespace, name

  void Touch();
  void Rest();

  const Api api_;
  const KubernetesPoliciesOptions options_;
  const std::function<void()> changed_;
  Reflector::Meters meters_;
  std::vector<std::unique_ptr<Feed>> feeds_;
  TimerId rest_ = 0;
  Time first_touch_{};
};

}  // namespace herald::kubernetes
