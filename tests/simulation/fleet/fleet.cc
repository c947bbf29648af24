// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fleet/fleet.h"

#include <algorithm>
#include <utility>

#include "core/json/json.h"
#include "discovery/kubernetes/api.h"
#include "tests/support/cpu_seconds.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kOneWay = milliseconds(1);
// Events of the API server that may still be resumed from: what etcd keeps of
// five minutes of such a fleet.
constexpr size_t kRemembered = 36'000;

// What a sidecar must know of a pod: which one it is, and whether it is ready.
uint64_t DigestOf(const std::string& name, bool ready) {
  return std::hash<std::string>()(name) * 2 + (ready ? 1 : 0);
}

json::Object ObjectOf(const test::AgentOfAPod& agent) {
  return json::Parse(agent.Text())->as_object();
}

std::string AgentsPath(const std::string& space) {
  std::string out = kubernetes::kGroupPath;
  if (!space.empty()) out += "/namespaces/" + space;
  return out + "/agents";
}

}  // namespace

// --- those who ask

// A sidecar's own reflector, and of what it is told the least that shows a
// mistake.
class Fleet::Sidecar final : public kubernetes::ReflectorSink {
 public:
  Sidecar(EventLoop& loop, uint64_t seed, http::Web& web,
          const std::string& name, const std::string& space)
      : random_(seed),
        api_{loop, random_, web,
             [name]() -> StatusOr<std::string> { return name; }},
        reflector_(api_, {.path = AgentsPath(space)}, *this, {}) {
    reflector_.Start();
  }

  bool fresh() const { return reflector_.health().fresh; }
  // By number of the pod's place.
  const absl::flat_hash_map<uint64_t, uint64_t>& known() const {
    return known_;
  }

  void OnListBegin() override { listed_.clear(); }
  void OnListed(const json::Object& object) override { Put(listed_, object); }
  void OnListEnd(std::string_view) override {
    known_ = std::exchange(listed_, {});
  }
  void OnChanged(const json::Object& object) override { Put(known_, object); }
  void OnDeleted(const json::Object& object) override {
    known_.erase(KeyOf(object));
  }
  void OnHealth(const kubernetes::ReflectorHealth&) override {}

 private:
  static std::string NameOf(const json::Object& object) {
    return kubernetes::TextAt(object, {"metadata", "name"}).value_or("");
  }
  static uint64_t KeyOf(const json::Object& object) {
    return std::hash<std::string>()(NameOf(object));
  }
  static void Put(absl::flat_hash_map<uint64_t, uint64_t>& into,
                  const json::Object& object) {
    const json::Object* status = kubernetes::MapAt(object, {"status"});
    const bool ready = status != nullptr && status->at("ready").as_bool();
    into[KeyOf(object)] = DigestOf(NameOf(object), ready);
  }

  Random random_;
  const kubernetes::Api api_;
  absl::flat_hash_map<uint64_t, uint64_t> known_;
  absl::flat_hash_map<uint64_t, uint64_t> listed_;
  kubernetes::Reflector reflector_;
};

// --- those who answer

struct Fleet::Replica {
  Replica(EventLoop& loop, uint64_t seed, http::Web& to_api, YesWeb& yes)
      : random(seed),
        api{loop, random, to_api,
            []() -> StatusOr<std::string> { return "directory"; }},
        fan_out(loop, random, yes, metrics),
        reflector(api, {.path = AgentsPath("")},
                  fan_out.CacheOf(fanout::Kinds()[0]), {}) {
    reflector.Start();
  }

  bool ready() { return fan_out.CacheOf(fanout::Kinds()[0]).ready(); }

  Metrics metrics;
  Random random;
  const kubernetes::Api api;
  fanout::FanOut fan_out;
  kubernetes::Reflector reflector;
};

Fleet::Fleet(const FleetOptions& options)
    : options_(options),
      random_(options.seed),
      yes_(loop_, api_traffic_),
      api_server_(std::make_unique<fanout::FanOut>(
          loop_, random_, yes_, metrics_,
          fanout::FanOutOptions{.events_max = kRemembered})),
      to_api_(loop_, kOneWay, [this] { return ApiServer(); }),
      to_directory_(loop_, kOneWay, [this] { return ChooseSlot(); }),
      slots_(options.replicas),
      places_(options.pods) {
  fanout::Cache& truth = api_server_->CacheOf(fanout::Kinds()[0]);
  truth.OnListBegin();
  for (size_t i = 0; i < places_.size(); ++i) {
    test::AgentOfAPod& agent = places_[i].agent;
    agent.number = i;
    agent.namespaces = options.namespaces;
    agent.version = ++version_;
    truth.OnListed(ObjectOf(agent));
  }
  truth.OnListEnd(std::to_string(version_));
  for (size_t i = 0; i < slots_.size(); ++i) StartReplica(i);
}

Fleet::~Fleet() {
  for (Place& place : places_) place.sidecar.reset();
  for (Slot& slot : slots_) slot.replica.reset();
}

void Fleet::StartReplica(size_t index) {
  slots_[index].replica =
      std::make_unique<Replica>(loop_, random_.Next(), to_api_, yes_);
}

