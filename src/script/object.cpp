#include "script/object.hpp"

namespace carillon::script {

namespace {

class ScriptObject final : public settings::Object {
 public:
  ScriptObject(std::shared_ptr<Bridge> bridge, ObjectFacts facts)
      : bridge_(std::move(bridge)), facts_(std::move(facts)) {}
  ~ScriptObject() override { bridge_->drop(facts_.number); }
  ScriptObject(const ScriptObject&) = delete;
  ScriptObject& operator=(const ScriptObject&) = delete;

  // Not a coroutine itself, so that the views are copied before anything waits.
  Task<json::value> call(std::string_view method, json::array args, std::string_view master) override {
    return bridge_->call(facts_.number, std::string(method), std::move(args), std::string(master));
  }

  json::value argument() const override {
    json::object stands_for;
    stands_for["carillon.argument"] = facts_.number;
    return stands_for;
  }

  json::value attribute(std::string_view name) const override {
    const json::value* value = facts_.attributes.if_contains(name);
    return value != nullptr ? *value : json::value();
  }

  bool overrides(std::string_view method) const override { return facts_.overrides.contains(method); }
  std::string where() const override { return facts_.where; }
  bool is(settings::Role role) const override {
    return (facts_.roles & (1U << static_cast<unsigned>(role))) != 0;
  }
  std::string describe() const override { return facts_.title; }

 private:
  std::shared_ptr<Bridge> bridge_;
  ObjectFacts facts_;
};

}  // namespace

settings::ObjectPtr make_object(std::shared_ptr<Bridge> bridge, ObjectFacts facts) {
  return std::make_shared<ScriptObject>(std::move(bridge), std::move(facts));
}

}  // namespace carillon::script
