// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/identity_renewal.h"

#include <utility>

namespace herald::app {
namespace {

constexpr char kRenewals[] = "herald_identity_renewals_total";
constexpr char kRenewalsHelp[] =
    "Changes of the certificate, key or trust files, by result.";

constexpr Duration kReviewEvery = std::chrono::seconds(1);

double Seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

bool Same(const net::IdentityFiles& a, const net::IdentityFiles& b) {
  return a.certificate == b.certificate && a.key == b.key && a.trust == b.trust;
}

}  // namespace

IdentityRenewal::IdentityRenewal(Parts parts)
    : parts_(std::move(parts)),
      renewed_(
          parts_.metrics.counter(kRenewals, kRenewalsHelp, "result=\"ok\"")),
      refused_(parts_.metrics.counter(kRenewals, kRenewalsHelp,
                                      "result=\"refused\"")),
      until_(parts_.metrics.gauge(
          "herald_identity_expires_seconds",
          "When our certificate ends, in seconds since 1970.")) {}

IdentityRenewal::~IdentityRenewal() {
  watches_.clear();
  parts_.loop.Cancel(retry_timer_);
  parts_.loop.Cancel(review_timer_);
}

void IdentityRenewal::Start() {
  until_.Set(Seconds(parts_.identity->not_after()));
  // What was loaded a moment ago; a change in between is then seen as one.
  if (auto texts = Read(); texts.ok()) texts_ = *std::move(texts);
  for (const std::string& path :
       {parts_.files.certificate, parts_.files.key, parts_.files.trust}) {
    Watch(path);
  }
  Review();
}

void IdentityRenewal::Watch(const std::string& path) {
  auto watch = parts_.access.watch(path, [this] { Load(/*patient=*/true); });
  if (watch.ok()) {
    watches_.push_back(*std::move(watch));
  } else {
    parts_.log.Warning(
        "identity_unwatched",
        {{"file", path},
         {"why", Message(watch.status())},
         {"effect", "a renewed one is not noticed before a restart"}});
  }
}

StatusOr<net::IdentityFiles> IdentityRenewal::Read() const {
  net::IdentityFiles texts;
  HERALD_ASSIGN_OR_RETURN(texts.certificate,
                          parts_.access.read(parts_.files.certificate));
  HERALD_ASSIGN_OR_RETURN(texts.key, parts_.access.read(parts_.files.key));
  HERALD_ASSIGN_OR_RETURN(texts.trust, parts_.access.read(parts_.files.trust));
  return texts;
}

void IdentityRenewal::Load(bool patient) {
  auto texts = Read();
  // A watch tells more often than files change.
  if (texts.ok() && Same(*texts, texts_)) {
    parts_.loop.Cancel(std::exchange(retry_timer_, 0));
    return;
  }
  Status used = texts.ok() ? Use(*texts) : texts.status();
  if (used.ok()) {
    parts_.loop.Cancel(std::exchange(retry_timer_, 0));
    texts_ = *std::move(texts);
    problem_.clear();
    renewed_.Add();
    until_.Set(Seconds(parts_.identity->not_after()));
    parts_.log.Info("identity_renewed",
                    {{"identity", parts_.identity->id().text()},
                     {"certificate", parts_.files.certificate}});
    return;
  }
  if (patient) {
    parts_.loop.Cancel(retry_timer_);
    retry_timer_ = parts_.loop.RunAt(parts_.loop.Now() + kPatience, [this] {
      retry_timer_ = 0;
      Load(/*patient=*/false);
    });
    return;
  }
  if (texts.ok()) texts_ = *std::move(texts);
  problem_ = Message(used);
  refused_.Add();
  parts_.log.Error("identity_refused",
                   {{"why", problem_},
                    {"effect", "the one that was read before stays in use"}});
}

Status IdentityRenewal::Use(const net::IdentityFiles& texts) {
  HERALD_ASSIGN_OR_RETURN(
      auto identity,
      net::Identity::FromPem(texts, parts_.files, parts_.loop.WallNow()));
  if (identity->id().text() != parts_.identity->id().text()) {
    return InvalidArgument(parts_.files.certificate + ": names " +
                           identity->id().text() + ", and this sidecar is " +
                           parts_.identity->id().text() +
                           "; restart it to be another one");
  }
  for (net::TlsContext* context : parts_.contexts) {
    HERALD_RETURN_IF_ERROR(context->Replace(identity));
  }
  parts_.identity = std::move(identity);
  return absl::OkStatus();
}

void IdentityRenewal::Review() {
  review_timer_ =
      parts_.loop.RunAt(parts_.loop.Now() + kReviewEvery, [this] { Review(); });
  parts_.review(parts_.loop.WallNow());
}

}  // namespace herald::app
