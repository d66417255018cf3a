#pragma once
// Verifying a payment confirmation: `payment.get` with everything that the browser showed, then
// WebAuthn L3 §7.2. Used like ceremony/authentication.h.
//
//   CS_ASSIGN(PendingPayment pending, begin_payment(expectations, record, response, hasher));
//   const auto verdicts = discharge(pending.obligations(), verifier);
//   CS_ASSIGN(const VerifiedPayment payment, std::move(pending).finish(verdicts));
//
// Source: W3C Secure Payment Confirmation, "Verifying an Authentication Assertion".

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ceremony/authentication.h"
#include "transaction/payment_client_data.h"
#include "transaction/payment_dialog.h"

namespace countersign {

/// Whether an approval must carry a browser-bound key. Who has the passkey on a device of his own
/// can leave the key out: only a key that is demanded proves possession of a device that is known.
/// `where_trusted`: of credentials that have a trusted key it is.
enum class BrowserBoundKeyRule : std::uint8_t { optional, required, where_trusted };

/// Whether the credential was made with the payment extension.
enum class PaymentRegistration : std::uint8_t { without_payment, with_payment };

struct PaymentExpectations {
  /// Origins: from which pages the dialog may be asked for. topOrigins: what may stand at the top
  /// of them; empty: the page itself. Purpose, user verification and AppID are set by
  /// begin_payment: payment, required and none, whatever they are here.
  AuthenticationExpectations authentication;
  PaymentDialog dialog;
  PaymentRegistration registration = PaymentRegistration::without_payment;
  BrowserBoundKeyRule browser_bound_key_rule = BrowserBoundKeyRule::required;
  /// The browser-bound keys that are trusted for this credential: encoded COSE_Keys.
  std::vector<ByteVector> browser_bound_keys;
};

/// Evidence: only PendingPayment::finish makes one.
class VerifiedPayment {
 public:
  const VerifiedAssertion& assertion() const { return *assertion_; }
  const PaymentClientData& payment() const { return payment_; }
  /// Checks that ran, in order: those of this table around those of §7.2.
  const std::vector<Check>& checks() const { return checks_; }

 private:
  friend class PendingPayment;
  VerifiedPayment() = default;
  std::optional<VerifiedAssertion> assertion_;
  PaymentClientData payment_;
  std::vector<Check> checks_;
};

class PendingPayment {
 public:
  PendingPayment(PendingPayment&&) noexcept;
  PendingPayment& operator=(PendingPayment&&) noexcept;
  ~PendingPayment();

  /// That of the browser-bound key first, where there is one.
  std::span<const SignatureObligation> obligations() const;
  /// Errors: browser_bound_signature_invalid, those of PendingAuthentication::finish, and last
  /// browser_bound_key_unknown: everything else holds, and whoever has that browser must be asked
  /// in another way (step-up) before its key is trusted.
  Result<VerifiedPayment> finish(std::span<const SignatureVerdict> verdicts) &&;

 private:
  friend Result<PendingPayment> begin_payment(const PaymentExpectations&, const CredentialRecord&,
                                              const AuthenticationResponse&, const Hasher&);
  static Result<PendingPayment> begin(const PaymentExpectations& expectations,
                                      const CredentialRecord& record,
                                      const AuthenticationResponse& response, const Hasher& hasher);
  struct State;
  explicit PendingPayment(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The rows of the table in order: those before §7.2, then those after its arithmetic.
std::span<const Check> payment_checks();
std::span<const Check> payment_closing_checks();

/// Runs the table, then that of §7.2. The error carries the failing check.
Result<PendingPayment> begin_payment(const PaymentExpectations& expectations,
                                     const CredentialRecord& record,
                                     const AuthenticationResponse& response, const Hasher& hasher);

}  // namespace countersign
