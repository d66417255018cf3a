#pragma once
// The loaded metadata as policies see them: which models there are for lint to hold demands
// against.

#include <optional>
#include <vector>

#include "metadata/models.h"
#include "policy/satisfaction.h"

namespace countersign {

/// One row a model; U2F models, which have no AAGUID, are rows of the zero one, as their
/// credentials are. The level is the one in effect at that time, and none where no attestation
/// could prove it: without a statement that counts, without anchors, or where the model attests
/// only itself. With anchors of the configuration (`trustAnchors`) there is a row without a name,
/// for whatever model leads to one. Nothing where no metadata are configured, or none have been
/// loaded yet. `models` may be null.
std::optional<std::vector<KnownModel>> known_models(const MetadataModels* models, UnixSeconds now,
                                                    const Hasher& hasher);

}  // namespace countersign
