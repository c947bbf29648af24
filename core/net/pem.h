// SPDX-License-Identifier: Apache-2.0
//
// Certificates and keys as texts (PEM) or messages (DER) bring them. Errors
// begin with the name of the text and say what was expected in it.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace herald::net {

struct OpenSslDelete {
  void operator()(X509* x) const;
  void operator()(EVP_PKEY* key) const;
  void operator()(X509_STORE* store) const;
};
using X509Ptr = std::unique_ptr<X509, OpenSslDelete>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpenSslDelete>;
using StorePtr = std::unique_ptr<X509_STORE, OpenSslDelete>;

// Every certificate of a PEM text, at least one.
StatusOr<std::vector<X509Ptr>> ReadCertificates(const std::string& pem,
                                                const std::string& name);

// The same from DER, one certificate behind the other.
StatusOr<std::vector<X509Ptr>> ReadDerCertificates(std::string_view der,
                                                   const std::string& name);

// The first private key of a PEM text, which is not encrypted.
StatusOr<KeyPtr> ReadKey(const std::string& pem, const std::string& name);

// From DER, PKCS#8.
StatusOr<KeyPtr> ReadDerKey(std::string_view der, const std::string& name);

}  // namespace herald::net
