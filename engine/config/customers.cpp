// triaged.yaml: what the desk works out about customers.

#include "engine/config/readers.hpp"

namespace triaged::config {

void read_activity(Section& settings, Config& config)
{
    const auto* const node = settings.take("activity");
    if (!node || node->kind == yaml::Kind::null) return;
    Section section(settings.document(), *node, "activity");
    if (!section.is_map()) return;
    constexpr auto day = std::chrono::hours{24};
    ActivityPolicy activity{30 * day, 90 * day, 365 * day};
    section.duration("new", activity.new_for);
    section.duration("active", activity.active);
    section.duration("occasional", activity.occasional);
    section.finish();
    if (activity.occasional < activity.active)
        section.error(*node, "bad-value",
                      "who is active is occasional at least: occasional must not be shorter than active");
    config.desk.activity = activity;
}

}  // namespace triaged::config
