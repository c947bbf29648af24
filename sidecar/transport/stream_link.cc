// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/stream_link.h"

#include <utility>

#include "core/http/codecs.h"
#include "sidecar/transport/options.h"

namespace herald::transport {
namespace {

constexpr Duration kHandshakeTime = std::chrono::seconds(3);

}  // namespace

http::Limits StreamLimits() {
  http::Limits limits;
  // As over QUIC: 11 MB/s a stream over 90 ms.
  limits.body_window = QuicOptions{}.stream_window;
  return limits;
}

StreamLink::StreamLink(Setup setup, StreamLinkEvents& events)
    : loop_(setup.loop),
      handler_(setup.handler),
      limits_(setup.limits),
      events_(events),
      shaking_(std::make_unique<net::TlsStream>(
          net::TlsStream::Setup{.loop = setup.loop,
                                .fd = std::move(setup.fd),
                                .session = setup.session,
                                .patience = kHandshakeTime,
                                .secured = [this] { OnSecured(); }},
          this)),
      stream_(shaking_.get()),
      self_(std::make_shared<StreamLink*>(this)) {
  timer_ = loop_.RunAt(loop_.Now() + kHandshakeTime, [this] {
    timer_ = 0;
    End("no handshake in time");
  });
}

StreamLink::~StreamLink() {
  *self_ = nullptr;
  loop_.Cancel(timer_);
}

bool StreamLink::CanOpen() const {
  return ready_ && open() && client_ != nullptr && client_->CanOpen();
}

std::unique_ptr<http::Stream> StreamLink::Open(const http::RequestHead& head,
                                               bool end,
                                               http::StreamEvents* events) {
  auto stream = client_->Open(head, end, events);
  wire_->OnCodecActivity();
  return stream;
}

void StreamLink::Drain() {
  drained_ = true;
  if (wire_ != nullptr) return wire_->Drain();
  loop_.Post([self = self_] {
    if (*self != nullptr) (*self)->End("shutting down");
  });
}

void StreamLink::Review(const net::TlsContext& tls, WallTime now) {
  if (!ready_ || !open()) return;
  const SSL* session = stream_->session();
  if (std::exchange(judged_, tls.generation()) != tls.generation() &&
      !tls.Vouches(session)) {
    why_ = "the peer is trusted no more";
    wire_->Close();
  } else if (net::PeerNotAfter(session) <= now) {
    Drain();
  }
}

void StreamLink::OnSecured() {
  peer_ = net::PeerIdentity(stream_->session());
  if (!peer_) return End("the peer proved no identity");
  if (!net::Chose(stream_->session(), net::Protocol::kHttp2)) {
    return End("the peer does not speak h2");
  }
  Start();
  if (handler_ != nullptr) BeReady();
}

void StreamLink::Start() {
  using Role = net::Wire::Role;
  constexpr auto kHttp2 = http::Protocol::kHttp2;
  wire_ = std::make_unique<net::Wire>(
      loop_, handler_ != nullptr ? Role::kServer : Role::kClient,
      std::move(shaking_), this);
  std::unique_ptr<http::Codec> codec;
  if (handler_ != nullptr) {
    codec = http::MakeServerCodec(kHttp2, limits_, *handler_, *wire_);
  } else {
    auto client = http::MakeClientCodec(kHttp2, limits_, *wire_);
    client_ = client.get();
    codec = std::move(client);
  }
  codec_ = codec.get();
  wire_->Start(std::move(codec));
}

void StreamLink::BeReady() {
  ready_ = true;
  loop_.Cancel(std::exchange(timer_, 0));
  events_.OnStreamReady(*this);
}

void StreamLink::OnWireSettled() {
  if (!ready_ && stream_->heard()) BeReady();
  events_.OnStreamSettled(*this);
}

void StreamLink::OnWireClosed() {
  if (why_.empty()) why_ = wire_->why();
  if (why_.empty()) why_ = drained_ ? "drained" : "closed by the peer";
  loop_.Cancel(std::exchange(timer_, 0));
  wire_.reset();
  events_.OnStreamOver(*this);
}

// Before there is anything to be lost. The last thing done to us, unless a wire
// has to be closed first.
void StreamLink::End(std::string why) {
  if (wire_ != nullptr) return wire_->Close();
  why_ = std::move(why);
  loop_.Cancel(std::exchange(timer_, 0));
  shaking_.reset();
  events_.OnStreamOver(*this);
}

}  // namespace herald::transport
