// SPDX-License-Identifier: Apache-2.0
//
// The decision log as the command line reads it: FILE and what rotation made
// of it, FILE.1 (the latest) and on, oldest line first. Logs are larger than
// memory should be, so lines go by one at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/json/json.h"

namespace herald::cli {

// The files that there are, oldest first; FILE itself is the last.
std::vector<std::string> DecisionLogFiles(const std::string& file);

// Calls `line` for each line of the log. The error names the file that cannot
// be read; no file at all is an error.
Status ReadDecisionLines(const std::string& file,
                         const std::function<void(std::string_view)>& line);

// The lines of one call, parsed. Lines that are no JSON object (the end of a
// file that was cut off) are passed over.
StatusOr<std::vector<json::Object>> LinesOfCall(const std::string& file,
                                                const std::string& call);

// Members as C++ values; what is absent or of another kind is empty.
std::string TextOf(const json::Object& line, std::string_view key);
std::vector<std::string> ListOf(const json::Object& line, std::string_view key);
uint64_t NumberOf(const json::Object& line, std::string_view key);

// What stands in a log was said by agents and by the sidecars of others: on a
// terminal it is text and nothing else, on one line. The control characters of
// ASCII and of Latin-1 (in UTF-8: C2 80 to C2 9F) give way.
std::string Disarmed(std::string text);

}  // namespace herald::cli
