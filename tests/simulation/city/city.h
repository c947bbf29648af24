// SPDX-License-Identifier: Apache-2.0
//
// Thousands of sidecars in one process, on one virtual clock and one seed. It
// runs its calls and faults, heals, proves that it has healed by a call of each
// node, and leaves a journal for the checkers.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/city/city_mesh.h"
#include "tests/simulation/city/city_node.h"
#include "tests/simulation/city/city_options.h"
#include "tests/simulation/node_clock.h"
#include "tests/simulation/verdict.h"
#include "tests/support/fake_loop.h"

namespace herald::simulation {

// One use: make it, Run it, read the journal.
class City final : public CityMap {
 public:
  explicit City(const CityOptions& options);
  ~City() override;

  void Run();
  const Journal& journal() const { return journal_; }
  const CityPlan& plan() const { return plan_; }
  size_t ways() const { return mesh_.ways(); }

 private:
  struct Place {  // where a node lives, killed or not
    CitizenSpec spec;
    discovery::EndpointPtr endpoint;
    std::unique_ptr<NodeClock> clock;
    std::unique_ptr<CityNode> node;
    uint64_t lives = 0;
    size_t epoch = 0;
    int isolated = 0;
  };

  void MakePlaces();
  void MakeEntries();
  void Start(size_t number);
  void Kill(size_t number, Duration away);
  void AddEpoch();
  void SetEpoch(size_t number, size_t epoch);
  void ScheduleCalls();
  void BeginCall(const CallPlan& plan);
  void Begin(const CityFault& fault);
  void End(const CityFault& fault);
  void KillSome(const CityFault& fault);
  void Roll(const CityFault& fault);
  void BeginDrain(size_t number);
  void SpreadPolicy();
  void After(Duration delay, std::function<void()> fn);
  bool AllQuiet() const;

  // CityMap
  size_t NumberOf(const std::string& node) const override;
  const discovery::Endpoint& EndpointOf(size_t node) const override;
  const std::string& IdentityOf(size_t node) const override;
  uint64_t LifeOf(size_t node) const override;
  bool Cut(size_t from, size_t to) const override;
  Duration OneWay(size_t from, size_t to) const override;
  call::PeerEvents& EventsOf(size_t node) override;
  call::InboundCalls& InboundOf(size_t node) override;

  const CityOptions options_;
  Random random_;
  test::FakeLoop loop_;
  Journal journal_;
  CityPlan plan_;
  discovery::SnapshotPtr snapshot_;
  std::vector<std::shared_ptr<const policy::Program>> programs_;  // by epoch
  CityMesh mesh_;
  std::vector<Place> places_;
  std::map<std::string, size_t> numbers_;
  std::map<std::pair<size_t, size_t>, int> cut_pairs_;
  std::map<std::pair<std::string, std::string>, int> partitions_;
};

// Runs a city and judges it.
Verdict RunCity(const CityOptions& options);

}  // namespace herald::simulation
