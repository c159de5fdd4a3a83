// For tests: a Buildbot master's web service, inside the test's own io_context, as far as Carillon uses it.
#pragma once

#include <boost/asio/experimental/channel.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "fakes/http_server.hpp"
#include "fakes/websocket_peer.hpp"

namespace carillon::source::buildbot {

class FakeMaster {
 public:
  explicit FakeMaster(boost::asio::any_io_executor executor)
      : server_(executor, [this](const Received& request) { return answer(request); }) {
    server_.on_upgrade(
        [this](Socket socket, std::string head) { return serve(std::move(socket), std::move(head)); });
  }

  std::string url() const { return server_.url(); }

  // A build N belongs to builder 2, request N and buildset N. These change the database only:
  void add_build(int id, bool complete) { builds_[id] = complete; }
  void clear() { builds_.clear(); }

  // ... and these announce it, too:
  void start_build(int id) {
    builds_[id] = false;
    announce_message("buildrequests/" + number(id) + "/new", request(id));
    announce_message("buildsets/" + number(id) + "/new", buildset(id));
    announce_message("builds/" + number(id) + "/properties/update", properties());
    announce_build(id, "new");
  }
  void finish_build(int id) {
    builds_[id] = true;
    announce_build(id, "finished");
    if (build_results == 5) return;  // the request goes back to the queue
    announce_message("buildrequests/" + number(id) + "/complete", request(id));
    announce_message("buildsets/" + number(id) + "/complete", buildset(id));
  }
  // A request N that has no build (yet); results 6 or 3 end it.
  void add_request(int id, int results = -1) { requests_[id] = results; }
  void wait_for_build(int id) {
    add_request(id);
    announce_message("buildrequests/" + number(id) + "/new", waiting_request(id));
  }
  void end_request(int id, int results) {
    add_request(id, results);
    announce_message("buildrequests/" + number(id) + "/complete", waiting_request(id));
  }
  void announce_build(int id, const std::string& what) {
    announce_message("builds/" + number(id) + "/" + what, build(id));
  }
  void announce(std::string frame) {
    for (const auto& link : links_)
      link->try_send(boost::system::error_code(), frame);
  }
  std::size_t links() const { return links_.size(); }
  void lose_links() {
    for (const auto& link : links_)
      link->close();
    links_.clear();
  }

  // A call of a method that the master understood.
  struct Call {
    std::string path;
    json::object body;
    bool by_login = false;
  };
  std::vector<Call> calls;
  fakes::HttpServer::Reply call_answer = {.body = R"({"jsonrpc":"2.0","id":1,"result":null})"};
  // As a rule of `authz` in the master's configuration.
  bool calls_want_login = false;

  // The data API's paths that were asked for and begin so.
  std::vector<std::string> asked_for(const std::string& begin) const {
    std::vector<std::string> found;
    for (const auto& received : server_.received()) {
      if (received.target.starts_with("/api/v2/" + begin)) found.push_back(received.target);
    }
    return found;
  }

  // Of user ann with the password "password".
  bool wants_login = false;
  std::string session = "first";
  int logins = 0;
  // So many answers of the data API are garbage.
  int broken_answers = 0;
  bool worker_connected = true;
  // Of Buildbot; empty: it tells none.
  std::string version;
  // Of every build.
  int build_results = 0;

 private:
  using Received = fakes::HttpServer::Received;
  using Reply = fakes::HttpServer::Reply;
  using Socket = boost::asio::ip::tcp::socket;
  using Frames = boost::asio::experimental::channel<void(boost::system::error_code, std::string)>;

  static std::string number(int id) { return std::to_string(id); }

  static json::object properties() {
    return json::parse(R"({"branch":["main","Build"],"workername":["bell-1","Worker"]})").get_object();
  }
  json::object build(int id) const {
    json::object object;
    object["buildid"] = object["number"] = object["buildrequestid"] = id;
    object["builderid"] = 2;
    object["workerid"] = 1;
    object["started_at"] = 1'700'000'000 + id;
    object["complete"] = builds_.at(id);
    object["complete_at"] = nullptr;
    if (builds_.at(id)) object["complete_at"] = 1'700'000'010 + id;
    object["results"] = nullptr;
    if (builds_.at(id)) object["results"] = build_results;
    object["properties"] = json::object();
    return object;
  }
  static json::object request(int id) {
    json::object object;
    object["buildrequestid"] = object["buildsetid"] = id;
    object["builderid"] = 2;
    return object;
  }
  json::object waiting_request(int id) const {
    json::object object = request(id);
    object["builderid"] = 2;
    object["submitted_at"] = 1'700'000'000 + id;
    object["complete"] = requests_.at(id) >= 0;
    object["complete_at"] = nullptr;
    object["results"] = nullptr;
    if (requests_.at(id) >= 0) {
      object["complete_at"] = 1'700'000'005 + id;
      object["results"] = requests_.at(id);
    }
    return object;
  }
  json::object buildset(int id) const {
    const bool complete = builds_.contains(id) && builds_.at(id);
    json::object object;
    object["bsid"] = id;
    object["reason"] = "because";
    object["complete"] = complete;
    // All later than every build, so that the order is easy to tell.
    if (complete) object["complete_at"] = 1'700'000'100 + id;
    object["sourcestamps"] = json::parse(R"([{"branch": "main", "revision": "abc1", "codebase": ""}])");
    return object;
  }
  json::object worker() const {
    json::object object;
    object["workerid"] = 1;
    object["name"] = "bell-1";
    object["connected_to"] = json::array();
    if (worker_connected) object["connected_to"].get_array().emplace_back(json::object());
    object["configured_on"] = json::array{json::object()};
    return object;
  }

  void announce_message(const std::string& key, json::object message) {
    json::object frame;
    frame["k"] = key;
    frame["m"] = std::move(message);
    announce(json::serialize(frame));
  }

