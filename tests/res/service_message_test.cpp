#include "res/service_message.h"

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

constexpr std::string_view internal_code = "system.internalError";

/// Payloads that are no reply of any kind ([RPL-4], [RPL-7], [RPL-9], [EOB-2]).
const std::vector<std::string_view> never_valid = {
    "",
    "[]",
    "42",
    R"("x")",
    "null",
    R"({"broken":JSON})",
    "{]",
    "{}",
    R"({"invalid":"response"})",
    R"({"error":[]})",
    R"({"error":"x"})",
    R"({"error":{"code":12,"message":"m"}})",
    R"({"error":{"code":"c","message":{}}})",
    R"({"result":{},"meta":[]})",
    R"({"result":{},"meta":{"status":"200"}})",
    R"({"result":{},"meta":{"status":200.0}})",
    R"({"result":{},"meta":{"header":[]}})",
    R"({"result":{},"meta":{"header":{"A":"b"}}})",
    R"({"result":{},"meta":{"header":{"A":["b",1]}}})",
    R"({"error":{"code":"c"},"meta":1})",
};

template <typename T>
std::string code_of(const Result<T>& outcome) {
    return outcome ? "no error" : outcome.error().code;
}

TEST(ServiceMessage, RefusesInvalidRepliesOfAllKinds) {
    for (const std::string_view payload : never_valid) {
        EXPECT_EQ(code_of(decode_access_reply(payload).outcome), internal_code) << payload;
        EXPECT_EQ(code_of(decode_get_reply(payload)), internal_code) << payload;
        EXPECT_EQ(code_of(decode_call_reply(payload).outcome), internal_code) << payload;
        EXPECT_EQ(code_of(decode_query_reply(payload)), internal_code) << payload;
    }
}

// [RPL-6], [RPL-7], [EOB-2]
TEST(ServiceMessage, ErrorGoesFirst) {
    const std::string_view payload =
        R"({"result":{"model":{}},"error":{"code":"a.b","message":"m","data":1}})";
    const Error expected{"a.b", "m", "1"};
    EXPECT_EQ(decode_access_reply(payload).outcome.error(), expected);
    EXPECT_EQ(decode_get_reply(payload).error(), expected);
    EXPECT_EQ(decode_call_reply(payload).outcome.error(), expected);
    EXPECT_EQ(decode_query_reply(payload).error(), expected);
    EXPECT_EQ(decode_get_reply(R"({"error":{"message":"m"}})").error(), (Error{"", "m", ""}));
    EXPECT_EQ(decode_call_reply(R"({"error":{"code":"c"},"resource":{"rid":"a"}})").outcome.error(),
              (Error{"c", "", ""}));
    EXPECT_EQ(
        decode_call_reply(R"({"error":{"code":"c"},"resource":{"rid":"a..b"}})").outcome.error(),
        (Error{"c", "", ""}));
}

// [RPL-4], [RPL-6], [JSN-6]: a wrong type comes before the error.
TEST(ServiceMessage, WrongTypeGoesBeforeError) {
    const std::string error = R"("error":{"code":"c"})";
    EXPECT_EQ(code_of(decode_access_reply("{\"result\":1," + error + "}").outcome), internal_code);
    EXPECT_EQ(code_of(decode_access_reply("{\"result\":{\"get\":1}," + error + "}").outcome),
              internal_code);
    EXPECT_EQ(code_of(decode_get_reply("{\"result\":{\"query\":1}," + error + "}")), internal_code);
    EXPECT_EQ(code_of(decode_get_reply("{\"result\":{\"model\":[]}," + error + "}")),
              internal_code);
    EXPECT_EQ(code_of(decode_query_reply("{\"result\":{\"events\":1}," + error + "}")),
              internal_code);
    EXPECT_EQ(code_of(decode_call_reply("{\"resource\":\"a\"," + error + "}").outcome),
              internal_code);
    EXPECT_EQ(code_of(decode_call_reply("{\"resource\":{\"rid\":1}," + error + "}").outcome),
              internal_code);
}

