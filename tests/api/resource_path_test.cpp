#include "api/resource_path.h"

#include <gtest/gtest.h>

namespace resgate::api {
namespace {

using Rid = std::optional<std::string>;

Rid rid(std::string_view raw_path, std::string_view query = {}) {
    return ResourcePath("/api").rid(raw_path, query);
}

std::string href(std::string_view rid, std::string_view api_path = "/api") {
    std::string out;
    ResourcePath(api_path).append_href(out, rid);
    return out;
}

// [HTTP-14]
TEST(ResourcePath, EndsTheConfiguredPathWithOneSlash) {
    EXPECT_EQ(ResourcePath("/api").prefix(), "/api/");
    EXPECT_EQ(ResourcePath("/api/").prefix(), "/api/");
    EXPECT_EQ(ResourcePath("/").prefix(), "/");
    EXPECT_EQ(ResourcePath("").prefix(), "/");
}

// [HTTP-20]
TEST(ResourcePath, FindsOnlyLiteralTrailingSlashesBehindTheApiPath) {
    const ResourcePath path("/api");
    EXPECT_TRUE(path.has_trailing_slash("/api/test/model/"));
    EXPECT_TRUE(path.has_trailing_slash("/api//"));
    EXPECT_FALSE(path.has_trailing_slash("/api/"));
    EXPECT_FALSE(path.has_trailing_slash("/api/test/model"));
    EXPECT_FALSE(path.has_trailing_slash("/api/test%2F"));
}

// [HTTP-24]
TEST(ResourcePath, JoinsPartsWithDots) {
    EXPECT_EQ(rid("/api/test/model"), "test.model");
    EXPECT_EQ(rid("/api/test"), "test");
    EXPECT_EQ(rid("/api/test/model", "q=1&b=a/b.c%20#?"), "test.model?q=1&b=a/b.c%20#?");
}

// [HTTP-21]: the API path must stand there literally.
TEST(ResourcePath, RefusesAnEncodedApiPath) {
    EXPECT_EQ(rid("/%61pi/test"), Rid());
    EXPECT_EQ(rid("/api%2Ftest"), Rid());
}

// [HTTP-21]: unless a URL path cannot carry it literally.
TEST(ResourcePath, KnowsTheCanonicalEncodingOfTheApiPath) {
    EXPECT_EQ(ResourcePath("/my api").rid("/my%20api/test", {}), "test");
    EXPECT_EQ(ResourcePath("/caf\xC3\xA9/").rid("/caf%C3%A9/test", {}), "test");
    EXPECT_EQ(ResourcePath("/my api").rid("/my%20%61pi/test", {}), Rid());
}

// [HTTP-22], [HTTP-23]
TEST(ResourcePath, DropsOneLeadingSlashAndRefusesDots) {
    EXPECT_EQ(rid("/api/"), Rid());
    EXPECT_EQ(rid("/api//test/model"), "test.model");
    EXPECT_EQ(rid("/api///test"), Rid());
    EXPECT_EQ(rid("/api/test.model"), Rid());
    EXPECT_EQ(rid("/api/test/./model"), Rid());
}

// [HTTP-25], [HTTP-26]
TEST(ResourcePath, DecodesEachPartOnce) {
    EXPECT_EQ(rid("/api/test/a%2Eb"), "test.a.b");
    EXPECT_EQ(rid("/api/test/a%2Fb"), "test.a/b");
    EXPECT_EQ(rid("/api/test/a%3Fb"), "test.a?b");
    EXPECT_EQ(rid("/api/test/a%3Fb", "c"), "test.a?b?c");
    EXPECT_EQ(rid("/api/test/a%25b"), "test.a%b");
    EXPECT_EQ(rid("/api/test/a%2541"), "test.a%41");
    EXPECT_EQ(rid("/api/test/a+b"), "test.a+b");
    EXPECT_EQ(rid("/api/session/%7Bcid%7D"), "session.{cid}");
}

// [HTTP-27]
TEST(ResourcePath, RefusesInvalidRids) {
    for (const char* const path : {"/api/test//model", "/api/test/m%20del",
                                   "/api/test/m\xC3\xA5"
                                   "del",
                                   "/api/test/m%C3%A5del", "/api/test/%00", "/api/test/a*",
                                   "/api/test/%3E", "/api/test/a%2E", "/api/%2Etest", "/api/%3Fq"})
        EXPECT_EQ(rid(path), Rid()) << path;
    EXPECT_EQ(rid("/api/test/%3C$%23%22%7B%7D%2F"), "test.<$#\"{}/");
}

// [JSN-10]: payloads are JSON, whatever a client writes in a query.
TEST(ResourcePath, ReplacesBytesOfAQueryThatAreNotUtf8) {
    EXPECT_EQ(rid("/api/test", "q=\xFF"), "test?q=\xEF\xBF\xBD");
    EXPECT_EQ(rid("/api/test%3Fq=%FF"), "test?q=\xEF\xBF\xBD");
}

// [HTTP-28]
TEST(ResourcePath, TakesTheLastPartForTheMethod) {
    const ResourcePath path("/api");
    const auto call = path.call("/api/test/model/me%74hod", "q=1");
    ASSERT_TRUE(call);
    EXPECT_EQ(call->rid, "test.model?q=1");
    EXPECT_EQ(call->method, "method");
    for (const char* const invalid :
         {"/api/action", "/api//action", "/api/test/m%2Ex",
          "/api/test/model/\xC3\xA4"
          "ction",
          "/api/test/model/%C3%A4ction", "/api/test/m%2A", "/api/test/m%3E", "/api/test/m%3Fx",
          "/api/test//action", "/api/test/%20"})
        EXPECT_FALSE(path.call(invalid, {})) << invalid;
}

// [HTTP-30]
TEST(ResourcePath, WritesHrefs) {
    EXPECT_EQ(href("test.model"), "/api/test/model");
    EXPECT_EQ(href("test.model?q=1&b=2"), "/api/test/model%3Fq=1&b=2");
    EXPECT_EQ(href("test.child?a=b.c"), "/api/test/child%3Fa=b/c");
    EXPECT_EQ(href("test.$a!b'(c);,d~%:@"), "/api/test/$a%21b%27%28c%29%3B%2Cd~%25:@");
    EXPECT_EQ(href("test.a/b"), "/api/test/a%2Fb");
    EXPECT_EQ(href("session.user.{cid}"), "/api/session/user/%7Bcid%7D");
    EXPECT_EQ(href("test?\xC3\xA5"), "/api/test%3F%C3%A5");
    EXPECT_EQ(href(""), "");
    EXPECT_EQ(href("test.model", "/"), "/test/model");
}

// [HTTP-26]
TEST(ResourcePath, LeadsFromAnHrefBackToItsRid) {
    for (const char* const text :
         {"test.model", "test.model?q=1&b=2", "test.child?a=b.c", "test.$a!b'(c);,d~%:@",
          "test.a/b", "a.{cid}", "test.a%41", "test?a//b", "test?/"})
        EXPECT_EQ(rid(href(text)), text);
}

}  // namespace
}  // namespace resgate::api
