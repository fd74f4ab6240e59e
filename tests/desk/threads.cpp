#include "engine/desk/threads.hpp"

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

/// A desk that joins contacts by customer and order within a week and by phone number within a day, and
/// reopens for three days.
struct ThreadDesk : Driver {
    ThreadDesk()
    {
        auto& threads = policies.desk.threads;
        threads.reopen = std::chrono::hours{72};
        threads.keys = {{"customer.id+order.id", {"customer.id", "order.id"}, std::chrono::hours{168}},
                        {"phone.number", {"phone.number"}, std::chrono::hours{24}}};
    }

    TicketId send(Contact contact)
    {
        const auto ref = contact.ref;
        must(ReceiveTicket{std::move(contact), {}, {}});
        return first_answer(state, "shop", ref)->ticket;
    }

    void finish(TicketId id)
    {
        sign_in("ana", {{"returns", 1}, {"billing", 3}, {"german", 2}, {"senior", 1}});
        accept("ana", id);
        complete("ana", id);
        must(SetPresence{AgentId("ana"), Presence::away, "done"});
    }

    std::string joined_by() const
    {
        const auto threaded = all<ContactThreaded>();
        return threaded.empty() ? "" : threaded.back().by;
    }

    /// That neither replay nor a snapshot brings up another state.
    void check_replay()
    {
        State replayed;
        for (const auto& event : history) evolve(replayed, event);
        const auto bytes = save(state);
        CHECK(save(replayed) == bytes);
        const auto restored = restore(bytes);
        REQUIRE(restored.has_value());
        CHECK(save(*restored) == bytes);
    }
};

Contact with(Contact contact, std::vector<std::pair<std::string, std::string>> facts)
{
    for (const auto& [name, value] : facts) contact.facts.set(name, std::string_view(value));
    return contact;
}

Contact order_contact(const std::string& ref, const std::string& customer, const std::string& order,
                      Channel channel = Channel::chat)
{
    return with(contact_of({.ref = ref, .channel = channel, .customer = customer}), {{"order.id", order}});
}

}  // namespace

TEST_CASE("ticket numbers are found in a text as whole words", "[desk]")
{
    CHECK(ticket_numbers("Re: [T-12] and T-7, but not XT-3, T-4x, AT-T-5 or T-") ==
          std::vector<TicketId>{TicketId{12}, TicketId{7}});
    CHECK(ticket_numbers("T-99999999999999999999999").empty());
    CHECK(ticket_numbers("").empty());
}

TEST_CASE("ten thousand keys are told apart, and each is forgotten with its ticket", "[desk]")
{
    constexpr std::uint64_t count = 10'000;
    Threads threads;
    const auto key_of = [](std::uint64_t i) { return ThreadKey{"order.id", std::to_string(i)}; };
    for (std::uint64_t i = 1; i <= count; ++i) threads.note(key_of(i), TicketId{i}, Instant{1});
    CHECK(threads.size() == count);
    CHECK(threads.sorted().size() == count);
    for (std::uint64_t i = 1; i <= count; ++i) {
        const auto* const entry = threads.find(key_of(i));
        REQUIRE(entry != nullptr);
        REQUIRE(entry->ticket == TicketId{i});
    }
    for (std::uint64_t i = 2; i <= count; i += 2) threads.forget(TicketId{i});
    CHECK(threads.size() == count / 2);
    for (std::uint64_t i = 1; i <= count; ++i) REQUIRE((threads.find(key_of(i)) == nullptr) == (i % 2 == 0));
}

TEST_CASE("a ticket number in the subject joins the contact to that ticket", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.feed({.ref = "a", .customer = "c-1"});
    auto reply = contact_of({.ref = "b", .channel = Channel::email, .customer = "c-1"});
    reply.subject = "Re: your ticket T-1";
    CHECK(desk.send(reply) == id);
    CHECK(desk.names() == std::vector<std::string>{"contact_joined", "ticket_routed", "contact_threaded"});
    CHECK(desk.joined_by() == "subject");

    auto stranger = contact_of({.ref = "c", .customer = "c-2"});
    stranger.subject = "T-1";
    CHECK(desk.send(stranger) != id);
    auto future = contact_of({.ref = "d"});
    future.subject = "T-77";
    CHECK(desk.send(future) == TicketId{3});
    desk.check_replay();
}