// [RPL-7]
TEST(ServiceMessage, NamesTheMissingResult) {
    const Error expected = errors::internal("response missing result");
    for (const std::string_view payload : {"{}", R"({"error":null})", R"({"result":null})"}) {
        EXPECT_EQ(decode_access_reply(payload).outcome.error(), expected) << payload;
        EXPECT_EQ(decode_get_reply(payload).error(), expected) << payload;
        EXPECT_EQ(decode_query_reply(payload).error(), expected) << payload;
    }
    EXPECT_EQ(decode_call_reply("{}").outcome.error(), expected);
    EXPECT_EQ(decode_call_reply(R"({"resource":null})").outcome.error(), expected);
}

// [JSN-5]: types count for the last occurrence alone.
TEST(ServiceMessage, LastOccurrenceOfAMemberWins) {
    const auto reply = decode_access_reply(
        R"({"result":1,"error":[],"meta":1,"error":null,"meta":null,"result":{"get":"x","get":true}})");
    ASSERT_TRUE(reply.outcome);
    EXPECT_TRUE(reply.outcome->get);
}

// [RPL-9], [HTTP-101]
TEST(ServiceMessage, MetaHasStatusAndHeader) {
    const auto reply = decode_access_reply(
        R"({"result":{},"meta":{"status":-307,"header":{"A":["x"],"b":["y","z"],"a":[],"n":null,"A":["last"]}}})");
    ASSERT_TRUE(reply.outcome);
    EXPECT_EQ(reply.meta.status, -307);
    const decltype(Meta::header) expected = {
        {"A", {"last"}}, {"b", {"y", "z"}}, {"a", {}}, {"n", {}}};
    EXPECT_EQ(reply.meta.header, expected);
    const auto empty = decode_call_reply(R"({"result":1,"meta":{"status":null,"header":null}})");
    ASSERT_TRUE(empty.outcome);
    EXPECT_FALSE(empty.meta.status);
    EXPECT_TRUE(empty.meta.header.empty());
}

TEST(ServiceMessage, MetaComesWithErrorsAndMissingResults) {
    EXPECT_EQ(decode_access_reply(R"({"error":{},"meta":{"status":407}})").meta.status, 407);
    EXPECT_EQ(decode_call_reply(R"({"error":{},"meta":{"status":407}})").meta.status, 407);
    EXPECT_EQ(decode_access_reply(R"({"meta":{"status":307}})").meta.status, 307);
    EXPECT_EQ(decode_call_reply(R"({"meta":{"status":307}})").meta.status, 307);
    EXPECT_FALSE(decode_access_reply(R"({"result":1,"meta":{"status":307}})").meta.status);
}

// [HTTP-107], [HTTP-108]
TEST(ServiceMessage, MetaWithAStatusKeepsErrorAndResource) {
    const auto both = decode_call_reply(
        R"({"error":{"code":"c"},"resource":{"rid":"a.b"},"meta":{"status":307}})");
    EXPECT_EQ(both.meta.error, (Error{"c", "", ""}));
    EXPECT_EQ(both.meta.resource, "a.b");
    const auto lacking = decode_call_reply(R"({"meta":{"status":407}})");
    EXPECT_FALSE(lacking.meta.error);  // its lack of a result is not its own error
    const auto invalid = decode_call_reply(
        R"({"error":{"code":"c"},"resource":{"rid":"a..b"},"meta":{"status":307}})");
    EXPECT_EQ(invalid.meta.resource, "");
    const auto plain = decode_access_reply(R"({"error":{"code":"c"},"meta":{}})");
    EXPECT_FALSE(plain.meta.error);
}

// [ACR-1]
TEST(ServiceMessage, AccessReply) {
    const auto full = decode_access_reply(R"({"result":{"get":true,"call":"a,b"},"resource":1})");
    ASSERT_TRUE(full.outcome);
    EXPECT_TRUE(full.outcome->get);
    EXPECT_EQ(full.outcome->call, "a,b");
    for (const std::string_view payload :
         {R"({"result":{}})", R"({"result":{"get":null,"call":null}})",
          R"({"result":{"get":false,"call":""}})"}) {
        const auto none = decode_access_reply(payload);
        ASSERT_TRUE(none.outcome) << payload;
        EXPECT_FALSE(none.outcome->get);
        EXPECT_EQ(none.outcome->call, "");
    }
    for (const std::string_view payload :
         {R"({"result":{"get":"foo"}})", R"({"result":{"call":["x"]}})", R"({"result":{"get":1}})",
          R"({"result":[]})", R"({"result":"x"})", R"({"result":true})"}) {
        EXPECT_EQ(code_of(decode_access_reply(payload).outcome), internal_code) << payload;
    }
}

