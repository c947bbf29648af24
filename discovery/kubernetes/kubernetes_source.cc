// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/kubernetes_source.h"

#include <algorithm>

#include "core/base/check.h"

namespace herald::kubernetes {

// One namespace of ours, or all of them.
class KubernetesSource::Feed final : public ReflectorSink {
 public:
  Feed(KubernetesSource& source, std::string space)
      : source_(source),
        space_(std::move(space)),
        reflector_(source.api_,
                   {.path = PathOf(space_),
                    .label_selector = source.options_.selector},
                   *this, source.meters_) {}

  void Start() { reflector_.Start(); }
  const std::string& space() const { return space_; }
  const ReflectorHealth& health() const { return reflector_.health(); }

 private:
  static std::string PathOf(const std::string& space) {
    return kGroupPath +
           (space.empty() ? std::string() : "/namespaces/" + space) + "/agents";
  }

  void OnListBegin() override { listed_.clear(); }
  void OnListed(const json::Object& object) override {
    listed_.push_back(ReadAgentObject(object));
  }
  void OnListEnd(std::string_view) override {
    std::set<Key> keys;
    for (AgentObject& agent : listed_) {
      keys.emplace(agent.space, agent.name);
      source_.Upsert(std::move(agent));
    }
    listed_ = {};
    source_.RemoveOthers(space_, keys);
    source_.Touch();
  }
  void OnChanged(const json::Object& object) override {
    source_.Upsert(ReadAgentObject(object));
  }
  void OnDeleted(const json::Object& object) override {
    source_.Remove({TextAt(object, {"metadata", "namespace"}).value_or(""),
                    TextAt(object, {"metadata", "name"}).value_or("")});
  }
  void OnHealth(const ReflectorHealth&) override { source_.OnHealth(); }

