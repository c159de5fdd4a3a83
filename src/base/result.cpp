#include "base/result.hpp"

namespace carillon {

const char* name(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::rejected:
      return "rejected";
    case Failure::Kind::unreachable:
      return "unreachable";
    case Failure::Kind::throttled:
      return "throttled";
  }
  return "unknown";
}

}  // namespace carillon
