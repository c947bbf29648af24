// SPDX-License-Identifier: Apache-2.0
//
// The Agents of a cluster as a source of discovery: all of them, or those of
// some namespaces and labels. A peer is called as its Agent is, and where
// several namespaces have one of that name each of them is `name.namespace`.
// An Agent that says it is not ready is no peer; one that is wrong keeps what
// it said last, if it did, and harms no other.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/metrics.h"
#include "discovery/kubernetes/agent_object.h"
#include "discovery/kubernetes/api.h"
#include "discovery/kubernetes/reflector.h"
#include "discovery/source.h"

namespace herald::kubernetes {

struct KubernetesSourceOptions {
  std::string name = "kubernetes";      // as statuses and metrics call it
  std::vector<std::string> namespaces;  // empty: all
  std::string selector;
  // Our own Agent, which is no peer of ours: namespace and name.
  std::pair<std::string, std::string> own;
  // It was there, and is gone. Called on the loop; may be null.
  std::function<void()> own_gone;
};

// One owner (the Directory), one thread; what `api` and `metrics` refer to
// outlives it.
class KubernetesSource final : public discovery::Source {
 public:
  // Of the wrong Agents, so many are named.
  static constexpr size_t kMostNamed = 5;

  KubernetesSource(const Api& api, Metrics& metrics,
                   KubernetesSourceOptions options);
  ~KubernetesSource() override;

  void Start(discovery::SourceSink* sink) override;
  void Stop() override;

 private:
  // Namespace and name of an Agent.
  using Key = std::pair<std::string, std::string>;
  class Feed;

  struct Known {
    std::string uid;
    std::vector<discovery::EndpointPtr> ways;  // empty: none that may be used
    std::string fault;  // the first problem, where its latest text is wrong
  };

  void Upsert(AgentObject agent);
  void Remove(const Key& key);
  // Every Agent of `space` (empty: of all) that is not in `listed` is gone.
  void RemoveOthers(const std::string& space, const std::set<Key>& listed);
  void LoseOwn();
  void NoteFault(Known& known, std::string fault);
  // The ways to an Agent from now on.
  void SetWays(const Key& key, Known& known,
               std::vector<discovery::EndpointPtr> ways);
  // What changed is told at the end of this turn, once.
  void Touch();
  void Publish();
  // Peers of that name as they are now, and who was told and is gone.
  void Collect(const std::string& name,
               std::vector<discovery::EndpointPtr>& upserts,
               std::vector<std::string>& removals);
  void OnHealth();
  std::string Problem() const;

  const Api api_;
  const KubernetesSourceOptions options_;
  Reflector::Meters meters_;
  discovery::SourceSink* sink_ = nullptr;
  std::vector<std::unique_ptr<Feed>> feeds_;
  std::map<Key, Known> agents_;
  size_t faults_ = 0;
  bool own_seen_ = false;
  bool touched_ = false;
  bool listed_ = false;  // once at least
  // By name: the namespaces with an Agent of it that may be used, and what
  // its peers were told to be called.
  std::map<std::string, std::set<std::string>> spaces_;
  std::map<std::string, std::vector<std::string>> told_;
  std::set<std::string> changed_;  // names, since the last word
  discovery::SourceStatus status_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::kubernetes
