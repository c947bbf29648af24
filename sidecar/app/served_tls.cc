// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/served_tls.h"

#include <utility>

#include "core/base/text_file.h"

namespace herald::app {

ServedTls::ServedTls(const Surroundings& around, net::IdentityFiles names)
    : around_(around), names_(std::move(names)) {}

ServedTls::~ServedTls() { around_.loop.Cancel(retry_); }

StatusOr<std::unique_ptr<ServedTls>> ServedTls::Open(const Surroundings& around,
                                                     std::string certificate,
                                                     std::string key) {
  std::unique_ptr<ServedTls> out(new ServedTls(
      around, {.certificate = std::move(certificate), .key = std::move(key)}));
  HERALD_ASSIGN_OR_RETURN(const net::IdentityFiles pem, out->Read());
  HERALD_ASSIGN_OR_RETURN(
      out->tls_, net::WebTls::Make(net::WebTls::End::kServer, around.loop, pem,
                                   out->names_));
  out->Watch(out->names_.certificate);
  out->Watch(out->names_.key);
  return out;
}

StatusOr<net::IdentityFiles> ServedTls::Read() const {
  net::IdentityFiles pem;
  HERALD_ASSIGN_OR_RETURN(pem.certificate, ReadTextFile(names_.certificate));
  HERALD_ASSIGN_OR_RETURN(pem.key, ReadTextFile(names_.key));
  return pem;
}

void ServedTls::Watch(const std::string& path) {
  auto watch = net::FileWatch::Open(around_.loop, path,
                                    [this] { Reload(/*patient=*/true); });
  if (watch.ok()) {
    watches_.push_back(*std::move(watch));
    return;
  }
  around_.log.Warning("not_watched",
                      {{"file", path},
                       {"why", Message(watch.status())},
                       {"effect", "a change waits for a restart"}});
}

void ServedTls::Reload(bool patient) {
  around_.loop.Cancel(std::exchange(retry_, 0));
  const auto pem = Read();
  const Status used = pem.ok() ? tls_->Replace(*pem, names_) : pem.status();
  if (used.ok()) {
    around_.used.Add();
    around_.log.Info("certificate_renewed",
                     {{"certificate", names_.certificate}});
    return;
  }
  if (patient) {
    retry_ = around_.loop.RunAt(around_.loop.Now() + kPatience, [this] {
      retry_ = 0;
      Reload(/*patient=*/false);
    });
    return;
  }
  around_.refused.Add();
  around_.log.Error("certificate_refused",
                    {{"why", Message(used)},
                     {"effect", "the one that was read before stays in use"}});
}

}  // namespace herald::app
