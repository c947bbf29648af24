// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/call_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/http/validate.h"
#include "core/json/json.h"
#include "core/net/asio_loop.h"
#include "core/net/http_client.h"
#include "sidecar/call/fields.h"

namespace herald::cli {
namespace {

constexpr char kDefaultSocket[] = "/run/herald/agents.sock";
constexpr char kDefaultListener[] = "127.0.0.1:15001";

// Where the local sidecar listens for agents.
StatusOr<Address> FindSidecar(const std::string& via) {
  if (!via.empty()) return Address::Parse(via);
  if (const char* named = std::getenv("HERALD_SOCKET")) {
    std::string text = named;
    if (!text.empty() && text[0] == '/') text = "unix:" + text;
    return Address::Parse(text);
  }
  std::error_code error;
  if (std::filesystem::is_socket(kDefaultSocket, error)) {
    return Address::Parse("unix:" + std::string(kDefaultSocket));
  }
  return Address::Parse(kDefaultListener);
}

// Closes what it opened; standard input stays.
class Body {
 public:
  ~Body() {
    if (opened_) ::close(fd_);
  }
  Status Open(const std::string& data) {
    if (data == "-") {
      fd_ = 0;
    } else if (!data.empty() && data[0] == '@') {
      std::string path = data.substr(1);
      fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd_ < 0) return Unavailable(path + ": " + std::strerror(errno));
      opened_ = true;
    } else {
      text_ = data;
    }
    return absl::OkStatus();
  }
  int fd() const { return fd_; }
  // Of a file that says how long it is: some agents read by content-length
  // alone.
  std::optional<uint64_t> size() const {
    struct stat found = {};
    bool known = opened_ && fstat(fd_, &found) == 0 && S_ISREG(found.st_mode) &&
                 found.st_size > 0;
    if (!known) return std::nullopt;
    return static_cast<uint64_t>(found.st_size);
  }
  const std::string& text() const { return text_; }

 private:
  int fd_ = -1;
  bool opened_ = false;
  std::string text_;
};

Status AddHeaders(const CallArguments& args, http::RequestHead& head) {
  http::Headers& headers = head.headers;
  for (const std::string& header : args.headers) {
    size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return InvalidArgument("-H '" + header + "' is not 'name: value'");
    }
    std::string name = header.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    size_t value = header.find_first_not_of(' ', colon + 1);
    std::string text = value == std::string::npos ? "" : header.substr(value);
    if (name == "host") {  // the agent is named by herald-agent all the same
      head.authority = text;
    } else {
      headers.Add(name, text);
    }
  }
  std::string labels;
  for (const std::string& label : args.labels) {
    labels += (labels.empty() ? "" : ", ") + label;
  }
  auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) headers.Add(name, value);
  };
  add("herald-agent", args.agent);
  add("herald-labels", labels);
  add("herald-purpose", args.purpose);
  add("herald-skill", args.skill);
  add("herald-timeout", args.timeout);
  return absl::OkStatus();
}

// Denied or done before 1, unknown agent 2, everything else that has no
// answer 3.
int ExitFor(const http::ResponseHead& head, std::string_view problem_type) {
  bool ours =
      head.headers.Get("content-type") == "application/problem+json" &&
      problem_type.find("herald.dev/problems/") != std::string_view::npos;
  if (!ours) return kFine;
  std::string_view word = problem_type.substr(problem_type.rfind('/') + 1);
  if (word == "denied" || word == "response-withheld" ||
      word == "policy-changed" || word == "already-done") {
    return kNo;
  }
  if (word == "unknown-agent" || word == "bad-request" ||
      word == "key-reused") {
    return kUnusable;
  }
  return kWorldFailed;
}

std::string ProblemType(const std::string& body) {
  auto document = json::Parse(body);
  if (!document || !document->is_object()) return "";
  return json::GetString(document->get_object(), "type").value_or("");
}

// The problem for people: what, why, which rules, who was nearest.
void PrintProblem(const std::string& body, std::ostream& err) {
  auto document = json::Parse(body);
  if (!document || !document->is_object()) return;
  const json::Object& problem = document->get_object();
  err << "herald: " << json::GetString(problem, "title").value_or("refused")
      << ": " << json::GetString(problem, "detail").value_or("") << "\n";
  auto list = [](const json::Object& from, const char* key) {
    std::string out;
    const json::Value* value = from.if_contains(key);
    if (value == nullptr || !value->is_array()) return out;
    for (const json::Value& item : value->get_array()) {
      if (!item.is_string()) continue;
      out += (out.empty() ? "" : ", ") + std::string(item.get_string());
    }
    return out;
  };
  std::string rules = list(problem, "rules");
  if (!rules.empty()) err << "  rules:   " << rules << "\n";
  if (const json::Value* near = problem.if_contains("nearest");
      near != nullptr && near->is_object()) {
    const json::Object& peer = near->get_object();
    err << "  nearest: " << json::GetString(peer, "peer").value_or("")
        << ", which fails " << list(peer, "failed") << "\n";
  }
  err << "  call:    " << json::GetString(problem, "callId").value_or("")
      << "\n";
}

