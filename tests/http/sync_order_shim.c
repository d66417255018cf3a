/* Preloaded into the server by durability_test: writes the order of what matters for durability to
 * the file named by SYNC_ORDER_LOG. W: bytes written to the store's log (-wal), S: that file
 * synced, A: bytes of an answer with a success status sent to a client. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static int log_descriptor = -1;

__attribute__((constructor)) static void open_log(void) {
  const char* path = getenv("SYNC_ORDER_LOG");
  if (path != NULL) {
    log_descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
}

static void note(char what) {
  ssize_t (*next)(int, const void*, size_t) =
      (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  if (log_descriptor >= 0 && next(log_descriptor, &what, 1) != 1) {
    abort();
  }
}

static int is_log_of_store(int descriptor) {
  char link[64] = "/proc/self/fd/";
  char digits[16];
  int count = 0;
  do {
    digits[count++] = (char)('0' + descriptor % 10);
    descriptor /= 10;
  } while (descriptor > 0);
  size_t at = strlen(link);
  while (count > 0) {
    link[at++] = digits[--count];
  }
  link[at] = 0;
  char path[4096];
  const ssize_t size = readlink(link, path, sizeof path);
  return size > 4 && memcmp(path + size - 4, "-wal", 4) == 0;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  ssize_t (*next)(int, const void*, size_t, off64_t) =
      (ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  const ssize_t written = next(descriptor, bytes, size, offset);
  if (is_log_of_store(descriptor)) {
    note('W');
  }
  return written;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return pwrite64(descriptor, bytes, size, offset);
}

/* Before the call: a sync that fails or is never made must not be noted after the fact either. */
int fdatasync(int descriptor) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  const int result = next(descriptor);
  if (result == 0 && is_log_of_store(descriptor)) {
    note('S');
  }
  return result;
}

int fsync(int descriptor) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  const int result = next(descriptor);
  if (result == 0 && is_log_of_store(descriptor)) {
    note('S');
  }
  return result;
}

ssize_t send(int descriptor, const void* bytes, size_t size, int flags) {
  ssize_t (*next)(int, const void*, size_t, int) =
      (ssize_t(*)(int, const void*, size_t, int))dlsym(RTLD_NEXT, "send");
  if (size > 12 && memcmp(bytes, "HTTP/1.1 20", 11) == 0) {
    note('A');
  }
  return next(descriptor, bytes, size, flags);
}
