// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/world.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/routing_study/draws.h"

namespace herald::study {
namespace {

constexpr Time kStart = Time(std::chrono::hours(1));
// What is left open when the last call has come may still end.
constexpr Duration kAfterwards = kDeadline + std::chrono::seconds(1);
// How much a packet's way varies: a fiftieth of the way, and a queue's 20 us.
constexpr double kWayVariation = 0.02;
constexpr double kLeastVariation = 20e3;  // ns

// Numbers of one seed that have nothing to do with each other (splitmix64).
uint64_t SeedOf(uint64_t seed, uint64_t what) {
  uint64_t z = seed + what * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

Duration MeanFirst(const std::vector<CallPlan>& calls) {
  Duration sum{0};
  for (const CallPlan& call : calls) sum += call.first;
  return calls.empty() ? sum : sum / static_cast<int64_t>(calls.size());
}

}  // namespace

World::World(const Scene& scene, const Contestant& contestant, uint64_t seed,
             bool shared_detector)
    : scene_(scene),
      detector_(contestant.detector || shared_detector),
      clock_(kStart),
      network_random_(SeedOf(seed, 1)) {
  run_.calls = DrawWorkload(scene_, SeedOf(seed, 2));
  run_.records.resize(run_.calls.size());
  flights_.resize(run_.calls.size());
  mean_first_ = MeanFirst(run_.calls);
  MakeServers();
  MakeCallers(contestant, seed);
}

World::~World() = default;

void World::MakeServers() {
  for (size_t site = 0; site < scene_.sites.size(); ++site) {
    const SiteSpec& spec = scene_.sites[site];
    for (size_t i = 0; i < spec.replicas; ++i) {
      run_.servers.push_back(
          {spec.name + "-" + std::to_string(i + 1), spec.tier, site});
      servers_.push_back(std::make_unique<Server>(spec, clock_, *this));
      round_trips_.push_back(spec.rtt);
    }
  }
  on_the_way_.resize(servers_.size());
}

void World::MakeCallers(const Contestant& contestant, uint64_t seed) {
  open_calls_.resize(scene_.callers * servers_.size());
  for (size_t i = 0; i < scene_.callers; ++i) {
    Caller caller;
    caller.picker =
        contestant.make({run_.servers, *this, i, SeedOf(seed, 100 + i)});
    caller.last_server.resize(kContexts);
    for (uint32_t c = 0; c < kContexts; ++c) {
      caller.context_names.push_back("context-" + std::to_string(c));
    }
    callers_.push_back(std::move(caller));
  }
  if (!detector_) return;
  for (size_t link = 0; link < open_calls_.size(); ++link) {
    links_.push_back(
        std::make_unique<Link>(link, clock_, network_random_, *this));
  }
}

RunRecord World::Run() {
  SchedulePhases();
  for (auto& link : links_) link->Open();
  NextCall();
  clock_.RunUntil(kStart + scene_.length() + kAfterwards);
  return std::move(run_);
}

// --- What happens to the world.

void World::SchedulePhases() {
  Time at = kStart;
  for (const Phase& phase : scene_.phases) {
    for (const Fault& fault : phase.faults) {
      clock_.At(at, [this, fault] { SetFault(fault, true); });
      clock_.At(at + phase.length, [this, fault] { SetFault(fault, false); });
    }
    at += phase.length;
  }
}

void World::SetFault(const Fault& fault, bool on) {
  size_t replica = 0;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if (run_.servers[i].site != fault.site) continue;
    if (fault.replica && *fault.replica != replica++) continue;
    switch (fault.kind) {
      case Fault::Kind::kSlow:
        servers_[i]->SetSlowness(on ? fault.factor : 1);
        break;
      case Fault::Kind::kFarther:
        round_trips_[i] += on ? fault.extra : -fault.extra;
        break;
      case Fault::Kind::kFailsFast:
        servers_[i]->SetFailing(on);
        break;
      case Fault::Kind::kDead:
        on ? Crash(i) : servers_[i]->Revive();
        break;
    }
  }
}

// Silence: nobody is told. Where no detector watches, a stream that stalls is
// given up as late as an answer.
void World::Crash(size_t server) {
  servers_[server]->Crash();
  if (detector_) return;
  for (size_t caller = 0; caller < callers_.size(); ++caller) {
    for (uint32_t call : open_calls_[LinkOf(caller, server)]) {
      clock_.After(kDeadline, [this, call] { Finish(call, /*failed=*/true); });
    }
  }
}

Duration World::OneWay(size_t server) {
  const double half = static_cast<double>(round_trips_[server].count()) / 2;
  const double more =
      Exponential(network_random_, kWayVariation * half + kLeastVariation);
  return Duration(static_cast<int64_t>(half + more));
}

// --- The life of a call.

void World::NextCall() {
  if (next_call_ == run_.calls.size()) return;
  const uint32_t call = next_call_++;
  clock_.At(kStart + run_.calls[call].at, [this, call] {
    StartCall(call);
    NextCall();
  });
}

Question World::QuestionOf(uint32_t call) const {
  const CallPlan& plan = run_.calls[call];
  Question question{.context = {}, .repeatable = plan.repeatable};
  if (plan.context != kNoContext) {
    question.context = callers_[plan.caller].context_names[plan.context];
  }
  return question;
}

void World::StartCall(uint32_t call) {
  const CallPlan& plan = run_.calls[call];
  Caller& caller = callers_[plan.caller];
  const std::optional<size_t> server =
      caller.picker->Pick(QuestionOf(call), clock_.now());
  flights_[call].done = !server;
  if (!server) return;
  NoteChoice(call, *server);
  Send(call, *server);
  const std::optional<size_t> other =
      detector_ ? caller.picker->ProbeSoon(*server) : std::nullopt;
  if (other) links_[LinkOf(plan.caller, *other)]->ProbeSoon();
  std::vector<size_t> probes;
  caller.picker->ProbeAfterPick(clock_.now(), &probes);
  for (size_t probed : probes) AskedProbe(LinkOf(plan.caller, probed));
}

void World::NoteChoice(uint32_t call, size_t server) {
  const CallPlan& plan = run_.calls[call];
  CallRecord& record = run_.records[call];
  record.server = server;
  Duration best = kDeadline;
  for (size_t i = 0; i < servers_.size(); ++i) {
    best = std::min(best, Expected(i));
  }
  record.regret = Expected(server) - best;
  if (plan.context == kNoContext) return;
  std::optional<size_t>& last = callers_[plan.caller].last_server[plan.context];
  if (last) record.same_server = *last == server;
  last = server;
}

void World::Send(uint32_t call, size_t server) {
  const CallPlan& plan = run_.calls[call];
  const size_t link = LinkOf(plan.caller, server);
  flights_[call] = {.call = call, .link = link, .sent = clock_.now()};
  open_calls_[link].push_back(call);
  PickerOf(link).OnSent(server, clock_.now());
  if (detector_) links_[link]->OnUse();
  on_the_way_[server].push_back({call, plan.first, plan.rest});
  clock_.After(OneWay(server), [this, call] { Arrive(call); });
  clock_.After(kDeadline, [this, call] { OnDeadline(call); });
}

void World::Arrive(uint32_t call) {
  const Flight& flight = flights_[call];
  const size_t server = ServerOf(flight.link);
  std::vector<Job>& coming = on_the_way_[server];
  auto job = std::find_if(coming.begin(), coming.end(),
                          [call](const Job& j) { return j.call == call; });
  const Job arrived = *job;
  coming.erase(job);
  if (!Reaches(flight.link, flight.sent) || flight.done) return;
  servers_[server]->Arrive(arrived);
}

bool World::Reaches(size_t link, Time sent) {
  const size_t server = ServerOf(link);
  const bool alive = servers_[server]->alive();
  if (!detector_) return alive;
  if (!alive) {
    links_[link]->OnSilence(sent);
    return false;
  }
  clock_.After(OneWay(server), [this, link, sent] {
    links_[link]->OnAck(clock_.now() - sent);
  });
  return true;
}

void World::OnHead(uint32_t call, bool failed,
                   const routing::LoadReport& report) {
  clock_.After(
      OneWay(ServerOf(flights_[call].link)),
      [this, call, failed, report] { OnHeadBack(call, failed, report); });
}

void World::OnHeadBack(uint32_t call, bool failed,
                       const routing::LoadReport& report) {
  Flight& flight = flights_[call];
  if (flight.done) return;
  const size_t server = ServerOf(flight.link);
  Picker& picker = PickerOf(flight.link);
  const Time now = clock_.now();
  picker.OnReport(server, report, now);
  if (failed) return Finish(call, true);
  flight.headed = true;
  run_.records[call].ttfb = now - flight.sent;
  picker.OnFirstByte(server, QuestionOf(call), now - flight.sent, now);
  if (run_.calls[call].rest == Duration(0)) Finish(call, false);
}

void World::OnEnd(uint32_t call) {
  clock_.After(OneWay(ServerOf(flights_[call].link)),
               [this, call] { Finish(call, /*failed=*/false); });
}

void World::OnDeadline(uint32_t call) {
  const Flight& flight = flights_[call];
  if (flight.headed || flight.done) return;
  Finish(call, /*failed=*/true);
  const size_t server = ServerOf(flight.link);
  clock_.After(OneWay(server),
               [this, call, server] { servers_[server]->Cancel(call); });
}

void World::Finish(uint32_t call, bool failed) {
  Flight& flight = flights_[call];
  if (std::exchange(flight.done, true)) return;
  std::erase(open_calls_[flight.link], call);
  PickerOf(flight.link).OnDone(ServerOf(flight.link), failed, clock_.now());
}

// --- Links and probes.

void World::OnLinkState(size_t link, routing::Link state) {
  PickerOf(link).OnLink(ServerOf(link), state, clock_.now());
}

void World::OnLinkRtt(size_t link, Duration smoothed, Duration variation) {
  PickerOf(link).OnRtt(ServerOf(link), smoothed, variation);
}

void World::OnLinkDead(size_t link) {
  const std::vector<uint32_t> lost = open_calls_[link];
  for (uint32_t call : lost) Finish(call, /*failed=*/true);
}

void World::SendProbe(size_t link) {
  ++run_.probes;
  const size_t server = ServerOf(link);
  clock_.After(OneWay(server), [this, link, server, sent = clock_.now()] {
    if (!Reaches(link, sent)) return;
    const routing::LoadReport report = servers_[server]->Report();
    clock_.After(OneWay(server), [this, link, server, report] {
      PickerOf(link).OnReport(server, report, clock_.now());
    });
  });
}

void World::AskedProbe(size_t link) {
  ++run_.probes;
  const size_t server = ServerOf(link);
  clock_.After(OneWay(server), [this, link, server, sent = clock_.now()] {
    if (!servers_[server]->alive()) return;
    const routing::LoadReport report = servers_[server]->Report();
    clock_.After(OneWay(server), [this, link, server, report, sent] {
      const Time now = clock_.now();
      PickerOf(link).OnProbe(server, report, now - sent, now);
    });
  });
}

std::optional<Duration> World::RoundTrip(size_t link) {
  const size_t server = ServerOf(link);
  if (!servers_[server]->alive()) return std::nullopt;
  return OneWay(server) + OneWay(server);
}

// --- Truth.

Duration World::Expected(size_t server) const {
  const Server& s = *servers_[server];
  if (!s.alive() || s.failing()) return kDeadline;
  const Duration half = round_trips_[server] / 2;
  const Time head =
      s.FirstByteOf(mean_first_, clock_.now() + half, on_the_way_[server]);
  return std::min(kDeadline, head + half - clock_.now());
}

double World::Load(size_t server) const {
  const Server& s = *servers_[server];
  return static_cast<double>(s.in_flight() + on_the_way_[server].size()) /
         s.slots();
}

}  // namespace herald::study
