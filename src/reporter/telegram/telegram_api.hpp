// Calls of the Bot API.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "chat/connected_reporter.hpp"
#include "reporter/telegram/telegram_answer.hpp"

namespace carillon::reporter::telegram {

class Api {
 public:
  // base_url: without '/' at its end. The environment's references outlive this.
  Api(const chat::Environment& environment, std::string base_url, Secret token, bool verify)
      : env_(environment), base_url_(std::move(base_url)), token_(std::move(token)), verify_(verify) {}

  // Calls the method once. No text in the reply holds the token, although it is part of the URL. Throws only
  // when cancelled.
  asio::awaitable<Reply> call(std::string method, json::object parameters = {},
                              std::chrono::milliseconds timeout = std::chrono::seconds(30)) const;

  // The same with a file: as multipart/form-data. Parameters that are no text are sent as JSON.
  asio::awaitable<Reply> upload(std::string method, json::object parameters, std::string field,
                                std::string file_name, std::string content) const;

 private:
  asio::awaitable<Reply> send(const std::string& method, http::Request request) const;
  std::string hidden(std::string text) const;

  chat::Environment env_;
  std::string base_url_;
  Secret token_;
  bool verify_;
};

}  // namespace carillon::reporter::telegram
