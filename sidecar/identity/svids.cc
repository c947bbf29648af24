// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/svids.h"

#include "core/proto/quiet.h"
#include "core/proto/workload.pb.h"

namespace herald::identity {
namespace {

const proto::WorkloadSvid* Chosen(const proto::WorkloadSvids& all,
                                  const SvidChoice& choice) {
  for (const proto::WorkloadSvid& svid : all.svids()) {
    if (!choice.hint.empty() && svid.hint() != choice.hint) continue;
    if (!choice.id.empty() && svid.spiffe_id() != choice.id) continue;
    return &svid;
  }
  return nullptr;
}

Status NoneFor(const SvidChoice& choice, const std::string& place) {
  std::string text = place + ": offers no SVID";
  if (!choice.hint.empty()) text += " with the hint '" + choice.hint + "'";
  if (!choice.id.empty()) text += " for " + choice.id;
  return MakeStatus(StatusCode::kNotFound, text);
}

}  // namespace

StatusOr<net::IdentityPtr> IdentityOf(std::string_view message,
                                      const SvidChoice& choice,
                                      const std::string& place, WallTime now) {
  const proto::Quiet quiet;
  proto::WorkloadSvids all;
  if (!all.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return InvalidArgument(place + ": sends what is no list of SVIDs");
  }
  const proto::WorkloadSvid* svid = Chosen(all, choice);
  if (svid == nullptr) return NoneFor(choice, place);
  HERALD_ASSIGN_OR_RETURN(
      auto identity,
      net::Identity::FromDer({svid->chain(), svid->key(), svid->bundle()},
                             {place + ": its certificate", place + ": its key",
                              place + ": its bundle"},
                             now));
  if (identity->id().text() != svid->spiffe_id()) {
    return InvalidArgument(place + ": calls " + identity->id().text() +
                           " by the name " + svid->spiffe_id());
  }
  return identity;
}

}  // namespace herald::identity