Answerer Fleet::ApiServer() {
  return {api_away_ ? nullptr : api_server_.get(), &api_traffic_};
}

// As a service does: among those that are ready.
Answerer Fleet::ChooseSlot() {
  if (slots_.empty()) return ApiServer();
  std::vector<Slot*> ready;
  for (Slot& slot : slots_) {
    if (slot.replica && slot.replica->ready()) ready.push_back(&slot);
  }
  if (ready.empty()) return {};
  Slot& chosen = *ready[random_.Below(ready.size())];
  return {&chosen.replica->fan_out, &chosen.traffic};
}

// --- what happens

void Fleet::After(Duration delay, std::function<void()> fn) {
  loop_.RunAt(loop_.Now() + delay, std::move(fn));
}

void Fleet::Write(test::AgentOfAPod& agent) {
  agent.version = ++version_;
  api_server_->CacheOf(fanout::Kinds()[0]).OnChanged(ObjectOf(agent));
}

void Fleet::Delete(test::AgentOfAPod& agent) {
  agent.version = ++version_;
  api_server_->CacheOf(fanout::Kinds()[0]).OnDeleted(ObjectOf(agent));
}

void Fleet::StartSidecar(Place& place) {
  place.sidecar =
      std::make_unique<Sidecar>(loop_, random_.Next(), to_directory_,
                                place.agent.Name(), place.agent.Namespace());
}

void Fleet::StartSidecars() {
  const double spread = static_cast<double>(options_.phase.count()) * 0.9;
  for (Place& place : places_) {
    After(Duration(static_cast<int64_t>(random_.Unit() * spread)),
          [this, &place] { StartSidecar(place); });
  }
}

// The old pod says that it drains, and goes; the new one says who it is, and
// that it is ready.
void Fleet::Restart(Place& place) {
  place.moving = true;
  place.agent.ready = false;
  Write(place.agent);
  After(seconds(2), [this, &place] {
    Delete(place.agent);
    place.sidecar.reset();
    ++place.agent.generation;
  });
  After(seconds(3), [this, &place] {
    Write(place.agent);
    StartSidecar(place);
  });
  After(seconds(4), [this, &place] {
    place.agent.ready = true;
    Write(place.agent);
    place.moving = false;
  });
}

void Fleet::ScheduleRestart() {
  const auto mean = static_cast<int64_t>(1e9 / options_.restarts);
  After(Duration(static_cast<int64_t>(2 * random_.Unit() *
                                      static_cast<double>(mean))),
        [this] {
          Place& place = places_[random_.Below(places_.size())];
          if (restarting_ && !place.moving && place.sidecar) Restart(place);
          ScheduleRestart();
        });
}

void Fleet::RunPhase(const std::string& name, const Told& told) {
  Phase phase{.name = name, .from = loop_.Now()};
  const double cpu = test::CpuSeconds();
  const Time end = phase.from + options_.phase;
  while (loop_.Now() < end) {
    loop_.RunFor(milliseconds(500));
    const auto stale = static_cast<size_t>(
        std::count_if(places_.begin(), places_.end(), [](const Place& place) {
          return place.sidecar && !place.sidecar->fresh();
        }));
    phase.most_stale = std::max(phase.most_stale, stale);
    if (stale > 0) phase.stale_until = loop_.Now() - phase.from;
  }
  phase.to = loop_.Now();
  phase.cpu_seconds = test::CpuSeconds() - cpu;
  told(phase);
}

void Fleet::Run(const Told& told) {
  loop_.RunFor(seconds(2));  // the replicas list
  StartSidecars();
  RunPhase("all pods start", told);
  ScheduleRestart();
  restarting_ = true;
  RunPhase("pods are replaced", told);
  if (!slots_.empty()) {
    slots_[0].replica.reset();
    After(options_.phase / 2, [this] { StartReplica(0); });
    RunPhase("and a replica is lost for half of it", told);
  }
  restarting_ = false;  // nobody writes
  loop_.RunFor(seconds(5));
  api_away_ = true;
  to_api_.Cut();
  if (slots_.empty()) to_directory_.Cut();
  After(options_.phase / 2, [this] { api_away_ = false; });
  RunPhase("the API server is away for half of it", told);
  restarting_ = true;
  RunPhase("pods are replaced again", told);
  restarting_ = false;
  loop_.RunFor(seconds(40));  // what is under way; the longest back-off
}

size_t Fleet::Mistaken() const {
  std::vector<absl::flat_hash_map<uint64_t, uint64_t>> truth(
      options_.namespaces);
  for (const Place& place : places_) {
    const std::string name = place.agent.Name();
    truth[place.agent.number % options_.namespaces]
         [std::hash<std::string>()(name)] = DigestOf(name, place.agent.ready);
  }
  return static_cast<size_t>(
      std::count_if(places_.begin(), places_.end(), [&](const Place& place) {
        return !place.sidecar ||
               place.sidecar->known() !=
                   truth[place.agent.number % options_.namespaces];
      }));
}

}  // namespace herald::simulation
