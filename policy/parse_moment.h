// SPDX-License-Identifier: Apache-2.0
//
// The grammar of moments. Only parse*.cc and fixture_file.cc include this
// header.
#pragma once

#include <optional>
#include <string_view>

#include "core/yaml/map_reader.h"
#include "policy/schema.h"

namespace herald::policy {

enum class Words {
  kTime,        // an RFC 3339 time
  kDateOrTime,  // or a date, which means its last moment in UTC
};

// What stands under `key`; nullopt when absent or after a problem was
// reported.
std::optional<Moment> ReadMoment(yaml::MapReader& map, std::string_view key,
                                 Words words);

}  // namespace herald::policy
