#include "source/push/ingest.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/foreign_time.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "model/build.hpp"
#include "model/times.hpp"
#include "source/push/normalize.hpp"

namespace carillon::source::push {
namespace {

constexpr std::size_t arena_bytes = 8192;  // a usual build fits

constexpr std::size_t most_warnings = 20;

// What is said of an object beside the event.
struct Remarks {
  bool ignored = false;
  std::vector<std::string> warnings;
};

// Whose link it is: two masters may push with one token, and count their builds and ids each for itself.
// "" where the sender gave none.
std::string source_of(const json::object& build) {
  const auto url = Url::parse(BuildView(build).url().value_or(""));
  if (!url) return {};
  // All of Buildbot's links begin with its own address and a '#'; of others the host alone is the same
  // always. No login: no secret in a key.
  std::string where(url->authority());
  if (!url->fragment.empty()) where += url->path;
  while (where.ends_with('/'))
    where.pop_back();
  return "@" + where;
}

// A build is known by its source, builder, number and attempt; what `k` or its id says is one more part of
// that.
std::string unique_key(const json::object& build, std::string_view kind, std::string_view id,
                       const std::string& source, std::string_view happened) {
  std::string which(BuildView(build).builder().value_or(""));
  if (const auto number = BuildView(build).number()) which += "/" + std::to_string(*number);
  if (const auto attempt = BuildView(build).attempt(); attempt && *attempt != 1)
    which += "." + std::to_string(*attempt);
  std::string key = std::string(kind) + "/";
  if (!id.empty() && id != which) key.append(id).append(":");
  return key.append(which).append(source).append("/").append(happened);
}

// What stands between kind and what happened.
std::string_view middle_of(std::string_view key) {
  const auto first = key.find('/') + 1;
  return key.substr(first, key.rfind('/') - first);
}

// "buildsets/1@ci.example.org/complete"
std::string key_with_source(std::string_view key, std::string_view source) {
  const auto end = key.rfind('/');
  return std::string(key.substr(0, end)).append(source).append(key.substr(end));
}

// Buildbot's own buildsets have no link. Two senders that count from one number have submitted theirs at
// different times.
std::string source_of_buildset(const json::object& buildset, Millis now) {
  const std::string source = source_of(buildset);
  const auto submitted = integer_at(buildset, "submitted_at");
  if (!source.empty() || !submitted || plausible(*submitted, now) != to_millis(*submitted)) return source;
  return "@" + std::to_string(*submitted);
}

Result<void> check_attempt(const json::object& build) {
  const json::value* attempt = build.if_contains("attempt");
  if (attempt == nullptr || attempt->is_null() || BuildView(build).attempt()) return ok();
  return no_whole_number("attempt", *attempt);
}

Millis event_time(const json::object& build, bool finished, Millis now) {
  const auto seconds = integer_at(build, finished ? "complete_at" : "started_at");
  return seconds ? plausible(*seconds, now) : now;
}

Result<Event> build_event(json::object build, std::string key, std::string_view master,
                          const BuildPages& pages, Millis now) {
  const EventKind forced = key.empty() ? EventKind::other : kind_of(key);
  if (forced == EventKind::build_finished) build["complete"] = true;
  const std::string source = source_of(build);
  if (auto normal = normalize_build(build, pages); !normal) return failed(normal);
  make_times_plausible(build, now);
  const bool finished = build.at("complete").as_bool();
  if (forced == EventKind::build_started && finished) {
    return rejected("complete: a build that starts (" + key + ") is not complete");
  }
  if (auto checked = check_attempt(build); !checked) return failed(checked);
  const auto id = BuildView(build).buildid();
  const std::string named = !key.empty() ? std::string(middle_of(key)) : id ? std::to_string(*id) : "";
  std::string event_key = unique_key(build, "builds", named, source, finished ? "finished" : "new");
  const Millis at = event_time(build, finished, now);
  // The body is moved into the new Event, not assigned: an assignment would copy it out of its arena.
  Event event{std::string(master), std::move(event_key), std::string(), at, std::move(build)};
  event.text = std::make_shared<const ObjectText>(event.body);
  return event;
}

// A request in a build's shape: what is known before there is a build.
Result<Event> request_event(json::object request, std::string key, std::string_view master,
                            const BuildPages& pages, Millis now) {
  const bool ended = kind_of(key) == EventKind::request_ended;
  if (auto normal = normalize_results(request); !normal) return failed(normal);
  if (!ended && !request.at("results").is_null()) return rejected("results: a request that waits has none");
  if (ended && request.at("results").is_null()) {
    return rejected("results: missing: 6 for a cancelled request, 3 for one that is no longer needed");
  }
  const bool has_url = string_at(request, "url").has_value();
  const std::string source = source_of(request);
  request["complete"] = ended;
  request["number"] = 0;  // normalize_build() wants one; a request has none
  if (auto normal = normalize_build(request, pages); !normal) return failed(normal);
  make_times_plausible(request, now);
  for (const char* of_a_build : {"number", "steps", "changes"})
    request.erase(of_a_build);
  if (!has_url) {
    request["url"] = pages.of(string_at(request, "builder.name").value_or(""));
  }
  Event event;
  event.source = master;
  event.key = unique_key(request, "buildrequests", middle_of(key), source, ended ? "complete" : "new");
  event.at = event_time(request, ended, now);
  event.body = std::move(request);
  return event;
}

Result<Event> buildset_event(json::object buildset, std::string key, std::string_view master, Millis now) {
  const json::value* bsid = buildset.if_contains("bsid");
  if (bsid == nullptr) return rejected("m.bsid: missing");
  if (!integer_at(buildset, "bsid")) return no_whole_number("m.bsid", *bsid);
  if (auto normal = normalize_sourcestamps(buildset); !normal) return failed(normal);
  if (auto normal = normalize_results(buildset); !normal) return failed(normal);
  Event event;
  event.source = master;
  event.key = key_with_source(key, source_of_buildset(buildset, now));
  event.at = now;
  event.body = std::move(buildset);
  return event;
}

Result<Event> worker_event(json::object worker, std::string key, std::string_view master, Millis now) {
  const std::string name(string_at(worker, "name").value_or(""));
  if (name.empty()) return rejected("m.name: must be a string");
  if (auto checked = check_array(worker, "notify", "m.notify"); !checked) return failed(checked);
  set_default(worker, "last_connection", "");
  Event event;
  event.source = master;
  // Its id alone may be that of another sender's worker, too.
  if (middle_of(key) != name) key = key_with_source(key, ":" + name);
  event.key = key_with_source(key, source_of(worker));
  const json::value& last = worker.at("last_connection");
  event.occurrence =
      last.is_string() && !last.get_string().empty() ? std::string(last.get_string()) : json::serialize(last);
  event.at = now;
  event.body = std::move(worker);
  return event;
}

// In the wrong place it would be passed on and mean nothing.
void look_for_misplaced(const json::object& build, Remarks& remarks) {
  if (build.contains("sourcestamps")) remarks.warnings.emplace_back("sourcestamps: belongs into buildset");
}

Result<Event> keyed_event(json::object& envelope, std::string_view master, const BuildPages& pages,
                          Millis now, Remarks& remarks) {
  const auto key = string_at(envelope, "k");
  if (!key) return wrong("k", "a string", envelope.at("k"));
  json::value* message = envelope.if_contains("m");
  if (message == nullptr) return rejected("m: missing");
  if (!message->is_object()) return wrong("m", "an object", *message);
  json::object body = std::move(message->get_object());
  Result<Event> event = rejected("");
  switch (kind_of(*key)) {
    case EventKind::build_started:
    case EventKind::build_finished:
      look_for_misplaced(body, remarks);
      event = build_event(std::move(body), std::string(*key), master, pages, now);
      if (!event && !event.error().what.starts_with("m.")) event.error().what.insert(0, "m.");
      return event;
    case EventKind::buildset_complete:
      return buildset_event(std::move(body), std::string(*key), master, now);
    case EventKind::request_waiting:
    case EventKind::request_ended: {
      // As Buildbot's websocket sends it, a request names no builder: such a one tells nothing to anybody.
      if (object_at(body, "builder") == nullptr) break;
      event = request_event(std::move(body), std::string(*key), master, pages, now);
      if (!event) event.error().what.insert(0, "m.");
      return event;
    }
    case EventKind::worker_missing:
    case EventKind::worker_back:
      return worker_event(std::move(body), std::string(*key), master, now);
    case EventKind::other:
    case EventKind::silence_over:
      break;
  }
  // Buildbot's websocket sends many more; nothing reports them.
  remarks.ignored = true;
  remarks.warnings.push_back("k: nothing is reported of '" + fold_to_line(key->substr(0, 100)) + "'");
  return Event();
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// Which half of a pair of surrogates the escape at the begin of the text ("\\ud83d") is: 'd' or 'D' and a
// digit.
enum class Half { none, first, second };
Half half_of(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u' || (text[2] | 0x20) != 'd') return Half::none;
  if (!is_hex(text.substr(2, 4))) return Half::none;
  const char digit = static_cast<char>(text[3] | 0x20);
  if (digit == '8' || digit == '9' || digit == 'a' || digit == 'b') return Half::first;
  return digit >= 'c' && digit <= 'f' ? Half::second : Half::none;
}

// Valid JSON where halves without their other half were all that was wrong.
std::string with_whole_characters(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = 1;
    const Half half = half_of(text);
    if (half == Half::first && half_of(text.substr(6)) == Half::second) {
      size = 12;
    } else if (half != Half::none) {
      out += "\\ufffd";
      text.remove_prefix(6);
      continue;
    } else if (text[0] == '\\') {
      size = std::min<std::size_t>(2, text.size());  // "\\\\u" is a backslash and a letter
    }
    out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

// Whether an escape of a code unit is a few bytes before the place.
bool is_after_escape(std::string_view text, std::size_t place) {
  constexpr std::size_t size = 6;
  const std::size_t from = place - std::min(place, 2 * size);
  return text.substr(from, place - from + size).find("\\u") != std::string_view::npos;
}

// Each takes two bytes at least: what is shorter need not be counted.
bool may_have_more(std::string_view text, std::size_t values) {
  return text.size() / 2 >= values;
}

// end: where it is given, more may follow the object, and it becomes the place behind it; 0 where that is not
// known, and nothing of the text may be taken.
Result<Event> parse_object(std::string_view text, std::string_view master, const BuildPages& pages,
                           Millis now, Remarks& remarks, std::size_t* end = nullptr) {
  if (end != nullptr) *end = 0;
  if (may_have_more(text, max_values) && count_values(text, max_values, Texts::first) > max_values) {
    return rejected("has more than " + std::to_string(max_values) + " JSON values");
  }
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = max_levels;
  json::stream_parser parser({}, options);
  // Everything of an event lives and dies together, so one arena serves it.
  parser.reset(json::make_shared_resource<json::monotonic_resource>(arena_bytes));
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && !parser.done()) parser.finish(error);  // done: it has stopped at what follows
  // Which error it is depends on what follows the half. Looked for only where one may be.
  if (error && is_after_escape(text, used)) {
    const std::string whole = with_whole_characters(text);
    if (whole != text) {
      remarks.warnings.emplace_back("half a pair of surrogates in a text became U+FFFD");
      std::size_t end_of_whole = 0;
      auto event = parse_object(whole, master, pages, now, remarks, end != nullptr ? &end_of_whole : nullptr);
      if (end != nullptr && end_of_whole == whole.size()) *end = text.size();
      return event;
    }
  }
  if (error == json::error::too_deep)
    return rejected("has more than " + std::to_string(max_levels) + " levels of lists and objects");
  if (error) return rejected("not JSON: " + error.message() + " at byte " + std::to_string(used + 1));
  if (end != nullptr) {
    *end = used;
  } else if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    return rejected("not JSON: something follows the object at byte " + std::to_string(used + 1));
  }
  json::value value = parser.release();
  if (!value.is_object()) return rejected("must be an object, not " + std::string(kind_name(value)));
  json::object& object = value.get_object();
  if (object.contains("k")) return keyed_event(object, master, pages, now, remarks);
  look_for_misplaced(object, remarks);
  return build_event(std::move(object), "", master, pages, now);
}

void take_posted(Posted& posted, std::size_t line, Event event, Remarks remarks) {
  for (std::string& warning : remarks.warnings) {
    if (posted.warnings.size() < most_warnings)
      posted.warnings.push_back("line " + std::to_string(line) + ": " + std::move(warning));
    else if (posted.warnings.size() == most_warnings)
      posted.warnings.emplace_back("and more of the kind");
  }
  if (remarks.ignored) {
    ++posted.ignored;
    return;
  }
  posted.events.push_back(std::move(event));
  posted.lines.push_back(line);
}

// The lines of a batch, added to those that were taken before them. line: the number of the first.
Result<void> parse_lines(std::string_view body, std::size_t line, std::string_view master,
                         const BuildPages& pages, Millis now, Posted& posted) {
  for (; !body.empty(); ++line) {
    const auto end = body.find('\n');
    const std::string_view text = trim(body.substr(0, end));
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (text.empty()) continue;
    if (posted.events.size() + posted.ignored == max_batch) {
      return rejected("line " + std::to_string(line) + ": more than " + std::to_string(max_batch) +
                      " events in a request");
    }
    Remarks remarks;
    auto event = parse_object(text, master, pages, now, remarks);
    if (!event) return rejected("line " + std::to_string(line) + ": " + event.error().what);
    take_posted(posted, line, std::move(*event), std::move(remarks));
  }
  return ok();
}

// What is no text, as far as its first bytes tell; "": it may be one.
std::string no_text(std::string_view body) {
  using namespace std::string_view_literals;
  if (body.starts_with("\x1f\x8b")) return "the body is compressed (gzip): send it as it is";
  if (body.starts_with("\x28\xb5\x2f\xfd")) return "the body is compressed (zstd): send it as it is";
  for (const std::string_view begin : {"\xff\xfe"sv, "\xfe\xff"sv, "{\0"sv, "\0{"sv}) {
    if (body.starts_with(begin)) return "the body must be UTF-8, not UTF-16";
  }
  return {};
}

}  // namespace

Result<Posted> parse(std::string_view body, std::string_view master, const BuildPages& pages, Millis now) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  if (const std::string why = no_text(body); !why.empty()) return rejected(why);
  const std::string_view text = trim(body);
  if (text.empty()) return rejected("the body is empty");
  if (text.front() == '[')
    return rejected("line 1: must be a JSON object, not a list: send one object, or one a line");
  if (text.front() != '{') return rejected("line 1: must be a JSON object");
  if (may_have_more(text, max_batch_values) &&
      count_values(text, max_batch_values, Texts::all) > max_batch_values) {
    return rejected("the body has more than " + std::to_string(max_batch_values) +
                    " JSON values: send it in parts");
  }
  // One object may stand on many lines (pretty-printed); several stand on one line each.
  const auto line = static_cast<std::size_t>(
      1 + std::count(body.begin(), body.begin() + (text.data() - body.data()), '\n'));
  Posted posted;
  Remarks remarks;
  std::size_t end = 0;
  auto first = parse_object(text, master, pages, now, remarks, &end);
  posted.single = first && end == text.size();
  const std::size_t end_of_line = text.find('\n');
  const bool alone_in_line = end > 0 && end_of_line != std::string_view::npos && end <= end_of_line &&
                             trim(text.substr(end, end_of_line - end)).empty();
  if (first && (posted.single || alone_in_line)) {
    take_posted(posted, line, std::move(*first), std::move(remarks));
    if (posted.single) return posted;
    if (auto taken = parse_lines(text.substr(end_of_line + 1), line + 1, master, pages, now, posted); !taken)
      return failed(taken);
    return posted;
  }
  const bool one_value = !first && !first.error().what.starts_with("not JSON");
  if (one_value || (!first && end_of_line == std::string_view::npos))
    return rejected("line " + std::to_string(line) + ": " + first.error().what);
  // Told by its line, what is wrong; or halves of characters are to be mended line by line.
  if (auto taken = parse_lines(body, 1, master, pages, now, posted); !taken) return failed(taken);
  return posted;
}

}  // namespace carillon::source::push
