// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/injector_command.h"

#include <memory>
#include <string>
#include <utility>

#include "core/base/random.h"
#include "core/crypto/random_bytes.h"
#include "core/net/asio_loop.h"
#include "core/net/descriptor_limit.h"
#include "core/net/file_watch.h"
#include "core/net/signals.h"
#include "core/net/stderr_log.h"
#include "sidecar/app/clusters.h"
#include "sidecar/app/policy_reports.h"
#include "sidecar/app/process.h"
#include "sidecar/app/served_tls.h"
#include "sidecar/cli/sidecar_template.h"
#include "sidecar/injector/webhook.h"
#include "sidecar/listener/acceptor.h"

namespace herald::cli {
namespace {

// A node's drain takes 30 s by default; a review takes at most ten.
constexpr Duration kGrace = std::chrono::seconds(10);

// The Lease's namespace, and its holder's name, outside of pods.
constexpr char kSpace[] = "herald-system";

// The parts, connected; lives as long as the command. One thread.
class Injector {
 public:
  Injector(net::AsioLoop& loop, Log& log, std::string file)
      : loop_(loop),
        log_(log),
        file_(std::move(file)),
        random_(crypto::RandomSeed()),
        clusters_(loop, random_, log),
        reloads_(metrics_.counter("herald_injector_reloads_total",
                                  "Settings and certificates read again.",
                                  "result=\"used\"")),
        refused_(metrics_.counter("herald_injector_reloads_total",
                                  "Settings and certificates read again.",
                                  "result=\"refused\"")) {}
  ~Injector() { loop_.Cancel(grace_); }

  Status Start(injector::Settings settings) {
    settings_ = std::move(settings);
    if (settings_.certificate.empty()) {
      return InvalidArgument(
          file_ +
          ": the webhook needs 'certificate' and 'key': an API server "
          "speaks HTTPS with it");
    }
    HERALD_ASSIGN_OR_RETURN(
        tls_,
        app::ServedTls::Open(
            {.loop = loop_, .log = log_, .used = reloads_, .refused = refused_},
            settings_.certificate, settings_.key));
    webhook_ =
        std::make_unique<injector::Webhook>(loop_, log_, metrics_, settings_);
    // What could not be renewed or read again is used on as it was, so it
    // keeps nobody away; the log and the metrics tell of it.
    listener::AcceptorOptions options;
    options.address = settings_.listen;
    options.setting = "listen";
    options.remote_allowed = true;  // an API server is elsewhere
    options.tls = &tls_->tls();
    HERALD_ASSIGN_OR_RETURN(acceptor_,
                            listener::Acceptor::Open({.loop = loop_,
                                                      .handler = *webhook_,
                                                      .log = log_,
                                                      .metrics = metrics_},
                                                     options));
    StartReports();
    WatchSettings();
    return absl::OkStatus();
  }

  // Ends the reviews under way; takes no new ones.
  void Drain(const std::function<void()>& done) {
    acceptor_->Drain(done);
    grace_ = loop_.RunAt(loop_.Now() + kGrace, done);
  }

 private:
  // One of the replicas writes into each policy object's status whether it
  // compiles. Without it webhooks answer all the same.
  void StartReports() {
    const kubernetes::Pod pod = kubernetes::ReadPod(app::ProcessEnvironment());
    app::KubernetesSettings cluster;
    cluster.kubeconfig = settings_.kubeconfig;
    if (cluster.kubeconfig.empty() && pod.name.empty()) return;
    auto connected = clusters_.For(cluster);
    if (!connected.ok()) {
      log_.Warning("no_policy_status",
                   {{"why", Message(connected.status())},
                    {"effect",
                     "nobody is told in a policy object's status "
                     "that it does not compile"}});
      return;
    }
    reporter_ = app::MakePolicyReporter(
        *(*connected)->api, log_, metrics_,
        {.space = pod.space.empty() ? kSpace : pod.space,
         .holder = pod.name.empty() ? kSpace : pod.name});
    reporter_->Start();
  }

  void WatchSettings() {
    auto watch =
        net::FileWatch::Open(loop_, file_, [this] { ReloadSettings(); });
    if (watch.ok()) {
      watch_ = *std::move(watch);
      return;
    }
    log_.Warning("not_watched",
                 {{"file", file_},
                  {"why", Message(watch.status())},
                  {"effect", "a change is not noticed before a restart"}});
  }

  // Address and files of the certificate stay those of the start.
  void ReloadSettings() {
    auto parsed = ReadInjectorSettings(file_);
    if (HasErrors(parsed.issues)) {
      refused_.Add();
      log_.Error("settings_refused",
                 {{"why", Render(parsed.issues)},
                  {"effect", "those that were read before stay in force"}});
      return;
    }
    reloads_.Add();
    log_.Info("settings_loaded", {{"file", file_}});
    webhook_->Replace(std::move(parsed.settings));
  }

  net::AsioLoop& loop_;
  Log& log_;
  const std::string file_;
  Metrics metrics_;
  Random random_;
  app::Clusters clusters_;
  std::unique_ptr<kubernetes::PolicyReporter> reporter_;  // may be null
  Counter& reloads_;
  Counter& refused_;
  injector::Settings settings_;
  std::unique_ptr<app::ServedTls> tls_;
  std::unique_ptr<injector::Webhook> webhook_;
  std::unique_ptr<listener::Acceptor> acceptor_;
  std::unique_ptr<net::FileWatch> watch_;  // of the settings
  TimerId grace_ = 0;
};

}  // namespace

int RunInjector(const InjectorArguments& args, std::ostream& err) {
  auto parsed = ReadInjectorSettings(args.config);
  err << Render(parsed.issues);
  if (HasErrors(parsed.issues)) return kUnusable;
  net::RaiseDescriptorLimit();
  net::AsioLoop loop;
  net::StderrLog log(loop, {});
  Injector injector(loop, log, args.config);
  const Status started = injector.Start(std::move(parsed.settings));
  if (!started.ok()) {
    err << "herald: " << Message(started) << "\n";
    const bool unusable = started.code() == StatusCode::kInvalidArgument;
    return unusable ? kUnusable : kWorldFailed;
  }
  net::Signals signals(
      loop, [&] { injector.Drain([&loop] { loop.Stop(); }); },
      [&loop] { loop.Stop(); });
  loop.Run();
  return kFine;
}

}  // namespace herald::cli
