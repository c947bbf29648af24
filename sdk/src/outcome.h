// SPDX-License-Identifier: Apache-2.0
//
// From what came back to what it means: the status line, the headers and, for
// refusals, the problem document (RFC 9457) become a typed Outcome.
#pragma once

#include <string>

#include "core/http/exchange.h"
#include "herald/call.h"

namespace herald::sdk {

// Takes status, headers, call id and peer from the head.
void TakeHead(const http::ResponseHead& head, Reply* reply);

// Decides the outcome of an answer that is whole. REQUIRES: TakeHead went
// before, and reply->body holds the body wherever status >= 400.
void Conclude(Reply* reply);

// What an exchange that ended early means. `answering`: the head had come.
void ConcludeReset(http::Reset reason, bool answering, Reply* reply);

// Sets an outcome of our own making, with its sentence.
void Fail(Outcome outcome, const std::string& detail, Reply* reply);

}  // namespace herald::sdk
