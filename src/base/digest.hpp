// Digests, random texts and comparisons for secrets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

// Raw, 32 bytes. Throw std::runtime_error where OpenSSL cannot.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// Unpredictable bytes. Throws std::runtime_error where the system gives none.
std::string random_bytes(std::size_t count);
// As much chance as 256 bits have, in 43 letters, digits, '-' and '_'.
std::string random_text();

// Whether they are equal. How long it takes depends on the length of what was shown only.
bool equal_secrets(std::string_view shown, std::string_view expected);

// RFC 4648, section 5: with '-' and '_', without padding.
std::string base64_url_encode(std::string_view bytes);
// The inverse; nullopt for all else, also what has padding or bits that no encoder writes.
std::optional<std::string> base64_url_decode(std::string_view text);

}  // namespace carillon