// [ACR-3]
TEST(ServiceMessage, AccessPermitsListedMethods) {
    EXPECT_TRUE((Access{false, "*"}).permits_call("any"));
    EXPECT_TRUE((Access{false, "foo,bar"}).permits_call("foo"));
    EXPECT_TRUE((Access{false, "foo,bar"}).permits_call("bar"));
    EXPECT_FALSE((Access{false, "foo, bar"}).permits_call("bar"));
    EXPECT_FALSE((Access{false, "*,foo"}).permits_call("bar"));
    EXPECT_TRUE((Access{false, "*,foo"}).permits_call("foo"));
    EXPECT_FALSE((Access{true, ""}).permits_call("foo"));
    EXPECT_FALSE((Access{true, "foo"}).permits_call("fo"));
    EXPECT_FALSE((Access{true, "foo"}).permits_call("Foo"));
}

// [GTR-2], [GTR-5]
TEST(ServiceMessage, GetReply) {
    auto model =
        decode_get_reply(R"({"result":{"model":{"a":1},"query":"q=1","collection":null}})");
    ASSERT_TRUE(model);
    EXPECT_TRUE(model->content->is_model());
    EXPECT_EQ(model->content->text(), R"({"a":1})");
    EXPECT_EQ(model->query, "q=1");
    auto collection = decode_get_reply(R"({"result":{"collection":[],"query":null}})");
    ASSERT_TRUE(collection);
    EXPECT_FALSE(collection->content->is_model());
    EXPECT_EQ(collection->query, "");
    EXPECT_TRUE(decode_get_reply(R"({"result":{"model":{}}})"));
}

// [GTR-3], [GTR-4]: the list of 30.7.
TEST(ServiceMessage, InvalidGetReplies) {
    for (const std::string_view payload :
         {R"({"invalid":JSON})", R"({"result":{}})", R"({"result":{"model":null}})",
          R"({"result":{"model":["with","array"]}})",
          R"({"result":{"collection":{"with":"model"}}})", R"({"result":{"model":{"a":[1,2]}}})",
          R"({"result":{"model":{"p":{"action":"delete"}}}})",
          R"({"result":{"model":{"p":{"action":"unknown"}}}})",
          R"({"result":{"model":{"p":{"unknown":"x"}}}})",
          R"({"result":{"model":{"c":{"rid":false}}}})", R"({"result":{"collection":["a",[1,2]]}})",
          R"({"result":{"collection":["p",{"action":"delete"}]}})",
          R"({"result":{"model":{"f":"b"},"collection":[1]}})",
          R"({"result":{"model":{},"query":42}})"}) {
        EXPECT_EQ(code_of(decode_get_reply(payload)), internal_code) << payload;
    }
    const Error invalid = errors::internal("invalid service response");
    EXPECT_EQ(decode_get_reply(R"({"result":{}})").error(), invalid);
    EXPECT_EQ(decode_get_reply(R"({"result":{"model":{},"collection":[]}})").error(), invalid);
}

