// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/route_command.h"

#include <cctype>
#include <cstdio>
#include <string>
#include <utility>

#include "core/json/json.h"
#include "sidecar/cli/admin_client.h"
#include "sidecar/cli/table.h"

namespace herald::cli {
namespace {

// RFC 3986 §2.1.
std::string Escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_') {
      out += c;
      continue;
    }
    char escaped[4];
    std::snprintf(escaped, sizeof escaped, "%%%02X", byte);
    out += escaped;
  }
  return out;
}

std::string PathOf(const RouteExplainArguments& args) {
  std::string path = "/route?agent=" + Escaped(args.agent);
  auto add = [&path](const char* key, const std::string& value) {
    if (!value.empty()) path += std::string("&") + key + "=" + Escaped(value);
  };
  for (const std::string& label : args.labels) add("label", label);
  add("purpose", args.purpose);
  add("skill", args.skill);
  add("affinity", args.affinity);
  return path;
}

const json::Value* Member(const json::Object& object, const char* key) {
  const json::Value* member = object.if_contains(key);
  return member == nullptr || member->is_null() ? nullptr : member;
}

std::string Word(const json::Object& object, const char* key) {
  const json::Value* member = Member(object, key);
  if (member == nullptr) return "-";
  if (member->is_string()) return std::string(member->get_string());
  return json::Serialize(*member);
}

// "12.4"; "-" for what is absent or nothing.
std::string Number(const json::Object& object, const char* key) {
  const json::Value* member = Member(object, key);
  if (member == nullptr || !member->is_number()) return "-";
  const double value = member->to_number<double>();
  if (value == 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

constexpr std::pair<const char*, const char*> kTerms[] = {
    {"R", "rttMs"},       {"2J", "jitterMs"},  {"LOSS", "lossMs"},
    {"S", "serviceMs"},   {"F", "failureMs"},  {"H", "handicapMs"},
    {"COST", "egressMs"}, {"-NEAR", "nearMs"}, {"-AFF", "affinityMs"}};

Row Heading() {
  Row row = {"PEER", "TIER"};
  for (const auto& [title, key] : kTerms) row.emplace_back(title);
  for (const char* title : {"SCORE", "LOAD", "STANDS", "BECAUSE"}) {
    row.emplace_back(title);
  }
  return row;
}

Row RowOf(const json::Object& peer) {
  Row row = {Word(peer, "peer"), Word(peer, "tier")};
  const json::Value* terms = Member(peer, "terms");
  const json::Object none;
  const json::Object& of = terms != nullptr ? terms->get_object() : none;
  for (const auto& [title, key] : kTerms) row.push_back(Number(of, key));
  row.push_back(Number(peer, "score"));
  const bool allowed = terms != nullptr;
  row.push_back(allowed ? Word(peer, "inFlight") + "/" + Word(peer, "limit")
                        : "-");
  row.push_back(allowed ? Word(peer, "standing") : "denied");
  row.push_back(Word(peer, "why"));
  return row;
}

void PrintAnswer(const json::Object& answer, std::ostream& out) {
  std::vector<Row> rows = {Heading()};
  for (const json::Value& peer : answer.at("peers").get_array()) {
    rows.push_back(RowOf(peer.get_object()));
  }
  PrintTable(rows, out);
  if (const std::string holder = Word(answer, "holder"); !holder.empty()) {
    out << "\nheld by " << holder << "\n";
  }
  for (const auto& [tier, share] : answer.at("spill").get_object()) {
    char percent[16];
    std::snprintf(percent, sizeof percent, "%.0f %%",
                  100 * share.to_number<double>());
    out << "\n" << percent << " of calls go past " << tier << "\n";
  }
  const json::Value* choice = Member(answer, "choice");
  if (choice == nullptr) {
    out << "\nno peer can have this call\n";
    return;
  }
  out << "\nmilliseconds; a call would go to "
      << Word(choice->get_object(), "peer") << " or one as good ("
      << Word(choice->get_object(), "reason") << ")\n";
}

}  // namespace

int RouteExplain(const RouteExplainArguments& args, std::ostream& out,
                 std::ostream& err) {
  auto asked = Ask(args.admin, "GET", PathOf(args));
  if (!asked.ok()) return Fail(asked.status(), err);
  const json::Object* answer = asked->document.if_object();
  if (answer == nullptr || asked->status != 200) {
    err << "herald: "
        << (answer != nullptr ? Word(*answer, "detail") : asked->text) << "\n";
    return kUnusable;
  }
  if (args.json) {
    out << json::Serialize(asked->document) << "\n";
  } else {
    PrintAnswer(*answer, out);
  }
  return Member(*answer, "choice") != nullptr ? kFine : kNo;
}

}  // namespace herald::cli
