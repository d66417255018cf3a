# Third-party sources for the WASM target, where no -dev package exists: fetched from Debian's archive by
# scripts/fetch-sources, checked against pinned SHA-256, kept in build/sources for every preset. Natively the
# distribution's packages are used and nothing here runs.
#
# Sets COUNTERSIGN_CRYPTOPP_TREE and COUNTERSIGN_LIBCBOR_TREE (source trees) and COUNTERSIGN_THIRD_PARTY_INCLUDE, a
# folder with `cryptopp/` in it, as the -dev package has it below /usr/include.

function(countersign_source_tree name override witness out)
  if(override)
    if(NOT EXISTS "${override}/${witness}")
      message(FATAL_ERROR "${override} is not a source tree of ${name}: ${witness} is missing")
    endif()
    set(${out} "${override}" PARENT_SCOPE)
    return()
  endif()
  get_filename_component(sources "${PROJECT_BINARY_DIR}/../sources" ABSOLUTE)
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/fetch-sources" "${sources}" ${name} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "The source of ${name} could not be fetched; the reason is above")
  endif()
  set(${out} "${sources}/${name}" PARENT_SCOPE)
endfunction()

countersign_source_tree(cryptopp "${COUNTERSIGN_CRYPTOPP_SOURCE}" cryptlib.h COUNTERSIGN_CRYPTOPP_TREE)
countersign_source_tree(libcbor "${COUNTERSIGN_LIBCBOR_SOURCE}" src/cbor/streaming.c COUNTERSIGN_LIBCBOR_TREE)

set(COUNTERSIGN_THIRD_PARTY_INCLUDE "${PROJECT_BINARY_DIR}/third_party/include")
file(MAKE_DIRECTORY "${COUNTERSIGN_THIRD_PARTY_INCLUDE}")
file(CREATE_LINK "${COUNTERSIGN_CRYPTOPP_TREE}" "${COUNTERSIGN_THIRD_PARTY_INCLUDE}/cryptopp" SYMBOLIC)
