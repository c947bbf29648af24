// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/arguments.h"

#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "core/base/spiffe_id.h"

namespace herald::cli {
namespace {

constexpr char kDefaultAdmin[] = "127.0.0.1:15000";
constexpr char kDefaultDirectory[] = "0.0.0.0:8443";

// Empty for a SPIFFE id. A caller that is none would match no pattern, and the
// answer would be about nobody.
std::string WhatSpiffeIdLacks(const std::string& text) {
  auto id = SpiffeId::Parse(text);
  if (id.ok()) return "";
  return "'" + text + "' is no SPIFFE id: " + Message(id.status()) +
         "; such as spiffe://acme.example/agent/planner";
}

// Adds commands to the parser. Each keeps its struct alive here and puts it
// into `chosen` when the user named it.
class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(app) {}

  std::optional<Arguments> chosen;

  void AddSidecar();
  void AddConfig();
  void AddCerts();
  void AddDev();
  void AddCall();
  void AddAsk();
  void AddRoute();
  void AddPolicy();
  void AddPolicyTools(CLI::App& group);
  void AddPolicyAdmin(CLI::App& group);
  void AddSeals(CLI::App& group);
  void AddPolicyDiff(CLI::App& group);
  void AddExplain();
  void AddDirectory();
  void AddInject();
  void AddVersion();

