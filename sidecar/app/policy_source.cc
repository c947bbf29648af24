// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_source.h"

#include <utility>

#include "sidecar/app/policy_files.h"

namespace herald::app {

PolicySource::PolicySource(net::AsioLoop& loop, Log& log, Metrics& metrics,
                           policy::Store& store, std::vector<std::string> paths)
    : loop_(loop),
      log_(log),
      store_(store),
      paths_(std::move(paths)),
      loads_(metrics.counter("herald_policy_loads_total",
                             "Policy texts that came into force.")),
      failures_(metrics.counter(
          "herald_policy_failures_total",
          "Policy texts that were refused; the last good one stays.")) {}

Status PolicySource::Start() {
  for (const std::string& path : paths_) {
    HERALD_ASSIGN_OR_RETURN(
        auto watch, net::FileWatch::Open(loop_, path, [this] { Reload(); }));
    watches_.push_back(std::move(watch));
  }
  if (!Load()) return InvalidArgument(problem_);
  if (paths_.empty()) {
    log_.Warning("no_policy", {{"effect", "every call is refused"}});
  }
  return absl::OkStatus();
}

bool PolicySource::Load() {
  auto texts = ReadPolicies(paths_);
  if (!texts.ok()) {
    problem_ = Message(texts.status());
    failures_.Add();
    return false;
  }
  Issues issues = store_.Update(*texts);
  bool refused = HasErrors(issues);
  problem_ = refused ? Render(issues) : "";
  (refused ? failures_ : loads_).Add();
  if (!refused) in_force_ = std::move(*texts);
  return !refused;
}

std::string PolicySource::InForce() const {
  std::string out;
  for (const policy::SourceText& text : in_force_) {
    out += "# " + text.name + "\n---\n" + text.text + "\n";
  }
  return out;
}

void PolicySource::Reload() {
  std::string before(store_.current()->hash());
  if (!Load()) {
    log_.Error("policy_refused", {{"in_force", before}, {"why", problem_}});
  } else if (store_.current()->hash() != before) {
    log_.Info("policy_loaded",
              {{"policy", std::string(store_.current()->hash())},
               {"before", before}});
  }
}

}  // namespace herald::app
