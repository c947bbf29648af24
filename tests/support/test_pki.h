// SPDX-License-Identifier: Apache-2.0
//
// Certificates for tests, made on the spot: a small CA (EC P-256) that issues
// good SPIFFE leaves and, on demand, bad ones.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/net/identity.h"
#include "core/net/tls.h"
#include "tests/support/fake_loop.h"

namespace herald::test {

// What to put in a leaf. The defaults make a good one, valid for a day around
// FakeLoop's epoch.
struct LeafOptions {
  std::vector<std::string> uris;
  // Further names as OpenSSL writes them: "DNS:localhost", "IP:127.0.0.1".
  std::vector<std::string> hosts = {};
  bool ca = false;
  std::chrono::seconds not_before = FakeLoop::kEpoch - std::chrono::hours(1);
  std::chrono::seconds not_after = FakeLoop::kEpoch + std::chrono::hours(24);
};

// A root and what it issues. Owned by the test.
class TestPki {
 public:
  TestPki();

  // The three PEM texts of a leaf.
  net::IdentityFiles Issue(const LeafOptions& options) const;
  net::IdentityFiles Issue(const std::string& spiffe_id) const {
    return Issue(LeafOptions{.uris = {spiffe_id}});
  }
  // As Issue, loaded. REQUIRES: the leaf is good at FakeLoop's epoch.
  net::IdentityPtr Make(const std::string& spiffe_id) const;
  const std::string& root_pem() const { return root_pem_; }

 private:
  net::X509Ptr root_;
  net::KeyPtr root_key_;
  std::string root_pem_;
};

// The same three in DER, as messages carry them; certificates one behind the
// other.
net::IdentityFiles ToDer(const net::IdentityFiles& pem);

// Makes a context show this leaf, whatever is wrong with it.
void UsePem(SSL_CTX* context, const net::IdentityFiles& pem);

}  // namespace herald::test
