#include "engine/desk/snapshot.hpp"

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

/// A desk with something of everything that is kept.
Driver busy_desk()
{
    Driver desk;
    desk.policies.desk.wrap_up[static_cast<std::size_t>(Channel::email)] = 10min;
    desk.policies.desk.heartbeat = 1h;
    desk.queue("billing").widen = {{1min, {{"billing", 1}}, {}}};
    desk.queue("returns").overflow = {{Duration{0}, 1, false, QueueName("floor")}};
    desk.feed({.ref = "a", .body = "broken", .customer = "c-1", .tier = "vip", .language = "de"});
    desk.sign_in("ana", {{"returns", 2}}, 4);
    desk.sign_in("ben", {{"billing", 3}}, 2);
    const auto declined = desk.feed({.ref = "b", .body = "refund"});
    desk.decline("ben", declined);
    const auto assigned = desk.feed({.ref = "c", .body = "broken", .customer = "c-1"});
    desk.accept("ana", assigned);
    desk.contact(assigned, {.ref = "d", .body = "fraud"});
    const auto ended = desk.feed({.ref = "e"});
    desk.accept(desk.offered_to(ended), ended);
    desk.complete("ben", ended);
    desk.contact(ended, {.ref = "f", .body = "refund"});
    desk.feed({.ref = "g", .body = "broken"});
    const auto mail = desk.feed({.ref = "m", .channel = Channel::email});
    desk.must(AssignTicket{mail, AgentId("ana"), true, "quickly"});
    desk.complete("ana", mail);
    const auto moved = desk.feed({.ref = "n"});
    desk.must(RequeueTicket{moved, QueueName("billing"), "money"});
    desk.pass(3min);
    desk.presence("ben", Presence::away, "lunch");
    desk.feed({.ref = "h", .tier = "prime"});
    return desk;
}

}  // namespace

TEST_CASE("a snapshot comes back the same, byte for byte and in every view", "[desk]")
{
    const auto desk = busy_desk();
    const auto bytes = save(desk.state);
    const auto restored = restore(bytes);
    REQUIRE(restored.has_value());
    CHECK(save(*restored) == bytes);
    for (const auto* ref : {"a", "b", "c", "d", "e", "f", "g", "h", "m", "n"}) {
        INFO(ref);
        CHECK(first_answer(*restored, "shop", ref).has_value());
        CHECK(first_answer(*restored, "shop", ref) == first_answer(desk.state, "shop", ref));
    }
    for (const auto& [id, ticket] : desk.state.tickets) {
        const auto before = ticket_view(desk.state, id);
        const auto after = ticket_view(*restored, id);
        REQUIRE(after.has_value());
        CHECK(after->routing == before->routing);
        CHECK(after->escalated == before->escalated);
        CHECK(after->declined_by == before->declined_by);
        CHECK(after->missed_by == before->missed_by);
        CHECK(after->earlier == before->earlier);
        CHECK(after->agent == before->agent);
        CHECK(after->expires_at == before->expires_at);
    }
    CHECK(agent_view(*restored, AgentId("ana"))->used == desk.agent("ana").used);
    CHECK(next_deadline(desk.policies, *restored) == next_deadline(desk.policies, desk.state));
}

TEST_CASE("whatever snapshot a history goes through, it ends in the same state", "[desk]")
{
    const auto desk = busy_desk();
    const auto whole = save(desk.state);
    for (std::size_t cut = 0; cut <= desk.history.size(); ++cut) {
        INFO(cut);
        State state;
        for (std::size_t i = 0; i < cut; ++i) evolve(state, desk.history[i]);
        auto restored = restore(save(state));
        REQUIRE(restored.has_value());
        for (std::size_t i = cut; i < desk.history.size(); ++i) evolve(*restored, desk.history[i]);
        CHECK(save(*restored) == whole);
    }
}

TEST_CASE("a restored desk goes on like the one that was saved", "[desk]")
{
    auto desk = busy_desk();
    auto restored = restore(save(desk.state));
    REQUIRE(restored.has_value());
    const auto next = SignInAgent{AgentId("sue"), "", {{"billing", 4}, {"german", 3}, {"returns", 2}}, 9};
    const auto expected = step(desk.policies, desk.state, next, desk.now);
    const auto events = step(desk.policies, *restored, next, desk.now);
    REQUIRE(expected.has_value());
    CHECK(expected->size() > 1);
    CHECK(events == expected);
}

TEST_CASE("an empty desk can be saved", "[desk]")
{
    const auto bytes = save(State());
    const auto restored = restore(bytes);
    REQUIRE(restored.has_value());
    CHECK(save(*restored) == bytes);
}

TEST_CASE("a state that has moved is as it was", "[desk]")
{
    auto desk = busy_desk();
    const auto bytes = save(desk.state);
    State moved = std::move(desk.state);
    CHECK(save(moved) == bytes);
    desk.state = std::move(moved);
    CHECK(save(desk.state) == bytes);
    desk.feed({.ref = "later"});
    desk.must(ReceiveTicket{contact_of({.ref = "a"}), {}, {}});
    CHECK(desk.last.empty());
}

TEST_CASE("a large snapshot is passed on in pieces, until the first that is not taken", "[desk]")
{
    Driver desk;
    for (int i = 0; i < 50; ++i) desk.feed({.ref = std::to_string(i), .body = std::string(100'000, 'x')});
    const auto whole = save(desk.state);
    std::string pieces;
    std::size_t largest = 0;
    REQUIRE(save(desk.state, [&](std::string_view piece) -> Result<void> {
        pieces += piece;
        largest = std::max(largest, piece.size());
        return {};
    }));
    CHECK(pieces == whole);
    CHECK(largest < whole.size() / 3);

    int taken = 0;
    const auto saved = save(desk.state, [&](std::string_view) -> Result<void> {
        if (++taken == 2) return fail(ErrorCode::journal_failed, "no room");
        return {};
    });
    REQUIRE_FALSE(saved);
    CHECK(saved.error().message == "no room");
    CHECK(taken == 2);
}

TEST_CASE("a snapshot cut short anywhere is refused with its place", "[desk]")
{
    const auto bytes = save(busy_desk().state);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto restored = restore(std::string_view(bytes).substr(0, size));
        INFO(size);
        REQUIRE_FALSE(restored.has_value());
        REQUIRE(restored.error().code == ErrorCode::journal_damaged);
        REQUIRE_THAT(restored.error().message, Catch::Contains("at byte"));
    }
    CHECK_FALSE(restore(bytes + "x").has_value());
}

TEST_CASE("a snapshot with a wrong byte is refused or read, and never harms", "[desk]")
{
    const auto bytes = save(busy_desk().state);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const int change : {1, 128, 255}) {
            auto damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ change);
            if (!restore(damaged)) ++refused;
        }
    }
    CHECK(refused > bytes.size() / 2);
}

TEST_CASE("a snapshot of another version is refused by its number", "[desk]")
{
    auto bytes = save(State());
    bytes[std::string_view("triaged desk\n").size()] = 99;
    const auto restored = restore(bytes);
    REQUIRE_FALSE(restored.has_value());
    CHECK_THAT(restored.error().message, Catch::Contains("version 99"));
}
