# Compile options that every target of ours shares. Warnings are errors in our code only.
add_library(countersign_options INTERFACE)
target_include_directories(countersign_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/core
                                                          ${PROJECT_BINARY_DIR}/generated)
target_compile_options(countersign_options INTERFACE -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor
                                                     -Wimplicit-fallthrough -Wswitch-enum)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 at -O2 in std::optional, std::variant and std::vector.
  target_compile_options(countersign_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                                                       -Wno-array-bounds -Wno-stringop-overread)
endif()
# GCC collects garbage of its own from 128 MiB on; sources of ours take up to 600: docs/adr/0003-build-time.md.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:--param ggc-min-heapsize=1048576>")
endif()
if(COUNTERSIGN_SANITIZE OR COUNTERSIGN_FUZZ)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
# What the fuzzer sees of a run, for libraries that it is to explore. Other programs can link them all the same.
set(countersign_coverage)
if(COUNTERSIGN_FUZZ)
  set(countersign_coverage -fsanitize=fuzzer-no-link)
endif()
if(EMSCRIPTEN)
  # Measured in docs/adr/0002-wasm-build.md.
  add_compile_options(-Oz -flto -fwasm-exceptions -ffunction-sections -fdata-sections)
  add_link_options(-Oz -flto -fwasm-exceptions)
else()
  find_program(COUNTERSIGN_CCACHE ccache)
  if(COUNTERSIGN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${COUNTERSIGN_CCACHE})
  endif()
endif()
# Tests compile the headers of others once for all, unless a compiler cache is at work, which would find nothing of
# another checkout then, or the build is that of the sanitizers: docs/adr/0003-build-time.md.
set(countersign_precompile_tests OFF)
if(COUNTERSIGN_FUZZ OR NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(countersign_precompile_tests ON)
endif()