// [CLR-1], [RPL-7], [RPL-8]
TEST(ServiceMessage, CallReply) {
    const auto payload_of = [](std::string_view text) {
        auto reply = decode_call_reply(text);
        EXPECT_TRUE(reply.outcome) << text;
        return std::get<CallPayload>(*reply.outcome).text;
    };
    EXPECT_EQ(payload_of(R"({"result": {"foo" :1.0} })"), R"({"foo" :1.0})");
    EXPECT_EQ(payload_of(R"({"result":null})"), "null");
    EXPECT_EQ(payload_of(R"({"result":"x","resource":null})"), R"("x")");
    for (const std::string_view text : {R"({"resource":{"rid":"test.model?q"}})",
                                        R"({"result":1,"resource":{"rid":"test.model?q"}})",
                                        R"({"resource":{"rid":"test.model?q","soft":1}})"}) {
        auto reply = decode_call_reply(text);
        ASSERT_TRUE(reply.outcome) << text;
        EXPECT_EQ(std::get<CallResource>(*reply.outcome).rid, "test.model?q");
    }
    for (const std::string_view text :
         {R"({"resource":"test.model"})", R"({"resource":{}})", R"({"resource":{"rid":42}})",
          R"({"resource":{"rid":"test..model"}})", R"({"resource":{"rid":null}})",
          R"({"resource":{"rid":""}})", R"({"result":1,"resource":[]})"}) {
        EXPECT_EQ(code_of(decode_call_reply(text).outcome), internal_code) << text;
    }
}

// [NWR-1]
TEST(ServiceMessage, LegacyNewReply) {
    EXPECT_EQ(legacy_new_rid(R"({"rid":"test.model"})"), "test.model");
    EXPECT_EQ(legacy_new_rid(R"({"rid":""})"), "");
    EXPECT_EQ(legacy_new_rid(R"({"rid":"test model"})"), "test model");
    for (const std::string_view payload :
         {"{}", R"({"rid":42})", R"({"rid":"test.model","foo":42})", "null", R"(["rid"])",
          R"({"rid":null})", R"({"RID":"a"})", R"("rid")"}) {
        EXPECT_FALSE(legacy_new_rid(payload)) << payload;
    }
}

// [QRY-7], [QRY-8]
TEST(ServiceMessage, QueryReply) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(*decode_query_reply(R"({"result":{}})")));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(
        *decode_query_reply(R"({"result":{"events":null,"model":null,"collection":null}})")));
    auto model = decode_query_reply(R"({"result":{"model":{"a":1},"events":null}})");
    ASSERT_TRUE(model);
    EXPECT_EQ(std::get<boost::intrusive_ptr<Content>>(*model)->text(), R"({"a":1})");
    auto collection = decode_query_reply(R"({"result":{"collection":[1]}})");
    ASSERT_TRUE(collection);
    EXPECT_EQ(std::get<boost::intrusive_ptr<Content>>(*collection)->text(), "[1]");
    EXPECT_TRUE(
        std::get<std::vector<QueryEvent>>(*decode_query_reply(R"({"result":{"events":[]}})"))
            .empty());
}

// [QRY-9]
TEST(ServiceMessage, QueryReplyEventsKeepTheirPlace) {
    auto reply = decode_query_reply(
        R"({"result":{"events":[{"event":"change","data":{"values":{}}},{"event":"x","data":null},null,{"event":""},{"event":1},{},{"event":"query"},{"event":"delete"},"add"]}})");
    ASSERT_TRUE(reply);
    std::vector<std::pair<std::string, std::string>> events;
    for (const QueryEvent& event : std::get<std::vector<QueryEvent>>(*reply)) {
        events.emplace_back(event.name, event.payload);
    }
    const decltype(events) expected = {{"change", R"({"values":{}})"},
                                       {"x", ""},
                                       {"", ""},
                                       {"", ""},
                                       {"", ""},
                                       {"", ""},
                                       {"", ""},
                                       {"delete", ""},
                                       {"", ""}};
    EXPECT_EQ(events, expected);
}

// The list of 30.10.
TEST(ServiceMessage, InvalidQueryReplies) {
    for (const std::string_view result :
         {R"({"events":"foo"})", R"({"model":{},"events":[]})", R"({"collection":[],"events":[]})",
          R"({"model":{"s":"b"},"events":[{"event":"x"}]})",
          R"({"collection":["a"],"events":[{"event":"x"}]})", R"({"model":[]})",
          R"({"collection":{}})", R"({"model":{},"collection":[]})", R"({"model":{"a":[1]}})",
          "null", "[]"}) {
        const std::string payload = std::string(R"({"result":)").append(result) + "}";
        EXPECT_EQ(code_of(decode_query_reply(payload)), internal_code) << payload;
    }
}

}  // namespace
}  // namespace resgate::res
