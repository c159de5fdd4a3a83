// What to_json() of this folder made, as values again: for a command line that asks a server's API. Members
// that are missing, or of another type, are as if nothing was known of them. All of them throw store::Error
// where a word is unknown, as it comes of another Carillon.
#pragma once

#include <vector>

#include "base/json.hpp"
#include "store/ledger.hpp"
#include "view/silences.hpp"
#include "view/status.hpp"
#include "view/story.hpp"

namespace carillon::view {

// The texts of the list at the path, in order; none where there is no list.
std::vector<std::string> texts_at(const json::object& told, std::string_view path);

// Whether there is such a member, and it is true.
bool is_true_at(const json::object& told, std::string_view key);

// Without `event` and `event_key`.
store::LedgerRow row_of(const json::object& told);
// With what holds it up, whose reporter is the row's.
DeliveryStory delivery_story_of(const json::object& told);
// The event's body has what explains it: builder, number, attempt, results, url, heard_by.
EventStory event_story_of(const json::object& told);
// Its event's body has number, attempt, results, revision, state_string and url.
store::ListedBuild build_of(const json::object& told);
store::ListedBuilder builder_of(const json::object& told);
store::KeptSilence silence_of(const json::object& told);
Tried tried_of(const json::object& told);
// Of a status.
std::vector<store::Pause> pauses_of(const json::object& status);
// Without `missing`, which stands among what needs a person.
Status status_of(const json::object& told);

}  // namespace carillon::view
