#include "engine/journal/codec.hpp"

#include <catch2/catch.hpp>

#include "tests/journal/random_events.hpp"

using namespace triaged;
using namespace triaged::test;
using journal::decode;
using journal::encode;

namespace {

std::string bytes(std::initializer_list<int> values)
{
    std::string made;
    for (const int value : values) made += static_cast<char>(value);
    return made;
}

std::string why_refused(std::string_view body, Seq first_seq, std::uint32_t count)
{
    const auto decoded = decode(body, first_seq, count);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ErrorCode::journal_damaged);
    return decoded.error().message;
}

}  // namespace

TEST_CASE("every kind of event reads back as it was written", "[journal]")
{
    RandomEvents random(1);
    for (std::size_t kind = 0; kind < kinds_of_event; ++kind) {
        for (int i = 0; i < 200; ++i) {
            const Event event = random.of_kind(kind, 7);
            const auto decoded = decode(encoded({event}), 7, 1);
            INFO(name_of(event.what));
            REQUIRE(decoded);
            REQUIRE(decoded->front() == event);
        }
    }
}

TEST_CASE("events of one batch follow each other and count up", "[journal]")
{
    RandomEvents random(2);
    std::vector<Event> events;
    for (Seq seq = 501; seq <= 600; ++seq) events.push_back(random.any(seq));
    const auto decoded = decode(encoded(events), 501, 100);
    REQUIRE(decoded);
    CHECK(*decoded == events);
}

TEST_CASE("the bytes of format 1 are what docs/journal-format.md says", "[journal]")
{
    const auto body_of = [](Instant at, Happening what) { return encoded({Event{1, at, std::move(what)}}); };
    const Instant at{1000};
    FactSet facts;
    facts.set("a", true);
    const Contact call{"s", "r", Channel::phone, at, CustomerId{}, "", "b", {}};
    CHECK(body_of(at, CustomerUpdated{CustomerId{"c"}, facts}) ==
          bytes({2, 0xd0, 0x0f, 1, 'c', 4, 1, 'a', 0, 1}));
    CHECK(body_of(at, TicketOpened{TicketId{300}, call, {}}) ==
          bytes({3, 0xd0, 0x0f, 0xac, 0x02, 1, 's', 1, 'r', 3, 0, 0, 0, 1, 'b', 0, 0}));
    CHECK(body_of(at, PresenceSet{AgentId{"x"}, Presence::away, "tea"}) ==
          bytes({9, 0xd0, 0x0f, 1, 'x', 1, 3, 't', 'e', 'a'}));
    CHECK(body_of(at, OfferMade{TicketId{2}, AgentId{"x"}, 1, Instant{1030}, {}}) ==
          bytes({10, 0xd0, 0x0f, 2, 1, 'x', 2, 60, 0}));
    CHECK(body_of(Instant{0}, RecheckScheduled{TicketId{2}, RulebookId{1}, Instant::max()}) ==
          bytes({7, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}));
    CHECK(body_of(at, TicketCompleted{TicketId{2}, AgentId{"x"}, "ok"}) ==
          bytes({15, 0xd0, 0x0f, 2, 1, 'x', 2, 'o', 'k'}));
    CHECK(body_of(at, ReceiptsForgotten{Instant{999}}) == bytes({16, 0xd0, 0x0f, 1}));
}

TEST_CASE("the numbers of the kinds never change", "[journal]")
{
    const std::vector<std::string_view> names{
        "rulebook_adopted", "customer_updated", "ticket_opened",     "contact_joined",
        "ticket_routed",    "ticket_escalated", "recheck_scheduled", "agent_signed_in",
        "presence_set",     "offer_made",       "offer_accepted",    "offer_declined",
        "offer_expired",    "ticket_returned",  "ticket_completed",  "receipts_forgotten"};
    const std::map<std::size_t, std::string_view> later{
        {25, "contact_threaded"}, {26, "ticket_reopened"},    {27, "ticket_merged"},
        {28, "contact_split"},    {29, "closed_kept"},        {30, "ticket_replied"},
        {31, "ticket_held"},      {32, "ticket_resumed"},     {33, "sla_warned"},
        {34, "sla_breached"},     {35, "sla_ended"},          {40, "ticket_assigned"},
        {41, "ticket_moved"},     {42, "wrap_up_started"},    {43, "wrap_up_ended"},
        {44, "agent_seen"},       {45, "ticket_widened"},     {46, "promise_made"},
        {70, "ticket_abandoned"}, {71, "callback_requested"}, {72, "callback_due"},
        {50, "surge_counted"},    {51, "problem_opened"},     {52, "problem_linked"},
        {53, "problem_changed"},  {54, "ticket_parked"},      {55, "ticket_answered"},
        {56, "notify_inhibited"}, {57, "feedback_given"},     {58, "order_updated"},
        {59, "contract_updated"}, {60, "policies_adopted"},   {61, "interruptions_allowed"},
        {62, "offer_withdrawn"},  {47, "wait_told"},
    };
    RandomEvents random(3);
    for (std::size_t kind = 0; kind < kinds_of_event; ++kind) {
        const Event event = random.of_kind(kind, 1);
        const auto number = static_cast<std::size_t>(encoded({event})[0]);
        if (later.contains(number)) {
            CHECK(later.at(number) == name_of(event.what));
            continue;
        }
        REQUIRE(number >= 1);
        REQUIRE(number <= names.size());
        CHECK(names[number - 1] == name_of(event.what));
    }
}

