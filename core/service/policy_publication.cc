#include "service/policy_publication.h"

#include <algorithm>

#include "codec/base64url.h"
#include "policy/diff_ranking.h"
#include "service/transaction_steps.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

CanonicalValue text_of(std::string_view text) { return CanonicalValue::make_text(text); }
CanonicalValue number_of(std::size_t count) {
  return CanonicalValue::make_integer(static_cast<std::int64_t>(count));
}

// As the template names it.
std::string_view effect_of(Strictness change) {
  switch (change) {
    case Strictness::weaker:
      return "weaker";
    case Strictness::incomparable:
      return "other";
    case Strictness::stricter:
      return "stricter";
    case Strictness::same:
      break;
  }
  return "none";
}

// What a document names is printable ASCII, and so are the sentences.
CanonicalValue sentence_of(std::string text) {
  constexpr std::string_view kMore = "...";
  if (text.size() > kMaxChangeText) {
    text.resize(kMaxChangeText - kMore.size());
    text += kMore;
  }
  return text_of(text);
}

CanonicalValue make_change(std::string_view effect, std::string situation, std::string before,
                           std::string after) {
  return CanonicalValue::make_map({{"effect", text_of(effect)},
                                   {"situation", sentence_of(std::move(situation))},
                                   {"before", sentence_of(std::move(before))},
                                   {"after", sentence_of(std::move(after))}});
}

constexpr std::string_view kEndsCanary = "canary";

// A canary ends with the publication of another revision; empty: there is none. What it is called
// is what its document says.
Result<std::string> describe_ended_canary(const PolicyContext& context, const Tenant& tenant,
                                          const PolicyLife& life, const Publication& publication) {
  const PolicyRevision* canary = life.in_state(RevisionState::canary);
  if (canary == nullptr || canary->digest == publication.revision ||
      publication.share != kWholeShare) {
    return std::string();
  }
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> document,
            load_policy(context, tenant, canary->digest));
  return document->id() + " revision " + std::to_string(document->revision()) + " for " +
         std::to_string(canary->share) + " of " + std::to_string(kWholeShare) + " customers (" +
         encode_base64url(canary->digest) + ")";
}

std::string list_kinds(const std::vector<std::string>& kinds) {
  std::string text;
  for (const std::string& kind : kinds) {
    text += (text.empty() ? "" : ", ") + kind;
  }
  return text;
}

// What goes along with it, whatever it decides otherwise.
Result<std::vector<CanonicalValue>> list_circumstances(const PolicyContext& context,
                                                       const Tenant& tenant, const PolicyLife& life,
                                                       const Publication& publication) {
  std::vector<CanonicalValue> items;
  CS_ASSIGN(std::string canary, describe_ended_canary(context, tenant, life, publication));
  if (!canary.empty()) {
    items.push_back(make_change(kEndsCanary, std::move(canary), "decides for them", "-"));
  }
  const PolicyRevision* revision = life.find(publication.revision);
  if (revision != nullptr && revision->acknowledged && !revision->acknowledged->empty()) {
    items.push_back(make_change("warnings", list_kinds(*revision->acknowledged), "-", "-"));
  }
  return items;
}

