// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/junit.h"

#include <algorithm>
#include <string_view>

namespace herald::cli {
namespace {

// XML 1.0 has no way to write most control characters.
std::string Escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

std::string Attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + Escaped(value) + "\"";
}

std::string Counts(size_t tests, size_t failures, size_t errors) {
  return Attribute("tests", std::to_string(tests)) +
         Attribute("failures", std::to_string(failures)) +
         Attribute("errors", std::to_string(errors));
}

std::string CaseXml(const std::string& file, const policy::CaseResult& result) {
  std::string xml = "    <testcase" + Attribute("classname", file) +
                    Attribute("name", result.name);
  if (result.passed) return xml + "/>\n";
  std::string what;
  for (const std::string& difference : result.differences) {
    what += (what.empty() ? "" : "; ") + difference;
  }
  return xml + ">\n      <failure" + Attribute("message", what) + ">" +
         Escaped(result.why) + "</failure>\n    </testcase>\n";
}

size_t FailedIn(const JunitSuite& suite) {
  return static_cast<size_t>(
      std::count_if(suite.cases.begin(), suite.cases.end(),
                    [](const auto& one) { return !one.passed; }));
}

std::string SuiteXml(const JunitSuite& suite) {
  bool broken = !suite.error.empty();
  std::string xml = "  <testsuite" + Attribute("name", suite.file) +
                    Counts(suite.cases.size() + (broken ? 1 : 0),
                           FailedIn(suite), broken ? 1 : 0) +
                    ">\n";
  if (broken) {
    xml += "    <testcase" + Attribute("classname", suite.file) +
           Attribute("name", "the file can be used") + ">\n      <error" +
           Attribute("message", suite.error) + "/>\n    </testcase>\n";
  }
  for (const policy::CaseResult& one : suite.cases) {
    xml += CaseXml(suite.file, one);
  }
  return xml + "  </testsuite>\n";
}

}  // namespace

std::string JunitXml(const std::vector<JunitSuite>& suites) {
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  std::string body;
  for (const JunitSuite& suite : suites) {
    size_t broken = suite.error.empty() ? 0 : 1;
    tests += suite.cases.size() + broken;
    failures += FailedIn(suite);
    errors += broken;
    body += SuiteXml(suite);
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
         Attribute("name", "herald policy test") +
         Counts(tests, failures, errors) + ">\n" + body + "</testsuites>\n";
}

}  // namespace herald::cli
