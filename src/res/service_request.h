#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Payloads of the requests to services (30.3). Those that name a client are appended to their
/// subject, with which they cross to the hub.
namespace resgate::res {

/// Who a request is made for. Texts are raw JSON where marked.
struct Requester {
    std::string_view cid;    ///< letters and digits ([CID-1])
    std::string_view token;  ///< raw JSON; empty = unset, written as null ([REQ-3])
    bool is_http = false;    ///< [REQ-5]
};

/// How much a payload takes in most cases: `size_of_more` bytes are its query, parameters and
/// handshake.
std::size_t room_for_payload(const Requester& requester, std::size_t size_of_more);

/// [REQ-7], and with a query `{"query":...}`; also the payload of a query request ([QRY-5]).
std::string get_payload(std::string_view query);
void append_access_payload(std::string& out, const Requester& requester, std::string_view query);
/// `params` is raw JSON; nothing is written as null ([REQ-4]).
void append_call_payload(std::string& out, const Requester& requester, std::string_view query,
                         std::optional<std::string_view> params);

/// Whether `params` is a member of an auth request: always for clients' requests, never for header
/// authentication and token resets ([REQ-2], [REQ-4]).
struct NoParams {};

/// `handshake` is the raw JSON of the members header, host, remoteAddr and uri without braces, each
/// left out if empty ([REQ-2], [REQ-6]); see `handshake_members`.
void append_auth_payload(std::string& out, const Requester& requester, std::string_view query,
                         std::optional<std::string_view> params, std::string_view handshake);
void append_auth_payload(std::string& out, const Requester& requester, NoParams,
                         std::string_view handshake);

/// A header line of the client's HTTP request, as received.
struct HeaderLine {
    std::string_view name;
    std::string_view value;
};

/// The canonical form of a header's name: the first letter and each letter after a dash upper case,
/// others lower case ([HTTP-71]).
std::string canonical_header_name(std::string_view name);

/// The members header, host, remoteAddr and uri of auth requests, without braces and as far as not
/// empty. `lines` in order of arrival, grouped here under canonical names ([REQ-6], [HTTP-71]);
/// texts need not be well-formed UTF-8 ([JSN-10]).
std::string handshake_members(std::string_view host, std::string_view remote_address,
                              std::string_view uri, std::span<const HeaderLine> lines);

}  // namespace resgate::res
