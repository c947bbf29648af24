// SPDX-License-Identifier: Apache-2.0
//
// What the user typed, as values. CLI11 stays inside the files around
// command_table.h; every command below is a plain function of one of these
// structs, so that it can be tested without a command line.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace herald::cli {

// Exit codes of every command.
enum Exit : int {
  kFine = 0,
  kNo = 1,           // the answer is no
  kUnusable = 2,     // the input cannot be used
  kWorldFailed = 3,  // a file, a socket, a peer failed
  kOpens = 4,        // `policy diff`: something is newly permitted
};

struct SidecarArguments {
  std::string config;
};
struct ConfigCheckArguments {
  std::string config;
  bool json = false;
};
struct CertsInitArguments {
  std::string folder;
  std::string trust_domain;
  bool json = false;
};
struct CertsIssueArguments {
  std::string folder;
  std::string id;
  std::string out;
  int days = 90;
  bool json = false;
};
struct DevArguments {
  std::vector<std::string> agents;  // "planner=8080"
  std::string folder;               // empty: one of its own
};
struct CallArguments {
  std::string agent;
  std::optional<std::string> data;  // DATA, @FILE or -
  std::string method;               // empty: POST with data, else GET
  std::string path = "/";
  std::vector<std::string> headers;  // "name: value"
  std::vector<std::string> labels;
  std::string purpose;
  std::string skill;
  std::string timeout;
  std::string via;  // the sidecar's agent listener; empty: found
  bool verbose = false;
  bool json = false;
};
struct AskArguments {  // agents, peers, drain
  std::string admin;
  bool json = false;
};
struct AgentsArguments : AskArguments {
  // As the catalogue's query has them: {"skill", "plan"}, ...
  std::vector<std::pair<std::string, std::string>> wishes;
};
struct PeersArguments : AskArguments {};
struct RouteExplainArguments {
  std::string agent;
  std::vector<std::string> labels;
  std::string purpose;
  std::string skill;
  std::string affinity;
  std::string admin;
  bool json = false;
};
struct DrainArguments : AskArguments {};
struct PolicyCheckArguments {
  std::vector<std::string> files;
  bool json = false;
};
struct PolicyLintArguments {
  std::vector<std::string> files;
  std::string peers;  // a peers file
  std::string today;  // a date; empty: the clock's
  bool json = false;
};
struct PolicyPrintArguments {
  std::vector<std::string> files;
};
struct PolicyTestArguments {
  std::vector<std::string> files;
  bool json = false;
  std::string junit;  // a file to write
  bool coverage = false;
  bool require_coverage = false;
};
struct PolicyDiffArguments {
  std::string before;  // a file or a folder
  std::string after;
  std::string log;  // a decision log
  bool json = false;
};
struct PolicyExplainArguments {
  std::string caller;
  std::string agent;
  std::string skill;
  std::vector<std::string> labels;
  std::string purpose;
  std::string legal_basis;
  std::vector<std::string> endorsements;
  std::string config;  // with it, no running sidecar is asked
  std::string admin;
  bool json = false;
};
struct ExplainCallArguments {
  std::string call;    // its id
  std::string log;     // a decision log
  std::string config;  // else the log of this configuration, else ask `admin`
  std::string admin;
  bool json = false;
};
struct PolicyShowArguments {
  std::string admin;
  bool json = false;
  bool texts = false;
};
struct PolicyRollbackArguments {
  std::string to;  // the beginning of a hash; empty: the one before
  std::string admin;
  bool json = false;
};
struct PolicyKeyArguments {
  std::string name;
  bool json = false;
};
struct PolicySignArguments {
  std::string file;
  std::string key;
  bool json = false;
  bool object = false;
};
struct DirectoryArguments {
  std::string listen;
  std::string certificate;
  std::string key;
  std::string kubeconfig;  // empty: the pod's own cluster
  std::string context;
};
struct InjectArguments {
  std::string file;  // or "-"
  std::string settings;
  std::string image;  // instead of the settings'
  std::string kubernetes_namespace = "default";
  std::string output;  // yaml, json; empty: as the input
};
struct InjectorArguments {
  std::string config;
};
struct VersionArguments {
  bool json = false;
};

using Arguments =
    std::variant<SidecarArguments, ConfigCheckArguments, CertsInitArguments,
                 CertsIssueArguments, DevArguments, CallArguments,
                 AgentsArguments, PeersArguments, RouteExplainArguments,
                 DrainArguments, PolicyCheckArguments, PolicyLintArguments,
                 PolicyPrintArguments, PolicyTestArguments, PolicyDiffArguments,
                 PolicyExplainArguments, PolicyShowArguments,
                 PolicyRollbackArguments, PolicyKeyArguments,
                 PolicySignArguments, ExplainCallArguments, DirectoryArguments,
                 InjectArguments, InjectorArguments, VersionArguments>;

// The command, or the exit code where all there is to say has been said: help,
// which was asked for, on `out`; what the line lacks on `err`.
std::variant<Arguments, int> ParseArguments(int argc, const char* const* argv,
                                            std::ostream& out,
                                            std::ostream& err);

}  // namespace herald::cli
