#ifndef COUNTERSIGN_WASM_ABI_H_
#define COUNTERSIGN_WASM_ABI_H_
// The C boundary of the WebAssembly modules, also compiled natively so that the same tests run on
// both.
//
// Conventions, valid for every function:
//
// - Bytes in, bytes out. Text is UTF-8 without a NUL at its end; envelopes are JSON.
// - The caller writes inputs into blocks that `cs_alloc` made. A range `(pointer, length)` must lie
// inside one
//   live block, or be `(NULL, 0)`; any other range is refused with CS_BAD_ARGUMENT before it is
//   read. So a wrong pointer is an answer, never a read or a write where the caller did not ask for
//   it.
// - No function keeps an input; `cs_load_policy` and the `cs_pin_…` keep what they read of it. No
// ownership of a result crosses: the result of the last call belongs to the module
//   and stays until the next call of a function that returns a cs_status.
// - A function that returns a cs_status leaves its result for `cs_result_data` and
// `cs_result_size`. The result is
//   empty unless the status is CS_OK.
// - No input makes the module abort, and nothing is thrown across the boundary: what the libraries
// below throw ends
//   here as CS_OUT_OF_MEMORY or CS_INTERNAL_ERROR. countersign-transaction.wasm is compiled without
//   exceptions: where its memory limit is reached it traps, and the host begins a new instance.
// - One instance belongs to one thread; natively each thread has its own blocks and its own result.
// - The modules import nothing. Reactor modules: call the export `_initialize` once before anything
// else.
//
// Which module has which function is written in `exports.txt`. Stability: a function never changes
// its meaning; new functions are added, and `abi` of `cs_version` then grows.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The number that `cs_version` reports as `abi`.
#define CS_ABI 5

// Blocks that may be live at a time, and the octets that one may have. Cases are at most 256 KiB.
#define CS_MAX_BLOCKS 8
#define CS_MAX_BLOCK_SIZE 33554432

// What a call did. Verdicts about a case are in its result, not here.
typedef int32_t cs_status;
#define CS_OK 0
#define CS_BAD_ARGUMENT 1    // a range that is not inside a live block; the result is empty
#define CS_OUT_OF_MEMORY 2   // the memory limit was reached; the call had no effect
#define CS_INTERNAL_ERROR 3  // a defect of the library; the call had no effect

// cs_version leaves `{"version":"0.1.0","abi":5,"maxCaseBytes":262144}`: the version of the
// library, CS_ABI, and the longest case that is read. A longer one gets the verdict that any case
// of `maxCaseBytes` + 1 octets gets. All modules but countersign.wasm add the editions of what they
// hold texts, amounts and accounts against: `"unicode":"15.0.0"`, `"currencies":"amendment 180,
// 2026-01-01"` (ISO 4217) and `"ibans":"release 99"` (the IBAN registry).
cs_status cs_version(void);

// cs_errors leaves the tables that verdicts refer to, so that a host cannot drift from them:
// `{"errors":[{"number":1,"code":"internal_error","class":"internal","message":"…"},…],"checks":["…",…]}`.
cs_status cs_errors(void);

// cs_alloc returns a block of `size` octets for inputs, or NULL when `size` is zero or above
// CS_MAX_BLOCK_SIZE, when CS_MAX_BLOCKS are live, or when memory is exhausted. The caller frees it
// with `cs_free`. Its contents are undefined.
uint8_t* cs_alloc(size_t size);

// cs_free ends a block. Returns CS_BAD_ARGUMENT, and does nothing, when `block` is not the
// beginning of a live one (freed before, never given, NULL). Keeps the last result.
cs_status cs_free(uint8_t* block);

// cs_verify verifies one case with the module's own arithmetic (full module only) and leaves the
// verdict line, without newline: `{"id":…,"ok":true,…}` or `{"id":…,"ok":false,"error":{…}}`. What
// is no case has a verdict as well. `now` is the time for cases without `time`, in seconds since
// 1970-01-01T00:00:00Z.
cs_status cs_verify(const uint8_t* case_json, size_t case_size, int64_t now);

// cs_verify_metadata holds a registration, or the name of a model, against a BLOB of FIDO's
// Metadata Service with the module's own arithmetic (full module only). `request` and the answer
// are those of docs/verify-format.md, "Metadata"; `blob` is the file as it was fetched. `now` as
// for cs_verify.
cs_status cs_verify_metadata(const uint8_t* request_json, size_t request_size, const uint8_t* blob,
                             size_t blob_size, int64_t now);

