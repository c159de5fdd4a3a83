#include "settings/object.hpp"

namespace carillon::settings {

json::value Object::master_argument() {
  json::object stands_for;
  stands_for["carillon.argument"] = "master";
  return stands_for;
}

}  // namespace carillon::settings
