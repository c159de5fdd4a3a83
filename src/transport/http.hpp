// HTTP requests to other services.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "base/task.hpp"
#include "transport/http_body.hpp"

namespace carillon::http {

struct Auth {
  // s3: a signature, AWS's Version 4 for the service S3. The user and password are the access key's two
  // halves. The request gives the header x-amz-content-sha256, and a query that is sorted and encoded as AWS
  // has it.
  enum class Scheme { basic, digest, s3 };
  Scheme scheme = Scheme::basic;
  std::string user;
  Secret password;
  // Of s3: "eu-central-1".
  std::string region = {};
};

// Redirects are followed to the same server only: the same host and port, or from http to https of the same
// host. GET and HEAD follow all, other methods 307 and 308, with method and body as they are, and 301 and 302
// that do nothing but go to https.
// What the client shows of itself on https:// (mutual TLS): files in PEM.
struct Certificate {
  // empty: none is shown.
  std::string file;
  // empty: it stands in the same file.
  std::string key;
};

struct Request {
  std::string method = "GET";
  // May hold no secret; see secret_query.
  std::string url;
  // Appended to the query ("key=..."), never shown.
  std::string secret_query;
  // Values are never shown.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Instead of `body`, for POST, PUT and PATCH.
  std::shared_ptr<Body> large_body;
  std::optional<Auth> auth;
  // Certificate and host name.
  bool verify = true;
  Certificate certificate;
  // For the whole exchange.
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  // Of the answer; more is a Failure.
  std::size_t max_body = std::size_t{16} << 20U;
  // More than that is no Failure: Response::too_large says so.
  bool may_be_large = false;
  // That are followed; then the redirect itself is the Response.
  int redirects = 5;
  // Other methods follow 301 and 302 likewise: the service documents it.
  bool redirects_repeat = false;
  // false: a 2xx is a Response, whatever becomes of the rest of the answer.
  bool needs_body = true;
};

struct Response {
  int status = 0;
  // Names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Larger than Request::max_body: the body is not whole.
  bool too_large = false;

  // The value of the first header of that (lower-case) name.
  std::optional<std::string_view> header(std::string_view name) const;
};

// The largest header of an answer that is read, in bytes.
inline constexpr std::uint32_t max_header = std::uint32_t{256} << 10U;

// Keeps connections open between requests. One per process; made by the composition root on the io_context
// thread.
class Client {
 public:
  virtual ~Client() = default;
  // Any HTTP status is a Response. Failure: unreachable (no connection, TLS error, time-out, broken answer),
  // rejected (not a URL). The text names method, scheme, host and path, never the query, headers or body.
  virtual Task<Response> request(Request request) = 0;
};

// What the program uses: plain_client.hpp over libcurl.
std::unique_ptr<Client> make_client(const asio::any_io_executor& executor);
// libcurl for every request.
std::unique_ptr<Client> make_curl_client(asio::any_io_executor executor);

// What a status means (contracts, "Verdict"): 2xx is success; 429 is throttled, and so are 3xx, 403, 408,
// 413, 425 and 5xx with Retry-After or an exhausted X-RateLimit-Remaining; 407, 408, 425, 5xx, a 3xx (with
// its Location), and what is no final status are unreachable; other 4xx are rejected, whatever pause they
// name. The pause is as it was asked for: whoever waits bounds it. The text is shown_answer(). now: seconds
// since the epoch, for dates. Services with rules of their own check those first and then come here.
Result<void> judge(const Response& response, std::int64_t now);

// Status, where a redirect leads, and beginning of the body, for people: one line.
std::string shown_answer(const Response& response);

// How long the account has no calls left although this one was answered (X-RateLimit-Remaining: 0 with
// X-RateLimit-Reset); nullopt when it has some, or the answer does not say. now: as above.
std::optional<std::chrono::seconds> exhausted(const Response& response, std::int64_t now);

// "120" or an HTTP date, as a duration from now (at least 0); nullopt when it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::int64_t now);

}  // namespace carillon::http
