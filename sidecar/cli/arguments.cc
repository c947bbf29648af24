// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/arguments.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "sidecar/cli/command_table.h"
#include "sidecar/cli/usage_error.h"

namespace herald::cli {
namespace {

constexpr char kDefaultDirectory[] = "0.0.0.0:8443";

// What one may look for among agents; each is a key of the catalogue's query.
template <typename Pairs>
void AddWishes(CLI::App& command, Pairs& wishes) {
  constexpr std::pair<const char*, const char*> kWishes[] = {
      {"name", "the agent's name"},
      {"skill", "a skill it has; may be repeated"},
      {"tag", "a tag it bears; may be repeated"},
      {"input", "a media type it takes, as in text/plain"},
      {"output", "a media type it gives, as in image/*"},
      {"label", "a label of data it says it can take"},
      {"country", "where it is served, as in DE"},
      {"tier", "Device, FarEdge, NearEdge or Cloud"}};
  for (const auto& [key, what] : kWishes) {
    command.add_option_function<std::vector<std::string>>(
        std::string("--") + key,
        [&wishes, key = std::string(key)](const auto& values) {
          for (const auto& value : values) wishes.emplace_back(key, value);
        },
        what);
  }
}

void AddSidecar(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& args = table.Add<SidecarArguments>(
      table.root(), "sidecar", "run the sidecar of an agent",
      "herald sidecar --config planner.yaml", command);
  command->add_option("--config", args.config,
                      "the configuration, YAML (default: the text of the "
                      "environment's HERALD_CONFIG)");
}

void AddConfig(CommandTable& table) {
  CLI::App& group = table.Group("config", "check configurations");
  CLI::App* command = nullptr;
  auto& args = table.Add<ConfigCheckArguments>(
      group, "check",
      "check a configuration and every file it names; all problems at once",
      "herald config check --config planner.yaml", command);
  command->add_option("--config,config", args.config, "the configuration")
      ->required();
  CommandTable::AddJson(*command, args.json);
}

void AddCerts(CommandTable& table) {
  CLI::App& group =
      table.Group("certs", "a development CA that makes SPIFFE X.509-SVIDs");
  CLI::App* init = nullptr;
  auto& first = table.Add<CertsInitArguments>(
      group, "init", "make a CA: DIR/ca.crt and DIR/ca.key",
      "herald certs init pki --trust-domain acme.example", init);
  init->add_option("dir", first.folder, "where the CA lives")->required();
  init->add_option("--trust-domain", first.trust_domain,
                   "the SPIFFE trust domain, such as acme.example")
      ->required();
  CommandTable::AddJson(*init, first.json);
  CLI::App* issue = nullptr;
  auto& second = table.Add<CertsIssueArguments>(
      group, "issue", "make a certificate and its key",
      "herald certs issue pki --id "
      "spiffe://acme.example/agent/summarizer --out summarizer-0",
      issue);
  issue->add_option("dir", second.folder, "where the CA lives")->required();
  issue->add_option("--id", second.id, "the SPIFFE id")->required();
  issue->add_option("--out", second.out, "NAME for NAME.crt and NAME.key")
      ->required();
  issue->add_option("--days", second.days, "how long it is valid")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  CommandTable::AddJson(*issue, second.json);
}

void AddDev(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& args = table.Add<DevArguments>(
      table.root(), "dev",
      "run a sidecar for each local agent: CA, configuration and a policy "
      "that permits unlabelled calls, in one command",
      "herald dev planner=8080 summarizer=8081", command);
  command
      ->add_option("agents", args.agents,
                   "NAME=PORT: an agent and the loopback port it listens on")
      ->required();
  command->add_option("--dir", args.folder,
                      "where certificates and configuration go (default: a "
                      "new folder, removed at the end)");
}

void AddCall(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& args = table.Add<CallArguments>(
      table.root(), "call", "call an agent through the local sidecar",
      "herald call summarizer -d @report.txt --label personal --purpose "
      "support -v",
      command);
  command->add_option("agent", args.agent, "the agent's name")->required();
  command->add_option("-d,--data", args.data,
                      "the body: DATA, @FILE, or - for standard input");
  command->add_option("-X,--method", args.method,
                      "the method (default: POST with a body, else GET)");
  command->add_option("-p,--path", args.path, "the path")
      ->capture_default_str();
  command->add_option("-H,--header", args.headers, "a header, 'name: value'");
  command->add_option("--label", args.labels,
                      "a label of the data; may be repeated");
  command->add_option("--purpose", args.purpose, "the purpose of the call");
  command->add_option("--skill", args.skill, "the skill that is asked for");
  command->add_option("--timeout", args.timeout, "such as 1500ms or 2s");
  command->add_option("--via", args.via,
                      "the sidecar's agent listener, HOST:PORT or unix:PATH "
                      "(default: $HERALD_SOCKET, /run/herald/agents.sock, "
                      "127.0.0.1:15001)");
  command->add_flag("-v,--verbose", args.verbose,
                    "show call id, peer, status, headers and time");
  CommandTable::AddJson(*command, args.json);
}

void AddAsk(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& agents = table.Add<AgentsArguments>(
      table.root(), "agents",
      "list the agents that the running sidecar knows, or those that can do "
      "what is asked for, where it is asked for",
      "herald agents --skill summarize --country DE", command);
  AddWishes(*command, agents.wishes);
  CommandTable::AddJson(*command, agents.json);
  CommandTable::AddAdmin(*command, agents.admin);
  auto& peers = table.Add<PeersArguments>(
      table.root(), "peers",
      "list the running sidecar's peers: state, round trip, load, score",
      "herald peers --admin 127.0.0.1:15000", command);
  CommandTable::AddJson(*command, peers.json);
  CommandTable::AddAdmin(*command, peers.admin);
  auto& drain = table.Add<DrainArguments>(
      table.root(), "drain",
      "send the running sidecar's callers elsewhere, before it is ended; its "
      "agents' own calls go on until SIGTERM (a preStop hook)",
      "herald drain --admin 127.0.0.1:15000", command);
  CommandTable::AddJson(*command, drain.json);
  CommandTable::AddAdmin(*command, drain.admin);
}

void AddRoute(CommandTable& table) {
  CLI::App& group = table.Group("route", "see how calls are routed");
  CLI::App* explain = nullptr;
  auto& args = table.Add<RouteExplainArguments>(
      group, "explain",
      "which peer a call to AGENT would go to now, what each one's score is "
      "made of, and why it is in or out; exits 1 where none can have it",
      "herald route explain summarizer --label personal --affinity case-4711",
      explain);
  explain->add_option("agent", args.agent, "the agent called")->required();
  explain->add_option("--label", args.labels, "a label; may be repeated");
  explain->add_option("--purpose", args.purpose, "the purpose");
  explain->add_option("--skill", args.skill, "the skill asked for");
  explain->add_option("--affinity", args.affinity,
                      "the value of herald-affinity");
  CommandTable::AddJson(*explain, args.json);
  CommandTable::AddAdmin(*explain, args.admin);
}

void AddExplain(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& args = table.Add<ExplainCallArguments>(
      table.root(), "explain",
      "what happened to a call and why, from the decision log",
      "herald explain hE0sS4nXb1Qp7RkYtUvWxA --log planner.decisions.jsonl",
      command);
  command
      ->add_option("call", args.call,
                   "the call's id, as every response bears it in "
                   "herald-call-id")
      ->required();
  auto* log = command->add_option(
      "--log", args.log,
      "a decision log; what rotation made of it (FILE.1 and on) is read too");
  command
      ->add_option("--config", args.config,
                   "read the decision log of this configuration")
      ->excludes(log);
  CommandTable::AddJson(*command, args.json);
  CommandTable::AddAdmin(*command, args.admin);
}

void AddDirectory(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& args = table.Add<DirectoryArguments>(
      table.root(), "directory",
      "fan a cluster's Agents and policies out to thousands of sidecars, which "
      "name it as `kubernetes: {server: ...}`; any number may run",
      "herald directory --certificate tls.crt --key tls.key", command);
  args.listen = kDefaultDirectory;
  command->add_option("--listen", args.listen, "IP:PORT to serve HTTPS at")
      ->capture_default_str();
  command
      ->add_option("--certificate", args.certificate,
                   "PEM; read again when it is replaced")
      ->required();
  command->add_option("--key", args.key, "PEM")->required();
  command->add_option("--kubeconfig", args.kubeconfig,
                      "the cluster; else the one whose pod this is");
  command->add_option("--context", args.context,
                      "of the kubeconfig; else its current one");
}

void AddInject(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& args = table.Add<InjectArguments>(
      table.root(), "inject",
      "print Kubernetes manifests with a sidecar in every pod, as the "
      "injector's webhook would make them; comments are lost",
      "herald inject -f planner.yaml --settings injector.yaml | kubectl apply "
      "-f -\n  kubectl get deployment planner -o yaml | herald inject -f - "
      "--image herald:0.1.0",
      command);
  command
      ->add_option("-f,--file", args.file,
                   "a manifest, YAML or JSON, of one document or several; - "
                   "for standard input")
      ->required();
  command->add_option("--settings", args.settings,
                      "the injector's settings: image, identity, sites");
  command->add_option("--image", args.image,
                      "the sidecar's image; without --settings, all else is "
                      "the default");
  command
      ->add_option("-n,--namespace", args.kubernetes_namespace,
                   "of objects that name none")
      ->capture_default_str();
  command
      ->add_option("-o,--output", args.output,
                   "yaml or json (default: as the input)")
      ->check(CLI::IsMember({"yaml", "json"}));

  CLI::App* webhook = nullptr;
  auto& injector = table.Add<InjectorArguments>(
      table.root(), "injector",
      "run the admission webhook that gives pods their sidecar, and that keeps "
      "Agent objects to the pods they stand for",
      "herald injector --config injector.yaml", webhook);
  webhook
      ->add_option("--config", injector.config,
                   "the injector's settings, YAML; read again when they change")
      ->required();
}

void AddVersion(CommandTable& table) {
  CLI::App* command = nullptr;
  auto& args = table.Add<VersionArguments>(
      table.root(), "version", "print the version and what it is built from",
      "herald version", command);
  CommandTable::AddJson(*command, args.json);
}

}  // namespace

std::variant<Arguments, int> ParseArguments(int argc, const char* const* argv,
                                            std::ostream& out,
                                            std::ostream& err) {
  CLI::App app("Herald: the sidecar beside every agent.", "herald");
  app.require_subcommand(1);
  app.footer(
      "\nStart here:\n  herald dev planner=8080 summarizer=8081\n  herald "
      "call summarizer -d 'some text'\n\nEvery command has --help with an "
      "example.");
  app.failure_message(WhatIsWrong);
  CommandTable table(app);
  AddSidecar(table);
  AddDev(table);
  AddCall(table);
  AddAsk(table);
  AddRoute(table);
  AddPolicy(table);
  AddExplain(table);
  AddConfig(table);
  AddCerts(table);
  AddDirectory(table);
  AddInject(table);
  AddVersion(table);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error, out, err);
    return code == 0 ? static_cast<int>(kFine) : static_cast<int>(kUnusable);
  }
  return *table.chosen();
}

}  // namespace herald::cli
