#pragma once

#include <string>
#include <string_view>

namespace resgate::res {

/// A resource ID, split at its first `?` ([RID-1]).
struct SplitRid {
    std::string_view name;
    std::string_view query;
};

SplitRid split_rid(std::string_view rid);

/// [RID-2]
bool is_valid_name(std::string_view name);
/// [RID-4]: the name is valid; the query may be anything ([RID-3]).
bool is_valid_rid(std::string_view rid);
/// [RID-5]
bool is_valid_method(std::string_view method);
/// [SUBJ-9]: whether a subject that a service supplied may be published to.
bool is_usable_subject(std::string_view subject);

/// Whether the text contains the connection ID tag `{cid}`.
bool has_cid_tag(std::string_view text);
/// Appends the text with every occurrence of the tag replaced ([CID-3]).
void append_expanded(std::string& out, std::string_view text, std::string_view cid);
/// The text alone.
std::string expand_cid(std::string_view text, std::string_view cid);

}  // namespace resgate::res