  bool logged_in(std::string_view header) const {
    return !wants_login || header.find("TWISTED_SESSION=" + session) != std::string_view::npos;
  }

  Reply answer(const Received& received) {
    if (received.target == "/auth/login") {
      if (received.header("authorization") != "Basic " + base64_encode("ann:password"))
        return {.status = 401};
      ++logins;
      return {.status = 302,
              .headers = {{"Location", "/"}, {"Set-Cookie", "TWISTED_SESSION=" + session + "; Path=/"}}};
    }
    if (!logged_in(received.header("cookie"))) return {.status = 403, .body = R"({"error":"not allowed"})"};
    if (received.target == "/config" && !version.empty()) {
      return {.body = R"({"title": "Buildbot", "versions": [["Python", "3.11.2"], ["Buildbot", ")" + version +
                      R"("], ["Twisted", "22.4.0"]]})"};
    }
    if (!received.target.starts_with("/api/v2/")) return {.status = 404};
    if (received.method == "POST") return call(received);
    if (broken_answers > 0) {
      --broken_answers;
      return {.body = "<html>not now</html>"};
    }
    return document(received.target.substr(8));
  }

  Reply call(const Received& received) {
    if (received.header("content-type") != "application/json") return {.status = 400};
    const bool by_login = received.header("cookie").find("TWISTED_SESSION=" + session) != std::string::npos;
    if (calls_want_login && !by_login) {
      return {.status = 403, .body = R"({"error":{"message":"you need to have role 'ringers'"}})"};
    }
    calls.push_back({received.target.substr(8), json::parse(received.body).get_object(), by_login});
    return call_answer;
  }

  Reply document(const std::string& target) {
    const auto query = target.find('?');
    const auto slash = target.find('/');
    const auto kind = target.substr(0, std::min(query, slash));
    json::array list;
    if (kind == "builders") {
      list.push_back(json::parse(R"({"builderid":2,"name":"pass","tags":["quick"]})"));
    } else if (kind == "workers") {
      list.emplace_back(worker());
    } else if (kind == "forceschedulers") {
      if (target == "forceschedulers/all") list.push_back(json::parse(R"({"name":"all"})"));
    } else if (target.ends_with("/properties")) {
      list.emplace_back(properties());
      return reply("properties", list);
    } else {
      for (const auto& [id, complete] : builds_) {
        if (kind != "buildrequests" || !requests_.contains(id)) add(list, kind, target, id, complete);
      }
      for (const auto& [id, results] : requests_) {
        if (kind == "buildrequests" || (kind == "buildsets" && slash != target.npos && !builds_.contains(id)))
          add(list, kind, target, id, results >= 0);
      }
      if (target.find("order=-") != target.npos && !list.empty()) list = json::array{list.back()};
    }
    if (slash != target.npos && list.empty()) return {.status = 404, .body = R"({"error":"not found"})"};
    return reply(kind, list);
  }

  void add(json::array& list, const std::string& kind, const std::string& target, int id,
           bool complete) const {
    const std::string name = kind == "builds" ? "buildid" : kind == "buildsets" ? "bsid" : "buildrequestid";
    const auto query = target.find('?') == target.npos ? "" : "&" + target.substr(target.find('?') + 1) + "&";
    if (query.empty() && target != kind + "/" + number(id)) return;
    if (query.find("complete=false") != query.npos && complete) return;
    const auto greater = query.find("__gt=");
    if (greater != query.npos && id <= std::stoi(query.substr(greater + 5))) return;
    const bool by_id = query.find("&" + name + "=") != query.npos;
    if (by_id && query.find("&" + name + "=" + number(id) + "&") == query.npos) return;
    json::object object = kind == "builds"         ? build(id)
                          : kind == "buildsets"    ? buildset(id)
                          : requests_.contains(id) ? waiting_request(id)
                                                   : request(id);
    if (query.find("property=*") != query.npos) object["properties"] = properties();
    list.emplace_back(std::move(object));
  }

  static Reply reply(const std::string& kind, const json::array& list) {
    json::object document;
    document[kind] = list;
    document["meta"] = json::object();
    return {.headers = {{"Content-Type", "application/json"}}, .body = json::serialize(document)};
  }

  boost::asio::awaitable<void> serve(Socket socket, std::string head) {
    const auto cookie = head.find("Cookie: ");
    if (!logged_in(cookie == head.npos ? "" : head.substr(cookie, head.find('\r', cookie) - cookie))) {
      const std::string refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
      co_await boost::asio::async_write(socket, boost::asio::buffer(refusal), tuple);
      co_return;
    }
    fakes::WebsocketPeer peer(std::move(socket));
    co_await peer.accept(head);
    auto frames = std::make_shared<Frames>(peer.executor(), 1000);
    for (int left = 7; left > 0; --left) {  // commands
      const auto text = co_await peer.read();
      if (!text) co_return;
      const auto command = json::parse(*text);
      const auto ok = R"({"msg":"OK","code":200,"_id":)" + json::serialize(command.at("_id")) + "}";
      if (left == 1) links_.push_back(frames);
      co_await peer.write(ok);
    }
    while (true) {
      const auto [closed, frame] = co_await frames->async_receive(tuple);
      if (closed) break;
      if (!co_await peer.write(frame)) break;
    }
    peer.drop();
  }

  static constexpr auto tuple = boost::asio::as_tuple(boost::asio::use_awaitable);
  // By id, whether they are complete.
  std::map<int, bool> builds_;
  // Those that are told of; -1: waiting, else their results.
  std::map<int, int> requests_;
  std::vector<std::shared_ptr<Frames>> links_;
  fakes::HttpServer server_;
};

}  // namespace carillon::source::buildbot
