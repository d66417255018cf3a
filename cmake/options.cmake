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
# countersign_unite(TARGET COUNT [PATTERN]): sources of one folder are compiled together, COUNT at a time, but for those
# whose paths match. Names in unnamed namespaces of a folder differ therefore: docs/adr/0003-build-time.md.
function(countersign_unite target count)
  if(NOT COUNTERSIGN_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cc$")
  if(ARGN)
    list(FILTER sources EXCLUDE REGEX "${ARGN}")
  endif()
  list(SORT sources)
  set(folder_before)
  foreach(source IN LISTS sources)
    get_filename_component(source_path ${source} ABSOLUTE)
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${source_path})
    get_filename_component(folder ${folder} DIRECTORY)
    string(REPLACE "/" "_" folder ${folder})
    if(NOT folder STREQUAL folder_before)
      set(folder_before ${folder})
      set(index 0)
    endif()
    math(EXPR part "${index} / ${count}")
    math(EXPR index "${index} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${part})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # of types that one source alone sees
  endif()
endfunction()

# Tests compile the headers of others once for all, unless a compiler cache is at work, which would find nothing of
# another checkout then, or the build is that of the sanitizers: docs/adr/0003-build-time.md.
set(countersign_precompile_tests OFF)
if(COUNTERSIGN_FUZZ OR NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(countersign_precompile_tests ON)
endif()
