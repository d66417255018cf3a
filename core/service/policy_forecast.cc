#include "service/policy_forecast.h"

#include <algorithm>

#include "service/known_models.h"
#include "service/policy_facts.h"

namespace countersign {
namespace {

EnrolledCredential view_enrolled(const StoredCredential& credential, const MetadataModels* models,
                                 UnixSeconds now, const Hasher& hasher) {
  EnrolledCredential enrolled;
  enrolled.known = review_signer(credential, models, now, hasher);
  enrolled.counter = counter_name(likely_counter(credential));
  return enrolled;
}

void add_plain_situations(const PolicyDocument& active, const PolicyDocument& draft,
                          std::vector<PolicyInputs>& rows) {
  const std::size_t given = rows.size();
  for (PolicyInputs& plain : plain_situations(active, draft)) {
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(given);
    const bool is_spoken_of = std::any_of(rows.begin(), end, [&](const PolicyInputs& row) {
      return row.ceremony() == plain.ceremony();
    });
    if (!is_spoken_of) {
      rows.push_back(std::move(plain));
    }
  }
}

}  // namespace

Result<EnrolmentForecast> forecast_enrolled(const PolicyContext& context, const Tenant& tenant,
                                            const PolicyDocument& active,
                                            const PolicyDocument& draft,
                                            std::vector<PolicyInputs> rows, std::size_t budget) {
  const ServiceContext& service = context.service;
  const UnixSeconds now = service.clock.now();
  // One state of the metadata for all.
  const std::shared_ptr<const MetadataModels> models = service.models.models();
  add_plain_situations(active, draft, rows);
  EnrolmentForecast forecast;
  if (models != nullptr) {
    forecast.models = models->catalogue().entries().size();
  }
  LockoutCounter counter(active, draft, rows);
  std::optional<UserHandle> last;
  while (!forecast.is_partial) {
    CS_ASSIGN(const std::vector<StoredCredential> page,
              context.store.list_enrolled(tenant.id, last, kForecastPage));
    if (page.empty()) {
      break;
    }
    for (auto first = page.begin(); first != page.end();) {
      if (counter.decisions() >= budget) {
        forecast.is_partial = true;
        break;
      }
      const auto end = std::find_if(first, page.end(), [&](const StoredCredential& one) {
        return one.record.user_handle != first->record.user_handle;
      });
      std::vector<EnrolledCredential> held;
      std::transform(first, end, std::back_inserter(held), [&](const StoredCredential& one) {
        return view_enrolled(one, models.get(), now, service.hasher);
      });
      counter.add("", held);
      ++forecast.customers;
      first = end;
    }
    last = page.back().record.user_handle;
  }
  forecast.ceremonies = std::move(counter).take();
  return forecast;
}

}  // namespace countersign
