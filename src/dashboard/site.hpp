// What all pages have in common: the frame around them, who may see them, how they are asked for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/digest.hpp"
#include "base/percent.hpp"
#include "dashboard/aliases.hpp"
#include "dashboard/archive.hpp"
#include "dashboard/fields.hpp"
#include "dashboard/html.hpp"
#include "dashboard/links.hpp"
#include "dashboard/privacy.hpp"
#include "web/message.hpp"
#include "web/router.hpp"

namespace carillon::dashboard {

// A request that may be answered: who asks is known and has the role, the query is read.
struct Asked {
  web::Request request;
  access::Caller caller;
  Fields query;
  // Of a form that was posted; empty for all else.
  Fields form;
  // The number of the last change (Changes) before anything was looked at.
  std::uint64_t at = 0;

  // What stands in the path's place of that name; "" where there is none.
  std::string part(std::string_view name) const {
    const auto found = request.parameters.find(name);
    return found == request.parameters.end() ? std::string() : name_of_part(found->second);
  }
  bool may(access::Role role) const { return caller.role >= role; }
};

struct Page {
  std::string title;
  Html main;
  // What it shows, of "builds deliveries reporters sources silences replays": it fetches itself again when
  // one of these has changed. Empty: it stays as it is.
  std::string_view topics;
  int status = 200;
};

// Of one kind of question: pages and the API declare theirs as a list of these.
struct Place {
  // "GET" or "POST".
  std::string method;
  // "/b/{builder}".
  std::string path;
  // Who may; default deny: a place that is not declared is not there.
  access::Role role = access::Role::admin;
  std::function<asio::awaitable<web::Response>(Asked)> handler;
  // Bytes of a body.
  std::size_t max_body = 0;
  // Its refusals are JSON, and no form.
  bool for_programs = false;
  // Whether everybody may all the same; its parameters are known. null: nobody.
  std::function<bool(const web::Head&)> open = nullptr;
  // What its query may have: a name that is misspelt would ask for everything. nullopt: anything.
  std::optional<std::span<const std::string_view>> fields = std::nullopt;
  // It costs so little, or is asked for by so many, that nobody has to wait (Access::too_often).
  bool uncounted = false;
};

// What the pages are told by the server. All calls on the io_context thread.
class Site {
 public:
  Site(std::string title, Links links, access::Access& access)
      : title_(std::move(title)), links_(std::move(links)), access_(&access), aliases_(random_text()) {}

  const Links& links() const { return links_; }
  const std::string& title() const { return title_; }
  access::Access& access() const { return *access_; }
  // A reload may bring others.
  void set(std::string title, Links links, access::Access& access) {
    title_ = std::move(title);
    links_ = std::move(links);
    access_ = &access;
  }

  // What the caller may not read of others; show() applies it to the whole page.
  Privacy privacy(const Asked& asked) const;

  // The key of the names in links that may not be read (Aliases); until then it is one of this process.
  void set_alias_key(std::string_view key) {
    aliases_ = Aliases(key);
    awaits_alias_key_ = false;
  }
  // Requests wait until it is set: links must not be made with another key than before a restart.
  void await_alias_key() { awaits_alias_key_ = true; }

  // How requests learn their Asked::at; it outlives the site.
  void set_at(std::function<asio::awaitable<std::uint64_t>()> at) { at_ = std::move(at); }

  // The page in its frame. With the header X-Part: main only what stands in <main>, and X-At says as of when
  // (Asked::at).
  web::Response show(const Page& page, const Asked& asked) const;
  // A page that says why there is none, with the same frame.
  web::Response sorry(int status, std::string_view what, const Asked& asked) const;
  // The hidden field that each form brings back (CSRF).
  static Html form_token(const Asked& asked);

  // The routes of these places, and the page that there is none, for as long as the handles are. The site
  // outlives them.
  std::vector<std::shared_ptr<void>> serve(web::Router& router, std::vector<Place> places) const;

 private:
  asio::awaitable<web::Response> answer(std::shared_ptr<const Place> place, web::Request request) const;
  std::optional<web::Response> refusal(const Place& place, const access::Caller& caller,
                                       const web::Head& head) const;
  std::optional<web::Response> wait_of(const Place& place, const access::Caller& caller) const;
  web::Response refused(const Place& place, int status, const std::string& what,
                        const std::string& hint) const;
  web::Response bare(int status, std::string_view what, std::string_view hint = {}) const;
  web::Response lost(int status, std::string_view why, const web::Head& head) const;
  void read_aliases(Asked& asked) const;
  web::Response without_addresses(web::Response response, const Privacy& privacy) const;

  std::string title_;
  Links links_;
  access::Access* access_;
  Aliases aliases_;
  bool awaits_alias_key_ = false;
  std::function<asio::awaitable<std::uint64_t>()> at_;
};

}  // namespace carillon::dashboard
