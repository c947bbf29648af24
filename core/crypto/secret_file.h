// SPDX-License-Identifier: Apache-2.0
//
// Writes certificates and keys. A key is never readable by others, not even
// for the moment between its making and a chmod, and never lands behind
// somebody's symbolic link.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace herald::crypto {

inline constexpr mode_t kSecretMode = 0600;
inline constexpr mode_t kPublicMode = 0644;

// Creates `path`; AlreadyExists when there is anything of that name.
Status WriteNewFile(const std::string& path, std::string_view text,
                    mode_t mode);

// Puts a whole new file in the place of `path` at once; a reader sees the old
// one or the new one.
Status ReplaceFile(const std::string& path, std::string_view text, mode_t mode);

}  // namespace herald::crypto
