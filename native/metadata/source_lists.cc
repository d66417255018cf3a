// The revocation lists of a metadata source.

#include <algorithm>

#include "base/limits.h"
#include "native/metadata/limits.h"
#include "native/metadata/pem.h"
#include "native/metadata/source.h"
#include "x509/general_names.h"
#include "x509/revocation.h"

namespace countersign {
namespace {

// Four fifths of a list's life.
UnixSeconds list_due(const Crl& crl) {
  const std::int64_t begin = crl.this_update().value;
  return crl.next_update() ? UnixSeconds{begin + (crl.next_update()->value - begin) / 5 * 4}
                           : UnixSeconds{begin};
}

}  // namespace

// By its own issuer's key, about this certificate, and not from the future: whoever answers for a
// plain http address could otherwise put anything in the place of a good list, and keep it there.
bool MetadataSource::is_list_of(const Crl& crl, const Issuers& issuers, std::size_t certificate,
                                UnixSeconds time) const {
  if (crl.this_update().value > time.value + metadata_limits::kMaxClockSkewSeconds) {
    return false;
  }
  const RevocationRequest request{{&crl, 1}, RevocationMode::require, time, Check::none};
  const CandidatePath path{
      {issuers.path.begin() + static_cast<std::ptrdiff_t>(certificate), issuers.path.end()},
      issuers.anchor,
      {0}};
  std::vector<SignatureObligation> obligations;
  const Result<std::vector<PathStatements>> statements =
      find_list_statements(request, {&path, 1}, anchors_, obligations);
  if (!statements.has_value()) {
    return false;
  }
  const std::vector<ListStatement>& of_certificate = statements->front().front();
  return std::any_of(
      of_certificate.begin(), of_certificate.end(), [&](const ListStatement& statement) {
        return statement.is_covering &&
               discharge({&obligations[statement.obligation], 1}, tools_.verifier).front() ==
                   SignatureVerdict::valid;
      });
}

void MetadataSource::load_lists(const std::vector<CachedCrl>& lists) {
  for (const CachedCrl& cached : lists) {
    Result<Crl> crl = parse_crl(cached.der);
    if (crl.has_value() && crls_.size() < metadata_limits::kMaxCrlsKept) {
      crls_.push_back({cached.url, std::move(*crl), UnixSeconds{0}});
    }
  }
}

void MetadataSource::drop_unbelievable_lists(const Issuers& issuers, UnixSeconds time) {
  std::erase_if(crls_, [&](const KeptCrl& kept) {
    for (std::size_t i = 0; i < issuers.path.size(); ++i) {
      const std::vector<std::string> urls = crl_urls(issuers.path[i]);
      if (std::find(urls.begin(), urls.end(), kept.url) != urls.end() &&
          is_list_of(kept.crl, issuers, i, time)) {
        return false;
      }
    }
    return true;
  });
}

// In turn: lists of the path in use would otherwise be lost to a BLOB that is refused, and the
// other way round.
void MetadataSource::update_lists(Fetcher& fetcher) {
  if (config_.crl == RevocationMode::off) {
    return;
  }
  std::vector<std::string> wanted;
  ListChange change = ListChange::none;
  bool is_one_due = update_lists_of(issuers_, fetcher, wanted, change);
  is_one_due = update_lists_of(offered_, fetcher, wanted, change) || is_one_due;
  list_failures_ = is_one_due ? list_failures_ + 1 : 0;
  // What no certificate names any more would only be in the way.
  const auto is_unwanted = [&wanted](const std::string& url) {
    return std::find(wanted.begin(), wanted.end(), url) == wanted.end();
  };
  std::erase_if(failing_lists_, is_unwanted);
  const std::size_t dropped =
      std::erase_if(crls_, [&](const KeptCrl& kept) { return is_unwanted(kept.url); });
  is_cache_old_ = is_cache_old_ || dropped > 0 || change == ListChange::some;
}

bool MetadataSource::update_lists_of(const Issuers& issuers, Fetcher& fetcher,
                                     std::vector<std::string>& wanted, ListChange& change) {
  const UnixSeconds now = tools_.clock.now();
  bool is_one_due = false;
  for (std::size_t i = 0; i < issuers.path.size(); ++i) {
    std::vector<std::string> urls = crl_urls(issuers.path[i]);
    urls.resize(std::min(urls.size(), metadata_limits::kMaxUrlsTried));
    wanted.insert(wanted.end(), urls.begin(), urls.end());
    const auto is_current = [&](const KeptCrl& kept) {
      return std::find(urls.begin(), urls.end(), kept.url) != urls.end() &&
             now < list_due(kept.crl);
    };
    const bool is_fresh = std::any_of(crls_.begin(), crls_.end(), [&](const KeptCrl& kept) {
      // One that seems to have been fetched later than now was fetched before a clock was set back.
      return is_current(kept) && kept.fetched_at <= now &&
             now.value < kept.fetched_at.value + refresh_seconds_ / 2;
    });
    if (!is_fresh) {
      static_cast<void>(std::any_of(urls.begin(), urls.end(), [&](const std::string& url) {
        return fetch_list(url, issuers, i, fetcher, change);
      }));
    }
    is_one_due =
        is_one_due || (!urls.empty() && std::none_of(crls_.begin(), crls_.end(), is_current));
  }
  return is_one_due;
}

bool MetadataSource::fetch_list(const std::string& url, const Issuers& issuers,
                                std::size_t certificate, Fetcher& fetcher, ListChange& change) {
  Result<Url> parsed = parse_url(url);
  if (!parsed.has_value() || parsed->scheme == UrlScheme::file) {
    return false;
  }
  FetchRequest request;
  request.url = std::move(*parsed);
  request.max_bytes = limits::kMaxCrlBytes;
  request.timeout_seconds = timeout_seconds_;
  request.plain_http = PlainHttp::anywhere;
  const FetchAnswer answer = fetcher.fetch(request);
  if (answer.kind != FetchAnswer::Kind::content) {
    note_list(url, answer.error);
    return false;
  }
  const Result<ByteVector> der = parse_pem_or_der(answer.body, "X509 CRL");
  Result<Crl> crl = der.has_value() ? parse_crl(*der) : Result<Crl>(der.error());
  if (!crl.has_value()) {
    note_list(url, crl.error().code);
    return false;
  }
  const UnixSeconds now = tools_.clock.now();
  if (!is_list_of(*crl, issuers, certificate, now)) {
    note_list(url, ErrorCode::signature_invalid);
    return false;
  }
  note_list(url, std::nullopt);
  const auto known = std::find_if(crls_.begin(), crls_.end(),
                                  [&url](const KeptCrl& kept) { return kept.url == url; });
  if (known == crls_.end()) {
    if (crls_.size() < metadata_limits::kMaxCrlsKept) {
      crls_.push_back({url, std::move(*crl), now});
      change = ListChange::some;
    }
  } else if (equal(crl->encoded(), known->crl.encoded())) {
    known->fetched_at = now;
  } else if (crl->this_update() >= known->crl.this_update()) {
    // An older one would take a revocation back.
    *known = {url, std::move(*crl), now};
    change = ListChange::some;
  }
  return true;
}

// Once each time that a list begins or ceases to fail.
void MetadataSource::note_list(const std::string& url, const std::optional<ErrorCode>& problem) {
  const auto known = std::find(failing_lists_.begin(), failing_lists_.end(), url);
  if ((known != failing_lists_.end()) == problem.has_value()) {
    return;
  }
  JsonWriter json;
  json.begin_object();
  json.member("source").string(config_.name);
  json.member("list").string(url);
  if (problem) {
    json.member("code").string(error_name(*problem));
    failing_lists_.push_back(url);
  } else {
    failing_lists_.erase(known);
  }
  json.end_object();
  const std::string text = std::move(json).take();
  tools_.log.write(problem ? "warning" : "info",
                   problem ? "metadata.list_failed" : "metadata.list_recovered",
                   std::string_view(text).substr(1, text.size() - 2));
}

// No earlier than `time`.
UnixSeconds MetadataSource::newest_list(UnixSeconds time) const {
  for (const KeptCrl& kept : crls_) {
    time = std::max(time, kept.crl.this_update());
  }
  return time;
}

// Of all, the moment at which the first is asked for again.
std::optional<UnixSeconds> MetadataSource::first_list_due() const {
  std::optional<UnixSeconds> out;
  for (const KeptCrl& kept : crls_) {
    out = std::min(out.value_or(list_due(kept.crl)), list_due(kept.crl));
  }
  return out;
}

void MetadataSource::show_lists(SourceStatus& status) const {
  status.lists.clear();
  for (const KeptCrl& kept : crls_) {
    status.lists.push_back({kept.url, kept.crl.this_update(), kept.crl.next_update()});
  }
}

}  // namespace countersign
