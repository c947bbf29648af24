// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/request.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace herald::sdk {
namespace {

// RFC 9110 §5.6.2.
bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool IsPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

bool IsFraming(std::string_view name) {
  constexpr std::string_view kFraming[] = {
      "connection", "content-length", "transfer-encoding", "te",   "trailer",
      "upgrade",    "keep-alive",     "proxy-connection",  "host", "expect"};
  return std::find(std::begin(kFraming), std::end(kFraming), name) !=
         std::end(kFraming);
}

// Adds `name` unless there is nothing to say.
Status AddText(std::string_view name, std::string_view value,
               http::Headers* headers) {
  if (value.empty()) return absl::OkStatus();
  if (!IsPlain(value)) {
    return InvalidArgument(std::string(name) +
                           " holds a control character or a line break");
  }
  headers->Add(name, value);
  return absl::OkStatus();
}

Status AddList(std::string_view name, const std::vector<std::string>& values,
               http::Headers* headers) {
  std::string joined;
  for (const std::string& value : values) {
    if (value.empty() || value.find(',') != std::string::npos) {
      return InvalidArgument("'" + value + "' in " + std::string(name) +
                             " is empty or holds a comma");
    }
    joined += (joined.empty() ? "" : ",") + value;
  }
  return AddText(name, joined, headers);
}

Status CheckPath(std::string_view path) {
  bool visible = std::all_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
  });
  if (path.empty() || path[0] != '/' || !visible) {
    return InvalidArgument("the path '" + std::string(path) +
                           "' does not begin with / or holds blanks");
  }
  return absl::OkStatus();
}

Status AddContext(const CallOptions& options, http::Headers* headers) {
  HERALD_RETURN_IF_ERROR(AddList("herald-labels", options.labels, headers));
  HERALD_RETURN_IF_ERROR(
      AddList("herald-endorsements", options.endorsements, headers));
  HERALD_RETURN_IF_ERROR(AddText("herald-purpose", options.purpose, headers));
  HERALD_RETURN_IF_ERROR(
      AddText("herald-legal-basis", options.legal_basis, headers));
  HERALD_RETURN_IF_ERROR(AddText("herald-skill", options.skill, headers));
  HERALD_RETURN_IF_ERROR(AddText("herald-affinity", options.affinity, headers));
  HERALD_RETURN_IF_ERROR(AddText("herald-call", options.parent, headers));
  if (options.timeout.count() > 0) {
    headers->Add("herald-timeout",
                 std::to_string(options.timeout.count()) + "ms");
  }
  return absl::OkStatus();
}

}  // namespace

std::string Lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

Status CheckHeader(const Header& header) {
  std::string name = Lowered(header.name);
  if (!IsToken(name)) {
    return InvalidArgument("'" + header.name + "' is not a header's name");
  }
  if (IsFraming(name)) {
    return InvalidArgument("header " + name + " is not the agent's to set");
  }
  if (!IsPlain(header.value)) {
    return InvalidArgument("the value of header " + name +
                           " holds a control character or a line break");
  }
  return absl::OkStatus();
}

StatusOr<http::RequestHead> MakeRequest(std::string_view agent,
                                        const CallOptions& options) {
  http::RequestHead head;
  if (!IsToken(options.method)) {
    return InvalidArgument("'" + options.method + "' is not a method");
  }
  HERALD_RETURN_IF_ERROR(CheckPath(options.path));
  if (!IsToken(agent)) {
    return InvalidArgument("'" + std::string(agent) +
                           "' is not an agent's name");
  }
  head.method = options.method;
  head.scheme = "http";
  head.authority = std::string(agent) + ".herald";
  head.path = options.path;
  head.headers.Add("herald-agent", agent);
  HERALD_RETURN_IF_ERROR(
      AddText("content-type", options.content_type, &head.headers));
  for (const Header& header : options.headers) {
    HERALD_RETURN_IF_ERROR(CheckHeader(header));
    std::string name = Lowered(header.name);
    if (name.substr(0, 7) == "herald-") {
      return InvalidArgument("header " + name +
                             " is set by its field in CallOptions");
    }
    if (name == "content-type") head.headers.Remove(name);
    head.headers.Add(name, header.value);
  }
  HERALD_RETURN_IF_ERROR(AddContext(options, &head.headers));
  return head;
}

bool MayRepeat(const CallOptions& options) {
  constexpr std::string_view kMethods[] = {"GET", "HEAD", "OPTIONS", "PUT",
                                           "DELETE"};
  return options.idempotent ||
         std::find(std::begin(kMethods), std::end(kMethods), options.method) !=
             std::end(kMethods);
}

}  // namespace herald::sdk