void PrintHead(const http::ResponseHead& head, std::ostream& err) {
  err << "< " << head.status << "\n";
  for (http::Field field : head.headers) {
    err << "< " << field.name << ": " << field.value << "\n";
  }
}

void PrintJson(const http::ResponseHead& head, const std::string& body,
               double ms, int exit, std::ostream& out) {
  json::Object line{{"status", head.status}, {"ms", ms}, {"exit", exit}};
  auto header = [&](const char* key, std::string_view name) {
    if (auto value = head.headers.Get(name)) line[key] = json::View(*value);
  };
  header("callId", "herald-call-id");
  header("peer", "herald-peer");
  header("labels", "herald-labels");
  auto parsed = json::Parse(body);
  line["body"] = parsed ? *parsed : json::Value(json::View(body));
  out << json::Serialize(line) << "\n";
}

// What people write passes the same validator as what the network sends.
StatusOr<http::RequestHead> Validated(const http::RequestHead& meant) {
  http::HeadBuilder builder(http::Wire::kHttp2, http::Section::kRequest,
                            http::Limits());
  builder.Add(":method", meant.method);
  builder.Add(":scheme", meant.scheme);
  builder.Add(":authority", meant.authority);
  builder.Add(":path", meant.path);
  for (http::Field field : meant.headers) builder.Add(field.name, field.value);
  http::RequestHead head;
  http::HeadError error = builder.FinishRequest(head);
  if (error != http::HeadError::kNone) {
    return InvalidArgument("such a request cannot be sent: " +
                           std::string(http::Sentence(error)));
  }
  head.content_length.reset();  // the body says how long it is
  return head;
}

// The request that the arguments mean; `body` stays open until it is sent.
StatusOr<net::FetchRequest> MakeRequest(const CallArguments& args, Body& body) {
  net::FetchRequest request;
  HERALD_ASSIGN_OR_RETURN(request.to, FindSidecar(args.via));
  if (args.data) HERALD_RETURN_IF_ERROR(body.Open(*args.data));
  request.head.method = !args.method.empty() ? args.method
                        : args.data          ? "POST"
                                             : "GET";
  request.head.scheme = "http";
  request.head.authority = args.agent + ".herald";
  request.head.path = args.path;
  HERALD_RETURN_IF_ERROR(AddHeaders(args, request.head));
  HERALD_ASSIGN_OR_RETURN(request.head, Validated(request.head));
  request.head.content_length = body.size();
  request.body = body.text();
  request.body_fd = body.fd();
  request.timeout = Duration(0);
  if (args.timeout.empty()) return request;
  auto timeout = call::ParseTimeout(args.timeout);
  if (!timeout) {
    return InvalidArgument("--timeout '" + args.timeout +
                           "' is not a duration like 1500ms or 2s");
  }
  // The sidecar answers at the deadline; this is for when it does not.
  request.timeout = *timeout + std::chrono::seconds(5);
  return request;
}

}  // namespace

int Call(const CallArguments& args, std::ostream& out, std::ostream& err) {
  Body body;
  auto request = MakeRequest(args, body);
  if (!request.ok()) {
    err << "herald: " << Message(request.status()) << "\n";
    return kUnusable;
  }
  std::string kept;  // --json and problems are shown when whole
  bool problem = false;
  request->on_head = [&](const http::ResponseHead& head) {
    problem = head.headers.Get("content-type") == "application/problem+json";
    if (args.verbose) PrintHead(head, err);
  };
  request->on_body = [&](std::string_view piece) {
    if (problem || args.json) {
      kept.append(piece);
    } else {
      out << piece << std::flush;
    }
  };
  std::string place = request->to.ToString();
  Time began = net::AsioLoop().Now();
  auto response = net::Fetch(std::move(*request));
  if (!response.ok()) {
    err << "herald: " << Message(response.status())
        << "\n  Is a sidecar running, and does it listen on " << place
        << "? See --via.\n";
    return kWorldFailed;
  }
  double ms = ToMillis(net::AsioLoop().Now() - began);
  int exit = ExitFor(response->head, problem ? ProblemType(kept) : "");
  if (args.json) {
    PrintJson(response->head, kept, ms, exit, out);
  } else if (problem && exit != kFine) {
    PrintProblem(kept, err);
  } else if (problem) {
    out << kept;
  }
  if (args.verbose) err << "* " << ms << " ms\n";
  return exit;
}

}  // namespace herald::cli
