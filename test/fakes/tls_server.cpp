#include "fakes/tls_server.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <utility>

namespace carillon::fakes {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr long an_hour = 3600;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

void check(bool fine) {
  if (!fine) throw std::runtime_error("OpenSSL makes no certificate");
}

Key make_key() {
  return {EVP_EC_gen("P-256"), &EVP_PKEY_free};
}

void extend(X509* certificate, int what, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()), &X509_EXTENSION_free);
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// issuer: null: itself.
X509Ptr make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuers_key, bool expired,
             const std::string& of) {
  X509Ptr made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -2 * an_hour);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), expired ? -an_hour : an_hour);
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer == nullptr ? made.get() : issuer));
  X509_set_pubkey(made.get(), key);
  if (of.empty()) extend(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!of.empty()) extend(made.get(), NID_subject_alt_name, of);
  check(X509_sign(made.get(), issuers_key, EVP_sha256()) > 0);
  return made;
}

std::string pem_of(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  check(PEM_write_bio_X509(out.get(), certificate) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

class TlsServer::State : public std::enable_shared_from_this<State> {
 public:
  State(const asio::any_io_executor& executor, const Certificate& certificate, std::string hello)
      : acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        context_(asio::ssl::context::tls_server),
        hello_(std::move(hello)) {
    const Key authoritys_key = make_key();
    const Key key = make_key();
    const X509Ptr issuer =
        make("an authority", authoritys_key.get(), nullptr, authoritys_key.get(), false, "");
    const X509Ptr own =
        certificate.self_signed
            ? make("a server", key.get(), nullptr, key.get(), certificate.expired, certificate.of)
            : make("a server", key.get(), issuer.get(), authoritys_key.get(), certificate.expired,
                   certificate.of);
    check(SSL_CTX_use_certificate(context_.native_handle(), own.get()) == 1);
    check(SSL_CTX_use_PrivateKey(context_.native_handle(), key.get()) == 1);
    authority = pem_of(issuer.get());
  }

  static asio::awaitable<void> accept(std::shared_ptr<State> self) {
    for (;;) {
      auto [error, socket] = co_await self->acceptor.async_accept(as_values);
      if (error) co_return;
      asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(socket)), asio::detached);
    }
  }

  tcp::acceptor acceptor;
  std::string authority;

 private:
  static asio::awaitable<void> serve(std::shared_ptr<State> self, tcp::socket socket) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), self->context_);
    if (!self->hello_.empty()) {
      std::string line;
      co_await asio::async_write(stream.next_layer(), asio::buffer(self->hello_), as_values);
      co_await asio::async_read_until(stream.next_layer(), asio::dynamic_buffer(line), '\n', as_values);
    }
    const auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_values);
    if (refused) co_return;
    std::array<char, 1000> buffer{};
    for (;;) {
      const auto [error, size] = co_await stream.async_read_some(asio::buffer(buffer), as_values);
      if (error) co_return;
      co_await asio::async_write(stream, asio::buffer(buffer, size), as_values);
    }
  }

  asio::ssl::context context_;
  std::string hello_;
};

TlsServer::TlsServer(asio::any_io_executor executor, const Certificate& certificate, std::string hello)
    : state_(std::make_shared<State>(executor, certificate, std::move(hello))) {
  asio::co_spawn(executor, State::accept(state_), asio::detached);
}

TlsServer::~TlsServer() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

std::uint16_t TlsServer::port() const {
  return state_->acceptor.local_endpoint().port();
}

std::string TlsServer::authority() const {
  return state_->authority;
}

}  // namespace carillon::fakes
