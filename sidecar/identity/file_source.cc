// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/file_source.h"

#include <set>
#include <utility>

namespace herald::identity {
namespace {

bool Same(const net::IdentityFiles& a, const net::IdentityFiles& b) {
  return a.certificate == b.certificate && a.key == b.key && a.trust == b.trust;
}

}  // namespace

FileSource::FileSource(EventLoop& loop, Log& log, net::IdentityFiles files,
                       FileAccess access)
    : loop_(loop),
      log_(log),
      files_(std::move(files)),
      access_(std::move(access)) {}

FileSource::~FileSource() {
  watches_.clear();
  loop_.Cancel(retry_timer_);
}

StatusOr<net::IdentityPtr> FileSource::Load() {
  HERALD_ASSIGN_OR_RETURN(texts_, Read());
  return net::Identity::FromPem(texts_, files_, loop_.WallNow());
}

void FileSource::Listen(SourceEvents& events) {
  if (std::exchange(events_, &events) != nullptr) return;
  for (const std::string& path :
       std::set<std::string>{files_.certificate, files_.key, files_.trust}) {
    Watch(path);
  }
  // What changed since Load, before there was a watch.
  retry_timer_ = loop_.RunAt(loop_.Now(), [this] {
    retry_timer_ = 0;
    Reload(/*patient=*/true);
  });
}

void FileSource::Watch(const std::string& path) {
  auto watch = access_.watch(path, [this] { Reload(/*patient=*/true); });
  if (watch.ok()) {
    watches_.push_back(*std::move(watch));
  } else {
    log_.Warning("identity_unwatched",
                 {{"file", path},
                  {"why", Message(watch.status())},
                  {"effect", "a renewed one is not noticed before a restart"}});
  }
}

StatusOr<net::IdentityFiles> FileSource::Read() const {
  net::IdentityFiles texts;
  HERALD_ASSIGN_OR_RETURN(texts.certificate, access_.read(files_.certificate));
  HERALD_ASSIGN_OR_RETURN(texts.key, access_.read(files_.key));
  HERALD_ASSIGN_OR_RETURN(texts.trust, access_.read(files_.trust));
  return texts;
}

void FileSource::Reload(bool patient) {
  loop_.Cancel(std::exchange(retry_timer_, 0));
  auto texts = Read();
  // A watch tells more often than files change.
  if (texts.ok() && Same(*texts, texts_)) return;
  StatusOr<net::IdentityPtr> identity =
      texts.ok() ? net::Identity::FromPem(*texts, files_, loop_.WallNow())
                 : StatusOr<net::IdentityPtr>(texts.status());
  if (!identity.ok() && patient) {
    retry_timer_ = loop_.RunAt(loop_.Now() + kPatience, [this] {
      retry_timer_ = 0;
      Reload(/*patient=*/false);
    });
    return;
  }
  if (texts.ok()) texts_ = *std::move(texts);
  if (identity.ok()) {
    events_->OnIdentity(*std::move(identity));
  } else {
    events_->OnRefused(Message(identity.status()));
  }
}

}  // namespace herald::identity
