#include "store/postgres/place.hpp"

#include <libpq-fe.h>

#include <memory>

#include "store/error.hpp"

namespace carillon::store::postgres {
namespace {

constexpr std::string_view schemes[] = {"postgresql://", "postgres://"};

// Where the URL does not say. A server that does not answer is given up within seconds, so that what cannot
// be stored is refused instead of waiting.
constexpr std::pair<const char*, const char*> where_not_said[] = {{"connect_timeout", "3"},
                                                                  {"keepalives_idle", "10"},
                                                                  {"keepalives_interval", "3"},
                                                                  {"keepalives_count", "3"},
                                                                  {"tcp_user_timeout", "15000"},
                                                                  {"client_encoding", "UTF8"},
                                                                  {"target_session_attrs", "read-write"}};

// libpq quotes the part of the URL that it does not understand.
std::string without_quotes(std::string_view why) {
  std::string text(why.substr(0, why.find('"')));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == ':'))
    text.pop_back();
  return text;
}

constexpr const char* encode_it = "; where the password has / # ? @ : or %, write %2F %23 %3F %40 %3A %25";

// A password that is not encoded ends in one of these.
void require_plain(const std::string& host, const std::string& port, const std::string& database) {
  const auto wrong = [](const std::string& what) {
    throw Error("the URL of the database cannot be read: its " + what + encode_it);
  };
  if (port.find_first_not_of("0123456789,") != std::string::npos) wrong("port is no number");
  if (host.find('@') != std::string::npos) wrong("host has an '@'");
  if (database.find('@') != std::string::npos) wrong("database has an '@'");
}

}  // namespace

bool is_url(std::string_view url) {
  for (const std::string_view scheme : schemes) {
    if (url.starts_with(scheme)) return true;
  }
  return false;
}

Place::Place(const std::string& url) {
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(url.c_str(), &why), PQconninfoFree);
  const std::unique_ptr<char, void (*)(void*)> text(why, PQfreemem);
  if (!options)
    throw Error("the URL of the database cannot be read: " +
                (text ? without_quotes(text.get()) + encode_it : std::string("out of memory")));
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    parameters_.emplace_back(option->keyword, option->val);
    // '*': a password
    if (option->dispchar[0] == '*' && option->val[0] != '\0') secrets_.emplace_back(option->val);
  }
  const std::string user = value_of("user");
  std::string host = value_of("host");
  if (host.empty()) host = value_of("hostaddr");
  const std::string port = value_of("port");
  const std::string service = value_of("service");
  require_plain(host, port, database());
  shown_ = "postgresql://" + (user.empty() ? "" : user + "@") + host + (port.empty() ? "" : ":" + port) +
           "/" + database() + (service.empty() ? "" : "?service=" + service);
  for (const auto& [keyword, value] : where_not_said) {
    if (value_of(keyword).empty()) parameters_.emplace_back(keyword, value);
  }
}

std::string Place::database() const {
  return value_of("dbname");
}

std::string Place::value_of(std::string_view keyword) const {
  for (const auto& [name, value] : parameters_) {
    if (name == keyword) return value;
  }
  return {};
}

}  // namespace carillon::store::postgres
