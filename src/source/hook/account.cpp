#include "source/hook/account.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_known = 200;
constexpr std::size_t most_known_bytes = std::size_t{16} << 20U;
constexpr std::size_t largest_log = std::size_t{32} << 20U;

std::optional<std::int64_t> number_in(const http::Response& response,
                                      std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto value = response.header(name);
    if (!value) continue;
    const std::string_view text = trim(*value);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  return std::nullopt;
}

Result<json::value> json_of(const http::Response& response, std::int64_t now) {
  if (auto judged = http::judge(response, now); !judged) return failed(judged);
  boost::system::error_code error;
  json::value value = boost::json::parse(response.body, error);
  if (error) return unreachable("the answer is not JSON: " + error.message());
  return value;
}

// The address in `Link: <https://ci.example.org/x?page=2>; rel="next", <...>; rel="last"`.
std::string_view next_link(std::string_view links) {
  while (!links.empty()) {
    const auto begin = links.find('<');
    const auto end = links.find('>', std::min(begin, links.size()));
    if (end == std::string_view::npos) return {};
    const std::string_view address = links.substr(begin + 1, end - begin - 1);
    const auto following = links.find('<', end);
    const std::string_view parameters = links.substr(end, std::min(following, links.size()) - end);
    if (parameters.find("rel=\"next\"") != std::string_view::npos) return address;
    links = following == std::string_view::npos ? std::string_view() : links.substr(following);
  }
  return {};
}

// The path of the page behind that of `path`; empty: it is the last.
std::string next_page(const http::Response& response, const std::string& path) {
  const auto query = path.find('?');
  const std::string place = path.substr(0, query);
  const std::string_view link = next_link(response.header("link").value_or(""));
  const auto link_query = link.find('?');
  if (link_query != std::string_view::npos && is_ascii(link) &&
      link.find_first_of(" \t#") == std::string_view::npos)
    return place + std::string(link.substr(link_query));
  const std::string_view number = trim(response.header("x-next-page").value_or(""));
  if (!is_digits(number)) return {};
  std::string next = place + "?";
  if (query != std::string::npos) {
    for (const std::string_view pair : words_of(std::string_view(path).substr(query + 1), "&")) {
      if (!pair.starts_with("page=")) next += std::string(pair) + "&";
    }
  }
  return next + "page=" + std::string(number);
}

}  // namespace

Account::Account(http::Client& http, const Clock& clock, Access access)
    : http_(http), clock_(clock), access_(std::move(access)) {}

void Account::read_limits(const http::Response& response) {
  constexpr std::int64_t in_this_century = 1'000'000'000;
  left_ = number_in(response, {"x-ratelimit-remaining", "ratelimit-remaining"});
  limit_ = number_in(response, {"x-ratelimit-limit", "ratelimit-limit"});
  const std::int64_t reset = number_in(response, {"x-ratelimit-reset", "ratelimit-reset"}).value_or(0);
  // Some say when, some in how many seconds.
  reset_ = reset > in_this_century || reset <= 0 ? reset : clock_.now() / 1000 + reset;
}

std::chrono::seconds Account::rest() const {
  const std::int64_t now = clock_.now() / 1000;
  if (!left_ || !limit_ || *left_ * 10 >= *limit_ || reset_ <= now) return std::chrono::seconds(0);
  return std::min(std::chrono::seconds(reset_ - now), longest_asked_pause);
}

Task<void> Account::have_token() {
  constexpr std::int64_t fetched_every = 50 * 60;
  const std::int64_t now = clock_.now() / 1000;
  if (!access_.fetch_token || (token_fetched_ != 0 && now - token_fetched_ < fetched_every)) co_return ok();
  auto token = co_await access_.fetch_token();
  if (!token) co_return failed(token);
  token_ = std::move(*token);
  token_fetched_ = now;
  co_return ok();
}

