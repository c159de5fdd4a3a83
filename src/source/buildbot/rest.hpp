// Buildbot's data API over HTTP.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "source/buildbot/complaints.hpp"
#include "source/buildbot/settings.hpp"
#include "transport/http.hpp"

namespace carillon::source::buildbot {

class Rest {
 public:
  // The references outlive this.
  Rest(const Settings& settings, http::Client& http, Complaints& complaints, const Clock& clock)
      : settings_(settings), http_(http), complaints_(complaints), clock_(clock) {}

  // The document at api/v2/<path>. Logs in when there are credentials and the master asks for it. Failure: as
  // http::judge says, with 404 rejected; unreachable, too, when the answer is not a JSON object.
  Task<json::value> get(std::string path);

  // The document at /config: what the master's own pages know of it. Failure: as get().
  Task<json::object> config();

  // As Master::get_up_to.
  Task<std::optional<json::value>> get_up_to(std::string path, std::size_t max_bytes);

  // The object that the document at the path is about, for building up an event. nullopt: the master cannot
  // give it (it is gone, or the answer is broken time and again), which is logged. Failure: the master is not
  // there now.
  Task<std::optional<json::object>> object(std::string path, std::string_view collection);

  // All objects that the document at the path lists; otherwise like object().
  Task<std::vector<json::object>> objects(std::string path, std::string_view collection);

  // Calls a method at api/v2/<path>, once: it is only sent again when the master wanted a login first. Yields
  // what the master answered. Failure: as json_rpc_result says, with the text for the person who asked;
  // rejected, "PATH does not exist", also where the master fails because of that; unreachable: the call may
  // have been heard or not. For what Buildbot makes of a call see buildbot.hpp.
  Task<json::value> control(std::string path, std::string method, json::object params);

  // Obtains a session cookie. Does nothing without credentials. Failure: rejected for a wrong password.
  Task<void> login();

  void forget_session() { cookies_.clear(); }
  bool has_session() const { return !cookies_.empty(); }

  // The headers that carry the session.
  std::vector<std::pair<std::string, std::string>> session_headers() const;

 private:
  struct Answer {
    // 0: none came.
    int status = 0;
    bool too_large = false;
    Result<json::value> document;
  };
  asio::awaitable<Answer> ask(const std::string& path, std::optional<std::size_t> max_bytes = std::nullopt);
  asio::awaitable<Answer> answer_to(const http::Request& request, const std::string& path);
  http::Request request_for(std::string_view path) const;
  // Logs in and sends it again when the master wants that. Failure: none came; the login failed.
  Task<http::Response> send(const http::Request& request);
  Task<http::Response> send_once(http::Request request);
  void take_cookies(const http::Response& response);

  const Settings& settings_;
  http::Client& http_;
  Complaints& complaints_;
  const Clock& clock_;
  std::vector<std::pair<std::string, std::string>> cookies_;
  std::int64_t calls_ = 0;
};

}  // namespace carillon::source::buildbot
