// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/sidecar_command.h"

#include <memory>
#include <utility>

#include "core/base/issue.h"
#include "core/base/text_file.h"
#include "core/net/descriptor_limit.h"
#include "core/net/signals.h"
#include "core/net/stderr_log.h"
#include "sidecar/app/process.h"
#include "sidecar/app/sidecar.h"

namespace herald::cli {

namespace {

constexpr char kVariable[] = "HERALD_CONFIG";

// The text of the file, or of the environment where no file is named. A pod's
// environment cannot be changed after it was made, as a ConfigMap can.
StatusOr<std::string> ConfigurationText(
    const std::string& file, const kubernetes::Environment& environment) {
  if (!file.empty()) return ReadTextFile(file);
  if (auto text = environment(kVariable)) return *text;
  return InvalidArgument(
      "no configuration: name one with --config FILE, or put its text into "
      "the environment as HERALD_CONFIG, as the injector does for pods");
}

}  // namespace

int RunSidecar(const SidecarArguments& args, std::ostream& err) {
  const kubernetes::Environment environment = app::ProcessEnvironment();
  auto text = ConfigurationText(args.config, environment);
  if (!text.ok()) {
    err << "herald: " << Message(text.status()) << "\n";
    return kUnusable;
  }
  auto parsed =
      app::ParseConfig(args.config.empty() ? kVariable : args.config,
                       std::move(*text), kubernetes::ReadPod(environment));
  err << Render(parsed.issues);
  if (HasErrors(parsed.issues)) return kUnusable;

  net::RaiseDescriptorLimit();
  net::AsioLoop loop;
  net::StderrLog log(loop, {});
  int outcome = kFine;
  auto fail = [&](const Status& why) {
    err << "herald: " << Message(why) << "\n";
    const bool unusable = why.code() == StatusCode::kInvalidArgument;
    outcome = unusable ? kUnusable : kWorldFailed;
    loop.Stop();
  };
  auto sidecar = app::Sidecar::Start(std::move(parsed.config), loop, log, fail);
  if (!sidecar.ok()) {
    fail(sidecar.status());
    return outcome;
  }
  net::Signals signals(
      loop, [&] { (*sidecar)->Drain([&loop] { loop.Stop(); }); },
      [&loop] { loop.Stop(); });
  loop.Run();
  return outcome;
}

}  // namespace herald::cli
