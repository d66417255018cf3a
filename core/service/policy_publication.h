#pragma once
// What administrators sign when a policy is to decide: the intent of a `policy.publish/1`, in which
// everything follows from the two documents and the share. Private to core/service.

#include <cstdint>
#include <vector>

#include "codec/canonical_cbor.h"
#include "service/policy_service.h"
#include "service/transaction_store.h"

namespace countersign {

/// Differences that the view lists; how many more there are is a row of its own. [three to four
/// rows each, which a person reads before signing; the template has the same number]
inline constexpr std::size_t kMaxListedChanges = 32;
/// Lists among them, and models that come or go in each. [what was not compared is at most
/// thirteen, and cases must have room; the whole is behind the digest]
inline constexpr std::size_t kMaxListedLists = 8;
inline constexpr std::size_t kModelsInView = 6;
/// Of a sentence about one of them. [as the template's; the whole text is behind the digest]
inline constexpr std::size_t kMaxChangeText = 500;

/// The frozen intent: the canary that ends, the warnings of which its validation took note, what
/// diff_policies could not compare, changes of lists, the differences that it finds in the
/// order of what is lost, and the SHA-256 of the text that PolicyContext::diff_text makes of them.
/// Errors: policy_revision_not_found, store_corrupt.
Result<CanonicalValue> make_publication_intent(const PolicyContext& context, const Tenant& tenant,
                                               const PolicyLife& life,
                                               const Publication& publication);

/// Errors: policy_changed, where the canary that the publication would end is not the one that the
/// intent names; those of the store.
Status check_ended_canary(const PolicyContext& context, const Tenant& tenant,
                          const PolicyLife& life, const Publication& publication,
                          const CanonicalValue& intent);

/// Publications of the tenant that are pending, oldest first.
struct OpenPublication {
  Transaction transaction;
  Publication publication;
};
Result<std::vector<OpenPublication>> list_open_publications(const PolicyContext& context,
                                                            const Tenant& tenant);
/// How those end that a change spends: all, or the revision's; but for the one that carries it out.
Result<std::vector<TransactionClosing>> list_closings(
    const PolicyContext& context, const Tenant& tenant, SpentApprovals spent,
    const Digest256& revision, const std::optional<TransactionId>& carried_out, UnixSeconds now);

/// What such an intent is about. Error: transaction_store_mismatch.
Result<Publication> read_publication(const CanonicalValue& intent);

}  // namespace countersign
