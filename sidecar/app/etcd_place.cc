// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/etcd_place.h"

#include <optional>
#include <utility>

#include "core/base/text_file.h"
#include "core/json/json.h"
#include "core/net/address_watch.h"
#include "core/net/web_target.h"
#include "discovery/etcd/etcd_source.h"
#include "discovery/render_entry.h"

namespace herald::app {
namespace {

// A password that is longer is some other file.
constexpr size_t kMostPassword = 4096;

StatusOr<std::string> ReadPassword(const std::string& path) {
  HERALD_ASSIGN_OR_RETURN(std::string text, ReadTextFile(path, kMostPassword));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

EtcdPlace::EtcdPlace(const Surroundings& around, EtcdSettings settings,
                     std::string own)
    : around_(around), settings_(std::move(settings)), own_(std::move(own)) {}

EtcdPlace::~EtcdPlace() { around_.loop.Cancel(timer_); }

StatusOr<std::unique_ptr<EtcdPlace>> EtcdPlace::Open(const Surroundings& around,
                                                     EtcdSettings settings,
                                                     std::string own) {
  std::unique_ptr<EtcdPlace> place(
      new EtcdPlace(around, std::move(settings), std::move(own)));
  HERALD_RETURN_IF_ERROR(place->Connect());
  return place;
}

Status EtcdPlace::Connect() {
  net::WebClientOptions options;
  bool wants_tls = false;
  for (const std::string& endpoint : settings_.endpoints) {
    HERALD_ASSIGN_OR_RETURN(auto target, net::WebTarget::Parse(endpoint));
    wants_tls = wants_tls || target.tls;
    options.targets.push_back(std::move(target));
  }
  if (wants_tls) {
    HERALD_ASSIGN_OR_RETURN(texts_, ReadTexts());
    const net::IdentityFiles names{.certificate = settings_.certificate,
                                   .key = settings_.key,
                                   .trust = settings_.trust};
    HERALD_ASSIGN_OR_RETURN(
        tls_, net::WebTls::Make(net::WebTls::End::kClient, around_.loop, texts_,
                                names));
    Reread();
  }
  options.tls = tls_.get();
  web_ = std::make_unique<net::WebClient>(around_.loop, std::move(options));
  etcd::Login login{.user = settings_.user,
                    .password = [path = settings_.password_file] {
                      return ReadPassword(path);
                    }};
  if (!login.user.empty()) {
    HERALD_RETURN_IF_ERROR(login.password().status());
  }
  api_ = std::make_unique<etcd::Api>(*web_, around_.loop, std::move(login));
  if (settings_.publish) {
    publisher_ = std::make_unique<etcd::EtcdPublisher>(
        *api_, around_.random, around_.log, around_.metrics,
        etcd::PublisherOptions{.key = etcd::KeyOf(settings_.prefix, own_),
                               .ttl = settings_.ttl});
  }
  return absl::OkStatus();
}

StatusOr<net::IdentityFiles> EtcdPlace::ReadTexts() const {
  net::IdentityFiles out;
  const std::pair<const std::string*, std::string*> files[] = {
      {&settings_.certificate, &out.certificate},
      {&settings_.key, &out.key},
      {&settings_.trust, &out.trust}};
  for (const auto& [path, text] : files) {
    if (path->empty()) continue;
    HERALD_ASSIGN_OR_RETURN(*text, ReadTextFile(*path));
  }
  return out;
}

// What cannot be read now was good a minute ago, and stays.
void EtcdPlace::Reread() {
  timer_ = around_.loop.RunAt(around_.loop.Now() + kReread, [this] {
    auto texts = ReadTexts();
    const bool same = texts.ok() && texts->certificate == texts_.certificate &&
                      texts->key == texts_.key && texts->trust == texts_.trust;
    if (!same) {
      const net::IdentityFiles names{.certificate = settings_.certificate,
                                     .key = settings_.key,
                                     .trust = settings_.trust};
      const Status renewed =
          texts.ok() ? tls_->Replace(*texts, names) : texts.status();
      if (renewed.ok()) {
        texts_ = *std::move(texts);
        around_.log.Info("etcd_access_renewed", {{"etcd", NameOf(settings_)}});
      } else {
        around_.log.Error("etcd_access_refused", {{"etcd", NameOf(settings_)},
                                                  {"why", Message(renewed)}});
      }
    }
    Reread();
  });
}

std::unique_ptr<discovery::Source> EtcdPlace::MakeSource() {
  etcd::EtcdSourceOptions options{
      .name = NameOf(settings_), .prefix = settings_.prefix, .own = own_};
  if (publisher_) {
    options.own_is_gone = [this] { publisher_->PublishAgain(); };
  }
  return std::make_unique<etcd::EtcdSource>(
      *api_, around_.random, around_.metrics, std::move(options));
}

std::optional<Address> EtcdPlace::OwnSide() const {
  for (const std::string& endpoint : settings_.endpoints) {
    auto target = net::WebTarget::Parse(endpoint);
    if (!target.ok()) continue;
    const std::string host = target->host.find(':') == std::string::npos
                                 ? target->host
                                 : "[" + target->host + "]";
    auto there = Address::Parse(host + ":" + std::to_string(target->port));
    if (!there.ok() || there->is_unix()) continue;  // a name
    if (auto side = net::SourceTowards(*there)) return side;
  }
  return std::nullopt;
}

void EtcdPlace::Publish(const discovery::Endpoint& self) {
  if (!publisher_) return;
  publisher_->Publish(json::Serialize(discovery::RenderPeerEntry(self)));
}

void EtcdPlace::Withdraw() {
  if (publisher_ && !std::exchange(leaving_, true)) publisher_->Withdraw();
}

bool EtcdPlace::settled() const { return !leaving_ || publisher_->withdrawn(); }

}  // namespace herald::app
