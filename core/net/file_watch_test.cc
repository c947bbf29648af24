// SPDX-License-Identifier: Apache-2.0
#include "core/net/file_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/support/turns.h"

namespace herald::net {
namespace {

using test::TurnUntil;

class FileWatchTest : public testing::Test {
 protected:
  void Watch(const std::string& path) {
    auto watch = FileWatch::Open(loop_, path, [this] { ++changes_; });
    ASSERT_TRUE(watch.ok()) << watch.status();
    watch_ = std::move(*watch);
  }
  bool Changed() {
    return TurnUntil(loop_, [this] { return changes_ > 0; });
  }
  // Long enough for a change to have settled.
  void LetSettle() {
    Time end = loop_.Now() + 3 * FileWatch::kSettle;
    TurnUntil(loop_, [&] { return loop_.Now() >= end; });
  }

  AsioLoop loop_;
  test::TemporaryFolder folder_;
  std::unique_ptr<FileWatch> watch_;
  int changes_ = 0;
};

TEST_F(FileWatchTest, TellsOfAFileWrittenInPlace) {
  Watch(folder_.Write("peers.yaml", "old"));
  folder_.Write("peers.yaml", "new");
  EXPECT_TRUE(Changed());
}

TEST_F(FileWatchTest, TellsOfAFileReplacedByARename) {
  Watch(folder_.Write("peers.yaml", "old"));
  std::filesystem::rename(folder_.Write("new.tmp", "new"),
                          folder_ / "peers.yaml");
  EXPECT_TRUE(Changed());
}

TEST_F(FileWatchTest, KeepsWatchingAfterAReplacement) {
  Watch(folder_.Write("peers.yaml", "old"));
  std::filesystem::rename(folder_.Write("new.tmp", "new"),
                          folder_ / "peers.yaml");
  ASSERT_TRUE(Changed());
  LetSettle();
  changes_ = 0;
  folder_.Write("peers.yaml", "newer");
  EXPECT_TRUE(Changed());
}

TEST_F(FileWatchTest, TellsOfKubernetesSymlinkSwap) {
  namespace fs = std::filesystem;
  fs::create_directory(folder_ / "..first");
  folder_.Write("..first/peers.yaml", "old");
  fs::create_symlink("..first", folder_ / "..data");
  fs::create_symlink("..data/peers.yaml", folder_ / "peers.yaml");
  Watch(folder_ / "peers.yaml");

  fs::create_directory(folder_ / "..second");
  folder_.Write("..second/peers.yaml", "new");
  fs::create_symlink("..second", folder_ / "..data_tmp");
  fs::rename(folder_ / "..data_tmp", folder_ / "..data");

  EXPECT_TRUE(Changed());
}

TEST_F(FileWatchTest, TellsOfAFileThatDidNotExistYet) {
  Watch(folder_ / "peers.yaml");
  folder_.Write("peers.yaml", "new");
  EXPECT_TRUE(Changed());
}

TEST_F(FileWatchTest, IgnoresOtherFilesOfTheFolder) {
  Watch(folder_.Write("peers.yaml", "old"));
  folder_.Write("notes.txt", "irrelevant");
  LetSettle();
  EXPECT_EQ(changes_, 0);
}

TEST_F(FileWatchTest, TellsABurstOnce) {
  Watch(folder_.Write("peers.yaml", "old"));
  for (int i = 0; i < 10; ++i) folder_.Write("peers.yaml", "new");
  ASSERT_TRUE(Changed());
  LetSettle();
  EXPECT_EQ(changes_, 1);
}

TEST_F(FileWatchTest, OfAFolderTellsOfAnyFileInIt) {
  Watch(folder_.path());
  folder_.Write("policy.yaml", "new");
  EXPECT_TRUE(Changed());
}

TEST_F(FileWatchTest, AMissingFolderIsAnError) {
  auto watch = FileWatch::Open(loop_, folder_ / "nowhere/peers.yaml", [] {});
  EXPECT_FALSE(watch.ok());
}

TEST_F(FileWatchTest, MayBeDestroyedByWhatItCalls) {
  std::unique_ptr<FileWatch> watch = std::move(
      *FileWatch::Open(loop_, folder_ / "peers.yaml", [&] { watch.reset(); }));
  folder_.Write("peers.yaml", "new");
  EXPECT_TRUE(TurnUntil(loop_, [&] { return watch == nullptr; }));
}

}  // namespace
}  // namespace herald::net
