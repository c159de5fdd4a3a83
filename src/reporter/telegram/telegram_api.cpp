#include "reporter/telegram/telegram_api.hpp"

#include "base/encoding.hpp"

namespace carillon::reporter::telegram {
namespace {

// A boundary that is nowhere in the parts.
std::string boundary_for(const std::string& parts) {
  std::string boundary = "carillon-" + short_hash(parts);
  while (parts.find(boundary) != std::string::npos)
    boundary += short_hash(boundary);
  return boundary;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

asio::awaitable<Reply> Api::call(std::string method, json::object parameters,
                                 std::chrono::milliseconds timeout) const {
  http::Request request;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = json::serialize(parameters);
  request.timeout = timeout;
  co_return co_await send(method, std::move(request));
}

asio::awaitable<Reply> Api::upload(std::string method, json::object parameters, std::string field,
                                   std::string file_name, std::string content) const {
  std::string all = content;
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& one : parameters) {
    const json::value& value = one.value();
    fields.emplace_back(one.key(),
                        value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    all += fields.back().second;
  }
  const std::string boundary = boundary_for(all);
  http::Request request;
  request.headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
  const std::string begin = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"";
  for (const auto& [name, value] : fields)
    request.body += begin + name + "\"\r\n\r\n" + value + "\r\n";
  request.body += begin + field + "\"; filename=\"" + file_name +
                  "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n--" + boundary +
                  "--\r\n";
  co_return co_await send(method, std::move(request));
}

asio::awaitable<Reply> Api::send(const std::string& method, http::Request request) const {
  request.method = "POST";
  request.url = base_url_ + "/bot" + token_.reveal() + "/" + method;
  request.verify = verify_;
  const auto response = co_await env_.http.request(std::move(request));
  Reply reply;
  if (response) {
    reply = reply_of(*response, env_.clock.now() / 1000);
    reply.what = method + ": " + hidden(std::move(reply.what));
  } else {
    reply.what = hidden(response.error().what);
    if (response.error().kind == Failure::Kind::rejected) reply.kind = Reply::Kind::rejected;
  }
  co_return reply;
}

std::string Api::hidden(std::string text) const {
  replace_all(text, token_.reveal(), "***");
  replace_all(text, percent_encode(token_.reveal()), "***");
  return text;
}

}  // namespace carillon::reporter::telegram
