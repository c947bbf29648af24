// SPDX-License-Identifier: Apache-2.0
//
// A list of changes to a JSON document (RFC 6902) and places in one (RFC 6901).
// An admission webhook answers with such a list; offline injection applies it
// itself, so both come to the same. Only `add` exists here: injection never
// takes anything away, and `add` to a member that is there replaces it.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/json/json.h"

namespace herald::injector {

// "/metadata/annotations" + "herald.dev/inject" gives
// "/metadata/annotations/herald.dev~1inject".
std::string Below(std::string_view pointer, std::string_view key);
std::string Below(std::string_view pointer, size_t index);

json::Object Addition(std::string_view pointer, json::Value value);

// What stands there; null where nothing does.
const json::Value* At(const json::Value& document, std::string_view pointer);

// Applies every addition, in order. The error says which could not be; what
// went before it has then been done.
Status Apply(const json::Array& patch, json::Value& document);

}  // namespace herald::injector