// cs_verify_receipt verifies a receipt with nothing but its file and the keys that `request` names,
// with the module's own arithmetic (receipt module). `request` and the answer are those of
// docs/receipts.md, "In a page"; `file` is the receipt as it was kept, to the byte. Where it ends
// with CS_OUT_OF_MEMORY (records of many megabytes), nothing is said about the receipt.
cs_status cs_verify_receipt(const uint8_t* request_json, size_t request_size, const uint8_t* file,
                            size_t file_size);

// cs_begin_case does everything but signature arithmetic. It leaves either the verdict line of a
// case that fails already (it has the member `ok`), or
// `{"obligations":[{"digest","check","algorithm":{"scheme","hash"},
// "key":{"type","curve","x","y","n","e"},"message","signature"},…]}`: the signatures that the
// verdict depends on, for the host to verify. Octets are unpadded base64url. Nothing is kept:
// `cs_finish_case` is given the case again.
cs_status cs_begin_case(const uint8_t* case_json, size_t case_size, int64_t now);

// cs_finish_case leaves the verdict line. `results` is `[{"digest":…,"valid":true|false|null},…]`
// with one element for each obligation of the same case: only the literal `true` counts as valid,
// `null` says that the host lacks the algorithm. Missing, extra, duplicate or foreign digests are
// refused in the verdict. `now` must be that of the begin.
cs_status cs_finish_case(const uint8_t* case_json, size_t case_size, const uint8_t* results_json,
                         size_t results_size, int64_t now);

// cs_load_policy reads a policy document (full and policy module) and keeps what evaluation needs,
// so that a decision does not read it again. It leaves
// `{"ok":true,"policy":DIGEST,"id","revision"}`, or
// `{"ok":false,"error":{"code","offset","line","column","message"}}`. Four documents are kept: one
// more takes the place of the one that was kept first.
cs_status cs_load_policy(const uint8_t* document_json, size_t document_size);

// cs_decide evaluates a kept policy, or one that stands in the case, and leaves the answer line of
// `countersign policy decide` (docs/policy.md; full and policy module). A policy that is not kept
// is `policy_revision_not_found`: the host gives it again.
cs_status cs_decide(const uint8_t* case_json, size_t case_size);

// cs_review_policy lints, compares or simulates documents and leaves the answer line of
// `countersign policy review` (docs/policy.md; policy module). The work of each is bounded, the
// worst document takes a minute: call it where nobody waits for the thread.
cs_status cs_review_policy(const uint8_t* case_json, size_t case_size);

// cs_pin_template reads a template and cs_pin_locale a locale pack, and keeps it (transaction
// module). The text is the digest that the host pins, 64 hexadecimal digits, and the document
// behind it: another document is `transaction_type_unknown` or `transaction_locale_unknown`. It was
// linted where it was published and is not linted here, so the digest must be the host's own, never
// what came with the document. They leave `{"ok":true,"template":HEX,"type"}` or
// `{"ok":true,"locale":HEX,"id"}`, or `{"ok":false,"error":{"code","offset"?,"message"}}`. 64 of
// each are kept: one more takes the place of the one that was kept first.
cs_status cs_pin_template(const uint8_t* pinned, size_t pinned_size);
cs_status cs_pin_locale(const uint8_t* pinned, size_t pinned_size);

// cs_bind, cs_bind_frozen and cs_render leave the answer line of `countersign transaction bind`,
// `… bind --frozen` and `… render` (docs/transactions.md; transaction module, cs_bind_frozen in
// none that ships). Cases name kept documents by digest, or by type and locale where no two kept
// ones share it; one that is not kept, or that a case carries, is `transaction_type_unknown` or
// `transaction_locale_unknown`.
cs_status cs_bind(const uint8_t* case_json, size_t case_size);
cs_status cs_bind_frozen(const uint8_t* case_json, size_t case_size);
cs_status cs_render(const uint8_t* case_json, size_t case_size);

// cs_result_data points at the result of the last call that returned a cs_status (`cs_free`
// excepted); never NULL. Memory may have grown: take a view of it after the call.
const uint8_t* cs_result_data(void);

// cs_result_size is the length of that result.
size_t cs_result_size(void);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // COUNTERSIGN_WASM_ABI_H_
