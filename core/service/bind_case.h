#pragma once
// `transaction bind` and `transaction render`: one JSON line in, one JSON line out
// (docs/transactions.md). Total: a line that cannot be read gets an error answer like any other.

#include <string>
#include <string_view>

#include "crypto/hasher.h"
#include "service/transaction_documents.h"

namespace countersign {

/// `{"id","input"}` with intent and view in their frozen forms, to
/// `{"id","ok":true,"intentCbor",…,"challenge"}` or
/// `{"id","ok":false,"error":{"code","field"?,"codePoint"?,"offset"?,"message"}}`; the byte strings
/// in hexadecimal.
std::string bind_frozen_case(std::string_view line, const Hasher& hasher);

/// The same from an intent in the API's form, a template and a locale pack (a document, or the
/// digest or the name of a kept one): also answers with the view and the digests of both documents.
std::string bind_case(std::string_view line, const TransactionDocuments& documents,
                      const Hasher& hasher);

/// Intent, template and locale alone: the view, and as text, HTML and SVG what `forms` asks for.
std::string render_case(std::string_view line, const TransactionDocuments& documents,
                        const Hasher& hasher);

}  // namespace countersign
