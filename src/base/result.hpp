// Result values for the outside world: what went wrong, and whether it is worth trying again.
// Exceptions are for bad configuration (settings/error.hpp) and for bugs.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace carillon {

// Why something outside of this process did not work.
struct Failure {
  enum class Kind {
    rejected,     // the other side understood and said no: the same request will be refused again
    unreachable,  // no answer, a broken answer, or an answer that says "not now": try again
    throttled,    // the other side asks for a pause of its whole account; see retry_after
  };
  Kind kind = Kind::unreachable;
  // Shown to the operator; holds no secret.
  std::string what;
  // Asked for by the other side, counted from now.
  std::optional<std::chrono::seconds> retry_after;
};

// The longest that anybody is left alone because of what the other side asked for: it may have meant
// something else (milliseconds, a moment instead of a duration), or have changed its mind.
inline constexpr std::chrono::seconds longest_asked_pause{3600};

template <class T>
using Result = tl::expected<T, Failure>;

// The success of something that yields nothing: `return ok();`
inline Result<void> ok() {
  return {};
}

inline tl::unexpected<Failure> rejected(std::string what) {
  return tl::unexpected<Failure>(Failure{Failure::Kind::rejected, std::move(what), std::nullopt});
}
inline tl::unexpected<Failure> unreachable(std::string what) {
  return tl::unexpected<Failure>(Failure{Failure::Kind::unreachable, std::move(what), std::nullopt});
}
inline tl::unexpected<Failure> throttled(std::string what, std::chrono::seconds retry_after) {
  return tl::unexpected<Failure>(Failure{Failure::Kind::throttled, std::move(what), retry_after});
}

// Passes on why something failed: `if (!got) co_return failed(got);`
template <class T>
tl::unexpected<Failure> failed(const Result<T>& result) {
  return tl::unexpected<Failure>(result.error());
}
template <class T>
tl::unexpected<Failure> failed(Result<T>& result) {  // it is not needed any more
  return tl::unexpected<Failure>(std::move(result.error()));
}
inline tl::unexpected<Failure> failed(Failure failure) {
  return tl::unexpected<Failure>(std::move(failure));
}

// "rejected", "unreachable", "throttled": for logs and the ledger.
const char* name(Failure::Kind kind);

}  // namespace carillon
