// A server on 127.0.0.1, inside the test's own io_context, that shows a certificate made for the test.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace carillon::fakes {

class TlsServer {
 public:
  struct Certificate {
    // Or "DNS:name".
    std::string of = "IP:127.0.0.1";
    bool expired = false;
    // Else by an authority of its own, see authority().
    bool self_signed = false;
  };

  // Sends back what comes. hello: sent in the clear first; TLS begins when a line has come for an answer
  // (STARTTLS). Empty: with the first byte.
  TlsServer(boost::asio::any_io_executor executor, const Certificate& certificate, std::string hello = "");
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const;
  // PEM, of whom to trust.
  std::string authority() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace carillon::fakes
