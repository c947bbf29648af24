// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/admin_client.h"

#include <utility>

#include "core/net/http_client.h"
#include "sidecar/cli/arguments.h"

namespace herald::cli {

StatusOr<Asked> Ask(const std::string& admin, const std::string& method,
                    const std::string& path, std::string body) {
  net::FetchRequest request;
  HERALD_ASSIGN_OR_RETURN(request.to, Address::Parse(admin));
  request.head.method = method;
  request.head.path = path;
  request.body = std::move(body);
  auto response = net::Fetch(std::move(request));
  if (!response.ok()) {
    return Unavailable(Message(response.status()) +
                       "\n  Is a sidecar running with its admin listener "
                       "there? See --admin.");
  }
  Asked out{.status = response->head.status, .text = response->body};
  auto document = json::Parse(response->body);
  if (!document) {
    return Unavailable(admin + path + " answered " +
                       std::to_string(out.status) + ": " + out.text);
  }
  out.document = std::move(*document);
  return out;
}

int Fail(const Status& status, std::ostream& err) {
  err << "herald: " << Message(status) << "\n";
  return status.code() == StatusCode::kInvalidArgument ? kUnusable
                                                       : kWorldFailed;
}

}  // namespace herald::cli
