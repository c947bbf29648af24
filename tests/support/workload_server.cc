// SPDX-License-Identifier: Apache-2.0
//
// A small SPIFFE Workload API for tests with real sidecars: what three PEM
// files hold is told to whoever asks, and again whenever they change. Without a
// certificate there is no identity for anybody.
//
//   workload_server SOCKET CERTIFICATE KEY TRUST
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text_file.h"
#include "core/net/file_watch.h"
#include "core/proto/workload.pb.h"
#include "sidecar/identity/grpc_frames.h"
#include "tests/support/test_pki.h"
#include "tests/support/web_server.h"

namespace herald {
namespace {

class WorkloadServer final : public http::RequestHandler {
 public:
  WorkloadServer(net::AsioLoop& loop, net::IdentityFiles files)
      : loop_(loop), files_(std::move(files)) {
    Look();
  }

  void OnRequest(http::RequestHead head, std::unique_ptr<http::Stream> stream,
                 bool) override {
    auto asker = std::make_unique<Asker>();
    stream->SetEvents(asker.get());
    asker->stream = std::move(stream);
    if (head.path != "/SpiffeWorkloadAPI/FetchX509SVID")
      return Deny(*asker, "12");
    if (head.headers.Get("workload.spiffe.io") != "true") {
      return Deny(*asker, "3");
    }
    Tell(*asker);
    if (!asker->over) askers_.push_back(std::move(asker));
  }

  // The files may have changed.
  void Look() {
    auto read = [](const std::string& path) {
      return ReadTextFile(path).value_or("");
    };
    const net::IdentityFiles now = {read(files_.certificate), read(files_.key),
                                    read(files_.trust)};
    std::string message;
    auto identity = net::Identity::FromPem(now, files_, loop_.WallNow());
    if (identity.ok()) {
      message = MessageOf((*identity)->id().text(), now);
    } else if (!now.certificate.empty()) {
      return;  // half of a replacement
    }
    if (message == message_) return;
    message_ = message;
    for (auto& asker : askers_) Tell(*asker);
    std::erase_if(askers_, [](const auto& asker) { return asker->over; });
  }

 private:
  struct Asker final : http::StreamEvents {
    void OnResponse(http::ResponseHead, bool) override {}
    void OnData(std::string_view data, bool) override {
      stream->Consume(data.size());
    }
    void OnTrailers(http::Headers) override {}
    void OnSent(size_t) override {}
    void OnReset(http::Reset) override { over = true; }

    std::unique_ptr<http::Stream> stream;
    bool begun = false;
    bool over = false;
  };

  static std::string MessageOf(const std::string& id,
                               const net::IdentityFiles& pem) {
    const net::IdentityFiles der = test::ToDer(pem);
    proto::WorkloadSvids all;
    proto::WorkloadSvid& svid = *all.add_svids();
    svid.set_spiffe_id(id);
    svid.set_chain(der.certificate);
    svid.set_key(der.key);
    svid.set_bundle(der.trust);
    return all.SerializeAsString();
  }

  void Tell(Asker& asker) {
    if (asker.over) return;
    if (message_.empty()) return Deny(asker, "7");
    Begin(asker);
    asker.stream->SendData(identity::GrpcFrame(message_), false);
  }

  void Begin(Asker& asker) {
    if (std::exchange(asker.begun, true)) return;
    http::ResponseHead head;
    head.headers.Add("content-type", "application/grpc");
    asker.stream->SendResponse(head, false);
  }

  void Deny(Asker& asker, const std::string& status) {
    Begin(asker);
    http::Headers trailers;
    trailers.Add("grpc-status", status);
    trailers.Add("grpc-message", "no identity issued");
    asker.stream->SendTrailers(trailers);
    asker.over = true;
  }

  net::AsioLoop& loop_;
  const net::IdentityFiles files_;
  std::string message_;  // empty: nobody has an identity
  std::vector<std::unique_ptr<Asker>> askers_;
};

int Run(const std::string& socket, const net::IdentityFiles& files) {
  net::AsioLoop loop;
  WorkloadServer workloads(loop, files);
  std::vector<std::unique_ptr<net::FileWatch>> watches;
  for (const std::string& path : {files.certificate, files.key, files.trust}) {
    auto watch = net::FileWatch::Open(loop, path, [&] { workloads.Look(); });
    if (!watch.ok()) {
      std::cerr << watch.status() << "\n";
      return 1;
    }
    watches.push_back(*std::move(watch));
  }
  test::WebServer server(loop, {.protocol = http::Protocol::kHttp2,
                                .address = "unix:" + socket,
                                .taker = &workloads});
  loop.Run();
  return 0;
}

}  // namespace
}  // namespace herald

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "workload_server SOCKET CERTIFICATE KEY TRUST\n";
    return 2;
  }
  return herald::Run(argv[1], {argv[2], argv[3], argv[4]});
}
