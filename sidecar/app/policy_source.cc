// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_source.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "sidecar/app/policy_files.h"

namespace herald::app {
namespace {

// When the file was last written, by the system's clock.
WallTime WrittenAt(const std::string& path) {
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0) return WallTime{};
  return WallTime(std::chrono::seconds(found.st_mtim.tv_sec) +
                  std::chrono::nanoseconds(found.st_mtim.tv_nsec));
}

bool SameTexts(const std::vector<policy::SourceText>& a,
               const std::vector<policy::SourceText>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& one, const auto& other) {
                      return one.name == other.name && one.text == other.text &&
                             one.seal == other.seal;
                    });
}

}  // namespace

std::vector<std::string> MetersOf(const policy::Program& program) {
  std::vector<std::string> out;
  for (const policy::CompiledRule& rule : program.rules()) {
    const auto& meters = rule.obligations.meters;
    out.insert(out.end(), meters.begin(), meters.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

PolicySource::PolicySource(net::AsioLoop& loop, Log& log, Metrics& metrics,
                           PolicyRollout& rollout, Options options)
    : loop_(loop),
      log_(log),
      rollout_(rollout),
      options_(std::move(options)),
      failures_(metrics.counter(
          "herald_policy_failures_total",
          "Policy texts that were refused; the last good one stays.")),
      refused_(metrics.gauge("herald_policy_refused",
                             "1 while the policy files cannot be used.")) {}

PolicySource::~PolicySource() { loop_.Cancel(waiting_); }

Status PolicySource::Start() {
  for (const std::string& path : options_.paths) {
    HERALD_RETURN_IF_ERROR(Watch(path));
    // In a folder every file counts, seals included.
    if (!options_.signers.empty()) {
      HERALD_RETURN_IF_ERROR(Watch(SealPathOf(path)));
    }
  }
  if (!Load()) return InvalidArgument(problem_);
  if (options_.objects != nullptr) {
    options_.objects->changed = [this] { OnObjects(); };
    options_.objects->Start();
    log_.Info("policy_awaited",
              {{"effect", "every call is refused until it was read"}});
  } else if (options_.paths.empty()) {
    log_.Warning("no_policy", {{"effect", "every call is refused"}});
  }
  return absl::OkStatus();
}

Status PolicySource::Watch(const std::string& path) {
  HERALD_ASSIGN_OR_RETURN(
      auto watch, net::FileWatch::Open(loop_, path, [this] { OnFiles(); }));
  watches_.push_back(std::move(watch));
  return absl::OkStatus();
}

// A text that is cut off between two objects reads well and lacks the rest,
// Forbids among it: what is being written is let rest first.
bool PolicySource::StillWritten() const {
  const WallTime now = loop_.WallNow();
  for (const std::string& path : options_.paths) {
    auto files = ExpandPolicyPath(path);
    if (!files.ok()) continue;
    for (const std::string& file : *files) {
      const WallTime written = WrittenAt(file);
      if (written <= now && now - written < kQuiet) return true;
    }
  }
  return false;
}

void PolicySource::OnFiles() {
  if (waiting_ != 0) return;
  if (StillWritten() && ++waits_ <= kMostWaits) {
    waiting_ = loop_.RunAt(loop_.Now() + kQuiet, [this] {
      waiting_ = 0;
      OnFiles();
    });
    return;
  }
  waits_ = 0;
  Reload();
}

// Offered, or refused as a whole, like files; only the first time is news.
void PolicySource::OnObjects() {
  const bool first = !awaited_.empty();
  Reload();
  if (first && awaited_.empty() && offered_.empty()) {
    log_.Warning("no_policy", {{"effect", "every call is refused"}});
  }
}

std::string PolicySource::stale() const {
  return options_.objects == nullptr ? "" : options_.objects->problem();
}

void PolicySource::Reload() {
  if (Load()) return;
  log_.Error("policy_refused",
             {{"in_force",
               std::string(rollout_.present().program->about().short_hash())},
              {"why", problem_}});
}

void PolicySource::Refuse(std::string problem) {
  problem_ = std::move(problem);
  failures_.Add();
  refused_.Set(1);
}

bool PolicySource::Load() {
  auto texts = ReadPolicies(options_.paths);
  if (!texts.ok()) {
    Refuse(Message(texts.status()));
    return false;
  }
  CheckSeals(options_.signers, *texts);
  awaited_.clear();
  if (options_.objects != nullptr &&
      !options_.objects->AddTo(options_.signers, *texts)) {
    awaited_ = "the policy objects of the cluster were never read; " +
               options_.objects->problem();
    texts->clear();
  }
  if (any_offered_ && SameTexts(*texts, offered_)) {
    problem_.clear();  // as before the ones that were refused
    refused_.Set(0);
    return true;
  }
  const policy::Discharge discharge{
      .meter = true, .retain = policy::Discharge::Retain::kByPromise};
  policy::Loaded loaded = policy::Load(*texts, discharge);
  if (loaded.program == nullptr) {
    Refuse(Render(loaded.issues));
    return false;
  }
  problem_.clear();
  refused_.Set(0);
  any_offered_ = true;
  offered_ = *texts;
  if (options_.prepare_meters) {
    options_.prepare_meters(MetersOf(*loaded.program));
  }
  rollout_.Offer(std::move(loaded.program), *std::move(texts));
  return true;
}

}  // namespace herald::app
