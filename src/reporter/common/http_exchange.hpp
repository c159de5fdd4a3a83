// One exchange with a web service, as all reporters that speak HTTP do it.
#pragma once

#include <string>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter {

// What the manual's `verify`, `debug` and `verbose` say.
struct Wire {
  // For the log: "github".
  std::string name;
  bool verify = true;
  bool debug = false;
  bool verbose = false;
  // The service answers in JSON or not at all: anything else is not its answer.
  bool json = false;
};

// Reads the three arguments where the schema has them; None is the default.
Wire read_wire(const settings::Arguments& args, std::string name);

// `verbose`, and the other two, to append to a schema where the manual has them.
void add_verbose_argument(settings::Schema& schema);
void add_wire_arguments(settings::Schema& schema);

// The argument as an http(s) URL without a trailing '/'. Throws settings::ConfigError.
std::string base_url(const settings::Arguments& args, std::string_view argument);

// Sends the request; with debug=True the request and its answer are logged (traffic.hpp).
Task<http::Response> exchange(const Environment& environment, const Wire& wire, http::Request request);

// Whether it is a page for people: of a login, portal or proxy that stands before a service. By the body
// alone: Slack says "ok" as text/html, Pushjet its JSON.
bool is_page(const http::Response& response);

// A 2xx that cannot be the service's own: unreachable, with what it says.
tl::unexpected<Failure> foreign_answer(const http::Response& response);

// http::judge() with the account's limits: a delivered receipt ("201") that says how long to pause when the
// answer used up the last call (X-RateLimit-Remaining: 0), or the failure; a foreign_answer() is one. With
// verbose=True a delivered one is logged with the delivery's summary. For what a service's own rules did not
// decide.
Result<Receipt> conclude(const Environment& environment, const Wire& wire, const Delivery& delivery,
                         const http::Response& response);

// A POST with a JSON body.
http::Request json_post(const Wire& wire, std::string url, std::string body);

// What such a request looks like (Reporter::show). url: as it may be shown. body: JSON, or anything else.
Shown shown_request(std::string_view method, std::string_view url, std::string body);

// "NAME HOST 1f3a...": Reporter::account() for a service that counts per user or token.
std::string account_name(std::string_view service, std::string_view url, const Secret& secret);

// The argument's text, whether it was given as a string or as a secret; nullopt for anything else.
std::optional<std::string> plain_or_secret(const settings::Value& value);

// A key of at most max_chars characters: longer ones keep a readable prefix and get a hash.
std::string bounded_key(std::string_view text, std::size_t max_chars);

}  // namespace carillon::reporter
