// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "core/base/check.h"

namespace herald::crypto {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;
using BioPtr = std::unique_ptr<BIO, FreeBio>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, FreeContext>;

constexpr size_t kSignatureBytes = 64;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// No pass phrase is asked for on a terminal.
int NoPassPhrase(char*, int, int, void*) { return -1; }

BioPtr TextOf(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

bool IsEd25519(const KeyPtr& key) {
  return key && EVP_PKEY_is_a(key.get(), "ED25519") == 1;
}

KeyPtr ReadPublicKey(const std::string& pem) {
  KeyPtr key(
      PEM_read_bio_PUBKEY(TextOf(pem).get(), nullptr, NoPassPhrase, nullptr));
  ERR_clear_error();
  return key;
}

std::string Contents(BIO* bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<size_t>(length));
}

}  // namespace

StatusOr<SigningKeys> MakeSigningKeys() {
  KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  BioPtr secret(BIO_new(BIO_s_secmem()));
  BioPtr known(BIO_new(BIO_s_mem()));
  if (!key || !secret || !known ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr,
                                    0, nullptr, nullptr) != 1 ||
      PEM_write_bio_PUBKEY(known.get(), key.get()) != 1) {
    ERR_clear_error();
    return Unavailable("no Ed25519 key could be made");
  }
  return SigningKeys{Contents(secret.get()), Contents(known.get())};
}

StatusOr<std::string> Sign(const std::string& private_key,
                           std::string_view bytes) {
  KeyPtr key(PEM_read_bio_PrivateKey(TextOf(private_key).get(), nullptr,
                                     NoPassPhrase, nullptr));
  ERR_clear_error();
  if (!IsEd25519(key)) {
    return InvalidArgument("holds no private Ed25519 key in PEM");
  }
  ContextPtr context(EVP_MD_CTX_new());
  std::string out(kSignatureBytes, '\0');
  size_t size = out.size();
  const bool done = context &&
                    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                                       key.get()) == 1 &&
                    EVP_DigestSign(context.get(),
                                   reinterpret_cast<unsigned char*>(out.data()),
                                   &size, Bytes(bytes), bytes.size()) == 1;
  HERALD_CHECK(done && size == kSignatureBytes,
               "Ed25519 of bytes in memory has no way to fail");
  return out;
}

Status CheckPublicKey(const std::string& pem) {
  if (IsEd25519(ReadPublicKey(pem))) return absl::OkStatus();
  return InvalidArgument("holds no public Ed25519 key in PEM");
}

bool SignatureIsGood(const std::string& public_key, std::string_view bytes,
                     std::string_view signature) {
  KeyPtr key = ReadPublicKey(public_key);
  if (!IsEd25519(key) || signature.size() != kSignatureBytes) return false;
  ContextPtr context(EVP_MD_CTX_new());
  const bool good =
      context &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                           key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                       Bytes(bytes), bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace herald::crypto
