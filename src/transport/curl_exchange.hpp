// One HTTP exchange as libcurl sees it: a request loaded into an easy handle, an answer collected from it.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "transport/curl_upload.hpp"
#include "transport/http.hpp"
#include "transport/http_target.hpp"
#include "transport/lookups.hpp"

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

  // The addresses of the target, looked up within the request's time, of which less is left then. Before
  // load(). Failure: unreachable; the text is complete.
  Task<void> look_up(asio::any_io_executor executor);

  void load(CURL* easy);
  // Afterwards the handle may serve another exchange.
  void unload(CURL* easy);

  const std::string& origin() const { return target_.origin; }

  // The answer, or why there is none; call it once.
  Result<Response> result(CURLcode code);
  // After unload(), where the request may be sent once more; nullopt while its large body is being read.
  std::optional<Request> take_request();

 private:
  CurlExchange(Request request, Target target, const asio::any_io_executor& executor);

  static std::size_t on_header(const char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* self);
  // libcurl asks before it connects to an address, and before it uses a connection, new or kept.
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_ready(void* self, char* peer, char* local, int peer_port, int local_port);
  bool allows(const asio::ip::address& address);
  void add_header(std::string line);
  void load_method(CURL* easy);
  void load_auth(CURL* easy);

  const net::Lookups& lookups_;
  Request request_;
  Target target_;
  // Of a large body.
  std::shared_ptr<CurlUpload> upload_;
  // The request's header.
  std::vector<std::string> lines_;
  // Over lines_.
  std::vector<curl_slist> line_nodes_;
  // For CURLOPT_RESOLVE.
  std::string resolve_;
  // Over resolve_.
  curl_slist resolve_node_{};
  Response response_;
  std::size_t header_size_ = 0;
  // The whole final one.
  bool has_header_ = false;
  // An address, for the operator; empty: all were.
  std::string not_allowed_;
  // What was, for the operator; empty: nothing.
  std::string too_large_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace carillon::http
