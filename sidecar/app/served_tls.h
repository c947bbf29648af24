// SPDX-License-Identifier: Apache-2.0
//
// The certificate of a page that we serve over HTTPS, read again when its files
// are replaced, by whatever way (cert-manager, a Secret's symlink swap). What
// cannot be used changes nothing and is said so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/asio_loop.h"
#include "core/net/file_watch.h"
#include "core/net/web_tls.h"

namespace herald::app {

// Owned by whoever serves; outlives the acceptor it is given to. One thread.
class ServedTls {
 public:
  // Files are replaced one after the other, so for a moment they may not fit.
  // Only what lasts so long is a problem.
  static constexpr Duration kPatience = std::chrono::milliseconds(500);

  struct Surroundings {
    net::AsioLoop& loop;
    Log& log;
    Counter& used;     // counts what was read again and taken
    Counter& refused;  // and what was not
  };

  // The error names the file and what is wrong with it.
  static StatusOr<std::unique_ptr<ServedTls>> Open(const Surroundings& around,
                                                   std::string certificate,
                                                   std::string key);
  ~ServedTls();
  ServedTls(const ServedTls&) = delete;
  ServedTls& operator=(const ServedTls&) = delete;

  const net::WebTls& tls() const { return *tls_; }

 private:
  ServedTls(const Surroundings& around, net::IdentityFiles names);
  StatusOr<net::IdentityFiles> Read() const;
  void Watch(const std::string& path);
  void Reload(bool patient);

  const Surroundings around_;
  const net::IdentityFiles names_;
  std::unique_ptr<net::WebTls> tls_;
  std::vector<std::unique_ptr<net::FileWatch>> watches_;
  TimerId retry_ = 0;
};

}  // namespace herald::app
