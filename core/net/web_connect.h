// SPDX-License-Identifier: Apache-2.0
//
// From the name of a server to a byte stream it answers on: its name is
// resolved, its addresses are dialled in turn, TLS is agreed on. Of several
// servers that are as good as one, the first that lets us in is it.
//
//   target: resolving -> dialling (each address) -> securing -> done
//      ^        |             |                        |
//      +--------+-------------+------------------------+  failed, or too late:
//        the next target; after the last, an error that names them all
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/http/detect.h"
#include "core/net/dial.h"
#include "core/net/resolve.h"
#include "core/net/tls_stream.h"
#include "core/net/web_target.h"
#include "core/net/web_tls.h"

namespace herald::net {

struct WebConnected {
  std::unique_ptr<ByteStream> stream;
  http::Protocol protocol;
  size_t target;        // which of them it is
  uint64_t generation;  // of the TLS context; 0 without
};

// Owned by who wants the connection; destroying it gives the attempt up.
// `done` is called once, never from inside the constructor, and may destroy
// the attempt.
class WebConnect final : public SocketEvents {
 public:
  struct Setup {
    AsioLoop& loop;
    const std::vector<WebTarget>& targets;
    size_t first;             // where to begin
    const WebTls* tls;        // for https targets
    std::string server_name;  // asked for in place of the target's host
    bool http2;               // spoken to plain targets
    Duration patience;        // for one target
  };
  using Done = std::function<void(StatusOr<WebConnected>)>;

  WebConnect(Setup setup, Done done);
  ~WebConnect() override;

 private:
  // SocketEvents, while TLS is agreed on.
  void OnBytes(std::string_view) override {}
  void OnEof() override {}
  void OnBroken(const std::string& why) override { Fail(why); }
  void OnWritable() override {}

  const WebTarget& target() const;
  void Try();
  void OnResolved(StatusOr<std::vector<Address>> addresses);
  void DialNext();
  void OnDialled(StatusOr<UniqueFd> fd);
  void Secure(UniqueFd fd);
  void Finish(std::unique_ptr<ByteStream> stream, http::Protocol protocol);
  void Fail(const std::string& why);

  const Setup setup_;
  Done done_;
  size_t tried_ = 0;  // targets that failed
  std::string problems_;
  std::unique_ptr<Resolve> resolve_;
  std::vector<Address> addresses_;  // not dialled yet, the next one last
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<TlsStream> securing_;
  uint64_t generation_ = 0;
  std::string last_refusal_;
  TimerId timer_ = 0;
};

}  // namespace herald::net
