// What the pages and the API of silences have in common.
#pragma once

#include <string>

#include "dashboard/pages.hpp"
#include "view/silences.hpp"

namespace carillon::dashboard {

// What of a silence was typed or chosen; an end that was typed goes before a length that was chosen.
view::Given given_by(Fields fields);

// Whether a reporter tells programs of states (Reporter::tells_programs); as long as the roster is as now.
std::function<bool(const std::string& reporter)> programs_of(const World& world);

// Who does it, for people.
std::string who_does(const access::Caller& caller);

// Begins it, and notes who did: from when this is over, the server knows it. Failure: the archive's.
asio::awaitable<Result<RowId>> begin_silence(const World& world, const access::Caller& caller,
                                             const Silence& silence);
// Ends it. The text says why not, else empty. Failure: the archive's.
asio::awaitable<Result<std::string>> end_silence(const World& world, RowId id, const access::Caller& caller);

// The number in the path; 0: it is none.
RowId id_of(const Asked& asked);

}  // namespace carillon::dashboard
