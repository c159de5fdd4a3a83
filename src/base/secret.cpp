#include "base/secret.hpp"

#include <algorithm>

#include "base/secret_forms.hpp"

namespace carillon {
namespace {

constexpr std::size_t most_passing = 64;

}  // namespace

Redactor::Redactor() : forms_(std::make_unique<const SecretForms>()) {}

Redactor::~Redactor() = default;

void Redactor::add(std::string_view secret) {
  std::lock_guard lock(mutex_);
  if (std::ranges::find(lasting_, secret) != lasting_.end()) return;
  lasting_.emplace_back(secret);
  rebuild();
}

void Redactor::add_passing(std::string_view secret) {
  std::lock_guard lock(mutex_);
  if (std::ranges::find(passing_, secret) != passing_.end()) return;
  passing_.emplace_back(secret);
  if (passing_.size() > most_passing) passing_.pop_front();
  rebuild();
}

void Redactor::rebuild() {
  auto forms = std::make_unique<SecretForms>();
  for (const std::string& secret : lasting_)
    forms->add(secret);
  for (const std::string& secret : passing_)
    forms->add(secret);
  forms_ = std::move(forms);
}

std::string Redactor::operator()(std::string_view text) const {
  std::lock_guard lock(mutex_);
  return forms_->redacted(text);
}

}  // namespace carillon
