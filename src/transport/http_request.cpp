#include "transport/http_request.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "base/encoding.hpp"
#include "base/letters.hpp"

namespace carillon::http {
namespace {

constexpr std::size_t small_body = std::size_t{64} << 10U;

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

bool is_token(std::string_view text) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

std::string head_of(const Request& request, const Target& target) {
  std::string head;
  head.reserve(512);
  head += request.method;
  head += ' ';
  head += target.path;
  head += target.query;
  head += " HTTP/1.1\r\n";
  const auto given = [&request](std::string_view name) {
    return std::ranges::any_of(request.headers, [&](const auto& of) { return same_letters(of.first, name); });
  };
  if (!given("Host")) add_field(head, "Host", target.authority());
  if (!given("User-Agent")) add_field(head, "User-Agent", user_agent);
  if (!given("Accept")) add_field(head, "Accept", "*/*");
  if (request.auth && !given("Authorization")) {
    const std::string both = request.auth->user + ':' + request.auth->password.reveal();
    add_field(head, "Authorization", "Basic " + base64_encode(both));
  }
  for (const auto& [name, value] : request.headers)
    add_field(head, name, value);
  if (may_have_body(request.method) || !request.body.empty())
    add_field(head, "Content-Length", std::to_string(request.body.size()));
  head += "\r\n";
  return head;
}

}  // namespace

std::string about(const Request& request, const Target& target, std::string_view why) {
  return std::string(request.method).append(" ").append(target.shown()).append(": ").append(why);
}

bool may_have_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

// HTTP_PROXY is none of them, because a CGI's client could set it.
bool proxy_named(const Target& target) {
  const auto named = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value != nullptr && *value != '\0';
  };
  if (std::ranges::any_of(std::array{"all_proxy", "ALL_PROXY"}, named)) return true;
  if (!target.secure) return named("http_proxy");
  return std::ranges::any_of(std::array{"https_proxy", "HTTPS_PROXY"}, named);
}

Result<Target> checked_target(const Request& request) {
  auto target = parse_target(request.url, request.secret_query);
  if (!target)
    return rejected("not an http or https URL: " +
                    fold_to_line(request.url.substr(0, request.url.find('?'))));
  if (!is_token(request.method)) return rejected(target->shown() + ": not an HTTP method");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || breaks_line(value)) {
      return rejected(about(request, *target,
                            "the header '" + fold_to_line(name) + "' holds a line break or is not a name"));
    }
  }
  return std::move(*target);
}

bool is_enough(const Request& request, const Response& response) {
  if (response.too_large && request.may_be_large) return true;
  return !request.needs_body && response.status >= 200 && response.status < 300;
}

std::optional<Plain> plain(const Request& request, const Target& target) {
  if (target.secure || target.has_login || request.body.size() > small_body) return std::nullopt;
  if (request.large_body) return std::nullopt;
  if (request.auth && request.auth->scheme != Auth::Scheme::basic) return std::nullopt;
  if (!target.loopback && proxy_named(target)) return std::nullopt;
  const bool ascii = std::ranges::all_of(target.host, [](char c) { return c > ' ' && c < 0x7f; });
  if (!ascii) return std::nullopt;  // names of other scripts are encoded first
  return Plain{.host = target.host, .port = target.port, .head = head_of(request, target)};
}

}  // namespace carillon::http
