// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/renewal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sidecar/identity/file_source.h"
#include "tests/support/test_pki.h"

namespace herald::identity {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr char kId[] = "spiffe://acme.example/agent/planner";

class RenewalTest : public testing::Test {
 protected:
  RenewalTest() {
    Put(pki_.Issue(kId));
    source_.emplace(loop_, log_, kNames, Access());
    auto identity = source_->Load();
    server_ =
        *net::TlsContext::Make(*identity, net::TlsContext::End::kServer, loop_);
    renewal_.emplace(
        Renewal::Parts{.loop = loop_,
                       .log = log_,
                       .metrics = metrics_,
                       .identity = *identity,
                       .place = source_->place(),
                       .contexts = {server_.get()},
                       .review = [this](WallTime) { ++reviews_; }});
    renewal_->Start();
    source_->Listen(*renewal_);
    loop_.RunFor(milliseconds(1));
  }
  FileAccess Access() {
    return {.read = [this](const std::string& path) -> StatusOr<std::string> {
              return files_[path];
            },
            .watch = [this](const std::string&, std::function<void()> changed)
                -> StatusOr<std::shared_ptr<void>> {
              changed_ = std::move(changed);
              return std::shared_ptr<void>(std::make_shared<int>());
            }};
  }

  void Put(const net::IdentityFiles& pem) {
    files_ = {{"crt", pem.certificate}, {"key", pem.key}, {"ca", pem.trust}};
  }
  net::IdentityFiles Texts() {
    return {files_["crt"], files_["key"], files_["ca"]};
  }
  net::IdentityFiles Until(hours later) {
    return pki_.Issue(test::LeafOptions{
        .uris = {kId}, .not_after = test::FakeLoop::kEpoch + later});
  }
  uint64_t Counted(const std::string& result) {
    return metrics_
        .counter("herald_identity_renewals_total", "",
                 "result=\"" + result + "\"")
        .value();
  }

  const net::IdentityFiles kNames{"crt", "key", "ca"};
  test::FakeLoop loop_;
  NullLog log_;
  Metrics metrics_;
  test::TestPki pki_;
  std::map<std::string, std::string> files_;
  std::function<void()> changed_;
  std::unique_ptr<net::TlsContext> server_;
  int reviews_ = 0;
  std::optional<FileSource> source_;
  std::optional<Renewal> renewal_;
};

TEST_F(RenewalTest, NewFilesAreUsedAtOnce) {
  const uint64_t before = server_->generation();
  Put(Until(hours(48)));
  changed_();
  EXPECT_EQ(server_->generation(), before + 1);
  EXPECT_EQ(server_->identity().not_after(),
            WallTime(test::FakeLoop::kEpoch + hours(48)));
  EXPECT_EQ(Counted("ok"), 1u);
}

TEST_F(RenewalTest, AChangeThatIsNoneDoesNothing) {
  const uint64_t before = server_->generation();
  changed_();
  EXPECT_EQ(server_->generation(), before);
  EXPECT_EQ(Counted("ok"), 0u);
}

TEST_F(RenewalTest, FilesReplacedOneAfterTheOtherAreNoProblem) {
  const net::IdentityFiles next = Until(hours(48));
  files_["crt"] = next.certificate;
  changed_();
  loop_.RunFor(milliseconds(300));
  EXPECT_EQ(renewal_->problem(), "");
  files_["key"] = next.key;
  changed_();
  loop_.RunFor(seconds(2));
  EXPECT_EQ(Counted("ok"), 1u);
  EXPECT_EQ(Counted("refused"), 0u);
}

TEST_F(RenewalTest, FilesThatCannotBeUsedChangeNothingAndAreSaidSo) {
  const uint64_t before = server_->generation();
  files_["crt"] = "nonsense";
  changed_();
  loop_.RunFor(FileSource::kPatience);
  EXPECT_THAT(renewal_->problem(), HasSubstr("crt: is not a PEM certificate"));
  EXPECT_EQ(server_->generation(), before);
  EXPECT_EQ(Counted("refused"), 1u);
  changed_();  // the watch tells again; nothing is new
  loop_.RunFor(seconds(2));
  EXPECT_EQ(Counted("refused"), 1u);
  Put(Until(hours(48)));
  changed_();
  EXPECT_EQ(renewal_->problem(), "");
  EXPECT_EQ(server_->generation(), before + 1);
}

TEST_F(RenewalTest, AnotherNameIsNoRenewal) {
  Put(pki_.Issue("spiffe://acme.example/agent/other"));
  changed_();
  loop_.RunFor(FileSource::kPatience);
  EXPECT_THAT(renewal_->problem(), HasSubstr("restart it to be another one"));
  EXPECT_EQ(server_->identity().id().text(), kId);
}

TEST_F(RenewalTest, OneThatHasEndedIsNotTaken) {
  loop_.RunFor(hours(3));
  Put(Until(hours(2)));
  changed_();
  loop_.RunFor(FileSource::kPatience);
  EXPECT_THAT(renewal_->problem(), HasSubstr("expired on"));
}

TEST_F(RenewalTest, AWithdrawnIdentityIsOutOfUseUntilThereIsOne) {
  const uint64_t before = server_->generation();
  renewal_->OnRevoked("the agent has no identity for us");
  EXPECT_TRUE(renewal_->revoked());
  EXPECT_EQ(server_->generation(), before + 1);
  EXPECT_NE(server_->identity().trust(), renewal_->identity().trust());
  EXPECT_EQ(Counted("revoked"), 1u);
  Put(Until(hours(48)));
  changed_();
  EXPECT_FALSE(renewal_->revoked());
  EXPECT_EQ(renewal_->problem(), "");
  EXPECT_EQ(server_->identity().trust(), renewal_->identity().trust());
}

TEST_F(RenewalTest, CertificateAndKeyMayStandInOneFile) {
  const net::IdentityFiles pem = Until(hours(2));
  files_ = {{"bundle", pem.key + pem.certificate}, {"ca", pem.trust}};
  FileSource bundle(loop_, log_, {"bundle", "bundle", "ca"}, Access());
  auto identity = bundle.Load();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ((*identity)->id().text(), kId);
}

TEST_F(RenewalTest, ConnectionsAreReviewedEachSecond) {
  const int before = reviews_;
  loop_.RunFor(seconds(10));
  EXPECT_EQ(reviews_ - before, 10);
}

}  // namespace
}  // namespace herald::identity
