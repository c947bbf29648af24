// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/identity_wait.h"

#include <utility>

namespace herald::app {

StatusOr<std::unique_ptr<IdentityWait>> IdentityWait::Open(
    const app::Config& config, net::AsioLoop& loop, Log& log,
    identity::Source& source, Done done) {
  std::unique_ptr<IdentityWait> wait(
      new IdentityWait(loop, log, source, std::move(done)));
  listener::AcceptorOptions options;
  options.address = config.admin;
  options.setting = "listen.admin";
  options.remote_allowed = true;  // its address is spelt out by the operator
  HERALD_ASSIGN_OR_RETURN(wait->acceptor_,
                          listener::Acceptor::Open({.loop = loop,
                                                    .handler = wait->admin_,
                                                    .log = log,
                                                    .metrics = wait->metrics_},
                                                   options));
  source.Listen(*wait);
  return wait;
}

IdentityWait::IdentityWait(net::AsioLoop& loop, Log& log,
                           identity::Source& source, Done done)
    : loop_(loop),
      log_(log),
      source_(source),
      done_(std::move(done)),
      why_("waiting for an identity from " + source.place()),
      admin_(loop, *this, metrics_),
      self_(std::make_shared<IdentityWait*>(this)) {
  log_.Info("identity_awaited", {{"from", source_.place()}});
}

IdentityWait::~IdentityWait() { *self_ = nullptr; }

void IdentityWait::OnIdentity(net::IdentityPtr identity) {
  loop_.Post([self = self_, identity = std::move(identity)] {
    if (*self == nullptr || !(*self)->done_) return;
    std::exchange((*self)->done_, nullptr)(identity);
  });
}

void IdentityWait::Say(const std::string& why) {
  why_ = "waiting for an identity: " + why;
  log_.Warning("identity_awaited",
               {{"from", source_.place()},
                {"why", why},
                {"effect", "this sidecar serves when it has one"}});
}

std::vector<std::string> IdentityWait::NotReadyBecause() { return {why_}; }

admin::Change IdentityWait::NotYet() const {
  return {503, json::Object{{"title", "not ready"}, {"detail", why_}}};
}

admin::Explanation IdentityWait::Explain(const json::Value&) {
  return {false, NotYet().value};
}

admin::Explanation IdentityWait::Route(const json::Value&) {
  return {false, NotYet().value};
}

}  // namespace herald::app
