// The Python modules of python/, as they are compiled into the program (embed.py writes sources.cpp).
#pragma once

#include <span>
#include <string_view>

namespace carillon::script {

struct Source {
  // "places" for python/places.py.
  std::string_view name;
  std::string_view text;
  // The same, marshalled.
  std::string_view code;
};

std::span<const Source> sources_of_python();

// Of the Python that compiled them; another one (PyImport_GetMagicNumber) has to do it itself.
long magic_of_code();

}  // namespace carillon::script
