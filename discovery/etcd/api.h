// SPDX-License-Identifier: Apache-2.0
//
// Questions to an etcd by its JSON gateway (v3): range, put, lease, watch. Who
// we are is shown by a certificate, which is the Web's, or by user and
// password: then a token is fetched, sent along, and fetched again when the
// server does not know it any more.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/status.h"
#include "core/http/ask.h"
#include "core/http/web.h"
#include "core/json/json.h"

namespace herald::etcd {

// What a user logs in with; no user: nobody logs in.
struct Login {
  std::string user;
  // Read for each login: an operator may have changed it.
  std::function<StatusOr<std::string>()> password;
};

// One for all questions to one etcd. Owned by whoever assembles; `web` and
// `loop` outlive it, and it outlives its questions. One thread.
class Api {
 public:
  // A question under way. Destroying it gives it up.
  class Question;
  // An object, or why not: kOutOfRange where the store has thrown away what was
  // asked for, kNotFound for a lease that is over, kPermissionDenied.
  using Done = std::function<void(StatusOr<json::Object>)>;

  Api(http::Web& web, EventLoop& loop, Login login);

  // POSTs `body` to `path` ("/v3/kv/range"). `done` is called once, never from
  // inside, and may destroy the question.
  std::unique_ptr<Question> Ask(std::string path, json::Object body, Done done);

  // Starts a watch; to be told `create_request`. It bears the token that is
  // known, so ask something before.
  std::unique_ptr<http::WebCall> Watch(json::Object request,
                                       http::WebEvents& events);

  // The token may be too old; the next question fetches another one.
  void ForgetToken() { token_.clear(); }

  EventLoop& loop() { return loop_; }

 private:
  http::WebRequest MakeRequest(std::string path, json::Object body) const;

  http::Web& web_;
  EventLoop& loop_;
  const Login login_;
  std::string token_;
};

class Api::Question final {
 public:
  Question(Api& api, std::string path, json::Object body, Done done);
  ~Question();
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

 private:
  void LogIn();
  void OnLogin(StatusOr<http::WebAnswer> answer);
  void Post();
  void OnAnswer(StatusOr<http::WebAnswer> answer);
  void FinishSoon(Status why);

  Api& api_;
  const std::string path_;
  const json::Object body_;
  Done done_;
  bool logged_in_ = false;  // for this question
  std::unique_ptr<http::Ask> ask_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// What an answer that is no 200 means; its text is for people.
Status StatusOf(int http_status, std::string_view body);

}  // namespace herald::etcd
