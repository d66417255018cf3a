# The third-party libraries of the WASM target, built from source with only the files that are used.
include(${CMAKE_CURRENT_LIST_DIR}/fetch_sources.cmake)

# libcbor: the streaming decoder and its loaders. The reader of ours does everything else.
set(CBOR_VERSION_MAJOR 0)
set(CBOR_VERSION_MINOR 10)
set(CBOR_VERSION_PATCH 2)
set(CBOR_BUFFER_GROWTH 2)
set(CBOR_MAX_STACK_SIZE 32)
set(CBOR_PRETTY_PRINTER OFF)
set(CBOR_RESTRICT_SPECIFIER restrict)
set(CBOR_INLINE_SPECIFIER)
set(libcbor_generated ${PROJECT_BINARY_DIR}/third_party/libcbor)
configure_file(${COUNTERSIGN_LIBCBOR_TREE}/src/cbor/configuration.h.in ${libcbor_generated}/cbor/configuration.h)
file(CONFIGURE OUTPUT ${libcbor_generated}/cbor/cbor_export.h CONTENT "#pragma once\n#define CBOR_EXPORT\n")
set(libcbor_sources streaming callbacks internal/loaders)
list(TRANSFORM libcbor_sources PREPEND ${COUNTERSIGN_LIBCBOR_TREE}/src/cbor/)
list(TRANSFORM libcbor_sources APPEND .c)
add_library(countersign_libcbor STATIC ${libcbor_sources})
target_include_directories(countersign_libcbor SYSTEM PUBLIC ${libcbor_generated} ${COUNTERSIGN_LIBCBOR_TREE}/src)

add_library(countersign_nlohmann INTERFACE)
target_include_directories(countersign_nlohmann SYSTEM INTERFACE ${COUNTERSIGN_THIRD_PARTY_INCLUDE})

# Crypto++ without assembler: the members of this archive that a module does not need are not linked into it.
# dll.cpp holds the explicit template instantiations.
set(cryptopp_library_sources
    algparam allocate asn basecode cryptlib dll donna_32 ec2n ecp filters fips140 gf2n gfpcrypt hex hmac hrtimer integer
    iterhash misc modes mqueue nbtheory oaep osrng pkcspad pssr pubkey queue randpool rdtables rijndael rng rsa sha
    xed25519)
list(TRANSFORM cryptopp_library_sources PREPEND ${COUNTERSIGN_CRYPTOPP_TREE}/)
list(TRANSFORM cryptopp_library_sources APPEND .cpp)
add_library(countersign_cryptopp_library STATIC ${cryptopp_library_sources})
target_include_directories(countersign_cryptopp_library SYSTEM PUBLIC ${COUNTERSIGN_THIRD_PARTY_INCLUDE})
target_compile_definitions(countersign_cryptopp_library PUBLIC CRYPTOPP_DISABLE_ASM)
target_compile_options(countersign_cryptopp_library PRIVATE -w)
