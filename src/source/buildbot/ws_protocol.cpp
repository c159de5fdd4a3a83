#include "source/buildbot/ws_protocol.hpp"

#include <charconv>

#include "base/encoding.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr Millis answer_timeout = 30'000;
constexpr std::size_t shown = 120;  // bytes of a bad frame in the log

std::string show(std::string_view frame) {
  return "'" + fold_to_line(valid_utf8(utf8_prefix(frame, shown))) + (frame.size() > shown ? "...'" : "'");
}

}  // namespace

Key split(std::string_view key) {
  Key parts;
  const auto first = key.find('/');
  parts.kind = key.substr(0, first);
  parts.id = -1;
  if (first == std::string_view::npos) return parts;
  auto rest = key.substr(first + 1);
  const auto second = rest.find('/');
  const auto number = rest.substr(0, second);
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (error == std::errc() && end == number.data() + number.size() && id >= 0) parts.id = id;
  if (second != std::string_view::npos) parts.verb = rest.substr(second + 1);
  return parts;
}

std::vector<WsProtocol::Action> WsProtocol::start(Millis now) {
  started_ = true;
  deadline_ = now + answer_timeout;
  std::vector<Action> actions;
  std::int64_t id = 0;
  for (const auto& path : paths_) {
    ++id;
    json::object command;
    command["_id"] = id;
    command["cmd"] = "startConsuming";
    command["path"] = path;
    waiting_.emplace(id, path);
    actions.emplace_back(Send{json::serialize(command)});
  }
  if (waiting_.empty()) actions.emplace_back(Subscribed{});
  return actions;
}

std::vector<WsProtocol::Action> WsProtocol::receive(std::string_view frame) {
  std::vector<Action> actions;
  if (gave_up_) return actions;
  json::parse_options options;
  options.max_depth = 100;
  boost::system::error_code error;
  json::value parsed = json::parse(frame, error, {}, options);
  auto* object = parsed.if_object();
  if (error || object == nullptr) {
    const auto why = error ? error.message() : std::string("not an object");
    actions.emplace_back(Note{"ignored a frame that is not a JSON object (" + why + "): " + show(frame)});
    return actions;
  }
  if (const auto* id = object->if_contains("_id")) {
    receive_answer(*object, *id, actions);
    return actions;
  }
  auto* key = object->if_contains("k");
  auto* message = object->if_contains("m");
  if (key == nullptr || !key->is_string() || message == nullptr || !message->is_object()) {
    actions.emplace_back(Note{"ignored a frame without key and message: " + show(frame)});
    return actions;
  }
  Heard heard;
  heard.key = std::string(key->get_string());
  heard.message = std::move(message->get_object());
  heard.size = frame.size();
  actions.emplace_back(std::move(heard));
  return actions;
}

void WsProtocol::receive_answer(const json::object& frame, const json::value& id,
                                std::vector<Action>& actions) {
  const auto code = integer_at(frame, "code");
  const auto text = string_at(frame, "error");
  const auto number = id.if_int64();
  const auto found = number != nullptr ? waiting_.find(*number) : waiting_.end();
  if (found == waiting_.end()) {
    if (text) actions.emplace_back(Note{"the master reports an error: " + show(*text)});
    return;
  }
  if (text || (code && *code >= 300)) {
    gave_up_ = true;
    std::string why = "the master refuses to report '" + found->second + "'";
    if (code) why += " with code " + std::to_string(*code);
    if (text) why += ": " + show(*text);
    actions.emplace_back(GiveUp{std::move(why)});
    return;
  }
  waiting_.erase(found);
  if (waiting_.empty()) actions.emplace_back(Subscribed{});
}

std::vector<WsProtocol::Action> WsProtocol::tick(Millis now) {
  std::vector<Action> actions;
  if (gave_up_ || !started_ || waiting_.empty() || now < deadline_) return actions;
  gave_up_ = true;
  actions.emplace_back(
      GiveUp{"the master does not answer startConsuming of '" + waiting_.begin()->second + "'"});
  return actions;
}

}  // namespace carillon::source::buildbot
