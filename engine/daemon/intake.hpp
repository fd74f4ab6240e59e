// Intake: what sessions need of the rules in force to read and prepare tickets; swapped whole on reload.

#pragma once

#include <memory>
#include <mutex>

#include "engine/model/facts.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::daemon {

struct Intake {
    std::shared_ptr<const rulebook::Rulebook> rulebook;  // shared with the desk
    FactTable facts;
    std::shared_ptr<const DeskPolicy>
        desk{};  // shared with nobody but sessions: calendars and promises, to explain by
};

/// Where sessions find the intake in force. Safe from any thread.
class IntakeSlot {
public:
    std::shared_ptr<const Intake> load() const
    {
        const std::lock_guard lock(mutex_);
        return intake_;
    }
    void store(std::shared_ptr<const Intake> intake)
    {
        const std::lock_guard lock(mutex_);
        intake_ = std::move(intake);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Intake> intake_;  // shared with sessions in the midst of a read
};

}  // namespace triaged::daemon
