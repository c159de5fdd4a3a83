// The posted build as text, with places where files of the spool belong. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/object_text.hpp"
#include "reporter/common/wanted_details.hpp"
#include "reporter/log_file.hpp"

namespace carillon::reporter::http_push {

struct BuildText {
  // JSON.
  std::string text;
  // Their content belongs between the quotes of a string there.
  std::vector<PayloadFile> files;
};

// asked_part() of the build, without a copy of it. known: of this very build, to take members from that are
// serialized already; or null. Logs of steps whose `logid` is in `files` get `content` {content, firstline,
// logid}, as the data API has it, with the file as its content.
BuildText build_text(const json::object& build, const ObjectText* known, const Asked& asked,
                     const std::map<std::int64_t, LogFile>& files);

}  // namespace carillon::reporter::http_push
