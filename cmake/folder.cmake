# carillon_folder(NAME [COLD] [FOLDERS folder...] [LINK lib...]): one static library out of the folder's *.cpp
# (or of those of the FOLDERS below it), and, where tests are
# built, one test program NAME_test out of its *_test.cpp (registered by ctest: cmake/suites.cmake), and one
# fuzz target out of each *_fuzz.cpp, whose corpus is in test/corpus/ and is replayed by ctest (cmake/replay.cmake). Sources of
# sub-folders belong to the sub-folder's own call. COLD: it runs seldom, or waits for others; optimized less, compiled sooner.
add_library(carillon_options INTERFACE)
target_compile_options(carillon_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Wno-missing-field-initializers)
if(CARILLON_COMPILER_IS_TESTED)
  target_compile_options(carillon_options INTERFACE -Werror -Wno-missing-designated-field-initializers)
endif()
if(CARILLON_BATCH EQUAL 1)  # in a batch a local name may be one that a neighbour has at file scope
  target_compile_options(carillon_options INTERFACE -Wshadow)
endif()
target_compile_definitions(carillon_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE CARILLON_VERSION="${PROJECT_VERSION}")
target_include_directories(carillon_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(CARILLON_SANITIZE)
  target_compile_options(carillon_options INTERFACE -fsanitize=${CARILLON_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -g1 $<IF:$<BOOL:$<TARGET_PROPERTY:CARILLON_UNOPTIMIZED>>,-O0,-O1>)
  target_link_options(carillon_options INTERFACE -fsanitize=${CARILLON_SANITIZE})
endif()
if(CARILLON_FUZZ)
  target_compile_options(carillon_options INTERFACE -fsanitize=fuzzer-no-link)  # coverage guides the fuzzers
endif()
target_link_libraries(carillon_options INTERFACE Boost::headers Threads::Threads tl::expected)

# Several sources are compiled as one ("unity build"): most of a file's time goes into headers and templates that its
# neighbours need, too. Whole folders cost least; the preset dev has small batches, which are quick after a change.
function(carillon_batches target)
  if(CARILLON_BATCH GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${CARILLON_BATCH})
  endif()
endfunction()

# Half of what a sanitized build costs would be optimizing tests. An option of the target itself would stand before
# those of carillon_options, and the last one counts.
function(carillon_unoptimized target)
  if(NOT CARILLON_FUZZ)
    set_target_properties(${target} PROPERTIES CARILLON_UNOPTIMIZED ON)
  endif()
endfunction()

function(carillon_folder name)
  cmake_parse_arguments(ARG "COLD" "" "FOLDERS;LINK" ${ARGN})
  set(patterns *.cpp)
  if(ARG_FOLDERS)
    list(TRANSFORM ARG_FOLDERS APPEND /*.cpp OUTPUT_VARIABLE patterns)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|/main)\\.cpp$")
  if(sources)
    add_library(${name} STATIC ${sources})
    carillon_batches(${name})
    if(ARG_COLD)
      target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
    endif()
    target_link_libraries(${name} PUBLIC carillon_options ${ARG_LINK})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE carillon_options ${ARG_LINK})
  endif()
  if(CARILLON_TESTS AND tests)
    find_package(GTest REQUIRED)
    add_executable(${name}_test ${tests})
    carillon_batches(${name}_test)
    carillon_unoptimized(${name}_test)
    target_link_libraries(${name}_test PRIVATE ${name} test_support GTest::gmock_main)
    carillon_suites(${name} ${tests})
  endif()
  foreach(fuzzer ${fuzzers})
    get_filename_component(target ${fuzzer} NAME_WE)
    file(GLOB seeds CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/corpus/${target}/*)
    if(NOT seeds)
      message(FATAL_ERROR "${fuzzer} has no corpus: give it a few inputs in test/corpus/${target}/")
    endif()
  endforeach()
  if(CARILLON_TESTS AND fuzzers)
    set_property(GLOBAL APPEND PROPERTY CARILLON_FUZZERS ${fuzzers})
    set_property(GLOBAL APPEND PROPERTY CARILLON_FUZZED ${name})
  endif()
  if(CARILLON_FUZZ)
    foreach(fuzzer ${fuzzers})
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${target} ${fuzzer})
      target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/test)
      target_link_libraries(${target} PRIVATE ${name} -fsanitize=fuzzer)
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
