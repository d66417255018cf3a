#pragma once
// A value in force, for readers that must never wait: read-copy-update.
//
// The standard library's atomic shared_ptr takes a lock inside; this does not. A reader enters
// (counts itself into a shard of its own), copies the shared_ptr that the current node holds, and
// leaves. A writer swaps the node and deletes the old one after every reader that could have seen
// it has left.
//
// Why the old node is never read after its deletion. All operations on `node_` and the counters but
// the decrement are sequentially consistent, so they have one order S. A reader that got the old
// node loaded `node_` before the swap in S, and counted itself in before that load. From then until
// its own decrement its counter is not zero: a counter only loses what the same reader added. The
// writer, after the swap, sees every counter, of both epochs, at zero at least once; the decrement
// of our reader is therefore before that sight. The decrement releases, the sight acquires (later
// increments and decrements continue the release sequence), so that the reader's copy happened
// before the deletion.
//
// Why the writer gets there. Before it waits for the counters of an epoch it sends new readers to
// the other epoch. Whoever still enters the old one has read `epoch_` before that: at most once for
// each thread.

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace countersign {

template <class T>
class Snapshot {
 public:
  Snapshot() = default;
  ~Snapshot() { delete node_.load(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  /// From any thread: no lock, no system call, no allocation, no loop. Null until the first
  /// `publish`.
  std::shared_ptr<const T> get() const {
    std::atomic<std::uint64_t>& readers = shards_[own_shard()].readers[epoch_.load()];
    readers.fetch_add(1);
    const Node* node = node_.load();
    std::shared_ptr<const T> copy = node == nullptr ? nullptr : *node;
    readers.fetch_sub(1, std::memory_order_release);
    return copy;
  }

  /// Waits until no reader is inside of what was there before; what readers have copied lives on
  /// with their copies.
  void publish(std::shared_ptr<const T> value) {
    const std::lock_guard lock(writers_);
    // Deleted at the end.
    const std::unique_ptr<const Node> old(node_.exchange(new Node(std::move(value))));
    for (int i = 0; i < 2; ++i) {
      const std::size_t epoch = epoch_.load();
      epoch_.store(1 - epoch);
      wait_for_readers_of(epoch);
    }
  }

 private:
  using Node = std::shared_ptr<const T>;
  // [threads that share a shard disturb each other's cache, no more]
  static constexpr std::size_t kShards = 64;
  struct alignas(64) Shard {
    std::array<std::atomic<std::uint64_t>, 2> readers{};  // by epoch
  };

  // The addresses of threads' descriptors are a stack apart: mixed, their high bits differ.
  static std::size_t own_shard() {
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
    const auto self = static_cast<std::uint64_t>(pthread_self());
    return static_cast<std::size_t>((self * kGoldenRatio) >> 32U) % kShards;
  }

  void wait_for_readers_of(std::size_t epoch) const {
    for (const Shard& shard : shards_) {
      while (shard.readers[epoch].load() != 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
  }

  std::atomic<const Node*> node_{nullptr};
  std::atomic<std::size_t> epoch_{0};
  mutable std::array<Shard, kShards> shards_;
  std::mutex writers_;
};

}  // namespace countersign
