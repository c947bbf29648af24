// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/api.h"

#include <utility>

#include "discovery/etcd/encoding.h"

namespace herald::etcd {
namespace {

// A lease's life is counted in seconds: an answer that comes later than this
// is none.
constexpr Duration kPatience = std::chrono::seconds(5);

// etcd refuses requests above 1.5 MiB; a page of values may have more.
constexpr size_t kMostOfAnswer = 64 << 20;

// The words by which etcd refuses a token that it does not know, or that was
// made before rights changed. It has no code of its own for the second.
bool IsAboutToken(const Status& status) {
  const std::string text = Message(status);
  return text.find("invalid auth token") != text.npos ||
         text.find("revision of auth store is old") != text.npos;
}

// gRPC's codes and Abseil's are the same numbers.
StatusCode CodeOf(int64_t grpc) {
  const bool known = grpc > 0 && grpc <= 16;
  return known ? static_cast<StatusCode>(grpc) : StatusCode::kUnavailable;
}

// etcd's own words, and what to do where we know it.
std::string ForPeople(const std::string& words) {
  auto has = [&words](const char* part) {
    return words.find(part) != words.npos;
  };
  if (has("user name is empty")) {
    return words + ": it wants a login; give 'user' and 'passwordFile'";
  }
  if (has("authentication failed")) {
    return words + ": look at 'user' and 'passwordFile'";
  }
  if (has("permission denied")) {
    return words + ": the user's role must read and write the prefix";
  }
  return words;
}

StatusOr<json::Object> ObjectIn(const http::WebAnswer& answer) {
  if (!answer.ok()) return StatusOf(answer.status, answer.body);
  auto document = json::Parse(answer.body);
  if (!document || !document->is_object()) {
    return Unavailable("what answers there is no etcd: it said no JSON object");
  }
  return std::move(document->get_object());
}

}  // namespace

Status StatusOf(int http_status, std::string_view body) {
  const auto document = json::Parse(body);
  const json::Object* object = document ? document->if_object() : nullptr;
  std::string words;
  if (object != nullptr) {
    for (const char* key : {"message", "error"}) {
      if (words.empty()) words = json::GetString(*object, key).value_or("");
    }
  }
  if (words.empty()) {
    return Unavailable("it answered " + std::to_string(http_status) +
                       (http_status == 404
                            ? ": what answers there is no etcd of version 3.4 "
                              "or later"
                            : ""));
  }
  return MakeStatus(CodeOf(NumberAt(*object, "code")), ForPeople(words));
}

Api::Api(http::Web& web, EventLoop& loop, Login login)
    : web_(web), loop_(loop), login_(std::move(login)) {}

http::WebRequest Api::MakeRequest(std::string path, json::Object body) const {
  http::WebRequest request;
  request.head.method = "POST";
  request.head.path = std::move(path);
  request.head.headers.Add("content-type", "application/json");
  // A member that has lost its leader cannot know what is so: it is to say so
  // instead of being silent, and another one is asked.
  request.head.headers.Add("grpc-metadata-hasleader", "true");
  if (!token_.empty()) request.head.headers.Add("authorization", token_);
  request.body = json::Serialize(std::move(body));
  return request;
}

std::unique_ptr<Api::Question> Api::Ask(std::string path, json::Object body,
                                        Done done) {
  return std::make_unique<Question>(*this, std::move(path), std::move(body),
                                    std::move(done));
}

std::unique_ptr<http::WebCall> Api::Watch(json::Object request,
                                          http::WebEvents& events) {
  return web_.Start(
      MakeRequest("/v3/watch",
                  json::Object{{"create_request", std::move(request)}}),
      events);
}

Api::Question::Question(Api& api, std::string path, json::Object body,
                        Done done)
    : api_(api),
      path_(std::move(path)),
      body_(std::move(body)),
      done_(std::move(done)) {
  if (!api_.login_.user.empty() && api_.token_.empty()) {
    LogIn();
  } else {
    Post();
  }
}

Api::Question::~Question() = default;

void Api::Question::LogIn() {
  logged_in_ = true;
  api_.token_.clear();
  auto password = api_.login_.password();
  if (!password.ok()) return FinishSoon(password.status());
  ask_ = std::make_unique<http::Ask>(
      api_.web_, api_.loop_,
      api_.MakeRequest(
          "/v3/auth/authenticate",
          {{"name", api_.login_.user}, {"password", json::View(*password)}}),
      http::AskLimits{.patience = kPatience},
      [this](StatusOr<http::WebAnswer> answer) { OnLogin(std::move(answer)); });
}

void Api::Question::OnLogin(StatusOr<http::WebAnswer> answer) {
  const auto over = std::move(ask_);
  StatusOr<json::Object> object =
      answer.ok() ? ObjectIn(*answer) : answer.status();
  if (!object.ok()) {
    return std::exchange(done_, nullptr)(MakeStatus(
        object.status().code(),
        "login of '" + api_.login_.user + "': " + Message(object.status())));
  }
  api_.token_ = json::GetString(*object, "token").value_or("");
  Post();
}

void Api::Question::Post() {
  ask_ = std::make_unique<http::Ask>(
      api_.web_, api_.loop_, api_.MakeRequest(path_, body_),
      http::AskLimits{.patience = kPatience, .body_max = kMostOfAnswer},
      [this](StatusOr<http::WebAnswer> answer) {
        OnAnswer(std::move(answer));
      });
}

void Api::Question::OnAnswer(StatusOr<http::WebAnswer> answer) {
  const auto over = std::move(ask_);
  StatusOr<json::Object> object =
      answer.ok() ? ObjectIn(*answer) : answer.status();
  if (!object.ok() && IsAboutToken(object.status())) {
    api_.ForgetToken();
    if (!logged_in_ && !api_.login_.user.empty()) return LogIn();
  }
  std::exchange(done_, nullptr)(std::move(object));
}

void Api::Question::FinishSoon(Status why) {
  api_.loop_.Post(
      [this, alive = std::weak_ptr<bool>(alive_), why = std::move(why)] {
        if (!alive.expired()) std::exchange(done_, nullptr)(why);
      });
}

}  // namespace herald::etcd
