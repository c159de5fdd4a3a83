// What a store says when it cannot be opened or read.
#pragma once

#include <stdexcept>
#include <string>

namespace carillon::store {

// The text is for the operator, and names the place.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  // A question was given up at its time limit; a narrower one may do.
  virtual bool took_too_long() const { return false; }
};

// Another server has begun meanwhile: what this one has in memory is not what is stored.
class Superseded : public Error {
 public:
  using Error::Error;
};

}  // namespace carillon::store
