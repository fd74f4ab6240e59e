// What the tests of the rulebook share: a small shop's vocabulary, rulebooks from text, tickets in one line.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/rulebook/rulebook.hpp"

namespace triaged::rulebook::test {

inline Vocabulary a_vocabulary()
{
    Vocabulary vocabulary;
    for (const auto* const name : {"general", "returns", "fraud", "executive"})
        vocabulary.queues.insert(QueueName(name));
    vocabulary.skills = {"returns", "german", "fraud"};
    vocabulary.slas = {"standard", "critical"};
    vocabulary.leads = {"duty-lead", "phone-lead"};
    const auto declare = [&](std::string name, FactType type, std::vector<std::string> choices = {}) {
        vocabulary.facts[name] = FactDeclaration{name, type, std::move(choices), ""};
    };
    declare("repeat", FactType::boolean);
    declare("region", FactType::choice, {"dach", "france", "rest"});
    declare("contract.id", FactType::text);
    return vocabulary;
}

/// The default that every rulebook of these tests ends in.
inline Source a_default()
{
    return {"~default.yaml", "stage: route\nrules:\n  - rule: default\n    then: {queue: general}\n"};
}

/// Files of one stage each: the stage, and its rules as YAML.
inline std::shared_ptr<const Rulebook> load_sources(std::vector<Source> sources,
                                                    std::vector<Diagnostic>& found)
{
    sources.push_back(a_default());
    return Rulebook::load(sources, a_vocabulary(), found);
}

inline std::shared_ptr<const Rulebook> a_rulebook(std::vector<Source> sources)
{
    std::vector<Diagnostic> found;
    auto rulebook = load_sources(std::move(sources), found);
    INFO(render(found, false));
    REQUIRE(rulebook);
    return rulebook;
}

/// A ticket under construction, and what a rulebook makes of it.
class TestTicket {
public:
    TestTicket text(std::string subject, std::string body) const
    {
        auto out = *this;
        out.subject_ = std::move(subject);
        out.body_ = std::move(body);
        return out;
    }
    TestTicket body(std::string body) const { return text("", std::move(body)); }
    TestTicket with(std::string_view fact, std::string_view value) const { return with_value(fact, value); }
    TestTicket with(std::string_view fact, const char* value) const
    {
        return with_value(fact, std::string_view(value));
    }
    TestTicket with(std::string_view fact, double value) const { return with_value(fact, value); }
    TestTicket with(std::string_view fact, int value) const
    {
        return with_value(fact, static_cast<double>(value));
    }
    TestTicket with(std::string_view fact, bool value) const { return with_value(fact, value); }
    TestTicket of_customer(std::string_view fact, FactValue value) const
    {
        auto out = *this;
        out.customer_.set(fact, value);
        return out;
    }

    Routing route(const Rulebook& rulebook) const
    {
        const auto facts = rulebook.scan(subject_, body_);
        return rulebook.route({facts, ticket_, customer_});
    }
    Escalations escalate(const Rulebook& rulebook, const Routing& routing, const Clocks& clocks,
                         const std::vector<RuleIndex>& done = {}) const
    {
        const auto facts = rulebook.scan(subject_, body_);
        return rulebook.escalate({facts, ticket_, customer_}, routing, clocks, done);
    }

    const std::string& subject() const { return subject_; }
    const std::string& body() const { return body_; }
    const FactSet& ticket() const { return ticket_; }
    const FactSet& customer() const { return customer_; }

private:
    TestTicket with_value(std::string_view fact, FactValue value) const
    {
        auto out = *this;
        out.ticket_.set(fact, value);
        return out;
    }

    std::string subject_, body_;
    FactSet ticket_, customer_;
};

inline TestTicket a_ticket() { return {}; }

inline std::vector<std::string> names(const Rulebook& rulebook, const std::vector<RuleIndex>& rules)
{
    std::vector<std::string> out;
    for (const auto rule : rules) out.push_back(rulebook.rules()[rule].name);
    return out;
}

inline std::vector<std::string> fired(const Rulebook& rulebook, const Routing& routing)
{
    return names(rulebook, routing.trace.fired);
}

}  // namespace triaged::rulebook::test
