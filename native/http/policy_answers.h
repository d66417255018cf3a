#pragma once
// Revisions of policies as JSON answers (docs/http-api.md, "Policies").

#include <span>
#include <string>
#include <string_view>

#include "codec/json_writer.h"
#include "service/policy_service.h"

namespace countersign {

/// `{"digest","id","revision","state","share"?,"createdAt","createdBy"}`; the members alone where
/// others follow.
void write_revision(JsonWriter& json, const PolicyRevision& revision);
void write_revision_members(JsonWriter& json, const PolicyRevision& revision);
/// `"models"`: how many of the loaded metadata lint looked at, null where there are none.
void write_models_member(JsonWriter& json, const std::optional<std::size_t>& models);
/// `{"errors","warnings","models","findings","omitted"}`; findings and what is omitted as
/// findings_json and omitted_json write them.
void write_lint_summary(JsonWriter& json, const LintedPolicy& linted);
std::string encode_policy_view(const PolicyView& view);
/// `{"digest","id","revision","state":"active"|"configured","document"}`: the tenant's configured
/// document, which has no life in the store.
std::string encode_configured_policy(const PolicyDocument& document, std::string_view state);
std::string encode_differences(const Digest256& revision, const Digest256& active,
                               std::span<const DifferenceCount> counts);
/// `{"line","column","offset"}` of the error in the text.
std::string encode_position(std::string_view text, const Error& error);

}  // namespace countersign
