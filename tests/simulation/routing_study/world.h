// SPDX-License-Identifier: Apache-2.0
//
// One run: sidecars, each with its own picker and its own view, servers, and
// the time between them. No retries and no hedging, so that the pick alone is
// judged; a call without its first byte after 5 s is an error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "tests/simulation/routing_study/event_queue.h"
#include "tests/simulation/routing_study/link.h"
#include "tests/simulation/routing_study/picker.h"
#include "tests/simulation/routing_study/scene.h"
#include "tests/simulation/routing_study/server.h"
#include "tests/simulation/routing_study/workload.h"

namespace herald::study {

inline constexpr Duration kDeadline = std::chrono::seconds(5);

// What became of one call.
struct CallRecord {
  std::optional<size_t> server;     // none: nobody was usable
  std::optional<Duration> ttfb;     // none: an error
  std::optional<bool> same_server;  // as its context's call before
  Duration regret{0};  // expected first byte beyond the best server's
};

struct RunRecord {
  std::vector<CallPlan> calls;
  std::vector<CallRecord> records;  // one for each
  std::vector<ServerFacts> servers;
  uint64_t probes = 0;
};

class World final : public ServerEvents, public LinkWorld, public Truth {
 public:
  // `shared_detector`: every contestant stands on Herald's links.
  World(const Scene& scene, const Contestant& contestant, uint64_t seed,
        bool shared_detector = false);
  ~World() override;

  // Once.
  RunRecord Run();

 private:
  struct Caller {
    std::unique_ptr<Picker> picker;
    std::vector<std::optional<size_t>> last_server;  // by context
    std::vector<std::string> context_names;
  };
  struct Flight {
    uint32_t call;
    size_t link;
    Time sent;
    bool headed = false;
    bool done = false;
  };

  void MakeServers();
  void MakeCallers(const Contestant& contestant, uint64_t seed);
  void SchedulePhases();
  void SetFault(const Fault& fault, bool on);
  void Crash(size_t server);

  size_t LinkOf(size_t caller, size_t server) const {
    return caller * servers_.size() + server;
  }
  size_t ServerOf(size_t link) const { return link % servers_.size(); }
  size_t CallerOf(size_t link) const { return link / servers_.size(); }
  Picker& PickerOf(size_t link) { return *callers_[CallerOf(link)].picker; }
  Duration OneWay(size_t server);

  void NextCall();
  Question QuestionOf(uint32_t call) const;
  void StartCall(uint32_t call);
  void NoteChoice(uint32_t call, size_t server);
  void Send(uint32_t call, size_t server);
  void Arrive(uint32_t call);
  void OnHeadBack(uint32_t call, bool failed,
                  const routing::LoadReport& report);
  void OnDeadline(uint32_t call);
  void Finish(uint32_t call, bool failed);
  // A packet of that link reached its server, or nobody, at this moment.
  bool Reaches(size_t link, Time sent);
  void AskedProbe(size_t link);

  // ServerEvents
  void OnHead(uint32_t call, bool failed,
              const routing::LoadReport& report) override;
  void OnEnd(uint32_t call) override;
  // LinkWorld
  void OnLinkState(size_t link, routing::Link state) override;
  void OnLinkRtt(size_t link, Duration smoothed, Duration variation) override;
  void OnLinkDead(size_t link) override;
  void SendProbe(size_t link) override;
  std::optional<Duration> RoundTrip(size_t link) override;
  // Truth
  Duration Expected(size_t server) const override;
  double Load(size_t server) const override;

  const Scene scene_;
  const bool detector_;
  EventQueue clock_;
  Random network_random_;
  Duration mean_first_{0};
  RunRecord run_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<Duration> round_trips_;         // by server, as faults have them
  std::vector<std::vector<Job>> on_the_way_;  // by server
  std::vector<Caller> callers_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<Flight> flights_;                    // by call
  std::vector<std::vector<uint32_t>> open_calls_;  // by link
  uint32_t next_call_ = 0;
};

}  // namespace herald::study
