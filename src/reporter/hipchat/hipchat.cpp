#include "reporter/hipchat/hipchat.hpp"

#include "base/encoding.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/skipped.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/common/wanted_details.hpp"
#include "reporter/hipchat/post_data.hpp"

namespace carillon::reporter::hipchat {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

using Rooms = std::map<std::string, std::string, std::less<>>;

// Builder -> id. Ids are numbers on the server, and written either way.
Rooms read_map(const Arguments& args, std::string_view argument) {
  Rooms rooms;
  const auto* dict = args.at(argument).as<settings::Dict>();
  if (dict == nullptr) return rooms;
  for (std::size_t i = 0; i < dict->keys.size(); ++i) {
    const auto* builder = dict->keys[i].as<std::string>();
    if (builder == nullptr) args.fail(argument, "its keys are names of builders");
    const Value& value = dict->values[i];
    const auto* text = value.as<std::string>();
    const auto* number = value.as<std::int64_t>();
    if ((text == nullptr || text->empty()) && number == nullptr) {
      args.fail(argument, "the value of '" + *builder + "' must be an id or a name");
    }
    rooms[*builder] = text != nullptr ? *text : std::to_string(*number);
  }
  return rooms;
}

class HipChatStatusPush final : public Reporter {
 public:
  HipChatStatusPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "hipchat")),
        token_(args.secret("auth_token")),
        endpoint_(base_url(args, "endpoint")),
        rooms_(read_map(args, "builder_room_map")),
        users_(read_map(args, "builder_user_map")),
        self_(args.self()),
        asked_(read_asked(args)) {
    wire_.json = true;
    if (token_.empty()) args.fail("auth_token", "must not be empty");
    if (args.boolean("wantLogs") && !asked_.steps) {
      env_.log.warning(
          "hipchat",
          args.where() + ": HipChatStatusPush(wantLogs=True) has no effect without wantSteps=True");
    }
    if (rooms_.empty() && users_.empty() && !overrides("getRecipientList") && !overrides("getExtraParams")) {
      env_.log.warning("hipchat",
                       args.where() +
                           ": HipChatStatusPush has neither builder_room_map nor builder_user_map, "
                           "so it sends nothing");
    }
  }

  Needs needs() const override {
    Needs needs;
    needs.properties = asked_.properties;
    needs.steps = asked_.steps;
    needs.logs = asked_.logs;
    needs.previous_build = asked_.previous;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    if (details.builds.empty()) co_return deliveries;
    const json::object& build = details.builds.front();
    const BuildFacts facts = facts_of(build);
    const std::string event = facts.results ? "finished" : "new";
    std::vector<std::string> notes;
    PostData data;
    data.add_recipients(co_await asked("getRecipientList", details, event, notes),
                        recipients_of(facts.builder), notes);
    data.add_message(co_await asked("getMessage", details, event, notes),
                     without_mentions(default_message(build)), notes);
    data.add_extra(co_await asked("getExtraParams", details, event, notes), notes);
    const json::object body = data.body(notes);
    if (body.empty()) {
      const bool has_place = data.user() || data.room();
      notes.push_back(has_place ? "the message is empty"
                                : "neither a user nor a room for " + fold_to_line(valid_utf8(facts.builder)));
      co_return nothing_to_send("hipchat", details, shown_url(endpoint_), joined_notes(notes));
    }
    const auto deliver = [&](const char* kind, const std::string& id, const std::string& path) {
      Delivery delivery;
      delivery.key = "hipchat:" + details.event_id + "#" + kind;
      delivery.lane = details.source + "/" + fold_to_line(valid_utf8(facts.builder)) + "/" +
                      std::to_string(facts.number) + " " + kind;
      delivery.target = shown_url(endpoint_) + " " + kind + " " + ellipsize(fold_to_line(id), 100);
      delivery.summary = build_summary(build);
      delivery.note = joined_notes(notes);
      delivery.payload = json::serialize(json::object{{"path", path}, {"body", body}});
      deliveries.push_back(std::move(delivery));
    };
    if (const auto user = data.user())
      deliver("user", *user, "/v2/user/" + percent_encode(*user) + "/message");
    if (const auto room = data.room())
      deliver("room", *room, "/v2/room/" + percent_encode(*room) + "/notification");
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::object payload = json::parse(delivery.payload).as_object();
    http::Request request = json_post(wire_, url_of(payload), json::serialize(payload.at("body")));
    request.secret_query = "auth_token=" + percent_encode(token_.reveal());
    request.needs_body = false;
    auto response = co_await exchange(env_, wire_, std::move(request));
    if (!response) co_return failed(response);
    co_return conclude(env_, wire_, delivery, *response);
  }

  Shown show(const Delivery& delivery) const override {
    const json::object payload = json::parse(delivery.payload).as_object();
    return shown_request("POST", shown_url(url_of(payload)), json::serialize(payload.at("body")));
  }

  std::string account() const override { return account_name("hipchat", endpoint_, token_); }

 private:
  std::string url_of(const json::object& payload) const {
    return endpoint_ + std::string(string_at(payload, "path").value_or("/"));
  }

  bool overrides(std::string_view method) const { return self_ != nullptr && self_->overrides(method); }

  json::object recipients_of(const std::string& builder) const {
    json::object recipients;
    if (const auto user = users_.find(builder); user != users_.end())
      recipients["id_or_email"] = user->second;
    if (const auto room = rooms_.find(builder); room != rooms_.end())
      recipients["room_id_or_name"] = room->second;
    return recipients;
  }

  // What the user's own method answers; nullopt where there is none, or where it fails.
  asio::awaitable<std::optional<json::value>> asked(std::string method, const Details& details,
                                                    std::string event,
                                                    std::vector<std::string>& notes) const {
    if (!overrides(method) || details.plain) co_return std::nullopt;
    json::array args;
    args.emplace_back(asked_part(details.builds.front(), asked_));
    if (method == "getMessage") break_mentions(args.front());
    args.emplace_back(event);
    auto answer = co_await self_->call(method, std::move(args), details.source);
    if (answer) co_return *std::move(answer);
    notes.push_back(method +
                    " failed, so the default stands in: " + fold_to_line(valid_utf8(answer.error().what)));
    co_return std::nullopt;
  }

  Environment env_;
  Wire wire_;
  Secret token_;
  std::string endpoint_;
  Rooms rooms_;
  Rooms users_;
  settings::ObjectPtr self_;
  Asked asked_;
};

}  // namespace

