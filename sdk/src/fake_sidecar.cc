// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/fake_sidecar.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "core/base/check.h"
#include "sdk/src/request.h"
#include "sdk/src/socket.h"

namespace herald::sdk {
namespace {

// Listen gives a non-blocking listener; its thread has nothing else to do.
bool AwaitReadable(int fd) {
  pollfd item = {fd, POLLIN, 0};
  return poll(&item, 1, -1) == 1;
}

}  // namespace

RawSocket::~RawSocket() { close(fd_); }

int RawSocket::Dial(const std::string& address) {
  StatusOr<Address> place = ParsePlace(address);
  HERALD_CHECK(place.ok(), "a test gave a bad address");
  int fd = socket(place->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  int failed = connect(fd, place->get(), place->length());
  HERALD_CHECK(failed == 0, "nobody listens where the test dials");
  return fd;
}

bool RawSocket::Fill() {
  char piece[4096];
  ssize_t n = recv(fd_, piece, sizeof piece, 0);
  if (n > 0) buffer_.append(piece, static_cast<size_t>(n));
  return n > 0;
}

std::string RawSocket::ReadHead() {
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!Fill()) return {};
  }
  return ReadBytes(buffer_.find("\r\n\r\n") + 4);
}

std::string RawSocket::ReadBytes(size_t count) {
  while (buffer_.size() < count && Fill()) {
  }
  std::string out = buffer_.substr(0, count);
  buffer_.erase(0, out.size());
  return out;
}

std::string RawSocket::ReadMessage() {
  std::string head = ReadHead();
  size_t at = Lowered(head).find("content-length: ");
  if (at == std::string::npos) return head;
  return head + ReadBytes(std::strtoul(head.c_str() + at + 16, nullptr, 10));
}

std::string RawSocket::ReadToEnd() {
  while (Fill()) {
  }
  return std::move(buffer_);
}

void RawSocket::Write(std::string_view text) {
  while (!text.empty()) {
    ssize_t n = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

void RawSocket::CloseWrite() { shutdown(fd_, SHUT_WR); }

FakeSidecar::FakeSidecar(Script script) : script_(std::move(script)) {
  StatusOr<int> fd = Listen(*ParsePlace("127.0.0.1:0"));
  HERALD_CHECK(fd.ok(), "loopback has no free port");
  listener_ = *fd;
  address_ = LocalAddress(listener_).ToString();
  thread_ = std::thread([this] { Run(); });
}

FakeSidecar::~FakeSidecar() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

int FakeSidecar::connections() const {
  std::lock_guard lock(mutex_);
  return connections_;
}

void FakeSidecar::Run() {
  while (AwaitReadable(listener_)) {
    int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    {
      std::lock_guard lock(mutex_);
      ++connections_;
    }
    RawSocket socket(fd);
    script_(socket);
  }
}

std::string Answer(int status, std::string_view headers,
                   std::string_view body) {
  return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" +
         std::string(headers) +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace herald::sdk
