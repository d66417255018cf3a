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

# Crypto++ without assembler, in two archives: the modules that leave arithmetic to the host link the first only, because
# the static initialisers of integer.cpp would keep 30 KB of big-number code alive. dll.cpp holds the explicit template
# instantiations, whose unused part the linker drops.
set(cryptopp_hash_files allocate cryptlib dll fips140 iterhash misc sha)
set(cryptopp_arithmetic_files
    algparam asn basecode donna_32 ec2n ecp filters gf2n gfpcrypt hex hmac hrtimer integer modes mqueue nbtheory oaep
    osrng pkcspad pssr pubkey queue randpool rdtables rijndael rng rsa xed25519)
add_library(countersign_cryptopp_headers INTERFACE)
target_include_directories(countersign_cryptopp_headers SYSTEM INTERFACE ${COUNTERSIGN_THIRD_PARTY_INCLUDE})
target_compile_definitions(countersign_cryptopp_headers INTERFACE CRYPTOPP_DISABLE_ASM)
foreach(part hash arithmetic)
  set(files ${cryptopp_${part}_files})
  list(TRANSFORM files PREPEND ${COUNTERSIGN_CRYPTOPP_TREE}/)
  list(TRANSFORM files APPEND .cpp)
  add_library(countersign_cryptopp_${part} STATIC ${files})
  target_compile_options(countersign_cryptopp_${part} PRIVATE -w)
  target_link_libraries(countersign_cryptopp_${part} PUBLIC countersign_cryptopp_headers)
endforeach()
target_link_libraries(countersign_cryptopp_arithmetic PUBLIC countersign_cryptopp_hash)
# Speed before size, where the budget has room: the full module verifies with it.
target_compile_options(countersign_cryptopp_arithmetic PRIVATE -O2)
