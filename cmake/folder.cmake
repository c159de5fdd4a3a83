# carillon_folder(NAME [LINK lib...]): one static library out of the folder's *.cpp, and, where tests are
# built, one test program NAME_test out of its *_test.cpp (all GoogleTest cases registered by ctest), and one
# fuzz target out of each *_fuzz.cpp. Sources of sub-folders belong to the sub-folder's own call.
add_library(carillon_options INTERFACE)
target_compile_options(carillon_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Werror -Wno-missing-designated-field-initializers -Wno-missing-field-initializers)
target_compile_definitions(carillon_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE CARILLON_VERSION="${PROJECT_VERSION}")
target_include_directories(carillon_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(CARILLON_SANITIZE)
  target_compile_options(carillon_options INTERFACE -fsanitize=${CARILLON_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -g1 -O1)
  target_link_options(carillon_options INTERFACE -fsanitize=${CARILLON_SANITIZE})
endif()
if(CARILLON_FUZZ)
  target_compile_options(carillon_options INTERFACE -fsanitize=fuzzer-no-link)  # coverage guides the fuzzers
endif()
target_link_libraries(carillon_options INTERFACE Boost::headers Threads::Threads tl::expected)

function(carillon_folder name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|/main)\\.cpp$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC carillon_options ${ARG_LINK})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE carillon_options ${ARG_LINK})
  endif()
  if(CARILLON_TESTS AND tests)
    find_package(GTest REQUIRED)
    include(GoogleTest)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} test_support GTest::gmock_main)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
  endif()
  if(CARILLON_FUZZ)
    foreach(fuzzer ${fuzzers})
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${target} ${fuzzer})
      target_link_libraries(${target} PRIVATE ${name} -fsanitize=fuzzer)
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
