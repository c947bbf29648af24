// SPDX-License-Identifier: Apache-2.0
//
// For tests: a sidecar of plain sockets on a free port, that reads and says
// byte for byte what a test tells it, on a thread of its own.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace herald::sdk {

// One accepted (or dialled) connection, blocking. Closes when it goes.
class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) {}
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  // Connects to "127.0.0.1:PORT".
  static int Dial(const std::string& address);

  // Up to and with the empty line; "" when the other end closed before it.
  std::string ReadHead();
  std::string ReadBytes(size_t count);
  // A head and as many bytes as its content-length says.
  std::string ReadMessage();
  // All up to the other end's close.
  std::string ReadToEnd();
  void Write(std::string_view text);
  // Ends our sending half.
  void CloseWrite();

 private:
  bool Fill();

  int fd_;
  std::string buffer_;
};

// Serves connections one after the other, each with `script`.
class FakeSidecar {
 public:
  using Script = std::function<void(RawSocket&)>;
  explicit FakeSidecar(Script script);
  ~FakeSidecar();
  FakeSidecar(const FakeSidecar&) = delete;
  FakeSidecar& operator=(const FakeSidecar&) = delete;

  const std::string& address() const { return address_; }
  int connections() const;

 private:
  void Run();

  Script script_;
  int listener_;
  std::string address_;
  mutable std::mutex mutex_;
  int connections_ = 0;
  std::thread thread_;
};

// "HTTP/1.1 200 OK" with these header lines (each ending in CRLF) and a body.
std::string Answer(int status, std::string_view headers, std::string_view body);

}  // namespace herald::sdk
