// Which route answers a request. Routes come and go: sources, bots and the server contribute them.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "web/message.hpp"

namespace carillon::web {

// What happens to those who show no token that a path knows. Asked with the header alone. Of a path that is
// secret the pattern stands in its place, and what stands in its first parameter as `authorization`.
class Guard {
 public:
  virtual ~Guard() = default;
  // Before any token is looked at; a value is the answer.
  virtual std::optional<Response> before(const Head& head) = 0;
  // No route of the path admits it: the answer.
  virtual Response nobody_admits(const Head& head) = 0;
};

class Router {
 public:
  // guard: of routes that have `admits`; outlives the router. Null where there are none.
  explicit Router(Guard* guard = nullptr) : guard_(guard) {}

  // The route answers until the handle is gone. pattern: a path; a part of it that is "{name}" stands for any
  // one part, which the request has under that name, decoded. GET also answers HEAD.
  //
  // Of several routes with one method and pattern those that have `admits` are asked in the order they came,
  // and the first that admits the request answers; without any such, the one that came last. Of several
  // patterns that fit and answer the method, that goes first which has a part as it is where the others have
  // a parameter: "/b/{builder}/latest" before "/b/{builder}/{number}".
  [[nodiscard]] std::shared_ptr<void> add(std::string method, std::string pattern, Route route);
  // The same, for as long as the router is.
  void keep(std::string method, std::string pattern, Route route);

  // From now on this route answers all but these paths; null: no more. Nobody's token is looked at.
  void pass_on(std::shared_ptr<const Route> route, std::set<std::string, std::less<>> all_but = {}) {
    passed_on_ = std::move(route);
    kept_here_ = std::move(all_but);
  }

  // What a request gets that no route takes: 404 or 405, and why. Without one it is error_response().
  using Lost = std::function<Response(int status, std::string_view why, const Head&)>;
  // For as long as the handle is there; one at a time.
  [[nodiscard]] std::shared_ptr<void> answer_lost(Lost lost);

  // The route, with head.parameters set; else the answer: 404, 405, or the guard's.
  struct Found {
    std::shared_ptr<const Route> route;
    std::optional<Response> answer;
  };
  Found find(Head& head) const;

 private:
  // A redirect to the same path without its last '/', where there is one.
  std::optional<Response> without_slash(const Head& head) const;
  struct Entry {
    std::string method;
    std::vector<std::string> parts;
    std::shared_ptr<const Route> route;
  };
  using Entries = std::list<Entry>;
  // Shared with the handles, which may outlive the router.
  struct Table {
    std::map<std::string, Entries, std::less<>> exact;
    Entries with_parameters;
    Lost lost;
  };
  Response lost(int status, std::string_view why, const Head& head) const;
  Response wrong_method(const std::vector<std::string>& methods, const Head& head) const;
  Found choose(const std::vector<const Entry*>& of_path, Head& head) const;
  static Head told(const Entry& entry, const Head& head);

  Guard* guard_;
  std::shared_ptr<Table> table_ = std::make_shared<Table>();
  std::vector<std::shared_ptr<void>> kept_;
  std::shared_ptr<const Route> passed_on_;
  std::set<std::string, std::less<>> kept_here_;
};

}  // namespace carillon::web
