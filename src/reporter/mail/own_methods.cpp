#include "reporter/mail/own_methods.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "reporter/common/wanted_details.hpp"
#include "reporter/mail/body_text.hpp"

namespace carillon::reporter::mail {
namespace {

constexpr Asked asked_by_methods = {
    .properties = true, .steps = true, .logs = true, .previous = true, .changes = true};

// One line of base64 that stands where a file belongs.
std::string mark_of(const Letter& letter, std::size_t file) {
  return base64_encode(short_hash(letter.message_id + "/file/" + std::to_string(file)));
}

std::string with_marks(const Letter& letter, const Composed& composed) {
  std::string text = composed.text;
  for (std::size_t i = composed.files.size(); i-- > 0;)
    text.insert(composed.files[i].at, mark_of(letter, i));
  return text;
}

// The mail of a text with marks.
Composed without_marks(const Draft& draft, std::string text) {
  Composed out;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // of a mark, and of which file
  for (std::size_t i = 0; i < draft.composed.files.size(); ++i) {
    const auto at = text.find(mark_of(draft.letter, i));
    if (at != std::string::npos) places.emplace_back(at, i);
  }
  std::ranges::sort(places);
  std::size_t from = 0;
  for (const auto& [at, file] : places) {
    out.text.append(text, from, at - from);
    out.files.push_back(draft.composed.files[file]);
    out.files.back().at = out.text.size();
    from = at + mark_of(draft.letter, file).size();
  }
  out.text.append(text, from);
  from = 0;
  for (InlineText one : draft.composed.texts) {
    const auto at = out.text.find(std::string_view(draft.composed.text).substr(one.at, one.size), from);
    if (at == std::string::npos) continue;  // changed or taken out
    one.at = at;
    from = at + one.size;
    out.texts.push_back(std::move(one));
  }
  return out;
}

bool has_long_line(std::string_view text) {
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find("\r\n", from), text.size());
    if (end - from > longest_line) return true;
    from = end + 2;
  }
  return false;
}

json::object described(const Draft& draft) {
  json::object mail;
  mail["message"] = with_marks(draft.letter, draft.composed);
  mail["subject"] = draft.letter.subject;
  mail["body"] = draft.letter.body;
  mail["type"] = draft.letter.markup == message::Markup::html ? "html" : "plain";
  mail["name"] = draft.name;
  mail["title"] = draft.title;
  mail["recipients"] = json::value_from(draft.recipients);
  json::array interested;
  for (const Address& one : draft.interested)
    interested.push_back(json::array{one.name, one.address});
  mail["interested"] = std::move(interested);
  return mail;
}

}  // namespace

Task<Rewritten> rewritten(const settings::ObjectPtr& self, const Draft& draft) {
  json::array builds;
  for (const json::object& build : draft.details.builds)
    builds.emplace_back(asked_part(build, asked_by_methods));
  json::array args;
  args.emplace_back(described(draft));
  args.emplace_back(std::move(builds));
  args.emplace_back(draft.details.buildset);
  const auto made = co_await self->call("_carillon_mail", std::move(args), draft.details.source);
  if (!made) co_return failed(made);
  const json::object& answer = made->as_object();
  std::string text(answer.at("message").as_string());
  std::ranges::replace(text, '\0', ' ');
  if (has_long_line(text)) co_return rejected("createEmail made a line of more than 998 bytes");
  Rewritten out;
  out.mail = without_marks(draft, std::move(text));
  for (const json::value& one : answer.at("recipients").as_array())
    out.recipients.emplace_back(one.as_string());
  co_return out;
}

}  // namespace carillon::reporter::mail
