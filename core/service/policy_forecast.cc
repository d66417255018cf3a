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

}  // namespace

Result<EnrolmentForecast> forecast_enrolled(const PolicyContext& context, const Tenant& tenant,
                                            const PolicyDocument& active,
                                            const PolicyDocument& draft,
                                            std::vector<PolicyInputs> rows, DisplayTiers tiers,
                                            std::size_t budget) {
  const ServiceContext& service = context.service;
  const UnixSeconds now = service.clock.now();
  // One state of the metadata for all.
  const std::shared_ptr<const MetadataModels> models = service.models.models();
  add_plain_situations(active, draft, rows);
  EnrolmentForecast forecast;
  if (models != nullptr) {
    forecast.models = models->catalogue().entries().size();
  }
  LockoutCounter counter(active, draft, rows, tiers);
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
