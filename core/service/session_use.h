#pragma once
// Sessions of ours end after a time without activity, and at the latest after kSessionSeconds.

#include <optional>

#include "service/context.h"

namespace countersign {

/// [a session in use is written once a minute, not with every request; so it may end a minute
/// earlier than its tenant says, and never later]
inline constexpr std::int64_t kSessionWriteSeconds = 60;
/// [below, the minute above would be most of it]
inline constexpr std::int64_t kMinSessionIdleSeconds = 120;

/// What a request is to the session that it comes with. `look`: asks about it, as a page may do on
/// its own again and again.
enum class SessionUse : std::uint8_t { activity, look };

/// When a session ends that is used now and not again.
UnixSeconds session_end(const Tenant& tenant, UnixSeconds authenticated_at, UnixSeconds now);

/// What that cookie is signed in to; nothing where it is none, or has ended. Errors: those of the
/// store.
Result<std::optional<Session>> use_session(const ServiceContext& context, const Tenant& tenant,
                                           const Digest256& digest, SessionUse use);

}  // namespace countersign
