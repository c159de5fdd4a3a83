// Several spools as one: where files are written now, and where they were written before.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spool/spool.hpp"

namespace carillon::spool {

// What is new goes to the first one. What stands in another one is found there, and counts and goes as all
// else, so that the others become empty by and by. Failures: those of the first one that fails; a file that
// another one has is found all the same.
class Places final : public Spool {
 public:
  // At least one.
  explicit Places(std::vector<std::unique_ptr<Spool>> places) : places_(std::move(places)) {}

  std::unique_ptr<Writer> create(const std::string& name) override { return places_.front()->create(name); }
  Task<std::shared_ptr<const File>> open(std::string name, std::uint64_t size) override;
  // A name that stands in several places once.
  Task<std::vector<Entry>> entries() override;
  Task<void> remove(std::vector<std::string> names) override;
  Limit limit() const override { return places_.front()->limit(); }

  // Where files may be, too, that none of these places has, for people: "the bucket https://...". While there
  // are some, one that is not found is no file that is gone: open() fails. nullopt: they are not known yet.
  // At the start there are none.
  void set_elsewhere(std::optional<std::vector<std::string>> names) { elsewhere_ = std::move(names); }

 private:
  std::vector<std::unique_ptr<Spool>> places_;
  std::optional<std::vector<std::string>> elsewhere_ = std::vector<std::string>();
};

}  // namespace carillon::spool
