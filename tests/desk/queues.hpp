// Four queues and the words rules use of them, for the desk on a bench and the simulated one.

#pragma once

#include <string>
#include <utility>

#include "engine/model/policy.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::desk::test {

/// Two queues ask for a skill of their name; everybody may serve the others.
inline DeskPolicy four_queues()
{
    DeskPolicy policy;
    const auto add = [&](const char* name, Skills skills) {
        policy.queues[QueueName(name)] = Queue{QueueName(name), "", std::move(skills), ""};
    };
    add("returns", {{"returns", 1}});
    add("billing", {{"billing", 1}});
    add("general", {});
    add("floor", {});
    return policy;
}

/// What rules may name. \param lead  who may be notified
inline rulebook::Vocabulary four_queues_vocabulary(const std::string& lead)
{
    rulebook::Vocabulary words;
    for (const auto& [name, queue] : four_queues().queues) words.queues.insert(name);
    words.skills = {"returns", "billing", "german", "senior"};
    words.leads = {lead};
    return words;
}

}  // namespace triaged::desk::test
