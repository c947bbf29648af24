// SPDX-License-Identifier: Apache-2.0
#include "policy/lint.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/base/calendar.h"
#include "core/base/check.h"
#include "policy/lint_notes.h"

namespace herald::policy {
namespace {

// As in a PolicyTest: what somebody can discharge is no matter of the text.
constexpr Discharge kAnybody{true, Discharge::Retain::kAlways, true, true};

// What `policy check` only warns of.
void AddWarnings(const Issues& issues, std::vector<Finding>& findings) {
  for (const Issue& issue : issues) {
    findings.push_back({"warning", issue.file, issue.at, "", issue.text,
                        issue.hint, issue.source_line});
  }
}

}  // namespace

LintNotes::LintNotes(const Reading& reading, const Program& program,
                     const LintOptions& options)
    : reading_(reading), program_(program), options_(options) {
  size_t next = 0;
  for (const Policy& policy : reading.set.policies) {
    for (const Rule& rule : policy.rules) {
      while (program.rules()[next].override >= 0) ++next;
      const CompiledRule& compiled = program.rules()[next++];
      HERALD_CHECK(compiled.name == policy.name.text + "/" + rule.id.text,
                   "rules are compiled in the order of the texts");
      rules_.push_back({&policy, &rule, &compiled});
    }
  }
}

void LintNotes::Add(const char* kind, size_t file, Position at,
                    std::string text, std::string hint) {
  const yaml::Problems& source = *reading_.files[file];
  findings_.push_back({kind, source.file(), at, "", std::move(text),
                       std::move(hint), LineOf(source.text(), at.line)});
}

void LintNotes::Add(const char* kind, const LintRule& rule, Position at,
                    std::string text, std::string hint) {
  Add(kind, rule.policy->file, at, std::move(text), std::move(hint));
  findings_.back().rule = rule.compiled->name;
}

std::vector<Finding> LintNotes::Take() { return std::move(findings_); }

Linted Lint(const std::vector<SourceText>& texts, const LintOptions& options) {
  Linted linted;
  Reading reading = Read(texts);
  linted.issues = reading.issues;
  if (HasErrors(linted.issues)) return linted;
  auto program = CompileReading(reading, texts, kAnybody);
  LintNotes notes(reading, *program, options);
  LintConditions(notes);
  LintOverlaps(notes);
  LintWords(notes);
  LintDates(notes);
  LintCrypto(notes);
  LintPeers(notes);
  linted.findings = notes.Take();
  AddWarnings(linted.issues, linted.findings);
  std::stable_sort(linted.findings.begin(), linted.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.file, a.at.line, a.at.column) <
                            std::tie(b.file, b.at.line, b.at.column);
                   });
  return linted;
}

void LintDates(LintNotes& notes) {
  std::string today = ToDate(notes.options().now);
  for (const JurisdictionSet& sets : notes.set().jurisdictions) {
    std::string name = "JurisdictionSet '" + sets.name.text + "'";
    if (!sets.review_by) {
      notes.Add("no-review-date", sets.file, sets.name.at,
                name + " says nowhere by when it is to be looked at again",
                "add reviewBy: YYYY-MM-DD to its spec");
    } else if (sets.review_by->text < today) {
      notes.Add("past-review", sets.file, sets.review_by->at,
                name + " was to be reviewed by " + sets.review_by->text,
                "have its sets checked and move reviewBy on");
    }
  }
  for (const Policy& policy : notes.set().policies) {
    if (!policy.until || notes.options().now <= policy.until->time) continue;
    notes.Add("observe-over", policy.file, policy.until->text.at,
              "namespace '" + policy.scope.value_or("") +
                  "' is observed no more since " + policy.until->text.text +
                  ": refusals hold",
              "take enforcement and until out, or move until on");
  }
  for (const Override& override : notes.set().overrides) {
    if (notes.options().now <= override.until.time) continue;
    notes.Add("override-expired", override.file, override.until.text.at,
              "Override '" + override.name.text + "' ended at " +
                  override.until.text.text,
              "delete its file and the .sig beside it");
  }
}

std::string Render(const Finding& finding) {
  Issue issue;
  issue.severity = Issue::Severity::kWarning;
  issue.file = finding.file;
  issue.at = finding.at;
  issue.text = finding.rule.empty() ? "" : "rule " + finding.rule + ": ";
  issue.text += finding.text;
  issue.hint = finding.hint;
  issue.source_line = finding.source_line;
  std::string text = Render(issue);
  // The kind is more to people than that it is a warning.
  constexpr std::string_view kWarning = ": warning: ";
  size_t at = text.find(kWarning);
  if (at == std::string::npos) return text;
  return text.replace(at, kWarning.size(), ": " + finding.kind + ": ");
}

}  // namespace herald::policy
