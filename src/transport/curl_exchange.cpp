#include "transport/curl_exchange.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "transport/curl_place.hpp"
#include "transport/http_answer.hpp"
#include "transport/http_request.hpp"

namespace carillon::http {
namespace {

// Of "HTTP/1.1 204 ..."; curl has checked the line.
int status_of(std::string_view line) {
  const auto space = line.find(' ');
  int status = 0;
  if (space != std::string_view::npos) {
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  }
  return status;
}

// curl_easy_setopt is a vararg function: these give it the type that it reads.
void set(CURL* easy, CURLoption option, long value) {
  curl_easy_setopt(easy, option, value);
}
void set_text(CURL* easy, CURLoption option, const char* value) {
  curl_easy_setopt(easy, option, value);
}

bool lookup_failed(CURLcode code, std::string_view why) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
         (code == CURLE_OPERATION_TIMEDOUT && why.starts_with("Resolving timed out"));
}

}  // namespace

std::unique_ptr<CurlExchange> CurlExchange::make(Request request, Target target,
                                                 const asio::any_io_executor& executor) {
  return std::unique_ptr<CurlExchange>(new CurlExchange(std::move(request), std::move(target), executor));
}

CurlExchange::CurlExchange(Request request, Target target, const asio::any_io_executor& executor)
    : lookups_(net::Lookups::of(executor)), request_(std::move(request)), target_(std::move(target)) {
  if (request_.large_body) upload_ = std::make_shared<CurlUpload>(executor, request_.large_body);
  lines_.reserve(request_.headers.size() + 2);
  bool has_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (same_letters(name, "content-type")) has_type = true;
    std::string line = name;
    line += value.empty() ? ";" : ": ";  // an empty header is written so
    line += value;
    add_header(std::move(line));
  }
  // libcurl 7.88 signs each of these lines, also those that only say what is not sent.
  const bool is_signed = request_.auth && request_.auth->scheme == Auth::Scheme::s3;
  if (!is_signed) add_header("Expect:");  // curl would ask for 100-continue and wait
  if (!is_signed && !has_type) add_header("Content-Type:");
  line_nodes_.resize(lines_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    line_nodes_[i].data = lines_[i].data();
    line_nodes_[i].next = i + 1 < lines_.size() ? &line_nodes_[i + 1] : nullptr;
  }
}

void CurlExchange::add_header(std::string line) {
  lines_.push_back(std::move(line));
}

void CurlExchange::prepare(CURL* easy) {
  set(easy, CURLOPT_NOSIGNAL, 1);
  set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
  set_text(easy, CURLOPT_USERAGENT, user_agent);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1);
  // What is left for libcurl to look up (a proxy's name) is not waited for when its request has ended.
  set(easy, CURLOPT_QUICK_EXIT, 1);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::on_open);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlExchange::on_ready);
}

Task<void> CurlExchange::look_up(asio::any_io_executor executor) {
  const auto place = place_to_look_up(target_);
  if (!place) co_return ok();
  const auto begun = std::chrono::steady_clock::now();
  const auto found = co_await net::look_up(executor, place->host, place->port, begun + request_.timeout);
  if (!found) co_return unreachable(about(request_, target_, found.error().what));
  const auto taken = std::chrono::steady_clock::now() - begun;
  request_.timeout -= std::chrono::floor<std::chrono::milliseconds>(taken);
  resolve_ = resolve_line(*place, *found);
  resolve_node_.data = resolve_.data();
  co_return ok();
}

void CurlExchange::load(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, line_nodes_.data());
  set_text(easy, CURLOPT_URL, target_.request.c_str());
  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_.empty() ? nullptr : &resolve_node_);
  set_text(easy, CURLOPT_NOPROXY, target_.loopback ? "*" : nullptr);
  set(easy, CURLOPT_SSL_VERIFYPEER, request_.verify ? 1 : 0);
  set(easy, CURLOPT_SSL_VERIFYHOST, request_.verify ? 2 : 0);
  const Certificate& own = request_.certificate;
  set_text(easy, CURLOPT_SSLCERT, own.file.empty() ? nullptr : own.file.c_str());
  set_text(easy, CURLOPT_SSLKEY, own.key.empty() ? nullptr : own.key.c_str());
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request_.timeout.count(), 1)));
  load_method(easy);
  load_auth(easy);
}

void CurlExchange::load_method(CURL* easy) {
  const bool has_body = upload_ != nullptr || !request_.body.empty();
  set(easy, CURLOPT_NOBODY, 0);
  if (request_.method == "HEAD") {
    set_text(easy, CURLOPT_CUSTOMREQUEST, nullptr);
    set(easy, CURLOPT_NOBODY, 1);
  } else if (has_body || may_have_body(request_.method)) {
    set(easy, CURLOPT_POST, 1);
    set_text(easy, CURLOPT_POSTFIELDS, upload_ ? nullptr : request_.body.c_str());
    const std::uint64_t size = upload_ ? request_.large_body->size() : request_.body.size();
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size));
    if (upload_) upload_->attach(easy);
    set_text(easy, CURLOPT_CUSTOMREQUEST, request_.method == "POST" ? nullptr : request_.method.c_str());
  } else {
    set(easy, CURLOPT_HTTPGET, 1);
    set_text(easy, CURLOPT_CUSTOMREQUEST, request_.method == "GET" ? nullptr : request_.method.c_str());
  }
}

