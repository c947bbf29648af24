// SPDX-License-Identifier: Apache-2.0
//
// From CallOptions to the head of a request, with everything a user gave
// checked: nothing that could smuggle a header or a request leaves here.
#pragma once

#include <string_view>

#include "core/base/status.h"
#include "core/http/message.h"
#include "herald/call.h"

namespace herald::sdk {

StatusOr<http::RequestHead> MakeRequest(std::string_view agent,
                                        const CallOptions& options);

// Safe to send twice: by its method, or because the user says so.
bool MayRepeat(const CallOptions& options);

// Checks one header of the user's: a token for a name that is neither framing
// nor ours, a value without control characters.
Status CheckHeader(const Header& header);

std::string Lowered(std::string_view text);

}  // namespace herald::sdk