TEST_CASE("mails join by what they answer, the closest reference first", "[desk]")
{
    ThreadDesk desk;
    const auto one = desk.send(with(contact_of({.ref = "a"}), {{"mail.message_id", "<1@x>"}}));
    const auto two = desk.send(with(contact_of({.ref = "b"}), {{"mail.message_id", "<2@x>"}}));
    CHECK(one != two);
    CHECK(desk.send(with(contact_of({.ref = "c"}),
                         {{"mail.in_reply_to", "<1@x>"}, {"mail.references", "<2@x>"}})) == one);
    CHECK(desk.joined_by() == "mail");
    CHECK(desk.send(with(contact_of({.ref = "d"}), {{"mail.references", "<1@x> <2@x> <9@x>"}})) == two);
    CHECK(desk.send(with(contact_of({.ref = "e"}), {{"mail.in_reply_to", "<9@x>"}})) == TicketId{3});
    desk.check_replay();
}

TEST_CASE("a configured key joins contacts across channels within its window", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.send(order_contact("a", "c-1", "o-1"));
    desk.now = desk.now + std::chrono::hours{167};
    CHECK(desk.send(order_contact("b", "c-1", "o-1", Channel::phone)) == id);
    CHECK(desk.joined_by() == "customer.id+order.id");
    desk.now = desk.now + std::chrono::hours{168};  // each contact starts the window anew
    CHECK(desk.send(order_contact("c", "c-1", "o-1")) == id);
    CHECK(desk.send(order_contact("d", "c-1", "o-2")) != id);
    CHECK(desk.send(order_contact("e", "c-2", "o-1")) != id);
    desk.now = desk.now + std::chrono::hours{168} + Duration{1};
    CHECK(desk.send(order_contact("f", "c-1", "o-1")) != id);
    desk.check_replay();
}

TEST_CASE("a phone number is the same however it is written, and comes after the keys before it", "[desk]")
{
    ThreadDesk desk;
    const auto call = desk.send(
        with(contact_of({.ref = "a", .channel = Channel::phone}), {{"phone.number", "+49 (30) 123-456"}}));
    CHECK(desk.send(with(contact_of({.ref = "b"}), {{"phone.number", "004930123456"}})) == call);
    CHECK(desk.joined_by() == "phone.number");
    const auto order = desk.send(order_contact("c", "c-1", "o-1"));
    CHECK(desk.send(with(order_contact("d", "c-1", "o-1"), {{"phone.number", "+4930123456"}})) == order);
    CHECK(desk.joined_by() == "customer.id+order.id");
}

TEST_CASE("a plain ticket costs no event for threads", "[desk]")
{
    ThreadDesk desk;
    desk.feed({.ref = "a", .customer = "c-1"});
    CHECK(desk.names() == std::vector<std::string>{"ticket_opened", "ticket_routed"});
    CHECK(desk.state.threads.size() == 0);
}

TEST_CASE("a contact soon after completion reopens the ticket with its history and its old place", "[desk]")
{
    ThreadDesk desk;
    const auto id =
        desk.send(with(contact_of({.ref = "a", .body = "broken", .customer = "c-1"}), {{"order.id", "o"}}));
    const auto before = desk.show(id);
    const auto other = desk.feed({.ref = "x", .body = "broken"});
    desk.now = desk.now + 1min;
    desk.finish(id);
    CHECK(desk.state.find(id) == nullptr);
    desk.now = desk.now + std::chrono::hours{71};
    CHECK(desk.contact(id, {.ref = "b", .body = "refund"}) == id);
    CHECK(desk.all<TicketReopened>() == std::vector<TicketReopened>{{id, "ticket"}});
    const auto view = desk.show(id);
    CHECK(view.phase == TicketPhase::waiting);
    CHECK(view.queued_as == before.queued_as);
    CHECK(view.enqueued_at == before.enqueued_at);
    CHECK(view.waiting_since == desk.now);
    CHECK(view.earlier == "broken");
    CHECK(view.contacts == 2);
    CHECK(view.routing.intent == "damaged");
    CHECK(first_answer(desk.state, "shop", "b")->joined);
    CHECK(desk.show(other).queued_as == before.queued_as);
    desk.check_replay();
    desk.finish(id);
    desk.check_replay();
}

