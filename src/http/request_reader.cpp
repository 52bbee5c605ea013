#include "http/request_reader.h"

#include <algorithm>
#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "http/target.h"

namespace resgate::http {

namespace beast_http = boost::beast::http;
using beast_http::error;
using boost::beast::error_code;

namespace {

using Text = boost::beast::string_view;

/// Whether this may be less than the last chunk, which Beast asserts to see whole the second time.
bool may_begin_last_chunk(std::string_view bytes) {
    constexpr std::string_view shortest = "0\r\n\r\n";
    return bytes.front() == '0' && bytes.size() < shortest.size();
}

}  // namespace

/// How a request is refused that does not reach the handler.
struct RequestReader::Refusal {
    int status = 0;
    std::string_view detail{};
};

/// Beast calls the overridden functions with slices of the input. What is left of the input, an
/// incomplete line in most cases, is kept in `pending_` and presented again with the next bytes.
class RequestReader::Parser final : public beast_http::basic_parser<true> {
  public:
    Parser(std::size_t max_header_size, std::size_t max_body_size)
        : max_header_size_(max_header_size), max_body_size_(max_body_size) {
        constexpr std::size_t unlimited = std::numeric_limits<std::uint32_t>::max();
        header_limit(static_cast<std::uint32_t>(
            max_header_size_ == 0 ? unlimited : std::min(max_header_size_, unlimited)));
        body_limit(boost::none);  // judged here, so that the head still reaches the caller
    }

    std::size_t feed(std::string_view bytes) {
        if (pending_.empty()) {
            const std::size_t used = parse(bytes);
            if (final()) {
                return used;
            }
            pending_.assign(bytes.substr(used));
        } else {
            pending_.append(bytes);
            const std::size_t used = parse(pending_);
            if (final()) {
                // A refusal may leave even bytes of earlier pieces.
                return bytes.size() - std::min(bytes.size(), pending_.size() - used);
            }
            pending_.erase(0, used);
            searched_ -= std::min(searched_, used);
        }
        check_pending();
        return bytes.size();
    }

    State state() const { return state_; }

    const Refusal& refusal() const { return refusal_; }

    bool take_expectation() { return std::exchange(expectation_, false); }

    Request take() {
        request_.keep_alive = keep_alive() && request_.body_state == BodyState::complete;
        return std::move(request_);
    }

  private:
    bool final() const { return state_ == State::complete || state_ == State::refused; }

    std::size_t parse(std::string_view bytes) {
        std::size_t used = 0;
        while (used < bytes.size() && !final()) {
            const std::string_view rest = bytes.substr(used);
            const std::string_view shown = shown_of(rest);
            head_room_ = rest.size();
            error_code ec = error::need_more;
            if (state_ == State::head || !chunked() || !may_begin_last_chunk(shown)) {
                const std::size_t step = put({shown.data(), shown.size()}, ec);
                used += step;
                if (state_ == State::head) {
                    head_size_ += step;
                }
            }
            if (ec == error::need_more) {
                if (shown.size() < rest.size()) {
                    give_up_body(BodyState::unreadable, "chunk header too large");
                }
                break;
            }
            if (ec) {
                fail(ec);
            } else if (state_ == State::head && is_header_done()) {
                finish_head();
            } else if (is_done() && !final()) {
                state_ = State::complete;
            }
        }
        return used;
    }

    /// How much of the input Beast gets to see. Of chunks, no more than the limit of the head: what
    /// it wants to see whole is a chunk's first line, or the last one's with the trailer.
    std::string_view shown_of(std::string_view bytes) const {
        const bool limited = state_ == State::body && chunked() && max_header_size_ != 0;
        return limited ? bytes.substr(0, max_header_size_) : bytes;
    }

    void finish_head() {
        if (max_header_size_ != 0 && head_size_ > max_header_size_) {
            refuse({431, {}});
        } else if (const Refusal refusal = judge_head(); refusal.status != 0) {
            refuse(refusal);
        } else if (!chunked() && exceeds_body_limit(content_length().value_or(0))) {
            give_up_body(BodyState::too_large, {});
        } else if (is_done()) {
            state_ = State::complete;
        } else {
            state_ = State::body;
            expectation_ = expects_ && request_.version == Version::http_1_1 &&
                           request_.headers.has_token("Expect", "100-continue");
        }
    }

    /// The rules of [HTTP-5] that Beast does not check; status 0 if the head is acceptable.
    Refusal judge_head() const {
        if (!is_routable_target(request_.target) && request_.method != Method::connect) {
            return {400, {}};
        }
        if (header_refusal_.status != 0) {
            return header_refusal_;
        }
        if (hosts_ > 1) {
            return {400, "too many Host headers"};
        }
        if (hosts_ == 0 && request_.version == Version::http_1_1) {
            return {400, "missing required Host header"};
        }
        if (request_.target.find('%') != std::string::npos &&
            !has_valid_escapes(split_target(request_.target).path)) {
            return {400, {}};
        }
        const bool unknown = expects_ && !request_.headers.find("Expect")->empty() &&
                             !request_.headers.has_token("Expect", "100-continue");
        return unknown ? Refusal{417, {}} : Refusal{};
    }