// What was not compared, what lists gained and lost, the rules that are only written otherwise,
// then the cases, those that lose most first and the worst of each ceremony among them; behind
// `items`, which are there already.
CanonicalValue list_differences(const PolicyDocument& before, const PolicyDocument& after,
                                const DiffReport& report, const Money& money,
                                std::vector<CanonicalValue> items, std::size_t& unlisted) {
  const std::size_t circumstances = items.size();
  for (const UndecidedDiff& one : report.undecided) {
    items.push_back(make_change("unknown", describe_undecided(one), "-", "-"));
  }
  unlisted = 0;
  const std::size_t most_lists = items.size() + kMaxListedLists;
  for (const ListChange& change : report.lists) {
    if (items.size() >= most_lists) {
      ++unlisted;
      continue;
    }
    items.push_back(make_change("list", "list " + change.name, "-",
                                describe_list_change(change, kModelsInView)));
  }
  const std::string rewritten = describe_rewritten(report);
  if (!rewritten.empty()) {
    items.push_back(make_change(effect_of(Strictness::same), rewritten, "-", "-"));
  }
  const std::vector<DiffCase> cases =
      list_cases(before, after, report, kMaxListedChanges - items.size());
  unlisted += count_unlisted(report, cases);
  for (const DiffCase& one : cases) {
    items.push_back(
        make_change(effect_of(one.region->change), describe_case(one, money),
                    describe_decision(before, one.region->before),
                    describe_decision(after, one.region->after, kAllKinds, report.lists)));
  }
  if (items.size() == circumstances) {
    items.push_back(make_change(effect_of(Strictness::same), "-", "-", "-"));
  }
  return CanonicalValue::make_array(std::move(items));
}

bool read_digest(const CanonicalValue& fields, std::string_view name, Digest256& digest) {
  const CanonicalValue* value = fields.find(name);
  const Result<ByteVector> bytes = value != nullptr && value->is(CanonicalValue::Type::text)
                                       ? parse_base64url(value->text)
                                       : Result<ByteVector>(ErrorCode::store_corrupt);
  if (!bytes.has_value() || bytes->size() != digest.size()) {
    return false;
  }
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return true;
}

// Pages are read until one is not full. [more than are ever open]
constexpr std::size_t kPublicationsInPage = 200;

// One that cannot be read is of nothing, and ends with everything else.
Publication publication_of(const Transaction& transaction) {
  const Result<CanonicalValue> intent = parse_canonical_cbor(transaction.intent);
  const Result<Publication> read =
      intent.has_value() ? read_publication(*intent) : Result<Publication>(intent.error());
  return read.has_value() ? *read : Publication();
}

CanonicalValue make_intent(const PolicyContext& context, const Tenant& tenant,
                           const PolicyDocument& before, const PolicyDocument& after,
                           std::uint16_t share, std::vector<CanonicalValue> circumstances) {
  const Money money = money_of(tenant.base_currency).value_or(Money());
  const std::shared_ptr<const DiffReport> compared = context.reports.compare(before, after);
  const DiffReport& report = *compared;
  const std::string whole = context.diff_text(before, after, report, money);
  std::size_t unlisted = 0;
  CanonicalValue changes =
      list_differences(before, after, report, money, std::move(circumstances), unlisted);
  CanonicalValue fields = CanonicalValue::make_map(
      {{"policy", text_of(after.id())},
       {"revision", CanonicalValue::make_integer(after.revision())},
       {"audience", text_of(share == kWholeShare ? "all" : "part")},
       {"share", CanonicalValue::make_integer(share)},
       {"replacedPolicy", text_of(before.id())},
       {"replacedRevision", CanonicalValue::make_integer(before.revision())},
       {"weaker", number_of(report.count(Strictness::weaker))},
       {"other", number_of(report.count(Strictness::incomparable))},
       {"stricter", number_of(report.count(Strictness::stricter))},
       {"comparison", text_of(report.is_undecided() ? "unfinished" : "complete")},
       {"unlisted", number_of(unlisted)},
       {"changes", std::move(changes)},
       {"digest", text_of(encode_base64url(after.digest()))},
       {"replacedDigest", text_of(encode_base64url(before.digest()))},
       {"diffDigest", text_of(encode_hex(context.service.hasher.sha256({bytes_of(whole)})))}});
  return CanonicalValue::make_map(
      {{"type", text_of(kPublicationType)}, {"fields", std::move(fields)}});
}

}  // namespace