TEST_CASE("a contact long after completion opens a ticket that follows, whatever it is found by", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.send(order_contact("a", "c-1", "o-1"));
    desk.finish(id);
    desk.now = desk.now + std::chrono::hours{72} + Duration{1};
    const auto next = desk.send(order_contact("b", "c-1", "o-1"));
    CHECK(next != id);
    CHECK(desk.show(next).follows == id);
    CHECK(desk.joined_by() == "customer.id+order.id");
    CHECK(desk.refused(ReopenTicket{id}, "no longer open") == ErrorCode::unknown_ticket);
    desk.check_replay();
}

TEST_CASE("a completed ticket can be reopened on request, once", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.feed({.ref = "a"});
    desk.finish(id);
    desk.must(ReopenTicket{id});
    CHECK(desk.waits(id));
    desk.must(ReopenTicket{id});
    CHECK(desk.last.empty());
    CHECK(desk.refused(ReopenTicket{TicketId{9}}, "no such ticket") == ErrorCode::unknown_ticket);
    desk.check_replay();
}

TEST_CASE("without a reopen window completed tickets are not kept", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    desk.complete("ana", id);
    CHECK(desk.state.closed.empty());
    CHECK(desk.all<ClosedKept>().empty());
}

TEST_CASE("what is kept of completed tickets is dropped in time: first the ticket, then its keys", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.send(order_contact("a", "c-1", "o-1"));
    desk.finish(id);
    CHECK(desk.state.closed.size() == 1);
    desk.pass(std::chrono::hours{74});
    CHECK(desk.state.closed.empty());
    CHECK(desk.state.closed_by_end.empty());
    CHECK(desk.state.threads.size() == 1);
    desk.check_replay();
    desk.pass(desk.policies.desk.receipts_kept);
    CHECK(desk.state.threads.size() == 0);
    CHECK(desk.state.receipts.size() == 0);
    desk.check_replay();
}

TEST_CASE("a reopened ticket is not forgotten with the receipts of its first end", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.send(order_contact("a", "c-1", "o-1"));
    desk.finish(id);
    desk.must(ReopenTicket{id});
    desk.pass(desk.policies.desk.receipts_kept + std::chrono::hours{24});
    CHECK(first_answer(desk.state, "shop", "a").has_value());
    CHECK(desk.state.threads.size() == 1);
    desk.finish(id);
    desk.pass(desk.policies.desk.receipts_kept + std::chrono::hours{24});
    CHECK_FALSE(first_answer(desk.state, "shop", "a").has_value());
    CHECK(desk.state.threads.size() == 0);
    desk.check_replay();
}

TEST_CASE("a merged ticket forwards to its root, through chains, and gives it the better place", "[desk]")
{
    ThreadDesk desk;
    const auto one = desk.feed({.ref = "a"});
    desk.now = desk.now + 1min;
    const auto two = desk.feed({.ref = "b"});
    desk.now = desk.now + 1min;
    const auto three = desk.feed({.ref = "c"});
    const auto first_place = desk.show(one).queued_as;
    desk.must(MergeTickets{one, two});
    CHECK(desk.show(two).queued_as == first_place);
    desk.must(MergeTickets{two, three});
    CHECK(desk.show(three).queued_as == first_place);
    CHECK(desk.state.find(one) == nullptr);
    CHECK(desk.contact(one, {.ref = "d", .body = "more"}) == three);
    CHECK(desk.show(three).body == "more");
    desk.must(MergeTickets{one, three});
    CHECK(desk.last.empty());
    CHECK(desk.refused(MergeTickets{three, one}, "into itself") == ErrorCode::bad_value);
    CHECK(desk.refused(MergeTickets{three, three}, "into itself") == ErrorCode::bad_value);
    const auto four = desk.feed({.ref = "e"});
    CHECK(desk.refused(MergeTickets{one, four}, "merged into T-3") == ErrorCode::unknown_ticket);
    CHECK(desk.refused(MergeTickets{four, TicketId{99}}, "no such ticket") == ErrorCode::unknown_ticket);
    desk.check_replay();
}

TEST_CASE("a ticket that is raised after a merge keeps the better place it was given", "[desk]")
{
    ThreadDesk desk;
    const auto early = desk.feed({.ref = "a", .body = "broken"});
    desk.now = desk.now + 1h;
    const auto late = desk.feed({.ref = "b", .body = "broken"});
    const auto first_place = desk.show(early).queued_as;
    desk.must(MergeTickets{early, late});
    desk.pass(10min);  // its rule raises it: 30 minutes of head start are less than the hour it was given
    REQUIRE(desk.show(late).routing.priority == Priority::high);
    CHECK(desk.show(late).queued_as == first_place);
    desk.check_replay();
}

