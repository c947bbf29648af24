// SPDX-License-Identifier: Apache-2.0
//
// What the study compares: one picker for each sidecar, told what a sidecar of
// its kind would see, late as it would see it. Only oracles get the truth.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/site.h"
#include "core/base/time.h"
#include "sidecar/routing/signals.h"

namespace herald::study {

// What discovery says of a server.
struct ServerFacts {
  std::string name;
  Tier tier = Tier::kCloud;
  size_t site = 0;
};

// One call that wants a server.
struct Question {
  std::string_view context;  // empty: none
  bool repeatable = false;
};

class Picker {
 public:
  virtual ~Picker() = default;

  // nullopt: none is usable; the call fails.
  virtual std::optional<size_t> Pick(const Question& question, Time now) = 0;

  // The life of a call: sent; perhaps its first byte; done.
  virtual void OnSent(size_t /*server*/, Time) {}
  virtual void OnFirstByte(size_t /*server*/, const Question&,
                           Duration /*ttfb*/, Time) {}
  virtual void OnDone(size_t /*server*/, bool /*failed*/, Time) {}
  // The server's word about its load, with each response's head.
  virtual void OnReport(size_t /*server*/, const routing::LoadReport&, Time) {}

  // Of pickers that stand on the detector of transport.
  virtual void OnLink(size_t /*server*/, routing::Link, Time) {}
  virtual void OnRtt(size_t /*server*/, Duration /*smoothed*/,
                     Duration /*variation*/) {}

  // With each call: a server whose link is to be probed now, if it was not just
  // before. Of pickers on links.
  virtual std::optional<size_t> ProbeSoon(size_t /*chosen*/) {
    return std::nullopt;
  }

  // Probes of a picker's own that a call brings with it, and what they find.
  virtual void ProbeAfterPick(Time, std::vector<size_t>* /*servers*/) {}
  virtual void OnProbe(size_t /*server*/, const routing::LoadReport&,
                       Duration /*rtt*/, Time) {}
};

// What is true at this moment, for oracles and for the measure of regret.
class Truth {
 public:
  virtual ~Truth() = default;
  // Until the first byte of a call of mean work if it were sent now; the
  // deadline where it would fail.
  virtual Duration Expected(size_t server) const = 0;
  virtual double Load(size_t server) const = 0;  // in flight by slots
};

// What a picker is made of; all outlive it.
struct PickerParts {
  const std::vector<ServerFacts>& servers;
  const Truth& truth;
  size_t caller = 0;
  uint64_t seed = 0;
};

struct Contestant {
  std::string name;
  // Links with the production detector and its probes: down within 3 PTO. The
  // others learn of a dead server by the deadline, as over bare TCP.
  bool detector = false;
  std::function<std::unique_ptr<Picker>(const PickerParts&)> make;
};

}  // namespace herald::study
