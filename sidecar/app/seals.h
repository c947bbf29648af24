// SPDX-License-Identifier: Apache-2.0
//
// The seals of policy texts: FILE.sig beside FILE has one line, the base64 of
// an Ed25519 signature over a prefix of ours and the bytes of FILE. An Override
// is accepted only in a text whose seal is good; `herald policy sign` makes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "policy/load.h"

namespace herald::app {

// Public keys (PEM) of those who may sign, as policySigners names them.
using Signers = std::vector<std::string>;

// Reads and checks the keys; an error names the file.
StatusOr<Signers> ReadSigners(const std::vector<std::string>& paths);

// Where the seal of a file lies.
std::string SealPathOf(const std::string& path);

// The line that SealPathOf(...) holds for this text, with its end.
StatusOr<std::string> MakeSeal(const std::string& private_key,
                               std::string_view text);

bool SealIsGood(const Signers& signers, std::string_view text,
                std::string_view seal);

// Sets the seal of each text, by the file beside the one it is named after.
void CheckSeals(const Signers& signers, std::vector<policy::SourceText>& texts);

}  // namespace herald::app
