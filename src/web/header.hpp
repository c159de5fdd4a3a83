// The header of a request, read strictly: what two programs could understand differently is refused. Pure.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

#include "web/message.hpp"

namespace carillon::web {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// How many bytes the header of the request takes that `text` begins with, the empty line included; 0: it has
// not all come yet. Line ends before it belong to it (a client may send one after a body).
std::size_t size_of_header(std::string_view text);

// Whether a line of it ends in LF alone: then its end might never be found.
bool has_bare_line_end(std::string_view text);

// Gives a whole header to a new parser. Yields why it is refused: not HTTP, a folded line, no or several
// Host, an unknown Transfer-Encoding, both that and Content-Length, ... Empty: it is well.
std::string parse_header(std::string_view text, Parser& parser);

// Everything but the address.
Head head_of(const Parser& parser);

}  // namespace carillon::web
