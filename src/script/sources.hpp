// The Python sources of python/, as they are compiled into the program (embed.cmake writes sources.cpp).
#pragma once

#include <span>
#include <string_view>

namespace carillon::script {

struct Source {
  // "places" for python/places.py.
  std::string_view name;
  std::string_view text;
};

std::span<const Source> sources_of_python();

}  // namespace carillon::script