 private:
  template <typename T>
  T& Add(CLI::App& parent, const std::string& name, const std::string& what,
         const std::string& example, CLI::App*& command) {
    command = parent.add_subcommand(name, what);
    command->footer("\nExample:\n  " + example);
    auto args = std::make_shared<T>();
    command->callback([this, args] { chosen = *args; });
    return *args;
  }
  CLI::App& Group(const std::string& name, const std::string& what) {
    CLI::App* group = app_.add_subcommand(name, what);
    group->require_subcommand(1);
    return *group;
  }
  static void AddJson(CLI::App& command, bool& json) {
    command.add_flag("--json", json, "print JSON, one object a line");
  }
  // What one may look for among agents; each is a key of the catalogue's query.
  template <typename Pairs>
  static void AddWishes(CLI::App& command, Pairs& wishes) {
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
  static void AddAdmin(CLI::App& command, std::string& admin) {
    admin = kDefaultAdmin;
    command
        .add_option("--admin", admin,
                    "HOST:PORT of the running sidecar's admin listener")
        ->capture_default_str();
  }

  CLI::App& app_;
};

void Commands::AddSidecar() {
  CLI::App* command = nullptr;
  auto& args =
      Add<SidecarArguments>(app_, "sidecar", "run the sidecar of an agent",
                            "herald sidecar --config planner.yaml", command);
  command->add_option("--config", args.config,
                      "the configuration, YAML (default: the text of the "
                      "environment's HERALD_CONFIG)");
}

void Commands::AddConfig() {
  CLI::App& group = Group("config", "check configurations");
  CLI::App* command = nullptr;
  auto& args = Add<ConfigCheckArguments>(
      group, "check",
      "check a configuration and every file it names; all problems at once",
      "herald config check --config planner.yaml", command);
  command->add_option("--config,config", args.config, "the configuration")
      ->required();
  AddJson(*command, args.json);
}

void Commands::AddCerts() {
  CLI::App& group =
      Group("certs", "a development CA that makes SPIFFE X.509-SVIDs");
  CLI::App* init = nullptr;
  auto& first = Add<CertsInitArguments>(
      group, "init", "make a CA: DIR/ca.crt and DIR/ca.key",
      "herald certs init pki --trust-domain acme.example", init);
  init->add_option("dir", first.folder, "where the CA lives")->required();
  init->add_option("--trust-domain", first.trust_domain,
                   "the SPIFFE trust domain, such as acme.example")
      ->required();
  AddJson(*init, first.json);
  CLI::App* issue = nullptr;
  auto& second = Add<CertsIssueArguments>(
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
  AddJson(*issue, second.json);
}

void Commands::AddDev() {
  CLI::App* command = nullptr;
  auto& args = Add<DevArguments>(
      app_, "dev",
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

void Commands::AddCall() {
  CLI::App* command = nullptr;
  auto& args = Add<CallArguments>(
      app_, "call", "call an agent through the local sidecar",
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
  AddJson(*command, args.json);
}

void Commands::AddAsk() {
  CLI::App* command = nullptr;
  auto& agents = Add<AgentsArguments>(
      app_, "agents",
      "list the agents that the running sidecar knows, or those that can do "
      "what is asked for, where it is asked for",
      "herald agents --skill summarize --country DE", command);
  AddWishes(*command, agents.wishes);
  AddJson(*command, agents.json);
  AddAdmin(*command, agents.admin);
  auto& peers = Add<PeersArguments>(
      app_, "peers",
      "list the running sidecar's peers: state, round trip, load, score",
      "herald peers --admin 127.0.0.1:15000", command);
  AddJson(*command, peers.json);
  AddAdmin(*command, peers.admin);
  auto& drain = Add<DrainArguments>(
      app_, "drain",
      "send the running sidecar's callers elsewhere, before it is ended; its "
      "agents' own calls go on until SIGTERM (a preStop hook)",
      "herald drain --admin 127.0.0.1:15000", command);
  AddJson(*command, drain.json);
  AddAdmin(*command, drain.admin);
}

void Commands::AddRoute() {
  CLI::App& group = Group("route", "see how calls are routed");
  CLI::App* explain = nullptr;
  auto& args = Add<RouteExplainArguments>(
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
  AddJson(*explain, args.json);
  AddAdmin(*explain, args.admin);
}

void Commands::AddPolicy() {
  CLI::App& group = Group("policy", "check, test and explain policies");
  CLI::App* check = nullptr;
  auto& checked = Add<PolicyCheckArguments>(
      group, "check", "check policy files; all problems at once",
      "herald policy check policy.yaml schema.yaml", check);
  check->add_option("files", checked.files, "files or folders")->required();
  AddJson(*check, checked.json);

  AddPolicyTools(group);
  AddPolicyAdmin(group);
  AddSeals(group);
  AddPolicyDiff(group);

  CLI::App* test = nullptr;
  auto& tested = Add<PolicyTestArguments>(
      group, "test", "run PolicyTest files",
      "herald policy test tests/ --coverage --junit report.xml", test);
  test->add_option("files", tested.files, "PolicyTest files, or folders")
      ->required();
  AddJson(*test, tested.json);
  test->add_option("--junit", tested.junit, "write a JUnit XML file, too");
  test->add_flag("--coverage", tested.coverage,
                 "say which rules and atoms the tests do not cover");
  test->add_flag("--require-coverage", tested.require_coverage,
                 "exit 1 where some are not covered");

  CLI::App* explain = nullptr;
  auto& args = Add<PolicyExplainArguments>(
      group, "explain",
      "which peers a call may go to, which rules decide, and what is missing",
      "herald policy explain --caller "
      "spiffe://acme.example/agent/planner --agent summarizer --label "
      "personal --config planner.yaml",
      explain);
  explain
      ->add_option("--caller", args.caller,
                   "SPIFFE id of the caller (default: this sidecar's own)")
      ->check(WhatSpiffeIdLacks);
  explain->add_option("--agent", args.agent, "the agent called")->required();
  explain->add_option("--skill", args.skill, "the skill asked for");
  explain->add_option("--label", args.labels, "a label; may be repeated");
  explain->add_option("--purpose", args.purpose, "the purpose");
  explain->add_option("--legal-basis", args.legal_basis, "the legal basis");
  explain->add_option("--endorsement", args.endorsements,
                      "an endorsement; may be repeated");
  explain->add_option("--config", args.config,
                      "judge by this configuration's files instead of asking "
                      "a running sidecar");
  AddJson(*explain, args.json);
  AddAdmin(*explain, args.admin);
}

void Commands::AddPolicyTools(CLI::App& group) {
  CLI::App* lint = nullptr;
  auto& linted = Add<PolicyLintArguments>(
      group, "lint",
      "find what policies permit to be written and nobody means; exits 1 with "
      "findings",
      "herald policy lint policies/ --peers peers.yaml --today 2027-02-01",
      lint);
  lint->add_option("files", linted.files, "files or folders")->required();
  lint->add_option("--peers", linted.peers,
                   "a peers file: find permits that none of them meets");
  lint->add_option("--today", linted.today,
                   "judge dates by this day (default: today, UTC)");
  AddJson(*lint, linted.json);

  CLI::App* print = nullptr;
  auto& printed = Add<PolicyPrintArguments>(
      group, "print", "print policies as canonical text, without comments",
      "herald policy print policy.yaml schema.yaml", print);
  print->add_option("files", printed.files, "files or folders")->required();
}

void Commands::AddPolicyAdmin(CLI::App& group) {
  CLI::App* show = nullptr;
  auto& shown = Add<PolicyShowArguments>(
      group, "show",
      "the policy that the running sidecar enforces: hash, since when, from "
      "where, what is held or refused, open windows, meters",
      "herald policy show --admin 127.0.0.1:15000", show);
  show->add_flag("--texts", shown.texts, "print the policy texts as well");
  AddJson(*show, shown.json);
  AddAdmin(*show, shown.admin);

  CLI::App* rollback = nullptr;
  auto& back = Add<PolicyRollbackArguments>(
      group, "rollback",
      "put the policy before the present one in force, until the policy files "
      "change",
      "herald policy rollback --to 3fa1b2c4", rollback);
  rollback->add_option("--to", back.to,
                       "the beginning of a hash in the history that 'herald "
                       "policy show' lists");
  AddJson(*rollback, back.json);
  AddAdmin(*rollback, back.admin);
}

void Commands::AddSeals(CLI::App& group) {
  CLI::App* key = nullptr;
  auto& made = Add<PolicyKeyArguments>(
      group, "key", "make a key that signs Overrides: NAME.key and NAME.pub",
      "herald policy key ops", key);
  key->add_option("name", made.name, "NAME for NAME.key and NAME.pub")
      ->required();
  AddJson(*key, made.json);

  CLI::App* sign = nullptr;
  auto& sealed = Add<PolicySignArguments>(
      group, "sign", "seal a file with an Override: makes FILE.sig",
      "herald policy sign inc-4711.yaml --key ops.key", sign);
  sign->add_option("file", sealed.file, "the file to seal")->required();
  sign->add_option("--key", sealed.key, "the private key, NAME.key")
      ->required();
  sign->add_flag("--object", sealed.object,
                 "print the Override with its seal as an annotation, to be "
                 "piped into kubectl apply -f -");
  AddJson(*sign, sealed.json);
}

void Commands::AddPolicyDiff(CLI::App& group) {
  CLI::App* command = nullptr;
  auto& args = Add<PolicyDiffArguments>(
      group, "diff",
      "whose verdict a change of policy flips; exits 0 without any, 1 when "
      "calls are only newly denied, 4 when some are newly permitted",
      "herald policy diff policies/ changed/ --log planner.decisions.jsonl",
      command);
  command->add_option("before", args.before, "a file or a folder")->required();
  command->add_option("after", args.after, "a file or a folder")->required();
  command->add_option("--log", args.log,
                      "a decision log (with FILE.1 and on): which of its "
                      "calls would flip");
  AddJson(*command, args.json);
}

void Commands::AddExplain() {
  CLI::App* command = nullptr;
  auto& args = Add<ExplainCallArguments>(
      app_, "explain", "what happened to a call and why, from the decision log",
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
  AddJson(*command, args.json);
  AddAdmin(*command, args.admin);
}

void Commands::AddDirectory() {
  CLI::App* command = nullptr;
  auto& args = Add<DirectoryArguments>(
      app_, "directory",
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

void Commands::AddInject() {
  CLI::App* command = nullptr;
  auto& args = Add<InjectArguments>(
      app_, "inject",
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
  auto& injector = Add<InjectorArguments>(
      app_, "injector",
      "run the admission webhook that gives pods their sidecar, and that keeps "
      "Agent objects to the pods they stand for",
      "herald injector --config injector.yaml", webhook);
  webhook
      ->add_option("--config", injector.config,
                   "the injector's settings, YAML; read again when they change")
      ->required();
}

void Commands::AddVersion() {
  CLI::App* command = nullptr;
  auto& args = Add<VersionArguments>(
      app_, "version", "print the version and what it is built from",
      "herald version", command);
  AddJson(*command, args.json);
}

}  // namespace

std::variant<Arguments, int> ParseArguments(int argc, const char* const* argv) {
  CLI::App app("Herald: the sidecar beside every agent.", "herald");
  app.require_subcommand(1);
  app.footer(
      "\nStart here:\n  herald dev planner=8080 summarizer=8081\n  herald "
      "call summarizer -d 'some text'\n\nEvery command has --help with an "
      "example.");
  Commands commands(app);
  commands.AddSidecar();
  commands.AddDev();
  commands.AddCall();
  commands.AddAsk();
  commands.AddRoute();
  commands.AddPolicy();
  commands.AddExplain();
  commands.AddConfig();
  commands.AddCerts();
  commands.AddDirectory();
  commands.AddInject();
  commands.AddVersion();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error);
    return code == 0 ? static_cast<int>(kFine) : static_cast<int>(kUnusable);
  }
  return *commands.chosen;
}

}  // namespace herald::cli
