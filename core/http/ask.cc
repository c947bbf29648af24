// SPDX-License-Identifier: Apache-2.0
#include "core/http/ask.h"

#include <utility>

namespace herald::http {

Ask::Ask(Web& web, EventLoop& loop, WebRequest request, AskLimits limits,
         Done done)
    : loop_(loop), body_max_(limits.body_max), done_(std::move(done)) {
  deadline_ = loop_.RunAt(loop_.Now() + limits.patience, [this] {
    deadline_ = 0;
    Finish(MakeStatus(StatusCode::kDeadlineExceeded, "no answer in time"));
  });
  call_ = web.Start(std::move(request), *this);
}

Ask::~Ask() { loop_.Cancel(deadline_); }

void Ask::OnHead(const ResponseHead& head) {
  answer_.status = head.status;
  answer_.headers = head.headers;
}

void Ask::OnBody(std::string_view piece) {
  if (piece.size() > body_max_ - answer_.body.size()) {
    Finish(MakeStatus(
        StatusCode::kResourceExhausted,
        "the answer is longer than " + std::to_string(body_max_) + " bytes"));
    return;
  }
  answer_.body += piece;
}

void Ask::OnEnd(const Status& how) {
  if (!how.ok()) return Finish(how);
  Finish(std::move(answer_));
}

// `done` may destroy this, so it is the last thing touched.
void Ask::Finish(StatusOr<WebAnswer> answer) {
  call_.reset();
  loop_.Cancel(std::exchange(deadline_, 0));
  std::exchange(done_, nullptr)(std::move(answer));
}

}  // namespace herald::http
