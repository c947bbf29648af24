// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/seals.h"

#include <algorithm>
#include <optional>

#include "core/base/base64.h"
#include "core/base/text_file.h"
#include "core/crypto/signature.h"

namespace herald::app {
namespace {

// So that a signature given for something else is no seal.
constexpr std::string_view kPrefix = "herald-override-v1\n";

// Far more than a line of 88 letters.
constexpr size_t kMaxSeal = 4096;

std::string Signed(std::string_view text) {
  return std::string(kPrefix) + std::string(text);
}

// `base64` of every system ends with a line.
std::string_view WithoutLineEnd(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

StatusOr<Signers> ReadSigners(const std::vector<std::string>& paths) {
  Signers out;
  for (const std::string& path : paths) {
    HERALD_ASSIGN_OR_RETURN(std::string pem, ReadTextFile(path));
    if (Status good = crypto::CheckPublicKey(pem); !good.ok()) {
      return InvalidArgument(path + ": " + Message(good) +
                             "; make a pair with: herald policy key NAME");
    }
    out.push_back(std::move(pem));
  }
  return out;
}

std::string SealPathOf(const std::string& path) { return path + ".sig"; }

StatusOr<std::string> MakeSeal(const std::string& private_key,
                               std::string_view text) {
  HERALD_ASSIGN_OR_RETURN(std::string signature,
                          crypto::Sign(private_key, Signed(text)));
  return Base64Encode(signature) + "\n";
}

bool SealIsGood(const Signers& signers, std::string_view text,
                std::string_view seal) {
  auto signature = Base64Decode(WithoutLineEnd(seal));
  if (!signature) return false;
  const std::string bytes = Signed(text);
  return std::any_of(signers.begin(), signers.end(), [&](const auto& signer) {
    return crypto::SignatureIsGood(signer, bytes, *signature);
  });
}

void CheckSeals(const Signers& signers,
                std::vector<policy::SourceText>& texts) {
  for (policy::SourceText& text : texts) {
    text.seal = policy::Seal::kBad;
    if (signers.empty()) continue;
    auto seal = ReadTextFile(SealPathOf(text.name), kMaxSeal);
    if (seal.ok() && SealIsGood(signers, text.text, *seal)) {
      text.seal = policy::Seal::kGood;
    }
  }
}

}  // namespace herald::app