TEST_CASE("a ticket that is merged leaves its agent's hands", "[desk]")
{
    ThreadDesk desk;
    desk.sign_in("ana", {});
    const auto one = desk.feed({.ref = "a"});
    desk.accept("ana", one);
    desk.sign_in("ben", {});
    const auto two = desk.feed({.ref = "b"});
    desk.must(MergeTickets{one, two});
    REQUIRE(desk.all<TicketReturned>().size() == 1);
    CHECK(desk.all<TicketReturned>()[0].reason == "merged into T-2");
    CHECK(desk.agent("ana").assigned.empty());
    desk.check_replay();
}

TEST_CASE("split undoes a merge: the ticket waits again at its place, with what was merged into it", "[desk]")
{
    ThreadDesk desk;
    const auto one = desk.feed({.ref = "a"});
    const auto two = desk.feed({.ref = "b", .body = "broken"});
    const auto three = desk.feed({.ref = "c"});
    const auto before = desk.show(two);
    desk.must(MergeTickets{one, two});
    desk.must(MergeTickets{two, three});
    desk.must(SplitTicket{two, "", "", "", ""});
    CHECK(desk.waits(two));
    CHECK(desk.show(two).waiting_since == before.waiting_since);
    CHECK(desk.state.root(one) == two);
    CHECK(desk.refused(SplitTicket{two, "", "", "", ""}, "not merged") == ErrorCode::bad_value);
    desk.check_replay();
}

TEST_CASE("tickets merged into one that is completed end with it and are forgotten with it", "[desk]")
{
    ThreadDesk desk;
    const auto one = desk.feed({.ref = "a"});
    const auto two = desk.feed({.ref = "b"});
    desk.must(MergeTickets{one, two});
    desk.finish(two);
    CHECK(desk.refused(SplitTicket{one, "", "", "", ""}, "completed") == ErrorCode::unknown_ticket);
    desk.check_replay();
    CHECK(desk.contact(one, {.ref = "c"}) == two);  // reopened
    desk.check_replay();
    desk.pass(desk.policies.desk.receipts_kept + std::chrono::hours{24});
    CHECK(desk.state.root(one) == two);
    desk.finish(two);
    CHECK(desk.state.receipts.size() == 3);
    desk.pass(desk.policies.desk.receipts_kept + std::chrono::hours{24});
    CHECK(desk.state.receipts.size() == 0);
    CHECK(desk.state.merged.empty());
    desk.check_replay();
}

TEST_CASE("a contact is split off into a ticket of its own and is not counted twice", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.feed({.ref = "a", .body = "broken", .customer = "c-1"});
    desk.contact(id, {.ref = "b", .body = "refund"});
    const auto answer = first_answer(desk.state, "shop", "b");
    desk.must(SplitTicket{id, "", "b", "", ""});
    CHECK(desk.names().front() == "contact_split");
    const auto own = desk.all<ContactSplit>()[0].to;
    CHECK(desk.show(own).body == "refund");
    CHECK(desk.show(own).routing.queue == QueueName("billing"));
    CHECK(desk.show(own).customer == CustomerId("c-1"));
    CHECK(desk.show(id).contacts == 1);
    CHECK(desk.show(id).body == "broken");
    CHECK(desk.state.find(CustomerId("c-1"))->contacts == 2);
    CHECK(first_answer(desk.state, "shop", "b") == answer);
    CHECK(desk.refused(SplitTicket{id, "shop", "b", "", ""}, "no contact 'b'") == ErrorCode::bad_value);
    CHECK(desk.refused(SplitTicket{id, "shop", "a", "", ""}, "only contact") == ErrorCode::bad_value);
    desk.check_replay();
}

TEST_CASE("to split off an earlier contact its text is sent along", "[desk]")
{
    ThreadDesk desk;
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    desk.contact(id, {.ref = "b", .body = "refund"});
    CHECK(desk.refused(SplitTicket{id, "shop", "a", "", ""}, "`body`") == ErrorCode::missing_field);
    desk.must(SplitTicket{id, "shop", "a", "", "broken"});
    CHECK(desk.show(id).body == "refund");
    CHECK(desk.show(TicketId{2}).routing.intent == "damaged");
    CHECK(desk.refused(SplitTicket{TicketId{9}, "shop", "a", "", ""}, "no such") ==
          ErrorCode::unknown_ticket);
    desk.check_replay();
}
