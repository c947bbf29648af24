// SPDX-License-Identifier: Apache-2.0
//
// What a fleet costs: the parts are run as they are (Agent objects as an API
// server sends them, the reflector and source of a sidecar, the cache and the
// watches of `herald directory`) and measured one by one; what 10,000 pods come
// to is then a matter of counting, which the table does.
//
//   scripts/bench fleet
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/base/metrics.h"
#include "core/base/random.h"
#include "discovery/directory.h"
#include "discovery/kubernetes/kubernetes_source.h"
#include "sidecar/fanout/fan_out.h"
#include "sidecar/fanout/watcher.h"
#include "tests/support/agent_of_a_pod.h"
#include "tests/support/cpu_seconds.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald {
namespace {

// The fleet that is counted.
struct Fleet {
  size_t pods = 10'000;
  double restarts = 5;     // a second, all together
  size_t namespaces = 50;  // where a sidecar watches its own alone
  size_t replicas = 5;     // of `herald directory`
};

// A pod that is replaced: the old one says that it drains, and is deleted; the
// new one says who it is, and that it is ready.
constexpr double kEventsOfARestart = 4;

size_t Heap() { return mallinfo2().uordblks; }

std::string AgentText(size_t number, size_t version, bool managed) {
  return test::AgentOfAPod{
      .number = number, .version = version, .managed = managed}
      .Text();
}

// Answers the list that was asked for, page by page, and opens the watch.
size_t AnswerList(test::FakeWeb& web, size_t pods, bool managed) {
  size_t bytes = 0;
  for (size_t at = 0; at < pods;) {
    std::string items;
    for (size_t i = 0; i < kubernetes::Reflector::kPage && at < pods; ++i) {
      items += (i == 0 ? "" : ",") + AgentText(at, at + 1, managed);
      ++at;
    }
    const std::string next = at < pods ? R"(,"continue":"x")" : "";
    const std::string page = R"({"kind":"AgentList","metadata":{)"
                             R"("resourceVersion":")" +
                             std::to_string(pods) + "\"" + next +
                             "},\"items\":[" + items + "]}";
    bytes += page.size();
    web.last().Answer(200, page);
  }
  web.last().Head(200);
  return bytes;
}

std::string EventText(size_t number, size_t version, bool managed) {
  return "{\"type\":\"MODIFIED\",\"object\":" +
         AgentText(number, version, managed) + "}\n";
}

// --- a sidecar that knows `pods` of them

struct SidecarCost {
  double list_bytes = 0, list_cpu = 0, bytes_held = 0, event_cpu = 0;
};

SidecarCost MeasureSidecar(size_t pods, bool managed) {
  test::FakeLoop loop;
  test::FakeWeb web;
  Random random(1);
  Metrics metrics;
  const kubernetes::Api api{loop, random, web, nullptr};
  discovery::Directory directory;
  SidecarCost out;
  const size_t before = Heap();
  directory.Add(std::make_unique<kubernetes::KubernetesSource>(
      api, metrics, kubernetes::KubernetesSourceOptions()));
  directory.Start();
  double start = test::CpuSeconds();
  out.list_bytes = static_cast<double>(AnswerList(web, pods, managed));
  loop.RunTurn();
  out.list_cpu = test::CpuSeconds() - start;
  web.asked.erase(web.asked.begin(), web.asked.end() - 1);
  malloc_trim(0);
  out.bytes_held = static_cast<double>(Heap() - before);

  constexpr size_t kEvents = 400;
  std::vector<std::string> events;
  for (size_t i = 0; i < kEvents; ++i) {
    // A new address each time: what changes nothing would cost less.
    std::string text = EventText(i * 7 % pods, pods + i + 1, managed);
    text.replace(text.find(":15443"), 6, ":1" + std::to_string(6000 + i));
    events.push_back(std::move(text));
  }
  start = test::CpuSeconds();
  for (const std::string& event : events) {
    web.last().Body(event);
    loop.RunTurn();
  }
  out.event_cpu = (test::CpuSeconds() - start) / kEvents;
  directory.Stop();
  return out;
}

// --- `herald directory`

// A client that takes everything at once.
class Eager final : public http::Stream {
 public:
  explicit Eager(uint64_t& bytes) : bytes_(bytes) {}
  void SendResponse(const http::ResponseHead&, bool) override {}
  void SendData(std::string_view data, bool) override {
    bytes_ += data.size();
    taken_ += data.size();
  }
  void SendTrailers(const http::Headers&) override {}
  void Cancel(http::Reset) override {}
  void Consume(size_t) override {}
  void SetEvents(http::StreamEvents*) override {}
  size_t Taken() { return std::exchange(taken_, 0); }

 private:
  uint64_t& bytes_;
  size_t taken_ = 0;
};

struct FanOutCost {
  double event_bytes = 0, bytes_held = 0, read_cpu = 0, tell_cpu = 0;
};

