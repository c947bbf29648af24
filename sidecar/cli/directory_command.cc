// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/directory_command.h"

#include <memory>
#include <utility>

#include "core/net/asio_loop.h"
#include "core/net/descriptor_limit.h"
#include "core/net/signals.h"
#include "core/net/stderr_log.h"
#include "sidecar/app/fleet_directory.h"

namespace herald::cli {
namespace {

// Watches last for minutes and are taken up elsewhere: nobody waits for them.
constexpr Duration kGrace = std::chrono::seconds(2);

int Fail(const Status& status, std::ostream& err) {
  err << "herald: " << Message(status) << "\n";
  const bool unusable = status.code() == StatusCode::kInvalidArgument;
  return unusable ? kUnusable : kWorldFailed;
}

}  // namespace

int RunDirectory(const DirectoryArguments& args, std::ostream& err) {
  const StatusOr<Address> listen = Address::Parse(args.listen);
  if (!listen.ok()) return Fail(listen.status(), err);
  app::FleetDirectorySettings settings{
      .listen = *listen, .certificate = args.certificate, .key = args.key};
  settings.cluster.kubeconfig = args.kubeconfig;
  settings.cluster.context = args.context;
  net::RaiseDescriptorLimit();
  net::AsioLoop loop;
  net::StderrLog log(loop, {});
  auto directory = app::FleetDirectory::Start(settings, loop, log);
  if (!directory.ok()) return Fail(directory.status(), err);
  net::Signals signals(
      loop,
      [&] {
        (*directory)->Drain([&loop] { loop.Stop(); });
        loop.RunAt(loop.Now() + kGrace, [&loop] { loop.Stop(); });
      },
      [&loop] { loop.Stop(); });
  loop.Run();
  return kFine;
}

}  // namespace herald::cli
