// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/yaml/parse.h"

namespace herald::app {
namespace {

using testing::HasSubstr;

struct Read {
  PolicySettings settings;
  Issues issues;
};

Read Settings(const std::string& text) {
  yaml::Problems problems("sidecar.yaml", text);
  Read out;
  if (auto root = yaml::ParseOne(problems)) {
    yaml::MapReader map(*root, problems, "the configuration");
    out.settings = ReadPolicySettings(
        map, "planner-0",
        [](const std::string& path) { return "/etc/herald/" + path; });
  }
  out.issues = problems.issues();
  return out;
}

TEST(PolicySettingsTest, WithoutAnythingTheDefaultsHold) {
  Read read = Settings("{}");
  EXPECT_TRUE(read.issues.empty());
  EXPECT_EQ(read.settings.decision_log.file,
            "/etc/herald/planner-0.decisions.jsonl");
  EXPECT_EQ(read.settings.decision_log.max_bytes, uint64_t{64} << 20);
  EXPECT_EQ(read.settings.decision_log.keep, 8);
  EXPECT_FALSE(read.settings.decision_log.all);
  EXPECT_EQ(read.settings.hold.share, 0.10);
  EXPECT_EQ(read.settings.hold.calls, 20u);
  EXPECT_TRUE(read.settings.signers.empty());
}

TEST(PolicySettingsTest, EveryKeyIsRead) {
  Read read = Settings(R"(
policySigners: [ops.pub, legal.pub]
policyHold: {share: 0.5, calls: 3}
decisionLog: {file: log.jsonl, maxBytes: 256KiB, keep: 2, all: true}
)");
  EXPECT_TRUE(read.issues.empty()) << Render(read.issues);
  ASSERT_EQ(read.settings.signers.size(), 2u);
  EXPECT_EQ(read.settings.signers[1].path, "/etc/herald/legal.pub");
  EXPECT_EQ(read.settings.hold.share, 0.5);
  EXPECT_EQ(read.settings.hold.calls, 3u);
  EXPECT_EQ(read.settings.decision_log.file, "/etc/herald/log.jsonl");
  EXPECT_EQ(read.settings.decision_log.max_bytes, 256u << 10);
  EXPECT_EQ(read.settings.decision_log.keep, 2);
  EXPECT_TRUE(read.settings.decision_log.all);
}

TEST(PolicySettingsTest, WhatCannotBeIsSaid) {
  EXPECT_THAT(Render(Settings("policyHold: {share: 1.5}").issues),
              HasSubstr("between 0 and 1"));
  EXPECT_THAT(Render(Settings("policyHold: {calls: 0}").issues),
              HasSubstr("calls"));
  for (const char* size : {"63KiB", "64", "64 MB", "-1MiB", "9999999999GiB"}) {
    EXPECT_THAT(
        Render(Settings("decisionLog: {maxBytes: " + std::string(size) + "}")
                   .issues),
        HasSubstr("maxBytes"))
        << size;
  }
  EXPECT_TRUE(Settings("decisionLog: {maxBytes: 64KiB}").issues.empty());
  EXPECT_THAT(Render(Settings("decisionLog: {keep: 0}").issues),
              HasSubstr("keep"));
}

}  // namespace
}  // namespace herald::app
