#include "access/password_hash.hpp"

#include <crypt.h>

#include <memory>
#include <stdexcept>

#include "base/digest.hpp"

namespace carillon::access {
namespace {

constexpr std::string_view nothing_fits{"\0\r\n", 3};

// Empty: libcrypt cannot, or does not know the kind.
std::string crypt_text(const std::string& password, const std::string& setting) {
  const auto work = std::make_unique<crypt_data>();  // 32 KB
  const char* made = crypt_r(password.c_str(), setting.c_str(), work.get());
  return made == nullptr || made[0] == '*' ? std::string() : std::string(made);
}

}  // namespace

bool can_be_password(const std::string& text) {
  return !text.empty() && text.size() <= longest_password &&
         text.find_first_of(nothing_fits) == std::string::npos;
}

bool has_hash(const std::string& password, const std::string& hash) {
  const std::string made = crypt_text(password, hash);
  return !made.empty() && can_be_password(password) && equal_secrets(made, hash);
}

std::string hash_of(const std::string& password) {
  char setting[CRYPT_GENSALT_OUTPUT_SIZE] = {};  // NOLINT(modernize-avoid-c-arrays): libcrypt's
  if (crypt_gensalt_rn("$y$", 0, nullptr, 0, setting, sizeof setting) == nullptr)
    throw std::runtime_error("libcrypt knows no yescrypt");
  std::string hash = crypt_text(password, setting);
  if (hash.empty()) throw std::runtime_error("libcrypt cannot hash the password");
  return hash;
}

}  // namespace carillon::access