settings::Schema schema() {
  const Value no{false};
  settings::Schema schema;
  schema.name = "HipChatStatusPush";
  schema.aliases = {"HipchatStatusPush"};
  schema.modules = {"buildbot.reporters.hipchat"};
  schema.methods = {"getRecipientList", "getMessage", "getExtraParams"};
  schema.arguments = {
      {.name = "auth_token",
       .types = {Type::secret},
       .required = true,
       .doc = "token that may send messages and notifications"},
      {.name = "endpoint",
       .types = {Type::string},
       .fallback = Value{std::string("https://api.hipchat.com")},
       .doc = "the server"},
      {.name = "builder_room_map", .types = {Type::dict}, .doc = "builder -> room"},
      {.name = "builder_user_map", .types = {Type::dict}, .doc = "builder -> user"},
      {.name = "wantProperties",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "builds for methods have properties"},
      {.name = "wantSteps", .types = {Type::boolean}, .fallback = no, .doc = "builds for methods have steps"},
      {.name = "wantPreviousBuild",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "builds for methods have the build before"},
      {.name = "wantLogs",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "steps have the contents of their logs"},
      {.name = "builders", .types = {Type::strings}, .doc = "only these builders"},
      {.name = "event_messages", .types = {Type::dict}, .doc = "accepted and not used, as in Buildbot"},
  };
  schema.other_order = {"auth_token", "endpoint", "builder_room_map", "builder_user_map", "event_messages"};
  add_wire_arguments(schema);
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<HipChatStatusPush>(args, environment);
}

}  // namespace carillon::reporter::hipchat
