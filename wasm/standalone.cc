// What Emscripten's C library would import from its host, defined here so that the modules import
// nothing (imports.golden). Linked into the WebAssembly modules only.

#include <cstdarg>
#include <cstddef>

extern "C" {

// The host takes a new view of the memory after each call, so it need not be told.
void emscripten_notify_memory_growth(std::size_t) {}

// abort() and std::terminate end here: a trap, which the host sees as WebAssembly.RuntimeError.
// Only a defect of ours reaches it.
[[noreturn]] void __wasi_proc_exit(unsigned) { __builtin_trap(); }
[[noreturn]] void abort_message(const char*, ...) { __builtin_trap(); }

// nlohmann's lexer converts each number with a fraction or an exponent, and formats the offending
// character of a syntax error, although our reader keeps numbers as text and errors as positions.
// Without the C library's float parser and printf the module is 9 KB (gzip) smaller. The linker
// puts these in their place (--wrap).
double __wrap_strtod(const char* text, char** end) {
  if (end != nullptr) {
    while (*text != '\0') {
      ++text;
    }
    *end = const_cast<char*>(text);
  }
  return 0;
}

int __wrap_snprintf(char* out, std::size_t size, const char*, ...) {
  if (size != 0) {
    *out = '\0';
  }
  return 0;
}

}  // extern "C"
