// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/ask_command.h"

#include <cstdio>
#include <utility>

#include "core/http/query.h"
#include "core/json/json.h"
#include "sidecar/cli/admin_client.h"
#include "sidecar/cli/table.h"

namespace herald::cli {
namespace {

// A member as a word for people: "-" where there is none.
std::string Word(const json::Value& value, const char* key) {
  const json::Value* member =
      value.is_object() ? value.get_object().if_contains(key) : nullptr;
  if (member == nullptr || member->is_null()) return "-";
  if (member->is_string()) return std::string(member->get_string());
  if (member->is_double()) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", member->get_double());
    return text;
  }
  if (member->is_array()) {
    std::string out;
    for (const json::Value& item : member->get_array()) {
      if (!item.is_string()) continue;
      out += (out.empty() ? "" : ",") + std::string(item.get_string());
    }
    return out.empty() ? "-" : out;
  }
  if (member->is_bool()) return member->get_bool() ? "yes" : "no";
  return json::Serialize(*member);
}

// The array member of that name, copied: empty where there is none.
json::Array ListOf(const json::Value& value, const char* key) {
  const json::Object* object = value.if_object();
  const json::Value* member = object ? object->if_contains(key) : nullptr;
  return member && member->is_array() ? member->get_array() : json::Array();
}

json::Array List(const json::Value& value) {
  return value.is_array() ? value.get_array() : json::Array();
}

// What discovery could not read is said beside what it knows.
void PrintSourceProblems(const std::string& admin, std::ostream& err) {
  auto sources = Ask(admin, "GET", "/discovery");
  if (!sources.ok()) return;
  for (const json::Value& source : List(sources->document)) {
    if (Word(source, "ok") == "yes") continue;
    err << "herald: " << Word(source, "source") << " is stale since "
        << Word(source, "staleSeconds")
        << " s; what was read before stays in force:\n"
        << Word(source, "problem") << "\n";
  }
}

}  // namespace

int Peers(const PeersArguments& args, std::ostream& out, std::ostream& err) {
  auto peers = Ask(args.admin, "GET", "/peers");
  if (!peers.ok()) return Fail(peers.status(), err);
  PrintSourceProblems(args.admin, err);
  if (args.json) {
    out << json::Serialize(peers->document) << "\n";
    return kFine;
  }
  std::vector<Row> rows = {{"PEER", "STATE", "TIER", "COUNTRY", "RTT ms",
                            "TTFB ms", "LOAD", "SCORE", "ALLOWED", "AGENTS"}};
  for (const json::Value& peer : List(peers->document)) {
    const json::Value* site = peer.get_object().if_contains("site");
    std::string way = Word(peer, "way");
    rows.push_back({Word(peer, "name") + (way.empty() ? "" : " by " + way),
                    Word(peer, "state") +
                        (Word(peer, "transport") == "tcp" ? ", tcp" : "") +
                        (Word(peer, "stale") == "yes" ? ", stale" : ""),
                    Word(peer, "tier"), site ? Word(*site, "country") : "-",
                    Word(peer, "rttMs"), Word(peer, "ttfbMs"),
                    Word(peer, "inFlight") + "/" + Word(peer, "limit"),
                    Word(peer, "score"), Word(peer, "allowed"),
                    Word(peer, "agents")});
  }
  PrintTable(rows, out);
  return kFine;
}

int Agents(const AgentsArguments& args, std::ostream& out, std::ostream& err) {
  std::string path = "/agents";
  if (!args.wishes.empty()) path += "?" + http::RenderQuery(args.wishes);
  auto asked = Ask(args.admin, "GET", path);
  if (!asked.ok()) return Fail(asked.status(), err);
  if (asked->status == 400) {
    err << "herald: " << Word(asked->document, "detail") << "\n";
    return kUnusable;
  }
  std::vector<Row> rows = {{"AGENT", "SKILLS", "TAGS", "PEERS"}};
  size_t found = 0;
  for (const json::Value& agent : ListOf(asked->document, "agents")) {
    ++found;
    if (args.json) {
      out << json::Serialize(agent) << "\n";
      continue;
    }
    std::string peers;
    for (const json::Value& peer : ListOf(agent, "peers")) {
      peers += (peers.empty() ? "" : ",") + Word(peer, "name");
    }
    rows.push_back({Word(agent, "name"), Word(agent, "skills"),
                    Word(agent, "tags"), peers});
  }
  if (!args.json) PrintTable(rows, out);
  if (found > 0 || args.wishes.empty()) return kFine;
  err << "herald: no agent is known that is so\n";
  return kNo;
}

int ExplainByAsking(const PolicyExplainArguments& args, std::ostream& out,
                    std::ostream& err) {
  auto strings = [](const std::vector<std::string>& texts) {
    json::Array list;
    for (const std::string& text : texts) list.emplace_back(text);
    return list;
  };
  json::Object question{{"caller", args.caller},
                        {"agent", args.agent},
                        {"labels", strings(args.labels)},
                        {"endorsements", strings(args.endorsements)}};
  if (!args.skill.empty()) question["skill"] = args.skill;
  if (!args.purpose.empty()) question["purpose"] = args.purpose;
  if (!args.legal_basis.empty()) question["legalBasis"] = args.legal_basis;
  auto asked =
      Ask(args.admin, "POST", "/policy/explain", json::Serialize(question));
  if (!asked.ok()) return Fail(asked.status(), err);
  // As with --config: nothing can be said of a call to nobody.
  if (ListOf(asked->document, "candidates").empty()) {
    err << "herald: no peer serves '" << args.agent << "'\n";
    return kUnusable;
  }
  if (args.json || !asked->document.is_object()) {
    out << json::Serialize(asked->document) << "\n";
  } else {
    out << Word(asked->document, "text");
  }
  return Word(asked->document, "verdict") == "Permit" ? kFine : kNo;
}

}  // namespace herald::cli
