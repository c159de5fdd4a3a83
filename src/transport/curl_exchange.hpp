// One HTTP exchange as libcurl sees it: a request loaded into an easy handle, an answer collected from it.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "transport/curl_upload.hpp"
#include "transport/http.hpp"
#include "transport/http_target.hpp"

namespace carillon::http {

// Does not move: curl holds pointers into it from load() to unload().
class CurlExchange {
 public:
  // target: checked_target(request).
  static std::unique_ptr<CurlExchange> make(Request request, Target target,
                                            const asio::any_io_executor& executor);
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  // Sets what is the same for every request of a new handle.
  static void prepare(CURL* easy);

  void load(CURL* easy);
  void unload(CURL* easy);  // afterwards the handle may serve another exchange

  const std::string& origin() const { return target_.origin; }

  // The answer, or why there is none; call it once.
  Result<Response> result(CURLcode code);

 private:
  CurlExchange(Request request, Target target, const asio::any_io_executor& executor);

  static std::size_t on_header(const char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* self);
  void add_header(std::string line);
  void load_method(CURL* easy);
  void load_auth(CURL* easy);

  Request request_;
  Target target_;
  std::shared_ptr<CurlUpload> upload_;  // of a large body
  std::vector<std::string> lines_;      // the request's header
  std::vector<curl_slist> line_nodes_;  // over lines_
  Response response_;
  std::size_t header_size_ = 0;
  std::string too_large_;  // what was, for the operator; empty: nothing
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace carillon::http
