// The comments of pull requests on a Bitbucket Server, over its REST API.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporter/common/http_exchange.hpp"
#include "reporter/environment.hpp"

namespace carillon::reporter::bitbucket {

struct Comment {
  std::int64_t id = 0;
  // A change must name the version that it changes.
  std::int64_t version = 0;
  std::string text;
};

// `path` is that of a pull request (pull_request.hpp).
class Comments {
 public:
  Comments(const Environment& environment, const Wire& wire, std::string base_url, http::Auth auth);

  // Where the comments of the pull request are posted to.
  std::string url_of(const std::string& path) const { return url_of(path, "/comments"); }

  // The newest comment with the mark (comment_text.hpp), but none with an id in `gone`. Looks through
  // the newest 5000 activities. Failure: as http::judge() says; a broken answer is unreachable.
  Task<std::optional<Comment>> find(const std::string& path, const std::string& mark_key,
                                    const std::vector<std::int64_t>& gone);

  Task<http::Response> add(const std::string& path, const std::string& text);

  // 409: it was changed meanwhile. 404: it is no longer there. 403: it is somebody else's.
  Task<http::Response> replace(const std::string& path, const Comment& comment, const std::string& text);

 private:
  std::string url_of(const std::string& path, std::string_view rest) const;

  Environment env_;
  Wire wire_;
  std::string base_url_;
  http::Auth auth_;
};

}  // namespace carillon::reporter::bitbucket
