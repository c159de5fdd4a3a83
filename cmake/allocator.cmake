# What hands out memory: mimalloc instead of the C library's malloc, which takes a quarter of the CPU of a report
# (doc/decisions/0026-allocator.md). Sanitizers bring their own.
option(CARILLON_MIMALLOC "link mimalloc in the place of malloc" ON)
if(CARILLON_MIMALLOC AND NOT CARILLON_SANITIZE)
  find_package(mimalloc 2.0 REQUIRED)
endif()

# To be called first: malloc is the one of the library that the program names first.
function(carillon_allocator program)
  if(TARGET mimalloc)
    target_link_libraries(${program} PRIVATE mimalloc)
  endif()
endfunction()
