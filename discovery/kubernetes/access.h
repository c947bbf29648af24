// SPDX-License-Identifier: Apache-2.0
//
// How a cluster's API server is reached and what we show there: from a
// kubeconfig, or from what Kubernetes puts into every pod. It opens no
// connection; whoever has sockets makes one of what stands here.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/status.h"

namespace herald::kubernetes {

// A text and what errors call it: its file, or the key it stood under.
struct NamedText {
  std::string name;
  std::string text;
};

struct Access {
  std::string server;       // "https://10.96.0.1:443"
  std::string server_name;  // that its certificate bears; empty: the server's
  NamedText trust;          // PEM; empty: what the system trusts
  NamedText certificate;    // PEM; empty: none
  NamedText key;
  std::string token;       // as it stood in the kubeconfig
  std::string token_file;  // read anew for each request; empty: none
  std::string space;       // the namespace meant where none is said
};

using ReadFile = std::function<StatusOr<std::string>(const std::string& path)>;
using Environment =
    std::function<std::optional<std::string>(const std::string& name)>;

// `path` is where `text` stood; files it names are relative to it. `context`
// empty: the current one. Errors say what is wrong with every entry we would
// use; what would need a program to be run (exec, auth-provider) is refused.
StatusOr<Access> ReadKubeconfig(const std::string& path,
                                const std::string& text,
                                const std::string& context,
                                const ReadFile& read);

// The pod's own service account.
StatusOr<Access> ReadPodAccess(const Environment& environment,
                               const ReadFile& read);

// The token as it is now; null where `access` has none.
std::function<StatusOr<std::string>()> TokenOf(const Access& access,
                                               ReadFile read);

// What the downward API says of the pod we run in, as the injector sets it;
// all empty elsewhere.
struct Pod {
  std::string name;    // POD_NAME
  std::string space;   // POD_NAMESPACE
  std::string uid;     // POD_UID
  std::string ip;      // POD_IP
  std::string node;    // NODE_NAME
  std::string region;  // TOPOLOGY_REGION
  std::string zone;    // TOPOLOGY_ZONE
};
Pod ReadPod(const Environment& environment);

}  // namespace herald::kubernetes
