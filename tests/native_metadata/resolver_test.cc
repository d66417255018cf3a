#include "native/metadata/resolver.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <string_view>
#include <thread>

#include "native/metadata/limits.h"
#include "tests/native_metadata/name_outage.h"

// The system's resolver during an outage: it takes its time, and nobody can tell it to stop.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using namespace countersign::testing;
  if (node != nullptr && std::string_view(node) == kHangingName) {
    for (int i = 0; i < 600 && !is_dns_back; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return EAI_AGAIN;
  }
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, found);
}

namespace countersign::testing {
namespace {

TEST(Resolver, GivesUpNoMoreLookupsThanItMay) {
  is_dns_back = false;
  Resolver resolver;
  using namespace std::chrono_literals;
  const auto lookup = [&resolver](std::chrono::milliseconds patience) {
    const auto begin = std::chrono::steady_clock::now();
    const auto found = resolver.resolve(kHangingName, begin + patience, [] { return false; });
    EXPECT_TRUE(found.empty());
    return std::chrono::steady_clock::now() - begin;
  };
  for (std::size_t i = 0; i < metadata_limits::kMaxLookups; ++i) {
    EXPECT_GE(lookup(100ms), 100ms);
  }
  EXPECT_LT(lookup(20s), 10s) << "not begun";
  is_dns_back = true;
  std::vector<std::string> found;
  for (int i = 0; i < 1000 && found.empty(); ++i) {  // those that hang end within 50 ms
    std::this_thread::sleep_for(20ms);
    found =
        resolver.resolve("localhost", std::chrono::steady_clock::now() + 20s, [] { return false; });
  }
  EXPECT_FALSE(found.empty());
}

TEST(Resolver, TakesAnAddressAsItIs) {
  const auto never = [] { return true; };
  EXPECT_EQ(Resolver().resolve("127.0.0.1", {}, never), std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(Resolver().resolve("::1", {}, never), std::vector<std::string>{"::1"});
}

}  // namespace
}  // namespace countersign::testing