    /// Of the rules of [HTTP-5], those about a single header.
    Refusal judge(beast_http::field name, std::string_view value) const {
        if (name == beast_http::field::host && !is_host(value)) {
            return {400, "malformed Host header"};
        }
        if (name == beast_http::field::transfer_encoding) {
            if (request_.version == Version::http_1_0) {
                return {400, {}};
            }
            // Passing over an unknown coding would take the body for the next request.
            if (!equal_ignoring_case(value, "chunked")) {
                return {501, {}};
            }
        }
        return {};
    }

    void fail(error_code ec) {
        if (state_ == State::body) {
            give_up_body(BodyState::unreadable, ec.message());
        } else {
            refuse({ec == error::header_limit ? 431 : 400, {}});
        }
    }

    void check_pending() {
        if (state_ != State::head) {
            return;
        }
        if (head_has_ended()) {
            refuse({400, {}});
        } else if (max_header_size_ != 0 && head_size_ + pending_.size() > max_header_size_) {
            refuse({431, {}});
        }
    }

    /// Whether the end of the head is there and Beast waits for more all the same, as it does for a
    /// version of less than eight characters.
    bool head_has_ended() {
        constexpr std::string_view end = "\r\n\r\n";
        const std::size_t from = searched_ - std::min(searched_, end.size() - 1);
        searched_ = pending_.size();
        return pending_.find(end, from) != std::string::npos;
    }

    void refuse(Refusal refusal) {
        refusal_ = refusal;
        state_ = State::refused;
    }

    void give_up_body(BodyState why, std::string reason) {
        request_.body_state = why;
        request_.body = std::move(reason);
        state_ = State::complete;
    }

    bool exceeds_body_limit(std::uint64_t size) const {
        return max_body_size_ != 0 && size > max_body_size_;
    }

    std::size_t append_body(Text bytes) {
        if (state_ == State::body) {
            request_.body.append(bytes.data(), bytes.size());
        }
        return bytes.size();
    }

    void on_request_impl(beast_http::verb, Text method, Text target, int version,
                         error_code&) override {
        constexpr std::size_t large_head = 2048;
        constexpr std::size_t overhead = 128;  // of some thirty lines, beside how they are written
        request_.headers.reserve(std::min(head_room_, large_head) + overhead);
        request_.method = method_named(method);
        request_.target = std::string_view(target);
        request_.version = version == 10 ? Version::http_1_0 : Version::http_1_1;
    }

    void on_field_impl(beast_http::field known, Text name, Text value, error_code&) override {
        if (state_ != State::head) {  // trailers are dropped
            return;
        }
        request_.headers.add(name, value);
        hosts_ += known == beast_http::field::host ? 1 : 0;
        expects_ = expects_ || known == beast_http::field::expect;
        if (header_refusal_.status == 0) {
            header_refusal_ = judge(known, value);
        }
    }

    void on_chunk_header_impl(std::uint64_t size, Text, error_code&) override {
        const std::uint64_t room = max_body_size_ - std::min(max_body_size_, request_.body.size());
        if (max_body_size_ != 0 && size > room) {
            give_up_body(BodyState::too_large, {});
        }
    }

    std::size_t on_body_impl(Text bytes, error_code&) override { return append_body(bytes); }

    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, error_code&) override {
        return append_body(bytes);
    }

    void on_response_impl(int, Text, int, error_code&) override {}

    void on_header_impl(error_code&) override {}

    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}

    void on_finish_impl(error_code&) override {}

    const std::size_t max_header_size_;
    const std::size_t max_body_size_;
    Request request_;
    std::string pending_;
    std::size_t searched_ = 0;  ///< bytes of it that do not contain the end of the head
    std::size_t head_size_ = 0;
    std::size_t head_room_ = 0;  ///< what the head takes at most, if it is complete
    std::size_t hosts_ = 0;      ///< headers of that name
    Refusal header_refusal_;     ///< what the first unacceptable header is refused with
    Refusal refusal_;
    State state_ = State::head;
    bool expects_ = false;  ///< there is a header Expect
    bool expectation_ = false;
};

RequestReader::RequestReader(std::size_t max_header_size, std::size_t max_body_size)
    : max_header_size_(max_header_size),
      max_body_size_(max_body_size),
      parser_(std::make_unique<Parser>(max_header_size, max_body_size)) {}

RequestReader::~RequestReader() = default;

std::size_t RequestReader::feed(std::string_view bytes) {
    return parser_->feed(bytes);
}

RequestReader::State RequestReader::state() const {
    return parser_->state();
}

int RequestReader::refusal_status() const {
    return parser_->refusal().status;
}

std::string_view RequestReader::refusal_detail() const {
    return parser_->refusal().detail;
}

bool RequestReader::take_expectation() {
    return parser_->take_expectation();
}

void RequestReader::reset() {
    // Beast's parser knows no way back, but its place can be used again.
    std::destroy_at(parser_.get());
    std::construct_at(parser_.get(), max_header_size_, max_body_size_);
}

Request RequestReader::take() {
    return parser_->take();
}

}  // namespace resgate::http
