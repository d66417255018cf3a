#include "service/session_use.h"

#include <algorithm>

namespace countersign {

UnixSeconds session_end(const Tenant& tenant, UnixSeconds authenticated_at, UnixSeconds now) {
  return UnixSeconds{
      std::min(authenticated_at.value + kSessionSeconds, now.value + tenant.session_idle_seconds)};
}

Result<std::optional<Session>> use_session(const ServiceContext& context, const Tenant& tenant,
                                           const Digest256& digest, SessionUse use) {
  const UnixSeconds now = context.clock.now();
  CS_ASSIGN(std::optional<Session> session,
            context.credentials.find_session(tenant.id, digest, now));
  if (!session || use == SessionUse::look) {
    return session;
  }
  const UnixSeconds end = session_end(tenant, session->authenticated_at, now);
  // Later, too: one that was begun under a longer limit, or under none.
  const bool has_other_end =
      session->expires_at > end || session->expires_at.value <= end.value - kSessionWriteSeconds;
  if (has_other_end) {
    // A store that cannot write ends nobody's session, and prolongs none.
    const Status moved = context.credentials.move_session_end(tenant.id, *session, end);
    session->expires_at = moved.has_value() ? end : std::min(session->expires_at, end);
  }
  return session;
}

}  // namespace countersign
