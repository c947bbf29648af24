// SPDX-License-Identifier: Apache-2.0
//
// Which agent a request is for. Four ways, so that unmodified clients work, in
// this order of precedence: the listener's own agent, header `herald-agent`,
// path `/agents/NAME/...` (the prefix is stripped), authority `NAME.herald`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http/message.h"

namespace herald::call {

// A name of an agent: 1 to 63 letters, digits, '-', '_', '.'; it begins with a
// letter or digit.
bool IsAgentName(std::string_view text);

// The agent `head` addresses, or nullopt. Strips the `/agents/NAME` prefix
// from head.path when that is what named it.
std::optional<std::string> AddressedAgent(
    const std::optional<std::string>& listener_agent,
    const std::optional<std::string>& header_agent, http::RequestHead& head);

// "GET *", "POST /tasks/*": method and path pattern; `*` crosses '/'. The
// query is not part of what is matched.
bool MatchesIdempotent(std::string_view pattern, std::string_view method,
                       std::string_view path);

// GET, HEAD, OPTIONS and TRACE have no effect to double (RFC 9110 §9.2.1); PUT
// and DELETE are idempotent (§9.2.2), but agents in the wild break that, so
// they count only where declared.
bool IsSafeMethod(std::string_view method);

}  // namespace herald::call
