// SPDX-License-Identifier: Apache-2.0
//
// The small words of HTTP's grammar (RFC 9110 §5.6, RFC 3986), as strict
// predicates. Both the validator, which lets heads in, and the serializers,
// which let them out, stand on them; so what one accepts the other can write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::http {

// A token without upper-case letters: how every field name of ours is spelled.
bool IsLowerToken(std::string_view text);

// A token: methods, and field names as HTTP/1.1 spells them.
bool IsToken(std::string_view text);

// No control character but the tab. Bytes above 0x7f pass (obs-text).
bool IsFieldValue(std::string_view text);

// Origin form: begins with '/', visible ASCII only, no '#'.
bool IsOriginForm(std::string_view text);

// uri-host [":" port], without user information; not empty.
bool IsAuthority(std::string_view text);

// Digits only, no sign, no space, no overflow; at most 19 of them.
std::optional<uint64_t> ParseDecimal(std::string_view text);

// Without spaces and tabs at both ends.
std::string_view Trim(std::string_view text);

// Equal but for the case of ASCII letters.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// ASCII letters lowered.
void LowerInto(std::string_view text, std::string& out);

// Takes the next element of a comma-separated list off `list`, trimmed and
// maybe empty. REQUIRES: the caller stops once `list` is empty.
std::string_view NextElement(std::string_view& list);

// A name that HTTP/1.1 framing or a connection owns: none is ever in a
// Headers of ours, and no serializer writes one that it did not derive.
bool IsFramingName(std::string_view lower_name);

}  // namespace herald::http
