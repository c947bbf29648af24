// SPDX-License-Identifier: Apache-2.0
//
// A cluster of pods with a sidecar each, the replicas of `herald directory` and
// an API server, on one virtual clock. Pods are replaced all the while. The API
// server answers as the directory does, for the directory speaks its words.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "discovery/kubernetes/reflector.h"
#include "sidecar/fanout/fan_out.h"
#include "tests/simulation/fleet/memory_web.h"
#include "tests/simulation/fleet/traffic.h"
#include "tests/support/agent_of_a_pod.h"
#include "tests/support/fake_loop.h"

namespace herald::simulation {

struct FleetOptions {
  uint64_t seed = 1;
  size_t pods = 10'000;
  size_t namespaces = 50;  // each sidecar watches its own
  size_t replicas = 5;     // 0: all ask the API server itself
  double restarts = 5;     // a second, all together
  Duration phase = std::chrono::seconds(60);
};

// What a part of the run cost, and how long somebody did not know the truth.
struct Phase {
  std::string name;
  Time from, to;
  size_t most_stale = 0;    // sidecars that had lost their watch at once
  Duration stale_until{0};  // since the phase began; 0: none at its end
  double cpu_seconds = 0;   // of this process: all sidecars and servers
};

// One use: make it, Run it, look. One thread.
class Fleet {
 public:
  explicit Fleet(const FleetOptions& options);
  ~Fleet();

  // Called as each phase has ended.
  using Told = std::function<void(const Phase&)>;
  void Run(const Told& told);

  // Sidecars whose word on some pod of their namespace is not the API server's.
  size_t Mistaken() const;

  const Traffic& api_traffic() const { return api_traffic_; }
  // REQUIRES: `replica` < options.replicas.
  const Traffic& replica_traffic(size_t replica) const {
    return slots_[replica].traffic;
  }

 private:
  class Sidecar;
  struct Replica;
  struct Slot {  // where a replica stands, lost or not
    std::unique_ptr<Replica> replica;
    Traffic traffic;
  };
  struct Place {  // where a pod stands, replaced or not
    test::AgentOfAPod agent;
    bool moving = false;
    std::unique_ptr<Sidecar> sidecar;
  };

  Answerer ApiServer();
  Answerer ChooseSlot();
  void StartReplica(size_t index);
  void StartSidecar(Place& place);
  void StartSidecars();
  void Write(test::AgentOfAPod& agent);
  void Delete(test::AgentOfAPod& agent);
  void Restart(Place& place);
  void ScheduleRestart();
  void RunPhase(const std::string& name, const Told& told);
  void After(Duration delay, std::function<void()> fn);

  const FleetOptions options_;
  test::FakeLoop loop_;
  Random random_;
  Metrics metrics_;
  Traffic api_traffic_;
  YesWeb yes_;
  bool api_away_ = false;
  bool restarting_ = false;
  uint64_t version_ = 0;
  std::unique_ptr<fanout::FanOut> api_server_;
  MemoryWeb to_api_;
  MemoryWeb to_directory_;
  std::vector<Slot> slots_;
  std::vector<Place> places_;
};

}  // namespace herald::simulation
