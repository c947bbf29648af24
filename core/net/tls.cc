// SPDX-License-Identifier: Apache-2.0
#include "core/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <utility>

#include "core/base/check.h"

namespace herald::net {
namespace {

// AES-128 first: 2.1-2.4 times cheaper than ChaCha20 with AES instructions,
// and OpenSSL's own order would pick AES-256.
constexpr char kCiphers[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";
// The star asks for a key share in the first flight: the hybrid with ML-KEM,
// and X25519 so that a peer without it needs no second round trip.
constexpr char kGroups[] = "*X25519MLKEM768:*X25519:P-256";
constexpr unsigned char kHttp3[] = {2, 'h', '3'};
constexpr unsigned char kHttp2[] = {2, 'h', '2'};
constexpr unsigned char kSessionContext[] = "herald-mesh";

// What a session carries for the verifier.
struct PeerCheck {
  std::string expected;
  std::string why_refused;
  Protocol protocol = Protocol::kHttp3;
};

void FreePeerCheck(void*, void* check, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<PeerCheck*>(check);
}

// OpenSSL's register of slots is the process's, so the number is too.
int PeerCheckSlot() {
  static const int slot =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, FreePeerCheck);
  return slot;
}

PeerCheck* CheckOf(const SSL* session) {
  return static_cast<PeerCheck*>(SSL_get_ex_data(session, PeerCheckSlot()));
}

const unsigned char* AlpnOf(Protocol protocol) {
  static_assert(sizeof kHttp3 == sizeof kHttp2);
  return protocol == Protocol::kHttp3 ? kHttp3 : kHttp2;
}

int SelectAlpn(SSL* session, const unsigned char** out, unsigned char* out_size,
               const unsigned char* in, unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size,
                            AlpnOf(CheckOf(session)->protocol), sizeof kHttp3,
                            in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::string LastError() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return text;
}

using ContextPtr = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;

Status UseIdentity(SSL_CTX* context, const Identity& identity) {
  if (SSL_CTX_use_certificate(context, identity.leaf()) != 1 ||
      SSL_CTX_use_PrivateKey(context, identity.key()) != 1) {
    return InvalidArgument("OpenSSL refuses the certificate: " + LastError());
  }
  for (const X509Ptr& x : identity.chain()) {
    SSL_CTX_add1_chain_cert(context, x.get());
  }
  SSL_CTX_set1_cert_store(context, identity.trust());
  return absl::OkStatus();
}

}  // namespace

TlsContext::TlsContext(End end, EventLoop& loop)
    : end_(end), loop_(loop), context_(nullptr, SSL_CTX_free) {}

TlsContext::~TlsContext() = default;

StatusOr<std::unique_ptr<TlsContext>> TlsContext::Make(IdentityPtr identity,
                                                       End end,
                                                       EventLoop& loop) {
  std::unique_ptr<TlsContext> made(new TlsContext(end, loop));
  HERALD_RETURN_IF_ERROR(made->Replace(std::move(identity)));
  return made;
}

Status TlsContext::Replace(IdentityPtr identity) {
  ContextPtr context(SSL_CTX_new(end_ == End::kServer ? TLS_server_method()
                                                      : TLS_client_method()),
                     SSL_CTX_free);
  SSL_CTX* c = context.get();
  SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(c, TLS1_3_VERSION);
  if (SSL_CTX_set_ciphersuites(c, kCiphers) != 1 ||
      SSL_CTX_set1_groups_list(c, kGroups) != 1) {
    return Unavailable("this OpenSSL lacks the mesh's ciphers: " + LastError());
  }
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  SSL_CTX_set_cert_verify_callback(c, &TlsContext::Verify, this);
  SSL_CTX_set_session_id_context(c, kSessionContext,
                                 sizeof kSessionContext - 1);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(c, 0);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
  if (end_ == End::kServer) {
    SSL_CTX_set_alpn_select_cb(c, SelectAlpn, nullptr);
  }
  HERALD_RETURN_IF_ERROR(UseIdentity(c, *identity));
  context_ = std::move(context);
  identity_ = std::move(identity);
  ++generation_;
  return absl::OkStatus();
}

bool TlsContext::Vouches(const SSL* session) const {
  X509* leaf = SSL_get0_peer_certificate(session);
  if (leaf == nullptr) return false;
  StatusOr<SpiffeId> id = LeafId(leaf);
  if (!id.ok() || id->trust_domain() != identity_->id().trust_domain()) {
    return false;
  }
  std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> check(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(check.get(), identity_->trust(), leaf,
                      SSL_get_peer_cert_chain(session));
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(check.get()),
                              X509_V_FLAG_NO_CHECK_TIME);
  const bool vouches = X509_verify_cert(check.get()) == 1;
  ERR_clear_error();
  return vouches;
}

SSL* TlsContext::NewSession(const std::string& expected_peer,
                            Protocol protocol) const {
  SSL* session = SSL_new(context_.get());
  HERALD_CHECK(session != nullptr, "SSL_new fails only without memory");
  SSL_set_ex_data(session, PeerCheckSlot(),
                  new PeerCheck{expected_peer, "", protocol});
  if (end_ == End::kServer) {
    SSL_set_accept_state(session);
  } else {
    SSL_set_connect_state(session);
    SSL_set_alpn_protos(session, AlpnOf(protocol), sizeof kHttp3);
  }
  return session;
}

int TlsContext::Verify(X509_STORE_CTX* chain, void* self) {
  Status status = static_cast<TlsContext*>(self)->VerifyPeer(chain);
  if (status.ok()) return 1;
  auto* session = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (PeerCheck* check = CheckOf(session)) {
    check->why_refused = Message(status);
  }
  // A chain error has its own alert; ours all say bad_certificate.
  if (X509_STORE_CTX_get_error(chain) == X509_V_OK) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  }
  return 0;
}

