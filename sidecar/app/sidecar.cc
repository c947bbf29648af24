// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/sidecar.h"

#include <utility>

#include "core/crypto/random_bytes.h"
#include "core/net/web_client.h"
#include "sidecar/app/file_access.h"
#include "sidecar/app/identity_wait.h"
#include "sidecar/app/parts.h"
#include "sidecar/identity/file_source.h"
#include "sidecar/identity/workload_source.h"

namespace herald::app {
namespace {

StatusOr<std::unique_ptr<identity::Source>> WorkloadApi(
    const IdentitySettings& settings, net::AsioLoop& loop) {
  net::WebClientOptions options;
  HERALD_ASSIGN_OR_RETURN(net::WebTarget target,
                          net::WebTarget::Parse(settings.workload_api));
  options.targets = {std::move(target)};
  options.http2 = true;
  // gRPC's servers end connections that send them PINGs (the usual policy:
  // one in five minutes), and this one is on our machine.
  options.watch = {};
  return std::unique_ptr<identity::Source>(
      std::make_unique<identity::WorkloadSource>(
          identity::WorkloadSource::Parts{
              .loop = loop,
              .web = std::make_unique<net::WebClient>(loop, std::move(options)),
              .place = settings.workload_api,
              .hint = settings.hint,
              .seed = crypto::RandomSeed()}));
}

}  // namespace

Sidecar::Sidecar(Config config, net::AsioLoop& loop, Log& log)
    : config_(std::move(config)), loop_(loop), log_(log) {}
Sidecar::~Sidecar() = default;

StatusOr<std::unique_ptr<Sidecar>> Sidecar::Start(
    Config config, net::AsioLoop& loop, Log& log,
    std::function<void(const Status&)> failed) {
  std::unique_ptr<Sidecar> sidecar(new Sidecar(std::move(config), loop, log));
  HERALD_RETURN_IF_ERROR(sidecar->config_.identity.workload_api.empty()
                             ? sidecar->ServeByFiles()
                             : sidecar->AwaitIdentity(std::move(failed)));
  return sidecar;
}

Status Sidecar::ServeByFiles() {
  auto source = std::make_unique<identity::FileSource>(
      loop_, log_, config_.identity.files, FilesOn(loop_));
  HERALD_ASSIGN_OR_RETURN(net::IdentityPtr identity, source->Load());
  parts_ = std::make_unique<Parts>(
      config_, loop_, log_,
      Parts::FirstIdentity{std::move(identity), std::move(source)});
  return parts_->Start();
}

Status Sidecar::AwaitIdentity(std::function<void(const Status&)> failed) {
  HERALD_ASSIGN_OR_RETURN(awaited_, WorkloadApi(config_.identity, loop_));
  auto serve = [this, failed = std::move(failed)](net::IdentityPtr identity) {
    wait_.reset();  // Its address is ours now.
    parts_ = std::make_unique<Parts>(
        config_, loop_, log_,
        Parts::FirstIdentity{std::move(identity), std::move(awaited_)});
    const Status started = parts_->Start();
    if (started.ok()) return;
    parts_.reset();
    if (failed) failed(started);
  };
  HERALD_ASSIGN_OR_RETURN(
      wait_, IdentityWait::Open(config_, loop_, log_, *awaited_, serve));
  return absl::OkStatus();
}

void Sidecar::Drain(std::function<void()> done) {
  if (parts_ != nullptr) return parts_->Drain(std::move(done));
  wait_.reset();
  awaited_.reset();
  loop_.Post(std::move(done));
}

}  // namespace herald::app
