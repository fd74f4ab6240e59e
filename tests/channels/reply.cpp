#include "engine/channels/reply.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::channels;

namespace {

std::string quoted(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

/// The line as JSON; it ends in one newline and has no other.
boost::json::object read(const std::string& line)
{
    REQUIRE(line.find('\n') == line.size() - 1);
    return boost::json::parse(line).as_object();
}

}  // namespace

TEST_CASE("strings are escaped so that any JSON reader gets them back", "[channels]")
{
    CHECK(quoted("plain") == "\"plain\"");
    CHECK(quoted("a\"b\\c\n\t\r\b\f") == R"("a\"b\\c\n\t\r\b\f")");
    std::string every;
    for (int byte = 0; byte < 0x80; ++byte) every += static_cast<char>(byte);
    every += "é漢😀";
    CHECK(boost::json::parse(quoted(every)).as_string() == every);
}

TEST_CASE("the answer to a ticket is as the protocol shows it", "[channels]")
{
    const std::vector<std::string_view> rules{"smashed-parcel"};
    TicketAnswer answer;
    answer.ref = "shop-991";
    answer.ticket = TicketId{1042};
    answer.queue = "returns";
    answer.priority = Priority::high;
    answer.rules = rules;
    answer.seq = 88123;
    std::string line;
    append_ticket_answer(line, "", answer);
    CHECK(
        line ==
        "{\"ok\":true,\"ref\":\"shop-991\",\"ticket\":\"T-1042\",\"queue\":\"returns\",\"priority\":\"high\","
        "\"rules\":[\"smashed-parcel\"],\"seq\":88123}\n");

    answer.again = answer.joined = true;
    answer.follows = TicketId{7};
    answer.taken_by = Instant{90'000};
    answer.ahead = 12;
    line.clear();
    append_ticket_answer(line, "\"x\"", answer);
    const auto more = read(line);
    CHECK(more.at("again").as_bool());
    CHECK(more.at("joined").as_bool());
    CHECK(more.at("follows").as_string() == "T-7");
    CHECK(more.at("id").as_string() == "x");
    CHECK(more.at("ahead").as_int64() == 12);
    CHECK(more.at("taken_by").as_string() == "1970-01-01T00:01:30.000Z");
}

TEST_CASE("a refusal names code, message, line and what it knows of the request", "[channels]")
{
    std::string line;
    Refusal refusal;
    refusal.error = {ErrorCode::bad_json, "expected a JSON object"};
    append_refusal(line, refusal, 3);
    CHECK(line ==
          "{\"ok\":false,\"error\":{\"code\":\"bad_json\",\"message\":\"expected a JSON "
          "object\",\"line\":3}}\n");
    line.clear();
    refusal.error = {ErrorCode::bad_value, "x"};
    refusal.field = "order.value";
    refusal.ref = "r-1";
    refusal.id = "12";
    append_refusal(line, refusal, 4);
    const auto json = read(line);
    CHECK(json.at("ref").as_string() == "r-1");
    CHECK(json.at("id").as_int64() == 12);
    CHECK(json.at("error").at("field").as_string() == "order.value");
}

TEST_CASE("any other reply is ok, carries its fields and repeats the id", "[channels]")
{
    std::string line;
    {
        ReplyLine reply(line, "7");
        reply.field("op", "ping").field("share", 0.5).field("flag", false).raw("more", "[1,2]");
        reply.writer.key("skills");
        append_skills(reply.writer, {{"a\"b", 2}, {"c", 3}});
    }
    const auto json = read(line);
    CHECK(json.at("ok").as_bool());
    CHECK(json.at("share").as_double() == 0.5);
    CHECK(json.at("more").as_array().size() == 2);
    CHECK(json.at("skills").as_object().at("a\"b").as_int64() == 2);
    CHECK(json.at("id").as_int64() == 7);
}

TEST_CASE("a number that JSON cannot say is null", "[channels]")
{
    std::string out;
    JsonWriter(out).value(std::numeric_limits<double>::infinity());
    CHECK(out == "null");
}

TEST_CASE("pushed lines carry event and never ok", "[channels]")
{
    std::string line;
    append_offer(line, {TicketId{1}, "ana", "returns", Priority::high, Channel::email, Instant{0}, {}, 9});
    auto json = read(line);
    CHECK(json.at("event").as_string() == "offer");
    CHECK(json.at("expires_at").as_string() == "1970-01-01T00:00:00.000Z");
    CHECK_FALSE(json.contains("ok"));
    line.clear();
    append_offer_ended(line, TicketId{1}, "ana", "expired", 12);
    CHECK(
        line ==
        "{\"event\":\"offer_ended\",\"ticket\":\"T-1\",\"agent\":\"ana\",\"why\":\"expired\",\"seq\":12}\n");
}

TEST_CASE("watchers see every kind of event as JSON, and never a ticket's text", "[channels]")
{
    Contact contact;
    contact.source = "shop";
    contact.ref = "1";
    contact.subject = "SECRET-SUBJECT";
    contact.body = "SECRET-BODY";
    contact.facts.set("order.value", 2.0);
    Routing routing;
    routing.queue = QueueName("returns");
    routing.trace.fired = {1};
    const std::vector<Happening> happenings{
        RulebookAdopted{RulebookId{1}, "ab", {"x", "smashed"}, {{"f.yaml", "SECRET-SOURCE"}}},
        CustomerUpdated{CustomerId("c"), contact.facts},
        TicketOpened{TicketId{1}, contact, TicketId{}},
        ContactJoined{TicketId{1}, contact},
        TicketRouted{TicketId{1}, routing, {{"returns", 2}}, Instant{5}, Instant::max()},
        TicketEscalated{TicketId{1},
                        RulebookId{1},
                        1,
                        Priority::urgent,
                        QueueName("vip"),
                        Skills{},
                        {"t"},
                        {"lead"},
                        "phone",
                        Instant{1}},
        RecheckScheduled{TicketId{1}, RulebookId{1}, Instant::max()},
        AgentSignedIn{AgentId("ana"), "Ana", {{"a", 1}}, 4},
        PresenceSet{AgentId("ana"), Presence::away, "lunch"},
        OfferMade{TicketId{1}, AgentId("ana"), 1, Instant{9}, {{AgentId("bob"), "load"}}},
        OfferAccepted{TicketId{1}, AgentId("ana")},
        OfferDeclined{TicketId{1}, AgentId("ana"), "busy"},
        OfferExpired{TicketId{1}, AgentId("ana")},
        TicketReturned{TicketId{1}, AgentId("ana"), "left"},
        TicketCompleted{TicketId{1}, AgentId("ana"), "refunded"},
        ReceiptsForgotten{Instant{3}},
        ContactThreaded{TicketId{1}, "mail", {{"mail", "SECRET@mail"}}},
        TicketReopened{TicketId{1}, "mail"},
        TicketMerged{TicketId{1}, TicketId{2}, Instant{5}},
        ContactSplit{TicketId{1}, "shop", "r-2", TicketId{3}},
        ClosedKept{3'600, Instant{3}},
        TicketReplied{TicketId{1}, AgentId("ana"), "SECRET-ANSWER"},
        TicketHeld{TicketId{1}, AgentId("ana"), "parts", Instant::max()},
        TicketResumed{TicketId{1}, "contact"},
        SlaWarned{TicketId{1}, SlaTarget::wait, "standard", Instant{1}, Instant{2}},
        SlaBreached{TicketId{1}, SlaTarget::wait, "standard", Instant{1}, Instant{2}},
        SlaEnded{
            TicketId{1}, "standard", {{SlaTarget::wait, Instant{1}, Instant{2}, Duration{1}, Duration{1}}}},
        TicketAssigned{TicketId{1}, AgentId("ana"), 1, "assign", "look at the invoice"},
        TicketMoved{TicketId{1}, AgentId("ana"), QueueName("vip"), {{"a", 1}}, Instant{1}, "requeue", "why"},
        WrapUpStarted{AgentId("ana"), TicketId{1}, 1, Instant{9}},
        WrapUpEnded{AgentId("ana"), TicketId{1}},
        AgentSeen{AgentId("ana"), Instant{9}},
        TicketWidened{TicketId{1}, 1, {{"a", 1}}},
        PromiseMade{TicketId{1}, Instant{9}, "closed"},
        WaitTold{TicketId{1}, Instant{9}, 12},
        SurgeCounted{TicketId{1}, {{"same", "intent=a"}}, Instant{2}},
        ProblemOpened{ProblemId{1}, "same", "intent=a", 20, 1'500, {"lead"}},
        ProblemLinked{ProblemId{1}, {TicketId{1}}},
        ProblemChanged{ProblemId{1}, ProblemAction::answer, {}, {}, {}, "told", "known"},
        TicketParked{TicketId{1}, ProblemId{1}, true},
        TicketAnswered{TicketId{1}, ProblemId{1}, "told"},
        NotifyInhibited{TicketId{1}, ProblemId{1}, {"lead"}, {}},
        FeedbackGiven{"shop", "f-1", CustomerId("c"), TicketId{1}, 3, {}, "SECRET-TEXT"},
        OrderUpdated{"o-1", CustomerId("c"), contact.facts},
        ContractUpdated{"k-1", CustomerId("c"), "priority", Instant{9}},
        TicketAbandoned{TicketId{1}, Instant{9}},
        CallbackRequested{TicketId{1}, "+49 30 1", Instant{9}},
        CallbackDue{TicketId{1}},
        PoliciesAdopted{"0123456789abcdef"},
        InterruptionsAllowed{{Channel::email}},
        OfferWithdrawn{TicketId{1}, AgentId("ana"), "taken by ben"}};
    REQUIRE(happenings.size() == std::variant_size_v<Happening>);
    const std::vector<std::string> rules{"x", "smashed"};
    for (const auto& what : happenings) {
        INFO(name_of(what));
        std::string line;
        append_watched_event(line, {4, Instant{0}, what}, rules);
        const auto json = read(line);
        CHECK(json.at("event").as_string() == name_of(what));
        CHECK(json.at("seq").as_int64() == 4);
        CHECK(line.find("SECRET") == std::string::npos);
        CHECK(is_event_name(name_of(what)));
        if (std::holds_alternative<TicketRouted>(what))
            CHECK(json.at("rules").as_array().at(0).as_string() == "smashed");
        if (std::holds_alternative<TicketEscalated>(what)) CHECK(json.at("rule").as_string() == "smashed");
    }
    CHECK_FALSE(is_event_name("ticket_lost"));
}
