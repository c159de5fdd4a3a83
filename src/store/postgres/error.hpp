// What PostgreSQL, or the way to it, says.
#pragma once

#include <string>

#include "base/result.hpp"
#include "store/error.hpp"

namespace carillon::store::postgres {

// The SQLSTATE of a statement that was given up at its time limit.
inline constexpr const char* given_up_code = "57014";

// Of one that waited too long for what others have locked.
inline constexpr const char* locked_code = "55P03";

class PgError : public Error {
 public:
  enum class Kind {
    lost,   // the connection is gone, or was never there
    again,  // the same may work later: the disk is full, a deadlock, a lock that others hold
    other,
  };
  // code: the SQLSTATE; empty: it is not the server that says so.
  PgError(Kind kind, std::string code, const std::string& what)
      : Error(what), kind_(kind), code_(std::move(code)) {}
  Kind kind() const { return kind_; }
  const std::string& code() const { return code_; }
  bool took_too_long() const override { return code_ == given_up_code; }

 private:
  Kind kind_;
  std::string code_;
};

PgError::Kind kind_of_code(std::string_view code);

// What whoever called the store gets; what a lost connection stored is not there.
Failure to_failure(const PgError& error);

}  // namespace carillon::store::postgres
