#pragma once
// The customers that a draft would lock out: those whose every credential it refuses, also where
// it would be made anew.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/credential_inputs.h"
#include "policy/enforcement.h"
#include "policy/evaluation.h"
#include "policy/satisfaction.h"

namespace countersign {

struct EnrolledCredential {
  std::string user;
  KnownCredential known;
  /// How its next assertion will count.
  std::string_view counter = "advanced";  // static storage
};

/// What current metadata say of a proved model replaces what was recorded; a model that is no
/// longer acceptable, or that they do not know, is not proved.
void recheck_credentials(std::vector<EnrolledCredential>& credentials,
                         std::span<const KnownModel> models);

/// Two rows for each ceremony: an ordinary situation, as far as the two policies can tell
/// situations apart, and the same where the backend says nothing, as where a browser begins it.
std::vector<PolicyInputs> plain_situations(const PolicyDocument& active,
                                           const PolicyDocument& draft);

/// Adds those of ceremonies of which no row speaks.
void add_plain_situations(const PolicyDocument& active, const PolicyDocument& draft,
                          std::vector<PolicyInputs>& rows);

/// For one ceremony of the rows.
struct LockoutForecast {
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  std::size_t customers = 0;   // with a credential that the active policy takes in some row
  std::size_t hindered = 0;    // of these: some row that was accepted is not any more
  std::size_t unsaid = 0;      // of those: one in which the backend says nothing
  std::size_t locked_out = 0;  // of these: no row is accepted any more
  std::string example;         // a customer who is locked out
};

/// Counts customer by customer, so that they need not be in memory together. Where customers sign,
/// their credentials are looked at as they are; where a credential is made (a registration, another
/// one, a recovery), as if that one was made there now: with the model, the format and what was
/// attested as they are recorded, without an age. What a ceremony can still bring (verification, a
/// tier that is offered, age of sign-in) is not held against them. Borrows the documents.
class LockoutCounter {
 public:
  LockoutCounter(const PolicyDocument& active, const PolicyDocument& draft,
                 const std::vector<PolicyInputs>& rows, DisplayTiers offered = kServerTiers);

  /// All credentials of one customer.
  void add(std::string_view user, std::span<const EnrolledCredential> credentials);
  /// How many were made: the cost so far.
  std::size_t decisions() const { return decisions_; }
  std::vector<LockoutForecast> take() && { return std::move(forecasts_); }

 private:
  /// A situation that the policies tell apart, and whether the ceremony may begin in it.
  struct Row {
    PolicyInputs inputs;
    bool begins_before = false;
    bool begins_after = false;
    bool is_silent = false;  // has no input of the backend's
  };
  bool passes(const PolicyDocument& document, const PolicyInputs& row, bool begins,
              std::span<const EnrolledCredential> credentials);

  const PolicyDocument& active_;
  const PolicyDocument& draft_;
  DisplayTiers offered_;
  std::vector<LockoutForecast> forecasts_;
  std::vector<std::vector<Row>> rows_;  // of each forecast
  std::size_t decisions_ = 0;
};

std::vector<LockoutForecast> forecast_lockout(const PolicyDocument& active,
                                              const PolicyDocument& draft,
                                              const std::vector<PolicyInputs>& rows,
                                              const std::vector<EnrolledCredential>& credentials,
                                              DisplayTiers offered = kServerTiers);

}  // namespace countersign
