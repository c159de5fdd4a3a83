// Where a PostgreSQL database is, as the user wrote it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::store::postgres {

// What begins so is PostgreSQL's: "postgresql://", "postgres://".
bool is_url(std::string_view url);

class Place {
 public:
  // As libpq reads it; what it leaves out libpq takes from its environment (PGPASSFILE, PGSERVICE, ...).
  // Throws Error with a text that holds no part of the URL: it may hold a password.
  explicit Place(const std::string& url);

  // "postgresql://carillon@db.example.org/carillon": for people, without secrets.
  const std::string& shown() const { return shown_; }
  // Those in the URL: not to be shown.
  const std::vector<std::string>& secrets() const { return secrets_; }
  // Keywords of libpq with their values, and what Carillon wants where the URL does not say.
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }
  // The name of the database; empty: libpq takes the user's.
  std::string database() const;

 private:
  std::string value_of(std::string_view keyword) const;

  std::vector<std::pair<std::string, std::string>> parameters_;
  std::vector<std::string> secrets_;
  std::string shown_;
};

}  // namespace carillon::store::postgres
