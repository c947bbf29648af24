# One line a target. A library states its DEPS; an include that follows no DEPS
# does not build (and scripts/check_floors.py compares includes with
# docs/floors.txt besides).
#
#   herald_library(policy SOURCES parse.cc DEPS core_base core_yaml)
#   herald_test(policy_test SOURCES parse_test.cc DEPS policy)

function(herald_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  if(arg_SOURCES)
    add_library(herald_${name} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_compile_options(herald_${name} PRIVATE ${HERALD_WARNINGS})
    target_link_libraries(herald_${name} PRIVATE ${arg_PRIVATE_DEPS})
    herald_use_precompiled(herald_${name} herald_precompiled)
  else()
    add_library(herald_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(herald_${name} ${scope} ${PROJECT_SOURCE_DIR})
  foreach(dep ${arg_DEPS})
    if(TARGET herald_${dep} OR dep MATCHES "^(core|policy|discovery|sidecar|sdk)(_|$)")
      target_link_libraries(herald_${name} ${scope} herald_${dep})
    else()
      target_link_libraries(herald_${name} ${scope} ${dep})
    endif()
  endforeach()
endfunction()

# A program. `herald` itself comes to lie at the top of the build folder (the
# root CMakeLists.txt sees to it), all others in their own folder.
function(herald_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_compile_options(${name} PRIVATE ${HERALD_WARNINGS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  foreach(dep ${arg_DEPS})
    if(TARGET herald_${dep} OR dep MATCHES "^(core|policy|discovery|sidecar|sdk|tests)(_|$)")
      target_link_libraries(${name} PRIVATE herald_${dep})
    else()
      target_link_libraries(${name} PRIVATE ${dep})
    endif()
  endforeach()
endfunction()

# A test binary; LABELS default to `unit`. Run by ctest as one test.
function(herald_test name)
  if(NOT HERALD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;DEPS;LABELS;ARGS" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_compile_options(${name} PRIVATE ${HERALD_WARNINGS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  foreach(dep ${arg_DEPS})
    if(TARGET herald_${dep} OR dep MATCHES "^(core|policy|discovery|sidecar|sdk|tests)(_|$)")
      target_link_libraries(${name} PRIVATE herald_${dep})
    else()
      target_link_libraries(${name} PRIVATE ${dep})
    endif()
  endforeach()
  target_link_libraries(${name} PRIVATE GTest::gmock GTest::gtest_main)
  herald_use_precompiled(${name} herald_precompiled_test)
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGS}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}"
                       TIMEOUT ${arg_TIMEOUT}
                       ENVIRONMENT "${HERALD_TEST_ENVIRONMENT}")
endfunction()

# A test that is a script: herald_script_test(floors COMMAND python3 x.py). It
# is started in the repository's root.
function(herald_script_test name)
  if(NOT HERALD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${arg_COMMAND}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}"
                       TIMEOUT ${arg_TIMEOUT}
                       ENVIRONMENT "${HERALD_TEST_ENVIRONMENT}")
endfunction()

# A fuzz target, its seeds in tests/fuzz/corpus/NAME. With HERALD_FUZZ (clang) it
# is libFuzzer's, and the target `fuzz_targets` builds them all; with
# HERALD_TESTS it is a test that replays the seeds.
if(HERALD_FUZZ)
  add_custom_target(fuzz_targets)
endif()
function(herald_fuzz name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  set(target ${name})
  if(NOT HERALD_FUZZ)
    set(target fuzz_${name}_replay)
    list(APPEND arg_SOURCES replay_main.cc)
  endif()
  add_executable(${target} ${arg_SOURCES})
  target_compile_options(${target} PRIVATE ${HERALD_WARNINGS})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  foreach(dep ${arg_DEPS})
    target_link_libraries(${target} PRIVATE herald_${dep})
  endforeach()
  if(HERALD_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${target})
  else()
    herald_script_test(${target}
      COMMAND ${target} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  endif()
endfunction()

# C++ from .proto files: makes herald_NAME, which others name in DEPS. A message
# is included by its path from the root ("core/proto/context.pb.h"), imports
# between .proto files likewise. Links protobuf's small runtime, for files with
# `option optimize_for = LITE_RUNTIME;`; FULL adds reflection and JSON.
#
#   herald_proto(core_proto PROTOS context.proto)
function(herald_proto name)
  cmake_parse_arguments(arg "FULL" "" "PROTOS;DEPS" ${ARGN})
  set(out ${PROJECT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(generated)
  foreach(proto ${arg_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(made ${out}/${folder}/${stem}.pb.cc ${out}/${folder}/${stem}.pb.h)
    add_custom_command(
      OUTPUT ${made}
      COMMAND ${HERALD_PROTOC} --proto_path=${PROJECT_SOURCE_DIR}
              --cpp_out=${out} ${folder}/${proto}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto}
      COMMENT "protoc ${folder}/${proto}" VERBATIM)
    list(APPEND generated ${made})
  endforeach()
  add_library(herald_${name} STATIC ${generated})
  # Generated code meets its makers' warnings, not ours.
  target_compile_options(herald_${name} PRIVATE -w)
  target_include_directories(herald_${name} SYSTEM PUBLIC ${out})
  if(arg_FULL)
    target_link_libraries(herald_${name} PUBLIC protobuf_full)
  else()
    target_link_libraries(herald_${name} PUBLIC protobuf_lite)
  endif()
  foreach(dep ${arg_DEPS})
    target_link_libraries(herald_${name} PUBLIC herald_${dep})
  endforeach()
endfunction()
