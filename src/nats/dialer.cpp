#include "nats/dialer.h"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>

namespace resgate::nats {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

}  // namespace

Dialer::Dialer(boost::asio::io_context& io) : resolver_(io), socket_(io) {}

void Dialer::dial(const std::string& host, std::uint16_t port, Callback callback) {
    cancel();
    attempt_ = std::make_shared<Attempt>();
    error_code not_numeric;
    const auto address = boost::asio::ip::make_address(host, not_numeric);
    const std::string service = std::to_string(port);
    if (!not_numeric) {
        // The resolver would start a thread for what needs no asking.
        connect(Resolver::results_type::create(tcp::endpoint(address, port), host, service),
                std::move(callback));
        return;
    }
    resolver_.async_resolve(
        host, service, tcp::resolver::numeric_service,
        [this, attempt = std::weak_ptr(attempt_), callback = std::move(callback)](
            const error_code& error, const Resolver::results_type& addresses) mutable {
            if (attempt.expired()) {
                return;
            }
            if (error) {
                callback(error, std::move(socket_));
            } else {
                connect(addresses, std::move(callback));
            }
        });
}

void Dialer::connect(const Resolver::results_type& addresses, Callback callback) {
    boost::asio::async_connect(
        socket_, addresses,
        [this, attempt = std::weak_ptr(attempt_), callback = std::move(callback)](
            const error_code& error, const tcp::endpoint&) {
            if (!attempt.expired()) {
                callback(error, std::move(socket_));
            }
        });
}

void Dialer::cancel() {
    attempt_.reset();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace resgate::nats
