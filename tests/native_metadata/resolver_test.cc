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
  const auto lookup = [&resolver] {
    const auto begin = std::chrono::steady_clock::now();
    const auto found = resolver.resolve(kHangingName, begin + std::chrono::milliseconds(100),
                                        [] { return false; });
    EXPECT_TRUE(found.empty());
    return std::chrono::steady_clock::now() - begin;
  };
  for (std::size_t i = 0; i < metadata_limits::kMaxLookups; ++i) {
    EXPECT_GE(lookup(), std::chrono::milliseconds(100));
  }
  EXPECT_LT(lookup(), std::chrono::milliseconds(90)) << "not begun";
  is_dns_back = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_FALSE(resolver
                   .resolve("localhost", std::chrono::steady_clock::now() + std::chrono::seconds(5),
                            [] { return false; })
                   .empty());
}

TEST(Resolver, TakesAnAddressAsItIs) {
  const auto never = [] { return true; };
  EXPECT_EQ(Resolver().resolve("127.0.0.1", {}, never), std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(Resolver().resolve("::1", {}, never), std::vector<std::string>{"::1"});
}

}  // namespace
}  // namespace countersign::testing
