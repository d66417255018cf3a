// The promises of Snapshot: a reader never sees what was deleted, takes no lock and makes no system
// call. The functions that would break the last two are interposed here and count while a thread is
// watched; a child process under a filter of the kernel shows the same without our help.

#include "native/ops/snapshot.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace {

thread_local bool is_watched = false;
thread_local int watched_calls = 0;

void note() {
  if (is_watched) {
    ++watched_calls;
  }
}

template <class Function>
Function next_of(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define CS_INTERPOSE_LOCK(name, type)               \
  extern "C" int name(type* object) noexcept {      \
    note();                                         \
    static const auto next = next_of(&name, #name); \
    return next(object);                            \
  }
CS_INTERPOSE_LOCK(pthread_mutex_lock, pthread_mutex_t)
CS_INTERPOSE_LOCK(pthread_mutex_trylock, pthread_mutex_t)
CS_INTERPOSE_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
CS_INTERPOSE_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)
#undef CS_INTERPOSE_LOCK

extern "C" int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  note();
  static const auto next = next_of(&pthread_spin_lock, "pthread_spin_lock");
  return next(lock);
}
extern "C" ssize_t read(int file, void* out, size_t size) {
  note();
  static const auto next = next_of(&read, "read");
  return next(file, out, size);
}
extern "C" ssize_t write(int file, const void* bytes, size_t size) {
  note();
  static const auto next = next_of(&write, "write");
  return next(file, bytes, size);
}

namespace countersign {
namespace {

struct Value {
  explicit Value(std::uint64_t number) : first(number), second(~number) {}
  ~Value() { first = second = 0; }
  bool is_whole() const { return first == ~second; }
  std::uint64_t first;
  std::uint64_t second;
};

TEST(Snapshot, IsNullUntilSomethingIsPublished) {
  Snapshot<Value> snapshot;
  EXPECT_EQ(snapshot.get(), nullptr);
  snapshot.publish(std::make_shared<Value>(1));
  EXPECT_EQ(snapshot.get()->first, 1U);
  snapshot.publish(nullptr);
  EXPECT_EQ(snapshot.get(), nullptr);
}

TEST(Snapshot, WhatWasReplacedLivesAsLongAsItsReadersAndNoLonger) {
  Snapshot<Value> snapshot;
  auto first = std::make_shared<const Value>(1);
  const std::weak_ptr<const Value> watched = first;
  snapshot.publish(std::move(first));
  std::shared_ptr<const Value> held = snapshot.get();
  snapshot.publish(std::make_shared<Value>(2));
  EXPECT_TRUE(held->is_whole());
  EXPECT_FALSE(watched.expired());
  held.reset();
  EXPECT_TRUE(watched.expired());
}

TEST(Snapshot, ReadersSeeWholeValuesInOrderWhileWritersReplaceThem) {
  Snapshot<Value> snapshot;
  snapshot.publish(std::make_shared<Value>(0));
  std::atomic<bool> is_over = false;
  std::atomic<std::uint64_t> reads = 0;
  std::atomic<std::uint64_t> faults = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      std::uint64_t last = 0;
      while (!is_over) {
        const std::shared_ptr<const Value> value = snapshot.get();
        if (!value->is_whole() || value->first < last) {
          ++faults;
        }
        last = value->first;
        ++reads;
      }
    });
  }
  std::uint64_t number = 0;
  while (number < 2000 || reads < 100000) {
    snapshot.publish(std::make_shared<Value>(++number));
  }
  is_over = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(faults, 0U);
  EXPECT_EQ(snapshot.get()->first, number);
}

TEST(Snapshot, AWriterIsNotKeptWaitingByReadersThatComeAllTheTime) {
  Snapshot<Value> snapshot;
  snapshot.publish(std::make_shared<Value>(0));
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    while (!is_over) {
      static_cast<void>(snapshot.get());
    }
  });
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t number = 1; number <= 100; ++number) {
    snapshot.publish(std::make_shared<Value>(number));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  is_over = true;
  reader.join();
}

TEST(Snapshot, ALookUpTakesNoLockAndDoesNoInputOrOutput) {
  Snapshot<Value> snapshot;
  snapshot.publish(std::make_shared<Value>(7));
  std::uint64_t sum = 0;
  watched_calls = 0;
  is_watched = true;
  for (int i = 0; i < 1000; ++i) {
    sum += snapshot.get()->first;
  }
  is_watched = false;
  EXPECT_EQ(sum, 7000U);
  EXPECT_EQ(watched_calls, 0);

  // The watch sees a lock where there is one.
  std::mutex mutex;
  is_watched = true;
  mutex.lock();
  is_watched = false;
  mutex.unlock();
  EXPECT_EQ(watched_calls, 1);
}

// From here on any system call but exit_group ends the process.
void forbid_system_calls() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program{4, rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    _exit(77);
  }
}

int status_of_child(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    forbid_system_calls();
    _exit(work());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(Snapshot, ALookUpMakesNoSystemCall) {
  Snapshot<Value> snapshot;
  snapshot.publish(std::make_shared<Value>(7));
  const int status = status_of_child([&] { return static_cast<int>(snapshot.get()->first); });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
    GTEST_SKIP() << "this kernel lets nobody filter system calls";
  }
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  const int caught = status_of_child([] { return static_cast<int>(syscall(SYS_getppid)) & 0; });
  EXPECT_TRUE(WIFSIGNALED(caught)) << "the filter forbids nothing";
}

}  // namespace
}  // namespace countersign
