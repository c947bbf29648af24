// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_files.h"

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace herald::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PolicyFilesTest, AFolderMeansItsYamlInOrderOfName) {
  test::TemporaryFolder folder;
  folder.Write("b.yaml", "two");
  folder.Write("a.yml", "one");
  folder.Write("notes.txt", "no policy");
  folder.Write("..data.yaml", "Kubernetes' own");
  auto texts = ReadPolicies({folder.path()});
  ASSERT_TRUE(texts.ok());
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_EQ((*texts)[0].text, "one");
  EXPECT_EQ((*texts)[1].name, folder.path() + "/b.yaml");
}

TEST(PolicyFilesTest, AnEmptyFolderIsNoErrorAndALostFileIs) {
  test::TemporaryFolder folder;
  EXPECT_THAT(*ReadPolicies({folder.path()}), IsEmpty());
  EXPECT_FALSE(ReadPolicies({folder / "none.yaml"}).ok());
  // A name that leads nowhere, as where a ConfigMap is being replaced.
  std::filesystem::create_symlink("gone", folder / "link.yaml");
  EXPECT_FALSE(ReadPolicies({folder.path()}).ok());
}

TEST(PolicyFilesTest, PeopleAreToldOfEveryFileThatCannotBeRead) {
  test::TemporaryFolder folder;
  std::string good = folder.Write("a.yaml", "one");
  PolicyFiles read =
      ReadPolicyFiles({folder / "none.yaml", good, folder / "no.yaml"});
  EXPECT_EQ(read.texts.size(), 1u);
  ASSERT_EQ(read.unreadable.size(), 2u);
  EXPECT_EQ(read.unreadable[0].file, folder / "none.yaml");
  EXPECT_EQ(read.unreadable[0].text.find(folder.path()), std::string::npos);
}

TEST(PolicyFilesTest, AFileStandsForItselfWhateverItsName) {
  EXPECT_THAT(*ExpandPolicyPath("no/such.thing"), ElementsAre("no/such.thing"));
}

}  // namespace
}  // namespace herald::app