  KubernetesSource& source_;
  const std::string space_;
  std::vector<AgentObject> listed_;  // of the list under way
  Reflector reflector_;
};

KubernetesSource::KubernetesSource(const Api& api, Metrics& metrics,
                                   KubernetesSourceOptions options)
    : api_(api), options_(std::move(options)) {
  status_.source = options_.name;
  const std::string labels = "source=\"" + options_.name + "\"";
  meters_ = MetersFor(metrics, options_.name);
  Gauge& faulty = metrics.gauge("herald_kubernetes_faulty_agents",
                                "Agent objects that are wrong.", labels);
  Gauge& known = metrics.gauge("herald_kubernetes_agents",
                               "Agent objects that are known.", labels);
  metrics.OnCollect([this, &faulty, &known, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    known.Set(static_cast<double>(agents_.size()));
    faulty.Set(static_cast<double>(faults_));
  });
}

KubernetesSource::~KubernetesSource() = default;

void KubernetesSource::Start(discovery::SourceSink* sink) {
  HERALD_CHECK(sink_ == nullptr, "a source is started once");
  sink_ = sink;
  if (options_.namespaces.empty()) {
    feeds_.push_back(std::make_unique<Feed>(*this, ""));
  }
  for (const std::string& space : options_.namespaces) {
    feeds_.push_back(std::make_unique<Feed>(*this, space));
  }
  for (auto& feed : feeds_) feed->Start();
}

void KubernetesSource::Stop() {
  feeds_.clear();
  sink_ = nullptr;
}

void KubernetesSource::NoteFault(Known& known, std::string fault) {
  faults_ -= known.fault.empty() ? 0 : 1;
  faults_ += fault.empty() ? 0 : 1;
  if (known.fault != fault) Touch();
  known.fault = std::move(fault);
}

void KubernetesSource::Upsert(AgentObject agent) {
  const Key key(agent.space, agent.name);
  if (key == options_.own) {
    own_seen_ = true;
    return;
  }
  Known& known = agents_[key];
  if (!agent.sound()) {
    // What the Pod before this one said is of nobody.
    if (known.uid != agent.uid && !known.ways.empty()) SetWays(key, known, {});
    known.uid = agent.uid;
    NoteFault(known, Render(agent.issues.front()));
    return;
  }
  NoteFault(known, "");
  known.uid = agent.uid;
  std::vector<discovery::EndpointPtr> ways;
  if (agent.ready) {
    for (discovery::Endpoint& way : agent.ways) {
      ways.push_back(
          std::make_shared<const discovery::Endpoint>(std::move(way)));
    }
  }
  const bool same =
      std::equal(ways.begin(), ways.end(), known.ways.begin(), known.ways.end(),
                 [](const auto& a, const auto& b) { return *a == *b; });
  if (!same) SetWays(key, known, std::move(ways));
}

void KubernetesSource::LoseOwn() {
  const bool was_there = std::exchange(own_seen_, false);
  if (was_there && options_.own_gone != nullptr) options_.own_gone();
}

void KubernetesSource::Remove(const Key& key) {
  if (key == options_.own) return LoseOwn();
  auto known = agents_.find(key);
  if (known == agents_.end()) return;
  NoteFault(known->second, "");
  SetWays(key, known->second, {});
  agents_.erase(known);
}

void KubernetesSource::RemoveOthers(const std::string& space,
                                    const std::set<Key>& listed) {
  std::vector<Key> gone;
  for (const auto& [key, known] : agents_) {
    if (!space.empty() && key.first != space) continue;
    if (listed.count(key) == 0) gone.push_back(key);
  }
  for (const Key& key : gone) Remove(key);
  const bool covered = space.empty() || space == options_.own.first;
  if (covered && listed.count(options_.own) == 0) LoseOwn();
}

void KubernetesSource::Touch() {
  if (std::exchange(touched_, true)) return;
  api_.loop.AtTurnEnd([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    touched_ = false;
    if (sink_ != nullptr) Publish();
  });
}

void KubernetesSource::SetWays(const Key& key, Known& known,
                               std::vector<discovery::EndpointPtr> ways) {
  const auto& [space, name] = key;
  known.ways = std::move(ways);
  std::set<std::string>& spaces = spaces_[name];
  known.ways.empty() ? (void)spaces.erase(space) : (void)spaces.insert(space);
  if (spaces.empty()) spaces_.erase(name);
  changed_.insert(name);
  Touch();
}

void KubernetesSource::Collect(const std::string& name,
                               std::vector<discovery::EndpointPtr>& upserts,
                               std::vector<std::string>& removals) {
  std::vector<std::string> labels;
  if (auto spaces = spaces_.find(name); spaces != spaces_.end()) {
    const bool alone = spaces->second.size() == 1;
    for (const std::string& space : spaces->second) {
      labels.push_back(alone ? name : name + "." + space);
      for (const auto& way : agents_.at({space, name}).ways) {
        if (alone) {
          upserts.push_back(way);
          continue;
        }
        auto named = std::make_shared<discovery::Endpoint>(*way);
        named->name = labels.back();
        upserts.push_back(std::move(named));
      }
    }
  }
  std::vector<std::string>& told = told_[name];
  for (std::string& label : told) {
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      removals.push_back(std::move(label));
    }
  }
  told = std::move(labels);
  if (told.empty()) told_.erase(name);
}

void KubernetesSource::Publish() {
  std::vector<discovery::EndpointPtr> upserts;
  std::vector<std::string> removals;
  for (const std::string& name : changed_) Collect(name, upserts, removals);
  changed_.clear();
  if (!upserts.empty() || !removals.empty()) {
    sink_->OnChange(std::move(upserts), std::move(removals));
  }
  OnHealth();
}

void KubernetesSource::OnHealth() {
  if (sink_ == nullptr) return;
  status_.ok = true;
  status_.loads = status_.failures = 0;
  for (const auto& feed : feeds_) {
    status_.ok = status_.ok && feed->health().fresh;
    status_.loads += feed->health().lists;
    status_.failures += feed->health().failures;
  }
  status_.problem = Problem();
  sink_->OnStatus(status_);
}

// Feeds that are stale first, then the Agents that are passed over.
std::string KubernetesSource::Problem() const {
  std::string out;
  for (const auto& feed : feeds_) {
    if (feed->health().problem.empty()) continue;
    if (!feed->space().empty()) out += "namespace " + feed->space() + ": ";
    out += feed->health().problem + "\n";
  }
  if (faults_ == 0) return out;
  out += std::to_string(faults_) + " of " + std::to_string(agents_.size()) +
         " Agents are wrong:\n";
  size_t named = 0;
  for (const auto& [key, known] : agents_) {
    if (known.fault.empty()) continue;
    if (++named > kMostNamed) break;
    out += known.fault;
  }
  return out;
}

}  // namespace herald::kubernetes
