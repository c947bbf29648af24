# SPDX-License-Identifier: Apache-2.0
# The installed SDK, as a stranger meets it: find_package and pkg-config, C++17,
# nothing of the source tree in sight but the example. Run by ctest.
set(work ${BUILD}/sdk/install_test)
file(REMOVE_RECURSE ${work})

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE text
                  ERROR_VARIABLE text)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${what} failed (${code}):\n${text}")
  endif()
endfunction()

run("building the archive" ${CMAKE_COMMAND} --build ${BUILD}
    --target herald_archive)
run("installing" ${CMAKE_COMMAND} --install ${BUILD} --component sdk
    --prefix ${work}/prefix)
file(COPY examples/01_hello DESTINATION ${work})
run("configuring with find_package(Herald)" ${CMAKE_COMMAND}
    -S ${work}/01_hello -B ${work}/build -G ${GENERATOR}
    -D CMAKE_PREFIX_PATH=${work}/prefix -D CMAKE_CXX_COMPILER=${CXX}
    -D CMAKE_CXX_FLAGS=${FLAGS})
run("building with find_package(Herald)" ${CMAKE_COMMAND} --build
    ${work}/build)

set(ENV{PKG_CONFIG_PATH} ${work}/prefix/${LIBDIR}/pkgconfig)
execute_process(COMMAND ${PKG_CONFIG} --cflags --libs herald
                OUTPUT_VARIABLE flags RESULT_VARIABLE code
                OUTPUT_STRIP_TRAILING_WHITESPACE)
separate_arguments(flags UNIX_COMMAND "${flags}")
separate_arguments(extra UNIX_COMMAND "${FLAGS}")
run("building with pkg-config" ${CXX} -std=c++17 ${extra}
    ${work}/01_hello/hello.cc -o ${work}/hello ${flags})

# Port 1 has no sidecar: the program says so, and fails as it promises.
set(ENV{HERALD_SOCKET} 127.0.0.1:1)
foreach(program ${work}/build/hello ${work}/hello)
  execute_process(COMMAND ${program} RESULT_VARIABLE code OUTPUT_VARIABLE said)
  if(NOT code EQUAL 1 OR NOT said MATCHES "no sidecar.*127\\.0\\.0\\.1:1")
    message(FATAL_ERROR "${program} ended with ${code} and said: ${said}")
  endif()
endforeach()
