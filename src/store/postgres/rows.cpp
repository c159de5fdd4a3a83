// What is in an answer, in libpq's binary form.
#include <libpq-fe.h>

#include <charconv>

#include "store/postgres/connection.hpp"

namespace carillon::store::postgres {

std::int64_t Row::integer(int column) const {
  if (null(column)) return 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(PQgetvalue(result_, row_, column));  // NOLINT
  const int size = PQgetlength(result_, row_, column);
  // Sign extension begins with the first byte, but for a boolean, which is 0 or 1.
  std::uint64_t number = (bytes[0] & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (int i = 0; i < size; ++i)
    number = (number << 8U) | bytes[i];
  return static_cast<std::int64_t>(number);
}

std::string_view Row::view(int column) const {
  return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::string Row::text(int column) const {
  return std::string(view(column));
}

bool Row::null(int column) const {
  return PQgetisnull(result_, row_, column) != 0;
}

Rows::Rows(pg_result* result) : result_(result, PQclear) {}

int Rows::size() const {
  return PQntuples(result_.get());
}

std::size_t Rows::changed() const {
  const std::string_view text(PQcmdTuples(result_.get()));
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::string_view Rows::command() const {
  return PQcmdStatus(result_.get());
}

}  // namespace carillon::store::postgres
