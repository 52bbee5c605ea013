#include "res/client_message.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/json.h"

namespace resgate::res {
namespace {

void append_id(std::string& out, std::uint64_t id) {
    out += R"("id":)";
    std::array<char, 20> digits;
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), id).ptr);
    out += '}';
}

/// Begins a group of a resource set.
void begin_group(std::string& out, std::string_view name, bool& comma) {
    out += comma ? ",\"" : "\"";
    out += name;
    out += "\":{";
    comma = true;
}

void append_rid(std::string& group, std::string_view rid) {
    json::append_string(group, rid);
    group += ':';
}

/// Room for the names of the groups and their brackets.
constexpr std::size_t size_of_groups = 48;
/// What is around a rid and its value.
constexpr std::size_t member_overhead = 4;

}  // namespace

void begin_result(std::string& out) {
    out += R"({"result":)";
}

void end_result(std::string& out, std::uint64_t id) {
    out += ',';
    append_id(out, id);
}

void append_empty_success(std::string& out, std::uint64_t id) {
    out += '{';
    append_id(out, id);
}

void append_error_response(std::string& out, const Error& error, std::uint64_t id) {
    out += R"({"error":)";
    append_error(out, error);
    out += ',';
    append_id(out, id);
}

void append_event(std::string& out, std::string_view rid, std::string_view name,
                  std::string_view data) {
    out += R"({"event":)";
    json::append_string(out, rid);
    out.back() = '.';  // in place of the closing quote: the name goes on in the same string
    const std::size_t joint = out.size();
    json::append_string(out, name);
    out.erase(joint, 1);
    out += R"(,"data":)";
    out += data.empty() ? "null" : data;
    out += '}';
}

void ResourceSet::add(std::string_view rid, const Content& content) {
    if (contents_.empty())
        size_ += size_of_groups;
    size_ += rid.size() + content.text().size() + member_overhead;
    contents_.push_back({rid, ContentPtr(&content)});
}

void ResourceSet::add(std::string_view rid, const Error& error) {
    const std::size_t before = errors_.size();
    if (!errors_.empty())
        errors_ += ',';
    append_rid(errors_, rid);
    append_error(errors_, error);
    size_ += errors_.size() - before + (before == 0 ? size_of_groups : 0);
}

void ResourceSet::append_contents(std::string& out, ResourceType type, std::string_view name,
                                  bool& comma) const {
    bool is_first = true;
    for (const Part& part : contents_) {
        if (part.content->type() != type)
            continue;
        if (std::exchange(is_first, false))
            begin_group(out, name, comma);
        else
            out += ',';
        append_rid(out, part.rid);
        if (legacy_)
            part.content->append_legacy_text(out);
        else
            out += part.content->text();
    }
    if (!is_first)
        out += '}';
}

void ResourceSet::append_members(std::string& out, bool comma) const {
    append_contents(out, ResourceType::model, "models", comma);
    append_contents(out, ResourceType::collection, "collections", comma);
    if (errors_.empty())
        return;
    begin_group(out, "errors", comma);
    out += errors_;
    out += '}';
}

}  // namespace resgate::res
