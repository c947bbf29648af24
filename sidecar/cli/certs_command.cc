// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/certs_command.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

#include "core/base/text_file.h"
#include "core/crypto/authority.h"
#include "core/crypto/secret_file.h"
#include "core/json/json.h"

namespace herald::cli {
namespace {

namespace fs = std::filesystem;

struct Paths {
  fs::path certificate;
  fs::path key;
};

Paths AuthorityIn(const std::string& folder) {
  return {fs::path(folder) / "ca.crt", fs::path(folder) / "ca.key"};
}

int Fail(std::ostream& err, int code, const std::string& text) {
  err << "herald certs: " << text << "\n";
  return code;
}

// Something of that name is there, be it a link to nowhere.
bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

// A folder for secrets: made for its owner alone, used as it is when there.
Status MakeFolder(const std::string& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) return Unavailable(folder + ": " + error.message());
  if (made) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return Unavailable(folder + ": " + error.message());
  return absl::OkStatus();
}

StatusOr<crypto::CertificateAndKey> ReadAuthority(const Paths& paths) {
  crypto::CertificateAndKey authority;
  HERALD_ASSIGN_OR_RETURN(authority.certificate,
                          ReadTextFile(paths.certificate.string()));
  HERALD_ASSIGN_OR_RETURN(authority.key, ReadTextFile(paths.key.string()));
  return authority;
}

// "planner-0" in DIR, "certs/planner-0" and "./planner-0" where they say.
Paths LeafPaths(const std::string& folder, const std::string& out) {
  const bool has_path = out.find('/') != std::string::npos;
  const std::string stem = has_path ? out : (fs::path(folder) / out).string();
  return {stem + ".crt", stem + ".key"};
}

bool SamePlace(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored);
}

Status WriteLeaf(const Paths& paths, const crypto::CertificateAndKey& leaf) {
  HERALD_RETURN_IF_ERROR(
      crypto::ReplaceFile(paths.key.string(), leaf.key, crypto::kSecretMode));
  return crypto::ReplaceFile(paths.certificate.string(), leaf.certificate,
                             crypto::kPublicMode);
}

void PrintJson(std::string_view id, const Paths& paths, std::ostream& out) {
  out << json::Serialize(
             json::Object{{"id", json::View(id)},
                          {"certificate", paths.certificate.string()},
                          {"key", paths.key.string()}})
      << "\n";
}

}  // namespace

int CertsInit(const CertsInitArguments& arguments, WallTime now,
              std::ostream& out, std::ostream& err) {
  const Paths paths = AuthorityIn(arguments.folder);
  for (const fs::path& path : {paths.certificate, paths.key}) {
    if (!Exists(path)) continue;
    return Fail(err, kUnusable,
                path.string() +
                    " exists already; remove it first if nothing "
                    "needs this CA any longer, or take another "
                    "folder");
  }
  auto authority = crypto::MakeAuthority(arguments.trust_domain, now);
  if (!authority.ok()) {
    const bool unusable =
        authority.status().code() == StatusCode::kInvalidArgument;
    return Fail(err, unusable ? kUnusable : kWorldFailed,
                Message(authority.status()));
  }
  Status done = MakeFolder(arguments.folder);
  if (done.ok()) {
    done = crypto::WriteNewFile(paths.key.string(), authority->key,
                                crypto::kSecretMode);
  }
  if (done.ok()) {
    done = crypto::WriteNewFile(paths.certificate.string(),
                                authority->certificate, crypto::kPublicMode);
  }
  if (!done.ok()) return Fail(err, kWorldFailed, Message(done));
  if (arguments.json) {
    PrintJson("spiffe://" + arguments.trust_domain, paths, out);
    return kFine;
  }
  out << "A development CA of spiffe://" << arguments.trust_domain << ":\n"
      << "  " << paths.certificate.string() << "  what sidecars trust\n"
      << "  " << paths.key.string() << "  keep it secret\n"
      << "Next: herald certs issue " << arguments.folder << " --id spiffe://"
      << arguments.trust_domain << "/agent/NAME --out NAME\n";
  return kFine;
}

int CertsIssue(const CertsIssueArguments& arguments, WallTime now,
               std::ostream& out, std::ostream& err) {
  auto id = SpiffeId::Parse(arguments.id);
  if (!id.ok()) {
    return Fail(
        err, kUnusable,
        "'" + arguments.id + "' is no SPIFFE id: " + Message(id.status()));
  }
  const Paths ca = AuthorityIn(arguments.folder);
  const Paths paths = LeafPaths(arguments.folder, arguments.out);
  if (arguments.out.empty() || arguments.out.back() == '/') {
    return Fail(err, kUnusable, "--out needs a name, as in summarizer-0");
  }
  if (SamePlace(paths.certificate, ca.certificate) ||
      SamePlace(paths.key, ca.key)) {
    return Fail(err, kUnusable,
                "--out " + arguments.out +
                    " would overwrite the CA itself; "
                    "take another name");
  }
  auto authority = ReadAuthority(ca);
  if (!authority.ok()) {
    return Fail(err, kUnusable,
                Message(authority.status()) +
                    "; make a CA with: herald certs init " + arguments.folder +
                    " --trust-domain " + std::string(id->trust_domain()));
  }
  auto leaf = crypto::IssueLeaf(*authority, *id, now,
                                std::chrono::hours(24) * arguments.days);
  if (!leaf.ok()) {
    const bool unusable = leaf.status().code() == StatusCode::kInvalidArgument;
    return Fail(err, unusable ? kUnusable : kWorldFailed,
                Message(leaf.status()));
  }
  const Status done = WriteLeaf(paths, *leaf);
  if (!done.ok()) return Fail(err, kWorldFailed, Message(done));
  if (arguments.json) {
    PrintJson(id->text(), paths, out);
    return kFine;
  }
  out << id->text() << ":\n"
      << "  " << paths.certificate.string() << "\n"
      << "  " << paths.key.string() << "  keep it secret\n";
  return kFine;
}

}  // namespace herald::cli
