// SPDX-License-Identifier: Apache-2.0
//
// Standard input, a pipe or a file, read piece by piece on the loop. The
// descriptor is left in the mode it is in: it may be shared with a shell,
// which would not thank us for making it non-blocking.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "core/net/asio_loop.h"

namespace herald::net {

// Owned by the reader, destroyed before the loop; borrows the descriptor,
// which stays open.
class Input {
 public:
  // `got` receives a piece, empty at the end (or where reading fails).
  using Got = std::function<void(std::string_view)>;

  Input(AsioLoop& loop, int fd, Got got);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // Asks for one piece; does nothing while an earlier wish is open.
  void Read();

 private:
  struct Descriptor;
  static void Take(const std::shared_ptr<Descriptor>& self);

  std::shared_ptr<Descriptor> descriptor_;
};

}  // namespace herald::net
