#include <string>
#include <utility>

#include "input.h"
#include "nats/tls_session.h"
#include "support/temporary_directory.h"
#include "support/tls_server_side.h"
#include "target.h"

// TLS towards a NATS server: however its bytes are cut, delayed, damaged or made up, what comes out
// is the beginning of what the server said, and nobody but the server said it.

namespace resgate::fuzz {
namespace {

constexpr const char* host = "nats.example";

/// What is the same for all inputs: a CA, a server's certificate, a client that trusts them.
struct World {
    test::CertificateAuthority ca;
    test::Identity server = ca.issue(std::string("DNS:") + host);
    test::ServerSide::Context tls_1_2 = test::ServerSide::make_context(server, TLS1_2_VERSION);
    test::ServerSide::Context tls_1_3 = test::ServerSide::make_context(server, TLS1_3_VERSION);
    test::TemporaryDirectory directory;
    Result<nats::TlsContext, std::string> context =
        nats::TlsContext::load({{}, {}, {directory.write("ca.pem", ca.certificate())}});
};

const World& world() {
    static const World world;
    return world;
}

class Conversation {
  public:
    explicit Conversation(const test::ServerSide::Context& server)
        : server_(server), session_(*world().context, host, to_server_) {}

    /// One thing that happens. Letters, so that a script is easily written by hand.
    void step(Input& script) {
        switch (script.byte()) {
            case 'o':
                server_.receive(std::exchange(to_server_, {}));
                break;
            case 'i':
                deliver(server_.output.size());
                break;
            case 'b':
                deliver(script.byte());
                break;
            case 's':
                server_says(script.line());
                break;
            case 'c':
                client_says(script.line());
                break;
            case 'k':
                if (server_.is_established() && !server_ended_) {
                    server_.update_keys();
                }
                break;
            case 'e':
                if (server_.is_established()) {
                    server_.end();
                    server_ended_ = true;
                }
                break;
            case 'E':
                session_.end();
                client_ended_ = true;
                break;
            case 'x': {
                const std::size_t at = script.byte();
                damage(at, script.byte());
                break;
            }
            case 'r':
                damaged_ = true;
                receive(script.line());
                break;
            default:
                break;
        }
        check();
    }

    /// Everything that is under way arrives.
    void settle() {
        for (int i = 0; i < 10 && !(to_server_.empty() && server_.output.empty()); ++i) {
            server_.receive(std::exchange(to_server_, {}));
            deliver(server_.output.size());
        }
        check();
        if (damaged_) {
            return;
        }
        require(received_ == server_said_, "the client hears all the server says");
        require(server_.received == client_said_, "the server hears all the client says");
        require(session_.state() == (server_ended_ ? nats::TlsSession::State::ended
                                                   : nats::TlsSession::State::established),
                "nothing fails by itself");
    }

  private:
    void deliver(std::size_t size) {
        const std::string piece = server_.output.substr(0, size);  // a copy, to notice overreading
        server_.output.erase(0, piece.size());
        receive(piece);
    }

    void receive(std::string_view ciphertext) {
        const std::string copy(ciphertext);
        received_ += session_.receive(copy);
    }

    void server_says(std::string_view text) {
        if (!text.empty() && !server_ended_ && server_.is_established()) {
            server_.send(text);
            server_said_ += text;
        }
    }

    void client_says(std::string_view text) {
        if (session_.state() == nats::TlsSession::State::established && !client_ended_) {
            session_.send(text);
            client_said_ += text;
        }
    }

    void damage(std::size_t at, unsigned bits) {
        if (bits != 0 && !server_.output.empty()) {
            char& byte = server_.output[at % server_.output.size()];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ bits);
            damaged_ = true;
        }
    }

    void check() const {
        require(server_said_.starts_with(received_), "the client hears the server and nobody else");
        require(client_said_.starts_with(server_.received), "the server hears the client");
        const bool failed = session_.state() == nats::TlsSession::State::failed;
        require(!failed || damaged_, "only damage makes it fail");
        require(failed == !session_.failure().empty(), "a failure has a reason");
    }

    std::string to_server_;  ///< before the session, which begins by writing to it
    test::ServerSide server_;
    nats::TlsSession session_;
    std::string server_said_;
    std::string client_said_;
    std::string received_;  ///< by the client
    bool server_ended_ = false;
    bool client_ended_ = false;
    bool damaged_ = false;
};

}  // namespace

// First byte: the version of TLS; then what happens, step by step.
FUZZ_TARGET(nats_tls) {
    Input script(input);
    Conversation conversation(script.flip() ? world().tls_1_2 : world().tls_1_3);
    while (!script.empty()) {
        conversation.step(script);
    }
    conversation.settle();
}

}  // namespace resgate::fuzz
