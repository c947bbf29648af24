// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_admin_command.h"

#include <cstdio>
#include <string>

#include "core/json/json.h"
#include "policy/program_facts.h"
#include "sidecar/cli/admin_client.h"

namespace herald::cli {
namespace {

std::string Text(const json::Object& from, const char* key) {
  return json::GetString(from, key).value_or("");
}

std::string Number(const json::Object& from, const char* key) {
  const json::Value* value = from.if_contains(key);
  return value == nullptr ? "0" : json::Serialize(*value);
}

bool IsTrue(const json::Object& from, const char* key) {
  const json::Value* value = from.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string ShortHash(const json::Object& from) {
  return Text(from, "hash").substr(0, policy::kShownHash);
}

const json::Object* Child(const json::Object& from, const char* key) {
  const json::Value* value = from.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

// fn(const json::Object&) for each object in the list of that name.
template <typename Fn>
void ForEach(const json::Object& from, const char* key, Fn fn) {
  const json::Value* list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return;
  for (const json::Value& item : list->get_array()) {
    if (item.is_object()) fn(item.get_object());
  }
}

void ShowTrouble(const json::Object& status, std::ostream& out) {
  if (std::string refused = Text(status, "refused"); !refused.empty()) {
    out << "REFUSED   the files cannot be used, and this policy stays:\n"
        << refused << "\n";
  }
  if (const json::Object* held = Child(status, "held")) {
    out << "HELD      " << ShortHash(*held) << " would newly deny "
        << Number(*held, "newlyDenied") << " of the last "
        << Number(*held, "calls") << " calls; since " << Text(*held, "since")
        << "\n";
    ForEach(*held, "examples", [&](const json::Object& example) {
      out << "            " << Number(example, "count") << " x "
          << Text(example, "call") << ": " << Text(example, "why") << "\n";
    });
    out << "            " << Text(*held, "do") << "\n";
  }
  const json::Object* log = Child(status, "decisionLog");
  if (log != nullptr && !Text(*log, "problem").empty()) {
    out << "NO LOG    " << Text(*log, "problem")
        << "; calls that must be recorded are refused\n";
  }
}

void ShowObjects(const json::Object& status, std::ostream& out) {
  ForEach(status, "objects", [&](const json::Object& object) {
    std::string scope = Text(object, "namespace");
    std::string mode = Text(object, "mode");
    out << "  " << Text(object, "kind") << " "
        << (scope.empty() ? "" : scope + "/") << Text(object, "name")
        << (mode.empty() ? "" : " (" + mode + ")") << "  "
        << Text(object, "file") << "\n";
  });
}

void ShowWindows(const json::Object& status, std::ostream& out) {
  ForEach(status, "observed", [&](const json::Object& one) {
    out << (IsTrue(one, "open") ? "observed  " : "over      ") << "namespace "
        << Text(one, "namespace") << " until " << Text(one, "until") << ", by "
        << Text(one, "policy") << "\n";
  });
  ForEach(status, "overrides", [&](const json::Object& one) {
    out << (IsTrue(one, "open") ? "OVERRIDE  " : "override  (not in force)  ")
        << Text(one, "override") << " from " << Text(one, "from") << " until "
        << Text(one, "until") << ": " << Text(one, "reason") << "\n";
  });
  ForEach(status, "reviews", [&](const json::Object& one) {
    if (!IsTrue(one, "past")) return;
    out << "review    set " << Text(one, "set") << " was to be looked at by "
        << Text(one, "reviewBy") << "  " << Text(one, "file") << "\n";
  });
}

// A line for each name with a count in the object `key`.
void ShowEach(const json::Object& status, const char* key, const char* what,
              std::ostream& out) {
  const json::Object* counts = Child(status, key);
  if (counts == nullptr) return;
  for (const auto& [name, count] : *counts) {
    out << what << std::string_view(name.data(), name.size()) << ": "
        << json::Serialize(count) << "\n";
  }
}

void ShowCounts(const json::Object& status, std::ostream& out) {
  if (const json::Object* counts = Child(status, "counts")) {
    out << "counted   " << Number(*counts, "shadowWouldDeny")
        << " calls that the shadow would deny, "
        << Number(*counts, "shadowWouldPermit") << " refusals it would permit, "
        << Number(*counts, "observed") << " observed, "
        << Number(*counts, "cut") << " cut\n";
  }
  ShowEach(status, "observedByRule", "observed  would be refused by ", out);
  ShowEach(status, "shadowByRule", "shadow    would be refused by ", out);
  ShowEach(status, "meters", "meter     ", out);
}

void ShowHistory(const json::Object& status, std::ostream& out) {
  std::string line;
  ForEach(status, "history", [&](const json::Object& one) {
    line += " " + ShortHash(one) + (IsTrue(one, "inForce") ? "*" : "");
  });
  out << "history  " << line << "\n";
}

void ShowTexts(const json::Object& status, std::ostream& out) {
  ForEach(status, "texts", [&](const json::Object& one) {
    out << "\n# " << Text(one, "file") << "\n" << Text(one, "text");
  });
}

}  // namespace

int PolicyShow(const PolicyShowArguments& args, std::ostream& out,
               std::ostream& err) {
  auto asked = Ask(args.admin, "GET", "/policy/status");
  if (!asked.ok()) return Fail(asked.status(), err);
  json::Object* status = asked->document.if_object();
  if (status == nullptr) {
    err << "herald: " << args.admin << " is no sidecar's admin listener\n";
    return kWorldFailed;
  }
  if (args.json) {
    if (!args.texts) status->erase("texts");
    out << json::Serialize(*status) << "\n";
    return kFine;
  }
  out << "policy    " << ShortHash(*status) << " in force since "
      << Text(*status, "since") << ", from " << Text(*status, "from") << "\n";
  ShowTrouble(*status, out);
  ShowObjects(*status, out);
  ShowWindows(*status, out);
  ShowCounts(*status, out);
  ShowHistory(*status, out);
  if (args.texts) ShowTexts(*status, out);
  return kFine;
}

int PolicyRollback(const PolicyRollbackArguments& args, std::ostream& out,
                   std::ostream& err) {
  json::Object question;
  if (!args.to.empty()) question["to"] = args.to;
  auto asked =
      Ask(args.admin, "POST", "/policy/rollback", json::Serialize(question));
  if (!asked.ok()) return Fail(asked.status(), err);
  const json::Object* answer = asked->document.if_object();
  if (answer == nullptr || asked->status != 200) {
    err << "herald policy rollback: "
        << (answer ? Text(*answer, "detail") : asked->text) << "\n";
    return asked->status == 403 ? kWorldFailed : kUnusable;
  }
  if (args.json) {
    out << json::Serialize(*answer) << "\n";
    return kFine;
  }
  out << "in force: " << ShortHash(*answer) << ", until the policy files "
      << "change; before: "
      << Text(*answer, "before").substr(0, policy::kShownHash) << "\n";
  return kFine;
}

}  // namespace herald::cli
