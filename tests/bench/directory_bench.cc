// SPDX-License-Identifier: Apache-2.0
//
// What a large fleet costs a sidecar: the time of one change, from a source's
// word until observers have the new snapshot, and the memory of an endpoint,
// all in all: the value, its texts, its place in the source's list, in the
// snapshot and in the list of those who serve its agent, with malloc's own
// share. Services of twenty replicas at a dozen sites, named as Kubernetes
// names pods; and, in the last rows, one service that has all of them.
//
//   scripts/bench directory
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/random.h"
#include "discovery/directory.h"

namespace herald::discovery {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kChanges = 2000;

class TellingSource final : public Source {
 public:
  void Start(SourceSink* sink) override { sink_ = sink; }
  void Stop() override {}
  SourceSink& sink() { return *sink_; }

 private:
  SourceSink* sink_ = nullptr;
};

struct Fleet {
  size_t endpoints;
  size_t replicas;  // of each service
};

Site SiteOf(size_t service) {
  constexpr const char* kCountries[] = {"DE", "FR", "NL", "US"};
  constexpr Tier kTiers[] = {Tier::kFarEdge, Tier::kNearEdge, Tier::kCloud};
  const Country country = *Country::Parse(kCountries[service % 4]);
  return {.country = country,
          .tier = kTiers[service / 4 % 3],
          .operator_name = "acme-operations",
          .operator_control = {{country}},
          .assurance = {{"C5", "ISO27001"}},
          .attestation = Attestation::kDeclared};
}

Endpoint Replica(const Fleet& fleet, size_t number, uint16_t port) {
  const size_t service = number / fleet.replicas;
  const std::string agent = "agent-" + std::to_string(service);
  char pod[64];
  std::snprintf(pod, sizeof pod, "%s-%08zx-%05zu", agent.c_str(),
                service * 2654435761 % 0xffffffff, number % 100000);
  const std::string address = "10." + std::to_string(number >> 16) + "." +
                              std::to_string(number >> 8 & 255) + "." +
                              std::to_string(number & 255) + ":" +
                              std::to_string(port);
  Endpoint out;
  out.name = pod;
  out.address = *Address::Parse(address);
  out.identity = "spiffe://acme.example/ns/claims/sa/" + agent;
  out.site = SiteOf(service);
  out.agents = {{.name = agent,
                 .skills = {"summarize", "translate"},
                 .tags = {"text", "claims"}}};
  return out;
}

EndpointPtr Told(const Fleet& fleet, size_t number, uint16_t port = 15443) {
  return std::make_shared<const Endpoint>(Replica(fleet, number, port));
}

// What the texts of an endpoint's own come to.
size_t TextOf(const Endpoint& peer) {
  return peer.name.size() + peer.identity.size();
}

void Measure(const Fleet& fleet) {
  Directory directory;
  auto owned = std::make_unique<TellingSource>();
  TellingSource& source = *owned;
  directory.Add(std::move(owned));
  size_t told = 0;
  directory.Observe(
      [&](const SnapshotPtr&, auto names) { told += names.size(); });
  directory.Start();

  malloc_trim(0);
  const size_t before = mallinfo2().uordblks;
  size_t texts = 0;
  {
    std::vector<EndpointPtr> all;
    for (size_t i = 0; i < fleet.endpoints; ++i) {
      all.push_back(Told(fleet, i));
      texts += TextOf(*all.back());
    }
    source.sink().OnPeers(std::move(all));
  }
  const auto count = static_cast<double>(fleet.endpoints);
  const double bytes = static_cast<double>(mallinfo2().uordblks - before);

  Random random(7);
  std::vector<double> millis;
  SnapshotPtr held;  // as a call holds the one it began with
  for (size_t i = 0; i < kChanges; ++i) {
    held = directory.snapshot();
    EndpointPtr moved = Told(fleet, random.Below(fleet.endpoints),
                             static_cast<uint16_t>(i + 1));
    const Clock::time_point start = Clock::now();
    source.sink().OnChange({std::move(moved)}, {});
    const std::chrono::duration<double, std::milli> took = Clock::now() - start;
    millis.push_back(took.count());
  }
  HERALD_CHECK(told == fleet.endpoints + kChanges, "each change was told once");
  std::sort(millis.begin(), millis.end());
  std::printf("%9zu %9zu %10.3f %10.3f %10.3f %12.0f %12.0f\n", fleet.endpoints,
              fleet.replicas, millis[kChanges / 2], millis[kChanges * 99 / 100],
              millis.back(), bytes / count,
              (bytes - static_cast<double>(texts)) / count);
}

}  // namespace
}  // namespace herald::discovery

int main() {
  std::printf("%9s %9s %10s %10s %10s %12s %12s\n", "endpoints", "replicas",
              "p50 ms", "p99 ms", "max ms", "bytes each", "less texts");
  for (const size_t endpoints : {1000, 10000, 100000}) {
    herald::discovery::Measure({endpoints, 20});
  }
  for (const size_t endpoints : {1000, 10000, 100000}) {
    herald::discovery::Measure({endpoints, endpoints});
  }
  return 0;
}
