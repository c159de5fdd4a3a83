// What a store says when it cannot be opened or read.
#pragma once

#include <stdexcept>
#include <string>

namespace carillon::store {

// The text is for the operator, and names the place.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace carillon::store
