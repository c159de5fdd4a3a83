// JSON-RPC 2.0 as Buildbot's data API speaks it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "transport/http.hpp"

namespace carillon::source::buildbot {

// The body of a call.
std::string json_rpc_call(std::string_view method, json::object params, std::int64_t id);

// What the answer to a call at `path` says: its result. Failure: rejected with the master's own reason, on
// one line and cut where it is very long ("reason: 'Why:' needs to be specified; version: ..."), without a
// path: it is shown to the person who asked; "PATH does not exist" for 404; otherwise as http::judge says
// (500: the master failed). unreachable when the answer is not JSON-RPC. now: seconds since the epoch.
Result<json::value> json_rpc_result(const http::Response& response, std::string_view path, std::int64_t now);

}  // namespace carillon::source::buildbot
