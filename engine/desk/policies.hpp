// Policies: all that may change a decision besides state, command and time; one immutable value, swapped
// whole.

#pragma once

#include <memory>

#include "engine/model/policy.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::desk {

struct Policies {
    std::shared_ptr<const rulebook::Rulebook> rulebook;  // shared with the threads that scan text
    DeskPolicy desk;
};

}  // namespace triaged::desk
