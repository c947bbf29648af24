// SPDX-License-Identifier: Apache-2.0
//
// A server of a test's: what was asked of it is looked at, and answered piece
// by piece, by hand.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http/web.h"

namespace herald::test {

class FakeWeb final : public http::Web {
 public:
  // One request, as it was asked. Shared with the call, so that a test may
  // hold it after it was given up.
  struct Asked {
    http::WebRequest request;
    http::WebEvents* events = nullptr;  // null: ended, or given up
    bool given_up = false;

    const std::string& path() const { return request.head.path; }
    void Head(int status) {
      http::ResponseHead head;
      head.status = status;
      if (events != nullptr) events->OnHead(head);
    }
    void Body(std::string_view piece) {
      if (events != nullptr) events->OnBody(piece);
    }
    void End(const Status& how = absl::OkStatus()) {
      if (events != nullptr) std::exchange(events, nullptr)->OnEnd(how);
    }
    void Answer(int status, std::string_view body) {
      Head(status);
      Body(body);
      End();
    }
  };
  using AskedPtr = std::shared_ptr<Asked>;

  std::unique_ptr<http::WebCall> Start(http::WebRequest request,
                                       http::WebEvents& events) override {
    asked.push_back(std::make_shared<Asked>(
        Asked{.request = std::move(request), .events = &events}));
    return std::make_unique<Call>(asked.back());
  }

  // The latest. REQUIRES: there is one.
  Asked& last() { return *asked.back(); }

  std::vector<AskedPtr> asked;

 private:
  class Call final : public http::WebCall {
   public:
    explicit Call(AskedPtr asked) : asked_(std::move(asked)) {}
    ~Call() override {
      asked_->given_up = asked_->events != nullptr;
      asked_->events = nullptr;
    }

   private:
    AskedPtr asked_;
  };
};

}  // namespace herald::test
