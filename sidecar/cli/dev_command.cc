// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/dev_command.h"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "core/base/issue.h"
#include "core/base/text_file.h"
#include "core/net/free_port.h"
#include "core/net/signals.h"
#include "core/net/stderr_log.h"
#include "sidecar/app/sidecar.h"
#include "sidecar/call/addressing.h"
#include "sidecar/cli/certs_command.h"
#include "sidecar/cli/dev_files.h"
#include "sidecar/cli/table.h"

namespace herald::cli {
namespace {

namespace fs = std::filesystem;

// The first sidecar is where every example looks for it; the others follow.
constexpr uint16_t kFirstListener = 15001;
constexpr uint16_t kFirstAdmin = 15900;
constexpr uint16_t kFirstMesh = 15443;

// "planner=8080"
StatusOr<DevAgent> ParseAgent(const std::string& text) {
  size_t equals = text.find('=');
  DevAgent agent;
  agent.name = text.substr(0, equals);
  std::string port = equals == std::string::npos ? "" : text.substr(equals + 1);
  auto [end, error] =
      std::from_chars(port.data(), port.data() + port.size(), agent.port);
  if (!call::IsAgentName(agent.name) || error != std::errc() ||
      end != port.data() + port.size() || agent.port == 0) {
    return InvalidArgument("'" + text +
                           "' is not NAME=PORT, such as planner=8080");
  }
  return agent;
}

StatusOr<std::vector<DevAgent>> ParseAgents(
    const std::vector<std::string>& texts) {
  std::vector<DevAgent> agents;
  std::set<std::string> names;
  for (const std::string& text : texts) {
    HERALD_ASSIGN_OR_RETURN(DevAgent agent, ParseAgent(text));
    if (!names.insert(agent.name).second) {
      return InvalidArgument("agent '" + agent.name + "' is given twice");
    }
    agents.push_back(std::move(agent));
  }
  uint16_t listener = kFirstListener;
  uint16_t mesh = kFirstMesh;
  // The first admin page is where `herald peers` asks.
  uint16_t admin = 15000;
  for (DevAgent& agent : agents) {
    HERALD_ASSIGN_OR_RETURN(agent.calls, net::FreeTcpPort(listener));
    HERALD_ASSIGN_OR_RETURN(agent.mesh, net::FreeUdpPort(mesh));
    HERALD_ASSIGN_OR_RETURN(agent.admin, net::FreeTcpPort(admin));
    listener = agent.calls + 1;
    mesh = agent.mesh + 1;
    admin = kFirstAdmin + static_cast<uint16_t>(&agent - agents.data());
  }
  return agents;
}

// A folder of our own, removed with all it holds.
class Folder {
 public:
  ~Folder() {
    std::error_code error;
    if (own_) fs::remove_all(path_, error);
  }
  Status Make(const std::string& wanted) {
    std::error_code error;
    if (!wanted.empty()) {
      path_ = wanted;
      fs::create_directories(path_, error);
      if (error) return Unavailable(wanted + ": " + error.message());
      return absl::OkStatus();
    }
    std::string pattern =
        (fs::temp_directory_path(error) / "herald-dev-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      return Unavailable(pattern + ": cannot be made");
    }
    path_ = pattern;
    own_ = true;
    return absl::OkStatus();
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool own_ = false;
};

bool WriteText(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  return static_cast<bool>(file.flush());
}

// CA, certificates, configurations, peers and policy.
int WriteFiles(const fs::path& folder, const std::vector<DevAgent>& agents,
               WallTime now, std::ostream& err) {
  std::ofstream quiet("/dev/null");
  std::string text = folder.string();
  int code = kFine;
  if (!fs::exists(folder / "ca.crt")) {
    code = CertsInit({.folder = text, .trust_domain = kDevTrustDomain}, now,
                     quiet, err);
  }
  for (const DevAgent& agent : agents) {
    if (code != kFine) return code;
    if (!fs::exists(folder / (agent.name + ".crt"))) {
      code = CertsIssue(
          {.folder = text, .id = DevIdentity(agent), .out = agent.name}, now,
          quiet, err);
    }
    if (!WriteText(folder / (agent.name + ".yaml"), DevConfig(agent))) {
      err << "herald: " << text << ": cannot be written\n";
      return kWorldFailed;
    }
  }
  bool written = WriteText(folder / "peers.yaml", DevPeers(agents)) &&
                 (fs::exists(folder / "policy.yaml") ||
                  WriteText(folder / "policy.yaml", DevPolicy()));
  return written ? code : static_cast<int>(kWorldFailed);
}

void PrintHowTo(const std::vector<DevAgent>& agents, const fs::path& folder,
                std::ostream& out) {
  std::vector<Row> rows = {
      {"AGENT", "LISTENS ON", "CALLS OTHERS AT", "ADMIN PAGE"}};
  for (const DevAgent& agent : agents) {
    rows.push_back({agent.name, "127.0.0.1:" + std::to_string(agent.port),
                    "http://127.0.0.1:" + std::to_string(agent.calls),
                    "http://127.0.0.1:" + std::to_string(agent.admin)});
  }
  PrintTable(rows, out);
  const DevAgent& first = agents.front();
  const DevAgent& last = agents.back();
  out << "\nTry:  curl http://127.0.0.1:" << first.calls << "/agents/"
      << last.name << "/\nor:   herald call " << last.name
      << " --via 127.0.0.1:" << first.calls
      << " -v\nFiles (certificates, configuration, policy): " << folder.string()
      << "\nCtrl-C ends it.\n"
      << std::flush;
}

}  // namespace

int Dev(const DevArguments& args, std::ostream& out, std::ostream& err) {
  auto agents = ParseAgents(args.agents);
  if (!agents.ok()) {
    err << "herald: " << Message(agents.status()) << "\n";
    return kUnusable;
  }
  Folder folder;
  if (Status made = folder.Make(args.folder); !made.ok()) {
    err << "herald: " << Message(made) << "\n";
    return kWorldFailed;
  }
  net::AsioLoop loop;
  int code = WriteFiles(folder.path(), *agents, loop.WallNow(), err);
  if (code != kFine) return code;

  net::StderrLog log(loop, {.least = LogLevel::kWarning});
  std::vector<std::unique_ptr<app::Sidecar>> sidecars;
  for (const DevAgent& agent : *agents) {
    std::string file = (folder.path() / (agent.name + ".yaml")).string();
    auto text = ReadTextFile(file);
    auto parsed = app::ParseConfig(file, text.ok() ? *text : "");
    err << Render(parsed.issues);
    if (HasErrors(parsed.issues)) return kUnusable;
    auto sidecar = app::Sidecar::Start(std::move(parsed.config), loop, log);
    if (!sidecar.ok()) {
      err << "herald: " << Message(sidecar.status()) << "\n";
      return kWorldFailed;
    }
    sidecars.push_back(std::move(*sidecar));
  }
  PrintHowTo(*agents, folder.path(), out);
  size_t open = sidecars.size();
  net::Signals signals(
      loop,
      [&] {
        for (auto& sidecar : sidecars) {
          sidecar->Drain([&] {
            if (--open == 0) loop.Stop();
          });
        }
      },
      [&loop] { loop.Stop(); });
  loop.Run();
  return kFine;
}

}  // namespace herald::cli
