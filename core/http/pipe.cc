// SPDX-License-Identifier: Apache-2.0
#include "core/http/pipe.h"

#include <array>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/http/stream_side.h"

namespace herald::http {
namespace {

enum Who { kClient = 0, kServer = 1 };
constexpr Who Other(Who who) { return who == kClient ? kServer : kClient; }

struct Side : StreamSide {
  bool pumping = false;  // will be, once this turn is over
};

// Shared by the two ends and by what is posted.
class Pipe final : public std::enable_shared_from_this<Pipe> {
 public:
  explicit Pipe(EventLoop& loop) : loop_(loop) {}
  Side& side(Who who) { return sides_[who]; }

  void Give(Who from, StreamItem item) {
    if (!side(from).open) return;
    HERALD_CHECK(!side(from).gave_end, "nothing follows the end");
    side(from).gave_end = item.end;
    side(Other(from)).inbox.push_back(std::move(item));
    Schedule(Other(from));
  }
  void Schedule(Who to) {
    if (std::exchange(side(to).pumping, true)) return;
    loop_.Post([self = shared_from_this(), to] { self->Pump(to); });
  }
  void Leave(Who who) {
    Side& mine = side(who);
    if (!mine.open) return;
    // A server that has answered needs no more of the request.
    const bool done = mine.gave_end && (mine.got_end || who == kServer);
    if (!done) return Cut(who, Reset::kCancelled);
    mine.open = false;
  }
  void Cut(Who who, Reset reason) {
    Side& mine = side(who);
    if (!std::exchange(mine.open, false) || mine.whole()) return;
    side(Other(who)).inbox.clear();
    loop_.Post([self = shared_from_this(), who, reason] {
      Side& other = self->side(Other(who));
      if (!other.open || other.whole()) return;
      other.open = false;
      if (other.events != nullptr) other.events->OnReset(reason);
    });
  }

 private:
  void Pump(Who to) {
    Side& mine = side(to);
    mine.pumping = false;
    while (auto item = mine.Next()) Tell(to, *std::move(item));
  }
  void Tell(Who to, StreamItem item) {
    const size_t bytes = item.body.size();
    side(to).Tell(std::move(item));
    Side& other = side(Other(to));
    if (other.open && bytes > 0) other.events->OnSent(bytes);
  }

  EventLoop& loop_;
  std::array<Side, 2> sides_;
};

class PipeEnd final : public Stream {
 public:
  PipeEnd(std::shared_ptr<Pipe> pipe, Who who)
      : pipe_(std::move(pipe)), who_(who) {}
  ~PipeEnd() override { pipe_->Leave(who_); }

  void SendResponse(const ResponseHead& head, bool end) override {
    pipe_->Give(who_, {.head = head, .end = end});
  }
  void SendData(std::string_view data, bool end) override {
    pipe_->Give(who_, {.body = std::string(data), .end = end});
  }
  void SendTrailers(const Headers& trailers) override {
    pipe_->Give(who_, {.trailers = trailers, .end = true});
  }
  void Cancel(Reset reason) override { pipe_->Cut(who_, reason); }
  void Consume(size_t n) override {
    pipe_->side(who_).Consume(n);
    pipe_->Schedule(who_);
  }
  void SetEvents(StreamEvents* events) override {
    pipe_->side(who_).events = events;
    pipe_->Schedule(who_);
  }

 private:
  std::shared_ptr<Pipe> pipe_;
  const Who who_;
};

}  // namespace

PipeEnds MakePipe(EventLoop& loop, StreamEvents* client_events,
                  bool request_ended) {
  auto pipe = std::make_shared<Pipe>(loop);
  pipe->side(kClient).events = client_events;
  pipe->side(kClient).gave_end = request_ended;
  pipe->side(kServer).got_end = request_ended;
  return {std::make_unique<PipeEnd>(pipe, kClient),
          std::make_unique<PipeEnd>(pipe, kServer)};
}

}  // namespace herald::http
