#include "api/encoder.h"

#include <cassert>
#include <cstddef>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json.h"
#include "base/limits.h"
#include "res/content.h"
#include "res/error.h"
#include "res/value.h"
#include "session/session.h"

namespace resgate::api {

namespace {

using session::Subscription;

/// Writes one body: the text of each resource, with other values in place of those that are no
/// primitives. The resources that are begun and not ended are the current chain of [HTTP-92]; they
/// stand in a list instead of on the stack, for services decide how long it is. What refers to
/// nothing never stands there: it is written at once.
class Encoder {
  public:
    Encoder(Encoding encoding, const ResourcePath& path, std::string&& room)
        : encoding_(encoding), path_(path), out_(std::move(room)) {
        out_.clear();
    }

    std::optional<std::string> run(const Subscription& root) {
        out_.reserve(root.content()->text().size());
        begin(root);
        while (!chain_.empty() && !exceeds_limits())
            step();
        if (exceeds_limits())
            return std::nullopt;
        return std::move(out_);
    }

  private:
    struct Begun {
        const Subscription* subscription;
        std::size_t next = 0;     ///< the value to be looked at next
        std::size_t written = 0;  ///< how much of its text is dealt with
    };

    bool exceeds_limits() const {
        return out_.size() > Limits::http_body || written_ > Limits::http_body_resources;
    }

    /// Writes all of a resource, or makes it the end of the chain.
    void begin(const Subscription& subscription) {
        ++written_;
        Begun begun{&subscription};
        if (subscription.content()->has_references()) {
            chain_.push_back(begun);
            on_chain_.insert(&subscription);
            return;
        }
        while (const auto value = advance(begun))
            write(*value, subscription);
        if (!chain_.empty())
            close_wrapper();
    }

    /// Writes the next value at the end of the chain, or ends the resource.
    void step() {
        const Subscription& subscription = *chain_.back().subscription;
        if (const auto value = advance(chain_.back()))
            return write(*value, subscription);  // may lengthen the chain
        on_chain_.erase(&subscription);
        chain_.pop_back();
        if (!chain_.empty())
            close_wrapper();
    }

    /// Writes the text up to the next value that does not stand for itself, which is returned;
    /// nothing once the text is at its end.
    std::optional<res::ValueView> advance(Begun& begun) {
        const res::Content& content = *begun.subscription->content();
        const std::string_view text = content.text();
        begun.next = content.skip_primitives(begun.next);
        if (begun.next == content.size()) {
            out_ += text.substr(begun.written);
            return std::nullopt;
        }
        const res::ValueView value = content.value(begun.next++);
        const auto at = static_cast<std::size_t>(value.text.data() - text.data());
        out_ += text.substr(begun.written, at - begun.written);
        begun.written = at + value.text.size();
        return value;
    }

    void write(res::ValueView value, const Subscription& from) {
        switch (value.kind) {
            case res::ValueKind::data:
                return write_data(value.text);
            case res::ValueKind::soft_reference:
                return write_href(res::rid_of(value));
            case res::ValueKind::reference:
                return write_reference(res::rid_of(value), from);
            case res::ValueKind::primitive:      // stands for itself
            case res::ValueKind::delete_action:  // no content holds one
                break;
        }
        assert(false && "nothing to be written in its place");
    }

    /// A data value with primitive content is that primitive already; another is an object.
    void write_data(std::string_view text) {
        if (text.front() == '{')
            text = json::find(json::Value{json::Type::object, text}, "data")->text;
        out_ += text;
    }

    void write_href(std::string_view rid) {
        out_ += R"({"href":)";
        append_href(rid);
        out_ += '}';
    }

    void write_reference(const std::string& rid, const Subscription& from) {
        const Subscription* const target = from.session.find_subscription(rid);
        assert(target && "a loaded resource's references are subscribed to");
        if (on_chain_.contains(target))
            return write_href(rid);
        if (encoding_ == Encoding::json) {
            out_ += R"({"href":)";
            append_href(rid);
            out_ += target->content()
                        ? (target->content()->is_model() ? R"(,"model":)" : R"(,"collection":)")
                        : R"(,"error":)";
        }
        if (target->content())
            return begin(*target);
        res::append_error(out_, target->rare_if_any()->error);
        close_wrapper();
    }

    void close_wrapper() {
        if (encoding_ == Encoding::json)
            out_ += '}';
    }

    void append_href(std::string_view rid) {
        std::string href;
        path_.append_href(href, rid);
        json::append_string(out_, href);
    }

    const Encoding encoding_;
    const ResourcePath& path_;
    std::string out_;
    std::size_t written_ = 0;  ///< resources begun
    std::vector<Begun> chain_;
    std::unordered_set<const Subscription*> on_chain_;
};

}  // namespace

std::optional<std::string> encode(const session::Subscription& root, Encoding encoding,
                                  const ResourcePath& path, std::string&& room) {
    return Encoder(encoding, path, std::move(room)).run(root);
}

}  // namespace resgate::api
