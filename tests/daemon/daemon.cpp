#include "engine/daemon/daemon.hpp"

#include <set>

#include "engine/journal/read_model.hpp"
#include "tests/daemon/test_desk.hpp"

using namespace triaged;
using namespace triaged::test;

namespace {

bool has_opened(const std::vector<Event>& events, const std::string& ref)
{
    for (const auto& event : events)
        if (const auto* const opened = std::get_if<TicketOpened>(&event.what))
            if (opened->contact.ref == ref) return true;
    return false;
}

}  // namespace

TEST_CASE("a ticket is in the journal before its reply comes", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    for (int i = 0; i < 20; ++i) {
        const auto ref = "r-" + std::to_string(i);
        const auto reply = client.ask(ticket(ref));
        REQUIRE(is_ok(reply));
        REQUIRE(has_opened(desk.journal(), ref));
    }
}

TEST_CASE("a ref sent again gets its first answer, also after a restart", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto first = desk.client().ask(ticket("r-1"));
    REQUIRE(is_ok(first));
    CHECK(first.at("queue").as_string() == "returns");
    first["again"] = true;
    CHECK(desk.client().ask(ticket("r-1")) == first);
    desk.restart();
    CHECK(desk.client().ask(ticket("r-1")) == first);
    CHECK(desk.client().ask(ticket("r-2")).at("ticket").as_string() == "T-2");
    CHECK(desk.client().ask(ticket("r-1", R"(,"source":"elsewhere")")).at("ticket").as_string() == "T-3");
}

TEST_CASE("stopping answers what was asked, and makes it durable", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    std::string lines;
    for (int i = 0; i < 500; ++i) lines += ticket("r-" + std::to_string(i)) + "\n";
    client.send(lines);
    REQUIRE(is_ok(client.reply()));
    desk.stop();
    std::set<std::string> acknowledged{"r-0"};
    try {
        for (;;) {
            const auto reply = client.reply();
            if (is_ok(reply))
                acknowledged.insert(std::string(reply.at("ref").as_string()));
            else
                CHECK(code_of(reply) == "unavailable");
        }
    } catch (const std::runtime_error&) {  // the connection ends after the last reply
    }
    const auto events = desk.journal();
    for (const auto& ref : acknowledged) CHECK(has_opened(events, ref));
}

TEST_CASE("the read model shows everything once the daemon has stopped", "[daemon]")
{
    TestDesk desk;
    desk.start();
    desk.client().ask(ticket("r-1"));
    desk.stop();
    const auto events = desk.journal();
    const auto shown = journal::ReadModel::open(desk.read_model_path());
    REQUIRE(shown);
    CHECK((*shown)->applied() == events.back().seq);
    CHECK(journal::ticket_json(desk.read_model_path(), TicketId{1}));
}

TEST_CASE("only loopback is served without tokens, and metrics never elsewhere", "[daemon]")
{
    TestDesk desk;
    const auto refused_with = [&](std::function<void(config::Config&)> adjust) {
        desk.adjust = std::move(adjust);
        try {
            desk.start();
        } catch (const std::runtime_error& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    CHECK_THAT(refused_with([](auto& c) {
                   c.listen_tcp = config::TcpAddress{"0.0.0.0", 0};
               }),
               Catch::Contains("without tokens"));
    CHECK_THAT(refused_with([](auto& c) {
                   c.listen_http = config::TcpAddress{"0.0.0.0", 0};
               }),
               Catch::Contains("listen.http"));
    CHECK_THAT(refused_with([](auto& c) { c.listen_unix.clear(); }), Catch::Contains("nobody"));
    CHECK(refused_with([](auto& c) {
              c.listen_tcp = config::TcpAddress{"0.0.0.0", 0};
              c.tokens = {{"shop", "s3cret", config::Role::feeder, ""}};
          }).empty());
}

TEST_CASE("a data folder that cannot be made is a reason not to start", "[daemon]")
{
    TestDesk desk;
    desk.write("file", "");
    desk.adjust = [&](auto& c) { c.data_dir = desk.socket_path() + "/../file/data"; };
    CHECK_THROWS_WITH(desk.start(), Catch::Contains("file/data"));
}

TEST_CASE("tickets come in over TCP as over the Unix socket", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.listen_tcp = config::TcpAddress{"127.0.0.1", 0}; };
    desk.start();
    CHECK(is_ok(Client(desk.daemon().port()).ask(ticket("r-1"))));
    CHECK(desk.client().ask(ticket("r-1")).contains("again"));
}

TEST_CASE("a snapshot is kept while the desk works, and the next start begins with it", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.snapshot_every_events = 100; };
    desk.start();
    auto client = desk.client();
    const auto snapshot = [&] {
        std::string warning;
        auto journal = journal::Journal::open(desk.journal_path(), "main");
        return (*journal)->load_snapshot(warning)->seq;
    };
    int sent = 0;
    while (snapshot() == 0 && sent < 20'000)
        REQUIRE(is_ok(client.ask(ticket("r-" + std::to_string(++sent)))));
    REQUIRE(snapshot() > 0);
    desk.restart();
    const auto again = desk.client().ask(ticket("r-1"));
    CHECK(again.contains("again"));
    CHECK(desk.client().ask(ticket("new")).at("ticket").as_string() == "T-" + std::to_string(sent + 1));
}
