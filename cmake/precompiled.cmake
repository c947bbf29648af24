# What nearly every source includes, parsed once: a third of a source's compile
# time goes into it (docs/decisions/0015-precompiled.md). The presets that build
# tests turn it on. Nothing of Herald's own is here, and no source may rely on
# it: the release preset, scripts/tidy and scripts/check_headers go without.
option(HERALD_PRECOMPILE "parse what all sources include only once (GCC)" OFF)
if(HERALD_PRECOMPILE AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "HERALD_PRECOMPILE is for GCC; turn it off.")
endif()

# herald_precompiled_headers(NAME HEADERS...): the library whose precompiled
# headers others use by herald_use_precompiled. It needs a source of its own.
function(herald_precompiled_headers name)
  set(source ${PROJECT_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// What the headers are parsed for.\n")
  add_library(${name} OBJECT ${source})
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

function(herald_use_precompiled target from)
  if(HERALD_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

if(NOT HERALD_PRECOMPILE)
  return()
endif()

# GCC forgets that these headers are the system's, and warns of what it wrongly
# takes for out of bounds in the standard library. The release preset has these
# warnings on.
list(APPEND HERALD_WARNINGS -Wno-array-bounds -Wno-free-nonheap-object
     -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
     -Wno-stringop-overread)

set(common <absl/container/flat_hash_map.h> <absl/container/inlined_vector.h>
    <absl/status/statusor.h> <algorithm> <array> <charconv> <chrono> <cstdint>
    <cstring> <deque> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <utility> <vector>)
herald_precompiled_headers(herald_precompiled ${common})

if(HERALD_TESTS)
  herald_precompiled_headers(herald_precompiled_test ${common}
    <gmock/gmock.h> <gtest/gtest.h>)
  target_link_libraries(herald_precompiled_test PRIVATE GTest::gmock)
  # Programs are compiled with -fPIE, and so must be what they use.
  set_target_properties(herald_precompiled_test PROPERTIES
                        POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(herald_precompiled_test PRIVATE
                         ${CMAKE_CXX_COMPILE_OPTIONS_PIE})
endif()
