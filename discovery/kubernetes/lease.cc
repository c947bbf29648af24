// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/lease.h"

#include <algorithm>
#include <utility>

#include "core/base/calendar.h"

namespace herald::kubernetes {
namespace {

constexpr char kLeases[] = "/apis/coordination.k8s.io/v1/namespaces/";

int64_t NumberAt(const json::Object& map, const char* key, int64_t otherwise) {
  const json::Value* value = map.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
}

}  // namespace

std::string ToMicroTime(WallTime at) {
  using namespace std::chrono;
  const auto whole = floor<seconds>(at);
  std::string text = ToRfc3339(WallTime(whole));
  std::string digits =
      std::to_string(duration_cast<microseconds>(at - whole).count());
  digits.insert(0, 6 - digits.size(), '0');
  text.insert(text.size() - 1, "." + digits);
  return text;
}

Lease::Lease(const Api& api, Log& log, LeaseOptions options,
             std::function<void(bool leads)> changed)
    : api_(api),
      log_(log),
      options_(std::move(options)),
      changed_(std::move(changed)) {}

Lease::~Lease() { api_.loop.Cancel(timer_); }

void Lease::Start() { Look(); }

std::string Lease::Path() const {
  return kLeases + Escape(options_.space) + "/leases/" + Escape(options_.name);
}

void Lease::Ask(StatusOr<http::WebRequest> request,
                void (Lease::*then)(const StatusOr<http::WebAnswer>&)) {
  if (!request.ok()) return (this->*then)(request.status());
  ask_ = std::make_unique<http::Ask>(
      api_.web, api_.loop, *std::move(request),
      http::AskLimits{.patience = kRetry * 2, .body_max = 1 << 20},
      [this, then](const StatusOr<http::WebAnswer>& answer) {
        const std::unique_ptr<http::Ask> done = std::move(ask_);
        (this->*then)(answer);
      });
}

void Lease::Look() { Ask(MakeRequest(api_, "GET", Path()), &Lease::OnLooked); }

void Lease::OnLooked(const StatusOr<http::WebAnswer>& answer) {
  if (!answer.ok()) return Again();
  if (answer->status == 404) {
    acquired_ = ToMicroTime(api_.loop.WallNow());
    return Write("POST", "", 0);
  }
  auto lease = json::Parse(answer->body);
  if (answer->status != 200 || !lease || !lease->is_object()) return Again();
  Judge(lease->get_object());
}

void Lease::Judge(const json::Object& lease) {
  const json::Object* spec = MapAt(lease, {"spec"});
  const json::Object none;
  if (spec == nullptr) spec = &none;
  const std::string holder =
      json::GetString(*spec, "holderIdentity").value_or("");
  const std::string version =
      TextAt(lease, {"metadata", "resourceVersion"}).value_or("");
  const int64_t transitions = NumberAt(*spec, "leaseTransitions", 0);
  if (holder == options_.holder) {
    acquired_ = json::GetString(*spec, "acquireTime")
                    .value_or(ToMicroTime(api_.loop.WallNow()));
    return Write("PUT", version, transitions);
  }
  Set(false);
  const Time now = api_.loop.Now();
  const std::string record =
      holder + " " + json::GetString(*spec, "renewTime").value_or("");
  if (record != seen_) {
    seen_ = record;
    seen_at_ = now;
  }
  const Duration lasts = std::chrono::seconds(NumberAt(
      *spec, "leaseDurationSeconds",
      std::chrono::duration_cast<std::chrono::seconds>(kLasts).count()));
  if (!holder.empty() && now - seen_at_ < lasts) return Again();
  acquired_ = ToMicroTime(api_.loop.WallNow());
  Write("PUT", version, transitions + 1);
}

void Lease::Write(const char* method, const std::string& version,
                  int64_t transitions) {
  const bool creates = version.empty();
  auto request = MakeRequest(
      api_, method,
      creates ? kLeases + Escape(options_.space) + "/leases" : Path());
  if (request.ok()) {
    json::Object metadata{{"name", json::View(options_.name)},
                          {"namespace", json::View(options_.space)}};
    // The server refuses what rests on another version than its own.
    if (!creates) metadata["resourceVersion"] = json::View(version);
    const auto lasts =
        std::chrono::duration_cast<std::chrono::seconds>(kLasts).count();
    request->head.headers.Add("content-type", "application/json");
    request->body = json::Serialize(json::Object{
        {"apiVersion", "coordination.k8s.io/v1"},
        {"kind", "Lease"},
        {"metadata", std::move(metadata)},
        {"spec", json::Object{{"holderIdentity", json::View(options_.holder)},
                              {"leaseDurationSeconds", lasts},
                              {"acquireTime", json::View(acquired_)},
                              {"renewTime",
                               json::View(ToMicroTime(api_.loop.WallNow()))},
                              {"leaseTransitions", transitions}}}});
  }
  Ask(std::move(request), &Lease::OnWritten);
}

void Lease::OnWritten(const StatusOr<http::WebAnswer>& answer) {
  if (answer.ok() && answer->ok()) {
    renewed_ = api_.loop.Now();
    Set(true);
  } else if (answer.ok()) {
    log_.Debug("lease_not_taken",
               {{"why", ReasonOf(answer->status, answer->body)}});
  }
  Again();
}

// A leader that cannot reach the server ceases before others may begin.
void Lease::Again() {
  const Time now = api_.loop.Now();
  if (leads_ && now - renewed_ >= kRenewWithin) Set(false);
  const Duration spread = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(kRetry) * (0.2 * api_.random.Unit()));
  Time next = now + kRetry + spread;
  if (leads_) next = std::min(next, renewed_ + kRenewWithin);
  timer_ = api_.loop.RunAt(next, [this] {
    timer_ = 0;
    if (leads_ && api_.loop.Now() - renewed_ >= kRenewWithin) Set(false);
    Look();
  });
}

void Lease::Set(bool leads) {
  if (leads_ == leads) return;
  leads_ = leads;
  log_.Info(leads ? "leading" : "not_leading",
            {{"lease", options_.space + "/" + options_.name}});
  changed_(leads);
}

}  // namespace herald::kubernetes
