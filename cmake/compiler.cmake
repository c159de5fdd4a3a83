# Which compilers are refused, and the linker. `cmake -P` can run the first part alone, with any compiler's name.
set(told "use GCC 13 or newer, or Clang 19 (cmake --preset release)")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines (doc/decisions/0001-clang.md): ${told}")
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR
    "Clang ${CMAKE_CXX_COMPILER_VERSION} lacks parts of C++20 that Carillon uses: ${told}")
endif()
if(CMAKE_SCRIPT_MODE_FILE)
  return()
endif()

# The preset's compiler is the one that the tests run with. Others warn of other things, and stop at none of them.
set(CARILLON_COMPILER_IS_TESTED OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19)
  set(CARILLON_COMPILER_IS_TESTED ON)
else()
  message(STATUS "Carillon's tests run with Clang 19; ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} should do")
endif()

# LLVM's linker is the quickest; Clang finds the one of its own version.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=lld CARILLON_LLD)
if(CARILLON_LLD)
  add_link_options(-fuse-ld=lld)
endif()
