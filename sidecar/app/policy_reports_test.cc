// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

kubernetes::PolicyObject Schema(const std::string& spec) {
  auto object = json::Parse(
      R"({"apiVersion":"herald.dev/v1alpha1","kind":"LabelSchema",
          "metadata":{"name":"labels","resourceVersion":"7"},"spec":)" +
      spec + "}");
  return kubernetes::ReadPolicyObject(object->get_object());
}

TEST(PolicyReportsTest, ASoundSetHasNoIssues) {
  EXPECT_THAT(CheckPolicyObjects({Schema(R"({"labels":{"personal":{}}})")}),
              IsEmpty());
  EXPECT_THAT(CheckPolicyObjects({}), IsEmpty());
}

TEST(PolicyReportsTest, AnIssueNamesItsObjectAndTheLineThatPeopleSee) {
  const auto issues =
      CheckPolicyObjects({Schema(R"({"labels":{},"labls":{"a":{}}})")});
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].file, "LabelSchema/labels");
  // apiVersion, kind, metadata, name, spec, labels
  EXPECT_EQ(issues[0].at, (Position{7, 3}));
  EXPECT_THAT(issues[0].text, HasSubstr("unknown key 'labls'"));
  EXPECT_THAT(issues[0].source_line, HasSubstr("labls:"));
}

}  // namespace
}  // namespace herald::app
