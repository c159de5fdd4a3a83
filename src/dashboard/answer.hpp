// Answers of the dashboard and its API on their way out: tags for caches, compression, what browsers may do.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "web/message.hpp"

namespace carillon::dashboard {

// With an ETag of the body: 304 where the asker has it already (If-None-Match); gzip where the asker takes it
// and it is worth it. `no-cache`: it is asked for each time.
web::Response tagged(web::Response response, const web::Head& head);

// What every page says to browsers: no script and style but ours, no frames, no sniffing.
void add_page_headers(web::Response& response);

web::Response json_response(const json::value& body, const web::Head& head);
// {"error": ..., "hint": ...}; an empty hint is left out.
web::Response json_error(int status, std::string_view error, std::string_view hint = {});
web::Response redirect(std::string_view to);

// RFC 1952.
std::string gzipped(std::string_view text);

}  // namespace carillon::dashboard