Task<http::Response> Account::exchange(http::Request request) {
  request.headers.insert(request.headers.end(), access_.headers.begin(), access_.headers.end());
  request.auth = access_.auth;
  request.verify = access_.verify;
  const Gate::Place place = co_await gate_.enter();
  if (auto had = co_await have_token(); !had) co_return failed(had);
  if (access_.fetch_token) request.headers.emplace_back("Authorization", "Bearer " + token_.reveal());
  auto response = co_await http_.request(std::move(request));
  if (!response) co_return failed(response);
  read_limits(*response);
  const int status = response->status;
  if (status == 401) token_fetched_ = 0;
  if (status / 100 == 2 || status / 100 == 3 || status == 404) co_return response;
  auto judged = http::judge(*response, clock_.now() / 1000);
  if (!judged && (status == 401 || judged.error().kind != Failure::Kind::rejected)) co_return failed(judged);
  co_return response;
}

Task<http::Response> Account::get(std::string path) {
  http::Request request;
  request.url = access_.base + path;
  const auto known = std::ranges::find(known_, path, &Known::path);
  if (known != known_.end()) request.headers.emplace_back("If-None-Match", known->etag);
  auto response = co_await exchange(std::move(request));
  if (!response) co_return failed(response);
  const auto same = std::ranges::find(known_, path, &Known::path);
  if (response->status == 304) {
    if (same == known_.end()) co_return unreachable("HTTP 304 to a question that was not conditional");
    known_.splice(known_.begin(), known_, same);
    co_return known_.front().response;
  }
  if (same != known_.end()) {
    known_bytes_ -= same->response.body.size();
    known_.erase(same);
  }
  const auto etag = response->header("etag");
  if (response->status == 200 && etag && response->body.size() < most_known_bytes / 4) {
    known_bytes_ += response->body.size();
    known_.push_front({std::move(path), std::string(*etag), *response});
    while (known_.size() > most_known || known_bytes_ > most_known_bytes) {
      known_bytes_ -= known_.back().response.body.size();
      known_.pop_back();
    }
  }
  co_return response;
}

Task<http::Response> Account::get_up_to(std::string path, std::size_t most) {
  http::Request request;
  request.url = access_.base + path;
  request.max_body = most;
  request.may_be_large = true;
  co_return co_await exchange(std::move(request));
}

Task<json::value> Account::json(std::string path) {
  auto response = co_await get(std::move(path));
  if (!response) co_return failed(response);
  if (response->status == 404) co_return json::value(nullptr);
  co_return json_of(*response, clock_.now() / 1000);
}

Task<Listed> Account::list(std::string path, int most_pages,
                           std::function<bool(const json::array& page)> enough) {
  Listed all;
  for (int page = 0; page < most_pages && !path.empty(); ++page) {
    auto response = co_await get(path);
    if (!response) co_return failed(response);
    if (response->status == 404) co_return all;
    const auto value = json_of(*response, clock_.now() / 1000);
    if (!value) co_return failed(value.error());
    const json::array* items = value->if_array();
    if (items == nullptr) co_return all;
    all.items.insert(all.items.end(), items->begin(), items->end());
    if (enough && enough(*items)) co_return all;
    path = next_page(*response, path);
  }
  all.cut = !path.empty();
  co_return all;
}

Task<std::string> Account::tail(std::string path, std::size_t most) {
  constexpr int range_not_satisfiable = 416;  // the log is empty
  http::Request request;
  request.url = access_.base + path;
  request.headers.emplace_back("Range", "bytes=-" + std::to_string(most));
  request.max_body = largest_log;
  request.may_be_large = true;
  auto response = co_await exchange(std::move(request));
  if (!response) co_return failed(response);
  if (response->status == range_not_satisfiable) co_return std::string();
  if (auto judged = http::judge(*response, clock_.now() / 1000); !judged) co_return failed(judged);
  if (response->too_large) co_return rejected("it has more than " + megabytes(largest_log));
  co_return response->body.substr(response->body.size() - std::min(response->body.size(), most));
}

Task<http::Response> Account::send(std::string method, std::string path, std::string body) {
  http::Request request;
  request.method = std::move(method);
  request.url = access_.base + path;
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  co_return co_await exchange(std::move(request));
}

Task<http::Response> Account::post_form(std::string path, std::string form,
                                        std::vector<std::pair<std::string, std::string>> headers) {
  http::Request request;
  request.method = "POST";
  request.url = access_.base + path;
  request.headers = std::move(headers);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = std::move(form);
  request.redirects = 0;
  co_return co_await exchange(std::move(request));
}

}  // namespace carillon::source::hook