Status TlsContext::VerifyPeer(X509_STORE_CTX* chain) const {
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(chain),
                             std::chrono::duration_cast<std::chrono::seconds>(
                                 loop_.WallNow().time_since_epoch())
                                 .count());
  if (X509_verify_cert(chain) != 1) {
    return InvalidArgument(
        std::string("the peer's certificate: ") +
        X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
  }
  StatusOr<SpiffeId> id = LeafId(X509_STORE_CTX_get0_cert(chain));
  if (!id.ok()) {
    return InvalidArgument("the peer's certificate " + Message(id.status()));
  }
  if (id->trust_domain() != identity_->id().trust_domain()) {
    return InvalidArgument("the peer is " + id->text() +
                           ", of another trust domain than ours");
  }
  auto* session = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const PeerCheck* check = CheckOf(session);
  HERALD_CHECK(check != nullptr, "sessions come from NewSession");
  if (!check->expected.empty() && id->text() != check->expected) {
    return InvalidArgument("the peer is " + id->text() + ", not " +
                           check->expected);
  }
  return absl::OkStatus();
}

bool Chose(const SSL* session, Protocol protocol) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session, &name, &size);
  const unsigned char* wanted = AlpnOf(protocol);
  return size == wanted[0] && std::memcmp(name, wanted + 1, size) == 0;
}

std::optional<SpiffeId> PeerIdentity(const SSL* session) {
  X509* leaf = SSL_get0_peer_certificate(session);
  if (leaf == nullptr || SSL_get_verify_result(session) != X509_V_OK) {
    return std::nullopt;
  }
  StatusOr<SpiffeId> id = LeafId(leaf);
  if (!id.ok()) return std::nullopt;
  return *std::move(id);
}

WallTime PeerNotAfter(const SSL* session) {
  X509* leaf = SSL_get0_peer_certificate(session);
  return leaf == nullptr ? WallTime() : NotAfter(leaf).value_or(WallTime());
}

std::string WhyRefused(const SSL* session) {
  const PeerCheck* check = CheckOf(session);
  return check == nullptr ? "" : check->why_refused;
}

}  // namespace herald::net