FanOutCost MeasureFanOut(size_t pods) {
  test::FakeLoop loop;
  test::FakeWeb web;
  Random random(1);
  Metrics metrics;
  Counter told;
  const kubernetes::Api api{loop, random, web, nullptr};
  FanOutCost out;
  const size_t before = Heap();
  fanout::Cache cache(36'000, [] {});
  kubernetes::Reflector reflector(
      api, {.path = std::string(kubernetes::kGroupPath) + "/agents"}, cache,
      {});
  reflector.Start();
  AnswerList(web, pods, /*managed=*/true);
  malloc_trim(0);
  out.bytes_held = static_cast<double>(Heap() - before);

  constexpr size_t kWatches = 500, kEvents = 200;
  uint64_t bytes = 0;
  std::vector<std::unique_ptr<Eager>> streams;
  std::vector<std::unique_ptr<fanout::Watcher>> watchers;
  const auto question = fanout::ParseQuestion(
      std::string(kubernetes::kGroupPath) +
          "/agents?watch=1&resourceVersion=" + std::to_string(pods),
      0);
  for (size_t i = 0; i < kWatches; ++i) {
    streams.push_back(std::make_unique<Eager>(bytes));
    watchers.push_back(std::make_unique<fanout::Watcher>(
        fanout::Watcher::Setup{.loop = loop,
                               .cache = cache,
                               .question = *question,
                               .at = cache.EventAfter(cache.version()),
                               .stream = *streams.back(),
                               .sent = told,
                               .ended = [] {}}));
  }
  double read = 0, tell = 0;
  for (size_t i = 0; i < kEvents; ++i) {
    std::string text = EventText(i * 7 % pods, pods + i + 1, true);
    text.replace(text.find(":15443"), 6, ":1" + std::to_string(6000 + i));
    double start = test::CpuSeconds();
    web.last().Body(text);
    read += test::CpuSeconds() - start;
    start = test::CpuSeconds();
    for (size_t w = 0; w < kWatches; ++w) {
      watchers[w]->Pump();
      watchers[w]->OnSent(streams[w]->Taken());
    }
    tell += test::CpuSeconds() - start;
  }
  out.event_bytes = static_cast<double>(bytes) / (kWatches * kEvents);
  out.read_cpu = read / kEvents;
  out.tell_cpu = tell / (kWatches * kEvents);
  return out;
}

// --- the counting

// One way of arranging the fleet.
struct Arrangement {
  const char* name;
  double watched;  // pods that one sidecar watches
  bool by_directory;
};

void Print(const Fleet& fleet, const SidecarCost& managed,
           const SidecarCost& trimmed, const FanOutCost& directory) {
  const auto pods = static_cast<double>(fleet.pods);
  const auto replicas = static_cast<double>(fleet.replicas);
  const double raw_event = static_cast<double>(EventText(1, 1, true).size());
  const double raw_object = managed.list_bytes / pods;
  const double own = pods / static_cast<double>(fleet.namespaces);
  const double rate = fleet.restarts * kEventsOfARestart;
  std::printf(
      "\n| %zu pods, %.0f restarts/s | API server sends | lists of starting "
      "pods | each of %zu replicas sends | each sidecar hears (CPU) | "
      "a sidecar's list |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
      fleet.pods, fleet.restarts, fleet.replicas);
  for (const Arrangement& one :
       {Arrangement{"all watch all", pods, false},
        Arrangement{"each its namespace", own, false},
        Arrangement{"all watch all, by herald directory", pods, true},
        Arrangement{"each its namespace, by herald directory", own, true}}) {
    const SidecarCost& sidecar = one.by_directory ? trimmed : managed;
    const double events = rate * one.watched / pods;  // a sidecar hears
    const double size = one.by_directory ? directory.event_bytes : raw_event;
    const double object =
        one.by_directory ? directory.event_bytes - 30 : raw_object;
    const double api = one.by_directory ? rate * replicas * raw_event
                                        : events * pods * raw_event;
    const double lists = fleet.restarts * one.watched * object;
    char replica[64] = "";
    if (one.by_directory) {
      const double sends = events * pods / replicas;
      std::snprintf(replica, sizeof replica, "%.1f MB/s", sends * size / 1e6);
    }
    std::printf(
        "| %s | %.1f MB/s, %.0f events/s | %.1f MB/s%s | %s | %.2f KB/s (%.2f "
        "%%) | %.1f MB, %.0f ms |\n",
        one.name, api / 1e6, one.by_directory ? rate * replicas : events * pods,
        lists / 1e6, one.by_directory ? " from the replicas" : "", replica,
        events * size / 1e3, 100 * events * sidecar.event_cpu,
        one.watched * object / 1e6,
        1e3 * sidecar.list_cpu * one.watched / pods);
  }
}

int Run() {
  const Fleet fleet;
  const SidecarCost managed = MeasureSidecar(fleet.pods, true);
  const SidecarCost trimmed = MeasureSidecar(fleet.pods, false);
  const FanOutCost directory = MeasureFanOut(fleet.pods);
  const auto pods = static_cast<double>(fleet.pods);
  std::printf(
      "a sidecar, from the API server: list of %zu: %.1f MB, %.0f ms "
      "CPU; holds %.0f B a pod; %.0f us CPU a change\n",
      fleet.pods, managed.list_bytes / 1e6, 1e3 * managed.list_cpu,
      managed.bytes_held / pods, 1e6 * managed.event_cpu);
  std::printf(
      "a sidecar, from herald directory: list of %zu: %.1f MB, %.0f "
      "ms CPU; %.0f us CPU a change\n",
      fleet.pods, trimmed.list_bytes / 1e6, 1e3 * trimmed.list_cpu,
      1e6 * trimmed.event_cpu);
  std::printf(
      "herald directory: holds %.0f B a pod; %.0f us CPU to take a "
      "change, %.2f us to tell it one watch (%.0f B), before HTTP/2 and TLS\n",
      directory.bytes_held / pods, 1e6 * directory.read_cpu,
      1e6 * directory.tell_cpu, directory.event_bytes);
  Print(fleet, managed, trimmed, directory);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace herald

int main() { return herald::Run(); }
