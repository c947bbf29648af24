// SPDX-License-Identifier: Apache-2.0
//
// A mesh of sidecars in one process: one virtual clock, one network in memory,
// one seed. It runs its calls and faults, heals, waits until all is quiet,
// drains every node, and leaves a journal for the checkers.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/log.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/journal.h"
#include "tests/simulation/node.h"
#include "tests/simulation/node_clock.h"
#include "tests/simulation/options.h"
#include "tests/support/fake_loop.h"
#include "tests/support/test_pki.h"

namespace herald::simulation {

// One use: make it, Run it, read the journal.
class World {
 public:
  explicit World(const Options& options);
  ~World();

  void Run();
  const Journal& journal() const { return journal_; }
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  struct Place {  // where a node lives, killed or not
    NodeSpec spec;
    std::unique_ptr<NodeClock> clock;
    std::unique_ptr<Node> node;
    size_t epoch = 0;
    bool isolated = false;
    bool leaving = false;  // killed or drained, and not back yet
  };

  void MakePlaces();
  void StartNode(size_t index);
  void StopNode(size_t index);  // at the turn's end
  void AddEpoch();
  void SetEpoch(size_t index, size_t epoch);

  void ScheduleCalls();
  void ScheduleFaults();
  void Begin(const Fault& fault);
  void End(const Fault& fault);
  void BeginDrain(size_t index, Duration away);
  test::LinkFaults FaultsBetween(size_t from, size_t to) const;
  void After(Duration delay, std::function<void()> fn);
  bool AllEnded();
  bool AllQuiet() const;  // a moment between two probes
  void DrainAll();

  const Options options_;
  Random random_;
  test::FakeLoop loop_;
  test::TestPki pki_;
  test::FakeNetwork network_;
  NullLog log_;
  Journal journal_;
  std::vector<CallPlan> plans_;
  std::vector<Fault> faults_;
  discovery::SnapshotPtr snapshot_;
  std::vector<std::shared_ptr<const policy::Program>> programs_;  // by epoch
  std::vector<Place> places_;
  std::map<std::pair<size_t, size_t>, int> cut_;  // from, to: how often
  double loss_ = 0;
  int reordering_ = 0;
  int black_holes_ = 0;
  bool final_ = false;  // drained nodes do not come back
  size_t ended_ = 0;    // calls, the first so many
};

}  // namespace herald::simulation
