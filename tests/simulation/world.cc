// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/drain_watch.h"
#include "tests/simulation/workload.h"
#include "tests/support/compile_policy.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// One way between two sites, about right for where they are.
Duration DelayBetween(const NodeSpec& a, const NodeSpec& b) {
  if (a.country == b.country) return milliseconds(1);
  auto european = [](const NodeSpec& node) {
    return node.country == "DE" || node.country == "FR";
  };
  return european(a) && european(b) ? milliseconds(8) : milliseconds(60);
}

}  // namespace

World::World(const Options& options)
    : options_(options), random_(options.seed), network_(loop_, options.seed) {
  journal_.drain_grace = options.drain_grace;
  journal_.undisturbed = options.faults == 0 && options.odd_answers == 0 &&
                         options.base_loss == 0 &&
                         options.plant == Plant::kNone;
  AddEpoch();
  MakePlaces();
  plans_ = PlanCalls(options_, random_);
  faults_ = PlanFaults(options_, random_);
  for (const CallPlan& plan : plans_) {
    const NodeSpec& caller = places_[plan.caller].spec;
    CallEntry entry;
    entry.number = plan.number;
    entry.idempotent = plan.idempotent;
    entry.keyed = plan.keyed;
    entry.labels = plan.labels;
    entry.timeout = plan.timeout;
    entry.agent = plan.agent;
    entry.caller_node = caller.name;
    entry.caller_country = caller.country;
    journal_.calls.push_back(std::move(entry));
  }
}

World::~World() {
  for (Place& place : places_) place.node.reset();
}

void World::MakePlaces() {
  std::vector<discovery::EndpointPtr> peers;
  std::map<Address, size_t, test::ByBytes> by_address;
  for (size_t i = 0; i < options_.nodes; ++i) {
    Place place;
    place.clock = std::make_unique<NodeClock>(loop_);
    place.spec.name = "node-" + std::to_string(i);
    place.spec.host =
        "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
    place.spec.country = kCountries[random_.Below(kCountries.size())];
    place.spec.tier = static_cast<Tier>(random_.Below(kTierCount));
    place.spec.agent = AgentOf(i, options_);
    place.spec.warm_peers = options_.warm_peers;
    place.spec.identity =
        pki_.Make("spiffe://acme.example/agent/" + place.spec.name);
    peers.push_back(place.spec.endpoint());
    network_.PutBehindNat(place.spec.client_address(), seconds(20));
    by_address[*Address::Parse(place.spec.client_address())] = i;
    by_address[*Address::Parse(place.spec.server_address())] = i;
    places_.push_back(std::move(place));
  }
  snapshot_ = std::make_shared<const discovery::Snapshot>(1, std::move(peers));
  network_.SetRule([this, by_address = std::move(by_address)](
                       const Address& from, const Address& to) {
    return FaultsBetween(by_address.at(from), by_address.at(to));
  });
}

void World::StartNode(size_t index) {
  Place& place = places_[index];
  place.node = std::make_unique<Node>(
      NodeParts{*place.clock, network_, journal_, plans_, log_, options_.plant},
      place.spec, random_.Next(), snapshot_, programs_[place.epoch]);
  place.leaving = false;
  if (options_.plant != Plant::kDeliversElsewhere) return;
  for (Place& each : places_) {  // a ring of wrong doors
    size_t next = (&each - places_.data() + 1) % places_.size();
    if (each.node == nullptr) continue;
    each.node->agent().SetElsewhere(
        places_[next].node ? &places_[next].node->agent() : nullptr);
  }
}

void World::StopNode(size_t index) {
  places_[index].leaving = true;
  journal_.stops.push_back({places_[index].spec.name, loop_.Now()});
  loop_.AtTurnEnd([this, index] { places_[index].node.reset(); });
}

void World::AddEpoch() {
  journal_.epochs.push_back(RandomSovereignty(random_));
  programs_.push_back(test::CompilePolicy(journal_.epochs.back().ToPolicy()));
}

void World::SetEpoch(size_t index, size_t epoch) {
  Place& place = places_[index];
  place.epoch = epoch;
  journal_.policies[place.spec.name].push_back({loop_.Now(), epoch});
  if (place.node) place.node->SetProgram(programs_[epoch]);
}

void World::After(Duration delay, std::function<void()> fn) {
  loop_.RunAt(loop_.Now() + delay, std::move(fn));
}

void World::ScheduleCalls() {
  for (const CallPlan& plan : plans_) {
    After(plan.at, [this, &plan] {
      CallEntry& entry = journal_.calls[plan.number];
      Place& caller = places_[plan.caller];
      // An agent dies with its sidecar, and begins nothing while it leaves.
      if (caller.leaving || !caller.node || caller.node->draining()) {
        entry.began = entry.ended = loop_.Now();
        entry.endings = 1;
        entry.outcome = "caller-died";
        return;
      }
      caller.node->Call(entry, plan);
    });
  }
}

void World::ScheduleFaults() {
  for (const Fault& fault : faults_) {
    After(fault.at, [this, &fault] { Begin(fault); });
  }
}

test::LinkFaults World::FaultsBetween(size_t from, size_t to) const {
  const Place& a = places_[from];
  const Place& b = places_[to];
  const auto cut = cut_.find({from, to});
  test::LinkFaults faults;
  faults.delay = DelayBetween(a.spec, b.spec);
  faults.loss = std::max(options_.base_loss, loss_);
  faults.mtu = black_holes_ > 0 ? 1300 : 1500;
  faults.cut =
      (cut != cut_.end() && cut->second > 0) || a.isolated || b.isolated;
  if (reordering_ > 0) {
    faults.jitter = milliseconds(5);
    faults.duplicate = 0.05;
  }
  return faults;
}

void World::BeginDrain(size_t index, Duration away) {
  Place& place = places_[index];
  if (!place.node || place.leaving || place.node->draining()) return;
  place.node->Drain();
  WatchDrain(loop_, journal_,
             {.name = place.spec.name,
              .gone = [&place] { return !place.node || place.leaving; },
              .shut_since = [&place] { return place.node->shut_since(); },
              .idle = [&place] { return place.node->idle(); }},
             [this, index, away] {
               if (final_) return;
               StopNode(index);
               After(away, [this, index] { StartNode(index); });
             });
}

bool World::AllEnded() {
  const auto& calls = journal_.calls;
  while (ended_ < calls.size() && calls[ended_].endings > 0) ++ended_;
  return ended_ == calls.size();
}

bool World::AllQuiet() const {
  return std::all_of(places_.begin(), places_.end(), [](const Place& place) {
    return !place.node || place.node->quiet();
  });
}

void World::DrainAll() {
  final_ = true;
  for (size_t i = 0; i < places_.size(); ++i) BeginDrain(i, Duration(0));
  loop_.RunFor(options_.drain_grace + seconds(1));
}

void World::Run() {
  for (size_t i = 0; i < places_.size(); ++i) {
    SetEpoch(i, 0);
    StartNode(i);
  }
  loop_.RunFor(seconds(1));
  ScheduleCalls();
  ScheduleFaults();
  loop_.RunFor(options_.span + seconds(8));  // every fault has ended
  loop_.RunUntil([this] { return AllEnded(); }, seconds(60));
  // A caller that died is noticed by QUIC's idle timeout alone, after 30 s.
  loop_.RunUntil([this] { return AllQuiet(); }, seconds(45));
  for (Place& place : places_) {
    if (place.node) place.node->WriteLeftovers(journal_);
  }
  DrainAll();
  journal_.end = loop_.Now();
}

}  // namespace herald::simulation
