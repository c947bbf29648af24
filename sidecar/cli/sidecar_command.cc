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

int RunSidecar(const SidecarArguments& args, std::ostream& err) {
  auto text = ReadTextFile(args.config);
  if (!text.ok()) {
    err << "herald: " << Message(text.status()) << "\n";
    return kUnusable;
  }
  auto parsed =
      app::ParseConfig(args.config, std::move(*text),
                       kubernetes::ReadPod(app::ProcessEnvironment()));
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
