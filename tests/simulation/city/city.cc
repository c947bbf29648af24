// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/city/city.h"

#include <algorithm>

#include "core/base/check.h"
#include "tests/support/compile_policy.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

City::City(const CityOptions& options)
    : options_(options),
      random_(options.seed),
      plan_(PlanCity(options_, random_)),
      mesh_(loop_, random_, *this) {
  journal_.drain_grace = options.drain_grace;
  AddEpoch();
  MakePlaces();
  MakeEntries();
}

City::~City() {
  for (Place& place : places_) {
    place.lives = 0;
    place.node.reset();
  }
}

void City::MakePlaces() {
  std::vector<discovery::EndpointPtr> peers;
  for (size_t i = 0; i < options_.nodes; ++i) {
    Place place;
    place.clock = std::make_unique<NodeClock>(loop_);
    place.spec.number = i;
    place.spec.name = "node-" + std::to_string(i);
    place.spec.identity = "spiffe://acme.example/agent/" + place.spec.name;
    place.spec.country = kCountries[random_.Below(kCountries.size())];
    place.spec.tier = static_cast<Tier>(random_.Below(kTierCount));
    place.spec.agent = AgentOf(i, options_);
    numbers_[place.spec.name] = i;
    place.endpoint = place.spec.endpoint();
    peers.push_back(place.endpoint);
    places_.push_back(std::move(place));
  }
  snapshot_ = std::make_shared<const discovery::Snapshot>(1, std::move(peers));
}

void City::MakeEntries() {
  for (const CallPlan& plan : plan_.calls) {
    const CitizenSpec& caller = places_[plan.caller].spec;
    CallEntry entry;
    entry.number = plan.number;
    entry.idempotent = plan.idempotent;
    entry.keyed = plan.keyed;
    entry.labels = plan.labels;
    entry.timeout = plan.timeout;
    entry.agent = plan.agent;
    entry.caller_node = caller.name;
    entry.caller_country = caller.country;
    entry.proof = plan.number >= plan_.ordinary;
    journal_.calls.push_back(std::move(entry));
  }
}

void City::Start(size_t number) {
  Place& place = places_[number];
  ++place.lives;
  place.node = std::make_unique<CityNode>(
      CityParts{*place.clock, mesh_, *this, journal_, plan_.calls,
                options_.plant, snapshot_},
      place.spec, random_.Next(), programs_[place.epoch]);
}

void City::Kill(size_t number, Duration away) {
  Place& place = places_[number];
  if (!place.node) return;
  journal_.stops.push_back({place.spec.name, loop_.Now()});
  // Silence first: nobody hears its streams end.
  std::shared_ptr<CityNode> dying = std::move(place.node);
  mesh_.OnDeath(number);
  loop_.AtTurnEnd([dying]() mutable { dying.reset(); });
  After(away, [this, number] { Start(number); });
}

void City::AddEpoch() {
  journal_.epochs.push_back(RandomSovereignty(random_));
  programs_.push_back(test::CompilePolicy(journal_.epochs.back().ToPolicy()));
}

void City::SetEpoch(size_t number, size_t epoch) {
  Place& place = places_[number];
  place.epoch = epoch;
  journal_.policies[place.spec.name].push_back({loop_.Now(), epoch});
  if (place.node) place.node->SetProgram(programs_[epoch]);
}

void City::After(Duration delay, std::function<void()> fn) {
  loop_.RunAt(loop_.Now() + delay, std::move(fn));
}

// --- calls

void City::ScheduleCalls() {
  for (const CallPlan& plan : plan_.calls) {
    After(plan.at, [this, &plan] { BeginCall(plan); });
  }
}

void City::BeginCall(const CallPlan& plan) {
  CallEntry& entry = journal_.calls[plan.number];
  Place& caller = places_[plan.caller];
  // An agent dies with its sidecar, and begins nothing while it leaves.
  if (caller.node && !caller.node->draining()) {
    return caller.node->Call(entry, plan);
  }
  entry.began = entry.ended = loop_.Now();
  entry.endings = 1;
  entry.outcome = "caller-died";
}

// --- the run

bool City::AllQuiet() const {
  const bool ended =
      std::all_of(journal_.calls.begin(), journal_.calls.end(),
                  [](const CallEntry& call) { return call.endings > 0; });
  return ended &&
         std::all_of(places_.begin(), places_.end(),
                     [](const auto& p) { return !p.node || p.node->quiet(); });
}

void City::Run() {
  for (size_t i = 0; i < places_.size(); ++i) {
    SetEpoch(i, 0);
    Start(i);
  }
  ScheduleCalls();
  for (const CityFault& fault : plan_.faults) {
    After(fault.at, [this, &fault] { Begin(fault); });
  }
  Duration last{0};
  for (const CallPlan& call : plan_.calls) last = std::max(last, call.at);
  loop_.RunFor(last + seconds(1));
  // In steps: looking at every node is not for each turn.
  for (int i = 0; i < 60 && !AllQuiet(); ++i) loop_.RunFor(seconds(1));
  for (const Place& place : places_) {
    if (place.node) place.node->WriteLeftovers(journal_);
  }
  journal_.leftovers.push_back({"the mesh", "streams", mesh_.open_wires()});
  journal_.end = loop_.Now();
}

// --- CityMap

size_t City::NumberOf(const std::string& node) const {
  const auto found = numbers_.find(node);
  HERALD_CHECK(found != numbers_.end(), "the snapshot names our nodes");
  return found->second;
}

const discovery::Endpoint& City::EndpointOf(size_t node) const {
  return *places_[node].endpoint;
}

const std::string& City::IdentityOf(size_t node) const {
  return places_[node].spec.identity;
}

uint64_t City::LifeOf(size_t node) const {
  return places_[node].node ? places_[node].lives : 0;
}

bool City::Cut(size_t from, size_t to) const {
  const Place& a = places_[from];
  const Place& b = places_[to];
  if (a.isolated > 0 || b.isolated > 0) return true;
  auto pair = cut_pairs_.find({from, to});
  if (pair != cut_pairs_.end() && pair->second > 0) return true;
  auto apart = [this](const Place& x, const Place& y) {
    auto found = partitions_.find({x.spec.country, y.spec.country});
    return found != partitions_.end() && found->second > 0;
  };
  return apart(a, b) || apart(b, a);
}

// By country and tier, about right.
Duration City::OneWay(size_t from, size_t to) const {
  const CitizenSpec& a = places_[from].spec;
  const CitizenSpec& b = places_[to].spec;
  auto european = [](const CitizenSpec& spec) {
    return spec.country == "DE" || spec.country == "FR";
  };
  const Duration tier = milliseconds(2 * static_cast<int>(b.tier));
  if (a.country == b.country) return tier + milliseconds(1);
  return tier + milliseconds(european(a) && european(b) ? 8 : 60);
}

call::PeerEvents& City::EventsOf(size_t node) {
  return places_[node].node->peers();
}

call::InboundCalls& City::InboundOf(size_t node) {
  return places_[node].node->inbound();
}

}  // namespace herald::simulation
