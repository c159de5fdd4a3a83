// For tests: a scripted Bot API, and a bot with a memory in front of it.
#pragma once

#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <map>

#include "chat/world.hpp"
#include "fakes/memory.hpp"
#include "fakes/reporter_fixture.hpp"
#include "reporter/telegram/telegram.hpp"
#include "reporter/telegram/telegram_talk.hpp"

namespace carillon::reporter::telegram {

// Answers every call with ok, unless told otherwise for the next ones of a method.
class FakeApi final : public http::Client {
 public:
  struct Call {
    std::string method;
    std::string url;
    // Of JSON bodies.
    json::object parameters;
    std::string body;
    std::string content_type;
  };
  std::vector<Call> calls;
  std::map<std::string, std::deque<Result<http::Response>>> script;
  std::function<void(const Call&)> on_call;

  Task<http::Response> request(http::Request request) override {
    Call call;
    call.url = request.url;
    call.method = request.url.substr(request.url.rfind('/') + 1);
    call.body = request.body;
    call.content_type = request.headers.at(0).second;
    if (call.content_type == "application/json") call.parameters = json::parse(request.body).as_object();
    calls.push_back(call);
    if (on_call) on_call(call);
    auto& scripted = script[call.method];
    if (!scripted.empty()) {
      Result<http::Response> answer = std::move(scripted.front());
      scripted.pop_front();
      co_return answer;
    }
    http::Response response;
    response.status = 200;
    response.body = R"({"ok": true, "result": true})";
    co_return response;
  }

  void answer(const std::string& method, int status, std::string body) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    script[method].emplace_back(std::move(response));
  }
  void refuse(const std::string& method, int code, const std::string& description,
              const std::string& parameters = "") {
    answer(method, code,
           R"({"ok": false, "error_code": )" + std::to_string(code) + R"(, "description": ")" + description +
               "\"" + (parameters.empty() ? "" : R"(, "parameters": )" + parameters) + "}");
  }

  std::vector<Call> of(std::string_view method) const {
    std::vector<Call> found;
    for (const Call& call : calls) {
      if (call.method == method) found.push_back(call);
    }
    return found;
  }
  std::vector<std::string> methods() const {
    std::vector<std::string> names;
    for (const Call& call : calls)
      names.push_back(call.method);
    return names;
  }
  std::string last_text() const {
    const json::value* text = calls.empty() ? nullptr : calls.back().parameters.if_contains("text");
    return text != nullptr ? std::string(text->as_string()) : "no text";
  }
};

inline constexpr const char* token = "99:s3cretOfTheBot_-";

class TelegramFixture : public test::ReporterTest {
 protected:
  // log: instead of the usual one, which shows errors only.
  chat::Environment bot_environment(const Log* log = nullptr) {
    const Environment environment = this->environment();
    return {{environment.executor, environment.site, clock_, log != nullptr ? *log : log_, api_}, &world_};
  }
  settings::Arguments arguments(test::Keywords keywords = {}) {
    keywords.emplace_back("bot_token", test::text(token));
    return bind(schema(), std::move(keywords));
  }
  std::shared_ptr<Talk> make_talk(test::Keywords keywords = {}) {
    keywords.emplace_back("bot_username", test::text("BellsBot"));
    const chat::Environment environment = bot_environment();
    auto talk =
        std::make_shared<Talk>(read_settings(arguments(std::move(keywords)), environment.site), environment);
    EXPECT_TRUE(test::run(io_, talk->restore()));
    return talk;
  }
  // Hands the update over and waits until it is handled.
  void tell(Talk& talk, const json::value& update) {
    EXPECT_TRUE(test::run(io_, talk.accept(update)));
    EXPECT_TRUE(test::run_until(io_, [&] { return talk.waiting() == 0; }));
  }
  json::value message(std::string_view text, std::int64_t chat = 12, std::string_view more = "{}") {
    json::object made{{"message_id", 17},
                      {"chat", json::object{{"id", chat}, {"type", chat < 0 ? "group" : "private"}}},
                      {"from", json::object{{"id", 12}, {"first_name", "Ann"}, {"username", "ann"}}},
                      {"text", text}};
    const json::value fields = json::parse(more);
    for (const auto& one : fields.as_object())
      made[one.key()] = one.value();
    return json::object{{"update_id", ++last_id_}, {"message", std::move(made)}};
  }
  json::value press(std::string_view data, std::int64_t chat = 12) {
    json::object pressed{{"message_id", 18},
                         {"chat", json::object{{"id", chat}, {"type", chat < 0 ? "group" : "private"}}}};
    return json::object{
        {"update_id", ++last_id_},
        {"callback_query",
         json::object{{"id", "q" + std::to_string(last_id_)},
                      {"from", json::object{{"id", 12}, {"first_name", "Ann"}, {"username", "ann"}}},
                      {"data", data},
                      {"message", std::move(pressed)}}}};
  }
  std::int64_t last_id_ = 0;
  FakeApi api_;
  test::KeptThings kept_;
  std::vector<std::shared_ptr<source::Source>> sources_;
  chat::World world_{[this] { return sources_; },
                     [this](const std::string& owner) {
                       owners_.push_back(owner);
                       return std::make_unique<test::FakeMemory>(kept_);
                     }};
  std::vector<std::string> owners_;
};

}  // namespace carillon::reporter::telegram