void CurlExchange::load_auth(CURL* easy) {
  const auto& auth = request_.auth;
  const bool digest = auth && auth->scheme == Auth::Scheme::digest;
  const bool is_signed = auth && auth->scheme == Auth::Scheme::s3;
  set(easy, CURLOPT_HTTPAUTH, static_cast<long>(digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
  const std::string how = is_signed ? "aws:amz:" + auth->region + ":s3" : "";
  set_text(easy, CURLOPT_AWS_SIGV4,
           is_signed ? how.c_str() : nullptr);  // after CURLOPT_HTTPAUTH, which it sets
  set_text(easy, CURLOPT_USERNAME, auth ? auth->user.c_str() : nullptr);
  set_text(easy, CURLOPT_PASSWORD, auth ? auth->password.reveal().c_str() : nullptr);
}

void CurlExchange::unload(CURL* easy) {
  if (upload_) upload_->detach();
  if (request_.auth && request_.auth->scheme == Auth::Scheme::digest) {
    curl_easy_reset(easy);  // forgets the nonces of that server
    prepare(easy);
    return;
  }
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_RESOLVE, nullptr);
}

std::size_t CurlExchange::on_header(const char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {  // again after 100-continue and after a challenge
    exchange.response_.headers.clear();
    exchange.response_.body.clear();
    exchange.header_size_ = 0;
    exchange.has_header_ = false;
    exchange.response_.status = status_of(line);
  }
  exchange.header_size_ += line.size();
  if (exchange.header_size_ > max_header) {
    exchange.too_large_ = header_too_large();
    return 0;
  }
  if (line.starts_with("HTTP/")) return line.size();
  auto& headers = exchange.response_.headers;
  const auto colon = line.find(':');
  if (trim(line).empty()) {
    const int status = exchange.response_.status;
    exchange.has_header_ = status / 100 != 1 || status == 101;
  } else if ((line.front() == ' ' || line.front() == '\t') && !headers.empty()) {
    add_folded(headers.back().second, line);
  } else if (colon != std::string_view::npos) {
    headers.emplace_back(lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
  }
  return line.size();
}

std::size_t CurlExchange::on_body(const char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::size_t length = size * count;
  if (add_to_body(exchange.response_, {data, length}, exchange.request_.max_body)) return length;
  exchange.too_large_ = body_too_large(exchange.request_.max_body);
  return CURL_WRITEFUNC_ERROR;
}

std::optional<Request> CurlExchange::take_request() {
  if (upload_ && upload_->reading()) return std::nullopt;
  return std::move(request_);
}

bool CurlExchange::allows(const asio::ip::address& address) {
  if (lookups_.allows(address)) return true;
  not_allowed_ = net::not_allowed(address);
  return false;
}

curl_socket_t CurlExchange::on_open(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  asio::ip::tcp::endpoint to;
  if (address->addrlen > to.capacity()) return CURL_SOCKET_BAD;
  std::memcpy(to.data(), &address->addr, address->addrlen);
  if (!static_cast<CurlExchange*>(self)->allows(to.address())) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int CurlExchange::on_ready(void* self, char* peer, char* /*local*/, int /*peer_port*/, int /*local_port*/) {
  boost::system::error_code unknown;
  const auto address = asio::ip::make_address(peer, unknown);
  const bool fine = !unknown && static_cast<CurlExchange*>(self)->allows(address);
  return fine ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

Result<Response> CurlExchange::result(CURLcode code) {
  if ((code == CURLE_OK && has_header_) || is_enough(request_, response_)) return std::move(response_);
  std::string why = error_[0] != '\0' ? fold_to_line(valid_utf8(error_.data())) : curl_easy_strerror(code);
  if (!not_allowed_.empty() && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
    why = not_allowed_;
  } else if (!too_large_.empty()) {
    why = too_large_;
  } else if (upload_ && !upload_->failure().empty()) {
    why = upload_->failure();
  } else if (code == CURLE_ABORTED_BY_CALLBACK) {
    why = net::given_up;
  } else if (code == CURLE_OK) {
    why = cut_short;
  } else if (lookup_failed(code, why)) {
    why = "name lookup: " + why;
  }
  why = about(request_, target_, why);
  const bool hopeless = code == CURLE_URL_MALFORMAT;
  return hopeless ? Result<Response>(rejected(std::move(why)))
                  : Result<Response>(unreachable(std::move(why)));
}

}  // namespace carillon::http
