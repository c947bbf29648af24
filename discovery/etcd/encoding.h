// SPDX-License-Identifier: Apache-2.0
//
// How etcd's JSON gateway writes what JSON has no form for: bytes as base64
// (RFC 4648 §4), and numbers of 64 bits as strings (protobuf's JSON mapping).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json/json.h"

namespace herald::etcd {

// A member that is a number, or a string of one; 0 where there is none, as
// protobuf leaves out a zero.
int64_t NumberAt(const json::Object& object, std::string_view key);
// A member that is bytes; empty where there is none.
std::optional<std::string> BytesAt(const json::Object& object,
                                   std::string_view key);
// The member that is an object, or null.
const json::Object* ObjectAt(const json::Object& object, std::string_view key);
// The members of the list of that name that are objects; none where it is
// missing.
json::Array ListAt(const json::Object& object, std::string_view key);
bool FlagAt(const json::Object& object, std::string_view key);

// The first key beyond all that begin with `prefix`, as ranges are told.
std::string EndOfPrefix(std::string prefix);

}  // namespace herald::etcd
