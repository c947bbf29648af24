# Everything Herald stands on. Distribution packages where they serve; the
# QUIC stack and nghttp2 come from HERALD_DEPS_PREFIX (scripts/deps builds it
# from Debian's source packages) unless the system has new enough ones.
#
# All of it is linked statically: the binary needs only libc and libm.

# Least versions, each with its reason in docs/decisions/0003-dependencies.md.
set(HERALD_MIN_OPENSSL 3.5.0)
set(HERALD_MIN_NGTCP2 1.24.0)
set(HERALD_MIN_NGHTTP3 1.15.0)
set(HERALD_MIN_NGHTTP2 1.68.1)

set(HERALD_DEPS_PREFIX "$ENV{HERALD_DEPS_PREFIX}" CACHE PATH
    "where scripts/deps put OpenSSL, ngtcp2, nghttp3 and nghttp2")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
set(ENV{PKG_CONFIG_PATH}
    "${HERALD_DEPS_PREFIX}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")

# herald_pkg(TARGET MODULE>=VERSION ARCHIVES...) makes an imported target of
# the named static archives.
function(herald_pkg target module min)
  pkg_check_modules(${target}_pc QUIET ${module}>=${min})
  if(NOT ${target}_pc_FOUND)
    message(FATAL_ERROR
      "${module} ${min} or newer was not found. Run scripts/deps, which builds "
      "it, or scripts/build, which does that for you.")
  endif()
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  # The prefix's own headers before any of the system.
  target_include_directories(${target} BEFORE INTERFACE ${${target}_pc_INCLUDE_DIRS})
  set(dirs ${${target}_pc_LIBRARY_DIRS} ${${target}_pc_LIBDIR})
  foreach(name ${ARGN})
    find_library(${target}_${name} NAMES lib${name}.a ${name}
                 PATHS ${dirs} NO_DEFAULT_PATH)
    find_library(${target}_${name} NAMES lib${name}.a ${name} REQUIRED)
    target_link_libraries(${target} INTERFACE ${${target}_${name}})
  endforeach()
endfunction()

herald_pkg(openssl openssl ${HERALD_MIN_OPENSSL} ssl crypto)
target_include_directories(openssl BEFORE INTERFACE ${HERALD_DEPS_PREFIX}/include)
target_link_libraries(openssl INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
herald_pkg(nghttp3 libnghttp3 ${HERALD_MIN_NGHTTP3} nghttp3)
herald_pkg(ngtcp2 libngtcp2_crypto_ossl ${HERALD_MIN_NGTCP2} ngtcp2_crypto_ossl ngtcp2)
target_link_libraries(ngtcp2 INTERFACE openssl)
herald_pkg(nghttp2 libnghttp2 ${HERALD_MIN_NGHTTP2} nghttp2)
target_compile_definitions(nghttp2 INTERFACE NGHTTP2_STATICLIB)
target_compile_definitions(nghttp3 INTERFACE NGHTTP3_STATICLIB)
target_compile_definitions(ngtcp2 INTERFACE NGTCP2_STATICLIB)

# Packages of the distribution, static archives preferred.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_path(HERALD_BOOST_INCLUDE boost/beast/version.hpp REQUIRED)
add_library(boost INTERFACE IMPORTED GLOBAL)
target_include_directories(boost SYSTEM INTERFACE ${HERALD_BOOST_INCLUDE})
target_compile_definitions(boost INTERFACE BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_VISIBILITY BOOST_ERROR_CODE_HEADER_ONLY)

find_package(absl REQUIRED)
# Debian's package describes Abseil's shared libraries, though it brings the
# archives too: point each imported target at its archive.
function(herald_use_archives)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target ${targets})
    if(NOT target MATCHES "^absl::")
      continue()
    endif()
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "SHARED_LIBRARY")
      continue()
    endif()
    get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
    foreach(configuration ${configurations})
      get_target_property(file ${target} IMPORTED_LOCATION_${configuration})
      string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${file}")
      if(EXISTS "${archive}")
        set_target_properties(${target} PROPERTIES
          IMPORTED_LOCATION_${configuration} "${archive}"
          IMPORTED_SONAME_${configuration} "")
      endif()
    endforeach()
  endforeach()
endfunction()
herald_use_archives()
find_library(HERALD_YAML_CPP NAMES libyaml-cpp.a REQUIRED)
find_path(HERALD_YAML_CPP_INCLUDE yaml-cpp/yaml.h REQUIRED)
add_library(yaml_cpp INTERFACE IMPORTED GLOBAL)
target_link_libraries(yaml_cpp INTERFACE ${HERALD_YAML_CPP})
target_include_directories(yaml_cpp SYSTEM INTERFACE ${HERALD_YAML_CPP_INCLUDE})

find_library(HERALD_PROTOBUF_LITE NAMES libprotobuf-lite.a REQUIRED)
find_library(HERALD_PROTOBUF NAMES libprotobuf.a REQUIRED)
find_program(HERALD_PROTOC protoc REQUIRED)
add_library(protobuf_lite INTERFACE IMPORTED GLOBAL)
target_link_libraries(protobuf_lite INTERFACE ${HERALD_PROTOBUF_LITE} Threads::Threads)
add_library(protobuf_full INTERFACE IMPORTED GLOBAL)
target_link_libraries(protobuf_full INTERFACE ${HERALD_PROTOBUF} Threads::Threads)

find_path(HERALD_CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(cli11 INTERFACE IMPORTED GLOBAL)
target_include_directories(cli11 SYSTEM INTERFACE ${HERALD_CLI11_INCLUDE})

if(HERALD_TESTS)
  find_package(GTest REQUIRED)
endif()
