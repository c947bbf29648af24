// SPDX-License-Identifier: Apache-2.0
#include "policy/fixture.h"

#include <algorithm>
#include <utility>

#include "core/yaml/scalar.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/fixture_file.h"

namespace herald::policy {
namespace {

std::string List(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  std::string out = "[";
  for (const std::string& text : texts) {
    out += (out.size() > 1 ? ", " : "") + text;
  }
  return out + "]";
}

std::string Show(Obligations::Audit audit) {
  switch (audit) {
    case Obligations::Audit::kNone:
      return "none";
    case Obligations::Audit::kDigest:
      return "digest";
    case Obligations::Audit::kFull:
      return "full";
  }
  return "";
}

std::string Show(const std::optional<Duration>& duration) {
  return duration ? yaml::ToString(*duration) : "none";
}

std::string Show(Verdict verdict) { return std::string(ToString(verdict)); }
std::string Show(bool encrypt) { return encrypt ? "endToEnd" : "none"; }

class Comparison {
 public:
  void Compare(const char* what, const std::string& expected,
               const std::string& came) {
    if (expected == came) return;
    differences_.push_back(std::string(what) + ": expected " + expected +
                           ", came " + came);
  }
  std::vector<std::string> Take() { return std::move(differences_); }

 private:
  std::vector<std::string> differences_;
};

std::vector<std::string> Differences(const Expectation& expect,
                                     const CaseResult& result) {
  Comparison c;
  c.Compare("verdict", Show(expect.verdict), Show(result.verdict));
  if (expect.rules) c.Compare("rules", List(*expect.rules), List(result.rules));
  // A denied call has no obligations to compare.
  if (result.verdict == Verdict::kPermit) {
    const Obligations& came = result.obligations;
    if (expect.audit) c.Compare("audit", Show(*expect.audit), Show(came.audit));
    if (expect.encrypt) {
      c.Compare("encrypt", Show(*expect.encrypt),
                Show(came.encrypt_end_to_end));
    }
    if (expect.retain) {
      c.Compare("retain", Show(expect.retain), Show(came.retain));
    }
    if (expect.meters) {
      c.Compare("meter", List(*expect.meters), List(came.meters));
    }
  }
  if (expect.shadow) {
    c.Compare("shadow", Show(*expect.shadow),
              Show(result.shadow.value_or(result.verdict)));
  }
  return c.Take();
}

// On one line: what stood in the way, or what let it through.
std::string Why(const Program& program, const Call& call, const Path& path,
                const Decision& decision) {
  if (decision.verdict == Verdict::kPermit) {
    return decision.rules.empty() ? "no label of it needs a permit"
                                  : "these permit it";
  }
  std::string why;
  for (const std::string& failed : FailedAtoms(program, call, path)) {
    why += (why.empty() ? "" : "; ") + failed;
  }
  return why;
}

CaseResult RunCase(const Program& program, const TestCase& test) {
  std::vector<Node> nodes = test.nodes();
  Path path{nodes, test.keys_held_in};
  Call call = test.call();
  Decision decision = Evaluate(program, call, path);
  CaseResult result;
  result.name = test.name;
  result.verdict = decision.verdict;
  result.rules.assign(decision.rules.begin(), decision.rules.end());
  result.obligations = decision.obligations;
  if (program.has_shadow()) {
    result.shadow = EvaluateShadow(program, call, path).verdict;
  }
  result.differences = Differences(test.expect, result);
  result.passed = result.differences.empty();
  if (!result.passed) result.why = Why(program, call, path, decision);
  return result;
}

std::string FolderOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// The policies of one PolicyTest, as written and as compiled.
struct Tested {
  Reading reading;
  std::shared_ptr<const Program> program;
};

Tested LoadPolicies(const TestFile& file, const std::string& folder,
                    const ReadText& read, yaml::Problems& problems) {
  std::vector<SourceText> texts;
  for (const Text& policy : file.policies) {
    bool absolute = policy.text[0] == '/';
    std::string path = absolute ? policy.text : folder + policy.text;
    StatusOr<std::string> text = read(path);
    if (!text.ok()) {
      problems.Error(policy.at,
                     "cannot read " + path + ": " + Message(text.status()));
      continue;
    }
    texts.push_back(SourceText{path, *std::move(text)});
  }
  Tested tested;
  tested.reading = Read(texts);
  if (HasErrors(tested.reading.issues)) return tested;
  tested.program =
      CompileReading(tested.reading, texts,
                     Discharge{true, Discharge::Retain::kAlways, true, true});
  return tested;
}

}  // namespace

FixtureResult RunFixture(const SourceText& fixture, const ReadText& read,
                         Coverage* coverage) {
  FixtureResult result;
  yaml::Problems problems(fixture.name, fixture.text);
  std::vector<TestFile> files = ParseTests(problems);
  std::vector<Tested> tested;
  for (const TestFile& file : files) {
    tested.push_back(
        LoadPolicies(file, FolderOf(fixture.name), read, problems));
    const Issues& issues = tested.back().reading.issues;
    result.issues.insert(result.issues.end(), issues.begin(), issues.end());
  }
  Issues own = problems.issues();
  result.issues.insert(result.issues.begin(), own.begin(), own.end());
  if (HasErrors(result.issues)) return result;
  for (size_t i = 0; i < files.size(); ++i) {
    const Program& program = *tested[i].program;
    if (coverage != nullptr) coverage->Begin(tested[i].reading, program);
    for (const TestCase& test : files[i].cases) {
      result.cases.push_back(RunCase(program, test));
      if (coverage == nullptr) continue;
      std::vector<Node> nodes = test.nodes();
      coverage->Ask(test.call(), Path{nodes, test.keys_held_in});
    }
  }
  return result;
}

}  // namespace herald::policy
