#include "x509/general_names.h"

#include <algorithm>

#include "codec/der_reader.h"
#include "x509/extension.h"
#include "x509/oids.h"

namespace countersign {
namespace {

// GeneralName ::= CHOICE { …, dNSName [2], …, uniformResourceIdentifier [6], … }
constexpr DerTag kDnsName = der::context_primitive(2);
constexpr DerTag kUri = der::context_primitive(6);

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// DistributionPoint ::= SEQUENCE { [0] DistributionPointName OPTIONAL, [1] reasons OPTIONAL, [2]
// cRLIssuer OPTIONAL }, DistributionPointName ::= CHOICE { [0] fullName, [1] nameRelativeToIssuer }
Status append_distribution_point(const DerElement& sequence, std::vector<Bytes>& out) {
  DerReader reader(sequence.content);
  CS_ASSIGN(const std::optional<DerElement> name, reader.next_if(der::context_constructed(0)));
  if (!name || !reader.is_done()) {
    return ok();
  }
  DerReader choice(name->content);
  CS_ASSIGN(const std::optional<DerElement> full, choice.next_if(der::context_constructed(0)));
  if (!full) {
    return ok();
  }
  CS_ASSIGN(const std::vector<Bytes> names, parse_general_names(full->content));
  if (names.size() > kMaxGeneralNames - out.size()) {
    return ErrorCode::certificate_malformed;
  }
  out.insert(out.end(), names.begin(), names.end());
  return choice.finish();
}

bool is_printable_http_url(std::string_view text) {
  const auto has_prefix = [&](std::string_view prefix) {
    return text.size() > prefix.size() && is_same_host(text.substr(0, prefix.size()), prefix);
  };
  return (has_prefix("http://") || has_prefix("https://")) &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<std::vector<Bytes>> parse_general_names(Bytes content) {
  std::vector<Bytes> out;
  DerReader reader(content);
  do {
    CS_ASSIGN(const DerElement name, reader.next());
    if (name.tag.tag_class != kDnsName.tag_class || out.size() == kMaxGeneralNames) {
      return ErrorCode::certificate_malformed;
    }
    out.push_back(name.encoded);
  } while (!reader.is_done());
  return out;
}

Result<std::vector<std::string_view>> dns_names(const Certificate& certificate) {
  std::vector<std::string_view> out;
  const CertificateExtension* extension = certificate.find_extension(oid::kSubjectAlternativeName);
  if (extension == nullptr) {
    return out;
  }
  CS_ASSIGN(const DerElement sequence, parse_der(extension->value, der::kSequence));
  CS_ASSIGN(const std::vector<Bytes> names, parse_general_names(sequence.content));
  for (const Bytes encoded : names) {
    const Result<DerElement> name = parse_der(encoded, kDnsName);
    if (name.has_value()) {
      out.push_back(text_of(name->content));
    }
  }
  return out;
}

bool is_same_host(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

Result<std::vector<Bytes>> crl_distribution_points(const Certificate& certificate) {
  std::vector<Bytes> out;
  const CertificateExtension* extension = certificate.find_extension(oid::kCrlDistributionPoints);
  if (extension == nullptr) {
    return out;
  }
  CS_ASSIGN(const DerElement points, parse_der(extension->value, der::kSequence));
  DerReader reader(points.content);
  do {
    CS_ASSIGN(const DerElement point, reader.next(der::kSequence));
    CS_TRY(append_distribution_point(point, out));
  } while (!reader.is_done());
  return out;
}

std::vector<std::string> crl_urls(const Certificate& certificate) {
  std::vector<std::string> out;
  const Result<std::vector<Bytes>> points = crl_distribution_points(certificate);
  if (!points.has_value()) {
    return out;
  }
  for (const Bytes encoded : *points) {
    const Result<DerElement> uri = parse_der(encoded, kUri);
    if (uri.has_value() && is_printable_http_url(text_of(uri->content))) {
      out.emplace_back(text_of(uri->content));
    }
  }
  return out;
}

}  // namespace countersign
