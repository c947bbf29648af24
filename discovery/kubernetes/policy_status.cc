// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/policy_status.h"

#include <algorithm>

#include "core/base/calendar.h"

namespace herald::kubernetes {
namespace {

constexpr char kManager[] = "herald-policy-status";

// What is wrong in this object; empty: nothing.
std::string ProblemsOf(const PolicyObject& object, const Issues& issues) {
  Issues own;
  for (const Issue& issue : issues) {
    if (issue.file == object.Label()) own.push_back(issue);
  }
  if (!HasErrors(own)) return "";
  std::string text = Render(own);
  if (text.size() > PolicyReporter::kMaxMessage) {
    text.resize(PolicyReporter::kMaxMessage);
    // Not in the middle of a character.
    while (!text.empty() && (text.back() & 0xC0) == 0x80) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  return text;
}

PolicyCondition ConditionOf(const PolicyObject& object, const Issues& issues) {
  PolicyCondition out;
  out.generation = object.generation;
  if (std::string problems = ProblemsOf(object, issues); !problems.empty()) {
    out.status = "False";
    out.reason = "NotSound";
    out.message = std::move(problems);
    return out;
  }
  out.status = "True";
  out.reason = "Sound";
  // Sidecars take the set as a whole, so this one waits for the others.
  for (const Issue& issue : issues) {
    if (issue.severity != Issue::Severity::kError) continue;
    out.reason = "WaitsForOthers";
    out.message = issue.file +
                  " is not sound; until it is, sidecars keep the set that "
                  "was sound before";
    break;
  }
  return out;
}

std::string StatusPath(const PolicyObject& object) {
  std::string path = kGroupPath;
  if (!object.space.empty()) path += "/namespaces/" + Escape(object.space);
  return path + "/" + PluralOf(object.kind) + "/" + Escape(object.name) +
         "/status?force=true&fieldManager=" + kManager;
}

std::string StatusBody(const PolicyObject& object,
                       const PolicyCondition& condition, WallTime now) {
  json::Object metadata{{"name", json::View(object.name)}};
  if (!object.space.empty()) metadata["namespace"] = json::View(object.space);
  // By convention the time of the last change of status, not of words.
  const bool turned = condition.status != object.condition.status ||
                      object.condition.since.empty();
  const std::string since =
      turned ? ToRfc3339(std::chrono::floor<std::chrono::seconds>(now))
             : object.condition.since;
  json::Object shown{{"type", "Compiled"},
                     {"status", json::View(condition.status)},
                     {"reason", json::View(condition.reason)},
                     {"message", json::View(condition.message)},
                     {"observedGeneration", condition.generation},
                     {"lastTransitionTime", json::View(since)}};
  return json::Serialize(json::Object{
      {"apiVersion", kApiVersion},
      {"kind", json::View(object.kind)},
      {"metadata", std::move(metadata)},
      {"status", json::Object{{"conditions", json::Array{std::move(shown)}}}}});
}

}  // namespace

PolicyReporter::PolicyReporter(const Api& api, Log& log, Metrics& metrics,
                               const PolicyReporterOptions& options,
                               Check check)
    : api_(api),
      log_(log),
      check_(std::move(check)),
      written_(metrics.counter("herald_policy_statuses_total",
                               "Statuses of policy objects written.")),
      failures_(metrics.counter(
          "herald_policy_status_failures_total",
          "Statuses of policy objects that the API server did not take.")),
      policies_(api, metrics, {}, [this] { Review(); }),
      lease_(api, log,
             {.space = options.space,
              .name = options.lease,
              .holder = options.holder},
             [this](bool) { Review(); }) {}

PolicyReporter::~PolicyReporter() { api_.loop.Cancel(pause_); }

void PolicyReporter::Start() {
  policies_.Start();
  lease_.Start();
}

void PolicyReporter::Review() {
  due_.clear();
  if (!lease_.leads() || !policies_.complete()) return;
  const std::vector<PolicyObject> objects = policies_.objects();
  const Issues issues = check_(objects);
  for (const PolicyObject& object : objects) {
    PolicyCondition wanted = ConditionOf(object, issues);
    if (!wanted.SaysTheSame(object.condition)) {
      due_.push_back({object, std::move(wanted)});
    }
  }
  std::reverse(due_.begin(), due_.end());
  Step();
}

void PolicyReporter::Step() {
  if (ask_ || pause_ != 0 || due_.empty()) return;
  const Due& due = due_.back();
  auto request = MakeRequest(api_, "PATCH", StatusPath(due.object));
  if (!request.ok()) return Fail(Message(request.status()));
  request->head.headers.Add("content-type", "application/apply-patch+yaml");
  request->body = StatusBody(due.object, due.condition, api_.loop.WallNow());
  ask_ = std::make_unique<http::Ask>(
      api_.web, api_.loop, *std::move(request), http::AskLimits{},
      [this,
       label = due.object.Label()](const StatusOr<http::WebAnswer>& answer) {
        const std::unique_ptr<http::Ask> done = std::move(ask_);
        // A review meanwhile may have made another list.
        const bool same = !due_.empty() && due_.back().object.Label() == label;
        if (same && answer.ok() && (answer->ok() || answer->status == 404)) {
          due_.pop_back();
        }
        OnAnswer(answer);
      });
}

void PolicyReporter::OnAnswer(const StatusOr<http::WebAnswer>& answer) {
  if (!answer.ok()) return Fail(Message(answer.status()));
  if (!answer->ok() && answer->status != 404) {
    return Fail(ReasonOf(answer->status, answer->body));
  }
  if (answer->ok()) written_.Add();
  failure_.clear();
  Step();
}

void PolicyReporter::Fail(const std::string& why) {
  failures_.Add();
  if (failure_ != why) {
    failure_ = why;
    log_.Warning("policy_status_failed", {{"why", why}});
  }
  const Time now = api_.loop.Now();
  pause_ = api_.loop.RunAt(now + backoff_.Next(now, api_.random), [this] {
    pause_ = 0;
    Step();
  });
}

}  // namespace herald::kubernetes
