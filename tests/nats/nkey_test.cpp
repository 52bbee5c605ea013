#include "nats/nkey.h"

#include <gtest/gtest.h>

namespace resgate::nats {
namespace {

/// The seed of test 1 of RFC 8032, 7.1, and two others, with what a second implementation makes of
/// them.
struct Vector {
    std::string_view seed;
    std::string_view public_key;
    std::string_view signature;  ///< of `nonce`
    std::string_view signature_of_nothing;
};

constexpr std::string_view nonce = "PXoWU7zWAMt75FY";

constexpr Vector vectors[] = {
    {"SUAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YALCA",
     "UDLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRUVAL",
     "yMW_dmyq0kcPX3pDXIg8BCs5YWPoGV62_rYbvc2XI8Q3UNF4d2sFXMV5f4N-tr0VTxdIyWXq5GO_oCldgPc_Bw",
     "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw"},
    {"SUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEQ",
     "UA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCTYM5",
     "hzPuOFPcBzNl6h137pOqrtd9EzdrVOvOPDKiSwLY47RMhV1ZfG4bXK4eO1GcpvImKDorwCZi2cr4Q1AHW7uZCA",
     "j4lbPK_iyVBgOdDipmOCVoAEZ0_o0jd4UJLkDWqvSD5PxgFocF8x8QFZYTjOIao1fA0yoGT0I9w-5Ko6v1P4Aw"},
    {"SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y",
     "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK",
     "bnxg5G8aOV2LQdSE_lcM9clxm_fbTTZxsqQ1EpTNgJXmH6z5ezesd49kXfuNhoAqw_DmEtsGcNsJdug9wMuRDQ",
     "nKU1eVMGVNXD33cInvRe2mE-L-32cOlr7axGOVBOWEXvS5XVeTB3Iz3RaBeyUy6cVSWHKnOkrXS3WTaangXBAg"},
};

std::string refusal(std::string_view seed) {
    const auto key = UserKey::from_seed(seed);
    return key ? "accepted" : key.error();
}

TEST(UserKey, IsDerivedFromItsSeed) {  // [OPS-43]
    for (const Vector& vector : vectors) {
        const auto key = UserKey::from_seed(vector.seed);
        ASSERT_TRUE(key) << key.error();
        EXPECT_EQ(key->public_key(), vector.public_key);
    }
}

TEST(UserKey, SignsNonces) {  // [OPS-43]
    for (const Vector& vector : vectors) {
        const auto key = UserKey::from_seed(vector.seed);
        ASSERT_TRUE(key) << key.error();
        EXPECT_EQ(key->sign(nonce), vector.signature);
        EXPECT_EQ(key->sign(""), vector.signature_of_nothing);
    }
}

TEST(UserKey, IsNotMadeFromASeedWithAnyLetterChanged) {
    const std::string seed(vectors[0].seed);
    for (std::size_t at = 0; at < seed.size(); ++at) {
        for (const char other : std::string_view("AZ27")) {
            std::string changed = seed;
            changed[at] = other;
            // Two bits of the last letter carry nothing.
            if (other != seed[at] && at + 1 < seed.size()) {
                EXPECT_EQ(refusal(changed), "invalid nkey seed") << changed;
            }
        }
        std::string changed = seed;
        changed[at] = static_cast<char>(seed[at] | 0x20);
        if (changed != seed) {
            EXPECT_EQ(refusal(changed), "invalid nkey seed") << changed;
        }
    }
}

TEST(UserKey, IsNotMadeFromWhatIsNoSeed) {
    const std::string seed(vectors[0].seed);
    for (const std::string& other :
         {std::string(), std::string("SU"), seed.substr(0, 57), seed + "A", seed + "=", " " + seed,
          std::string(58, 'A'), std::string(58, '\0'), std::string(vectors[0].public_key)}) {
        EXPECT_EQ(refusal(other), "invalid nkey seed") << other;
    }
}

TEST(UserKey, IsNotMadeFromTheSeedOfAnAccount) {
    EXPECT_EQ(refusal("SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI"),
              "the nkey seed is not that of a user");
}

}  // namespace
}  // namespace resgate::nats
