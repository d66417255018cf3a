// What Emscripten's C library would import from its host, defined here so that the modules import
// nothing (imports.golden). Linked into the WebAssembly modules only.

#include <cstddef>
#include <cstdint>

extern "C" {

// The host takes a new view of the memory after each call, so it need not be told.
void emscripten_notify_memory_growth(std::size_t) {}

// abort() and std::terminate end here: a trap, which the host sees as WebAssembly.RuntimeError.
// Only a defect of ours reaches it.
[[noreturn]] void __wasi_proc_exit(std::uint32_t) { __builtin_trap(); }
[[noreturn]] void abort_message(const char*, ...) { __builtin_trap(); }

// The C++ library asks for the environment when something uses a locale: there is none. (The types
// must be those of wasi/api.h: with -flto a call through another type is undefined, and
// becomes a trap.)
std::uint16_t __wasi_environ_sizes_get(std::size_t* count, std::size_t* size) {
  *count = 0;
  *size = 0;
  return 0;
}
std::uint16_t __wasi_environ_get(std::uint8_t**, std::uint8_t*) { return 0; }

}  // extern "C"
