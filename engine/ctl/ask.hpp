// Ask: one question to the daemon, and its answer shown.

#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include "engine/ctl/console.hpp"
#include "engine/ctl/options.hpp"
#include "engine/ctl/views.hpp"

namespace triaged::ctl {

using View = std::function<std::string(const boost::json::object&, bool colour)>;

/// Asks as `ops` and shows what comes, or why nothing does. \return how triagectl should end.
int ask_and_show(const Options& options, const Console& console, const boost::json::object& request,
                 const View& view);

}  // namespace triaged::ctl
