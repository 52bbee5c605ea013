# Options every target of this project is compiled with.
add_library(resgate_options INTERFACE)
target_include_directories(resgate_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(resgate_options INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these inside its own and Boost's headers at -O2 and above (GCC bugs 105329, 105651, 107265).
    target_compile_options(resgate_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # std::stable_sort of libstdc++ 12 uses what it declares deprecated itself.
    target_compile_options(resgate_options INTERFACE -Wno-deprecated-declarations)
endif()
# What is shipped faces the public: Debian's usual precautions against faults in memory.
target_compile_options(resgate_options INTERFACE
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection>)
target_link_options(resgate_options INTERFACE $<$<CONFIG:Release>:-Wl,-z,relro,-z,now>)
if(RESGATE_SANITIZE)
    target_compile_options(resgate_options INTERFACE
        -fsanitize=${RESGATE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(resgate_options INTERFACE -fsanitize=${RESGATE_SANITIZE})
endif()

# The code of the tests themselves, which need not be fast and is not what the sanitizer for undefined behaviour is
# to look at: it takes several times as long to compile with it.
add_library(resgate_test_options INTERFACE)
# Not by its target, whose options would come after those below and overrule them.
foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS INCLUDE_DIRECTORIES LINK_OPTIONS)
    set_property(TARGET resgate_test_options APPEND PROPERTY
        INTERFACE_${property} $<TARGET_PROPERTY:resgate_options,INTERFACE_${property}>)
endforeach()
if(RESGATE_SANITIZE)
    target_compile_options(resgate_test_options INTERFACE -O0)
endif()
if(RESGATE_SANITIZE MATCHES "undefined")
    target_compile_options(resgate_test_options INTERFACE -fno-sanitize=undefined)
endif()

# If RESGATE_PRECOMPILE is on, the headers of libraries are compiled once for all files, in sets, one for each set of
# options. That halves the time of the sanitizer builds. Builds without it see that each file includes what it needs.

# resgate_precompiled(<set> LIKE <targets> HEADERS <headers>): a set, compiled with the options of those targets.
function(resgate_precompiled set)
    if(NOT RESGATE_PRECOMPILE)
        return()
    endif()
    cmake_parse_arguments(ARG "" "" "LIKE;HEADERS" ${ARGN})
    file(CONFIGURE OUTPUT precompiled.cpp CONTENT "")  # a target must have a source
    add_library(precompiled_${set} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(precompiled_${set} PRIVATE ${ARG_LIKE})
    target_include_directories(precompiled_${set} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_precompile_headers(precompiled_${set} PRIVATE ${ARG_HEADERS})
    # The same headers give the same file, as ccache wants it.
    target_compile_options(precompiled_${set} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endfunction()

# resgate_precompile(<target> <set>): the target uses that set, the options of which are its own.
function(resgate_precompile target set)
    if(RESGATE_PRECOMPILE)
        target_precompile_headers(${target} REUSE_FROM precompiled_${set})
    endif()
endfunction()

set(headers <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <span> <string> <string_view>
    <unordered_map> <unordered_set> <utility> <variant> <vector> <boost/container/small_vector.hpp>
    <boost/intrusive/list.hpp> <boost/intrusive/unordered_set.hpp> <boost/smart_ptr/intrusive_ptr.hpp>
    <boost/smart_ptr/intrusive_ref_counter.hpp>)
set(test_headers ${headers} <gtest/gtest.h> <gmock/gmock.h> <random> <set> <sstream> <thread>)
resgate_precompiled(sources LIKE resgate_options HEADERS ${headers})
if(RESGATE_TESTS)
    resgate_precompiled(tests LIKE resgate_test_options GTest::gtest HEADERS ${test_headers})
    resgate_precompiled(core_tests LIKE resgate_test_options GTest::gtest
        HEADERS ${test_headers} <nlohmann/json.hpp> ${CMAKE_SOURCE_DIR}/tests/support/core.h)
endif()

if(RESGATE_FUZZ)
    # Shows the fuzzers which ways an input took.
    target_compile_options(resgate_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# resgate_module(<name> DEPENDS <targets>): the library resgate_<name> from src/<name>/*.cpp.
function(resgate_module name)
    cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    if(sources)
        add_library(resgate_${name} STATIC ${sources})
        target_link_libraries(resgate_${name} PUBLIC ${ARG_DEPENDS} PRIVATE resgate_options)
        target_include_directories(resgate_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
        resgate_precompile(resgate_${name} sources)
    else()
        add_library(resgate_${name} INTERFACE)
        target_link_libraries(resgate_${name} INTERFACE ${ARG_DEPENDS})
        target_include_directories(resgate_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    endif()
endfunction()

# resgate_test(<name>): the test program test_<name> from tests/<name>/*.cpp, its tests known to CTest.
function(resgate_test name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*.cpp)
    if(NOT sources)
        return()
    endif()
    add_executable(test_${name} ${sources})
    target_link_libraries(test_${name} PRIVATE resgate_${name} resgate_test_options GTest::gtest_main GTest::gmock)
    target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    if(NOT name IN_LIST core_tests)
        resgate_precompile(test_${name} tests)
    endif()
    gtest_discover_tests(test_${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# resgate_core_tests(): lets the test programs in `core_tests` use the core on a bus in memory (tests/support/core.h).
function(resgate_core_tests)
    add_library(resgate_test_core STATIC ${CMAKE_SOURCE_DIR}/tests/support/core.cpp)
    target_link_libraries(resgate_test_core
        PUBLIC resgate_session resgate_nats nlohmann_json::nlohmann_json GTest::gtest PRIVATE resgate_test_options)
    target_include_directories(resgate_test_core PUBLIC ${CMAKE_SOURCE_DIR}/tests)
    resgate_precompile(resgate_test_core core_tests)
    foreach(name ${core_tests})
        if(TARGET test_${name})
            target_link_libraries(test_${name} PRIVATE resgate_test_core)
            resgate_precompile(test_${name} core_tests)
        endif()
    endforeach()
endfunction()