TEST_CASE("a body cut anywhere is refused with the place", "[journal]")
{
    RandomEvents random(4);
    for (std::size_t kind = 0; kind < kinds_of_event; ++kind) {
        const std::string body = encoded({random.of_kind(kind, 1), random.of_kind(kind, 2)});
        for (std::size_t size = 0; size < body.size(); ++size) {
            INFO("kind " << kind << " cut at " << size << " of " << body.size());
            // A copy of its own, so that the address sanitizer sees a read beyond the end.
            const std::vector<char> cut(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
            const auto why = why_refused({cut.data(), cut.size()}, 1, 2);
            REQUIRE(why.find("of 2 (seq ") != std::string::npos);
        }
    }
}

TEST_CASE("flipped bits are refused or read as other events, never worse", "[journal]")
{
    RandomEvents random(5);
    int refused = 0;
    for (int round = 0; round < 60; ++round) {
        const std::string body = random_batch(random, 1, 3).body;
        for (int flip = 0; flip < 100; ++flip) {
            std::vector<char> flipped(body.begin(), body.end());
            flipped[random.below(flipped.size())] ^= static_cast<char>(1 << random.below(8));
            const auto decoded = decode({flipped.data(), flipped.size()}, 1, 3);
            if (decoded)
                CHECK(encoded(*decoded) == std::string(flipped.begin(), flipped.end()));
            else
                ++refused;
        }
    }
    CHECK(refused > 300);
}

TEST_CASE("random bytes are refused or read, never worse", "[journal]")
{
    RandomEvents random(6);
    for (int round = 0; round < 20'000; ++round) {
        std::vector<char> noise(random.below(40));
        for (char& c : noise) c = static_cast<char>(random.below(256));
        if (!noise.empty()) noise[0] = static_cast<char>(1 + random.below(16));
        (void)decode({noise.data(), noise.size()}, 1, static_cast<std::uint32_t>(1 + random.below(3)));
    }
    SUCCEED();
}

TEST_CASE("what makes no sense in a body is named", "[journal]")
{
    struct Row {
        std::string name;
        std::string body;
        std::uint32_t count;
        std::string says;
    };
    const auto row = GENERATE(values<Row>({
        {"unknown kind", bytes({17, 0}), 1, "17 is no kind of event"},
        {"kind 0", bytes({0, 0}), 1, "0 is no kind of event"},
        {"bytes left", bytes({16, 0, 0, 99}), 1, "1 bytes are left after event 1 (seq 40)"},
        {"huge string", bytes({11, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x7f}), 1,
         "event 1 of 1 (seq 40), byte 3 of 8: a string of 34359738367 bytes where 0 are left"},
        {"huge list", bytes({8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f}), 1,
         "a list of 34359738367 items where 0"},
        {"no such presence", bytes({9, 0, 0, 3, 0}), 1, "byte 3 of 5: 3 is no value of its list"},
        {"number too long", bytes({11, 0, 0x80, 0, 0}), 1, "a number is longer than it needs to be"},
        {"number too large", bytes({11, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0}), 1,
         "a number has more than 64 bits"},
        {"capacity too large", bytes({8, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f}), 1,
         "does not fit 32 bits"},
        {"rule too large", bytes({6, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f}), 1,
         "is beyond 4294967295"},
        {"odd presence byte", bytes({6, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2}), 1, "neither 0 nor 1"},
        {"bad facts", bytes({2, 0, 0, 1, 9}), 1, "facts: "},
        {"damaged count", bytes({16, 0, 0}), 4'000'000'000,
         "event 2 of 4000000000 (seq 41), byte 3 of 3: the body ends here"},
    }));
    INFO(row.name);
    CHECK_THAT(why_refused(row.body, 40, row.count), Catch::Contains(row.says));
}
