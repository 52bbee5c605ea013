#include "res/client_message.h"

#include "base/json.h"

namespace resgate::res {
namespace {

void append_id(std::string& out, std::uint64_t id) {
    out += R"("id":)";
    out += std::to_string(id);
    out += '}';
}

/// Begins a member of one of the groups of a resource set.
void append_rid(std::string& group, std::string_view rid) {
    if (!group.empty()) {
        group += ',';
    }
    json::append_string(group, rid);
    group += ':';
}

void append_group(std::string& out, std::string_view name, std::string_view members, bool& comma) {
    if (members.empty()) {
        return;
    }
    out += comma ? ",\"" : "\"";
    out += name;
    out += "\":{";
    out += members;
    out += '}';
    comma = true;
}

}  // namespace

void append_result(std::string& out, std::string_view result, std::uint64_t id) {
    out += R"({"result":)";
    out += result;
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
    std::string& group = content.is_model() ? models_ : collections_;
    append_rid(group, rid);
    if (legacy_) {
        content.append_legacy_text(group);
    } else {
        group += content.text();
    }
}

void ResourceSet::add(std::string_view rid, const Error& error) {
    append_rid(errors_, rid);
    append_error(errors_, error);
}

void ResourceSet::append_members(std::string& out, bool comma) const {
    append_group(out, "models", models_, comma);
    append_group(out, "collections", collections_, comma);
    append_group(out, "errors", errors_, comma);
}

}  // namespace resgate::res
