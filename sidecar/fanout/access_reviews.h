// SPDX-License-Identifier: Apache-2.0
//
// Whether a client may see what it asks for: the API server is asked, with the
// client's own token (SelfSubjectAccessReview), so that the fan-out needs no
// right of its own over others' questions. Answers are kept for a while; where
// the API server is away, a yes is kept for longer, since it was the API
// server's absence that the client came here to survive.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/random.h"
#include "core/http/ask.h"
#include "core/http/web.h"

namespace herald::fanout {

struct AccessQuestion {
  std::string token;     // bearer
  std::string verb;      // "list", "watch"
  std::string resource;  // "agents"
  std::string space;     // empty: all namespaces
};

struct AccessAnswer {
  // 200: yes. 401: whose token is that? 403: no. 503: nobody could be asked.
  int status = 503;
  std::string why;
};

// Owned by the fan-out; borrows loop and web. One thread.
class AccessReviews {
 public:
  static constexpr Duration kYes = std::chrono::minutes(5);
  static constexpr Duration kNo = std::chrono::seconds(10);
  // A yes, while the API server cannot be asked.
  static constexpr Duration kYesAlone = std::chrono::hours(1);
  static constexpr Duration kPatience = std::chrono::seconds(10);
  static constexpr size_t kKept = 50'000;

  using Done = std::function<void(const AccessAnswer&)>;

  AccessReviews(EventLoop& loop, http::Web& api) : loop_(loop), api_(api) {}
  AccessReviews(const AccessReviews&) = delete;
  AccessReviews& operator=(const AccessReviews&) = delete;

  // `done` may be called before this returns. It is called once, unless the
  // reviews go first. The same question asked meanwhile waits for one answer.
  void Ask(const AccessQuestion& question, Done done);

 private:
  struct Known {
    AccessAnswer answer;
    Time at{};
    bool any = false;  // an answer has come
    std::unique_ptr<http::Ask> ask;
    std::vector<Done> waiting;
    std::list<std::string>::iterator order;
  };

  Known& Find(const std::string& key);
  void Send(const std::string& key, const AccessQuestion& question);
  void OnAnswer(const std::string& key, StatusOr<http::WebAnswer> answer);
  void Forget();

  EventLoop& loop_;
  http::Web& api_;
  std::map<std::string, Known> known_;  // by a digest: tokens are not kept
  std::list<std::string> order_;        // the oldest first
};

}  // namespace herald::fanout
