// SPDX-License-Identifier: Apache-2.0
//
// A plain byte stream: a connected socket, TCP or unix.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/net/asio_loop.h"
#include "core/net/byte_stream.h"
#include "core/net/fd.h"

namespace herald::net {

class StreamSocket final : public ByteStream {
 public:
  // Takes over a connected, non-blocking descriptor.
  StreamSocket(AsioLoop& loop, UniqueFd fd, SocketEvents* events);
  ~StreamSocket() override;
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  void SetEvents(SocketEvents* events) override;
  void Read() override;
  std::optional<size_t> Write(std::string_view bytes) override;
  void ShutdownWrite() override;
  void AcknowledgeNow() override;
  bool Quiet() const override;
  std::optional<SocketCredentials> peer_credentials() const override;

 private:
  struct Descriptor;
  void AwaitWritable();

  // Shared with the handlers Asio holds: they may run after our end.
  std::shared_ptr<Descriptor> descriptor_;
};

}  // namespace herald::net
