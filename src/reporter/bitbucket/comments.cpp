#include "reporter/bitbucket/comments.hpp"

#include <algorithm>

#include "reporter/common/comment_text.hpp"

namespace carillon::reporter::bitbucket {
namespace {

constexpr int max_pages = 50;

std::optional<Comment> marked_comment(const json::object& page, const std::string& mark_key,
                                      const std::vector<std::int64_t>& gone) {
  const json::array* activities = array_at(page, "values");
  if (activities == nullptr) return std::nullopt;
  for (const json::value& item : *activities) {
    const json::object* activity = item.if_object();
    if (activity == nullptr || string_at(*activity, "action") != "COMMENTED") continue;
    const auto text = string_at(*activity, "comment.text");
    const auto id = integer_at(*activity, "comment.id");
    if (!text || !id || std::ranges::find(gone, *id) != gone.end() ||
        !has_mark(Mark::link_definition, *text, mark_key))
      continue;
    Comment comment;
    comment.id = *id;
    comment.version = integer_at(*activity, "comment.version").value_or(0);
    comment.text = *text;
    return comment;
  }
  return std::nullopt;
}

}  // namespace

Comments::Comments(const Environment& environment, const Wire& wire, std::string base_url, http::Auth auth)
    : env_(environment), wire_(wire), base_url_(std::move(base_url)), auth_(std::move(auth)) {}

std::string Comments::url_of(const std::string& path, std::string_view rest) const {
  return base_url_ + "/rest/api/1.0/" + path + std::string(rest);
}

Task<std::optional<Comment>> Comments::find(const std::string& path, const std::string& mark_key,
                                            const std::vector<std::int64_t>& gone) {
  std::int64_t start = 0;
  for (int count = 0; count < max_pages; ++count) {
    http::Request request;
    request.url = url_of(path, "/activities?limit=100&start=" + std::to_string(start));
    request.auth = auth_;
    const auto response = co_await exchange(env_, wire_, std::move(request));
    if (!response) co_return failed(response);
    if (const auto judged = http::judge(*response, env_.clock.now() / 1000); !judged) {
      Failure failure = judged.error();
      failure.what = "looking for an earlier comment: " + failure.what;
      co_return failed(std::move(failure));
    }
    boost::system::error_code error;
    const json::value parsed = json::parse(response->body, error);
    const json::object* page = error ? nullptr : parsed.if_object();
    if (page == nullptr || array_at(*page, "values") == nullptr) {
      co_return unreachable("looking for an earlier comment: the answer is not a list of activities");
    }
    if (auto found = marked_comment(*page, mark_key, gone)) co_return found;
    const auto next = integer_at(*page, "nextPageStart");
    const json::value* last = page->if_contains("isLastPage");
    if (!next || *next <= start || last == nullptr || *last == json::value(true)) break;
    start = *next;
  }
  co_return std::nullopt;
}

Task<http::Response> Comments::add(const std::string& path, const std::string& text) {
  json::object body;
  body["text"] = text;
  http::Request request = json_post(wire_, url_of(path), json::serialize(body));
  request.auth = auth_;
  request.needs_body = false;
  co_return co_await exchange(env_, wire_, std::move(request));
}

Task<http::Response> Comments::replace(const std::string& path, const Comment& comment,
                                       const std::string& text) {
  json::object body;
  body["text"] = text;
  body["version"] = comment.version;
  http::Request request =
      json_post(wire_, url_of(path, "/comments/" + std::to_string(comment.id)), json::serialize(body));
  request.method = "PUT";
  request.auth = auth_;
  request.needs_body = false;
  co_return co_await exchange(env_, wire_, std::move(request));
}

}  // namespace carillon::reporter::bitbucket
