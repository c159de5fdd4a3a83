// The builds of a report.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "base/object_text.hpp"

namespace carillon::reporter {

// Builds that are read by many and changed by few: whoever shares one must not change it any more.
class Builds {
 public:
  using Shared = std::shared_ptr<const json::object>;
  using Text = std::shared_ptr<const ObjectText>;

 private:
  struct Item {
    Shared build;
    Text text;
  };

 public:
  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = json::object;
    using difference_type = std::ptrdiff_t;
    using pointer = const json::object*;
    using reference = const json::object&;

    Iterator() = default;
    explicit Iterator(std::vector<Item>::const_iterator at) : at_(at) {}
    reference operator*() const { return *at_->build; }
    pointer operator->() const { return at_->build.get(); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    difference_type operator-(const Iterator& other) const { return at_ - other.at_; }
    bool operator==(const Iterator&) const = default;

   private:
    std::vector<Item>::const_iterator at_;
  };

  Builds() = default;
  explicit Builds(std::vector<json::object> builds) {
    for (json::object& build : builds)
      push_back(std::move(build));
  }

  void push_back(json::object build) { share(std::make_shared<const json::object>(std::move(build))); }
  // build: not null. text: of this very build, or null.
  void share(Shared build, Text text = nullptr) {
    builds_.push_back(Item{std::move(build), std::move(text)});
  }
  void clear() { builds_.clear(); }

  std::size_t size() const { return builds_.size(); }
  bool empty() const { return builds_.empty(); }
  const json::object& operator[](std::size_t index) const { return *builds_[index].build; }
  const json::object& front() const { return *builds_.front().build; }
  const json::object& back() const { return *builds_.back().build; }
  const Shared& shared(std::size_t index) const { return builds_[index].build; }
  // What was serialized of it already, or null.
  const Text& text(std::size_t index) const { return builds_[index].text; }
  Iterator begin() const { return Iterator(builds_.begin()); }
  Iterator end() const { return Iterator(builds_.end()); }

  // A copy in the place of the build, to be changed until the list is read or copied.
  json::object& edit(std::size_t index) {
    auto own = std::make_shared<json::object>(*builds_[index].build);
    json::object& build = *own;
    builds_[index] = Item{std::move(own), nullptr};
    return build;
  }

 private:
  std::vector<Item> builds_;
};

}  // namespace carillon::reporter
