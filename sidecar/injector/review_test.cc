// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::injector {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

// As an API server of 1.30 sends it, but for what we pass over.
constexpr char kReview[] = R"({
  "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
  "request": {
    "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
    "kind": {"group": "herald.dev", "version": "v1alpha1", "kind": "Agent"},
    "resource": {"group": "herald.dev", "version": "v1alpha1",
                 "resource": "agents"},
    "subResource": "status", "name": "planner-0", "namespace": "claims",
    "operation": "UPDATE",
    "userInfo": {
      "username": "system:serviceaccount:claims:planner", "uid": "1",
      "groups": ["system:serviceaccounts", "system:authenticated"],
      "extra": {"authentication.kubernetes.io/pod-name": ["planner-0"],
                "two": ["a", "b"]}},
    "object": {"kind": "Agent"}, "oldObject": null, "dryRun": false,
    "options": {}}})";

TEST(ReviewTest, ReadsWhoWantsToDoWhat) {
  const auto request = ReadReview(kReview);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->uid, "705ab4f5-6393-11e8-b7cc-42010a800002");
  EXPECT_EQ(request->group, "herald.dev");
  EXPECT_EQ(request->kind, "Agent");
  EXPECT_EQ(request->subresource, "status");
  EXPECT_EQ(request->kubernetes_namespace, "claims");
  EXPECT_EQ(request->operation, "UPDATE");
  EXPECT_THAT(request->user.groups,
              ElementsAre("system:serviceaccounts", "system:authenticated"));
  EXPECT_EQ(request->user.Extra("authentication.kubernetes.io/pod-name"),
            "planner-0");
  EXPECT_EQ(json::Serialize(request->object), R"({"kind":"Agent"})");
}

TEST(ReviewTest, AValueThatIsNotTheOnlyOneIsNone) {
  const auto request = ReadReview(kReview);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->user.Extra("two"), "");
  EXPECT_EQ(request->user.Extra("none"), "");
}

TEST(ReviewTest, WhatIsNoReviewIsAnError) {
  for (const auto& [text, why] :
       {std::pair("", "no JSON object"), std::pair("[]", "no JSON object"),
        std::pair("{}", "no AdmissionReview"),
        std::pair(R"({"kind": "AdmissionReview",
                      "apiVersion": "admission.k8s.io/v1beta1"})",
                  "no AdmissionReview of admission.k8s.io/v1"),
        std::pair(R"({"kind": "AdmissionReview",
                      "apiVersion": "admission.k8s.io/v1"})",
                  "no 'request'"),
        std::pair(R"({"kind": "AdmissionReview",
                      "apiVersion": "admission.k8s.io/v1", "request": {}})",
                  "no 'uid'"),
        std::pair(R"({"kind": "AdmissionReview",
                      "apiVersion": "admission.k8s.io/v1",
                      "request": {"uid": "1"}})",
                  "no 'kind'")}) {
    const auto request = ReadReview(text);
    ASSERT_FALSE(request.ok()) << text;
    EXPECT_THAT(Message(request.status()), HasSubstr(why)) << text;
  }
}

TEST(ReviewTest, AReviewHasAnEnd) {
  std::string text = kReview;
  text.resize(kMaxReview, ' ');
  EXPECT_TRUE(ReadReview(text).ok());
  text += ' ';
  EXPECT_FALSE(ReadReview(text).ok());
}

TEST(ReviewTest, AnAnswerWithoutAPatchIsShort) {
  EXPECT_EQ(WriteReview("u", {}),
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",)"
            R"("response":{"uid":"u","allowed":true}})");
}

TEST(ReviewTest, APatchIsBase64) {
  EXPECT_THAT(WriteReview("u", {.patch = json::Array{1}}),
              EndsWith(R"("allowed":true,"patchType":"JSONPatch",)"
                       R"("patch":"WzFd"}})"));
  // RFC 4648 section 10.
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xff\xfe\xfd"), "//79");
}

TEST(ReviewTest, ARefusalSaysWhyAndBearsNoPatch) {
  EXPECT_THAT(
      WriteReview("u",
                  {.allowed = false, .message = "no", .patch = json::Array{1}}),
      EndsWith(R"("response":{"uid":"u","allowed":false,)"
               R"("status":{"code":403,"message":"no"}}})"));
}

TEST(ReviewTest, AWarningIsOneLineOfALengthThatIsShown) {
  EXPECT_THAT(WriteReview("u", {.warnings = {"a\nb"}}),
              HasSubstr(R"("warnings":["a b"])"));
  // 252 letters, then one of two bytes: it goes whole.
  const std::string text = std::string(252, 'x') +
                           "\xc3\xa4"
                           "12345";
  EXPECT_THAT(WriteReview("u", {.warnings = {text}}),
              HasSubstr("[\"" + std::string(252, 'x') + "...\"]"));
}

}  // namespace
}  // namespace herald::injector