Result<CanonicalValue> make_publication_intent(const PolicyContext& context, const Tenant& tenant,
                                               const PolicyLife& life,
                                               const Publication& publication) {
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> before,
            load_policy(context, tenant, publication.replaces));
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> after,
            load_policy(context, tenant, publication.revision));
  CS_ASSIGN(std::vector<CanonicalValue> circumstances,
            list_circumstances(context, tenant, life, publication));
  return make_intent(context, tenant, *before, *after, publication.share, std::move(circumstances));
}

Status check_ended_canary(const PolicyContext& context, const Tenant& tenant,
                          const PolicyLife& life, const Publication& publication,
                          const CanonicalValue& intent) {
  CS_ASSIGN(const std::string ended, describe_ended_canary(context, tenant, life, publication));
  const CanonicalValue* fields = intent.find("fields");
  const CanonicalValue* changes = fields != nullptr ? fields->find("changes") : nullptr;
  std::string shown;
  for (std::size_t i = 0; changes != nullptr && i < changes->items.size(); ++i) {
    const CanonicalValue* effect = changes->items[i].find("effect");
    const CanonicalValue* situation = changes->items[i].find("situation");
    if (effect != nullptr && situation != nullptr && effect->text == kEndsCanary) {
      shown = situation->text;
    }
  }
  return shown == ended ? ok() : Status(ErrorCode::policy_changed);
}

Result<Publication> read_publication(const CanonicalValue& intent) {
  const CanonicalValue* fields = intent.find("fields");
  const CanonicalValue* share = fields != nullptr ? fields->find("share") : nullptr;
  Publication publication;
  if (share == nullptr || !share->is(CanonicalValue::Type::integer) || share->integer < 1 ||
      share->integer > kWholeShare || !read_digest(*fields, "digest", publication.revision) ||
      !read_digest(*fields, "replacedDigest", publication.replaces)) {
    return Error{ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0};
  }
  publication.share = static_cast<std::uint16_t>(share->integer);
  return publication;
}

Result<std::vector<OpenPublication>> list_open_publications(const PolicyContext& context,
                                                            const Tenant& tenant) {
  std::vector<OpenPublication> open;
  if (context.transactions == nullptr) {
    return open;
  }
  TransactionFilter filter;
  filter.type = std::string(kPublicationType);
  filter.state = TransactionState::pending;
  filter.now = context.service.clock.now();
  while (true) {
    CS_ASSIGN(const std::vector<TransactionHead> page,
              context.transactions->list_transactions(tenant.id, filter, kPublicationsInPage));
    for (const TransactionHead& head : page) {
      filter.before = head.sequence;
      Result<std::optional<Transaction>> found =
          context.transactions->find_transaction(tenant.id, head.id);
      if (!found.has_value() && found.error().code == ErrorCode::transaction_store_mismatch) {
        continue;  // nobody approves it any more
      }
      CS_ASSIGN(std::optional<Transaction> transaction, std::move(found));
      if (!transaction) {
        return ErrorCode::store_corrupt;
      }
      const Publication publication = publication_of(*transaction);
      open.push_back({*std::move(transaction), publication});
    }
    if (page.size() < kPublicationsInPage) {
      std::reverse(open.begin(), open.end());
      return open;
    }
  }
}

Result<std::vector<TransactionClosing>> list_closings(
    const PolicyContext& context, const Tenant& tenant, SpentApprovals spent,
    const Digest256& revision, const std::optional<TransactionId>& carried_out, UnixSeconds now) {
  std::vector<TransactionClosing> closings;
  if (spent == SpentApprovals::none) {
    return closings;
  }
  CS_ASSIGN(const std::vector<OpenPublication> open, list_open_publications(context, tenant));
  for (const OpenPublication& one : open) {
    const bool is_meant = spent == SpentApprovals::all || one.publication.revision == revision;
    if (is_meant && one.transaction.id != carried_out) {
      closings.push_back(make_closing(context.service, one.transaction, TransactionState::cancelled,
                                      std::nullopt, now));
    }
  }
  return closings;
}

}  // namespace countersign
