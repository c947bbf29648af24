// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/routes.h"

#include <string>

#include "gtest/gtest.h"

namespace herald::sdk {
namespace {

class RoutesTest : public ::testing::Test {
 protected:
  void Add(const std::string& method, const std::string& path) {
    routes_.Add(method, path, [this, name = method + " " + path](InboundCall&) {
      taken_ = name;
    });
  }
  // "METHOD PATH" of the route taken, or what is allowed instead.
  std::string Take(std::string_view method, std::string_view path) {
    Routes::Found found = routes_.Find(method, path);
    if (found.handler == nullptr) return "only: " + found.allow;
    InboundCall call(nullptr);
    (*found.handler)(call);
    return taken_;
  }

  Routes routes_;
  std::string taken_;
};

TEST_F(RoutesTest, PrefersTheLongestPathThenTheExactOne) {
  Add("*", "/*");
  Add("GET", "/a/*");
  Add("GET", "/a/");
  EXPECT_EQ(Take("GET", "/a/"), "GET /a/");
  EXPECT_EQ(Take("GET", "/a/b?x=/"), "GET /a/*");
  EXPECT_EQ(Take("GET", "/b"), "* /*");
}

TEST_F(RoutesTest, PrefersANamedMethod) {
  Add("*", "/a");
  Add("PUT", "/a");
  EXPECT_EQ(Take("PUT", "/a"), "PUT /a");
  EXPECT_EQ(Take("GET", "/a"), "* /a");
}

TEST_F(RoutesTest, ServesHeadWithGet) {
  Add("GET", "/a");
  EXPECT_EQ(Take("HEAD", "/a"), "GET /a");
}

TEST_F(RoutesTest, SaysWhichMethodsAPathHas) {
  Add("GET", "/a");
  Add("POST", "/a");
  EXPECT_EQ(Take("PUT", "/a"), "only: GET, POST");
  EXPECT_EQ(Take("PUT", "/b"), "only: ");
}

}  // namespace
}  // namespace herald::sdk
