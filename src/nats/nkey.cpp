#include "nats/nkey.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace resgate::nats {

namespace {

constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Five bits each, so that the first letter of a key tells what it is: S for a seed, U for a user.
constexpr std::uint8_t seed_prefix = 18 << 3;
constexpr std::uint8_t user_prefix = 20 << 3;

constexpr std::size_t key_size = 32;
constexpr std::size_t checksum_size = 2;
constexpr std::size_t seed_size = 2 + key_size + checksum_size;

/// Digits of `bits` bits each, the last filled up with zeros.
std::string encoded(std::span<const std::uint8_t> bytes, std::string_view digits, unsigned bits) {
    std::string text;
    std::uint32_t rest = 0;
    unsigned rest_bits = 0;
    const auto digit = [&](std::uint32_t value) { return digits[value & ((1U << bits) - 1)]; };
    for (const std::uint8_t byte : bytes) {
        rest = rest << 8 | byte;
        for (rest_bits += 8; rest_bits >= bits; rest_bits -= bits) {
            text.push_back(digit(rest >> (rest_bits - bits)));
        }
    }
    if (rest_bits > 0) {
        text.push_back(digit(rest << (bits - rest_bits)));
    }
    return text;
}

/// Fills `bytes` from base32 without padding. False if that is not exactly what `text` holds.
bool decode_base32(std::string_view text, std::span<std::uint8_t> bytes) {
    if (text.size() != (bytes.size() * 8 + 4) / 5) {
        return false;
    }
    std::uint32_t rest = 0;
    unsigned rest_bits = 0;
    auto out = bytes.begin();
    for (const char c : text) {
        const std::size_t digit = base32_digits.find(c);
        if (digit == std::string_view::npos) {
            return false;
        }
        rest = rest << 5 | static_cast<std::uint32_t>(digit);
        rest_bits += 5;
        if (rest_bits >= 8) {
            rest_bits -= 8;
            *out++ = static_cast<std::uint8_t>(rest >> rest_bits);
        }
    }
    return true;
}

/// CRC-16 with polynomial 0x1021 and start value 0 (XMODEM).
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0;
    for (const std::uint8_t byte : bytes) {
        crc ^= static_cast<std::uint32_t>(byte) << 8;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x8000U) != 0 ? crc << 1 ^ 0x1021U : crc << 1;
        }
    }
    return static_cast<std::uint16_t>(crc);
}

/// Whether the last two bytes are the checksum of the others, low byte first.
bool checksum_fits(std::span<const std::uint8_t> bytes) {
    const std::uint16_t crc = checksum(bytes.first(bytes.size() - checksum_size));
    return bytes[bytes.size() - 2] == (crc & 0xFFU) && bytes[bytes.size() - 1] == crc >> 8;
}

/// A decoded seed, overwritten at the end.
struct SeedBytes : std::array<std::uint8_t, seed_size> {
    SeedBytes() : std::array<std::uint8_t, seed_size>{} {}

    ~SeedBytes() { OPENSSL_cleanse(data(), size()); }

    SeedBytes(const SeedBytes&) = delete;
    SeedBytes& operator=(const SeedBytes&) = delete;
};

std::string encoded_public_key(std::span<const std::uint8_t, key_size> key) {
    std::array<std::uint8_t, 1 + key_size + checksum_size> bytes{user_prefix};
    std::copy(key.begin(), key.end(), bytes.begin() + 1);
    const std::uint16_t crc = checksum(std::span(bytes).first(1 + key_size));
    bytes[1 + key_size] = static_cast<std::uint8_t>(crc & 0xFFU);
    bytes[2 + key_size] = static_cast<std::uint8_t>(crc >> 8);
    return encoded(bytes, base32_digits, 5);
}

}  // namespace

void UserKey::Release::operator()(EVP_PKEY* key) const {
    EVP_PKEY_free(key);
}

UserKey::UserKey(Key key, std::string public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)) {}

Result<UserKey, std::string> UserKey::from_seed(std::string_view seed) {
    SeedBytes bytes;
    if (!decode_base32(seed, bytes) || !checksum_fits(bytes) || (bytes[0] & 0xF8U) != seed_prefix) {
        return std::string("invalid nkey seed");
    }
    // The kind of key stands across the two prefix bytes.
    const auto kind = static_cast<std::uint8_t>((bytes[0] & 0x07U) << 5 | bytes[1] >> 3);
    if (kind != user_prefix) {
        return std::string("the nkey seed is not that of a user");
    }
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes.data() + 2, key_size));
    std::array<std::uint8_t, key_size> public_bytes{};
    std::size_t size = public_bytes.size();
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), public_bytes.data(), &size) != 1) {
        return std::string("the nkey seed cannot be used: no Ed25519");
    }
    return UserKey(std::move(key), encoded_public_key(public_bytes));
}

std::optional<std::string> UserKey::sign(std::string_view nonce) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    std::array<std::uint8_t, 64> signature{};
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size,
                       reinterpret_cast<const std::uint8_t*>(nonce.data()), nonce.size()) != 1) {
        return std::nullopt;
    }
    return encoded(signature, base64url_digits, 6);
}

}  // namespace resgate::nats
