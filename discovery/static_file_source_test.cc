// SPDX-License-Identifier: Apache-2.0
#include "discovery/static_file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const char kFra[] =
    "peers:\n- {name: fra, address: 10.0.0.1:1, identity: spiffe://a.b/c}\n";
const char kPar[] =
    "peers:\n- {name: par, address: 10.0.0.2:1, identity: spiffe://a.b/c}\n";
const char kBroken[] = "peers:\n- {name: par, adress: 10.0.0.2:1}\n";

class Recorder final : public SourceSink {
 public:
  void OnPeers(std::vector<EndpointPtr> peers) override {
    names.clear();
    for (const EndpointPtr& peer : peers) names.push_back(peer->name);
    ++told;
  }
  void OnChange(std::vector<EndpointPtr>, std::vector<std::string>) override {
    FAIL() << "a file is told whole";
  }
  void OnStatus(const SourceStatus& value) override { status = value; }

  std::vector<std::string> names;
  int told = 0;
  SourceStatus status;
};

class StaticFileSourceTest : public testing::Test {
 protected:
  void Start() { source_.Start(&sink_); }

  // The file was replaced, by whatever means.
  void Replace(StatusOr<std::string> text) {
    text_ = std::move(text);
    if (changed_) changed_();
  }

  FileAccess Files() {
    return {
        .read = [this](const std::string&) { return text_; },
        .watch = [this](const std::string& path, std::function<void()> changed)
            -> StatusOr<std::shared_ptr<void>> {
          if (!watchable_) return Unavailable("no inotify");
          watched_ = path;
          changed_ = std::move(changed);
          return std::shared_ptr<void>(&changed_, [](void* fn) {
            *static_cast<std::function<void()>*>(fn) = nullptr;
          });
        }};
  }

  StatusOr<std::string> text_ = std::string(kFra);
  bool watchable_ = true;
  std::string watched_;
  std::function<void()> changed_;
  Recorder sink_;
  StaticFileSource source_{"peers.yaml", Files()};
};

TEST_F(StaticFileSourceTest, TellsItsPeersAtStart) {
  Start();
  EXPECT_THAT(sink_.names, ElementsAre("fra"));
  EXPECT_TRUE(sink_.status.ok);
  EXPECT_EQ(sink_.status.source, "file peers.yaml");
  EXPECT_EQ(sink_.status.loads, 1u);
  EXPECT_EQ(watched_, "peers.yaml");
}

TEST_F(StaticFileSourceTest, ReadsTheFileAgainWhenItWasReplaced) {
  Start();
  Replace(std::string(kPar));
  EXPECT_THAT(sink_.names, ElementsAre("par"));
  EXPECT_EQ(sink_.status.loads, 2u);
}

TEST_F(StaticFileSourceTest, ABrokenFileKeepsTheLastGoodOneAndSaysSo) {
  Start();
  Replace(std::string(kBroken));
  EXPECT_THAT(sink_.names, ElementsAre("fra"));
  EXPECT_EQ(sink_.told, 1);
  EXPECT_FALSE(sink_.status.ok);
  EXPECT_THAT(sink_.status.problem, HasSubstr("peers.yaml:2:"));
  EXPECT_EQ(sink_.status.failures, 1u);
  Replace(std::string(kPar));
  EXPECT_THAT(sink_.names, ElementsAre("par"));
  EXPECT_TRUE(sink_.status.ok);
  EXPECT_EQ(sink_.status.problem, "");
}

TEST_F(StaticFileSourceTest, AFileThatVanishedKeepsTheLastGoodOne) {
  Start();
  Replace(Unavailable("peers.yaml: No such file or directory"));
  EXPECT_THAT(sink_.names, ElementsAre("fra"));
  EXPECT_FALSE(sink_.status.ok);
  Replace(std::string(kFra));  // as it was
  EXPECT_TRUE(sink_.status.ok);
}

TEST_F(StaticFileSourceTest, SaysNothingWhenTheTextIsTheSame) {
  Start();
  Replace(std::string(kFra));
  EXPECT_EQ(sink_.told, 1);
  EXPECT_EQ(sink_.status.loads, 1u);
}

TEST_F(StaticFileSourceTest, StartsWithAMissingFileAndPicksItUpLater) {
  text_ = Unavailable("peers.yaml: No such file or directory");
  Start();
  EXPECT_EQ(sink_.told, 0);
  EXPECT_FALSE(sink_.status.ok);
  Replace(std::string(kFra));
  EXPECT_THAT(sink_.names, ElementsAre("fra"));
}

TEST_F(StaticFileSourceTest, WorksWithoutAWatchAndSaysSo) {
  watchable_ = false;
  Start();
  EXPECT_THAT(sink_.names, ElementsAre("fra"));
  EXPECT_TRUE(sink_.status.ok);
  EXPECT_THAT(sink_.status.problem,
              HasSubstr("changes will not be noticed: no inotify"));
}

TEST_F(StaticFileSourceTest, TellsNothingOnceStopped) {
  Start();
  source_.Stop();
  Replace(std::string(kPar));
  EXPECT_EQ(sink_.told, 1);
  EXPECT_EQ(changed_, nullptr);
}

}  // namespace
}  // namespace herald::discovery
