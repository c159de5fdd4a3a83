// The parameters of a statement, in the binary form of the protocol. Values are copied.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::store::postgres {

// Numbers of types in PostgreSQL's catalog.
enum class Type : unsigned int {
  bytes = 17,
  int8 = 20,
  text = 25,
  bytes_array = 1001,
  text_array = 1009,
  int8_array = 1016,
};

// A column of many rows: `unnest($1::bigint[])`.
class Column {
 public:
  // element: bytes, int8 or text.
  explicit Column(Type element) : element_(element) {}
  Column& add(std::int64_t number);
  Column& add(std::optional<std::int64_t> number);
  // Texts as they are: for what was cleaned, or is bytes.
  Column& add(std::string_view bytes);
  Column& add_null();
  std::size_t size() const { return count_; }

  Type type() const;
  std::string encoded() const;

 private:
  Type element_;
  std::size_t count_ = 0;
  bool has_null_ = false;
  std::string items_;
};

class Parameters {
 public:
  struct Value {
    Type type;
    // nullopt: NULL.
    std::optional<std::string> bytes;
  };

  Parameters& add(std::int64_t number);
  Parameters& add(std::optional<std::int64_t> number);
  // Cleaned (texts.hpp).
  Parameters& text(std::string_view text);
  Parameters& key(std::string_view text);
  Parameters& bytes(std::string_view bytes);
  Parameters& add(const Column& column);

  const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<Value> values_;
};

// Most statements are about one row, or one name.
inline Parameters of(std::int64_t number) {
  return std::move(Parameters().add(number));
}
inline Parameters of_key(std::string_view text) {
  return std::move(Parameters().key(text));
}

}  // namespace carillon::store::postgres
