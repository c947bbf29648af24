// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_test_command.h"

#include <fstream>
#include <utility>
#include <vector>

#include "policy/fixture.h"
#include "sidecar/app/policy_files.h"
#include "sidecar/cli/junit.h"
#include "sidecar/cli/policy_json.h"

namespace herald::cli {
namespace {

std::string FailureLine(const std::string& file,
                        const policy::CaseResult& result) {
  std::string line = file + ": " + result.name + ": ";
  for (size_t i = 0; i < result.differences.size(); ++i) {
    line += (i > 0 ? "; " : "") + result.differences[i];
  }
  return line + " (" + result.why + ")";
}

// Files as they are; of folders those files that hold a PolicyTest.
std::vector<std::string> FindPolicyTests(
    const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    auto files = app::ExpandPolicyPath(path);
    bool folder = files.ok() && *files != std::vector<std::string>{path};
    if (!folder) {
      found.push_back(path);
      continue;
    }
    for (const std::string& file : *files) {
      StatusOr<std::string> text = app::ReadPolicyFile(file);
      // One that cannot be read is for the run to report.
      if (!text.ok() || text->find("PolicyTest") != std::string::npos) {
        found.push_back(file);
      }
    }
  }
  return found;
}

// One run over all files.
class TestRun {
 public:
  TestRun(const PolicyTestArguments& args, std::ostream& out, std::ostream& err)
      : args_(args), out_(out), err_(err) {}

  int RunAll() {
    for (const std::string& path : FindPolicyTests(args_.files)) RunOne(path);
    policy::CoverageReport covered = coverage_.Report();
    if (!args_.json) {
      out_ << passed_ << " passed, " << failed_ << " failed"
           << (unusable_ ? "; not all files could be read\n" : "\n");
    }
    if (args_.coverage || args_.require_coverage) PrintCoverage(covered);
    if (!WriteJunit()) return kWorldFailed;
    if (unusable_) return kUnusable;
    bool gaps = args_.require_coverage && !covered.gaps.empty();
    return failed_ > 0 || gaps ? kNo : kFine;
  }

 private:
  void RunOne(const std::string& path) {
    JunitSuite& suite = suites_.emplace_back();
    suite.file = path;
    StatusOr<std::string> text = app::ReadPolicyFile(path);
    if (!text.ok()) {
      suite.error = Message(text.status());
      err_ << path << ": " << suite.error << "\n";
      unusable_ = true;
      return;
    }
    policy::FixtureResult result = policy::RunFixture(
        {path, *std::move(text)}, app::ReadPolicyFile, &coverage_);
    err_ << Render(result.issues);
    if (HasErrors(result.issues)) {
      suite.error = Render(result.issues);
      unusable_ = true;
    }
    for (const policy::CaseResult& one : result.cases) {
      ++(one.passed ? passed_ : failed_);
      if (args_.json) {
        out_ << CaseToJson(path, one) << "\n";
      } else if (!one.passed) {
        out_ << FailureLine(path, one) << "\n";
      }
    }
    suite.cases = std::move(result.cases);
  }

  void PrintCoverage(const policy::CoverageReport& report) {
    if (args_.json) {
      out_ << CoverageToJson(report) << "\n";
      return;
    }
    for (const policy::CoverageGap& gap : report.gaps) {
      out_ << policy::Render(gap);
    }
    out_ << policy::Summary(report) << "\n";
  }

  bool WriteJunit() {
    if (args_.junit.empty()) return true;
    std::ofstream file(args_.junit, std::ios::binary | std::ios::trunc);
    file << JunitXml(suites_);
    file.close();
    if (file) return true;
    err_ << "herald: " << args_.junit << ": cannot be written\n";
    return false;
  }

  const PolicyTestArguments& args_;
  std::ostream& out_;
  std::ostream& err_;
  policy::Coverage coverage_;
  std::vector<JunitSuite> suites_;
  size_t passed_ = 0;
  size_t failed_ = 0;
  bool unusable_ = false;
};

}  // namespace

int PolicyTest(const PolicyTestArguments& args, std::ostream& out,
               std::ostream& err) {
  return TestRun(args, out, err).RunAll();
}

}  // namespace herald::cli
