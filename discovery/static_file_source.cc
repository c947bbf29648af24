// SPDX-License-Identifier: Apache-2.0
#include "discovery/static_file_source.h"

#include <utility>
#include <vector>

#include "core/base/check.h"
#include "discovery/peers_file.h"

namespace herald::discovery {

StaticFileSource::StaticFileSource(std::string path, FileAccess files)
    : path_(std::move(path)), files_(std::move(files)) {
  status_.source = "file " + path_;
}

void StaticFileSource::Start(SourceSink* sink) {
  HERALD_CHECK(sink_ == nullptr, "a source is started once");
  sink_ = sink;
  // Watched before it is read: a change in between is then told.
  auto watch = files_.watch(path_, [this] { Load(); });
  if (watch.ok()) {
    watch_ = *std::move(watch);
  } else {
    watch_problem_ =
        "changes will not be noticed: " + Message(watch.status()) + "\n";
  }
  Load();
}

void StaticFileSource::Stop() {
  watch_.reset();
  sink_ = nullptr;
}

void StaticFileSource::Load() {
  if (sink_ == nullptr) return;
  StatusOr<std::string> text = files_.read(path_);
  if (!text.ok()) {
    text_.reset();
    Refuse(Message(text.status()) + "\n");
    return;
  }
  // A watch tells more often than the file changes.
  if (text_ == *text) return;
  text_ = *text;
  PeersFile file = ParsePeersFile(path_, *std::move(text));
  if (HasErrors(file.issues)) {
    Refuse(Render(file.issues));
    return;
  }
  std::vector<EndpointPtr> peers;
  for (Endpoint& peer : file.peers) {
    peers.push_back(std::make_shared<const Endpoint>(std::move(peer)));
  }
  sink_->OnPeers(std::move(peers));
  status_.ok = true;
  ++status_.loads;
  status_.problem = watch_problem_ + Render(file.issues);
  sink_->OnStatus(status_);
}

void StaticFileSource::Refuse(std::string problem) {
  status_.ok = false;
  ++status_.failures;
  status_.problem = watch_problem_ + std::move(problem);
  sink_->OnStatus(status_);
}

}  // namespace herald::discovery
