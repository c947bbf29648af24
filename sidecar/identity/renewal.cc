// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/renewal.h"

#include <utility>

namespace herald::identity {
namespace {

constexpr char kRenewals[] = "herald_identity_renewals_total";
constexpr char kRenewalsHelp[] =
    "Changes of the identity (certificate, key or trust), by result.";

constexpr Duration kReviewEvery = std::chrono::seconds(1);

double Seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

Renewal::Renewal(Parts parts)
    : parts_(std::move(parts)),
      renewed_(
          parts_.metrics.counter(kRenewals, kRenewalsHelp, "result=\"ok\"")),
      refused_(parts_.metrics.counter(kRenewals, kRenewalsHelp,
                                      "result=\"refused\"")),
      revoked_count_(parts_.metrics.counter(kRenewals, kRenewalsHelp,
                                            "result=\"revoked\"")),
      until_(parts_.metrics.gauge(
          "herald_identity_expires_seconds",
          "When our certificate ends, in seconds since 1970.")) {}

Renewal::~Renewal() { parts_.loop.Cancel(review_timer_); }

void Renewal::Start() {
  until_.Set(Seconds(parts_.identity->not_after()));
  Review();
}

void Renewal::OnIdentity(net::IdentityPtr identity) {
  const std::string& ours = parts_.identity->id().text();
  if (identity->id().text() != ours) {
    return OnRefused(parts_.place + ": names " + identity->id().text() +
                     ", and this sidecar is " + ours +
                     "; restart it to be another one");
  }
  if (Status used = Use(identity); !used.ok()) return OnRefused(Message(used));
  parts_.identity = std::move(identity);
  problem_.clear();
  revoked_ = false;
  renewed_.Add();
  until_.Set(Seconds(parts_.identity->not_after()));
  parts_.log.Info("identity_renewed",
                  {{"identity", parts_.identity->id().text()},
                   {"certificate", parts_.place}});
}

void Renewal::OnRefused(const std::string& why) {
  problem_ = why;
  refused_.Add();
  parts_.log.Error("identity_refused",
                   {{"why", problem_},
                    {"effect", "the one that was read before stays in use"}});
}

void Renewal::OnRevoked(const std::string& why) {
  problem_ = why;
  revoked_ = true;
  revoked_count_.Add();
  parts_.log.Error("identity_revoked",
                   {{"why", problem_},
                    {"effect", "no peer is spoken to until there is one"}});
  // Cannot fail: the certificate is the one in use.
  (void)Use(parts_.identity->WithoutTrust());
}

void Renewal::OnUnreachable(const std::string& why) {
  parts_.log.Warning(
      "identity_source_unreachable",
      {{"why", why}, {"effect", "the identity in use stays until it ends"}});
}

Status Renewal::Use(const net::IdentityPtr& identity) {
  for (net::TlsContext* context : parts_.contexts) {
    HERALD_RETURN_IF_ERROR(context->Replace(identity));
  }
  return absl::OkStatus();
}

void Renewal::Review() {
  review_timer_ =
      parts_.loop.RunAt(parts_.loop.Now() + kReviewEvery, [this] { Review(); });
  parts_.review(parts_.loop.WallNow());
}

}  // namespace herald::identity
