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
    gtest_discover_tests(test_${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# resgate_core_tests(<name>...): lets these test programs use the core on a bus in memory (tests/support/core.h).
function(resgate_core_tests)
    add_library(resgate_test_core STATIC ${CMAKE_SOURCE_DIR}/tests/support/core.cpp)
    target_link_libraries(resgate_test_core
        PUBLIC resgate_session resgate_nats nlohmann_json::nlohmann_json GTest::gtest PRIVATE resgate_test_options)
    target_include_directories(resgate_test_core PUBLIC ${CMAKE_SOURCE_DIR}/tests)
    foreach(name ${ARGN})
        if(TARGET test_${name})
            target_link_libraries(test_${name} PRIVATE resgate_test_core)
        endif()
    endforeach()
endfunction()
