#include "store/postgres/parameters.hpp"

#include <stdexcept>

#include "store/postgres/texts.hpp"

namespace carillon::store::postgres {
namespace {

void append_int32(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xffU);
}

void append_int64(std::string& out, std::int64_t number) {
  append_int32(out, static_cast<std::uint32_t>(static_cast<std::uint64_t>(number) >> 32U));
  append_int32(out, static_cast<std::uint32_t>(static_cast<std::uint64_t>(number)));
}

std::string int64_bytes(std::int64_t number) {
  std::string out;
  append_int64(out, number);
  return out;
}

}  // namespace

Column& Column::add(std::int64_t number) {
  append_int32(items_, 8);
  append_int64(items_, number);
  ++count_;
  return *this;
}

Column& Column::add(std::optional<std::int64_t> number) {
  return number ? add(*number) : add_null();
}

Column& Column::add(std::string_view bytes) {
  append_int32(items_, static_cast<std::uint32_t>(bytes.size()));
  items_ += bytes;
  ++count_;
  return *this;
}

Column& Column::add_null() {
  append_int32(items_, 0xffffffff);
  has_null_ = true;
  ++count_;
  return *this;
}

Type Column::type() const {
  switch (element_) {
    case Type::bytes:
      return Type::bytes_array;
    case Type::text:
      return Type::text_array;
    case Type::int8:
      return Type::int8_array;
    default:
      throw std::logic_error("no column of PostgreSQL has arrays");
  }
}

std::string Column::encoded() const {
  std::string out;
  out.reserve(items_.size() + 20);
  append_int32(out, count_ == 0 ? 0 : 1);  // dimensions
  append_int32(out, has_null_ ? 1 : 0);
  append_int32(out, static_cast<std::uint32_t>(element_));
  if (count_ == 0) return out;
  append_int32(out, static_cast<std::uint32_t>(count_));
  append_int32(out, 1);  // the first one's number
  out += items_;
  return out;
}

Parameters& Parameters::add(std::int64_t number) {
  values_.push_back({Type::int8, int64_bytes(number)});
  return *this;
}

Parameters& Parameters::add(std::optional<std::int64_t> number) {
  if (number) return add(*number);
  values_.push_back({Type::int8, std::nullopt});
  return *this;
}

Parameters& Parameters::text(std::string_view text) {
  values_.push_back({Type::text, clean(text)});
  return *this;
}

Parameters& Parameters::key(std::string_view text) {
  values_.push_back({Type::text, clean_key(text)});
  return *this;
}

Parameters& Parameters::bytes(std::string_view bytes) {
  values_.push_back({Type::bytes, std::string(bytes)});
  return *this;
}

Parameters& Parameters::add(const Column& column) {
  values_.push_back({column.type(), column.encoded()});
  return *this;
}

}  // namespace carillon::store::postgres
