// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/certs_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <sstream>

#include "core/base/text_file.h"
#include "core/net/identity.h"
#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using testing::HasSubstr;

const WallTime kNow = WallTime(std::chrono::seconds(1767225600));  // 2026

class CertsCommandTest : public testing::Test {
 protected:
  int Init(const std::string& domain = "acme.example") {
    return CertsInit({.folder = pki_, .trust_domain = domain}, kNow, out_,
                     err_);
  }
  int Issue(const std::string& name,
            const std::string& id = "spiffe://acme.example/agent/a") {
    return CertsIssue({.folder = pki_, .id = id, .out = name}, kNow, out_,
                      err_);
  }
  mode_t ModeOf(const std::string& name) {
    struct stat facts = {};
    stat((pki_ + "/" + name).c_str(), &facts);
    return facts.st_mode & 0777;
  }

  test::TemporaryFolder folder_;
  const std::string pki_ = folder_ / "pki";
  std::ostringstream out_, err_;
};

TEST_F(CertsCommandTest, MakesACaAndALeafThatTheMeshAccepts) {
  ASSERT_EQ(Init(), kFine) << err_.str();
  ASSERT_EQ(Issue("a-0"), kFine) << err_.str();
  auto identity = net::Identity::Load(
      {pki_ + "/a-0.crt", pki_ + "/a-0.key", pki_ + "/ca.crt"}, kNow);
  ASSERT_TRUE(identity.ok()) << Message(identity.status());
  EXPECT_EQ((*identity)->id().text(), "spiffe://acme.example/agent/a");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CertsCommandTest, SaysAsJsonWhatItMade) {
  CertsInit({.folder = pki_, .trust_domain = "acme.example", .json = true},
            kNow, out_, err_);
  EXPECT_EQ(out_.str(), R"({"id":"spiffe://acme.example","certificate":")" +
                            pki_ + R"(/ca.crt","key":")" + pki_ +
                            "/ca.key\"}\n");
  out_.str("");
  CertsIssue({.folder = pki_,
              .id = "spiffe://acme.example/agent/a",
              .out = "a-0",
              .json = true},
             kNow, out_, err_);
  EXPECT_EQ(out_.str(),
            R"({"id":"spiffe://acme.example/agent/a","certificate":")" + pki_ +
                R"(/a-0.crt","key":")" + pki_ + "/a-0.key\"}\n");
}

TEST_F(CertsCommandTest, KeysAreForTheirOwnerOnly) {
  Init();
  Issue("a-0");
  EXPECT_EQ(ModeOf(""), 0700u);
  EXPECT_EQ(ModeOf("ca.key"), 0600u);
  EXPECT_EQ(ModeOf("a-0.key"), 0600u);
  EXPECT_EQ(ModeOf("ca.crt"), 0644u);
}

TEST_F(CertsCommandTest, NeverOverwritesACa) {
  Init();
  const std::string before = *ReadTextFile(pki_ + "/ca.key");
  EXPECT_EQ(Init(), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("ca.crt exists already"));
  EXPECT_EQ(*ReadTextFile(pki_ + "/ca.key"), before);
  // Nor half of one.
  std::filesystem::remove(pki_ + "/ca.crt");
  EXPECT_EQ(Init(), kUnusable);
  EXPECT_FALSE(std::filesystem::exists(pki_ + "/ca.crt"));
}

TEST_F(CertsCommandTest, ALeafCannotTakeTheCasPlace) {
  Init();
  const std::string before = *ReadTextFile(pki_ + "/ca.key");
  for (const std::string& name :
       {std::string("ca"), pki_ + "/ca", pki_ + "/../pki/ca"}) {
    EXPECT_EQ(Issue(name), kUnusable) << name;
  }
  EXPECT_EQ(*ReadTextFile(pki_ + "/ca.key"), before);
}

TEST_F(CertsCommandTest, RenewsALeaf) {
  Init();
  Issue("a-0");
  const std::string before = *ReadTextFile(pki_ + "/a-0.key");
  EXPECT_EQ(Issue("a-0"), kFine);
  EXPECT_NE(*ReadTextFile(pki_ + "/a-0.key"), before);
}

TEST_F(CertsCommandTest, WritesWhereAPathSays) {
  Init();
  EXPECT_EQ(Issue(folder_ / "elsewhere"), kFine) << err_.str();
  EXPECT_TRUE(std::filesystem::exists(folder_ / "elsewhere.crt"));
  EXPECT_EQ(Issue(folder_ / "none/a"), kWorldFailed);
  EXPECT_THAT(err_.str(), HasSubstr("none/a.key.new: No such file"));
}

TEST_F(CertsCommandTest, SaysHowToMakeAMissingCa) {
  EXPECT_EQ(Issue("a-0"), kUnusable);
  EXPECT_THAT(err_.str(),
              HasSubstr("ca.crt: No such file or directory; make a CA with: "
                        "herald certs init " +
                        pki_ + " --trust-domain acme.example\n"));
}

TEST_F(CertsCommandTest, SaysWhatIsWrongWithANameOrId) {
  EXPECT_EQ(Init("Acme Example"), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("'Acme Example' is no trust domain"));
  EXPECT_FALSE(std::filesystem::exists(pki_));
  Init();
  EXPECT_EQ(Issue("a", "acme.example/agent/a"), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("is no SPIFFE id"));
  EXPECT_EQ(Issue("a", "spiffe://other.example/a"), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("trust domain, acme.example"));
  EXPECT_EQ(Issue(""), kUnusable);
  EXPECT_FALSE(std::filesystem::exists(pki_ + "/.key"));
}

}  // namespace
}  // namespace herald::cli
