// SPDX-License-Identifier: Apache-2.0
//
// Joins the two ends of one call: `in`, where the request came from, and
// `out`, where it goes. Bodies, trailers, informational responses and resets
// pass both ways at once; credit flows back as bytes leave, so one window a
// direction is all that is ever held.
//
//            OnData            SendData
//    in  --------------> relay --------------> out      request
//        <-- Consume ---       <--- OnSent ---
//            SendData          OnData
//    in  <-------------- relay <-------------- out      response
//
// Until the final response head is forwarded the call may be moved to another
// `out`: the request so far is kept for that (64 KiB, or all of it while
// nothing was sent). After it, the call is committed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/http/exchange.h"

namespace herald::call {

// How a relay ended once it was committed, or its client left.
enum class RelayEnd {
  kComplete,    // both messages passed whole
  kClientGone,  // `in` was reset
  kBroken,      // `out` was reset after the response had begun
};

class RelayEvents {
 public:
  virtual ~RelayEvents() = default;

  // A response head came; it is forwarded as this leaves it. Returning false
  // withholds it: the owner answers by itself (Answer) or tries another out.
  virtual bool OnResponseHead(http::ResponseHead& head) = 0;

  // A piece of the request came while there is no `out`: it is held.
  virtual void OnRequestHeld() {}

  // The body of a response that is being forwarded has begun.
  virtual void OnFirstBytes() {}

  // `out` ended before a final head. The relay has let it go; the owner
  // attaches another one or answers.
  virtual void OnOutFailed(http::Reset reason) = 0;

  // Of the second `out` that AttachRival gave, before the first one answered:
  // its final head came. True: it is the only one from now on, and
  // OnResponseHead follows. False: it is let go.
  virtual bool OnRivalHead(const http::ResponseHead&) { return false; }
  // It ended without a head, and the first one goes on.
  virtual void OnRivalFailed(http::Reset) {}

  // The last event.
  virtual void OnRelayEnd(RelayEnd end) = 0;
};

// Owned by its call; `events` outlives it. One thread.
class Relay final : private http::StreamEvents {
 public:
  // Takes over `in` at once. `request_ended`: the request has no body.
  Relay(std::unique_ptr<http::Stream> in, bool request_ended,
        RelayEvents& events);
  ~Relay() override;

  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // What the owner passes to NextHop::Open, with request_ended() as `end`
  // when the request is replayed from the start.
  http::StreamEvents* out_events() { return &out_; }
  bool body_ended_empty() const {
    return request_ended_ && replay_.empty() && !trailers_;
  }

  // Hands over the stream that NextHop::Open returned, and replays what the
  // request held so far. REQUIRES: can_move().
  void Attach(std::unique_ptr<http::Stream> out);

  // Lets `out` go, cancelling it.
  void Detach();

  // A second `out` for the same request, to race the first one: whoever sends
  // its final head first goes on. Once a call. REQUIRES: may_race().
  bool may_race() const {
    return can_move() && request_ended_ && out_stream_ && !held_head_ &&
           !rival_stream_ && !rival_.won();
  }
  http::StreamEvents* rival_events() { return &rival_; }
  void AttachRival(std::unique_ptr<http::Stream> rival);
  // The first one is let go, and the second is it. REQUIRES: it is there.
  void PromoteRival();
  void DropRival() { rival_stream_.reset(); }

  // From inside OnResponseHead: keeps this response, which is small and whose
  // length is known, until it is whole, and commits only then. A call that may
  // be repeated thus survives the loss of its peer in the middle of an answer,
  // and any other one ends with a word on it instead of half an answer.
  // Of no effect when the response is larger or of unknown length, or comes
  // while the request does.
  void HoldResponse(const http::ResponseHead& head);

  // The request can still be sent from its start to another `out`.
  bool can_move() const { return !committed_ && replayable_; }
  bool committed() const { return committed_; }
  // The answer was given whole; the request may still be coming in.
  bool answered() const { return response_ended_; }

  // Ends the call with an answer of our own. REQUIRES: !committed().
  void Answer(const http::ResponseHead& head, const std::string& body);

  // Ends the call towards `in` without (more of) an answer; where it was
  // answered whole, stops reading the rest of the request.
  void Abort(http::Reset reason);

  // Ends the response that was begun with these trailers. REQUIRES:
  // committed() and not answered().
  void EndWithTrailers(const http::Headers& trailers);

  uint64_t request_bytes() const { return received_; }
  uint64_t response_bytes() const { return response_bytes_; }
  // herald-* fields that were taken off trailers, of both ways.
  size_t stripped() const { return stripped_; }

 private:
  // Events of `out`, told apart from those of `in` by this small ear.
  class Out final : public http::StreamEvents {
   public:
    explicit Out(Relay& relay) : relay_(relay) {}
    void OnResponse(http::ResponseHead head, bool end) override;
    void OnData(std::string_view data, bool end) override;
    void OnTrailers(http::Headers trailers) override;
    void OnSent(size_t n) override;
    void OnReset(http::Reset reason) override;

   private:
    Relay& relay_;
  };

  // Events of the second `out`; once it has won they are those of `out`.
  class Rival final : public http::StreamEvents {
   public:
    explicit Rival(Relay& relay) : relay_(relay) {}
    bool won() const { return won_; }
    void Win() { won_ = true; }
    uint64_t sent() const { return sent_; }
    void OnResponse(http::ResponseHead head, bool end) override;
    void OnData(std::string_view data, bool end) override;
    void OnTrailers(http::Headers trailers) override;
    void OnSent(size_t n) override;
    void OnReset(http::Reset reason) override;

   private:
    Relay& relay_;
    bool won_ = false;
    uint64_t sent_ = 0;
  };

  void Replay(http::Stream& out);

  // Events of `in`.
  void OnResponse(http::ResponseHead head, bool end) override;
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers trailers) override;
  void OnSent(size_t n) override;
  void OnReset(http::Reset reason) override;

  void KeepForReplay(std::string_view data);
  void Commit(const http::ResponseHead& head, bool end);
  // What was held goes out; the response is whole.
  void Release(const std::optional<http::Headers>& trailers);
  void ResponseEnded();
  void Finish(RelayEnd end);

  RelayEvents& events_;
  Out out_;
  Rival rival_;
  std::unique_ptr<http::Stream> in_stream_;
  std::unique_ptr<http::Stream> out_stream_;
  std::unique_ptr<http::Stream> rival_stream_;

  // The request so far, while it may have to be sent again.
  std::string replay_;
  std::optional<http::Headers> trailers_;
  bool replayable_ = true;
  bool request_ended_;
  uint64_t received_ = 0;       // body bytes `in` gave us
  uint64_t credited_ = 0;       // of those, given back to `in`
  uint64_t sent_this_out_ = 0;  // of those, `out` needs no more

  bool committed_ = false;
  bool hold_ = false;
  std::optional<http::ResponseHead> held_head_;
  std::string held_body_;
  uint64_t released_ = 0;  // of what was held, not yet sent
  bool response_ended_ = false;
  bool over_ = false;
  uint64_t response_bytes_ = 0;
  bool body_began_ = false;
  size_t stripped_ = 0;
  uint64_t discarded_ = 0;
};

}  // namespace herald::call
