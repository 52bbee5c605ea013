#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "base/frame.h"
#include "res/content.h"
#include "res/error.h"

/// Texts of the messages to clients (20.2, 20.3, 20.11).
namespace resgate::res {

/// `{"result":R,"id":N}` ([RSP-1]): what stands before and behind the result, which is raw JSON.
void begin_result(std::string& out);
void end_result(std::string& out, std::uint64_t id);
/// `{"id":N}` ([RSP-2])
void append_empty_success(std::string& out, std::uint64_t id);
/// `{"error":E,"id":N}` ([RSP-3])
void append_error_response(std::string& out, const Error& error, std::uint64_t id);
/// `{"event":"<rid>.<name>","data":D}`; `data` is raw JSON, empty is written as null ([EVT-1]).
void append_event(std::string& out, std::string_view rid, std::string_view name,
                  std::string_view data);

/// Collects a resource set ([SET-1]) and appends it to the object that carries it. The rids must
/// outlive it, and the contents must not change meanwhile.
class ResourceSet {
  public:
    /// `legacy`: with the substitutions for clients below 1.2.1 ([SET-6]).
    explicit ResourceSet(bool legacy) : legacy_(legacy) {}

    void add(std::string_view rid, const Content& content);
    void add(std::string_view rid, const Error& error);

    bool empty() const { return contents_.empty() && errors_.empty(); }

    /// About how many bytes `append_members` writes; it has to grow its target no more if that has
    /// room for them.
    std::size_t size() const { return size_; }

    /// Appends the members `models`, `collections` and `errors` as far as they are not empty, each
    /// with a comma in front if `comma` says that the carrying object has members already.
    void append_members(std::string& out, bool comma) const;

  private:
    struct Part {
        std::string_view rid;
        ContentPtr content;
    };

    void append_contents(std::string& out, ResourceType type, std::string_view name,
                         bool& comma) const;

    bool legacy_;
    std::size_t size_ = 0;
    /// Room for one in place: most resources refer to no others.
    boost::container::small_vector<Part, 1> contents_;
    std::string errors_;
};

}  // namespace resgate::res
