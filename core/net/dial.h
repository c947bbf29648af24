// SPDX-License-Identifier: Apache-2.0
//
// One attempt to connect a stream, TCP or unix, without blocking the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/base/address.h"
#include "core/base/status.h"
#include "core/net/asio_loop.h"
#include "core/net/fd.h"
#include "core/net/socket_marks.h"

namespace herald::net {

// How an attempt leaves this machine; nothing: as the routes say.
struct DialFrom {
  std::optional<Address> source;  // an address of ours, port 0
  SocketMarks marks;
};

// Owned by whoever wants the connection; destroying it gives the attempt up.
// `done` is called once, never from inside the constructor, with a
// non-blocking descriptor or with an error that names the address. The
// attempt may be destroyed inside `done`.
class Dial {
 public:
  using Done = std::function<void(StatusOr<UniqueFd>)>;

  Dial(AsioLoop& loop, const Address& to, Duration patience, Done done,
       DialFrom from = {});
  ~Dial();
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

 private:
  struct Attempt;
  static int Begin(Attempt& attempt);
  static void Finish(const std::shared_ptr<Attempt>& attempt, int error);

  AsioLoop& loop_;
  std::shared_ptr<Attempt> attempt_;
};

}  // namespace herald::net
