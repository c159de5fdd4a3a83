// Gives libcurl the body of a request piece by piece. Internal to curl_exchange.cpp.
#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "transport/http_body.hpp"

namespace carillon::http {

// curl asks when it can send and is told to wait while a piece is read. Everything on the executor's one
// thread. Pending reads share its ownership.
class CurlUpload : public std::enable_shared_from_this<CurlUpload> {
 public:
  // The body was begun.
  CurlUpload(asio::any_io_executor executor, std::shared_ptr<Body> body);

  void attach(CURL* easy);
  // The transfer has ended: curl is not called any more.
  void detach();

  // Whether a piece is being read: nobody else may read the body meanwhile.
  bool reading() const { return reading_; }
  // Why the body could not be read; empty: it could.
  const std::string& failure() const { return failure_; }

 private:
  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  void fetch();
  static asio::awaitable<void> read(std::shared_ptr<CurlUpload> self);

  asio::any_io_executor executor_;
  std::shared_ptr<Body> body_;
  CURL* easy_ = nullptr;
  // What of it curl has not taken.
  std::string_view piece_;
  bool reading_ = false;
  bool ended_ = false;
  bool paused_ = false;
  // Before the next piece.
  bool rewind_ = false;
  std::string failure_;
};

}  // namespace carillon::http
