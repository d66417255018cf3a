// Which browsers of a passkey are trusted for payments.

#include "codec/base64url.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "service/account_service.h"
#include "service/payment_service.h"

namespace countersign {
namespace {

constexpr CeremonyKind kPaymentsKind = CeremonyKind::registration;

Result<CredentialId> read_credential_id(const std::string& parameter) {
  const Result<ByteVector> id = parse_base64url(parameter);
  if (!id.has_value()) {
    return ErrorCode::credential_not_found;
  }
  return CredentialId(*id);
}

}  // namespace

HttpResponse Api::list_browser_bound_keys(Call& call) const {
  const auto list = [&]() -> Result<std::string> {
    CS_ASSIGN(const Account account, named_account(call));
    CS_ASSIGN(const CredentialId credential, read_credential_id(call.parameter));
    return countersign::list_browser_bound_keys(context_, stores_.payments, call.tenant(), account,
                                                credential);
  };
  const Result<std::string> listed = list();
  return listed.has_value() ? json_answer(200, *listed)
                            : problem(call, listed.error(), kPaymentsKind);
}

HttpResponse Api::change_browser_bound_key(Call& call) const {
  const auto change = [&]() -> Result<std::string> {
    CS_ASSIGN(const Account account, named_account(call));
    CS_ASSIGN(const CredentialId credential, read_credential_id(call.parameter));
    CS_ASSIGN(const JsonValue json, read_body(call.request->body, {"id", "trusted"}));
    CS_ASSIGN(const std::string id, required_text(json, "id"));
    CS_ASSIGN(const std::optional<bool> trusted, optional_boolean(json, "trusted"));
    if (!trusted) {
      return kMemberInvalid;
    }
    CS_TRY(countersign::change_browser_bound_key(
        context_, stores_.payments, call.tenant(), call.caller, account, credential, id,
        *trusted ? BrowserBoundKeyChange::trust : BrowserBoundKeyChange::remove));
    return countersign::list_browser_bound_keys(context_, stores_.payments, call.tenant(), account,
                                                credential);
  };
  const Result<std::string> changed = change();
  return changed.has_value() ? json_answer(200, *changed)
                             : problem(call, changed.error(), kPaymentsKind);
}

}  // namespace countersign
