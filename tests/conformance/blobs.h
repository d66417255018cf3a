#pragma once
// The BLOBs of a metadata service for tests: one good, the others each with one fault, as the
// tool's own service hands them out.

#include <map>
#include <string>
#include <vector>

#include "tests/conformance/lab.h"

namespace countersign::testing {

/// A BLOB, and the one model that stands in no other (the good one has more: those of
/// `compromised_models`).
struct VirtualBlob {
  std::string path;
  std::string model;
  std::string refusal;  // our code; empty: it is good
};
const std::vector<VirtualBlob>& virtual_blobs();

/// In the good BLOB, by name: "BYPASS", "ATTESTATION_KEY", …
const std::map<std::string, VirtualModel>& compromised_models();
/// The models of `virtual_blobs`, by name.
const std::map<std::string, VirtualModel>& blob_models();

/// How many models the server describes, once it has judged everything: of statements and good
/// BLOB.
std::int64_t known_models();

/// Puts BLOBs and revocation lists where configuration and certificates name them; the root in PEM.
std::string publish_blobs(MockServer& service);

}  // namespace countersign::testing
