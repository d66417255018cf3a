#pragma once
// Which rows a program has: error.cc, and who lists them all, include CS_ERRORS_DEF and
// CS_CHECKS_DEF. The enumeration is whole everywhere, the texts of a small module are not.

#if defined(COUNTERSIGN_TRANSACTIONS_ONLY)
// Binding and rendering alone: wasm/CMakeLists.txt picks the rows.
#define CS_ERRORS_DEF "transaction_errors.def"
#define CS_CHECKS_DEF "transaction_checks.def"
#else
#define CS_ERRORS_DEF "base/errors.def"
#define CS_CHECKS_DEF "base/checks.def"
#endif

// Ceremonies alone.
#ifdef COUNTERSIGN_CEREMONIES_ONLY
#define CS_CEREMONIES_ONLY
#endif
