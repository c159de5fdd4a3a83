// A request, as the pages show it (views.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "dashboard/html.hpp"
#include "dashboard/site.hpp"

namespace carillon::dashboard {

// The texts in the member, where it is a list.
std::vector<std::string> texts_in(const json::object& told, std::string_view member);

// html_at: the address of the mail's HTML part; used where it has one.
Html shown_request(const json::object& request, const std::string& html_at);

// The part of a mail that is HTML; "" where it has none.
std::string mail_html(const json::object& request);

// That part as a document of its own: without scripts, and nothing is fetched for it. 404 where `html` is
// empty.
web::Response mail_document(const Site& site, const std::string& html, const Asked& asked);

// A command line that sends the same, with $TOKEN in place of secrets; "" where it is no HTTP request, or not
// all of it is known.
std::string curl_of(const json::object& request);

}  // namespace carillon::dashboard
