// The outbox within the daemon: an escalation reaches its lead, and leads and settings may change with a
// reload.

#include "tests/daemon/test_desk.hpp"
#include "tests/outbox/receiver.hpp"

using namespace triaged;
using namespace triaged::test;

namespace {

bool comes(const Receiver& receiver, std::size_t number)
{
    for (int tries = 0; tries < 1'000 && receiver.received().size() < number; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    return receiver.received().size() == number;
}

void write_lead(const TestDesk& desk, const Receiver& receiver)
{
    desk.write("queues.yaml", "skills: {returns: }\nleads: {floor: {about: The floor, webhook: \"" +
                                  receiver.url() +
                                  "\"}}\nqueues:\n  general: {}\n  returns: {skills: {returns: 1}}\n");
}

void write_rules(const TestDesk& desk)
{
    desk.write(
        "rules/50-escalate.yaml",
        "stage: escalate\nrules:\n  - rule: fraud\n    when: {text: fraud}\n    then: {notify: floor}\n");
}

}  // namespace

TEST_CASE("an escalation reaches its lead, also one that has moved with a reload", "[daemon]")
{
    Receiver first, second;
    TestDesk desk("outbox: {hosts: [127.0.0.1]}\n");
    write_lead(desk, first);
    write_rules(desk);
    desk.start();
    auto client = desk.client();
    REQUIRE(is_ok(client.ask(R"({"ref":"a","channel":"email","body":"this is fraud"})")));
    REQUIRE(comes(first, 1));
    CHECK(first.received().front().body.find(R"("rule":"fraud")") != std::string::npos);
    CHECK(first.received().front().body.find(R"("ticket":"T-1")") != std::string::npos);

    write_lead(desk, second);
    REQUIRE(is_ok(client.ask(R"({"op":"reload"})")));
    REQUIRE(is_ok(client.ask(R"({"ref":"b","channel":"email","body":"fraud again"})")));
    CHECK(comes(second, 1));
    desk.restart();
    REQUIRE(is_ok(desk.client().ask(R"({"ref":"c","channel":"email","body":"more fraud"})")));
    CHECK(comes(second, 2));
    CHECK(first.received().size() == 1);
}

TEST_CASE("an outbox begins and changes with a reload", "[daemon]")
{
    Receiver receiver;
    TestDesk desk;
    desk.write("queues.yaml",
               "skills: {returns: }\nleads: {floor: }\n"
               "queues:\n  general: {}\n  returns: {skills: {returns: 1}}\n");
    write_rules(desk);
    desk.start();
    auto client = desk.client();
    REQUIRE(is_ok(client.ask(R"({"ref":"a","channel":"email","body":"fraud that nobody is told of"})")));

    desk.write_settings("outbox: {hosts: [127.0.0.1]}\n");
    write_lead(desk, receiver);
    REQUIRE(is_ok(client.ask(R"({"op":"reload"})")));
    REQUIRE(is_ok(client.ask(R"({"ref":"b","channel":"email","body":"this is fraud"})")));
    REQUIRE(comes(receiver, 1));
    CHECK(receiver.received().front().body.find(R"("ticket":"T-2")") != std::string::npos);
    CHECK(receiver.received().front().headers.count("webhook-signature") == 0);

    desk.write("hook.secret", "a secret of some length\n");
    desk.write_settings("outbox: {hosts: [127.0.0.1], secret_file: hook.secret}\n");
    REQUIRE(is_ok(client.ask(R"({"op":"reload"})")));
    REQUIRE(is_ok(client.ask(R"({"ref":"c","channel":"email","body":"fraud again"})")));
    REQUIRE(comes(receiver, 2));
    CHECK(receiver.received().back().headers.count("webhook-signature") == 1);

    desk.write_settings("outbox: {hosts: [elsewhere]}\n");
    CHECK(code_of(client.ask(R"({"op":"reload"})")) == "bad_config");
    REQUIRE(is_ok(client.ask(R"({"ref":"d","channel":"email","body":"still fraud"})")));
    CHECK(comes(receiver, 3));
}
