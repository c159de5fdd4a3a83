// An account at a CI's API: one request at a time, no more than it allows.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "source/hook/api.hpp"
#include "transport/http.hpp"

namespace carillon::source::hook {

class Account {
 public:
  struct Access {
    // Of the API, ends in '/'. All requests go there: it is never out of a payload.
    std::string base;
    // They show who asks: {"Authorization", "Bearer ..."}. Never shown.
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<http::Auth> auth;
    bool verify = true;
    // Yields a token that is good for an hour, shown as Bearer; null: the headers say all.
    std::function<Task<Secret>()> fetch_token = nullptr;
  };
  // The references outlive it.
  Account(http::Client& http, const Clock& clock, Access access);

  // GET of a path below the base, with its query. An unchanged answer (ETag, 304) is the one that was given
  // before. Yields any final status below 500. Failure: as http::judge() has it for 429, 5xx and the like;
  // 401, and 403 without a limit, are rejected; the rest is unreachable.
  Task<http::Response> get(std::string path);
  // The same without ETags; a body of more bytes is cut (Response::too_large).
  Task<http::Response> get_up_to(std::string path, std::size_t most);
  // get(); its body as JSON. 404: null. Failure (rejected): any other 4xx; (unreachable): no JSON.
  Task<json::value> json(std::string path);
  // The last bytes of what is there, as a log: at most so many. It asks for no more (Range), and bears it
  // when the whole comes. Failure (rejected): there is none, or it is larger than 32 MiB and comes as a
  // whole.
  Task<std::string> tail(std::string path, std::size_t most);
  // What a list has on all its pages, at most so many. The first is at the path; where the next is says Link
  // (rel="next", of which only the query counts) or X-Next-Page. Where there is no list: none. enough:
  // whether a page need not be followed by another one; null: none is the last by itself. Failure: as json().
  Task<Listed> list(std::string path, int most_pages,
                    std::function<bool(const json::array& page)> enough = nullptr);
  // Any other method, with a body of JSON or none.
  Task<http::Response> send(std::string method, std::string path, std::string body);
  // POST of a form; headers: more of them, which are never shown. 302 and the like are answers.
  Task<http::Response> post_form(std::string path, std::string form,
                                 std::vector<std::pair<std::string, std::string>> headers);

  // Requests that are left, as the last answer said.
  std::optional<std::int64_t> left() const { return left_; }
  // How long to leave the account to others: less than a tenth is left. 0: go on.
  std::chrono::seconds rest() const;

 private:
  Task<http::Response> exchange(http::Request request);
  // Sees to a token that is good, where one is fetched.
  Task<void> have_token();
  void read_limits(const http::Response& response);

  struct Known {
    std::string path;
    std::string etag;
    http::Response response;
  };

  http::Client& http_;
  const Clock& clock_;
  Access access_;
  Gate gate_{1};
  // What was fetched; and when, in seconds.
  Secret token_;
  std::int64_t token_fetched_ = 0;
  // The last used first.
  std::list<Known> known_;
  std::size_t known_bytes_ = 0;
  std::optional<std::int64_t> left_;
  std::optional<std::int64_t> limit_;
  // Seconds since the epoch.
  std::int64_t reset_ = 0;
};

}  // namespace carillon::source::hook
