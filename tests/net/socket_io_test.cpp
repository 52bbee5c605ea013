#include "net/socket_io.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/file_descriptor.h"

namespace resgate::net {
namespace {

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        ours = FileDescriptor(ends[0]);
        peer = FileDescriptor(ends[1]);
    }

    FileDescriptor ours;
    FileDescriptor peer;
};

/// What the peer has got so far.
std::string received(const Pair& pair) {
    std::string all;
    std::array<char, 65536> room{};
    while (true) {
        const IoResult result = receive_from(pair.peer.get(), room);
        if (result.status != IoResult::Status::done) {
            return all;
        }
        all.append(room.data(), result.size);
    }
}

std::vector<iovec> pieces_of(std::vector<std::string>& texts) {
    std::vector<iovec> pieces;
    for (std::string& text : texts) {
        pieces.push_back({text.data(), text.size()});
    }
    return pieces;
}

// Small pieces are copied together, large ones are not: the peer cannot tell.
TEST(SocketIo, SendsPiecesOfAnySizeInTheirOrder) {
    for (const std::size_t size : {0U, 1U, 100U, 682U, 683U, 5000U}) {
        Pair pair;
        std::vector<std::string> texts{std::string(size, 'a'), std::string(size, 'b'),
                                       std::string(size, 'c') + "."};
        const IoResult result = send_to(pair.ours.get(), pieces_of(texts));
        EXPECT_EQ(result.status, IoResult::Status::done);
        EXPECT_EQ(result.size, 3 * size + 1);
        EXPECT_EQ(received(pair), texts[0] + texts[1] + texts[2]);
    }
}

TEST(SocketIo, SaysWhenTheSocketIsFullAndWhenItIsLost) {
    for (const std::size_t size : {100U, 5000U}) {
        Pair pair;
        std::vector<std::string> texts{std::string(size, 'a'), std::string(size, 'b')};
        IoResult result{IoResult::Status::done};
        while (result.status == IoResult::Status::done) {
            result = send_to(pair.ours.get(), pieces_of(texts));
        }
        EXPECT_EQ(result.status, IoResult::Status::would_block);
        pair.peer = FileDescriptor();
        EXPECT_EQ(send_to(pair.ours.get(), pieces_of(texts)).status, IoResult::Status::failed);
    }
}

}  // namespace
}  // namespace resgate::net
