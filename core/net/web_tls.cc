// SPDX-License-Identifier: Apache-2.0
#include "core/net/web_tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <string_view>
#include <utility>

#include "core/base/check.h"

namespace herald::net {
namespace {

// Of TLS 1.2 only what has forward secrecy and authenticated encryption.
constexpr char kCiphersOf12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char kAlpn[] = {2,   'h', '2', 8,   'h', 't',
                                   't', 'p', '/', '1', '.', '1'};
constexpr unsigned char kSessionContext[] = "herald-web";

// Where distributions keep their roots: OpenSSL built apart from them looks
// elsewhere.
constexpr std::array<const char*, 4> kSystemRoots = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

using ContextPtr = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;

std::string LastError() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return text;
}

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_size,
               const unsigned char* in, unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kAlpn, sizeof kAlpn, in,
                            in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;  // HTTP/1.1 then, and not by name
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void UseSystemRoots(SSL_CTX* context) {
  // By OpenSSL's own rules first, which know SSL_CERT_FILE and SSL_CERT_DIR.
  SSL_CTX_set_default_verify_paths(context);
  for (const char* path : kSystemRoots) {
    if (SSL_CTX_load_verify_file(context, path) == 1) break;
  }
  ERR_clear_error();
}

Status UseTrust(SSL_CTX* context, const std::string& pem,
                const std::string& name) {
  HERALD_ASSIGN_OR_RETURN(auto roots, ReadCertificates(pem, name));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const X509Ptr& root : roots) X509_STORE_add_cert(store, root.get());
  ERR_clear_error();
  return absl::OkStatus();
}

Status UseCertificate(SSL_CTX* context, const IdentityFiles& pem,
                      const IdentityFiles& names) {
  HERALD_ASSIGN_OR_RETURN(auto chain,
                          ReadCertificates(pem.certificate, names.certificate));
  HERALD_ASSIGN_OR_RETURN(auto key, ReadKey(pem.key, names.key));
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return InvalidArgument(names.key +
                           ": does not belong to the certificate in " +
                           names.certificate);
  }
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return InvalidArgument(names.certificate +
                           ": OpenSSL refuses it: " + LastError());
  }
  for (size_t i = 1; i < chain.size(); ++i) {
    SSL_CTX_add1_chain_cert(context, chain[i].get());
  }
  return absl::OkStatus();
}

void SetRules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphersOf12);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, kSessionContext,
                                 sizeof kSessionContext - 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  // A root that was given is trusted, self-signed or not: clusters hand out
  // the CA that signs, which may lie below another.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context),
                              X509_V_FLAG_PARTIAL_CHAIN);
}

bool IsAddress(const std::string& host) {
  unsigned char parsed[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), parsed) == 1 ||
         inet_pton(AF_INET6, host.c_str(), parsed) == 1;
}

void Expect(SSL* session, const std::string& server) {
  X509_VERIFY_PARAM* param = SSL_get0_param(session);
  if (IsAddress(server)) {
    X509_VERIFY_PARAM_set1_ip_asc(param, server.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(param, server.data(), server.size());
  SSL_set_tlsext_host_name(session, server.c_str());
}

}  // namespace

WebTls::WebTls(End end, EventLoop& loop)
    : end_(end), loop_(loop), context_(nullptr, SSL_CTX_free) {}

StatusOr<std::unique_ptr<WebTls>> WebTls::Make(End end, EventLoop& loop,
                                               const IdentityFiles& pem,
                                               const IdentityFiles& names) {
  std::unique_ptr<WebTls> made(new WebTls(end, loop));
  HERALD_RETURN_IF_ERROR(made->Replace(pem, names));
  return made;
}

Status WebTls::Replace(const IdentityFiles& pem, const IdentityFiles& names) {
  const bool server = end_ == End::kServer;
  ContextPtr context(
      SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()),
      SSL_CTX_free);
  SetRules(context.get());
  if (!pem.trust.empty()) {
    HERALD_RETURN_IF_ERROR(UseTrust(context.get(), pem.trust, names.trust));
  } else if (!server) {
    UseSystemRoots(context.get());
  }
  const bool judges = !server || !pem.trust.empty();
  SSL_CTX_set_verify(context.get(),
                     judges ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                            : SSL_VERIFY_NONE,
                     nullptr);
  if (server || !pem.certificate.empty() || !pem.key.empty()) {
    HERALD_RETURN_IF_ERROR(UseCertificate(context.get(), pem, names));
  }
  if (server) {
    SSL_CTX_set_alpn_select_cb(context.get(), SelectAlpn, nullptr);
  } else {
    SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof kAlpn);
  }
  context_ = std::move(context);
  ++generation_;
  return absl::OkStatus();
}

SSL* WebTls::NewSession(const std::string& server) const {
  SSL* session = SSL_new(context_.get());
  HERALD_CHECK(session != nullptr, "SSL_new fails only without memory");
  X509_VERIFY_PARAM_set_time(SSL_get0_param(session),
                             std::chrono::duration_cast<std::chrono::seconds>(
                                 loop_.WallNow().time_since_epoch())
                                 .count());
  if (end_ == End::kServer) {
    SSL_set_accept_state(session);
  } else {
    SSL_set_connect_state(session);
    Expect(session, server);
  }
  return session;
}

http::Protocol WebProtocol(const SSL* session) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session, &name, &size);
  const std::string_view chosen(reinterpret_cast<const char*>(name), size);
  return chosen == "h2" ? http::Protocol::kHttp2 : http::Protocol::kHttp1;
}

}  // namespace herald::net
